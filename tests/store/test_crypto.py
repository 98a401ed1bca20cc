"""Sealed columns open only where they were sealed, with the keys we have."""

import base64

import pytest
from django.db import connection

from config import crypto
from store.fields import Sealed
from store.models import Email, Store
from store.services import queue_email
from store.tenancy import StoreInfo, store_scope

pytestmark = pytest.mark.django_db

CONTEXT = b"table|column|store"


def test_round_trip_and_fresh_nonces() -> None:
    first, second = crypto.seal(b"Zo\xc3\xab", context=CONTEXT), crypto.seal(b"Zo\xc3\xab", context=CONTEXT)
    assert first != second
    assert crypto.unseal(first, context=CONTEXT) == b"Zo\xc3\xab"


@pytest.mark.parametrize(
    "spoil",
    [lambda b: b[:-1] + bytes([b[-1] ^ 1]), lambda b: b[:10], lambda b: b"", lambda b: b"\x02" + b[1:]],
)
def test_altered_values_do_not_open(spoil) -> None:
    with pytest.raises(crypto.CannotDecrypt):
        crypto.unseal(spoil(crypto.seal(b"secret", context=CONTEXT)), context=CONTEXT)


def test_older_keys_still_open_and_the_first_one_seals(settings) -> None:
    keys = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = {"old": keys["old"]}
    sealed = crypto.seal(b"before", context=CONTEXT)
    settings.FIELD_ENCRYPTION_KEYS = keys
    assert crypto.unseal(sealed, context=CONTEXT) == b"before"
    assert crypto.key_id_of(crypto.seal(b"after", context=CONTEXT)) == "new"
    settings.FIELD_ENCRYPTION_KEYS = {"new": keys["new"]}
    with pytest.raises(crypto.CannotDecrypt):
        crypto.unseal(sealed, context=CONTEXT)


def test_look_ups_find_what_an_older_key_hashed(settings) -> None:
    keys = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = {"old": keys["old"]}
    stored = crypto.keyed_hash("zoe@example.com", purpose="email")
    settings.FIELD_ENCRYPTION_KEYS = keys
    assert stored in crypto.keyed_hashes("zoe@example.com", purpose="email")
    assert stored not in crypto.keyed_hashes("zoe@example.com", purpose="phone")


def _queue(recipient: str = "zoe@example.com") -> Email:
    email = queue_email(fact="a/b", recipient=recipient, subject="s", text="t", html="h")
    assert email is not None
    return email


def test_the_column_holds_no_plain_text(luna: StoreInfo) -> None:
    with store_scope(luna):
        email = _queue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT recipient, subject FROM store_email")
        raw = b"".join(bytes(value) for value in cursor.fetchone())
    assert b"zoe" not in raw
    assert Email.across_stores.get(pk=email.pk).recipient == "zoe@example.com"


def test_a_value_moved_to_another_column_or_store_does_not_open(luna: StoreInfo, barber: StoreInfo) -> None:
    with store_scope(luna):
        email = _queue()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE store_email SET subject = recipient")
    with pytest.raises(crypto.CannotDecrypt):
        _ = Email.across_stores.get(pk=email.pk).subject
    moved = Email.across_stores.get(pk=email.pk)
    moved.store_id = barber.id
    with pytest.raises(crypto.CannotDecrypt):
        _ = moved.recipient


def test_plain_text_in_look_ups_and_updates_is_refused(luna: StoreInfo) -> None:
    with store_scope(luna):
        _queue()
        with pytest.raises(TypeError):
            Email.objects.filter(recipient="zoe@example.com").first()
        with pytest.raises(TypeError):
            Email.objects.update(recipient="x@example.com")


def test_saving_an_unread_row_keeps_the_sealed_value(luna: StoreInfo) -> None:
    row = Store.objects.get(pk=luna.id)
    before = row.__dict__["api_key"]
    assert isinstance(before, Sealed)
    row.name = "Luna"
    row.save()
    again = Store.objects.get(pk=luna.id)
    assert again.__dict__["api_key"] == before
    assert Store.objects.defer("api_key").get(pk=luna.id).api_key == again.api_key


def test_key_strings_are_refused_when_they_are_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.exceptions import ImproperlyConfigured

    from config.env import read_encryption_keys

    for bad in [
        "",
        "a:",
        f"a:{base64.b64encode(b'short').decode()}",
        "a:???",
        base64.b64encode(b"k" * 32).decode(),
    ]:
        monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", bad)
        with pytest.raises(ImproperlyConfigured):
            read_encryption_keys()
