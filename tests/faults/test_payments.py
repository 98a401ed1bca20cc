"""Never charged without an order, never an order without the money, never twice, whatever fails meanwhile."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from random import Random

import pytest
from redis import Redis

from sandbox.stripe.cards import CARDS
from tests.faults.chaos import KILL_SECONDS, every, killing_workers
from tests.faults.conftest import tell
from tests.faults.load import Clients, at_once
from tests.faults.mangobiz import MangoBiz
from tests.faults.payers import Payers, Row
from tests.faults.processes import wait_until
from tests.faults.stack import SLUGS, Stack

Size = Callable[[int, int], int]
DEBIT = {"iban": "DE89370400440532013000"}
CARD_FIELDS = r"cvc[\"'\]]*\s*[:=]|exp_month|exp_year|card\[number\]"


@pytest.fixture
def payers(stack: Stack, clients: Clients, biz: MangoBiz) -> Payers:
    return Payers(stack, clients, biz)


def assert_one_of_each(payers: Payers, rows: list[Row]) -> None:
    """One order in Mango Biz, one capture at Stripe, and our rows say so."""
    ours = payers.look(rows)
    assert Counter((row["payment"], row["state"]) for row in ours) == {("taken", "placed"): len(rows)}
    made, paid = payers.at_mango_biz(rows), payers.at_stripe(rows)
    assert Counter(len(orders) for orders in made.values()) == {1: len(rows)}
    assert {row["upstream_id"] for row in ours} == {orders[0]["id"] for orders in made.values()}
    for row in rows:
        stripe = paid[row["order"]]
        assert stripe["intent"]["status"] == "succeeded"
        assert made[row["order"]][0]["paymentReference"] == row["intent"]
        assert [charge["amount_captured"] for charge in stripe["charges"]] == [stripe["intent"]["amount"]]
        assert stripe["refunds"] == []


def test_one_order_and_one_capture_each(stack: Stack, payers: Payers, size: Size) -> None:
    """Every webhook three times and every return page three times at once, a worker killed -9 every 2 s."""
    rows = payers.place(size(100, 1000))
    jobs = [partial(act, row) for row in rows for act in (payers.tell, payers.come_back) for _ in range(3)]
    Random(7).shuffle(jobs)
    with every(KILL_SECONDS, killing_workers(stack)) as kills:
        assert set(at_once(payers.pay, rows)) == {200}
        tell(f"{len(rows)} paid; now {len(jobs)} webhooks and return pages")
        answers = at_once(lambda job: job(), jobs)
        wait_until(lambda: len(kills) >= 3, 60, "three kills")
    assert {answer.status for answer in answers} <= {202, 302, 303}, Counter(a.status for a in answers)
    tell(f"all answered, {len(kills)} workers killed")
    stack.let_leases_end()
    payers.wait_until_settled(rows)
    assert_one_of_each(payers, rows)
    inbox = stack.inside("inbox", ids=[f"evt_{row['intent']}" for row in rows])
    assert inbox == {"done": len(rows)}
    payers.assert_books_agree()


def test_without_any_webhook_the_poller_settles_all(payers: Payers, size: Size) -> None:
    rows = payers.place(size(20, 500))
    assert set(at_once(payers.pay, rows)) == {200}
    payers.wait_until_settled(rows)
    assert_one_of_each(payers, rows)


def test_what_mango_biz_refuses_is_not_charged(stack: Stack, payers: Payers, size: Size) -> None:
    """A tenth of the orders is refused, half of these paid by direct debit; both sides lose answers."""
    count = size(30, 500)
    rows = payers.place(count - count // 10)
    scarce = {slug: payers.stock(slug, 1) for slug in SLUGS}
    refused: list[Row] = []
    for number, slug in enumerate(["stille-spa", "luna-hair"]):
        share = count // 20 + number * (count // 10 % 2)
        refused += stack.inside("place_orders", slug=slug, product=scarce[slug], count=share)
    for slug, product in scarce.items():
        payers.sell_out(slug, product)
    stack.control("PUT", "stripe/settling", {"seconds": 1})
    stack.set_faults(seed=7, answerLostRate=0.2, errorRate=0.2)
    assert set(at_once(payers.pay, rows)) == {200}
    in_euros = [row for row in refused if row["slug"] == "stille-spa"]
    assert set(at_once(lambda row: payers.pay(row, DEBIT if row in in_euros else None), refused)) == {200}
    stack.set_faults("stripe", seed=8, answerLostRate=0.1, errorRate=0.1)
    tell(f"{count} paid, {len(refused)} of them for what is sold out, {len(in_euros)} by direct debit")
    payers.wait_until_settled([*rows, *refused])
    stack.control("PUT", "faults", {"clear": True})
    assert_one_of_each(payers, rows)
    assert_nothing_kept(payers, refused, debits=len(in_euros))
    payers.assert_books_agree()


def assert_nothing_kept(payers: Payers, refused: list[Row], *, debits: int) -> None:
    """No order, no hold left, and what a direct debit took is back, all of it and once."""
    paid = payers.at_stripe(refused)
    assert Counter(row["intent"]["status"] for row in paid.values()) == {
        "canceled": len(refused) - debits,
        "succeeded": debits,
    }
    for row in paid.values():
        back = sum(refund["amount"] for refund in row["refunds"])
        assert back == row["intent"]["amount_received"], row
    assert set(map(len, payers.at_mango_biz(refused).values())) == {0}
    assert {row["state"] for row in payers.look(refused)} == {"rejected"}


# --- card data ------------------------------------------------------------------------------------------


def test_no_card_is_anywhere(stack: Stack, payers: Payers) -> None:
    """After payments with every test card, and Stripe's own events about them: database, Redis, logs."""
    url = f"http://localhost:{stack.web_port}/webhooks/stripe"
    stack.control("PUT", "stripe/webhook", {"url": url})
    rows = payers.place(len(CARDS))
    for row, number in zip(rows, CARDS, strict=True):
        assert payers.pay(row, {"number": number}) in {200, 402}
    wait_until(lambda: stack.inside("find_in_database", pattern=rows[0]["intent"]), 30, "traces of payments")
    wait_until(
        lambda: any(row["payment"] == "taken" for row in payers.look(rows)),
        60,
        "a payment to be taken",
        between=lambda: stack.inside("end_pauses"),
    )
    pattern = "|".join([*CARDS, *(spaced(number) for number in CARDS), CARD_FIELDS])
    assert stack.inside("find_in_database", pattern=r"visa 4242") == ["payments_payment.method", *NOTES]
    assert stack.inside("find_in_database", pattern=pattern) == []
    assert [text for text in list_redis(stack) if re.search(pattern, text)] == []
    for process in stack.processes:
        assert not re.search(pattern, process.log.read_text(errors="replace")), process.name


