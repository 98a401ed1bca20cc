"""What every page shows around its own content."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from catalog.presenters.salon import Salon, make_salon
from catalog.queries import CatalogUnavailable, get_catalog
from catalog.sharing import find_share_picture
from store.tenancy import current_store_or_none


def salon(request: HttpRequest) -> dict[str, Any]:
    """`salon`: made when a template first asks; nothing off a store's host or before there is a catalogue.

    `share_picture`: what stands beside a link to the store; to be asked for only where there is a `salon`.
    """

    def make() -> Salon | None:
        if current_store_or_none() is None:
            return None
        try:
            return make_salon(get_catalog(), timezone.now(), request.path)
        except CatalogUnavailable:  # the page of an error must not fail for want of a menu
            return None

    return {
        "salon": SimpleLazyObject(make),
        "share_picture": SimpleLazyObject(lambda: find_share_picture(get_catalog())),
    }
