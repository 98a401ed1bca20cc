"""Webhooks are neither lost nor taken twice, whatever is killed, stopped or emptied meanwhile."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest

from tests.faults.chaos import KILL_SECONDS, every, killing_workers
from tests.faults.conftest import IS_LONG, tell
from tests.faults.load import Event, Pace, Sender, at_once
from tests.faults.mangobiz import TOLD_LISTS, MangoBiz
from tests.faults.processes import wait_at_most, wait_until
from tests.faults.shop import Shop, find_links, make_client
from tests.faults.stack import SLUGS, Stack

Size = Callable[[int, int], int]
DRAIN_SECONDS = 300
FINAL = ("completed", "cancelled", "no_show")
REDIS_AWAY_SECONDS = 60 if IS_LONG else 5


def freeze_redis(stack: Stack) -> Callable[[int], None]:
    """Stopped, as it stands, a second after the start; it goes on when its time is over."""

    def act(number: int) -> None:
        if number == 0:
            stack.redis.freeze()
        elif number == REDIS_AWAY_SECONDS:
            stack.redis.thaw()

    return act


FAULTS: dict[str, tuple[float, Callable[[Stack], Callable[[int], Any]]]] = {
    "workers-killed": (KILL_SECONDS, killing_workers),
    "web-killed": (KILL_SECONDS, lambda stack: stack.kill_web_worker),
    "redis-stopped": (1.0, freeze_redis),
    "redis-flushed": (1.0, lambda stack: lambda _: stack.flush_redis()),
}
ACTS = {"workers-killed": 3, "web-killed": 3, "redis-stopped": REDIS_AWAY_SECONDS + 1, "redis-flushed": 5}
SMALL = {"workers-killed": 600, "web-killed": 500}
# In small the webhooks are spread over this time, so that most of them meet the fault.
SMALL_SECONDS = 7
MORE_SECONDS = 60 if IS_LONG else 3


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, marks=pytest.mark.thorough if fault in {"web-killed", "redis-flushed"} else [])
        for fault in FAULTS
    ],
)
def test_none_is_lost_and_none_acts_twice(
    fault: str, stack: Stack, shop: Shop, biz: MangoBiz, sender: Sender, size: Size
) -> None:
    count = size(SMALL.get(fault, 200), 10_000)
    open_every_page(shop)
    appointments = book(shop, fault, max(6, count // 50))
    jobs = plan_jobs(biz, appointments, count)
    pace = Pace(100_000 if IS_LONG else count / SMALL_SECONDS)
    tell(f"{count} webhooks, {len(appointments)} appointments among what they tell of; fault: {fault}")

    pause, make_act = FAULTS[fault]
    with every(pause, make_act(stack)) as acts:
        sent = at_once(partial(act_and_tell, sender, pace), jobs)
        tell(f"all taken after {sender.attempts} attempts; {stack.inside('inbox', ids=ids_of(sent))}")
        wait_until(lambda: len(acts) >= ACTS[fault], 120, f"the fault to have happened: {acts}")
        # The fault goes on for a while, so that it meets the work, too.
        wait_at_most(MORE_SECONDS, lambda: set(stack.inside("inbox", ids=ids_of(sent))) == {"done"})
    if fault == "workers-killed":
        stack.let_leases_end()
    wait_until(
        lambda: set(stack.inside("inbox", ids=ids_of(sent))) == {"done"},
        DRAIN_SECONDS,
        lambda: f"all to be done: {stack.inside('inbox', ids=ids_of(sent))}",
        pause=0.5,
    )
    twice = stack.inside("count_taken_again", ids=ids_of(sent))
    tell(f"all done, {len(acts)} times {fault}; {twice} were taken up again after a first try")
    # Each is there once: rows and ids are as many as were sent.
    assert stack.inside("inbox", ids=ids_of(sent)) == {"done": count}
    assert_copies_are_right(stack, shop, biz)
    assert_told_once(stack, shop, biz, appointments)


def assert_copies_are_right(stack: Stack, shop: Shop, biz: MangoBiz) -> None:
    """The snapshots, what Redis holds as fresh, and what pages show, long before any copy's five minutes.

    After Redis was away the first to find it back marks its copies as old: that may take a sweep or two.
    """
    for slug in SLUGS:
        wait_until(
            lambda slug=slug: stack.inside("find_differences", slug=slug) == [],  # type: ignore[misc]
            30,
            lambda slug=slug: f"{slug}: {stack.inside('find_differences', slug=slug)}",  # type: ignore[misc]
            pause=1.0,
        )
        for service in biz.rows(slug, "services"):
            if service["isActive"] and service["description"].startswith("Change "):
                found = find_links(shop.get(slug, "/services/"), f"/services/{service['id']}")
                assert found, (slug, service)
                path = found[0]
                wait_until(
                    partial(does_say, shop, slug, path, service["description"]),
                    30,
                    f"{slug} {path} to be new",
                )


def does_say(shop: Shop, slug: str, path: str, words: str) -> bool:
    return f"{words}<" in shop.get(slug, path).body.decode()


def ids_of(events: list[Event]) -> list[str]:
    return [event.id for event in events]


def open_every_page(shop: Shop) -> None:
    """So that every salon's catalogue has been read before."""
    for slug in SLUGS:
        assert shop.get(slug, "/services/").status == 200


