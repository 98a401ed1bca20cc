"""One deployment for all tests of this folder, and how long they run.

FAULTS=long (`make faults`) runs the numbers the issue asks for and tells what it does as it goes; else the
same in small, for every CI run.
"""

import os
import sys
import time
from collections.abc import Callable, Generator, Iterator

import pytest

from tests.faults.load import Clients, Sender
from tests.faults.mangobiz import MangoBiz
from tests.faults.shop import Shop
from tests.faults.stack import Stack

IS_LONG = os.environ.get("FAULTS") == "long"


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that share the deployment run in one worker."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.faults)
            item.add_marker(pytest.mark.xdist_group("faults"))


STARTED = time.monotonic()


def tell(text: str) -> None:
    """What is going on, with the seconds so far: `make faults` shows it."""
    print(f"    {time.monotonic() - STARTED:6.1f} s  {text}", file=sys.stderr, flush=True)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    running = Stack()
    try:
        running.start(tell)
        yield running
    finally:
        running.stop()


@pytest.fixture(autouse=True)
def _calm_again(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test nothing is switched on any more and everything runs."""
    yield
    if "stack" in request.fixturenames:
        request.getfixturevalue("stack").calm()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    running = getattr(item, "funcargs", {}).get("stack")
    if report.failed and running:
        report.sections.append(("Logs of the deployment", running.tails()))
    return report


@pytest.fixture
def clients(stack: Stack) -> Iterator[Clients]:
    opened = Clients(stack.web_port)
    yield opened
    opened.close()


@pytest.fixture
def shop(stack: Stack, clients: Clients) -> Shop:
    return Shop(stack, clients)


@pytest.fixture
def biz(stack: Stack) -> Iterator[MangoBiz]:
    opened = MangoBiz(stack)
    yield opened
    opened.close()


@pytest.fixture
def sender(stack: Stack, clients: Clients) -> Sender:
    return Sender(
        clients, {row["slug"]: [row["webhookSecret"]] for row in stack.control("GET", "salons.json")}
    )


@pytest.fixture
def size() -> Callable[[int, int], int]:
    """size(600, 10_000): the small number in CI, the large one in `make faults`."""
    return lambda small, large: large if IS_LONG else small
