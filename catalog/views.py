"""The salon's pages. Nothing in them differs by visitor, so that they can be cached whole."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.presenters.about import list_policies, show_about
from catalog.presenters.gallery import filter_items, list_categories, list_works
from catalog.presenters.home import make_home
from catalog.presenters.menu import list_services
from catalog.presenters.parts import page_url
from catalog.presenters.people import make_card, show_person
from catalog.presenters.products import list_shelves, show_product
from catalog.presenters.reviews import show_reviews
from catalog.presenters.services import show_service
from catalog.queries import CatalogUnavailable, get_catalog
from catalog.schemas import Product, Service, Staff
from store.tenancy import current_store

View = Callable[..., HttpResponse]
Row = TypeVar("Row", Service, Staff, Product)

RETRY_AFTER_SECONDS = "30"


def catalogue_page(view: View) -> View:
    """A page that reads the catalogue: 503 and a way on while there has never been a copy of it."""

    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except CatalogUnavailable:
            response = render(request, "503.html", status=503)
            response["Retry-After"] = RETRY_AFTER_SECONDS
            return response

    return answer


@catalogue_page
def home(request: HttpRequest) -> HttpResponse:
    page = make_home(get_catalog(), current_store().design)
    return render(request, "catalog/home.html", {"page": page})


@catalogue_page
def services(request: HttpRequest) -> HttpResponse:
    return render(
        request, "catalog/services.html", {"page": list_services(get_catalog(), request.GET.dict())}
    )


@catalogue_page
def service(request: HttpRequest, service_id: UUID, slug: str) -> HttpResponse:
    catalog = get_catalog()
    row = _find(catalog.services, service_id)
    if moved := _moved(request, "service", row):
        return moved
    return render(request, "catalog/service.html", {"service": show_service(catalog, row)})


@catalogue_page
def team(request: HttpRequest) -> HttpResponse:
    people = [make_card(person) for person in get_catalog().staff]
    return render(request, "catalog/team.html", {"people": people})


@catalogue_page
def staff_profile(request: HttpRequest, staff_id: UUID, slug: str) -> HttpResponse:
    catalog = get_catalog()
    row = _find(catalog.staff, staff_id)
    if moved := _moved(request, "staff_profile", row):
        return moved
    return render(request, "catalog/staff_profile.html", {"person": show_person(catalog, row)})


@catalogue_page
def shop(request: HttpRequest) -> HttpResponse:
    return render(request, "catalog/shop.html", {"groups": list_shelves(get_catalog())})


@catalogue_page
def product(request: HttpRequest, product_id: UUID, slug: str) -> HttpResponse:
    catalog = get_catalog()
    row = _find(catalog.products, product_id)
    if moved := _moved(request, "product", row):
        return moved
    return render(request, "catalog/product.html", {"product": show_product(catalog, row)})


@catalogue_page
def gallery(request: HttpRequest) -> HttpResponse:
    catalog, category = get_catalog(), request.GET.get("category", "")
    works = list_works(catalog, filter_items(catalog, category))
    return render(
        request, "catalog/gallery.html", {"works": works, "categories": list_categories(catalog, category)}
    )


@catalogue_page
def reviews(request: HttpRequest) -> HttpResponse:
    page = show_reviews(get_catalog(), request.GET.get("rating", ""))
    return render(request, "catalog/reviews.html", {"page": page})


@catalogue_page
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "catalog/about.html", {"page": show_about(get_catalog(), timezone.now())})


@catalogue_page
def policies(request: HttpRequest) -> HttpResponse:
    return render(request, "catalog/policies.html", {"page": list_policies(get_catalog())})


def _find(rows: Iterable[Row], row_id: UUID) -> Row:
    for row in rows:
        if row.id == row_id:
            return row
    raise Http404


def _moved(request: HttpRequest, route: str, row: Service | Staff | Product) -> HttpResponse | None:
    """The id finds it; where the name has changed since, the address follows."""
    address = page_url(route, row.id, row.name)
    return None if request.path == address else HttpResponsePermanentRedirect(address)
