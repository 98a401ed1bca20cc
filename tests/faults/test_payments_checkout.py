"""Whatever is posted to the checkout: an order costs what Mango Biz's prices and the salon's rules give."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from random import Random
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.faults.conftest import tell
from tests.faults.load import Answer, Clients, at_once
from tests.faults.mangobiz import MangoBiz
from tests.faults.processes import wait_until
from tests.faults.stack import SLUGS, Stack

Row = dict[str, Any]
Lines = dict[str, int]  # quantity by product
Prices = dict[str, Decimal]
DOMAIN = "fuzz.example.com"
MONEY_NAMES = ("total", "price", "unit_price", "amount", "subtotal", "tax", "shipping", "seen_total")
MONEY_VALUES = ("0", "0.01", "-5", "1e-9", "NaN", "999999999", "")
NONSENSE = ("", "x", "0", "-1", "\u0000", "pickup", "shipping", "'; --", "9" * 300)
UNAVAILABLE = 503
NOT_ASKED = "catalogue_not_freshened"
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Bill:
    """What an accepted post ordered, and what it may cost: a total by what the store could know."""

    lines: Lines
    method: str
    prices: list[Prices]
    totals: list[Decimal]

    def find_fault(self, row: Row, currency: str) -> str:
        """What is wrong with the order, "" for nothing."""
        ordered = {line["product_id"]: line["quantity"] for line in row["items"]}
        unit_prices = {line["product_id"]: Decimal(line["unit_price"]) for line in row["items"]}
        possible = [
            {product: prices[product] for product in self.lines}
            for prices, total in zip(self.prices, self.totals, strict=True)
            if total == Decimal(row["total"])
        ]
        asked = [(Decimal(amount), its_currency) for amount, its_currency, _intent in row["asked"]]
        checks = {
            "lines": (ordered, self.lines),
            "method": (row["method"], self.method),
            "currency": (row["currency"], currency),
            "asked at Stripe": (asked, [(Decimal(row["total"]), currency)]),
        }
        faults = [
            f"{name}: {ours}, not {theirs}" for name, (ours, theirs) in checks.items() if ours != theirs
        ]
        if unit_prices not in possible:
            faults.append(f"total {row['total']} of {unit_prices}, not {self.totals} of {self.prices}")
        return "; ".join(faults)


@dataclass
class Salon:
    """One salon's shop and carts that were signed by it. One visitor at a time.

    `known`: the prices Mango Biz has had since it last answered this store, those of now at the end. While it
    does not, a store sells at the copy's: then each of them may be what it knows.
    """

    slug: str
    stack: Stack
    clients: Clients
    biz: MangoBiz
    dice: Random
    known: list[Prices] = field(default_factory=lambda: [{}])
    unasked: int = 0
    carts: list[tuple[str, Lines]] = field(default_factory=list)
    pages: list[Row] = field(default_factory=list)
    expected: dict[str, Bill] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = [row for row in self.biz.rows(self.slug, "products") if row["isActive"] and row["price"] > 1]
        for row in rows[:4]:
            self.set_price(row["id"], Decimal(str(row["price"])))
        self.stack.inside("freshen", slug=self.slug)  # without any copy there would be no pages
        self.wait_for_answers()
        [self.rules] = self.biz.rows(self.slug, "business")

    def set_price(self, product: str, price: Decimal) -> None:
        fields = {"price": float(price), "stockStatus": "in_stock", "stockQuantity": 100_000}
        self.biz.change(self.slug, "products", product, "Fuzz", **fields)
        self.known = [*self.known, {**self.prices, product: price}]

    @property
    def prices(self) -> Prices:
        return self.known[-1]

    def wait_for_answers(self) -> None:
        """Until Mango Biz answers this store, whose copies are of now then."""
        wait_until(
            lambda: self.stack.inside("freshen", slug=self.slug, names=["business", "products"]),
            PATIENCE_SECONDS,
            f"Mango Biz to answer {self.slug}'s store",
            pause=1.0,
        )
        self.known = [self.prices]

    def ask(self, method: str, path: str, cookies: Row, body: Row | None = None) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        content = urlencode(body).encode() if body is not None else None
        return self.clients.ask(method, f"{self.slug}.localhost", path, content, headers)

    def fill_cart(self) -> tuple[str, Lines]:
        """A cookie of this store's, and what is in it."""
        cookie, lines = "", dict[str, int]()
        for product in self.dice.sample(sorted(self.prices), self.dice.randint(1, 2)):
            lines[product] = self.dice.randint(1, 5)
            body = {"product": product, "quantity": lines[product]}
            answer = self.ask("POST", "/cart/items/", {"cart": cookie} if cookie else {}, body)
            assert answer.status == 303, answer.body
            cookie = answer.headers["set-cookie"].partition("cart=")[2].partition(";")[0]
        self.carts.append((cookie, lines))
        return cookie, lines

    def open_checkout(self, cookie: str) -> Row:
        """The fields of the form as the page gives them, and its CSRF cookie."""
        answer = self.ask("GET", "/checkout/", {"cart": cookie})
        assert answer.status == 200, answer.body
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', answer.body.decode()))
        csrf = answer.headers["set-cookie"].partition("csrftoken=")[2].partition(";")[0]
        assert {"csrfmiddlewaretoken", "attempt", "seen_pickup"} <= fields.keys()
        return {"csrf": csrf, "fields": fields}

    def place(self, cart: str, csrf: str, body: Row) -> tuple[Answer, list[Prices]]:
        """The answer to an order, sent again while payments are unavailable, and the prices it may be at."""
        log = self.stack.web.log
        seen = log.stat().st_size
        send = partial(self.ask, "POST", "/checkout/", {"cart": cart, "csrftoken": csrf}, body)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (answer := send()).status == UNAVAILABLE and time.monotonic() < deadline:
            time.sleep(1)
        with log.open("rb") as lines:
            lines.seek(seen)
            said = [line for line in lines.read().decode(errors="replace").splitlines() if NOT_ASKED in line]
        possible, is_asked = self.known, not any(f"store={self.slug}" in line for line in said)
        if not is_asked:
            self.unasked += 1
            self.wait_for_answers()  # so that few posts go by unchecked
        elif is_accepted(answer) or answer.status in {409, 422}:
            possible = self.known = [self.prices]
        return answer, possible

    def owed(self, prices: Prices, lines: Lines, method: str) -> Decimal:
        """By hand, from what Mango Biz says."""
        step = Decimal(1) if self.rules["currency"] in {"VND", "JPY"} else Decimal("0.01")
        subtotal = sum((prices[product] * count for product, count in lines.items()), Decimal(0))
        tax = (subtotal * Decimal(str(self.rules.get("taxRate", 0)))).quantize(step, ROUND_HALF_UP)
        rules = self.rules.get("shipping", {})
        is_free = "freeFrom" in rules and subtotal >= Decimal(str(rules["freeFrom"]))
        flat = Decimal(0) if method == "pickup" or is_free else Decimal(str(rules.get("flatRate", 0)))
        return subtotal + tax + flat


