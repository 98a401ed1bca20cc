"""An order by its token."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analytics.services import record_conversion
from payments.cart import COOKIE, Cart, read_cart, write_cart
from payments.models import Order, Payment
from payments.orderpage import find_order_payment, make_order_page
from payments.queries import find_order_by_token
from payments.views.common import key_page
from store.consent import read_consent

REFRESH_SECONDS = 5


@key_page
@require_safe
def order(request: HttpRequest, token: str) -> HttpResponse:
    found = find_order_by_token(token)
    if found is None:
        raise Http404
    payment = find_order_payment(found)
    is_cart_done = _is_in_cart(request, found, payment)
    if is_cart_done:
        request.COOKIES.pop(COOKIE, None)  # this very page shows it empty
    if payment and payment.is_authorised:
        bought = [("product", str(line.product_id)) for line in found.lines]
        record_conversion(visitor=read_consent(request).visitor, items=bought, at=found.created_at)
    page = make_order_page(found, payment, has_returned="returned" in request.GET)
    response = render(request, "payments/order.html", {"page": page})
    if page.is_open:
        response["Refresh"] = str(REFRESH_SECONDS)
    if is_cart_done:
        write_cart(response, Cart())
    return response


def _is_in_cart(request: HttpRequest, order: Order, payment: Payment | None) -> bool:
    """Whether the cart is what this order bought; one that was filled again since stays."""
    if payment is None or not payment.is_authorised:
        return False
    held = {item.product_id: item.quantity for item in read_cart(request).items}
    return bool(held) and held == {line.product_id: line.quantity for line in order.lines}
