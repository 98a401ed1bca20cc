"""The bell: heard by a real broker, cheap, and never a burden on whoever rings it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.processes import wait_until
from tests.store.conftest import Broker
from tests.store.places import Place


@pytest.fixture
def ringer(tmp_path: Path, broker: Broker) -> Iterator[Place]:
    place = Place(tmp_path, {"CELERY_BROKER_URL": broker.url})
    yield place
    place.close()


def test_a_ring_arrives(ringer: Place, broker: Broker) -> None:
    ringer.ask("ring_bell", tasks=["a.task", "b.task"])
    wait_until(lambda: broker.messages() == ["a.task", "b.task"], 20, "two messages")


def test_a_thousand_rings_are_few_messages(ringer: Place, broker: Broker) -> None:
    ringer.ask("ring_bell", tasks=["a.task"], times=1000)
    ringer.ask("ring_bell", tasks=["the.last"])
    wait_until(lambda: "the.last" in broker.messages(), 20, "the last message")
    assert len(broker.messages()) < 20


def test_a_broker_that_hangs_is_not_waited_for(ringer: Place, broker: Broker) -> None:
    """Rung while it is frozen; a bell that waited would answer only after it had given up."""
    broker.server.freeze()
    try:
        assert ringer.ask("ring_bell", tasks=["a.task"]) == "rung"
    finally:
        broker.server.thaw()
    wait_until(broker.messages, 20, "what was rung meanwhile")


def test_a_broker_that_is_dead_is_not_waited_for_and_heard_when_it_is_back(
    ringer: Place, broker: Broker
) -> None:
    broker.server.kill_all()
    ringer.ask("ring_bell", tasks=["a.task"], times=1000)
    log = ringer.folder / "elsewhere.log"
    wait_until(lambda: "bell_not_heard" in log.read_text(), 30, "the bell to notice")
    broker.server.start()
    broker.server.wait_until_ready()

    def ring_again() -> None:
        ringer.ask("ring_bell", tasks=["b.task"])

    wait_until(lambda: "b.task" in broker.messages(), 30, "a ring", between=ring_again)


def test_a_forked_child_has_a_bell_of_its_own(ringer: Place, broker: Broker) -> None:
    parent = ringer.hire().tell("ring_after_fork", first="a.task", second="b.task")
    assert sorted(parent.answer() for _ in range(2)) == ["forked", "rung"]
    wait_until(lambda: "b.task" in broker.messages(), 20, "the child's message")