NOTES = ["payments_paymentevent.note"]


def spaced(number: str) -> str:
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def list_redis(stack: Stack) -> Iterator[str]:
    """Everything in the cache and in the broker, as text."""
    for database in (0, 1):
        with Redis(port=stack.redis_port, db=database) as redis:
            for key in redis.scan_iter(count=1000):
                reads = {
                    b"string": redis.get,
                    b"list": lambda key: redis.lrange(key, 0, -1),
                    b"hash": redis.hgetall,
                    b"set": redis.smembers,
                    b"zset": lambda key: redis.zrange(key, 0, -1),
                }
                yield f"{key!r}: {reads[redis.type(key)](key)!r}"


def test_only_stripe_has_scripts_on_the_payment_page(stack: Stack, payers: Payers) -> None:
    [row] = payers.place(1)
    js_url = stack.environment["STRIPE_JS_URL"]
    origin = "/".join(js_url.split("/")[:3])
    page = payers.clients.ask("GET", f"{row['slug']}.localhost", f"/payments/{row['pay_token']}/")
    assert page.status == 200
    policy = read_policy(page.headers["content-security-policy"])
    assert policy["script-src"] <= {"'self'", origin} | {p for p in policy["script-src"] if "nonce-" in p}
    assert policy["frame-src"] == {origin}
    assert policy["default-src"] == {"'none'"}
    scripts = re.findall(r"<script[^>]*?src=\"([^\"]+)\"", page.body.decode())
    assert {src for src in scripts if not src.startswith("/static/")} == {js_url}
    for path in ("/cart/", "/shop/", "/"):
        other = payers.clients.ask("GET", f"{row['slug']}.localhost", path)
        assert origin not in other.headers["content-security-policy"], path
        assert "stripe" not in other.body.decode().lower(), path


def read_policy(header: str) -> dict[str, set[str]]:
    parts = (part.split() for part in header.split(";") if part.strip())
    return {name: set(sources) for name, *sources in parts}
