"""Takes out of what somebody typed whatever would lead to a person or an account.

In doubt it masks: a text is kept to see what people ask, not who asked.

    mask_contacts("Zoe, 213-373-4253, zoe@example.com")  ->  "Zoe, [phone], [email]"
"""

import re

import phonenumbers

from store.tenancy import current_store_or_none

MOST_READ = 4000  # characters; beyond them it is not kept
CARD_DIGITS = 12  # the shortest card numbers; nobody's telephone number is longer by much
PHONE_DIGITS = 7  # a local number without its area

_URL = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,30}://|www\.)[^\s<>\"']+", re.IGNORECASE)
# What makes an address a key: a name before the host, anything after "?" or "#", a long random word.
_SECRET = re.compile(r"//[^/\s]*@|[?#]|[A-Za-z0-9_-]{20,}")
_EMAIL = re.compile(
    r"[^\s@＠<>()\[\],;:\"']{1,64}\s?(?:@|＠|[(\[]\s?at\s?[)\]])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
_IBAN = re.compile(
    r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Z0-9])", re.IGNORECASE
)
_DIGITS = re.compile(r"\d(?:[\s.,_/·()–-]{0,3}\d)*")
_DAY = re.compile(
    r"(?<![\d./-])(?:[0-3]?\d[./-]\s?[01]?\d[./-]\s?(?:(?:19|20)\d\d|\d\d)|20\d\d-[01]\d-[0-3]\d"
    r"|[01]?\d/[0-3]?\d/(?:20)?\d\d)(?![./-]?\d)"
)


def mask_contacts(text: str) -> str:
    """The text with [link], [email], [account], [number] and [phone] in the place of such."""
    if len(text) > MOST_READ:
        text = text[:MOST_READ].rpartition(" ")[0]
    text = _URL.sub(_mask_url, text)
    text = _EMAIL.sub("[email]", text)
    text = _IBAN.sub(_mask_iban, text)
    text = _DIGITS.sub(_mask_digits, text)
    return _mask_phones(text)


def _mask_url(found: re.Match[str]) -> str:
    return "[link]" if _SECRET.search(found[0]) else found[0]


def _mask_iban(found: re.Match[str]) -> str:
    """What follows an account number may look like more of it: the longest part that adds up is one."""
    text = found[0]
    for end in range(len(text), 14, -1):
        if text[end - 1].isalnum() and _is_iban(re.sub(r"[ -]", "", text[:end])):
            return f"[account]{text[end:]}"
    return text


def _is_iban(text: str) -> bool:
    """Source: ISO 13616, ISO 7064 (mod 97-10)."""
    if not 15 <= len(text) <= 34 or not text.isascii():
        return False
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def _mask_digits(found: re.Match[str]) -> str:
    """Long numbers, days left out: "12.11.2026" is what the salon wants to read."""
    text = found[0]
    rest = _DAY.sub("", text)
    left = _count_digits(rest)
    if _count_digits(text) >= CARD_DIGITS and left >= PHONE_DIGITS:
        return "[number]"
    if re.search(rf"\d{{{PHONE_DIGITS},}}", rest):
        return "[phone]"
    return text


def _count_digits(text: str) -> int:
    return sum(letter.isdigit() for letter in text)


def _mask_phones(text: str) -> str:
    """Numbers as the salon's country writes them, and those of others with their prefix."""
    matcher = phonenumbers.PhoneNumberMatcher(
        text, _find_country(), leniency=phonenumbers.Leniency.POSSIBLE, max_tries=200
    )
    masked, end = [], 0
    for match in matcher:
        if _count_digits(match.raw_string) < PHONE_DIGITS or _DAY.fullmatch(match.raw_string.strip()):
            continue
        masked += [text[end : match.start], "[phone]"]
        end = match.end
    return "".join([*masked, text[end:]])


def _find_country() -> str | None:
    """The salon's, by its locale."""
    store = current_store_or_none()
    country = store.locale.rpartition("-")[2] if store and "-" in store.locale else ""
    return country.upper() if len(country) == 2 else None
