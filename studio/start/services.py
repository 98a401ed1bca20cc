"""What the first steps do: connect with a live test, fill in what Mango Biz knows, tick off what is done."""

from dataclasses import dataclass, replace

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.client import MangoBizClient
from catalog.errors import CredentialsRefused, UpstreamChanged, UpstreamError, UpstreamRejected
from catalog.fetching import fetch_picture
from catalog.images import NoSuchPicture, digest_of, read_image
from catalog.queries import Catalog, get_catalog
from catalog.reading import convert_tolerantly
from catalog.schemas import Business
from catalog.services import sync_store
from catalog.wire import Wire
from config.breaker import Breaker
from config.http import build_session
from config.pictures import PictureRefused
from store.audit import record
from store.design import Design
from store.logo_colours import propose_themes
from store.models import Store, StoreImage
from store.pictures import save_picture
from store.services import change_draft, read_draft
from store.tenancy import current_store
from store.theme import COLOURS, Theme

log = structlog.get_logger(__name__)

LOGO_WIDTH = 320  # pixels: enough to see its colours, and kept by catalog.images


class NotConnected(Exception):
    """The live test failed; nothing was changed. Its text is for the merchant."""


@dataclass(frozen=True, slots=True)
class Found:
    """What Mango Biz knows of the salon, for the page to show."""

    name: str
    services: int
    staff: int
    products: int
    has_logo: bool
    socials: int


def connect(*, store: Store, api_key: str, webhook_secret: str, by: str) -> Business:
    """Try the key on Mango Biz and keep it if it works. Raises NotConnected."""
    business = _ask_who_it_is(api_key)
    _keep_keys(store, api_key, webhook_secret, by)
    sync_store(is_full=True)
    return business


def _ask_who_it_is(api_key: str) -> Business:
    # A breaker of its own: a wrong key must not make the store leave Mango Biz alone, nor the other way.
    wire = Wire(
        build_session(), settings.MANGO_BIZ_URL, api_key, Breaker(f"connection-test:{current_store().id}")
    )
    try:
        (row,) = MangoBizClient(wire).fetch_business().rows
        business, _problems = convert_tolerantly(row, Business)
    except CredentialsRefused as error:
        raise NotConnected(
            _("Mango Biz does not know this key. Copy it again, from its first to its last letter.")
        ) from error
    except (UpstreamRejected, UpstreamChanged, ValueError) as error:
        raise NotConnected(
            _("Mango Biz answered in a way we do not understand. Please tell our support.")
        ) from error
    except UpstreamError as error:
        raise NotConnected(_("Mango Biz does not answer right now. Please try again in a minute.")) from error
    return business


@transaction.atomic
def _keep_keys(store: Store, api_key: str, webhook_secret: str, by: str) -> None:
    row = Store.objects.select_for_update().get(pk=store.pk)
    row.api_key = api_key
    changed = [{"label": "API key"}]
    if webhook_secret:
        others = [one for one in row.webhook_secrets.split() if one != webhook_secret]
        row.webhook_secrets = "\n".join([webhook_secret, *others[:1]])
        changed.append({"label": "webhook secret"})
    row.save(update_fields=["api_key", "webhook_secrets"])
    record("store.connected", by=by, details=changed)


def fill_in(*, by: str) -> Found:
    """Take over what Mango Biz knows: the name, the logo, a template and colours that suit. Nothing twice."""
    catalog = get_catalog()
    _take_name(catalog.business.name)
    draft = read_draft()
    if draft.revision == 0:  # nobody has begun: there is nothing of the merchant's to write over
        design = Design.of_template(suggest_template(catalog))
        design = _with_logo(design, catalog)
        change_draft(design=design, revision=0, by=by)
    return Found(
        name=catalog.business.name,
        services=len(catalog.services),
        staff=len(catalog.staff),
        products=len(catalog.products),
        has_logo=catalog.business.logo is not None,
        socials=len(catalog.business.social_links),
    )


def _take_name(name: str) -> None:
    Store.objects.filter(pk=current_store().id).update(name=name[:120])


def suggest_template(catalog: Catalog) -> str:
    """What the salon has most of comes first."""
    services, products = len(catalog.services), len(catalog.products)
    if products >= 12 and products > services:
        return "retail-first"
    if len(catalog.staff) <= 1 and services <= 8:
        return "minimal"
    if len(catalog.gallery) >= 12 and len(catalog.staff) >= 3:
        return "showcase"
    return "booking-first"


def _with_logo(design: Design, catalog: Catalog) -> Design:
    """Without a logo, or where it cannot be fetched, the template's own colours stay."""
    logo = catalog.business.logo
    if logo is None:
        return design
    try:
        raw = fetch_picture(logo.url)
        themes = propose_themes(raw, like=design.theme)
        digest = save_picture(kind=StoreImage.Kind.LOGO, raw=raw)
    except PictureRefused as error:
        log.info("logo_not_taken", reason=str(error)[:200])
        return design
    return replace(design, logo=digest, theme=themes[0] if themes else design.theme)


def try_on(design: Design, template: str) -> Design:
    """In another template with its type and shape; the colours stay, unless they came with the old one."""
    before, after = Design.of_template(design.template).theme, Design.of_template(template).theme
    now = {name: getattr(design.theme, name) for name in COLOURS}
    came_along = now == {name: getattr(before, name) for name in COLOURS}
    return replace(design.with_template(template), theme=after if came_along else replace(after, **now))


def propose(*, catalog: Catalog, like: Theme) -> list[Theme]:
    """Themes in the colours of the salon's logo; none where it has no logo."""
    logo = catalog.business.logo
    if logo is None:
        return []
    try:
        return propose_themes(read_image(digest_of(logo.url), LOGO_WIDTH), like=like)
    except (NoSuchPicture, PictureRefused):
        return []


@transaction.atomic
def tick_off(*, store: Store, step: str) -> None:
    row = Store.objects.select_for_update().get(pk=store.pk)
    row.start_done = row.start_done | {step: timezone.now().isoformat()}
    row.save(update_fields=["start_done"])
