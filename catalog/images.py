"""Pictures through the store's own host: found in the catalogue, fetched safely, resized, kept on disk.

An address is `/images/<digest>-<width>.webp`; the digest is that of the picture's own address. Only addresses
Mango Biz's data names are ever fetched, because the digest is looked up among them.
"""

import contextlib
import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import structlog
from django.conf import settings
from django.core.cache import cache
from django.urls import get_script_prefix

from catalog.fetching import fetch_picture
from catalog.queries import get_catalog
from catalog.schemas import Image
from config.pictures import PictureRefused, resize
from store.tenancy import current_store

log = structlog.get_logger(__name__)

WIDTHS = (80, 160, 320, 480, 640, 960, 1280, 1600)
# What one store may keep on disk; the least lately used go first.
STORE_BYTES = 500 * 1024 * 1024
# A picture that could not be made is not tried again for this long.
REFUSED_SECONDS = 60


class NoSuchPicture(Exception):
    """Not a picture of this store's catalogue, or not a width we make."""


@lru_cache(maxsize=8192)
def digest_of(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:24]


def image_url(image: Image, width: int) -> str:
    """The address of the picture at the next width we make."""
    made = next((step for step in WIDTHS if step >= width), WIDTHS[-1])
    # As catalog.urls has it, and a test holds it: `reverse` costs more than all the rest of a picture.
    return f"{get_script_prefix()}images/{digest_of(image.url)}-{made}.webp"


def srcset(image: Image) -> str:
    """All widths up to the picture's own, for the browser to choose from."""
    return _srcset(image, get_script_prefix())


@lru_cache(maxsize=8192)
def _srcset(image: Image, _prefix: str) -> str:
    widths = [step for step in WIDTHS if step <= (image.width or WIDTHS[-1])] or [WIDTHS[0]]
    return ", ".join(f"{image_url(image, step)} {step}w" for step in widths)


def read_image(digest: str, width: int) -> bytes:
    """The picture as WebP, made now if it is not kept. Raises NoSuchPicture, PictureRefused.

    Raises CatalogUnavailable where it is not kept and there is no catalogue to look it up in.
    """
    path = _folder() / f"{digest}-{width}.webp"
    if (kept := _read_kept(path)) is not None:
        return kept
    if width not in WIDTHS:
        raise NoSuchPicture(width)
    image = next((image for image in get_catalog().list_images() if digest_of(image.url) == digest), None)
    if image is None:
        raise NoSuchPicture(digest)
    with _one_at_a_time(str(path)):
        return _read_kept(path) or _make(image, path, width)


def _make(image: Image, path: Path, width: int) -> bytes:
    refused_key = f"image:{current_store().id}:{digest_of(image.url)}:refused"
    if reason := cache.get(refused_key):
        raise PictureRefused(reason)
    try:
        content = resize(fetch_picture(image.url), width)
    except PictureRefused as error:
        cache.set(refused_key, str(error), timeout=REFUSED_SECONDS)
        raise
    _write(path, content)
    return content


def purge_images() -> int:
    """Bring the store in scope under STORE_BYTES. Returns how many files went."""
    files = []
    for path in _folder().glob("*"):  # with what a killed process left half-written
        with contextlib.suppress(OSError):
            stat = path.stat()
            files.append((stat.st_mtime, stat.st_size, path))
    excess = sum(size for _, size, _ in files) - STORE_BYTES
    gone = 0
    for _, size, path in sorted(files):
        if excess <= 0:
            break
        excess -= size
        path.unlink(missing_ok=True)
        gone += 1
    return gone


def _folder() -> Path:
    return Path(settings.IMAGE_CACHE_DIR) / str(current_store().id)


def _read_kept(path: Path) -> bytes | None:
    """The file's bytes, noting once a day that it was used: what purge_images goes by."""
    try:
        content = path.read_bytes()
        if path.stat().st_mtime < time.time() - 24 * 3600:
            os.utime(path)
    except OSError:
        return None
    return content


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing: another process may be reading. A full disk only costs the next visitor time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        log.warning("image_not_kept", error=type(error).__name__)


_locks: dict[str, tuple[threading.Lock, int]] = {}
_locks_guard = threading.Lock()


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    """In this process a picture is made once, however many ask for it."""
    with _locks_guard:
        lock, waiting = _locks.get(name, (threading.Lock(), 0))
        _locks[name] = lock, waiting + 1
    try:
        with lock:
            yield
    finally:
        with _locks_guard:
            lock, waiting = _locks.pop(name)
            if waiting > 1:
                _locks[name] = lock, waiting - 1