def fuzz_once(salon: Salon, others: list[Salon], number: int) -> int:
    """One visitor, from an honest cart to a post that is bent at random. The answer's status."""
    dice = salon.dice
    cookie, lines = salon.fill_cart()
    page = salon.open_checkout(cookie)
    salon.pages.append(page)
    email = f"{salon.slug}-{number}@{DOMAIN}"
    body: Row = {**page["fields"], **honest(salon, email)}
    for bend in dice.sample(BENDS, dice.choice([0, 1, 1, 2, 3])):
        cookie, lines = bend(salon, others, body, (cookie, lines))
    answer, possible = salon.place(cookie, page["csrf"], body)
    assert answer.status in {303, 403, 409, 422, 400}, (answer.status, answer.body[:300])
    if is_accepted(answer):
        method = body["method"]
        totals = [salon.owed(prices, lines, method) for prices in possible]
        salon.expected[email] = Bill(lines, method, possible, totals)
    return answer.status


def is_accepted(answer: Answer) -> bool:
    return answer.status == 303 and answer.headers["location"].startswith("/payments/")


def honest(salon: Salon, email: str) -> Row:
    country = salon.rules["address"]["country"]
    address = {
        "street_address": "1 Main Street",
        "city": salon.rules["address"].get("city", "Town"),
        "postal_code": salon.rules["address"].get("postalCode", ""),
        "country_area": salon.rules["address"].get("state", ""),
    }
    ways = ["pickup", "shipping"] if salon.rules.get("shipping", {}).get("flatRate") else ["pickup"]
    client = {"first_name": "Test", "last_name": "Client", "email": email}
    return {**client, "method": salon.dice.choice(ways), "country": country, **address}


# --- what is bent: each returns the cart that is sent and what is in it ---

Cart = tuple[str, Lines]
NO_CART: Lines = {}


def bend_money(salon: Salon, _others: list[Salon], body: Row, cart: Cart) -> Cart:
    for name in salon.dice.sample(MONEY_NAMES, 3):
        body[name] = salon.dice.choice(MONEY_VALUES)
    body["currency"] = salon.dice.choice(["VND", "JPY", "usd", "EUR"])
    return cart


def bend_quantity(salon: Salon, _others: list[Salon], body: Row, cart: Cart) -> Cart:
    product = salon.dice.choice(sorted(salon.prices))
    body |= {
        "quantity": "-3",
        "items": f'[{{"product": "{product}", "quantity": 99}}]',
        f"quantity_{product}": 0,
    }
    body |= {"product": str(uuid4()), "id": str(uuid4()), "order": str(uuid4())}
    return cart


