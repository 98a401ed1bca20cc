"""Pictures of strangers made into pictures of ours: decoded, turned upright, scaled, encoded as WebP."""

import hashlib
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image as Pillow
from PIL import ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MAX_PIXELS = 40_000_000
QUALITY = 80
# An sRGB profile has 500 bytes, a camera's wide-gamut one 4,000; larger ones are not worth their bytes.
MAX_PROFILE = 4096
# What Pillow's decoders raise for bytes that are not what they say; its own error is an OSError.
BROKEN = (EOFError, LookupError, OSError, SyntaxError, TypeError, ValueError, struct.error)
DIGEST = re.compile(r"[0-9a-f]{24}")  # what `digest_of` makes


class PictureRefused(Exception):
    """It could not be fetched or read, or must not be."""


def digest_of(raw: bytes) -> str:
    """What a picture is known by: other bytes, another digest."""
    return hashlib.sha256(raw).hexdigest()[:24]


def resize(raw: bytes, width: int) -> bytes:
    """WebP of at most `width` pixels across, upright, without metadata. Raises PictureRefused."""
    with open_picture(raw) as opened:
        # A JPEG is decoded at a fraction of its size where that is enough.
        opened.draft("RGB", (width * 2, width * 2))
        picture = ImageOps.exif_transpose(opened)
        if picture.width > width:
            height = max(1, round(picture.height * width / picture.width))
            picture = picture.resize((width, height), Pillow.Resampling.LANCZOS, reducing_gap=3.0)
        # The colours' profile stays, so that they are the same; places, names and thumbnails go.
        profile = b"" if opened.mode == "CMYK" else opened.info.get("icc_profile") or b""
        profile = profile if len(profile) <= MAX_PROFILE else b""
        mode = "RGBA" if picture.has_transparency_data else "RGB"
        out = BytesIO()
        picture.convert(mode).save(
            out, "WEBP", quality=QUALITY, method=4, icc_profile=profile, exif=b"", xmp=b""
        )
        return out.getvalue()


@contextmanager
def open_picture(raw: bytes) -> Iterator[Pillow.Image]:
    """Whatever is wrong with the bytes, inside and at opening, is a PictureRefused."""
    try:
        with Pillow.open(BytesIO(raw), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise PictureRefused("too many pixels")
            yield opened
    except (*BROKEN, Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise PictureRefused(f"not a picture: {type(error).__name__}") from error
