"""Beat's entries go out once per slot, however many beats there are, whatever their clocks say."""

import time
from pathlib import Path

import pytest

from store.services import take_slot
from tests.store.conftest import Broker
from tests.store.places import Place

pytestmark = pytest.mark.xdist_group("places")

TASKS = [f"task.{number}" for number in range(150)]
MOMENT = 1_800_000_000


def test_two_processes_share_the_slots(place: Place) -> None:
    hands = [place.hire() for _ in range(2)]
    for slot in (1, 2):  # the first of a task is another row, the next one the same
        takers = [hand.tell("take_slots", names=TASKS, slot=slot) for hand in hands]
        taken = [name for taker in takers for name in taker.answer()]
        assert sorted(taken) == sorted(TASKS)


def test_two_beats_send_each_slot_once(place: Place, broker: Broker) -> None:
    hands = [place.hire(CELERY_BROKER_URL=broker.url) for _ in range(2)]
    beats = [hand.tell("tick", names=TASKS, at=MOMENT) for hand in hands]
    assert sum(beat.answer() for beat in beats) == len(TASKS)
    assert sorted(broker.messages()) == sorted(TASKS)


def test_without_its_database_a_beat_sends_for_itself(tmp_path: Path, broker: Broker) -> None:
    nowhere = f"sqlite:///{tmp_path}/missing/store.sqlite3"
    place = Place(tmp_path, {"CELERY_BROKER_URL": broker.url, "DATABASE_URL": nowhere})
    try:
        assert place.ask("tick", names=["a.task", "b.task"], at=MOMENT) == 2
    finally:
        place.close()
    assert broker.messages() == ["a.task", "b.task"]


@pytest.mark.django_db
def test_a_slot_is_taken_once_and_none_before_it() -> None:
    assert take_slot(name="a", slot=100)
    assert not take_slot(name="a", slot=100)
    assert not take_slot(name="a", slot=99)  # a clock that is a little behind
    assert take_slot(name="b", slot=99)
    assert take_slot(name="a", slot=101)


@pytest.mark.django_db
@pytest.mark.parametrize("ahead", [11, 5000, 10**9])
def test_a_clock_that_was_wrong_stops_nobody_for_long(ahead: int) -> None:
    now = int(time.time() / 10)
    assert take_slot(name="a", slot=now + ahead)
    assert take_slot(name="a", slot=now)
    assert not take_slot(name="a", slot=now)
