"""Pages while Mango Biz is slow or gone, and many visitors at once for a catalogue nobody has read yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from math import ceil

import pytest

from tests.faults.conftest import tell
from tests.faults.load import at_once
from tests.faults.mangobiz import TOLD_LISTS, MangoBiz
from tests.faults.processes import wait_until
from tests.faults.shop import Shop, find_links
from tests.faults.stack import SLUGS, Stack

Size = Callable[[int, int], int]
SECTIONS = (
    "/",
    "/services/",
    "/team/",
    "/shop/",
    "/gallery/",
    "/reviews/",
    "/about/",
    "/policies/",
    "/book/",
)
SALON = "one-chair"
SLOW_SECONDS = 3.5  # our client gives up after 4
PAGE_ROWS = 100  # Mango Biz's largest page


@pytest.fixture
def quiet(stack: Stack) -> Iterator[None]:
    """Neither sync nor webhooks ask Mango Biz meanwhile."""
    for process in (stack.beat, *stack.workers):
        process.freeze()
    yield
    for process in (stack.beat, *stack.workers):
        process.thaw()


def asked(stack: Stack) -> dict[str, dict[str, int]]:
    """Reads of the catalogue so far: {"/sync/services": {"asked": 3, "open": 0}}."""
    prefix = "GET /biz-api/v1"
    counts: dict[str, dict[str, int]] = stack.control("GET", "requests.json")
    return {
        name.removeprefix(prefix): count
        for name, count in counts.items()
        if name.startswith((f"{prefix}/sync/", f"{prefix}/business"))
    }


def asked_since(stack: Stack, before: dict[str, dict[str, int]]) -> dict[str, int]:
    now = asked(stack)
    since = {name: count["asked"] - before.get(name, {"asked": 0})["asked"] for name, count in now.items()}
    return {name: count for name, count in since.items() if count}


@pytest.mark.usefixtures("quiet")
def test_a_crowd_before_a_cold_catalogue_asks_once(
    stack: Stack, shop: Shop, biz: MangoBiz, size: Size
) -> None:
    lists = {f"/sync/{kind}": ceil(len(biz.rows(SALON, kind)) / PAGE_ROWS) for kind in TOLD_LISTS}
    assert set(lists.values()) == {1}
    crowd = size(100, 500)
    stack.inside("forget_copies", slug=SALON)
    stack.restart_web()
    before = asked(stack)
    answers = at_once(lambda _: shop.get(SALON, "/services/"), range(crowd), threads=crowd)
    assert {answer.status for answer in answers} == {200}
    assert asked_since(stack, before) == {**lists, "/business": 1}
    tell(f"{crowd} requests at once for a catalogue nobody had read: one call a collection")


@pytest.mark.usefixtures("quiet")
def test_a_crowd_before_an_expired_catalogue_asks_once(stack: Stack, shop: Shop, size: Size) -> None:
    assert shop.get(SALON, "/services/").status == 200
    stack.inside("expire_copies", slug=SALON)
    stack.restart_web()
    before = asked(stack)
    answers = at_once(lambda _: shop.get(SALON, "/services/"), range(size(100, 500)), threads=size(100, 500))
    assert {answer.status for answer in answers} == {200}
    counts = asked_since(stack, before)
    assert len(counts) == len(TOLD_LISTS) + 1
    assert set(counts.values()) == {1}


def test_a_change_reaches_the_page_by_its_webhook(
    stack: Stack, shop: Shop, biz: MangoBiz, size: Size
) -> None:
    """In long also how long it takes, from Mango Biz's answer to the salon to the page with the new words."""
    stack.send_webhooks_here(SALON)
    service = biz.rows(SALON, "services")[0]
    path = find_links(shop.get(SALON, "/services/"), f"/services/{service['id']}")[0]
    taken = sorted(
        measure_change(stack, shop, biz, service["id"], path, number) for number in range(size(3, 100))
    )
    p50, p95 = taken[len(taken) // 2], taken[int(len(taken) * 0.95)]
    tell(f"change to fresh page: p50 {p50:.2f} s, p95 {p95:.2f} s, {len(taken)} changes (target p95 2 s)")


def measure_change(stack: Stack, shop: Shop, biz: MangoBiz, service_id: str, path: str, number: int) -> float:
    words = f"Seen by its webhook {number}."
    biz.change(SALON, "services", service_id, words)
    started = time.perf_counter()
    # Well before the copy's five minutes, and no sync looks at it meanwhile.
    wait_until(lambda: words in shop.get(SALON, path).body.decode(), 60, f"the page to say {words!r}")
    seconds = time.perf_counter() - started
    [delivery] = stack.control("GET", f"{SALON}/deliveries?limit=1")["data"]
    wait_until(
        lambda: stack.inside("inbox", ids=[delivery["id"]]) == {"done": 1}, 60, "the webhook to be done"
    )
    assert stack.inside("count_recent_syncs", slug=SALON, seconds=seconds + 5) == 0
    return seconds


def all_pages(shop: Shop, slug: str) -> list[str]:
    """Every section, service, person and product of a salon."""
    found = list(SECTIONS)
    for section in ("/services/", "/team/", "/shop/"):
        found += [path for path in find_links(shop.get(slug, section), section) if path != section]
    return found


@pytest.mark.usefixtures("quiet")
def test_every_page_stays_without_mango_biz_and_redis_emptied(stack: Stack, shop: Shop) -> None:
    pages = {slug: all_pages(shop, slug) for slug in SLUGS}
    stack.set_faults(down="close")
    stack.flush_redis()
    stack.restart_web()
    wanted = [(slug, path) for slug in SLUGS for path in pages[slug]]
    answers = at_once(lambda page: (page, shop.get(*page)), wanted)
    assert not [(page, answer.status) for page, answer in answers if answer.status != 200]
    assert all("as-of=" in answer.headers["x-catalogue"] for _, answer in answers)
    tell(f"{len(answers)} pages of {len(SLUGS)} salons, Mango Biz down, Redis and memory empty: all 200")


@pytest.mark.usefixtures("quiet")
def test_no_page_waits_for_a_slow_mango_biz(stack: Stack, shop: Shop) -> None:
    """Every copy expired: pages are there while all that Mango Biz was asked is still unanswered.

    Just within our own time-out, so that a page that waited would get its answer; then far beyond it.
    """
    pages = {"luna-hair": ["/services/"], SALON: all_pages(shop, SALON)}
    stack.restart_web()  # so that no failure of an earlier test keeps pages from asking
    assert all(shop.get(slug, "/services/").status == 200 for slug in pages)
    for slug, slow in (("luna-hair", SLOW_SECONDS), (SALON, 30)):
        wait_until(
            lambda: not any(count["open"] for count in asked(stack).values()), 60, "all to be answered"
        )
        stack.set_faults(slow=slow)
        stack.inside("expire_copies", slug=slug)
        before = asked(stack)
        answers = at_once(partial(shop.get, slug), pages[slug])
        now = asked(stack)
        assert {answer.status for answer in answers} == {200}
        assert asked_since(stack, before), slug
        for name, count in asked_since(stack, before).items():
            assert now[name]["open"] == count, (slug, name)
