"""The picture beside a link to the store: what the merchant uploaded, else one drawn of its look.

Its address holds a hash of what it shows, so it may be kept for ever: another look is another address.
"""

from dataclasses import dataclass
from io import BytesIO

from django.core.cache import cache
from django.utils.translation import gettext as _
from PIL import Image

from catalog.presenters.home.opening import tell
from catalog.presenters.parts import to_text
from catalog.queries import Catalog, get_catalog
from store import pictures, social
from store.models import StoreImage
from store.tenancy import current_store

KEEP_SECONDS = 7 * 24 * 3600
QUALITY = 86


class NoSuchCard(Exception):
    """Not what links to this store show now."""


@dataclass(frozen=True, slots=True)
class SharePicture:
    """`url` is a path of the store's host; pixels."""

    url: str
    alt: str
    width: int = social.WIDTH
    height: int = social.HEIGHT


def find_share_picture(catalog: Catalog) -> SharePicture:
    store = current_store()
    if store.display.picture:
        alt = _("A picture of %(name)s") % {"name": store.name}
        # As catalog.urls has it, and a test holds it: `reverse` costs more than all the rest.
        return SharePicture(f"/social-{store.display.picture}.jpg", alt)
    headline = find_headline(catalog)
    alt = f"{store.name}. {headline}" if headline else store.name
    return SharePicture(f"/social-{social.card_digest(store.theme, store.name, headline)}.png", alt)


def find_headline(catalog: Catalog) -> str:
    """The front page's large line, where it says more than the salon's name."""
    headline = tell(catalog, current_store().design).headline
    return "" if headline == to_text(catalog.business.name) else headline


def read_current() -> tuple[bytes, str]:
    """What links show now, and its content type. Raises NoSuchCard, CatalogUnavailable."""
    store = current_store()
    if store.display.picture:
        return read_upload(store.display.picture), "image/jpeg"
    headline = find_headline(get_catalog())
    return read_card(social.card_digest(store.theme, store.name, headline)), "image/png"


def read_card(digest: str) -> bytes:
    """The drawn one, as PNG. Raises NoSuchCard, CatalogUnavailable."""
    store = current_store()
    key = f"social:{store.id}:{digest}"
    kept: bytes | None = cache.get(key)
    if kept is not None:
        return kept
    headline = find_headline(get_catalog())
    if store.display.picture or digest != social.card_digest(store.theme, store.name, headline):
        raise NoSuchCard(digest)
    drawn = social.draw_card(store.theme, store.name, headline)
    cache.set(key, drawn, timeout=KEEP_SECONDS)
    return drawn


def read_upload(digest: str) -> bytes:
    """The uploaded one, as JPEG, which everybody who shows links can read. Raises NoSuchCard."""
    if not digest or digest != current_store().display.picture:
        raise NoSuchCard(digest)
    key = f"social:{current_store().id}:{digest}"
    kept: bytes | None = cache.get(key)
    if kept is not None:
        return kept
    found = pictures.find_picture(StoreImage.Kind.SOCIAL, digest)
    content = pictures.read_picture(StoreImage.Kind.SOCIAL, digest, found.width) if found else None
    if content is None:
        raise NoSuchCard(digest)
    made = crop(content)
    cache.set(key, made, timeout=KEEP_SECONDS)
    return made


def crop(content: bytes) -> bytes:
    """The middle of a picture in the shape links have; what is transparent becomes white."""
    with Image.open(BytesIO(content)) as opened:
        picture = opened.convert("RGBA")
    ground = Image.new("RGBA", picture.size, "#ffffff")
    ground.alpha_composite(picture)
    scale = max(social.WIDTH / picture.width, social.HEIGHT / picture.height)
    size = (round(picture.width * scale), round(picture.height * scale))
    left, top = (size[0] - social.WIDTH) // 2, (size[1] - social.HEIGHT) // 2
    box = (left, top, left + social.WIDTH, top + social.HEIGHT)
    out = BytesIO()
    ground.convert("RGB").resize(size, Image.Resampling.LANCZOS).crop(box).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
