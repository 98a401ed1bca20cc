"""The daily compare: differences are found, repaired where a look does that, else told until they end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics.models import Alert
from payments import services, tasks
from payments.models import Order, Payment, Refund
from payments.services.comparing import Report
from store.tenancy import store_scope
from tests.payments.till import Till

pytestmark = pytest.mark.django_db(transaction=True)

AGES = timedelta(hours=1)


def compare(till: Till) -> Report:
    with store_scope(till.store):
        return services.compare_books()


def differences(till: Till) -> dict[str, list[str]]:
    report = compare(till)
    assert report.unanswered == []
    return dict(report.differences)


def alerts(till: Till) -> dict[str, str]:
    found = Alert.objects.filter(kind="books_differ", cleared_at=None, store_id=till.store.id)
    return {alert.subject: alert.detail for alert in found}


def stripe(till: Till, method: str, path: str, **data: Any) -> dict[str, Any]:
    """By hand, past the store, as in Stripe's dashboard."""
    keys = requests.get(f"{till.sandbox.url}/sandbox/settings.json", timeout=10).json()
    headers = {"Authorization": f"Bearer {keys['stripeSecretKey']}"}
    answer = requests.request(
        method, f"{keys['stripeApiBase']}/v1/{path}", data=data, headers=headers, timeout=10
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_nothing_differs(till: Till) -> None:
    till.settled()
    till.order()
    assert compare(till) == Report(compared=2)
    assert alerts(till) == {}


def test_what_a_look_repairs_is_repaired(till: Till) -> None:
    """Paid, and nobody told us: the compare looks, and the poller does the rest."""
    order = till.order()
    till.pay(order)
    assert differences(till) == {}
    assert till.state(order) == ("held", "submitting")
    till.work()
    stripe(till, "POST", "refunds", payment_intent=till.payment(order).intent_id, amount=100)
    assert differences(till) == {}
    assert till.payment(order).amount_refunded == 1


def test_what_stripe_says_otherwise(till: Till) -> None:
    order = till.settled()
    payment = till.payment(order)
    Payment.across_stores.update(amount=payment.amount + 1)
    found = differences(till)
    assert list(found) == [str(payment.pk)]
    assert "amount" in found[str(payment.pk)][0]
    assert list(alerts(till)) == [str(payment.pk)]
    Payment.across_stores.update(amount=payment.amount)
    assert differences(till) == {}
    assert alerts(till) == {}, "cleared once it is right again"


def test_a_payment_that_stripe_does_not_know(till: Till) -> None:
    order = till.settled()
    Payment.across_stores.update(intent_id="pi_nobody")
    assert "it knows no such payment" in differences(till)[str(till.payment(order).pk)][0]


def test_money_that_we_know_nothing_of(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services.comparing, "UNDER_WAY", timedelta(0) - AGES)
    order = till.settled()
    lost = till.payment(order)
    paid = {"payment_method": "pm_card_visa", "confirm": "true", "metadata[store]": str(till.store.id)}
    unknown = stripe(till, "POST", "payment_intents", amount=5000, currency="usd", **paid)
    second = {**paid, "metadata[payment]": str(lost.pk)}
    twice = stripe(till, "POST", "payment_intents", amount=5000, currency="usd", **second)
    unpaid = {"metadata[store]": str(till.store.id)}
    stripe(till, "POST", "payment_intents", amount=5000, currency="usd", **unpaid)
    stripe(till, "POST", "payment_intents", amount=5000, currency="usd", **{**paid, "metadata[store]": "x"})
    found = differences(till)
    assert set(found) == {unknown["id"], str(lost.pk)}
    assert twice["id"] in found[str(lost.pk)][0]


def test_kept_though_nothing_came_of_it(till: Till) -> None:
    """A refund that failed: nobody tries again by itself."""
    order = till.settled()
    payment = till.payment(order)
    with store_scope(till.store):
        Refund.objects.create(payment=payment, amount=1, reason="merchant", state="failed", due_at=None)
    Order.across_stores.update(state="failed")
    found = differences(till)[str(payment.pk)]
    assert any("taken and nothing came of it" in text and "a refund failed" in text for text in found)


def test_released_though_placed(till: Till) -> None:
    order = till.order()
    till.pay(order)
    till.faults(answerLostRate=1.0)
    till.work(1)
    till.faults()
    cache.clear()
    till.act(order, "expiry")
    till.end_pauses()
    services.deliver_due_orders()
    till.work(2)
    assert till.state(order) == ("released", "placed")
    found = differences(till)[str(till.payment(order).pk)]
    assert "released, though it was to be taken" in found


def test_taken_and_never_settled(till: Till) -> None:
    order = till.order()
    till.pay(order)
    till.faults(down="503")
    till.work(2)
    stripe(till, "POST", f"payment_intents/{till.payment(order).intent_id}/capture")
    till.work(1)
    assert till.state(order) == ("taken", "pending")
    Payment.across_stores.update(created_at=timezone.now() - timedelta(days=2))
    report = compare(till)
    assert "what it is for is not settled" in report.differences[str(till.payment(order).pk)][0]


def test_held_for_too_long_and_refunds_without_end(till: Till) -> None:
    order = till.settled()
    payment = till.payment(order)
    with store_scope(till.store):
        Refund.objects.create(payment=payment, amount=1, reason="merchant", due_at=None)
    Refund.across_stores.update(created_at=timezone.now() - timedelta(days=15))
    other = till.order()
    Payment.across_stores.filter(subject_id=other.pk).update(created_at=timezone.now() - timedelta(days=9))
    till.pay(other)
    till.faults(down="503")
    Payment.across_stores.filter(subject_id=other.pk).update(state="held")
    with store_scope(till.store):
        Payment.objects.filter(subject_id=other.pk).update(lease=payment.pk, due_at=timezone.now() + AGES)
    found = compare(till).differences
    assert any("refund has not ended" in text for text in found[str(payment.pk)])
    assert "held for more than seven days" in found[str(till.payment(other).pk)]


def test_orders_as_mango_biz_has_them(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services.comparing, "UNDER_WAY", timedelta(0))
    order = till.settled()
    payment = till.payment(order)
    Order.across_stores.update(total=order.total + 1)
    found = differences(till)[str(payment.pk)]
    assert any("total" in text for text in found)
    assert any(text.startswith("paid") for text in found)
    Order.across_stores.update(total=order.total, state="failed")
    assert any("given up here" in text for text in differences(till)[str(payment.pk)])


def test_an_order_mango_biz_does_not_have(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services.comparing, "UNDER_WAY", timedelta(0))
    order = till.order(start=False)
    Order.across_stores.update(state="placed", submitted_at=timezone.now())
    assert "Mango Biz does not have the order" in differences(till)[str(till.payment(order).pk)]
    Payment.across_stores.all().delete()
    assert "an order without a payment" in differences(till)[str(order.pk)]


def test_a_webhook_of_mango_biz_that_never_came(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services.comparing, "UNDER_WAY", timedelta(0))
    order = till.settled()
    [upstream] = till.orders_upstream(order)
    till.control("PATCH", f"{till.store.slug}/orders/{upstream['id']}", {"status": "cancelled"})
    assert differences(till) == {}
    order.refresh_from_db()
    assert order.status == "cancelled"
    till.work()
    assert till.payment(order).amount_left == 0
    assert differences(till) == {}


def test_who_does_not_answer_clears_nothing(till: Till) -> None:
    order = till.settled()
    amount = till.payment(order).amount
    Payment.across_stores.update(amount=1)
    assert differences(till)
    Payment.across_stores.update(amount=amount)
    till.faults("stripe", down="503")
    assert compare(till).unanswered
    assert len(alerts(till)) == 1
    till.faults("stripe")
    cache.clear()
    assert differences(till) == {}
    assert alerts(till) == {}


def test_what_somebody_looks_at_is_left_to_them(till: Till) -> None:
    order = till.order()
    till.pay(order)
    payment = till.payment(order)
    Payment.across_stores.update(lease=payment.pk, due_at=timezone.now() + AGES)
    report = compare(till)
    assert (dict(report.differences), report.under_way) == ({}, {str(payment.pk)})


def test_each_store_for_itself(till: Till, neighbours_till: Till) -> None:
    order = till.settled()
    neighbours_till.settled()
    Payment.across_stores.filter(subject_id=order.pk).update(amount=1)
    assert len(differences(till)) == 1
    assert differences(neighbours_till) == {}


def test_task_and_command(till: Till, capsys: pytest.CaptureFixture[str]) -> None:
    order = till.settled()
    call_command("compare_books", "--store", till.store.slug)
    assert capsys.readouterr().out == f"{till.store.slug}: 1 payments compared, nothing differs.\n"
    Payment.across_stores.update(amount=1)
    tasks.compare_store(str(till.store.id))
    assert len(alerts(till)) == 1
    with pytest.raises(SystemExit) as ended:
        call_command("compare_books")
    assert ended.value.code == 1
    out = capsys.readouterr().out
    assert str(till.payment(order).pk) in out
    assert "zoe" not in out.lower()
    with pytest.raises(CommandError):
        call_command("compare_books", "--store", "nobody")


# --- what is not kept ---


def test_abandoned_orders_lose_their_client(till: Till) -> None:
    order, young, placed = till.order(), till.order(), till.settled()
    Payment.across_stores.filter(state="open").update(expires_at=timezone.now())
    till.work()
    assert till.state(order) == ("released", "abandoned")
    month = timezone.now() - timedelta(days=30, minutes=1)
    Order.across_stores.filter(pk__in=[order.pk, placed.pk]).update(created_at=month)
    token, events = order.token, till.timeline(order)
    assert services.purge_abandoned() == 1
    assert services.purge_abandoned() == 0
    for kept in (young, placed):
        kept.refresh_from_db()
        assert (kept.first_name, kept.email) == ("Zoë", "zoe@example.com")
    order = Order.across_stores.get(pk=order.pk)
    assert {order.first_name, order.last_name, order.email} == {"–"}
    assert (order.phone, order.address, order.email_hash) == (None, None, "")
    assert order.token != token
    assert till.payment(order).client_secret is None
    assert till.timeline(order) == events
