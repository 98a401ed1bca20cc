"""Which addresses of a model's we follow: pages of the store, and what the salon itself names."""

from enum import Enum
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from catalog.queries import CatalogUnavailable, get_catalog
from store.tenancy import current_store

# Pages a visitor may be led to; what needs a token, changes something or answers machines is not among them.
PAGES = frozenset(
    {
        *("home", "services", "service", "team", "staff_profile", "shop", "product", "gallery", "reviews"),
        *("about", "policies", "search", "assistant", "book", "book_staff", "book_time", "cart", "checkout"),
    }
)
LONGEST = 500


class LinkKind(Enum):
    OWN = "own"
    KNOWN = "known"  # elsewhere, but the salon's: its telephone, its mail, its Instagram
    FOREIGN = "foreign"


def judge_link(url: str) -> LinkKind:
    if as_own_path(url):
        return LinkKind.OWN
    return LinkKind.KNOWN if url in _list_known() else LinkKind.FOREIGN


def as_own_path(url: str) -> str:
    """The path of a page of the store in scope, with its query; empty for anything else."""
    base = current_store().base_url
    path = url.removeprefix(base) if url.startswith(f"{base}/") else url
    if len(path) > LONGEST or not path.startswith("/") or path.startswith("//"):
        return ""
    # Browsers read a backslash as a slash and drop control characters.
    if "\\" in path or any(ord(character) <= 32 or ord(character) == 127 for character in path):
        return ""
    return path if find_page(path) else ""


def find_page(path: str) -> str:
    """The name of the page's route; empty where the path leads to none that a visitor may be led to."""
    try:
        match = resolve(unquote(urlsplit(path).path), urlconf=settings.STORE_URLCONF)
    except (Resolver404, ValueError):
        return ""
    return match.url_name if match.url_name in PAGES else ""


def _list_known() -> frozenset[str]:
    try:
        business = get_catalog().business
    except CatalogUnavailable:
        return frozenset()
    contact = business.contact
    links = {url for _name, url in business.social_links}
    return frozenset({*links, f"tel:{contact.phone}", f"mailto:{contact.email}"})
