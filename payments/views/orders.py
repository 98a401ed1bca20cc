"""An order by its token."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from analytics.services import record_conversion
from payments.cart import COOKIE, Cart, read_cart, write_cart
from payments.models import Order
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
    held = read_cart(request)
    is_spent = payment is not None and payment.is_authorised and held.id == found.cart_id
    is_cart_done = is_spent and _holds_what_was_bought(held, found)
    if is_cart_done:
        request.COOKIES.pop(COOKIE, None)  # this very page shows it empty
    if payment and payment.is_authorised:
        bought = [("product", str(line.product_id)) for line in found.lines]
        record_conversion(visitor=read_consent(request).visitor, items=bought, at=found.created_at)
    page = make_order_page(found, payment, has_returned="returned" in request.GET)
    response = render(request, "payments/order.html", {"page": page})
    if page.is_open:
        response["Refresh"] = str(REFRESH_SECONDS)
    if is_spent:
        write_cart(response, Cart() if is_cart_done else held.renew())
    return response


def _holds_what_was_bought(held: Cart, order: Order) -> bool:
    """Whether nothing was changed since; else it stays, to be ordered beside."""
    bought = {line.product_id: line.quantity for line in order.lines}
    return {item.product_id: item.quantity for item in held.items} == bought
