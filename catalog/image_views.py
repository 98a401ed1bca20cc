"""The views that serve pictures; catalog.images and catalog.sharing make them."""

from collections.abc import Callable

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from catalog.errors import CatalogUnavailable
from catalog.images import NoSuchPicture, read_image
from catalog.sharing import NoSuchCard, read_card, read_upload
from config.pictures import PictureRefused

log = structlog.get_logger(__name__)

YEAR = 365 * 24 * 3600
RETRY_SECONDS = 60


@require_safe
def image(request: HttpRequest, digest: str, width: int) -> HttpResponse:
    """The address holds the picture's own address and width: what it shows never changes."""
    etag = f'"{digest}-{width}"'
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": etag})
    try:
        content = read_image(digest, width)
    except NoSuchPicture as error:
        raise Http404 from error
    except (PictureRefused, CatalogUnavailable) as error:
        log.warning("picture_not_made", digest=digest, width=width, reason=str(error))
        headers = {"Cache-Control": f"public, max-age={RETRY_SECONDS}"}
        return HttpResponse(status=502, content_type="text/plain", headers=headers)
    headers = {"Cache-Control": f"public, max-age={YEAR}, immutable", "ETag": etag}
    return HttpResponse(content, content_type="image/webp", headers=headers)


@require_safe
def social_card(request: HttpRequest, digest: str) -> HttpResponse:
    return _social(read_card, digest, "image/png")


@require_safe
def social_upload(request: HttpRequest, digest: str) -> HttpResponse:
    return _social(read_upload, digest, "image/jpeg")


def _social(read: Callable[[str], bytes], digest: str, content_type: str) -> HttpResponse:
    """The address holds a hash of what it shows, so it never changes."""
    try:
        content = read(digest)
    except NoSuchCard as error:
        raise Http404 from error
    except CatalogUnavailable:
        headers = {"Cache-Control": f"public, max-age={RETRY_SECONDS}"}
        return HttpResponse(status=503, content_type="text/plain", headers=headers)
    headers = {"Cache-Control": f"public, max-age={YEAR}, immutable"}
    return HttpResponse(content, content_type=content_type, headers=headers)
