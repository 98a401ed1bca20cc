"""The way from an empty store to a published one: what is done, what comes next."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.errors import CatalogUnavailable
from catalog.models import SyncState
from catalog.queries import Catalog, get_catalog
from store.models import Domain, Store


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    title: Any
    about: Any
    is_done: bool
    is_next: bool = False

    @property
    def template(self) -> str:
        return f"studio/start/_{self.key}.html"


# What a merchant says is done (Store.start_done) or what can be seen from the data.
TITLES: dict[str, tuple[Any, Any]] = {
    "connection": (_("Connect Mango Biz"), _("Your services, team, prices and hours come from there.")),
    "template": (_("Choose a template"), _("How your front page is laid out. You can change it any time.")),
    "brand": (_("Make it yours"), _("Colors that go with your logo; everything else in the editor.")),
    "facts": (_("Check hours and policies"), _("What clients rely on. It is changed in Mango Biz.")),
    "booking": (_("Make a test booking"), _("We book a time in your calendar and cancel it again.")),
    "address": (_("Choose your address"), _("A name of your own, or the one you have from us.")),
    "publication": (_("Publish"), _("From then on clients can see and book you.")),
}


def list_steps(store: Store) -> tuple[Step, ...]:
    """In order; the first that is not done is next. Inside the store's scope."""
    said = set(store.start_done)
    done = {
        "connection": is_connected(),
        "address": "address" in said
        or Domain.objects.filter(store=store, verified_at__isnull=False).exists(),
        "publication": store.is_published,
    }
    steps = [Step(key, title, about, done.get(key, key in said)) for key, (title, about) in TITLES.items()]
    first = next((step.key for step in steps if not step.is_done), "")
    return tuple(Step(step.key, step.title, step.about, step.is_done, step.key == first) for step in steps)


def is_connected() -> bool:
    """Mango Biz took the key the last time it was asked, and has told us of the salon."""
    return find_catalog() is not None and not SyncState.objects.filter(refused_at__isnull=False).exists()


def find_catalog() -> Catalog | None:
    try:
        return get_catalog()
    except CatalogUnavailable:
        return None
