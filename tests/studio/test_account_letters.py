"""What somebody is told of their account, since it may have been somebody else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from store.audit import ACTIONS
from studio.account import letters
from tests.studio.test_second_factor import ACCOUNT, PASSWORD, RECOVERY, enrol, password_given

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
NEW = "quite another one 7"
CHANGED = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
USERS, RESET = "/admin/auth/user/", "reset_second_factor"


def subjects() -> list[str]:
    return [message.subject for message in mail.outbox]


def test_every_change_of_an_account_has_its_words() -> None:
    assert {action for action in ACTIONS if action.startswith("account.")} < set(letters.NOTICES)
    assert set(letters.NOTICES) < set(ACTIONS)


def test_a_changed_password_is_told(editor: User, sign_in: SignIn) -> None:
    sign_in(editor).post(f"{ACCOUNT}password/", CHANGED)
    [message] = mail.outbox
    body = str(message.body)
    assert (message.subject, message.to) == ("Your password was changed", [editor.username])
    assert editor.username in body
    assert "http://localhost/admin/password-reset/\n" in body
    assert NEW not in body


def test_each_step_of_an_app_is_told(owner: User, sign_in: SignIn) -> None:
    codes = enrol(password_given(owner), owner)
    password_given(owner).post(RECOVERY, {"code": codes[0]})
    sign_in(owner).post(f"{ACCOUNT}recovery-codes/", {"password": PASSWORD})
    told = ("second_factor_set_up", "session.recovered", "codes_made")
    words = [str(words) for key, words in letters.NOTICES.items() if key.removeprefix("account.") in told]
    assert sorted(subjects()) == sorted(words)
    assert not any(code in str(message.body) for message in mail.outbox for code in codes)


def test_a_reset_by_staff_is_told_to_whose_it_was(owner: User, staff: User, sign_in: SignIn) -> None:
    enrol(password_given(owner), owner)
    mail.outbox.clear()
    sign_in(staff).post(USERS, {"action": RESET, "_selected_action": [owner.pk]})
    assert [(message.subject, message.to) for message in mail.outbox] == [
        ("Your second factor was reset by our staff", [owner.username])
    ]


def test_a_name_that_is_no_address_gets_none(editor: User, sign_in: SignIn) -> None:
    editor.username = "operator"
    editor.save()
    assert sign_in(editor).post(f"{ACCOUNT}password/", CHANGED).status_code == 303
    assert not mail.outbox


def test_without_a_broker_it_is_sent_at_once(
    editor: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters.send_letter, "delay", _break)
    assert sign_in(editor).post(f"{ACCOUNT}password/", CHANGED).status_code == 303
    assert subjects() == ["Your password was changed"]


def test_without_broker_and_mail_the_password_is_changed_all_the_same(
    editor: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters.send_letter, "delay", _break)
    monkeypatch.setattr(letters, "send", _break)
    assert sign_in(editor).post(f"{ACCOUNT}password/", CHANGED).status_code == 303
    editor.refresh_from_db()
    assert editor.check_password(NEW)


def _break(*_said: Any) -> None:
    raise OSError("not there")
