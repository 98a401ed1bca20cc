"""Looks published by several processes at once, and by one that is killed -9 in the middle of it."""

import pytest

from tests.store.places import Place

pytestmark = pytest.mark.xdist_group("places")


def test_two_who_publish_at_once_get_numbers_of_their_own(place: Place) -> None:
    place.ask("publish_looks", count=1)
    hands = [place.hire() for _ in range(2)]
    publishers = [hand.tell("publish_looks", count=15) for hand in hands]
    numbers = [number for publisher in publishers for number in publisher.answer()]
    assert sorted(set(numbers)) == list(range(min(numbers), min(numbers) + 30))
    rows = place.ask("list_versions")
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    assert sum(row["is_live"] for row in rows) == 1


def test_what_is_due_goes_live_once_however_many_look(place: Place) -> None:
    place.ask("publish_looks", count=6, in_hours=1.0)
    assert place.ask("publish_due") == 0
    place.ask("make_versions_due")
    hands = [place.hire() for _ in range(2)]
    workers = [hand.tell("publish_due") for hand in hands]
    assert sum(worker.answer() for worker in workers) == 6
    assert place.ask("publish_due") == 0
    assert {row["state"] for row in place.ask("list_versions")} == {"published"}


def test_a_worker_killed_half_way_leaves_it_due(place: Place) -> None:
    place.ask("publish_looks", count=1, in_hours=1.0)
    place.ask("make_versions_due")
    worker = place.hire().tell("publish_due", hang=True)
    assert worker.answer() == "live, not committed"
    worker.kill()
    assert [row["state"] for row in place.ask("list_versions")][-1] == "scheduled"
    assert place.ask("publish_due") == 0  # the dead one's lease is not over
    place.ask("make_versions_due")
    assert place.ask("publish_due") == 1
    last = place.ask("list_versions")[-1]
    assert (last["state"], last["is_live"]) == ("published", True)
