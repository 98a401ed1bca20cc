"""Who is in a store: invitations, roles, seeing people off; an owner is always left."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from store.models import AuditEntry, Email, Invitation, Membership, Role
from store.services import send_due_emails
from store.tenancy import StoreInfo
from studio.tasks import purge_people
from tests.studio.conftest import STUDIO

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
PEOPLE = f"{STUDIO}/people/"
NEW = "rosa@luna-hair.example"
PASSWORD = "a long password 4 tests"


def invite(client: Client, email: str = NEW, role: str = "editor") -> str:
    """The page after it."""
    answer = client.post(f"{PEOPLE}invitations/", {"email": email, "role": role}, follow=True)
    return str(answer.content.decode())


def link(index: int = 0) -> str:
    """Of the invitation sent last, or `index` before it."""
    email = Email.across_stores.filter(kind="invitation/sent").order_by("-created_at")[index]
    found = re.search(r"http://localhost(/admin/invitations/\S+)", email.text)
    assert found
    return found[1]


def member(user: User) -> Membership:
    return Membership.objects.get(user=user)


def nobody() -> Client:
    return Client(headers={"host": "localhost"})


def join(path: str, password: str = PASSWORD) -> Client:
    client = nobody()
    client.post(path, {"new_password1": password, "new_password2": password})
    return client


def test_somebody_new_comes_in(owner: User, sign_in: SignIn, luna: StoreInfo) -> None:
    page = invite(sign_in(owner))
    assert f"The invitation to {NEW} is on its way." in page
    assert "open until" in page
    assert send_due_emails() == 1
    welcome = nobody().get(link())
    for words in ("Join Luna Hair", "Editor", "Choose a password"):
        assert words in welcome.content.decode()
    assert welcome["Cache-Control"] == "no-store, private"
    client = join(link())
    assert client.get(f"{STUDIO}/").status_code == 200
    rosa = User.objects.get(username=NEW)
    assert (member(rosa).role, member(rosa).store_id, rosa.email) == ("editor", luna.id, NEW)
    assert nobody().get(link()).status_code == 410, "one use"
    actions = set(AuditEntry.objects.filter(store_id=luna.id).values_list("action", flat=True))
    assert {"people.invited", "people.joined"} <= actions


def test_a_new_owner_sets_the_second_factor_up_first(owner: User, sign_in: SignIn) -> None:
    invite(sign_in(owner), role="owner")
    client = join(link())
    assert (
        client.get(f"{STUDIO}/", follow=True)
        .redirect_chain[-1][0]
        .startswith("/admin/second-factor/enrolment/")
    )


def test_passwords_that_are_guessed_do_not_do(owner: User, sign_in: SignIn) -> None:
    invite(sign_in(owner))
    join(link(), "password1234")
    assert not User.objects.filter(username=NEW).exists()


def test_who_has_an_account_logs_in_first(
    owner: User, neighbour: User, sign_in: SignIn, luna: StoreInfo
) -> None:
    invite(sign_in(owner), neighbour.username)
    page = nobody().get(link()).content.decode()
    assert "Log in and join" in page
    assert "password1" not in page
    assert nobody().post(link(), {"new_password1": PASSWORD, "new_password2": PASSWORD}).status_code == 200
    assert member(neighbour).store_id != luna.id
    client = sign_in(neighbour)
    assert "Join Luna Hair" in client.get(link()).content.decode()
    assert client.post(link())["Location"] == f"{STUDIO}/"
    assert Membership.objects.filter(user=neighbour).count() == 2


def test_the_log_in_leads_back_to_the_invitation(owner: User, editor: User, sign_in: SignIn) -> None:
    Membership.objects.filter(user=editor).delete()
    invite(sign_in(owner), editor.username)
    client = nobody()
    path = link()
    client.post("/admin/login/", {"username": editor.username, "password": PASSWORD, "next": path})
    assert client.get(f"/admin/login/?next={path}")["Location"] == path
    assert client.post(path).status_code == 303
    assert member(editor).role == "editor"


def test_a_session_without_its_code_accepts_nothing(owner: User, neighbour: User, sign_in: SignIn) -> None:
    invite(sign_in(owner), neighbour.username)
    sign_in(neighbour)  # who has an app from now on
    client = nobody()
    client.force_login(neighbour)
    assert client.post(link())["Location"].startswith("/admin/login/")
    assert Membership.objects.filter(user=neighbour).count() == 1


def test_an_invitation_is_for_its_address_alone(
    owner: User, neighbour: User, viewer: User, sign_in: SignIn
) -> None:
    invite(sign_in(owner), neighbour.username, role="owner")
    client = sign_in(viewer)
    assert "You are logged in as" in client.get(link()).content.decode()
    client.post(link())
    assert member(viewer).role == "viewer"
    invite(sign_in(owner), NEW, role="owner")
    assert "You are logged in as" in client.post(link(), {"new_password1": PASSWORD}).content.decode()
    assert not User.objects.filter(username=NEW).exists()


def test_who_was_put_out_cannot_come_in_by_it(owner: User, neighbour: User, sign_in: SignIn) -> None:
    invite(sign_in(owner), neighbour.username)
    User.objects.filter(pk=neighbour.pk).update(is_active=False)
    assert nobody().get(link()).status_code == 410


def test_the_token_is_kept_as_a_hash_only(owner: User, sign_in: SignIn) -> None:
    invite(sign_in(owner))
    token = link().split("/")[-2]
    rows = str([*Invitation.across_stores.values(), *AuditEntry.objects.values()])
    assert token not in rows
    assert NEW not in rows
    assert nobody().get(f"/admin/invitations/{token[:-1]}x/").status_code == 410


def test_an_invitation_ends_after_seven_days(owner: User, sign_in: SignIn) -> None:
    invite(sign_in(owner))
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert nobody().get(link()).status_code == 410
        assert join(link()).get(f"{STUDIO}/").status_code == 302


def test_the_same_address_twice_replaces_the_first(owner: User, sign_in: SignIn) -> None:
    client = sign_in(owner)
    invite(client)
    first = link()
    invite(client, NEW.upper(), role="viewer")
    assert Email.across_stores.filter(kind="invitation/sent").count() == 1, "the first is not even sent"
    assert nobody().get(first).status_code == 410
    join(link())
    assert Membership.objects.get(user__username=NEW).role == "viewer"


def test_who_is_in_is_not_asked_in(owner: User, editor: User, sign_in: SignIn) -> None:
    assert "is in your store already" in invite(sign_in(owner), f" {editor.username.upper()} ")
    assert not Invitation.across_stores.exists()


def test_an_invitation_is_withdrawn(owner: User, sign_in: SignIn) -> None:
    client = sign_in(owner)
    invite(client)
    path = link()
    row = Invitation.across_stores.get()
    assert client.post(f"{PEOPLE}invitations/{row.pk}/withdrawal/").status_code == 303
    assert nobody().get(path).status_code == 410
    assert send_due_emails() == 0
    assert client.post(f"{PEOPLE}invitations/{row.pk}/withdrawal/").status_code == 404


def test_a_neighbours_invitations_and_members_are_out_of_reach(
    owner: User, neighbour: User, editor: User, sign_in: SignIn
) -> None:
    invite(sign_in(owner))
    row = Invitation.across_stores.get()
    theirs = "/admin/stores/one-chair/people/"
    client = sign_in(neighbour)
    assert client.post(f"{theirs}invitations/{row.pk}/withdrawal/").status_code == 404
    assert client.post(f"{theirs}members/{member(editor).pk}/removal/").status_code == 404
    assert client.post(f"{theirs}members/{member(editor).pk}/role/", {"role": "owner"}).status_code == 404
    row.refresh_from_db()
    assert row.is_open
    assert member(editor).role == "editor"


def test_invitations_are_limited(owner: User, sign_in: SignIn, one_window: None) -> None:
    client = sign_in(owner)
    pages = [invite(client, f"person{number}@luna-hair.example") for number in range(21)]
    assert "Those were many invitations" not in pages[19]
    assert "Those were many invitations" in pages[20]


def test_viewers_see_who_is_in_and_no_more(owner: User, viewer: User, sign_in: SignIn) -> None:
    invite(sign_in(owner))
    page = sign_in(viewer).get(PEOPLE).content.decode()
    assert owner.username in page
    assert NEW not in page
    assert "Invite somebody" not in page


def test_a_role_counts_at_the_next_request(owner: User, viewer: User, sign_in: SignIn) -> None:
    theirs = sign_in(viewer)
    assert theirs.get(f"{STUDIO}/history/").status_code == 403
    sign_in(owner).post(f"{PEOPLE}members/{member(viewer).pk}/role/", {"role": "editor"})
    assert theirs.get(f"{STUDIO}/history/").status_code == 200
    entry = AuditEntry.objects.get(action="people.role_changed")
    assert entry.details == [{"label": "Role", "before": "viewer", "after": "editor"}]


def test_who_is_removed_is_out(owner: User, editor: User, sign_in: SignIn) -> None:
    theirs = sign_in(editor)
    sign_in(owner).post(f"{PEOPLE}members/{member(editor).pk}/removal/")
    assert theirs.get(f"{STUDIO}/").status_code == 302


@pytest.mark.parametrize("path", ["members/{pk}/role/", "members/{pk}/removal/", "leaving/"])
def test_the_last_owner_stays(owner: User, editor: User, sign_in: SignIn, path: str) -> None:
    client = sign_in(owner)
    pk = member(owner).pk
    page = client.post(PEOPLE + path.format(pk=pk), {"role": "viewer"}, follow=True)
    assert "A store needs an owner." in page.content.decode()
    assert member(owner).role == "owner"
    second = Membership.objects.get(user=editor)
    client.post(f"{PEOPLE}members/{second.pk}/role/", {"role": "owner"})
    client.post(PEOPLE + path.format(pk=pk), {"role": "viewer"})
    assert not Membership.objects.filter(user=owner, role="owner").exists()


def test_an_owner_who_cannot_log_in_is_none(owner: User, neighbour: User, sign_in: SignIn) -> None:
    Membership.objects.create(store_id=member(owner).store_id, user=neighbour, role=Role.OWNER)
    User.objects.filter(pk=neighbour.pk).update(is_active=False)
    sign_in(owner).post(f"{PEOPLE}leaving/")
    assert Membership.objects.filter(user=owner).exists()


def test_leaving(owner: User, viewer: User, sign_in: SignIn) -> None:
    client = sign_in(viewer)
    assert client.post(f"{PEOPLE}leaving/").status_code == 303
    assert client.get(f"{STUDIO}/").status_code == 302
    assert AuditEntry.objects.filter(action="people.left", actor=viewer.username).exists()


def test_old_invitations_are_forgotten(owner: User, sign_in: SignIn) -> None:
    invite(sign_in(owner))
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        purge_people()
        assert Invitation.across_stores.exists()
    with time_machine.travel(timezone.now() + timedelta(days=38)):
        purge_people()
        assert not Invitation.across_stores.exists()
