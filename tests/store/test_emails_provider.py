"""E-mails on their way through a provider that answers late, wrongly or not at all: each arrives once."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from store.models import Email
from store.services import requeue_emails, send_due_emails
from store.services.sending import BATCH, PATIENCE, TRIES, UNANSWERED
from store.tenancy import StoreInfo, store_scope

from .conftest import Mailbox

pytestmark = pytest.mark.django_db

Queue = Callable[..., Email | None]
NOBODY = "http://127.0.0.1:9/postmark/"


def queue_some(luna: StoreInfo, queue: Queue, count: int, **changes: str) -> None:
    with store_scope(luna):
        for number in range(count):
            queue(f"booking/{number:03}/confirmed", **changes)


def make_due() -> None:
    Email.across_stores.exclude(due_at=None).update(due_at=timezone.now())


def the_only_one() -> Email:
    email: Email = Email.across_stores.get()
    return email


def test_what_postmark_gets(luna: StoreInfo, queue: Queue, postmark: Mailbox) -> None:
    queue_some(luna, queue, 1)
    assert send_due_emails() == 1
    email, [sent] = the_only_one(), postmark.mails()
    assert sent["metadata"] == {"email": str(email.pk)}
    assert sent["headers"] == {"Message-ID": f"<{email.pk}@localhost>", "X-PM-KeepID": "true"}
    assert (email.state, email.provider_id, email.due_at) == ("sent", sent["id"], None)


def test_a_lost_answer_is_looked_up_not_sent_again(luna: StoreInfo, queue: Queue, postmark: Mailbox) -> None:
    queue_some(luna, queue, 1)
    postmark.faults(answerLostRate=1)
    assert send_due_emails() == 0
    email = the_only_one()
    assert (email.state, email.may_be_sent, email.last_error) == ("queued", True, "ConnectionError")
    assert email.due_at
    assert email.due_at > timezone.now() + timedelta(seconds=25)  # until the search surely knows it
    make_due()
    assert send_due_emails() == 1
    [sent] = postmark.mails()
    assert (the_only_one().state, the_only_one().provider_id) == ("sent", sent["id"])


@pytest.mark.parametrize("fault", [{"down": "close"}, {"down": "503"}, {"errorRate": 1}], ids=str)
def test_what_turns_out_not_to_be_there_is_sent(
    luna: StoreInfo, queue: Queue, postmark: Mailbox, fault: dict[str, Any]
) -> None:
    queue_some(luna, queue, 1)
    postmark.faults(**fault)
    assert send_due_emails() == 0
    assert the_only_one().may_be_sent
    make_due()
    assert send_due_emails() == 0  # nor can it be looked up
    assert the_only_one().may_be_sent
    postmark.faults()
    make_due()
    assert send_due_emails() == 1
    assert len(postmark.mails()) == 1


def test_many_with_lost_answers_and_errors_arrive_once_each(
    luna: StoreInfo, queue: Queue, postmark: Mailbox
) -> None:
    queue_some(luna, queue, 60)
    postmark.faults(answerLostRate=0.3, errorRate=0.2)
    for _ in range(40):
        send_due_emails()
        make_due()
    assert set(Email.across_stores.values_list("state", flat=True)) == {"sent"}
    assert postmark.subjects() == [f"booking/{number:03}/confirmed" for number in range(60)]


@pytest.mark.parametrize("fault", [{"rateLimited": 5}, None], ids=["429", "nobody there"])
def test_what_was_surely_not_sent_needs_no_look_up(
    luna: StoreInfo, queue: Queue, postmark: Mailbox, settings: Any, fault: dict[str, Any] | None
) -> None:
    queue_some(luna, queue, 1)
    if fault:
        postmark.faults(**fault)
    else:
        settings.ANYMAIL = settings.ANYMAIL | {"POSTMARK_API_URL": NOBODY}
    assert send_due_emails() == 0
    email = the_only_one()
    assert (email.state, email.attempts, email.may_be_sent) == ("queued", 1, False)
    assert email.last_error == ("AnymailRequestsAPIError 429" if fault else "ConnectionError")


def test_a_blocked_address_fails_at_once_and_the_others_go(
    luna: StoreInfo, queue: Queue, postmark: Mailbox
) -> None:
    with store_scope(luna):
        queue("booking/1/confirmed", recipient="inactive@example.com")
        queue("booking/2/confirmed", recipient="nonsense")
        queue("booking/3/confirmed")
    assert send_due_emails() == 1
    assert postmark.subjects() == ["booking/3/confirmed"]
    failed = Email.across_stores.filter(state="failed", due_at=None, may_be_sent=False).order_by("fact")
    assert [email.fact for email in failed] == ["booking/1/confirmed", "booking/2/confirmed"]
    assert all("example" not in email.last_error and email.failed_at for email in failed)


def test_given_up_after_many_tries_over_a_whole_day(
    luna: StoreInfo, queue: Queue, postmark: Mailbox, settings: Any
) -> None:
    settings.ANYMAIL = settings.ANYMAIL | {"POSTMARK_API_URL": NOBODY}
    queue_some(luna, queue, 1)
    for _ in range(TRIES):
        send_due_emails()
        make_due()
    assert (the_only_one().state, the_only_one().attempts) == ("queued", TRIES)
    Email.across_stores.update(created_at=timezone.now() - PATIENCE)
    assert send_due_emails() == 0
    assert (the_only_one().state, the_only_one().due_at) == ("failed", None)


def test_a_provider_that_is_away_ends_the_sweep_and_costs_the_rest_no_try(
    luna: StoreInfo, queue: Queue, postmark: Mailbox
) -> None:
    queue_some(luna, queue, BATCH + 5)
    postmark.faults(down="close")
    assert send_due_emails() == 0
    rows = Email.across_stores.all()
    assert rows.filter(attempts=1, may_be_sent=True).count() == UNANSWERED
    assert rows.filter(attempts=0, may_be_sent=False, lease=None).count() == BATCH + 5 - UNANSWERED
    postmark.faults()
    make_due()
    assert send_due_emails(seconds=300) == BATCH + 5
    assert len(postmark.mails()) == BATCH + 5


def test_too_late_to_send_but_it_had_been_sent(luna: StoreInfo, queue: Queue, postmark: Mailbox) -> None:
    queue_some(luna, queue, 2)
    send_due_emails()
    gone = Email.across_stores.get(fact="booking/001/confirmed")
    past = timezone.now() - timedelta(seconds=1)
    Email.across_stores.update(state="queued", due_at=past, may_be_sent=True, useful_until=past)
    Email.across_stores.filter(pk=gone.pk).update(times_requeued=1)  # of which the provider knows nothing
    assert send_due_emails() == 1
    assert Email.across_stores.get(fact="booking/000/confirmed").state == "sent"
    assert Email.across_stores.get(fact="booking/001/confirmed").state == "withdrawn"
    assert len(postmark.mails()) == 2


def test_what_is_sent_again_is_not_taken_for_the_first_one(
    luna: StoreInfo, queue: Queue, postmark: Mailbox
) -> None:
    queue_some(luna, queue, 1)
    send_due_emails()
    Email.across_stores.update(state="bounced")
    requeue_emails([the_only_one().pk])
    postmark.faults(down="close")
    send_due_emails()
    postmark.faults()
    make_due()
    assert send_due_emails() == 1
    assert len(postmark.mails()) == 2


def test_queries_grow_by_one_an_email(
    luna: StoreInfo, queue: Queue, postmark: Mailbox, django_assert_num_queries: Any
) -> None:
    queue_some(luna, queue, 2 * BATCH)
    # A batch is claimed in three, marked in two; in the end one claim finds nothing, and nothing is due.
    with django_assert_num_queries(2 * 5 + 2 * BATCH + 2):
        assert send_due_emails(seconds=300) == 2 * BATCH


class _WrongAnswer(BaseHTTPRequestHandler):
    """A search that ignores what it is asked for."""

    def do_GET(self) -> None:
        body = {"TotalCount": 1, "Messages": [{"MessageID": "x", "Metadata": {"email": "another"}}]}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_args: Any) -> None: ...


@pytest.fixture
def wrong_search() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _WrongAnswer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_search_that_finds_another_message_settles_nothing(
    luna: StoreInfo, queue: Queue, postmark: Mailbox, settings: Any, wrong_search: str
) -> None:
    settings.ANYMAIL = settings.ANYMAIL | {"POSTMARK_API_URL": wrong_search}
    queue_some(luna, queue, 1)
    Email.across_stores.update(may_be_sent=True, attempts=F("attempts") + 1)
    assert send_due_emails() == 0
    email = the_only_one()
    assert (email.state, email.may_be_sent) == ("queued", True)
    assert email.last_error == "the search found another message"