def bend_seen(salon: Salon, _others: list[Salon], body: Row, cart: Cart) -> Cart:
    """What another page showed, of another cart, method or price."""
    old = salon.dice.choice(salon.pages)["fields"]
    choices = [*(value for name, value in old.items() if name.startswith("seen_")), *NONSENSE]
    for name in [name for name in body if name.startswith("seen_")]:
        body[name] = salon.dice.choice(choices)
    return cart


def bend_method(salon: Salon, _others: list[Salon], body: Row, cart: Cart) -> Cart:
    body["method"] = salon.dice.choice([*NONSENSE, "PICKUP", "free"])
    return cart


def bend_attempt(salon: Salon, others: list[Salon], body: Row, cart: Cart) -> Cart:
    pages = [page for one in (salon, *others) for page in one.pages]
    body["attempt"] = salon.dice.choice([*NONSENSE, salon.dice.choice(pages)["fields"]["attempt"]])
    return cart


def bend_address(salon: Salon, _others: list[Salon], body: Row, cart: Cart) -> Cart:
    for name in salon.dice.sample(["country", "postal_code", "city", "country_area", "first_name"], 2):
        body[name] = salon.dice.choice([*NONSENSE, "DE", "US", "KP", "00000"])
    return cart


def swap_cart(salon: Salon, _others: list[Salon], _body: Row, _cart: Cart) -> Cart:
    """Another cart of this store's, with the sums of the first one's page."""
    return salon.dice.choice(salon.carts)


def bring_a_foreign_cart(salon: Salon, others: list[Salon], _body: Row, cart: Cart) -> Cart:
    carts = [cart for other in others for cart in other.carts]
    return (salon.dice.choice(carts)[0], NO_CART) if carts else cart


def tamper_with_cart(salon: Salon, _others: list[Salon], _body: Row, cart: Cart) -> Cart:
    place = salon.dice.randrange(len(cart[0]))
    changed = "A" if cart[0][place] != "A" else "B"
    return cart[0][:place] + changed + cart[0][place + 1 :], NO_CART


def change_price(salon: Salon, _others: list[Salon], _body: Row, cart: Cart) -> Cart:
    """In Mango Biz, after the page was shown; nobody tells the store."""
    product = salon.dice.choice(sorted(salon.prices))
    salon.set_price(product, salon.prices[product] + salon.dice.choice([-1, 1, 5]))
    if salon.prices[product] < 1:
        salon.set_price(product, Decimal(20))
    return cart


BENDS: list[Callable[[Salon, list[Salon], Row, Cart], Cart]] = [
    *(bend_money, bend_quantity, bend_seen, bend_method, bend_attempt, bend_address),
    *(swap_cart, bring_a_foreign_cart, tamper_with_cart, change_price),
]


def test_no_order_with_another_sum(
    stack: Stack, clients: Clients, biz: MangoBiz, size: Callable[[int, int], int]
) -> None:
    stack.restart_web()  # what earlier tests did to Mango Biz must not keep it from asking
    salons = [Salon(slug, stack, clients, biz, Random(number)) for number, slug in enumerate(SLUGS)]
    count = size(120, 2000) // len(salons)

    def visit(salon: Salon) -> list[int]:
        others = [other for other in salons if other is not salon]
        return [fuzz_once(salon, others, number) for number in range(count)]

    statuses = Counter(status for found in at_once(visit, salons, threads=len(salons)) for status in found)
    orders = stack.inside("orders_by_email", domain=DOMAIN)
    expected = {email: row for salon in salons for email, row in salon.expected.items()}
    unasked = sum(salon.unasked for salon in salons)
    tell(f"{statuses.total()} posts: {dict(statuses)}; {len(orders)} orders; {unasked} at unchecked prices")
    assert unasked < statuses.total() // 2
    assert set(orders) == set(expected), {
        email: orders.get(email, expected.get(email)) for email in set(orders) ^ set(expected)
    }
    assert len(orders) > count // 4, "honest ones are accepted"
    assert statuses[409] > count // 10, "changed ones are not"
    currencies = {salon.slug: str(salon.rules["currency"]) for salon in salons}
    faults = [
        f"{email}: {fault}. The order: {row}"
        for email, row in orders.items()
        if (fault := expected[email].find_fault(row, currencies[row["slug"]]))
    ]
    assert not faults, "\n".join(faults)
    assert_asked_at_stripe(stack, orders)


def assert_asked_at_stripe(stack: Stack, orders: dict[str, Row]) -> None:
    rows = stack.control("GET", "stripe/payments.json?limit=1000")["data"]
    at_stripe = {row["intent"]["id"]: row["intent"] for row in rows}
    for row in orders.values():
        [[amount, currency, intent_id]] = row["asked"]
        if intent := at_stripe.get(intent_id):
            minor = Decimal(amount) if currency in {"VND", "JPY"} else Decimal(amount) * 100
            assert (intent["amount"], intent["currency"]) == (minor, currency.lower()), row
