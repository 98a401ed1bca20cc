"""Names and passwords: who is let in, who is locked out, and what a stranger learns: nothing."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from store.models import AuditEntry, Membership
from studio.tasks import purge_log_ins
from tests.studio.conftest import STUDIO

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
PASSWORD = "a long password 4 tests"
LOG_IN, RESET = "/admin/login/", "/admin/password-reset/"
# Route: (address, what a GET by nobody answers, what a POST by nobody answers).
DOORS = {
    "second_factor": ("second-factor/", 302, 302),
    "recovery": ("second-factor/recovery/", 302, 302),
    "enrolment": ("second-factor/enrolment/", 302, 302),
    "reset": ("password-reset/", 200, 200),
    "reset_sent": ("password-reset/sent/", 200, 405),
    "new_password": ("password-reset/MQ/new/", 410, 410),
    "invitation": ("invitations/nothing/", 410, 410),
    "home": ("account/", 302, 405),
    "password": ("account/password/", 302, 302),
    "recovery_codes": ("account/recovery-codes/", 405, 302),
    "authenticator": ("account/authenticator/", 405, 302),
    "authenticator_removal": ("account/authenticator/removal/", 405, 302),
}


def browser(**headers: str) -> Client:
    return Client(headers={"host": "localhost", **headers})


def log_in(client: Client, name: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(LOG_IN, {"username": name, "password": password, **more})


def door_routes() -> Iterator[str]:
    for entry in get_resolver("config.urls").url_patterns:
        if isinstance(entry, URLResolver) and entry.namespace == "account":
            yield from (str(route.name) for route in entry.url_patterns if isinstance(route, URLPattern))


def test_every_door_stands_here() -> None:
    assert set(door_routes()) == set(DOORS)


@pytest.mark.parametrize("name", DOORS)
def test_what_nobody_gets(db: None, name: str) -> None:
    path, get, post = DOORS[name]
    for method, status in (("get", get), ("post", post)):
        answer = getattr(browser(), method)(f"/admin/{path}")
        assert answer.status_code == status
        if status == 302:
            assert answer["Location"].startswith(LOG_IN)
        if status == 200:
            assert answer["Cache-Control"] == "no-store, private"
            assert "unsafe" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize("name", DOORS)
def test_a_forged_form_does_nothing(owner: User, sign_in: SignIn, name: str) -> None:
    client = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)
    client.cookies = sign_in(owner).cookies
    if DOORS[name][2] != 405:
        assert client.post(f"/admin/{DOORS[name][0]}").status_code == 403


def test_an_e_mail_address_is_the_name_however_it_is_written(editor: User) -> None:
    client = browser()
    answer = log_in(client, f" {editor.username.upper()} ", next=f"{STUDIO}/")
    assert answer.status_code == 303
    assert client.get(answer["Location"])["Location"] == f"{STUDIO}/"
    entry = AuditEntry.objects.get(action="session.opened")
    assert (entry.actor, entry.store and entry.store.slug) == (editor.username, "luna-hair")


def test_refusals_all_say_the_same(editor: User) -> None:
    User.objects.create_user("gone@luna-hair.example", password=PASSWORD, is_active=False)
    answers = [
        re.sub(r'value="[^"]*"', "", log_in(browser(), name, password).content.decode())
        for name, password in (
            ("nobody@luna-hair.example", PASSWORD),
            (editor.username, "wrong"),
            ("gone@luna-hair.example", PASSWORD),
        )
    ]
    assert "do not go together" in answers[0]
    assert answers[0] == answers[1] == answers[2]
    noted = AuditEntry.objects.filter(action="session.refused").values_list("actor", flat=True)
    assert set(noted) == {"n…@l…", "e…@l…", "g…@l…"}


def test_a_password_in_the_wrong_field_is_written_nowhere(editor: User) -> None:
    log_in(browser(), PASSWORD, PASSWORD)
    log_in(browser(), editor.username, "other secret")
    rows = [*AccessAttempt.objects.values(), *AuditEntry.objects.filter(action="session.refused").values()]
    assert len(rows) == 4
    assert not re.search(f"{PASSWORD}|other secret|{editor.username}", str(rows))


def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(editor: User) -> None:
    with time_machine.travel("2026-11-27T10:00:00Z", tick=False) as clock:
        client = browser()
        assert [log_in(client, editor.username, "x").status_code for _ in range(4)] == [200] * 4
        assert log_in(client, editor.username, "x").status_code == 429
        clock.shift(5 * 60)
        locked = log_in(client, editor.username)
        assert locked.status_code == 429, "with the right one, too"
        assert "Try again in 10 minutes." in locked.content.decode()
        assert locked["Retry-After"] == "600"
        assert "unsafe" not in locked["Content-Security-Policy"]
        assert log_in(browser(), "viewer@luna-hair.example", "x").status_code == 200, "another name is not"
        clock.shift(10 * 60 + 1)
        assert log_in(client, editor.username).status_code == 303


def test_trying_while_locked_makes_it_no_longer(editor: User) -> None:
    with time_machine.travel("2026-11-27T10:00:00Z", tick=False) as clock:
        for _ in range(5):
            log_in(browser(), editor.username, "x")
        clock.shift(14 * 60)
        log_in(browser(), editor.username, "x")
        clock.shift(61)
        assert log_in(browser(), editor.username).status_code == 303


def test_the_address_is_the_one_our_proxy_saw(editor: User, settings: Any) -> None:
    settings.PROXY_HOPS = 1
    for number in range(5):
        forged = browser(**{"x-forwarded-for": f"10.9.9.{number}, 203.0.113.7"})
        last = log_in(forged, editor.username, "x")
    assert last.status_code == 429, "what a visitor claims to be changes nothing"
    elsewhere = browser(**{"x-forwarded-for": "203.0.113.8"})
    assert log_in(elsewhere, editor.username).status_code == 303


def test_what_the_lock_counted_is_forgotten(editor: User) -> None:
    with time_machine.travel("2026-11-27T10:00:00Z", tick=False) as clock:
        log_in(browser(), editor.username, "x")
        purge_log_ins()
        assert AccessAttempt.objects.count() == 1
        clock.shift(16 * 60)
        purge_log_ins()
        assert AccessAttempt.objects.count() == 0


def test_the_session_changes_its_key_and_ends_after_twelve_hours(editor: User) -> None:
    client = browser()
    with time_machine.travel("2026-11-27T08:00:00Z", tick=False) as clock:
        session = client.session
        session["anything"] = 1
        session.save()
        before = session.session_key
        log_in(client, editor.username)
        assert client.session.session_key != before
        for _ in range(11):
            clock.shift(3600)
            assert client.get(f"{STUDIO}/").status_code == 200
        clock.shift(3601)
        assert client.get(f"{STUDIO}/").status_code == 302


def test_logging_out_takes_a_post(editor: User, sign_in: SignIn) -> None:
    client = sign_in(editor)
    assert client.get("/admin/logout/").status_code == 405
    assert client.get(f"{STUDIO}/").status_code == 200
    assert client.post("/admin/logout/")["Location"] == LOG_IN
    assert client.get(f"{STUDIO}/").status_code == 302


def test_logging_out_between_password_and_code(owner: User) -> None:
    client = browser()
    log_in(client, owner.username)
    client.post("/admin/logout/")
    assert "_auth_user_id" not in client.session


def test_without_a_store_there_is_nothing_to_see(editor: User) -> None:
    client = browser()
    Membership.objects.all().delete()
    log_in(client, editor.username)
    page = client.get("/admin/", follow=True)
    assert page.status_code == 200
    assert "You are in no store yet." in page.content.decode()


def reset_link(index: int = -1) -> str:
    found = re.search(r"http://localhost(/admin/password-reset/\S+)", str(mail.outbox[index].body))
    assert found
    return found[1]


def test_a_forgotten_password(editor: User) -> None:
    client = browser()
    answer = client.post(RESET, {"email": editor.username.upper()})
    assert mail.outbox[0].to == [editor.username]
    link = reset_link()
    page = client.get(link, follow=True)
    assert link not in page.redirect_chain[-1][0], "the token leaves the address bar"
    form = page.redirect_chain[-1][0]
    refused = client.post(form, {"new_password1": "short", "new_password2": "short"})
    assert "too short" in refused.content.decode()
    new = "quite another one 7"
    assert client.post(form, {"new_password1": new, "new_password2": new})["Location"] == LOG_IN
    assert log_in(browser(), editor.username).status_code == 200
    assert log_in(browser(), editor.username, new).status_code == 303
    assert browser().get(link, follow=True).status_code == 410, "once"
    assert answer.status_code == 303


def test_a_reset_tells_nothing_of_who_is_known(editor: User) -> None:
    known = browser().post(RESET, {"email": editor.username}, follow=True)
    unknown = browser().post(RESET, {"email": "nobody@luna-hair.example"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert known.content == unknown.content
    assert len(mail.outbox) == 1


def test_a_mailbox_is_not_flooded(editor: User, one_window: None) -> None:
    for _ in range(6):
        assert browser().post(RESET, {"email": editor.username}).status_code == 303
    assert len(mail.outbox) == 3


def test_a_reset_link_is_over_after_two_hours(editor: User) -> None:
    browser().post(RESET, {"email": editor.username})
    with time_machine.travel("2099-01-01"):
        assert browser().get(reset_link(), follow=True).status_code == 410


def test_changing_the_password_logs_others_out(editor: User, sign_in: SignIn) -> None:
    here, there = sign_in(editor), sign_in(editor)
    new = "quite another one 7"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/admin/account/password/", form).status_code == 303
    assert here.get(f"{STUDIO}/").status_code == 200
    assert there.get(f"{STUDIO}/").status_code == 302


@pytest.mark.parametrize("password", ["short", "password1234", "1357924680135", "editor@luna-hair.example"])
def test_passwords_that_are_guessed(editor: User, sign_in: SignIn, password: str) -> None:
    form = {"old_password": PASSWORD, "new_password1": password, "new_password2": password}
    assert sign_in(editor).post("/admin/account/password/", form).status_code == 200
