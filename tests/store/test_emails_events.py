"""What the provider says became of an e-mail: deliveries and bounces, once or twice, in any order."""

import contextlib
import importlib
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.utils import timezone

from store import mail_urls
from store.checks import check_mail_webhook_secret
from store.models import Email
from store.services import record_mail_event, requeue_emails, send_due_emails
from store.tenancy import StoreInfo, store_scope
from tests.faults.processes import ROOT, Process, find_free_port, wait_until

from .conftest import Mailbox
from .places import Place

Queue = Callable[..., Email | None]


@pytest.fixture
def sent(luna: StoreInfo, queue: Queue, postmark: Mailbox) -> Email:
    """One that the provider has taken."""
    with store_scope(luna):
        queue()
    assert send_due_emails() == 1
    email: Email = Email.across_stores.get()
    return email


def tell(email: Email, kind: str, **values: Any) -> bool:
    return record_mail_event(
        kind=kind, message_key=email.message_key, provider_id=email.provider_id, **values
    )


ORDERS = sorted(set(itertools.permutations(["delivered", "bounced", "bounced", "opened"])))


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_what_came_back_stays_so_in_any_order(sent: Email, order: tuple[str, ...]) -> None:
    for kind in order:
        assert tell(sent, kind, reason="HardBounce" if kind == "bounced" else "")
    sent.refresh_from_db()
    assert (sent.state, sent.last_error, sent.due_at) == ("bounced", "HardBounce", None)
    assert sent.delivered_at
    assert sent.failed_at


def test_found_by_the_providers_id_alone(sent: Email) -> None:
    assert record_mail_event(kind="delivered", provider_id=sent.provider_id, at=timezone.now())
    sent.refresh_from_db()
    assert sent.state == "sent"
    assert sent.delivered_at


@pytest.mark.parametrize(("kind", "state"), [("delivered", "sent"), ("complained", "bounced")])
def test_an_event_settles_what_nobody_knew(sent: Email, postmark: Mailbox, kind: str, state: str) -> None:
    """It may be here before the answer to the send: so it was sent, and is not sent again."""
    Email.across_stores.update(state="queued", due_at=timezone.now(), may_be_sent=True, provider_id="")
    assert record_mail_event(kind=kind, message_key=str(sent.pk), provider_id="theirs")
    assert send_due_emails() == 0
    sent.refresh_from_db()
    assert (sent.state, sent.provider_id) == (state, "theirs")
    assert len(postmark.mails()) == 1


def test_a_late_word_on_an_earlier_message_says_nothing_of_the_one_sent_again(sent: Email) -> None:
    Email.across_stores.update(state="bounced")
    requeue_emails([sent.pk])
    assert not tell(sent, "bounced", reason="HardBounce")
    assert Email.across_stores.get().state == "queued"


@pytest.mark.parametrize("key", ["", "nonsense", "00000000-0000-4000-8000-000000000000"])
def test_events_of_others_change_nothing(sent: Email, key: str) -> None:
    assert not record_mail_event(kind="bounced", message_key=key, provider_id="another")
    assert Email.across_stores.get().state == "sent"


@pytest.mark.parametrize(
    ("provider", "secret", "routes"),
    [
        ("postmark", ["store:secret"], ["postmark_tracking_webhook"]),
        ("postmark", [], []),
        ("", ["store:secret"], []),
    ],
)
def test_without_a_secret_there_is_no_route(
    settings: Any, provider: str, secret: list[str], routes: list[str]
) -> None:
    settings.ANYMAIL_PROVIDER, settings.ANYMAIL = provider, {"WEBHOOK_SECRET": secret}
    try:
        importlib.reload(mail_urls)
        assert [route.name for route in mail_urls.urlpatterns] == routes
    finally:
        settings.ANYMAIL_PROVIDER, settings.ANYMAIL = "", {"WEBHOOK_SECRET": []}
        importlib.reload(mail_urls)


@pytest.mark.parametrize(("secret", "count"), [(["user:password"], 0), ([], 0), (["password"], 1)], ids=str)
def test_a_secret_is_a_user_and_a_password(settings: Any, secret: list[str], count: int) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": secret}
    assert len(check_mail_webhook_secret()) == count


@pytest.fixture
def web(place: Place, mailbox: Mailbox, tmp_path: Path) -> Iterator[str]:
    """A web server whose mail goes to the sandbox, which tells it what becomes of that. Its address."""
    place.variables |= {
        "ANYMAIL_PROVIDER": "postmark",
        "ANYMAIL_POSTMARK_SERVER_TOKEN": "any",
        "ANYMAIL_POSTMARK_API_URL": f"{mailbox.url}/postmark/",
        "ANYMAIL_WEBHOOK_SECRET": "old:one,store:s3cret",
    }
    port = find_free_port()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", f"--bind=127.0.0.1:{port}", "--threads=4"]
    address = f"localhost:{port}"
    server = Process(
        "web",
        [*command, "--no-control-socket"],
        # Its page for a bad request would need the collected static files.
        place.environment | {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "tests.settings"},
        tmp_path / "web.log",
        ready=lambda: _answers(f"http://{address}/healthz"),
    )
    server.start()
    try:
        server.wait_until_ready()
        url = {"url": f"http://store:s3cret@{address}/webhooks/email/postmark/tracking/"}
        requests.put(f"{mailbox.url}/sandbox/mail-webhook", json=url, timeout=10).raise_for_status()
        yield f"http://{address}/webhooks/email/postmark/tracking/"
    finally:
        server.stop()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


@pytest.mark.xdist_group("places")
def test_a_bounce_is_heard_of(place: Place, web: str) -> None:
    place.ask("queue_emails", count=1, recipient="bounce@example.com")
    assert place.ask("send_emails") == 1
    wait_until(lambda: place.ask("list_emails")[0]["state"] == "bounced", 60, "the bounce")
    assert place.ask("list_emails")[0]["last_error"] == "HardBounce"

    event = {"RecordType": "Delivery", "MessageID": place.ask("list_emails")[0]["provider_id"]}
    assert requests.post(web, json=event, timeout=20).status_code == 400
    assert requests.post(web, json=event, auth=("store", "wrong"), timeout=20).status_code == 400
    # Refused unread, so its sender may find the connection closed before the answer is there.
    with contextlib.suppress(requests.ConnectionError):
        huge = event | {"Details": "x" * 300_000}
        assert requests.post(web, json=huge, auth=("store", "s3cret"), timeout=20).status_code == 400
    assert place.ask("list_emails")[0]["delivered_at"] is None
    assert requests.post(web, json=event, auth=("old", "one"), timeout=20).status_code == 200
    row = place.ask("list_emails")[0]
    assert row["delivered_at"]
    assert row["state"] == "bounced"