def book(shop: Shop, name: str, count: int) -> list[dict[str, Any]]:
    """Appointments made through the store, with their salon, upstream id, client and how they will end."""
    slots = shop.find_slots(count)
    addresses = [f"{name}-{number}" for number in range(count)]
    made = at_once(
        lambda pair: shop.book(pair[0], make_client(pair[1])), list(zip(slots, addresses, strict=True))
    )
    upstream = {
        row["id"]: row["upstream_id"] for row in shop.stack.inside("bookings", ids=[b["draft"] for b in made])
    }
    return [
        {
            "slug": slot.slug,
            "draft": booking["draft"],
            "id": upstream[booking["draft"]],
            "address": f"{address}@example.com",
            "end": FINAL[number % len(FINAL)],
        }
        for number, (slot, booking, address) in enumerate(zip(slots, made, addresses, strict=True))
    ]


def plan_jobs(biz: MangoBiz, appointments: list[dict[str, Any]], count: int) -> list[Callable[[], Event]]:
    """`count` changes in Mango Biz: three to each appointment, the others all over the catalogues."""
    jobs: list[Callable[[], Event]] = []
    for row in appointments:
        jobs += [partial(biz.change, row["slug"], "bookings", row["id"], f"note {n}") for n in range(2)]
        jobs.append(partial(biz.finish, row["slug"], row["id"], row["end"]))
    rows = [
        (slug, kind, row["id"])
        for slug in SLUGS
        for kind in ("business", *TOLD_LISTS)
        for row in biz.rows(slug, kind)
    ]
    dice = Random(7)
    dice.shuffle(rows)
    for number, (slug, kind, row_id) in zip(range(count - len(jobs)), itertools.cycle(rows)):
        jobs.append(partial(biz.change, slug, kind, row_id, f"Change {number}"))
    dice.shuffle(jobs)
    return jobs


def act_and_tell(sender: Sender, pace: Pace, change: Callable[[], Event]) -> Event:
    pace.wait()
    event = change()
    sender.deliver(event)
    return event


def assert_told_once(stack: Stack, shop: Shop, biz: MangoBiz, appointments: list[dict[str, Any]]) -> None:
    """Our rows say what Mango Biz says, and each client has one mail for each thing that happened."""
    ours = {row["id"]: row for row in stack.inside("bookings", ids=[row["draft"] for row in appointments])}
    assert [ours[row["draft"]]["state"] for row in appointments] == [row["end"] for row in appointments]
    theirs = {row["id"]: row for slug in SLUGS for row in shop.upstream(slug)}
    assert [ours[row["draft"]]["version"] for row in appointments] == [
        theirs[row["id"]]["version"] for row in appointments
    ]
    wait_until(lambda: stack.inside("count_unsent_mails") == 0, 120, "the mails to be sent", pause=0.5)
    mails = at_once(lambda row: shop.mails_to(row["address"]), appointments)
    assert Counter(len(found) for found in mails) == {2: len(appointments)}
    assert all(len({mail["subject"] for mail in found}) == 2 for found in mails)


# --- order ----------------------------------------------------------------------------------------------


def test_the_newest_version_stands_in_whatever_order_they_come(
    stack: Stack, shop: Shop, biz: MangoBiz, sender: Sender, size: Size
) -> None:
    """Ten versions of each entity, told three (five) times each, shuffled while more are being made."""
    entities, copies, rounds = size(20, 200), size(3, 5), 5
    open_every_page(shop)
    appointments = book(shop, "order", entities // 5)
    made = make_entities(biz, entities - len(appointments))
    events: list[Event] = []
    for number in range(rounds):
        events += at_once(lambda job: job(), plan_round(biz, made, appointments, number, rounds))
        events += at_once(lambda job: job(), plan_round(biz, made, appointments, number, rounds, again=True))
        batch = events * copies if number == rounds - 1 else list(events)
        Random(number).shuffle(batch)
        at_once(sender.deliver, batch)
        tell(f"round {number + 1} of {rounds}: {len(events)} events so far, {len(batch)} sent")
    assert len(events) == entities * 10
    wait_until(
        lambda: stack.inside("inbox", ids=ids_of(events)) == {"done": len(events)},
        DRAIN_SECONDS,
        lambda: f"all to be done: {stack.inside('inbox', ids=ids_of(events))}",
        pause=0.5,
    )
    assert_copies_are_right(stack, shop, biz)
    gone = [row["id"] for row in made if row["dies"]]
    assert gone
    assert stack.inside("find_rows", ids=gone) == []
    assert_told_once(stack, shop, biz, appointments)


def make_entities(biz: MangoBiz, count: int) -> list[dict[str, Any]]:
    """New products and services; every third will be deleted in the end. Their first version is not told."""
    made = []
    for number in range(count):
        slug, kind = SLUGS[number % len(SLUGS)], ("services", "products")[number // 4 % 2]
        fields = {"name": f"Order {number}", "category": "hair", "price": 20, "isActive": True}
        fields |= (
            {"duration": 30, "isBookableOnline": False} if kind == "services" else {"stockStatus": "in_stock"}
        )
        event = biz.create(slug, kind, fields)
        made.append({"slug": slug, "kind": kind, "id": event.data["id"], "dies": number % 3 == 0})
    return made


def plan_round(
    biz: MangoBiz,
    made: list[dict[str, Any]],
    appointments: list[dict[str, Any]],
    number: int,
    rounds: int,
    *,
    again: bool = False,
) -> list[Callable[[], Event]]:
    """One more version of everything; the very last one ends appointments and what is to be deleted."""
    words, is_last = f"Version {number}.{int(again)}", again and number == rounds - 1
    jobs: list[Callable[[], Event]] = []
    for row in made:
        if row["dies"] and is_last:
            jobs.append(partial(biz.delete, row["slug"], row["kind"], row["id"]))
        else:
            jobs.append(partial(biz.change, row["slug"], row["kind"], row["id"], words))
    for row in appointments:
        if is_last:
            jobs.append(partial(biz.finish, row["slug"], row["id"], row["end"]))
        else:
            jobs.append(partial(biz.change, row["slug"], "bookings", row["id"], words))
    return jobs
