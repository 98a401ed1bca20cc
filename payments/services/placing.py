"""Placing an order: the cart as it is now, for the sum that the client saw, and a payment for it."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID, uuid5

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from catalog.queries import Catalog, get_catalog
from config.crypto import keyed_hash
from payments.cart import Cart
from payments.models import Order, OrderState, Payment, PaymentState, pack_lines
from payments.pricing import PricedCart, Totals, fingerprint, price_cart, total_of
from payments.queries import find_payment
from payments.services.accounts import can_be_paid
from payments.services.errors import AlreadyPaid, CartChanged, PaymentUnavailable
from payments.services.looking import nudge
from payments.services.opening import open_payment, start_payment
from payments.services.orders import PURPOSE, find_siblings, is_replaced, is_spent
from payments.services.settling import look_now
from store.tenancy import current_store

PAYABLE_FOR = timedelta(hours=2)
MOST_TOTAL = 10**9


def place_order(
    *,
    attempt: UUID,
    cart: Cart,
    client: Mapping[str, str],
    method: str,
    address: dict[str, str] | None,
    seen: str,
    language: str,
) -> Payment:
    """An order that waits for its payment, and the payment, ready to be paid.

    `client` is ContactForm's, `seen` the payments.pricing.fingerprint of what the page showed. The same
    attempt with the same contents is the same order, however often it is asked for; what the same cart was
    ordered as before and nobody has paid is given up. Raises AlreadyPaid, CartChanged, AmountTooSmall,
    PaymentUnavailable: then it may be tried again. Waits for Stripe.
    """
    if not can_be_paid():
        raise PaymentUnavailable
    catalog = get_catalog()
    priced = price_cart(cart, catalog)
    totals = total_of(priced, catalog, method)
    if not priced.order_lines or seen != fingerprint(priced, catalog, method):
        missing = tuple(line.product_id for line in priced.lines if line.trouble)
        raise CartChanged(total=totals.total, missing=missing)
    if totals.total >= MOST_TOTAL:
        raise PaymentUnavailable
    order = _make_order(catalog, priced, totals, client=client, method=method, address=address)
    order.language, order.cart_id = language, cart.id
    order.pk = _name_order(attempt, order, seen)
    if is_spent(_look_at_siblings(order)):
        raise AlreadyPaid
    payment = _save(order)
    _look_at_siblings(order)  # this one counts now: nobody shall be able to pay the others
    return start_payment(payment_id=payment.pk)


def _make_order(
    catalog: Catalog,
    priced: PricedCart,
    totals: Totals,
    *,
    client: Mapping[str, str],
    method: str,
    address: dict[str, str] | None,
) -> Order:
    order = Order(
        store_id=current_store().id,
        items=pack_lines(priced.order_lines),
        subtotal=totals.subtotal,
        tax=totals.tax,
        tax_rate=totals.tax_rate,
        shipping=totals.shipping,
        total=totals.total,
        currency=catalog.business.currency,
        method=method,
        first_name=client["first_name"],
        last_name=client["last_name"],
        phone=client.get("phone") or None,
    )
    order.set_email(client["email"])
    order.set_address(address)
    order.set_token()
    return order


def _name_order(attempt: UUID, order: Order, seen: str) -> UUID:
    """From the attempt and all that was said, so that a double click meets its own order again."""
    said = [
        *(order.first_name, order.last_name, order.email, order.phone),
        *(order.method, order.address, order.items, seen),
    ]
    name = uuid5(attempt, keyed_hash(msgspec.json.encode(said).decode(), purpose="order contents"))
    while (known := Order.objects.filter(pk=name).first()) and (known.is_lost or is_replaced(known)):
        name = uuid5(name, "again")  # ordered otherwise meanwhile, and now this way once more
    return name


def _look_at_siblings(order: Order) -> QuerySet[Order]:
    """Other orders from the same cart; what the client has paid a moment ago is known then."""
    siblings = find_siblings(order)
    unpaid = siblings.filter(state=OrderState.UNPAID)
    open_payments = Payment.objects.filter(
        purpose=PURPOSE, subject_id__in=unpaid.values("pk"), state=PaymentState.OPEN
    )
    for payment_id in open_payments.values_list("pk", flat=True):
        look_now(payment_id)
    return siblings


def _save(order: Order) -> Payment:
    """Raises PaymentUnavailable, AmountTooSmall."""
    try:
        with transaction.atomic():
            order.save(force_insert=True)
            for sibling in find_siblings(order).filter(state=OrderState.UNPAID):
                nudge(purpose=PURPOSE, subject_id=sibling.pk)  # should this process die here
            return open_payment(
                purpose=PURPOSE,
                subject_id=order.pk,
                amount=order.total,
                currency=order.currency,
                expires_at=timezone.now() + PAYABLE_FOR,
                language=order.language,
            )
    except IntegrityError:
        payment = find_payment(purpose=PURPOSE, subject_id=order.pk)
        if payment is None:
            raise
        return payment
