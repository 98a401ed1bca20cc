"""Money goes back once, never more than there is, and until Stripe says how it ended."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import requests
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from analytics.models import Alert
from payments import services
from payments.models import Order, Payment, Refund
from payments.services import RefundNotPossible
from store.tenancy import store_scope
from tests.payments.till import REFUND_FAILS, REFUND_PENDING, Till

pytestmark = pytest.mark.django_db(transaction=True)

HALF = Decimal("1.50")


def give_back(till: Till, order: Order, amount: Decimal, **more: object) -> Refund:
    with store_scope(till.store):
        return services.refund_payment(payment_id=till.payment(order).pk, amount=amount, by="op", **more)  # type: ignore[arg-type]


def cancel(till: Till, order: Order) -> None:
    """By the salon, in Mango Biz; its webhook has come."""
    Order.across_stores.filter(pk=order.pk).update(status=Order.Status.CANCELLED)
    with store_scope(till.store), transaction.atomic():
        services.nudge(purpose="order", subject_id=order.pk)


def test_a_part_then_the_rest(till: Till) -> None:
    order = till.settled()
    refund = give_back(till, order, HALF)
    assert (refund.state, refund.by, refund.reason) == ("wanted", "op", "merchant")
    till.work(2)
    assert till.payment(order).amount_refunded == HALF
    assert [r.state for r in till.refunds(order)] == ["succeeded"]
    with pytest.raises(RefundNotPossible):
        give_back(till, order, order.total)
    give_back(till, order, order.total - HALF)
    till.work(2)
    assert till.payment(order).amount_left == 0
    assert sum(row["amount"] for row in till.at_stripe(order)["refunds"]) == order.total * 100
    with pytest.raises(RefundNotPossible):
        give_back(till, order, Decimal("0.01"))


@pytest.mark.parametrize("amount", ["0", "-1", "1.505", "1000000", "NaN"])
def test_no_such_sum(till: Till, amount: str) -> None:
    order = till.settled()
    with pytest.raises((RefundNotPossible, ArithmeticError)):
        give_back(till, order, Decimal(amount))
    assert till.refunds(order) == []


def test_only_what_was_taken(till: Till) -> None:
    order = till.order()
    till.pay(order)
    with pytest.raises(RefundNotPossible):
        give_back(till, order, HALF)


def test_what_is_under_way_counts(till: Till) -> None:
    """However old the sum is that we know from Stripe: before and after the refund is sent."""
    order = till.settled()
    give_back(till, order, order.total)
    for _moment in ("wanted", "sent"):
        with pytest.raises(RefundNotPossible):
            give_back(till, order, HALF)
        services.send_due_refunds()
        Payment.across_stores.update(amount_refunded=0)
    assert len(till.at_stripe(order)["refunds"]) == 1


def test_one_form_sent_twice_is_one_refund(till: Till) -> None:
    order = till.settled()
    key = uuid4()
    first = give_back(till, order, HALF, refund_id=key)
    assert give_back(till, order, HALF, refund_id=key) == first
    assert till.timeline(order).count("refund wanted") == 1


def test_cancelled_by_the_salon(till: Till) -> None:
    order = till.settled()
    cancel(till, order)
    till.work()
    assert [(r.amount, r.state, r.by) for r in till.refunds(order)] == [(order.total, "succeeded", "")]
    assert till.payment(order).amount_left == 0
    assert till.payment(order).due_at is None


def test_a_sent_refund_is_not_wanted_again(till: Till) -> None:
    """The look asked Stripe before the refund was sent, and writes afterwards."""
    order = till.settled()
    cancel(till, order)
    services.settle_due_payments()
    assert len(till.refunds(order)) == 1
    services.send_due_refunds()
    with store_scope(till.store):
        payment = till.payment(order)
        Payment.objects.update(amount_refunded=0, lease=uuid4())
        services.settling._refund_rest(till.payment(order))
        Payment.objects.update(lease=None)
    assert payment.amount_taken == order.total
    till.work()
    assert [r.state for r in till.refunds(order)] == ["succeeded"]


@pytest.mark.parametrize("nudges", ["come", "are lost"])
def test_the_rest_of_what_a_lost_answer_left(
    till: Till, monkeypatch: pytest.MonkeyPatch, nudges: str
) -> None:
    """A part went back, its answer was lost, then the salon cancels: all is back, nothing twice."""
    order = till.settled()
    give_back(till, order, HALF)
    till.faults("stripe", answerLostRate=1.0)
    services.send_due_refunds()
    till.faults("stripe")
    cache.clear()
    assert [r.state for r in till.refunds(order)] == ["wanted"]
    cancel(till, order)
    if nudges == "are lost":
        monkeypatch.setattr(services.refunding, "look_soon", lambda _payments: False)
    till.work()
    assert sum(row["amount"] for row in till.at_stripe(order)["refunds"]) == order.total * 100
    assert {r.state for r in till.refunds(order)} == {"succeeded"}


def test_an_answer_lost_for_more_than_a_day(till: Till) -> None:
    """Stripe has forgotten the key; its list has not forgotten the refund."""
    order = till.settled()
    give_back(till, order, HALF)
    till.faults("stripe", answerLostRate=1.0)
    services.send_due_refunds()
    till.faults("stripe")
    till.control("DELETE", "stripe/idempotency-keys")
    cache.clear()
    till.work(2)
    assert len(till.at_stripe(order)["refunds"]) == 1
    assert [r.state for r in till.refunds(order)] == ["succeeded"]


def test_pending_until_it_has_ended(till: Till) -> None:
    till.control("PUT", "stripe/settling", {"seconds": 3600})
    order = till.order()
    till.pay(order, REFUND_PENDING)
    till.work(3)
    give_back(till, order, HALF)
    services.send_due_refunds()
    [refund] = till.refunds(order)
    assert refund.state == "pending"
    assert refund.due_at
    till.control("POST", f"stripe/{refund.stripe_id}/settlement")
    with store_scope(till.store):
        services.look_at_refunds(intent_id=till.payment(order).intent_id)
    services.send_due_refunds()
    assert [r.state for r in till.refunds(order)] == ["succeeded"]
    assert till.timeline(order)[-2:] == ["refund sent", "refund succeeded"]


def test_one_that_fails_later_is_told_and_may_be_tried_again(till: Till) -> None:
    till.control("PUT", "stripe/settling", {"seconds": 3600})
    order = till.order()
    till.pay(order, REFUND_FAILS)
    till.work(3)
    give_back(till, order, order.total)
    till.work(1)
    [refund] = till.refunds(order)
    assert refund.state == "succeeded"
    till.control("POST", f"stripe/{refund.stripe_id}/settlement")
    with store_scope(till.store):
        services.look_at_refunds(intent_id=till.payment(order).intent_id)
    till.work(2)
    assert [r.state for r in till.refunds(order)] == ["failed"]
    assert Alert.objects.get(cleared_at=None).kind == "refund_failed"
    assert till.payment(order).amount_left == order.total
    give_back(till, order, order.total)
    services.send_due_refunds()
    assert len(till.at_stripe(order)["refunds"]) == 2


def test_looked_at_again_is_told_once(till: Till) -> None:
    order = till.settled()
    give_back(till, order, HALF)
    till.work(1)
    for _webhook in range(3):
        with store_scope(till.store):
            assert services.look_at_refunds(intent_id=till.payment(order).intent_id)
        services.send_due_refunds()
    assert till.timeline(order).count("refund succeeded") == 1


def test_a_key_that_is_refused_fails_no_refund(till: Till, settings: object) -> None:
    order = till.settled()
    give_back(till, order, HALF)
    key, settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY, "sk_test_wrong"  # type: ignore[attr-defined]
    services.send_due_refunds()
    assert [r.state for r in till.refunds(order)] == ["wanted"]
    settings.STRIPE_SECRET_KEY = key  # type: ignore[attr-defined]
    till.work(2)
    assert [r.state for r in till.refunds(order)] == ["succeeded"]


def test_refunded_at_stripe_by_hand(till: Till, stripe_keys: dict[str, str]) -> None:
    order = till.settled()
    intent = till.payment(order).intent_id
    answer = requests.post(
        f"{stripe_keys['stripeApiBase']}/v1/refunds",
        data={"payment_intent": intent, "amount": "100"},
        headers={"Authorization": f"Bearer {stripe_keys['stripeSecretKey']}"},
        timeout=10,
    )
    assert answer.status_code == 200
    with store_scope(till.store):
        services.look_again(intent_id=intent)
    services.settle_due_payments()
    assert till.payment(order).amount_refunded == 1
    with pytest.raises(RefundNotPossible):
        give_back(till, order, order.total)
    give_back(till, order, order.total - 1)
    till.work(2)
    assert till.payment(order).amount_left == 0


def test_old_refunds_are_asked_about_now_and_then(till: Till) -> None:
    till.control("PUT", "stripe/settling", {"seconds": 3600})
    order = till.order()
    till.pay(order, REFUND_PENDING)
    till.work(3)
    give_back(till, order, HALF)
    services.send_due_refunds()
    [refund] = till.refunds(order)
    assert refund.due_at
    assert refund.due_at > timezone.now() + timedelta(minutes=30)
