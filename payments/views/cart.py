"""The cart: look, put in, change, take out."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from catalog.presenters.parts import to_text
from catalog.queries import get_catalog
from catalog.visitorpage import visitor_page
from config.readers import read_number, read_uuid
from payments.cart import Cart, read_cart, write_cart
from payments.cartpage import make_cart_page
from payments.notices import find_cart_notice
from payments.services.carting import Outcome, add_to_cart, set_quantity
from payments.views.common import go
from store.own_site import own_site_only


@visitor_page
@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    held, catalog = read_cart(request), get_catalog()
    changed = catalog.product(read_uuid(request.GET.get("product", "")))
    why = request.GET.get("why", "")
    context = {
        "page": make_cart_page(held, catalog),
        "notice": find_cart_notice(why, to_text(changed.name) if changed else ""),
        "removed": changed if why == "removed" and changed and not held.find(changed.id) else None,
        "removed_quantity": _read_quantity(request.GET.get("quantity", "")) or 1,
    }
    response = render(request, "payments/cart.html", context)
    if held.items:
        write_cart(response, held)
    return response


@own_site_only
@visitor_page
@require_POST
def cart_items(request: HttpRequest) -> HttpResponse:
    catalog = get_catalog()
    product = catalog.product(read_uuid(request.POST.get("product", "")))
    if product is None:
        raise Http404
    quantity = _read_quantity(request.POST.get("quantity", "1")) or 1
    changed, outcome = add_to_cart(read_cart(request), catalog, product, quantity)
    return _show(changed, outcome, product.id)


@own_site_only
@visitor_page
@require_POST
def cart_item(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """Set the quantity; what is not a number leaves it."""
    held, quantity = read_cart(request), _read_quantity(request.POST.get("quantity", ""))
    if quantity == 0:
        return cart_removal(request, product_id)
    if quantity is None:
        return go(reverse("cart"))
    changed, outcome = set_quantity(held, get_catalog(), product_id, quantity)
    return _show(changed, outcome, product_id)


@own_site_only
@visitor_page
@require_POST
def cart_removal(request: HttpRequest, product_id: UUID) -> HttpResponse:
    held = read_cart(request)
    item = held.find(product_id)
    return _show(held.without(product_id), Outcome.REMOVED, product_id, quantity=item.quantity if item else 0)


def _show(changed: Cart, outcome: Outcome, product_id: UUID, *, quantity: int = 0) -> HttpResponse:
    said = {"why": outcome.value, "product": str(product_id)}
    if quantity:
        said["quantity"] = str(quantity)
    response = go(f"{reverse('cart')}?{urlencode(said)}")
    write_cart(response, changed)
    return response


def _read_quantity(text: str) -> int | None:
    """0 to 9,999 in plain digits; more is less than that in the end."""
    return read_number(text, digits=4)
