"""The back office's page of payments, and what a restart of the sandbox keeps."""

from __future__ import annotations

from pathlib import Path

import requests

from tests.sandbox_process import start_sandbox

from .receiver import wait_until
from .stripe_desk import SALON, StripeDesk, open_desk, refused, wish


def page(desk: StripeDesk, **params: str) -> str:
    answer = requests.get(f"{desk.base}/stripe/", params=params, timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_payments_are_shown(stripe_desk: StripeDesk) -> None:
    assert "No payments yet" in page(stripe_desk)
    intent = stripe_desk.paid()
    stripe_desk.api.refunds.create({"payment_intent": intent.id, "amount": 900})
    refused(stripe_desk.paid, "pm_card_chargeDeclinedInsufficientFunds")
    text = page(stripe_desk)
    for part in (intent.id, "50.00 EUR", "visa 4242", SALON, "9.00 EUR back: succeeded"):
        assert part in text
    assert "insufficient_funds" in text
    assert text.count("payment_intent.succeeded") == 1
    assert intent.id not in page(stripe_desk, salon="luna-hair")
    assert requests.get(f"{stripe_desk.base}/stripe/?salon=none", timeout=20).status_code == 400


def test_a_hold_lapses_at_a_press(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.held()
    address = f"{stripe_desk.base}/stripe/payments/{intent.id}/expiry"
    answer = requests.post(address, timeout=20, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/stripe/#{intent.id}")
    assert stripe_desk.api.payment_intents.retrieve(intent.id).status == "canceled"
    assert requests.post(address, timeout=20).status_code == 400
    unknown = f"{stripe_desk.base}/stripe/payments/pi_none/expiry"
    assert requests.post(unknown, timeout=20).status_code == 404


def test_the_switches_are_on_the_page_of_faults(stripe_desk: StripeDesk) -> None:
    form = {"upstream": "stripe", "salon": SALON, "rateLimited": "5"}
    requests.post(f"{stripe_desk.base}/faults/", data=form, timeout=20).raise_for_status()
    assert refused(stripe_desk.api.payment_intents.list).http_status == 429
    text = requests.get(f"{stripe_desk.base}/faults/", timeout=20).text
    assert f'id="stripe-webhooks-{SALON}"' in text


def test_a_restart_keeps_payments_and_what_is_on_its_way(tmp_path: Path) -> None:
    sandbox = start_sandbox(tmp_path, appointments=False)
    try:
        desk = open_desk(sandbox.url)
        desk.office("PUT", "/stripe/settling", {"seconds": 1})
        desk.office("PUT", "/stripe/webhook", {"url": "http://127.0.0.1:9/nobody"})
        data = {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"}}
        options = {"idempotency_key": "across"}
        intent = desk.api.payment_intents.create(wish(payment_method_data=data, confirm=True), options)
    finally:
        sandbox.stop()
    sandbox = start_sandbox(tmp_path, appointments=False)
    try:
        desk = open_desk(sandbox.url)
        again = desk.api.payment_intents.create(wish(payment_method_data=data, confirm=True), options)
        assert again.to_dict() == intent.to_dict()
        wait_until(lambda: desk.api.payment_intents.retrieve(intent.id).status == "succeeded")
        sent = desk.office("GET", "/stripe/deliveries.json")["data"]
        assert {row["type"] for row in sent} >= {"payment_intent.succeeded"}
    finally:
        sandbox.stop()
