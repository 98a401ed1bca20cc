"""Nothing in a text that is kept leads to a person or an account."""

import re
import time
from types import SimpleNamespace

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.masking import MOST_READ, mask_contacts
from store import tenancy

MASKED = {
    "zoe@example.com": "[email]",
    "Zoë.Müller+cut@salon-köln.de!": "[email]!",
    "zoe (at) example.com": "[email]",
    "mail me:zoe@example.co.uk.": "mail me:[email].",
    "+1 213 373 4253": "[phone]",
    "call (213) 373-4253 please": "call [phone] please",
    "213.373.4253": "[phone]",
    "2133734253": "[phone]",
    "+49 30 901820": "[phone]",
    "5550134": "[phone]",
    "4242 4242 4242 4242": "[number]",
    "4242-4242-4242-4242, exp 12/28": "[number], exp 12/28",
    "4242424242424242": "[number]",
    "378282246310005": "[number]",
    "DE89 3704 0044 0532 0130 00 is mine": "[account] is mine",
    "de89370400440532013000": "[account]",
    "AT61 1904 3002 3457 3201 then": "[account] then",
    "https://zoe:secret@example.com/x": "[link]",
    "https://example.com/?token=abc": "[link]",
    "http://luna-hair.localhost/bookings/Jw4uAk1l6G0M_uTQmXv2b8sK5nHcR3dZyLpE7fW9aTo/": "[link]",
}
KEPT = (
    "Is Friday at 2:30 pm free for 3 people?",
    "am 28.11.2026 um 14:30 Uhr",
    "2026-11-28 or 2026-11-29?",
    "on 11/28/2026",
    "Balayage for $185, 90 min, or 1.250,00 €",
    "https://luna-hair.example.com/services/",
    "size 38, shade 7.34",
    "10 am - 8 pm, 2 x 45 min",
    "90210",
)


@pytest.fixture(autouse=True)
def _in_los_angeles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.masking.current_store_or_none", lambda: SimpleNamespace(locale="en-US"))


@pytest.mark.parametrize("text", MASKED)
def test_contacts_are_masked(text: str) -> None:
    assert mask_contacts(text) == MASKED[text]


@pytest.mark.parametrize("text", KEPT)
def test_what_people_ask_is_kept(text: str) -> None:
    assert mask_contacts(text) == text


@pytest.mark.parametrize("text", ["030 901820", "0171 2345678", "Tel. 0511/1234567"])
def test_numbers_are_read_as_the_salons_country_writes_them(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr("analytics.masking.current_store_or_none", lambda: SimpleNamespace(locale="de-DE"))
    assert mask_contacts(text).endswith("[phone]")
    assert not re.search(r"\d", mask_contacts(text))


@pytest.mark.parametrize("text", [text for text in KEPT if text])
def test_the_same_is_kept_in_german(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("analytics.masking.current_store_or_none", lambda: SimpleNamespace(locale="de-DE"))
    assert mask_contacts(text) == text


WORDS = st.text(alphabet="abc äöü.,!?\n", max_size=30)
LOCAL = st.from_regex(r"\A[a-z0-9._%+-]{1,30}\Z")
DOMAIN = st.from_regex(r"\A[a-z0-9]{1,20}(\.[a-z]{2,8}){1,2}\Z")


@given(before=WORDS, local=LOCAL, domain=DOMAIN, after=WORDS)
def test_no_address_survives(before: str, local: str, domain: str, after: str) -> None:
    masked = mask_contacts(f"{before} {local}@{domain} {after}")
    assert "@" not in masked
    assert mask_contacts(masked) == masked


@given(
    digits=st.text(alphabet="0123456789", min_size=12, max_size=19),
    separator=st.sampled_from(["", " ", "-", ".", " - ", "/", "_", "\n"]),
    size=st.integers(1, 6),
)
def test_no_long_number_survives(digits: str, separator: str, size: int) -> None:
    written = separator.join(digits[at : at + size] for at in range(0, len(digits), size))
    masked = mask_contacts(f"my card {written} thanks")
    assert not re.search(r"\d{2}", masked)


REGIONS = ("US", "DE", "VN", "AU", "GB", "FR", "MX")
STYLES = (
    phonenumbers.PhoneNumberFormat.E164,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.RFC3966,
)


@given(region=st.sampled_from(REGIONS), style=st.sampled_from(STYLES), before=WORDS, after=WORDS)
def test_no_telephone_number_survives(region: str, style: int, before: str, after: str) -> None:
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    written = phonenumbers.format_number(number, style)
    masked = mask_contacts(f"{before} {written} {after}")
    assert str(number.national_number)[-4:] not in masked


@given(st.text(max_size=300))
def test_any_text_is_taken_and_a_second_time_changes_nothing(text: str) -> None:
    masked = mask_contacts(text)
    assert mask_contacts(masked) == masked


@pytest.mark.parametrize("unit", ["1", "a@", "1 ", "+", "a.", "http://", "DE89 ", "(at)", "-1", "٣", "w.w@"])
def test_no_text_takes_long(unit: str) -> None:
    started = time.perf_counter()
    mask_contacts(unit * 4000)
    assert time.perf_counter() - started < 0.5


def test_what_is_read_ends_before_a_contact_is_cut_in_two() -> None:
    text = "x " * (MOST_READ // 2 - 5) + "zoe-the-client@example.com"
    assert "zoe" not in mask_contacts(text)


def test_off_a_store_numbers_with_a_prefix_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.masking.current_store_or_none", tenancy.current_store_or_none)
    assert mask_contacts("+49 30 901820") == "[phone]"
