"""What no webhook told, the sync finds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random

from tests.faults.conftest import tell
from tests.faults.load import at_once
from tests.faults.mangobiz import TOLD_LISTS, MangoBiz
from tests.faults.processes import wait_until
from tests.faults.shop import Shop
from tests.faults.stack import SLUGS, Stack

Size = Callable[[int, int], int]
CHANGES = 80
PICTURE = {"image": {"url": "https://pictures.example.com/a.jpg"}}


def test_one_sync_makes_good_what_was_dropped(stack: Stack, shop: Shop, biz: MangoBiz, size: Size) -> None:
    """Mango Biz sends by itself and loses 30 %; what is deleted in gallery and reviews it never tells."""
    for slug in SLUGS:
        assert shop.get(slug, "/services/").status == 200
        stack.inside("sync_later", slug=slug)  # what other tests changed without a word
        stack.send_webhooks_here(slug)
    # Rounds rather than more changes: the next webhook of a list brings the dropped ones of that list, too.
    for number in range(size(1, 12)):
        doomed = [biz.create(SLUGS[n % len(SLUGS)], "gallery", PICTURE) for n in range(CHANGES // 10)]
        wait_until_told(stack)
        assert find_differences(stack) == [[]] * len(SLUGS)

        stack.set_faults("webhooks", seed=number, dropRate=0.3)
        at_once(partial(change_something, biz), range(number * CHANGES, (number + 1) * CHANGES))
        stack.set_faults("webhooks")
        wait_until_told(stack)
        for event in doomed:  # last, or a late webhook of the gallery would bring this, too
            biz.delete(event.slug, "gallery", event.data["id"])
        before = find_differences(stack)
        drift = sum(sum(stack.inside("sync_later", slug=slug).values()) for slug in SLUGS)
        assert find_differences(stack) == [[]] * len(SLUGS)
        assert any(before)
        assert drift > 0
        dropped = count_deliveries(stack, "dropped")
        tell(
            f"{CHANGES} changes, {dropped} webhooks dropped so far: {sum(map(len, before))} differences; "
            f"after one sync none, and {drift} rows of drift on record"
        )


def find_differences(stack: Stack) -> list[list[str]]:
    return [stack.inside("find_differences", slug=slug) for slug in SLUGS]


def wait_until_told(stack: Stack) -> None:
    """Everything sent has arrived and is done."""
    wait_until(lambda: not count_deliveries(stack, "waiting", "sending"), 120, "the deliveries")
    told = [row["id"] for slug in SLUGS for row in deliveries(stack, slug) if row["state"] == "delivered"]
    wait_until(
        lambda: stack.inside("inbox", ids=told) == {"done": len(told)},
        120,
        lambda: f"the inbox to be done: {stack.inside('inbox', ids=told)}",
        pause=0.5,
    )


def change_something(biz: MangoBiz, number: int) -> None:
    dice = Random(number)
    slug, kind = dice.choice(SLUGS), dice.choice(("business", *TOLD_LISTS))
    biz.change(slug, kind, dice.choice(biz.rows(slug, kind))["id"], f"Drift {number}")


def deliveries(stack: Stack, slug: str) -> list[dict[str, str]]:
    return list(stack.control("GET", f"{slug}/deliveries?limit=10000")["data"])


def count_deliveries(stack: Stack, *states: str) -> int:
    return sum(row["state"] in states for slug in SLUGS for row in deliveries(stack, slug))
