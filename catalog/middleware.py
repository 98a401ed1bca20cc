"""One copy of the catalogue a request, and a header that says which and how old it is."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from catalog.queries import Catalog, one_copy


class ProvenanceMiddleware:
    """`X-Catalogue: fresh|stale; as-of=<UTC>; version=<hash>` where the answer was made of the catalogue."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with one_copy() as held:
            response = self.get_response(request)
        for catalog in held.values():
            if isinstance(catalog, Catalog):
                response["X-Catalogue"] = _describe(catalog)
        return response


def _describe(catalog: Catalog) -> str:
    state = "stale" if catalog.is_stale else "fresh"
    return f"{state}; as-of={catalog.as_of:%Y-%m-%dT%H:%M:%SZ}; version={catalog.version}"
