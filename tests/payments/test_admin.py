"""What operators see of orders and payments, and money given back: asked for, confirmed, and by whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from payments.models import Order, Payment, PaymentEvent
from tests.browsers import signed_in
from tests.payments.till import Till

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = "/admin/payments/order/"
PAYMENTS = "/admin/payments/payment/"
SECRETS = ("zoe@example.com", "Okonkwo", "Zoë")


@pytest.fixture
def open_admin(db: None) -> Callable[..., Client]:
    """open_admin("view_order") is the browser of somebody with these permissions."""

    def login(*permissions: str) -> Client:
        user = User.objects.create_user("op", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        return signed_in(user)

    return login


def found(admin: Client, page: str, words: object) -> set[object]:
    answer = admin.get(f"{page}?q={quote(str(words))}")
    assert answer.status_code == 200
    return {row.pk for row in answer.context["cl"].result_list}


def test_orders_and_no_names(till: Till, open_admin: Callable[..., Client]) -> None:
    order = till.settled(quantity=2)
    admin = open_admin("view_order", "view_payment", "view_email")
    for path in ("", f"{order.pk}/change/", f"?state__exact=placed&store={till.store.id}", "?outbox=waiting"):
        page = admin.get(ORDERS + path)
        assert page.status_code == 200, path
        text = page.content.decode()
        assert "z…@e…" in text or "outbox" in path
        for secret in (*SECRETS, order.token, till.payment(order).token):
            assert secret not in text
    page = admin.get(f"{ORDERS}{order.pk}/change/").content.decode()
    for shown in (f"2 × {order.lines[0].name}", order.order_number, f"{PAYMENTS}{till.payment(order).pk}/"):
        assert shown in page
    assert admin.post(f"{ORDERS}{order.pk}/delete/", {"post": "yes"}).status_code == 403


def test_finding_orders_and_payments(
    till: Till, neighbours_till: Till, open_admin: Callable[..., Client]
) -> None:
    order, other = till.settled(), neighbours_till.order(email="max@example.com")
    order.refresh_from_db()
    payment = till.payment(order)
    admin = open_admin("view_order", "view_payment")
    for words in (order.order_number, order.pk, order.upstream_id, "zoe@example.com", " ZOE@Example.com "):
        assert found(admin, ORDERS, words) == {order.pk}, words
        assert found(admin, PAYMENTS, words) == {payment.pk}, words
    for words in (payment.pk, payment.intent_id):
        assert found(admin, PAYMENTS, words) == {payment.pk}, words
    assert found(admin, ORDERS, "zoe@example") == set()
    assert found(admin, ORDERS, "max@example.com") == {other.pk}
    assert found(admin, ORDERS, "") == {order.pk, other.pk}


def test_a_payment_and_its_timeline(till: Till, open_admin: Callable[..., Client]) -> None:
    order = till.settled()
    payment = till.payment(order)
    page = open_admin("view_payment").get(f"{PAYMENTS}{payment.pk}/change/")
    text = page.content.decode()
    for shown in ("opened", "held", "taken", "visa 4242", payment.intent_id):
        assert shown in text
    for secret in (*SECRETS, payment.token, payment.client_secret):
        assert secret not in text
    assert "/refund/" not in text, "without the permission there is no button"
    assert "<script>" not in text
    assert "style=" not in text
    policy = {part.strip() for part in page["Content-Security-Policy"].split(";")}
    assert "script-src 'self'" in policy  # and nothing else


def test_lists_ask_the_database_once(
    till: Till, open_admin: Callable[..., Client], django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _number in range(5):
        till.order(start=False)
    admin = open_admin("view_order", "view_payment")
    for page in (ORDERS, PAYMENTS):
        with django_assert_max_num_queries(10):  # type: ignore[attr-defined]
            assert admin.get(page).status_code == 200


def test_looking_again(till: Till, open_admin: Callable[..., Client], rung: set[str]) -> None:
    payment = till.payment(till.settled())
    chosen = {"action": "look_again_selected", "_selected_action": [str(payment.pk)]}
    admin = open_admin("view_payment")
    admin.post(PAYMENTS, chosen)
    assert Payment.across_stores.get(pk=payment.pk).due_at is None
    User.objects.get(username="op").user_permissions.add(Permission.objects.get(codename="change_payment"))
    rung.clear()
    page = admin.post(PAYMENTS, chosen, follow=True)
    assert "1 payment is looked at." in page.content.decode()
    assert Payment.across_stores.get(pk=payment.pk).due_at is not None
    assert rung == {"payments.tasks.sweep"}


# --- giving back ---


def ask(admin: Client, payment: Payment, amount: object) -> str:
    """The page that asks to confirm, or the form with its complaint."""
    key = re.search(
        r'name="key" value="([^"]+)"', admin.get(f"{PAYMENTS}{payment.pk}/refund/").content.decode()
    )
    assert key
    page = admin.post(f"{PAYMENTS}{payment.pk}/refund/", {"amount": str(amount), "key": key[1]})
    return page.content.decode()


def confirm(admin: Client, payment: Payment, page: str) -> str:
    fields = dict(re.findall(r'name="(key|amount)" value="([^"]+)"', page))
    path = f"{PAYMENTS}{payment.pk}/refund/"
    return admin.post(path, {**fields, "confirmed": "x"}, follow=True).content.decode()


@pytest.fixture
def refunder(open_admin: Callable[..., Client]) -> Client:
    return open_admin("view_payment", "refund_payment")


def test_a_part_is_given_back(till: Till, refunder: Client) -> None:
    order = till.settled()
    payment = till.payment(order)
    assert (
        f"{PAYMENTS}{payment.pk}/refund/" in refunder.get(f"{PAYMENTS}{payment.pk}/change/").content.decode()
    )
    form = refunder.get(f"{PAYMENTS}{payment.pk}/refund/").content.decode()
    assert f'value="{payment.amount.quantize(Decimal("0.01"))}"' in form
    assert "Decided by the salon" in form
    page = ask(refunder, payment, "1.50")
    assert "$1.50 of" in page
    assert till.refunds(order) == [], "asking gives nothing back"
    assert "$1.50 goes back to the client." in confirm(refunder, payment, page)
    [refund] = till.refunds(order)
    assert (refund.amount, refund.by, refund.reason) == (Decimal("1.50"), "op", "merchant")
    assert PaymentEvent.across_stores.get(kind="refund wanted").by == "op"
    confirm(refunder, payment, page)
    assert len(till.refunds(order)) == 1, "the same form twice is one refund"
    till.work(1)
    assert "Paid back" in refunder.get(f"{PAYMENTS}{payment.pk}/change/").content.decode()


@pytest.mark.parametrize("amount", ["0", "-1", "1.505", "100000", "NaN", "", "x"])
def test_no_such_sum(till: Till, refunder: Client, amount: str) -> None:
    order = till.settled()
    page = ask(refunder, till.payment(order), amount)
    assert "Please correct the amount." in page
    assert "confirmed" not in page
    confirm(refunder, till.payment(order), page.replace('name="amount"', f'name="amount" value="{amount}"'))
    assert till.refunds(order) == []


def test_more_than_what_is_left_meanwhile(till: Till, refunder: Client) -> None:
    order = till.settled()
    payment = till.payment(order)
    first, second = ask(refunder, payment, order.total), ask(refunder, payment, "1")
    confirm(refunder, payment, first)
    assert "Nothing was given back" in confirm(refunder, payment, second)
    assert len(till.refunds(order)) == 1
    assert (
        "Nothing of this payment is left" in refunder.get(f"{PAYMENTS}{payment.pk}/refund/").content.decode()
    )


def test_who_may_not(till: Till, open_admin: Callable[..., Client]) -> None:
    order = till.settled()
    path = f"{PAYMENTS}{till.payment(order).pk}/refund/"
    admin = open_admin("view_payment", "change_payment")
    fields = {"amount": "1", "key": "00000000-0000-4000-8000-000000000000", "confirmed": "x"}
    assert admin.get(path).status_code == 403
    assert admin.post(path, fields).status_code == 403
    assert Client(headers={"host": "localhost"}).post(path, fields).status_code == 302
    strict = signed_in(User.objects.create_superuser("root"), enforce_csrf_checks=True)
    assert strict.get(path).status_code == 200
    assert strict.post(path, fields).status_code == 403, "without its CSRF token"
    assert till.refunds(order) == []


def test_nothing_to_give_back_of_what_is_not_taken(till: Till, refunder: Client) -> None:
    order = till.order()
    page = refunder.get(f"{PAYMENTS}{till.payment(order).pk}/refund/").content.decode()
    assert "Nothing of this payment is left" in page


def test_the_order_of_another_sort(till: Till, open_admin: Callable[..., Client]) -> None:
    """Shipping, an address, nothing of it shown."""
    order = till.order(start=False)
    order.method = Order.Method.SHIPPING
    order.set_address({"country_code": "US", "street_address": "1 Zoe Street"})
    order.save()
    text = open_admin("view_order").get(f"{ORDERS}{order.pk}/change/").content.decode()
    assert "Shipping" in text
    assert "Zoe Street" not in text
