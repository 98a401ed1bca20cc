"""What an operator sees and may do: states and no names, and once more."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from tests.browsers import signed_in
from tests.webhooks.conftest import Inbox, Sender, entity
from webhooks.masking import MASK, mask_payload
from webhooks.models import InboxEvent

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/webhooks/inboxevent/"
PERSONAL = {
    "client": {
        "firstName": "Zoe",
        "lastName": "Okonkwo",
        "email": "zoe@example.com",
        "phone": "+12135550107",
    },
    "clientName": "Zoe O.",
    "notes": "Allergic to Zoe",
    "comment": "Zoe was here",
    "fulfilment": {"address": {"street": "Zoe Street", "zip": 90210, "id": "Zoe"}},
    "items": [{"serviceId": "s-1", "name": "Cut for Zoe", "price": 45.5}],
    "surprise": ["Zoe"],
}


@pytest.fixture
def open_admin(db: None) -> Callable[..., Client]:
    """open_admin("view_inboxevent") is the browser of somebody with these permissions."""

    def login(*permissions: str) -> Client:
        user = User.objects.create_user("op", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        return signed_in(user)

    return login


@pytest.fixture
def events(mango: Sender, neighbour: Sender) -> None:
    """a: dead, b: done, c: the neighbour's, dead."""
    mango.send("services.updated", event_id="a")
    mango.send("bookings.created", entity(4, **PERSONAL), event_id="b")
    neighbour.send("services.updated", event_id="c")
    gone = {"due_at": None, "attempts": 8, "last_error": "400 NONSENSE"}
    InboxEvent.across_stores.filter(event_id__in=["a", "c"]).update(state="dead", **gone)
    InboxEvent.across_stores.filter(event_id="b").update(state="done", due_at=None)


@pytest.mark.usefixtures("events")
def test_the_list_and_its_filters(open_admin: Callable[..., Client], inbox: Inbox) -> None:
    admin = open_admin("view_inboxevent")
    found = {
        "": {"a", "b", "c"},
        "?state__exact=dead": {"a", "c"},
        "?kind=bookings.created": {"b"},
        f"?store__id__exact={inbox.event('c').store_id}": {"c"},
        f"?{urlencode({'received_at__gte': timezone.now() + timedelta(days=1)})}": set(),
        "?q=a": {"a"},
        f"?q={inbox.event('b').entity_id.upper()}": {"b"},
        "?q=nothing": set(),
    }
    for query, expected in found.items():
        page = admin.get(f"{LIST}{query}")
        assert page.status_code == 200, query
        assert {row.event_id for row in page.context["cl"].result_list} == expected, query
        assert "Zoe" not in page.content.decode()
    assert len(page.context["cl"].filter_specs) == 4, "state, kind, date, store"


@pytest.mark.usefixtures("events")
def test_a_payload_keeps_its_shape_and_no_names(open_admin: Callable[..., Client], inbox: Inbox) -> None:
    row = inbox.event("b")
    page = open_admin("view_inboxevent").get(f"{LIST}{row.pk}/change/")
    text = page.content.decode()
    assert page.status_code == 200
    for shown in (row.entity_id, "bookings.created", "firstName", "45.5", MASK):
        assert shown in text
    for personal in ("Zoe", "Okonkwo", "zoe@", "5550107", "90210"):
        assert personal not in text
    assert "formaction" not in text, "without the permission there is no button"


def test_masking() -> None:
    body = {"type": "bookings.created", "tenantId": "t-1", "data": {"id": "b-1", "version": 3, **PERSONAL}}
    masked = json.loads(mask_payload(json.dumps(body)))
    data = masked["data"]
    assert (masked["type"], masked["tenantId"], data["id"], data["version"]) == (
        "bookings.created",
        "t-1",
        "b-1",
        3,
    )
    assert data["client"] == dict.fromkeys(PERSONAL["client"], MASK)  # type: ignore[call-overload]
    assert data["fulfilment"] == {"address": {"street": MASK, "zip": MASK, "id": MASK}}
    assert data["items"] == [{"serviceId": "s-1", "name": MASK, "price": 45.5}]
    assert data["surprise"] == [MASK]
    assert mask_payload("Zoe, not JSON") == MASK


