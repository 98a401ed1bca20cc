"""Password, then a code: who needs one, that it works once, and what helps when the phone is gone."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from store.models import AuditEntry, Membership, Role
from store.tenancy import StoreInfo
from tests.studio.conftest import STUDIO

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
PASSWORD = "a long password 4 tests"
LOG_IN, CODE, ENROL = "/admin/login/", "/admin/second-factor/", "/admin/second-factor/enrolment/"
RECOVERY, ACCOUNT = "/admin/second-factor/recovery/", "/admin/account/"


def password_given(user: User) -> Client:
    client = Client(headers={"host": "localhost"})
    answer = client.post(LOG_IN, {"username": user.username, "password": PASSWORD, "next": f"{STUDIO}/"})
    assert answer.status_code == 303
    return client


def code_of(user: User, *, offset: int = 0, confirmed: bool = True) -> str:
    device = TOTPDevice.objects.get(user=user, confirmed=confirmed)
    return f"{totp(device.bin_key, drift=offset):06}"


def follow(client: Client, path: str) -> str:
    """Where one ends up."""
    answer = client.get(path, follow=True)
    return str(answer.redirect_chain[-1][0] if answer.redirect_chain else path)


def enrol(client: Client, user: User) -> list[str]:
    """Set the app up as a person does; the recovery codes that are shown."""
    page = client.get(ENROL).content.decode()
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert secret
    assert "<svg" in page
    answer = client.post(ENROL, {"code": code_of(user, confirmed=False), "next": f"{STUDIO}/"})
    return re.findall(r"<li>([0-9a-z]{5}-[0-9a-z]{5})</li>", answer.content.decode())


def test_an_owner_sets_an_app_up_before_anything_else(owner: User) -> None:
    client = password_given(owner)
    assert follow(client, f"{STUDIO}/").startswith(f"{ENROL}?next=")
    for path in (f"{STUDIO}/", "/admin/", "/admin/store/email/", ACCOUNT):
        assert client.get(path).status_code == 302, path
    codes = enrol(client, owner)
    assert len(set(codes)) == 10
    assert client.get(f"{STUDIO}/").status_code == 200
    assert not any(code in str(StaticToken.objects.values_list("token")) for code in codes), "hashes only"
    entry = AuditEntry.objects.get(action="account.second_factor_set_up")
    assert (entry.actor, entry.store and entry.store.slug) == (owner.username, "luna-hair")


def test_staff_need_one_too(staff: User) -> None:
    assert follow(password_given(staff), "/admin/").startswith(ENROL)


def test_an_editor_may_do_without(editor: User) -> None:
    assert password_given(editor).get(f"{STUDIO}/").status_code == 200


def test_an_editor_with_an_app_is_asked(editor: User, sign_in: SignIn) -> None:
    sign_in(editor)
    client = password_given(editor)
    assert follow(client, f"{STUDIO}/").startswith(CODE)
    assert client.post(CODE, {"code": code_of(editor), "next": f"{STUDIO}/"})["Location"] == f"{STUDIO}/"
    assert client.get(f"{STUDIO}/").status_code == 200


def test_whoever_becomes_an_owner_needs_it_at_the_next_request(editor: User) -> None:
    client = password_given(editor)
    Membership.objects.filter(user=editor).update(role=Role.OWNER)
    assert follow(client, f"{STUDIO}/").startswith(ENROL)


def test_a_code_serves_once(owner: User, sign_in: SignIn) -> None:
    sign_in(owner)
    code = code_of(owner)
    client = password_given(owner)
    before = client.session.session_key
    assert client.post(CODE, {"code": code[:3] + " " + code[3:]}).status_code == 303
    assert client.session.session_key != before, "another key from here on"
    again = password_given(owner)
    assert "used before" in again.post(CODE, {"code": code}).content.decode()
    assert again.get(f"{STUDIO}/").status_code == 302


def test_guessing_is_slowed_down(owner: User, sign_in: SignIn) -> None:
    sign_in(owner)
    client = password_given(owner)
    with time_machine.travel("2026-11-27T10:00:00Z", tick=False) as clock:
        for _ in range(3):
            page = client.post(CODE, {"code": "000000"})
            clock.shift(20)
        page = client.post(CODE, {"code": "000000"}).content.decode()
        assert re.search(r"Wait 8 seconds", page)
        right = code_of(owner)
        assert "Wait 8 seconds" in client.post(CODE, {"code": right}).content.decode(), "not even looked at"
        clock.shift(9)
        assert client.post(CODE, {"code": code_of(owner)}).status_code == 303


def test_a_recovery_code_serves_once(owner: User) -> None:
    codes = enrol(password_given(owner), owner)
    client = password_given(owner)
    typed = codes[0].upper().replace("0", "O").replace("1", "l")
    assert client.post(RECOVERY, {"code": typed, "next": f"{STUDIO}/"})["Location"] == f"{STUDIO}/"
    assert "9 recovery codes are left." in client.get(f"{STUDIO}/").content.decode()
    assert AuditEntry.objects.filter(action="session.recovered").exists()
    again = password_given(owner)
    assert "used before" in again.post(RECOVERY, {"code": codes[0]}).content.decode()
    with time_machine.travel("2099-01-01", tick=False):  # past the wait
        later = password_given(owner)
        assert later.post(RECOVERY, {"code": codes[1]}).status_code == 303


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "/admin/login/?next=x"])
def test_next_leads_nowhere_else(owner: User, sign_in: SignIn, wanted: str) -> None:
    sign_in(owner)
    client = password_given(owner)
    assert client.post(CODE, {"code": code_of(owner), "next": wanted})["Location"] == "/admin/"


def test_a_secret_another_session_saw_becomes_nobodys(owner: User) -> None:
    thief, person = password_given(owner), password_given(owner)
    thief.get(ENROL)
    seen = TOTPDevice.objects.get(user=owner).key
    person.get(ENROL)
    assert TOTPDevice.objects.get(user=owner).key != seen
    assert person.post(ENROL, {"code": code_of(owner, confirmed=False)}).status_code == 200
    thief.get(ENROL)
    assert follow(thief, f"{STUDIO}/").startswith(CODE)


def test_somebody_elses_device_verifies_nobody(owner: User, neighbour: User, sign_in: SignIn) -> None:
    sign_in(neighbour)
    sign_in(owner)
    client = password_given(owner)
    assert client.post(CODE, {"code": code_of(neighbour)}).status_code == 200
    assert client.get(f"{STUDIO}/").status_code == 302


def test_the_account_asks_for_the_password_again(owner: User, sign_in: SignIn) -> None:
    client = sign_in(owner)
    old = TOTPDevice.objects.get(user=owner)
    assert client.get(ENROL).status_code == 303, "not without the password"
    assert (
        "That is not your password."
        in client.post(f"{ACCOUNT}authenticator/", {"password": "x"}).content.decode()
    )
    assert client.post(f"{ACCOUNT}authenticator/", {"password": PASSWORD}).status_code == 303
    client.get(ENROL)
    assert client.get(f"{STUDIO}/").status_code == 200, "the old app counts until the new one works"
    client.post(ENROL, {"code": code_of(owner, confirmed=False)})
    assert TOTPDevice.objects.get(user=owner).key != old.key
    assert client.get(f"{STUDIO}/").status_code == 200
    assert AuditEntry.objects.filter(action="account.second_factor_replaced").exists()


def test_new_recovery_codes_void_the_old_ones(owner: User) -> None:
    client = password_given(owner)
    old = enrol(client, owner)
    page = client.post(f"{ACCOUNT}recovery-codes/", {"password": PASSWORD}).content.decode()
    new = re.findall(r"<li>([0-9a-z]{5}-[0-9a-z]{5})</li>", page)
    assert len(new) == 10
    assert not set(old) & set(new)
    other = password_given(owner)
    assert "used before" in other.post(RECOVERY, {"code": old[3]}).content.decode()


def test_only_who_needs_none_may_remove_it(owner: User, editor: User, sign_in: SignIn) -> None:
    for user, left in ((owner, 1), (editor, 0)):
        sign_in(user).post(f"{ACCOUNT}authenticator/removal/", {"password": PASSWORD})
        assert TOTPDevice.objects.filter(user=user).count() == left


def test_staff_reset_what_somebody_lost(owner: User, staff: User, sign_in: SignIn) -> None:
    lost, client = sign_in(owner), sign_in(staff)
    body = {"action": "reset_second_factor", "_selected_action": [owner.pk, staff.pk]}
    client.post("/admin/auth/user/", body)
    assert not TOTPDevice.objects.filter(user=owner).exists()
    assert TOTPDevice.objects.filter(user=staff).exists(), "never one's own"
    assert follow(lost, f"{STUDIO}/").startswith(ENROL)
    entry = AuditEntry.objects.get(action="account.second_factor_reset")
    assert (entry.actor, entry.subject) == (staff.username, owner.username)


def test_only_superusers_reset(owner: User, sign_in: SignIn) -> None:
    operator = User.objects.create_user("operator", is_staff=True)
    operator.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    sign_in(owner)
    body = {"action": "reset_second_factor", "_selected_action": [owner.pk]}
    sign_in(operator).post("/admin/auth/user/", body)
    assert TOTPDevice.objects.filter(user=owner).exists()


def test_switched_off_nobody_has_to(owner: User, settings: Any) -> None:
    settings.SECOND_FACTOR = False
    assert password_given(owner).get(f"{STUDIO}/").status_code == 200


def test_switched_off_an_app_that_is_there_still_counts(owner: User, settings: Any, sign_in: SignIn) -> None:
    settings.SECOND_FACTOR = False
    sign_in(owner)
    assert follow(password_given(owner), f"{STUDIO}/").startswith(CODE)


@pytest.mark.parametrize(
    ("scheme", "host", "boots"), [("http", "localhost", True), ("https", "x.example", False)]
)
def test_it_is_switched_off_on_loopback_only(scheme: str, host: str, boots: bool) -> None:
    place = {"SECOND_FACTOR": "false", "PLATFORM_SCHEME": scheme, "PLATFORM_HOST": host}
    command = [sys.executable, "-c", "import config.settings"]
    ended = subprocess.run(command, env={**os.environ, **place}, capture_output=True, text=True, check=False)
    assert (ended.returncode == 0) is boots
    assert boots or "SECOND_FACTOR may be false only on loopback" in ended.stderr


def test_a_device_that_is_not_confirmed_lets_nobody_in(owner: User, luna: StoreInfo) -> None:
    client = password_given(owner)
    client.get(ENROL)
    session = client.session
    session["otp_device_id"] = TOTPDevice.objects.get(user=owner).persistent_id
    session.save()
    assert client.get(f"{STUDIO}/").status_code == 302
