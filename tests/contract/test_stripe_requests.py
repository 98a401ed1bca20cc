"""How Stripe is asked: keys, accounts, parameters, idempotency, and what goes wrong on the way."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import stripe

from .stripe_desk import OTHER_SALON, SALON, StripeDesk, refused, wish

REQUIRED = {"amount": 5000, "currency": "eur"}


def new_options() -> dict[str, str]:
    return {"idempotency_key": str(uuid.uuid4())}


@pytest.mark.parametrize("key", ["sk_test_luna-hair", "sk_live_9c1f8a3d49759f6219dd7bec962604ca", "nonsense"])
def test_keys_that_are_not_ours(stripe_desk: StripeDesk, key: str) -> None:
    error = refused(stripe_desk.client(key).accounts.retrieve_current)
    assert isinstance(error, stripe.AuthenticationError)
    assert key not in (error.user_message or "")


def test_no_key_is_refused(stripe_desk: StripeDesk) -> None:
    address = f"{stripe_desk.settings['stripeApiBase']}/v1/account"
    answer = requests.get(address, timeout=20)
    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith("You did not provide an API key.")


def test_every_key_has_its_account(stripe_desk: StripeDesk) -> None:
    for slug, row in stripe_desk.salons.items():
        own = stripe_desk.own(slug).accounts.retrieve_current()
        assert own.id == row["account"]
        assert (
            own.to_dict() == stripe_desk.client(account=row["account"]).accounts.retrieve_current().to_dict()
        )
        assert own.charges_enabled
    assert stripe_desk.client().accounts.retrieve_current().id not in {
        row["account"] for row in stripe_desk.salons.values()
    }


def test_accounts_are_kept_apart(stripe_desk: StripeDesk) -> None:
    own, platform, other = stripe_desk.own(SALON), stripe_desk.client(), stripe_desk.own(OTHER_SALON)
    intent = stripe_desk.paid()
    assert own.payment_intents.retrieve(intent.id).id == intent.id
    for api in (platform, other):
        error = refused(api.payment_intents.retrieve, intent.id)
        assert (error.http_status, error.code) == (404, "resource_missing")
        assert refused(api.refunds.create, {"payment_intent": intent.id}).http_status == 404
        assert refused(api.payment_intents.cancel, intent.id).http_status == 404
        assert api.payment_intents.list().data == []


@pytest.mark.parametrize("account", ["acct_unknown", None], ids=["unknown", "a-neighbours"])
def test_accounts_that_are_not_ours(stripe_desk: StripeDesk, account: str | None) -> None:
    key = stripe_desk.salons[OTHER_SALON]["secretKey"]
    wanted = account or stripe_desk.salons[SALON]["account"]
    error = refused(stripe_desk.client(key, wanted).payment_intents.list)
    assert (error.http_status, error.error.code) == (403, "account_invalid")


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({**REQUIRED, "amont": 1}, "parameter_unknown", "amont"),
        ({**REQUIRED, "payment_method_options": {"card": {"capture": "manual"}}}, "parameter_unknown", None),
        ({"amount": 5000}, "parameter_missing", "currency"),
        ({"currency": "eur"}, "parameter_missing", "amount"),
        ({**REQUIRED, "amount": "50.00"}, "parameter_invalid_integer", "amount"),
        ({**REQUIRED, "amount": 49}, "amount_too_small", "amount"),
        ({**REQUIRED, "amount": 0}, "parameter_invalid_integer", "amount"),
        ({"amount": 49, "currency": "jpy"}, "amount_too_small", "amount"),
        ({"amount": 9999, "currency": "vnd"}, "amount_too_small", "amount"),
        ({**REQUIRED, "amount": 100_000_000}, "amount_too_large", "amount"),
        ({**REQUIRED, "currency": "xyz"}, None, "currency"),
        ({**REQUIRED, "receipt_email": "nobody"}, "email_invalid", "receipt_email"),
        ({**REQUIRED, "metadata": {"k" * 41: "v"}}, None, "metadata"),
        ({**REQUIRED, "capture_method": "later"}, None, "capture_method"),
        ({**REQUIRED, "payment_method": "pm_card_none"}, "resource_missing", "payment_method"),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value),
)
def test_parameters_are_minded(
    stripe_desk: StripeDesk, params: dict[str, Any], code: str | None, param: str | None
) -> None:
    error = refused(stripe_desk.api.payment_intents.create, params)
    assert isinstance(error, stripe.InvalidRequestError)
    assert (error.code, error.param) == (code, param or "payment_method_options[card][capture]")
    assert stripe_desk.api.payment_intents.list().data == []


@pytest.mark.parametrize(
    ("amount", "currency"), [(50, "usd"), (50, "jpy"), (10000, "vnd"), (99_999_999, "eur")]
)
def test_the_smallest_and_the_largest(stripe_desk: StripeDesk, amount: int, currency: str) -> None:
    assert stripe_desk.api.payment_intents.create(wish(amount=amount, currency=currency)).amount == amount


def test_every_endpoint_minds_its_parameters(stripe_desk: StripeDesk) -> None:
    api, intent = stripe_desk.api, stripe_desk.held()
    typo = {"reson": "duplicate"}
    calls = [
        (api.payment_intents.capture, intent.id),
        (api.payment_intents.cancel, intent.id),
        (api.payment_intents.confirm, intent.id),
        (api.payment_intents.update, intent.id),
        (api.payment_intents.retrieve, intent.id),
        (api.payment_intents.list,),
        (api.refunds.create,),
        (api.refunds.list,),
        (api.accounts.retrieve_current,),
    ]
    for work, *place in calls:
        error = refused(work, *place, typo)
        assert (error.http_status, error.code, error.param) == (400, "parameter_unknown", "reson")


def test_requests_have_names(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.api.payment_intents.create(wish())
    assert intent.last_response.request_id.startswith("req_")
    assert refused(stripe_desk.api.payment_intents.retrieve, "pi_none").request_id.startswith("req_")
    unknown = stripe_desk.raw("GET", "/nothing", key=stripe_desk.settings["stripeSecretKey"])
    assert (unknown.status_code, unknown.json()["error"]["type"]) == (404, "invalid_request_error")


def test_a_key_gets_one_answer(stripe_desk: StripeDesk) -> None:
    api, options = stripe_desk.api.payment_intents, new_options()
    first, second = (api.create(wish(), options) for _ in range(2))
    assert first.to_dict() == second.to_dict()
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(api.list().data) == 1
    error = refused(api.create, wish(amount=700), options)
    assert (error.http_status, error.error.type) == (400, "idempotency_error")
    assert isinstance(error, stripe.IdempotencyError)
    assert refused(api.cancel, first.id, {}, options).http_status == 400


def test_a_key_belongs_to_its_account(stripe_desk: StripeDesk) -> None:
    options = new_options()
    mine = stripe_desk.api.payment_intents.create(wish(), options)
    assert stripe_desk.own(OTHER_SALON).payment_intents.create(wish(), options).id != mine.id


def test_a_refusal_is_kept_once_work_began(stripe_desk: StripeDesk) -> None:
    api = stripe_desk.api.payment_intents
    intent, options = api.create(wish()), new_options()
    declined = {"payment_method": "pm_card_chargeDeclined"}
    first, second = (refused(api.confirm, intent.id, declined, options) for _ in range(2))
    assert (first.code, first.json_body) == ("card_declined", second.json_body)
    (payment,) = stripe_desk.office("GET", "/stripe/payments.json")["data"]
    assert len(payment["charges"]) == 1


def test_a_refusal_before_that_is_not(stripe_desk: StripeDesk) -> None:
    api, options = stripe_desk.api.payment_intents, new_options()
    assert refused(api.create, wish(amount=1), options).code == "amount_too_small"
    assert api.create(wish(), options).amount == 5000


def test_keys_are_forgotten_after_a_day(stripe_desk: StripeDesk) -> None:
    api, options = stripe_desk.api.payment_intents, new_options()
    first = api.create(wish(), options)
    stripe_desk.office("DELETE", "/stripe/idempotency-keys")
    assert api.create(wish(), options).id != first.id


def test_eight_at_once_make_one(stripe_desk: StripeDesk) -> None:
    """Who comes while the first is at work is sent away, and finds its answer later."""
    api, options = stripe_desk.api.payment_intents, new_options()

    def ask(_: int) -> str:
        try:
            return str(api.create(wish(), options).id)
        except stripe.StripeError as error:
            return f"{error.http_status} {error.error.code}"

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(8))) - {"409 idempotency_key_in_use"}
    assert answers == {api.create(wish(), options).id}
    assert len(api.list().data) == 1


def test_a_key_at_work_is_not_taken_twice(stripe_desk: StripeDesk, faults: Any) -> None:
    api, options = stripe_desk.api.payment_intents, new_options()
    faults("stripe", SALON, slow=3)
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(api.create, wish(), options) for _ in range(2)]
        errors = [answer.exception() for answer in answers]
    (error,) = filter(None, errors)
    assert isinstance(error, stripe.StripeError)
    assert (error.http_status, error.error.code) == (409, "idempotency_key_in_use")


def test_a_lost_answer_is_found_with_the_same_key(stripe_desk: StripeDesk, faults: Any) -> None:
    api, options = stripe_desk.api.payment_intents, new_options()
    faults("stripe", SALON, answerLostRate=1)
    assert isinstance(refused(api.create, wish(), options), stripe.APIConnectionError)
    (made,) = api.list().data  # reading loses nothing
    faults("stripe", SALON)
    assert api.create(wish(), options).id == made.id
    assert len(api.list().data) == 1


def test_the_library_itself_asks_again(stripe_desk: StripeDesk, faults: Any) -> None:
    account = stripe_desk.salons[SALON]["account"]
    patient = stripe_desk.client(account=account, max_network_retries=5)
    faults("stripe", seed=4, answerLostRate=0.5)
    for _ in range(4):
        patient.payment_intents.create(wish())
    assert len(patient.payment_intents.list().data) == 4


@pytest.mark.parametrize(
    ("switches", "error", "status"),
    [
        ({"down": "503"}, stripe.APIError, 503),
        ({"down": "close"}, stripe.APIConnectionError, None),
        ({"rateLimited": 3}, stripe.RateLimitError, 429),
        ({"errorRate": 1}, stripe.APIError, 500),
        ({"garbage": True}, stripe.APIError, 200),
    ],
    ids=["down", "closed", "rate-limited", "error", "garbage"],
)
def test_faults(stripe_desk: StripeDesk, faults: Any, switches: Any, error: Any, status: int | None) -> None:
    faults("stripe", SALON, **switches)
    caught = refused(stripe_desk.api.payment_intents.list)
    assert type(caught) is error
    assert caught.http_status == status
    if status == 429:
        assert (caught.error.code, caught.headers["Retry-After"]) == ("lock_timeout", "3")
    assert stripe_desk.own(OTHER_SALON).payment_intents.list().data == []
