"""Links to a look that is not live: signed, for one store, and at an end after a while.

What a link shows is the draft as it is when somebody looks, or one version. All links of a store end at once
when its `preview_epoch` rises.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from store.audit import record
from store.design import Design
from store.models import DesignVersion, Store
from store.services import read_draft
from store.views import COLOUR_MODES

SALT = "studio.preview"
SHARED_FOR = timedelta(days=7)
FRAMED_FOR = timedelta(hours=12)  # the frame beside the form, as long as somebody may sit before it


class PreviewEnded(Exception):
    """The link is no longer good, or never was."""


@dataclass(frozen=True, slots=True)
class Preview:
    store: Store
    version: int | None  # None: the draft
    ends_at: datetime
    is_framed: bool  # beside the form, where no bar need say what it is
    mode: str = "auto"


def make_preview_path(
    store: Store,
    *,
    version: int | None = None,
    lasts: timedelta = SHARED_FOR,
    mode: str = "auto",
    is_framed: bool = False,
) -> str:
    """The path on the platform's host; `mode` is light, dark or auto."""
    ends_at = int((timezone.now() + lasts).timestamp())
    token = signing.dumps([store.pk.hex, store.preview_epoch, version, ends_at, is_framed], salt=SALT)
    return reverse("preview", args=[token, mode])


def read_token(token: str, mode: str) -> Preview:
    """Raises PreviewEnded."""
    try:
        store_id, epoch, version, ends_at, is_framed = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise PreviewEnded from error
    ends = datetime.fromtimestamp(ends_at, UTC)
    store = Store.objects.select_related("live_version").filter(pk=UUID(store_id)).first()
    if store is None or store.preview_epoch != epoch or ends < timezone.now():
        raise PreviewEnded
    return Preview(store, version, ends, is_framed, mode if mode in COLOUR_MODES else "auto")


def find_look(preview: Preview) -> Design:
    """Inside the store's scope. Raises PreviewEnded for a version that is gone."""
    if preview.version is None:
        return read_draft().design
    version = DesignVersion.objects.filter(number=preview.version).first()
    if version is None:
        raise PreviewEnded
    return version.look


def withdraw_previews(*, store: Store, by: str) -> None:
    """Every link to a preview of this store ends now. Inside the store's scope."""
    Store.objects.filter(pk=store.pk).update(preview_epoch=F("preview_epoch") + 1)
    record("preview.withdrawn", by=by)
