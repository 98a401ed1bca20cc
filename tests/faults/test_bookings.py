"""Bookings while Mango Biz loses answers and workers die, and many clients for one time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tests.faults.chaos import KILL_SECONDS, every, killing_workers
from tests.faults.conftest import tell
from tests.faults.load import CLIENTS, at_once
from tests.faults.processes import wait_until
from tests.faults.shop import Shop, Slot, invitations, make_client
from tests.faults.stack import Stack

Size = Callable[[int, int], int]
SETTLE_SECONDS = 600


def test_every_booking_is_made_once_whatever_gets_lost(stack: Stack, shop: Shop, size: Size) -> None:
    """30 % of answers lost after the commit, 20 % are 500s, a worker killed -9 every 2 s."""
    slots = shop.find_slots(size(60, 1000))
    clients = [make_client(f"lossy-{number}") for number in range(len(slots))]
    drafts = at_once(lambda pair: shop.hold(*pair), list(zip(slots, clients, strict=True)))
    tell(f"{len(drafts)} times are held; now answers get lost and workers die")
    stack.set_faults(seed=7, answerLostRate=0.3, errorRate=0.2)

    with every(KILL_SECONDS, killing_workers(stack)) as kills:
        answers = at_once(
            lambda pair: shop.confirm(pair[0].slug, pair[1]), list(zip(slots, drafts, strict=True))
        )
        wait_until(lambda: len(kills) >= 2, 60, "two kills")
    assert {answer.status for answer in answers} <= {201, 202}, Counter(a.status for a in answers)
    tell(f"all confirmed by their clients, {len(kills)} workers killed: {count_states(stack, drafts)}")
    stack.let_leases_end()
    wait_until(
        lambda: are_settled(stack, drafts),
        SETTLE_SECONDS,
        lambda: f"all to be settled: {count_states(stack, drafts)}",
        between=lambda: stack.inside("end_pauses"),
        pause=1.0,
    )
    stack.set_faults()
    assert_made_once(stack, shop, slots, drafts)
    tell("Mango Biz has each once; now the mails")
    wait_until(
        lambda: stack.inside("count_unsent_mails") == 0,
        120,
        "the mails to be sent",
        between=lambda: stack.inside("end_pauses"),
        pause=1.0,
    )
    told = at_once(lambda client: invitations(shop.mails_to(client["email"])), clients)
    assert told == [1] * len(clients), Counter(told)


def are_settled(stack: Stack, drafts: list[str]) -> bool:
    """Raises AssertionError as soon as one has come to nothing."""
    states = count_states(stack, drafts)
    assert not states.keys() & {"rejected", "failed", "draft"}, states
    return states == {"confirmed": len(drafts)}


def count_states(stack: Stack, drafts: list[str]) -> dict[str, int]:
    return dict(Counter(row["state"] for row in stack.inside("bookings", ids=drafts)))


def assert_made_once(stack: Stack, shop: Shop, slots: list[Slot], drafts: list[str]) -> None:
    wanted = set(drafts)
    made = [row for slug in {slot.slug for slot in slots} for row in shop.upstream(slug)]
    ours = [row for row in made if row["idempotencyKey"].partition(".")[0] in wanted]
    assert len(ours) == len(drafts)
    assert {row["idempotencyKey"] for row in ours} == wanted
    assert {row["status"] for row in ours} == {"confirmed"}
    known = {row["upstream_id"] for row in stack.inside("bookings", ids=drafts)}
    assert known == {row["id"] for row in ours}
    assert len({(row["staffId"], row["startTime"]) for row in made if row["status"] == "confirmed"}) == len(
        [row for row in made if row["status"] == "confirmed"]
    )


def test_one_time_goes_to_one_of_many(stack: Stack, shop: Shop, size: Size) -> None:
    """All of them want the same person at the same time, at once."""
    [slot] = shop.find_slots(1)
    count = size(80, 1000)
    answers = at_once(
        lambda number: shop.draft(slot, make_client(f"rival-{number}")), range(count), threads=4 * CLIENTS
    )
    assert Counter(answer.status for answer in answers) == {201: 1, 409: count - 1}
    assert {a.json["error"]["code"] for a in answers if a.status == 409} == {"SLOT_UNAVAILABLE"}
    draft = next(str(a.json["data"]["id"]) for a in answers if a.status == 201)
    tell(f"{count} drafts at once: one holds the time")

    answers = at_once(lambda _: shop.confirm(slot.slug, draft), range(count), threads=4 * CLIENTS)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["data"]["token"] for answer in answers}) == 1
    assert_one_has_it(stack, shop, slot)
    tell(f"{count} confirms of that draft at once: one booking")


def test_of_many_confirms_of_one_time_one_succeeds(stack: Stack, shop: Shop, size: Size) -> None:
    """Past the hold: as many drafts as rivals have the same time, so that only confirming decides."""
    [slot] = shop.find_slots(1)
    count = size(80, 1000)
    draft = shop.hold(slot, make_client("first-rival"))
    drafts = [draft, *stack.inside("add_rivals", draft=draft, count=count - 1)]
    answers = at_once(lambda pk: shop.confirm(slot.slug, pk), drafts, threads=4 * CLIENTS)
    assert Counter(answer.status for answer in answers) == {201: 1, 409: count - 1}
    assert {a.json["error"]["code"] for a in answers if a.status == 409} == {"SLOT_UNAVAILABLE"}
    assert_one_has_it(stack, shop, slot)
    assert count_states(stack, drafts) == {"confirmed": 1, "rejected": count - 1}
    tell(f"{count} confirms of as many drafts at once: one booking")


def assert_one_has_it(stack: Stack, shop: Shop, slot: Slot) -> None:
    made = [
        row
        for row in shop.upstream(slot.slug)
        if (row["startTime"], row["staffId"]) == (slot.start, slot.staff) and row["status"] == "confirmed"
    ]
    assert len(made) == 1
    for process in stack.processes:
        assert "deadlock" not in process.log.read_text(errors="replace").lower(), process.name
