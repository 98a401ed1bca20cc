"""Workers that are killed -9 while they send: every e-mail arrives, and none twice."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from tests.faults.processes import wait_until

from .conftest import Mailbox
from .places import Place

pytestmark = pytest.mark.xdist_group("places")


@pytest.fixture
def office(place: Place, mailbox: Mailbox) -> Place:
    """A place whose mail goes to the sandbox."""
    place.variables |= {
        "ANYMAIL_PROVIDER": "postmark",
        "ANYMAIL_POSTMARK_SERVER_TOKEN": "any",
        "ANYMAIL_POSTMARK_API_URL": f"{mailbox.url}/postmark/",
    }
    return place


def states(office: Place) -> dict[str, int]:
    return dict(Counter(row["state"] for row in office.ask("list_emails")))


def test_two_workers_send_each_once(office: Place, mailbox: Mailbox) -> None:
    office.ask("queue_emails", count=100)
    hands = [office.hire() for _ in range(2)]
    workers = [hand.tell("send_emails") for hand in hands]
    assert sum(worker.answer() for worker in workers) == 100
    assert mailbox.subjects() == sorted(map(str, range(100)))
    assert states(office) == {"sent": 100}


@pytest.mark.parametrize("was_taken", [True, False], ids=["taken", "not taken"])
def test_killed_before_the_answer_is_written_down(office: Place, mailbox: Mailbox, was_taken: bool) -> None:
    office.ask("queue_emails", count=3)
    with hanging_provider(mailbox.url, passes_on=was_taken) as (url, is_reached):
        worker = office.hire(ANYMAIL_POSTMARK_API_URL=f"{url}/postmark/").tell("send_emails")
        assert is_reached.wait(60)
        worker.kill()
    assert len(mailbox.mails()) == was_taken
    assert office.ask("send_emails") == 0  # the dead one's lease is not over
    assert {row["may_be_sent"] for row in office.ask("list_emails")} == {"True"}
    office.ask("make_due")
    assert office.ask("send_emails") == 3
    assert mailbox.subjects() == ["0", "1", "2"]
    assert {row["provider_id"] for row in office.ask("list_emails")} == {row["id"] for row in mailbox.mails()}


def test_killed_again_and_again(office: Place, mailbox: Mailbox) -> None:
    office.ask("queue_emails", count=60)
    mailbox.faults(slow=0.05, answerLostRate=0.1)
    for enough in (7, 25, 43):

        def has_enough(enough: int = enough) -> bool:
            return len(mailbox.mails()) >= enough

        worker = office.hire().tell("send_emails")
        wait_until(has_enough, 60, f"{enough} mails")
        worker.kill()
        # What it was sending is taken or not long before its lease ends; here that end is brought forward.
        wait_until(lambda: not mailbox.is_at_work(), 60, "the last mail to be taken")
        office.ask("make_due")
    mailbox.faults()
    wait_until(
        lambda: states(office) == {"sent": 60},
        60,
        "all to be sent",
        between=lambda: (office.ask("send_emails"), office.ask("make_due")),
    )
    assert mailbox.subjects() == sorted(map(str, range(60)))


@contextmanager
def hanging_provider(target: str, *, passes_on: bool) -> Iterator[tuple[str, threading.Event]]:
    """Takes mail (passing it on or not) and never answers. Its address, and whether it was reached."""
    is_reached, is_over = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if passes_on:
                headers = {"X-Postmark-Server-Token": "any"}
                requests.post(target + self.path, data=body, headers=headers, timeout=20).raise_for_status()
            is_reached.set()
            is_over.wait(60)

        log_message: Callable[..., Any] = lambda *_args: None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", is_reached
    finally:
        is_over.set()
        server.shutdown()
        server.server_close()
