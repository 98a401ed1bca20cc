"""What operators see of e-mails and may do with them: states and reasons, nobody's address or words."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from store.models import Email
from store.services import send_due_emails
from store.tenancy import StoreInfo, store_scope
from tests.browsers import signed_in

pytestmark = pytest.mark.django_db

Queue = Callable[..., Email | None]
LIST = "/admin/store/email/"


@pytest.fixture
def emails(luna: StoreInfo, barber: StoreInfo, queue: Queue) -> dict[str, Email]:
    """By fact: one of each state, and a neighbour's."""
    with store_scope(barber):
        queue("booking/9/confirmed")
        send_due_emails()
    with store_scope(luna):
        for number, state in enumerate(Email.State.values):
            queue(f"booking/{number}/{'moved' if number else 'confirmed'}")
            done = {"due_at": None} if state != "queued" else {}
            Email.objects.filter(fact__startswith=f"booking/{number}/").update(state=state, **done)
    return {email.state if email.store_id == luna.id else "barber's": email for email in _all()}


def _all() -> Any:
    return Email.across_stores.all()


def browser(*permissions: str) -> Client:
    user = User.objects.create(username="operator", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return signed_in(user)


def test_the_list_and_a_page_show_no_personal_data(emails: dict[str, Email]) -> None:
    client = browser("view_email")
    for path in (LIST, f"{LIST}{emails['failed'].pk}/change/"):
        page = client.get(path)
        assert page.status_code == 200
        text = page.content.decode()
        assert "z…@e…" in text
        assert "zoe" not in text
        assert "Hello" not in text


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ("state__exact=bounced", {"bounced"}),
        ("kind=booking/confirmed", {"queued", "barber's"}),
        ("store__id__exact={barber}", {"barber's"}),
        ("q=booking/3/", {"failed"}),
    ],
)
def test_filters(emails: dict[str, Email], barber: StoreInfo, query: str, states: set[str]) -> None:
    page = browser("view_email").get(f"{LIST}?{query.format(barber=barber.id.hex)}")
    shown = {email.pk for email in page.context["cl"].result_list}
    assert {state for state, email in emails.items() if email.pk in shown} == states


def test_send_again_takes_what_failed_or_came_back(emails: dict[str, Email]) -> None:
    client = browser("view_email", "change_email")
    chosen = [str(email.pk) for email in emails.values()]
    page = client.post(LIST, {"action": "send_again", "_selected_action": chosen}, follow=True)
    assert "2 e-mails are sent again." in page.content.decode()
    again = {state for state, email in emails.items() if _all().get(pk=email.pk).times_requeued}
    assert again == {"failed", "bounced"}
    assert send_due_emails() == 3  # and the one that was queued anyway


def test_who_may_only_look_sends_nothing(emails: dict[str, Email]) -> None:
    client = browser("view_email")
    assert "send_again" not in client.get(LIST).content.decode()
    client.post(LIST, {"action": "send_again", "_selected_action": [str(emails["failed"].pk)]})
    assert _all().get(pk=emails["failed"].pk).state == "failed"
