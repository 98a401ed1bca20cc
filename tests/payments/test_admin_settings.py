"""How a store is paid: keys are written, checked and never shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from payments.models import PaymentSettings
from payments.services import find_account
from store.tenancy import StoreInfo, store_scope
from tests.browsers import signed_in
from tests.payments.till import Till

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/admin/payments/paymentsettings/"
KEYS = {
    "publishable_key": "pk_test_luna",
    "new_secret_key": "sk_test_0123456789",
    "new_webhook_secret": "whsec_9876543210",
}
REST = {"prepayment": "deposits", "refunds_cancellations": "on"}


@pytest.fixture
def admin(db: None) -> Client:
    return signed_in(User.objects.create_superuser("root"))


def save(admin: Client, path: str, **fields: Any) -> str:
    """The page with its complaints, "" where it was saved."""
    page = admin.post(PAGE + path, {**REST, **fields})
    assert page.status_code in {200, 302}
    return page.content.decode() if page.status_code == 200 else ""


def own(store: StoreInfo) -> PaymentSettings:
    found: PaymentSettings = PaymentSettings.across_stores.get(store_id=store.id)
    return found


def test_keys_are_kept_and_never_shown(admin: Client, luna: StoreInfo, barber: StoreInfo) -> None:
    assert save(admin, "add/", of_store=luna.id, **KEYS) == ""
    with store_scope(luna):
        account = find_account()
    assert account
    assert (account.secret_key, account.is_own) == (KEYS["new_secret_key"], True)
    path = f"{own(luna).pk}/change/"
    for page in (PAGE, PAGE + path, f"{PAGE}{own(luna).pk}/history/"):
        text = admin.get(page).content.decode()
        for secret in ("0123456789", "9876543210"):
            assert secret not in text
    assert "sk_test_…" in admin.get(PAGE + path).content.decode()
    assert save(admin, path, publishable_key="pk_test_other") == "", "an empty field keeps what there is"
    assert own(luna).secret_key == KEYS["new_secret_key"]
    assert own(luna).webhook_secret == KEYS["new_webhook_secret"]
    with store_scope(barber):
        assert find_account() is None
    assert save(admin, path, publishable_key="pk_test_other", forgets_keys="on") == ""
    assert (own(luna).secret_key, own(luna).webhook_secret, own(luna).publishable_key) == (None, None, "")


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"new_secret_key": "sk_test_x"}, "Own keys are a secret key and a publishable key."),
        ({"publishable_key": "pk_test_x"}, "Own keys are a secret key and a publishable key."),
        ({"publishable_key": "sk_test_x", "new_secret_key": "sk_test_x"}, "This begins with pk_test_"),
        ({"publishable_key": "pk_test_x", "new_secret_key": "pk_test_x"}, "This begins with sk_test_"),
        ({"publishable_key": "pk_live_x", "new_secret_key": "sk_test_x"}, "One key is for tests"),
        ({**KEYS, "account_id": "acct_1"}, "Either a Connect account or own keys"),
        ({"account_id": "1"}, "This begins with acct_"),
        ({"new_webhook_secret": "x"}, "This begins with whsec_"),
    ],
    ids=[
        "secret-alone",
        "public-alone",
        "wrong-public",
        "wrong-secret",
        "modes",
        "both",
        "account",
        "webhook",
    ],
)
def test_what_makes_no_sense(admin: Client, luna: StoreInfo, fields: dict[str, str], complaint: str) -> None:
    assert complaint in save(admin, "add/", of_store=luna.id, **fields)
    assert not PaymentSettings.across_stores.exists()


def test_one_row_a_store_and_one_store_an_account(admin: Client, luna: StoreInfo, barber: StoreInfo) -> None:
    assert save(admin, "add/", of_store=luna.id, account_id="acct_1") == ""
    assert "has its settings already" in save(admin, "add/", of_store=luna.id, account_id="acct_2")
    assert "Another store is paid" in save(admin, "add/", of_store=barber.id, account_id="acct_1")
    assert save(admin, f"{own(luna).pk}/change/", account_id="acct_1") == ""
    assert admin.post(f"{PAGE}{own(luna).pk}/delete/", {"post": "yes"}).status_code == 403


def test_checking_the_keys(admin: Client, till: Till) -> None:
    salons = {row["slug"]: row["stripe"] for row in till.control("GET", "salons.json")}
    mine = salons[till.store.slug]
    assert save(admin, "add/", of_store=till.store.id, account_id=mine["account"]) == ""
    row = own(till.store)

    def check() -> str:
        chosen = {"action": "check_keys", "_selected_action": [str(row.pk)]}
        return admin.post(PAGE, chosen, follow=True).content.decode()

    assert "Stripe accepts the keys, test payments" in check()
    till.faults("stripe", down="503")
    assert "Stripe did not say" in check()
    till.faults("stripe")
    row.account_id = "acct_nobody"
    row.save()
    assert "Stripe refuses the keys" in check()