@pytest.mark.usefixtures("events")
def test_replaying_from_the_list(open_admin: Callable[..., Client], inbox: Inbox, rung: list[str]) -> None:
    admin = open_admin("view_inboxevent", "change_inboxevent")
    rung.clear()
    chosen = {"action": "replay_selected", "_selected_action": [str(inbox.event("a").pk)]}
    page = admin.post(LIST, chosen, follow=True)
    assert "1 webhook will be processed again." in page.content.decode()
    row = inbox.event("a")
    assert (row.state, row.attempts, row.last_error, row.replays) == ("received", 0, "", 1)
    assert row.due_at is not None
    assert row.due_at <= timezone.now()
    assert rung == ["webhooks.tasks.process_inbox"]
    assert inbox.event("c").state == "dead"


@pytest.mark.usefixtures("events")
def test_replaying_all_that_match(open_admin: Callable[..., Client], inbox: Inbox) -> None:
    admin = open_admin("view_inboxevent", "change_inboxevent")
    chosen = {
        "action": "replay_selected",
        "_selected_action": [str(inbox.event("a").pk)],
        "select_across": "1",
    }
    page = admin.post(f"{LIST}?state__exact=dead", chosen, follow=True)
    assert "2 webhooks will be processed again." in page.content.decode()
    assert [inbox.event(name).state for name in "abc"] == ["received", "done", "received"]


@pytest.mark.usefixtures("events")
def test_replaying_from_its_page(open_admin: Callable[..., Client], inbox: Inbox) -> None:
    admin = open_admin("view_inboxevent", "change_inboxevent")
    pk = inbox.event("a").pk
    assert f"{LIST}{pk}/replay/" in admin.get(f"{LIST}{pk}/change/").content.decode()
    assert admin.get(f"{LIST}{pk}/replay/").status_code == 405
    page = admin.post(f"{LIST}{pk}/replay/", follow=True)
    assert "1 webhook will be processed again." in page.content.decode()
    assert inbox.event("a").state == "received"
    strict = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)
    strict.cookies = admin.cookies
    assert strict.post(f"{LIST}{pk}/replay/").status_code == 403


@pytest.mark.usefixtures("events")
def test_looking_does_not_allow_replaying(open_admin: Callable[..., Client], inbox: Inbox) -> None:
    admin = open_admin("view_inboxevent")
    pk = inbox.event("a").pk
    assert admin.post(f"{LIST}{pk}/replay/").status_code == 403
    admin.post(LIST, {"action": "replay_selected", "_selected_action": [str(pk)]})
    assert admin.post(f"{LIST}{pk}/delete/", {"post": "yes"}).status_code == 403
    assert Client(headers={"host": "localhost"}).post(f"{LIST}{pk}/replay/").status_code == 302
    assert inbox.event("a").state == "dead"


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    call_command("replay_webhooks", *arguments)
    return capsys.readouterr().out.strip()


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--state", "dead"], "ac"),
        (["--state", "dead", "--store", "one-chair"], "c"),
        (["--kind", "bookings.created"], "b"),
        (["--id", "a", "b"], "ab"),
        (["--since", "2026-01-01"], "abc"),
        (["--until", "2026-01-01"], ""),
        (["--since", "2026-01-01T10:00:00+02:00", "--state", "done"], "b"),
        (["--all"], "abc"),
    ],
    ids=lambda value: "-".join(value).replace("--", "") if isinstance(value, list) else None,
)
def test_the_command(inbox: Inbox, rung: list[str], capsys: Any, arguments: list[str], expected: str) -> None:
    rung.clear()
    count = f"{len(expected)} webhook{'' if len(expected) == 1 else 's'}"
    before = inbox.states()
    assert run(*arguments, "--dry-run", capsys=capsys) == f"{count} would be processed again."
    assert inbox.states() == before
    assert rung == []
    assert run(*arguments, capsys=capsys) == f"{count} will be processed again."
    assert "".join(name for name in "abc" if inbox.event(name).state == "received") == expected
    assert rung == ["webhooks.tasks.process_inbox"]


@pytest.mark.parametrize(
    "arguments", [[], ["--dry-run"], ["--store", "nobody"]], ids=["none", "dry", "stranger"]
)
def test_the_command_wants_to_know_which(db: None, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("replay_webhooks", *arguments)
