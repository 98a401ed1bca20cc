"""Pictures a merchant uploads: logo, large picture, picture for links.

What is kept is our own encoding of them, in the widths pages use; what was uploaded is not. An address is
`/pictures/<kind>-<digest>-<width>.webp`: what it shows never changes.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext as _
from PIL import Image as Pillow

from config.pictures import PictureRefused, digest_of, open_picture, resize
from store.models import DesignVersion, DraftStep, StoreImage
from store.tenancy import current_store

__all__ = ["PictureRefused", "StorePicture", "find_picture", "read_picture", "read_upload", "save_picture"]

MAX_UPLOAD = 8 * 1024 * 1024
WIDTHS = {
    StoreImage.Kind.LOGO: (160, 320, 640),
    StoreImage.Kind.HERO: (480, 960, 1600),
    StoreImage.Kind.SOCIAL: (1200,),
}
LEAST_WIDTH = {StoreImage.Kind.LOGO: 48, StoreImage.Kind.HERO: 480, StoreImage.Kind.SOCIAL: 600}
KEPT = 60  # pictures of one kind
REMEMBER_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class StorePicture:
    src: str
    srcset: str
    width: int
    height: int


def read_upload(upload: UploadedFile[Any]) -> bytes:
    """The bytes of an uploaded file. Raises PictureRefused with a sentence for whoever uploaded it."""
    if (upload.size or 0) > MAX_UPLOAD:
        raise PictureRefused(_("This file is larger than 8 MB. Save the picture smaller and try again."))
    raw: bytes = upload.read(MAX_UPLOAD + 1)
    return raw


@transaction.atomic
def save_picture(*, kind: StoreImage.Kind, raw: bytes) -> str:
    """Keep a picture of the store in scope; the same one twice is kept once. Returns its digest.

    Raises PictureRefused with a sentence for whoever uploaded it.
    """
    width = _measure(raw, kind)
    digest = digest_of(raw)
    if StoreImage.objects.filter(kind=kind, digest=digest).exists():
        return digest
    steps = [step for step in WIDTHS[kind] if step < width] + [min(width, WIDTHS[kind][-1])]
    for step in dict.fromkeys(steps):
        content = resize(raw, step)
        with Pillow.open(BytesIO(content)) as made:
            size = made.size
        StoreImage.objects.create(kind=kind, digest=digest, width=size[0], height=size[1], content=content)
    _make_room(kind)
    return digest


def find_picture(kind: StoreImage.Kind, digest: str) -> StorePicture | None:
    """A picture of the store in scope; None where it is unknown. Costs no query when asked before."""
    if not digest:
        return None
    key = f"picture:{current_store().id}:{kind}:{digest}"
    sizes = cache.get(key)
    if sizes is None:
        rows = StoreImage.objects.filter(kind=kind, digest=digest).order_by("width")
        sizes = [list(size) for size in rows.values_list("width", "height")]
        cache.set(key, sizes, timeout=REMEMBER_SECONDS if sizes else 60)
    if not sizes:
        return None
    addresses = [
        (reverse("store_picture", args=[kind, digest, width], urlconf=settings.STORE_URLCONF), width)
        for width, _height in sizes
    ]
    return StorePicture(
        src=addresses[len(addresses) // 2][0],
        srcset=", ".join(f"{address} {width}w" for address, width in addresses),
        width=sizes[-1][0],
        height=sizes[-1][1],
    )


def read_picture(kind: str, digest: str, width: int) -> bytes | None:
    """WebP; None for what the store in scope has not."""
    found = StoreImage.objects.filter(kind=kind, digest=digest, width=width).first()
    return bytes(found.content) if found else None


def _make_room(kind: StoreImage.Kind) -> None:
    """The oldest pictures no look refers to go first; what a version shows stays for rolling back."""
    digests = list(
        StoreImage.objects.filter(kind=kind)
        .values_list("digest")
        .annotate(at=Min("created_at"))
        .order_by("at")
    )
    excess = len(digests) - KEPT
    if excess <= 0:
        return
    used = _list_used()
    unused = [digest for digest, _at in digests if digest not in used]
    StoreImage.objects.filter(kind=kind, digest__in=unused[:excess]).delete()


def _list_used() -> set[str]:
    """Digests that the draft, its way back, a version or the links of the store refer to."""
    looks = [*DesignVersion.objects.values_list("design", flat=True)]
    looks += DraftStep.objects.values_list("design", flat=True)
    used = {look.get(name, "") for look in looks for name in ("logo", "hero")}
    return used | {current_store().display.picture}


def _measure(raw: bytes, kind: StoreImage.Kind) -> int:
    """The picture's width. Raises PictureRefused in words."""
    try:
        with open_picture(raw) as opened:
            width, height = opened.size
            opened.load()
    except PictureRefused as error:
        raise PictureRefused(_explain(raw, error)) from error
    if width < LEAST_WIDTH[kind]:
        raise PictureRefused(
            _("This picture is only %(width)d pixels wide; it needs at least %(least)d to look sharp.")
            % {"width": width, "least": LEAST_WIDTH[kind]}
        )
    if height > 4 * width or width > 8 * height:
        raise PictureRefused(_("This picture is too long and thin to be shown."))
    return width


def _explain(raw: bytes, error: PictureRefused) -> str:
    start = raw[:512].lstrip().lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype")):
        return _("SVG drawings cannot be uploaded. Save the logo as PNG with a transparent background.")
    if "pixels" in str(error):
        return _("This picture has more than 40 million pixels. Save it smaller and try again.")
    return _("This file is not a picture we can read. JPEG, PNG, WebP, AVIF and GIF work.")
