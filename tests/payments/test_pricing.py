"""Sums: pure functions of prices and the salon's rules."""

from decimal import Decimal

import pytest

from catalog.schemas import Shipping
from payments.addresses import check_address, shape_of, write_address
from payments.pricing import find_shipping, list_methods, sum_up

D = Decimal


@pytest.mark.parametrize(
    ("subtotal", "rate", "shipping", "currency", "tax", "total"),
    [
        ("42.00", "0.0825", "0", "USD", "3.47", "45.47"),  # 3.465: half a cent up
        ("0.10", "0.05", "0", "USD", "0.01", "0.11"),
        ("59.90", "0.19", "4.90", "EUR", "11.38", "76.18"),
        ("1250", "0.1", "500", "JPY", "125", "1875"),
        ("125", "0.1", "0", "JPY", "13", "138"),  # 12.5: no yen is cut in two
        ("250000", "0.08", "30000", "VND", "20000", "300000"),
        ("10.000", "0.05", "0", "KWD", "0.50", "10.50"),
        ("99.99", "0", "0", "USD", "0.00", "99.99"),
    ],
)
def test_tax_is_on_the_goods_alone_and_can_be_paid(
    subtotal: str, rate: str, shipping: str, currency: str, tax: str, total: str
) -> None:
    sums = sum_up(subtotal=D(subtotal), tax_rate=D(rate), shipping=D(shipping), currency=currency)
    assert (sums.tax, sums.total) == (D(tax), D(total))


def test_a_salon_without_a_tax_rate_takes_none() -> None:
    assert sum_up(subtotal=D(10), tax_rate=None, shipping=D(0), currency="USD").total == 10


@pytest.mark.parametrize(
    ("subtotal", "method", "expected"),
    [
        ("59.99", "shipping", "6.95"),
        ("60.00", "shipping", "0"),
        ("10", "pickup", "0"),
        ("10", "", "0"),
    ],
)
def test_shipping_by_the_salons_rules(subtotal: str, method: str, expected: str) -> None:
    rules = Shipping(pickup=True, flat_rate=D("6.95"), free_from=D(60), countries=("US",))
    assert find_shipping(rules, D(subtotal), method, "USD") == D(expected)


def test_without_a_limit_shipping_is_never_free() -> None:
    rules = Shipping(flat_rate=D("6.95"), countries=("US",))
    assert find_shipping(rules, D(10_000), "shipping", "USD") == D("6.95")


def test_only_ways_the_salon_offers() -> None:
    assert list_methods(Shipping(pickup=True)) == ("pickup",)
    assert list_methods(Shipping(flat_rate=D(0), countries=("US",))) == ("shipping",)
    assert list_methods(Shipping(flat_rate=D(5))) == ()  # to no country
    assert list_methods(Shipping(pickup=True, flat_rate=D(5), countries=("US",))) == ("pickup", "shipping")


def test_each_country_has_its_own_fields_in_its_own_order() -> None:
    def rows(country: str) -> list[list[str]]:
        return [[str(field.label) for field in row] for row in shape_of(country).rows]

    assert rows("US") == [["Street and number"], ["City", "State", "ZIP code"]]
    assert rows("DE") == [["Street and number"], ["Postal code", "City"]]
    assert rows("AU") == [["Street and number"], ["Suburb", "State", "Postal code"]]
    assert rows("GB") == [["Street and number"], ["Town"], ["Postal code"]]
    assert rows("JP") == [["Postal code"], ["Prefecture"], ["Street and number"]]
    vietnam = {field.name: field.is_required for field in shape_of("VN").fields}
    assert vietnam == {"street_address": True, "city": True, "country_area": False, "postal_code": False}
    with pytest.raises(ValueError, match="xx"):
        shape_of("XX")


def test_what_is_wrong_with_an_address() -> None:
    good = {"street_address": "Gasse 1", "city": "Wien", "postal_code": "1010"}
    kept, problems = check_address("AT", good)
    assert (kept["country_code"], kept["postal_code"], problems) == ("AT", "1010", {})
    assert check_address("AT", good | {"postal_code": "10100"})[1] == {"postal_code": "invalid"}
    assert check_address("AT", {})[1] == dict.fromkeys(("street_address", "city", "postal_code"), "required")
    state = {"street_address": "1 A St", "city": "X", "country_area": "Bavaria", "postal_code": "90012"}
    assert check_address("US", state)[1] == {"country_area": "invalid"}


def test_an_address_as_on_a_label() -> None:
    address = {"country_code": "AT", "street_address": "Gasse 1", "city": "Wien", "postal_code": "1010"}
    lines = write_address(address, name="Zoë Okonkwo", home="DE", locale="de-DE")
    assert lines == ("Zoë Okonkwo", "Gasse 1", "1010 Wien", "Österreich")
    assert write_address(address, name="Zoë", home="AT", locale="de-AT")[-1] == "1010 Wien"
