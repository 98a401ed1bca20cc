"""Two merchants and every address of every admin class: neither sees, guesses or changes the other's."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import models
from django.test import Client
from django.urls import URLPattern, reverse

from payments.models import PaymentSettings
from store.models import AuditEntry, Email, Membership, Role, Store
from store.tenancy import StoreInfo
from tests.studio.rows import make_row

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]

# What of Django's admin an owner may open. Whatever else is registered has to be 404 for a merchant.
LOOK = {"changelist", "change", "history"}
OPEN: dict[str, set[str]] = {
    "booking.booking": LOOK,
    "payments.order": LOOK,
    "payments.payment": LOOK,
    "payments.paymentsettings": {*LOOK, "add"},
    "store.email": LOOK,
}
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label_lower)
NEW = "00000000-0000-4000-8000-000000000000"


def pages(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """Kind of page and name of its route, custom ones among them."""
    opts = model._meta
    for entry in admin.site._registry[model].get_urls():
        assert isinstance(entry, URLPattern)
        if entry.name:
            yield entry.name.removeprefix(f"{opts.app_label}_{opts.model_name}_"), f"admin:{entry.name}"


def address(name: str, row: Any) -> str:
    pattern = next(
        entry
        for model_admin in admin.site._registry.values()
        for entry in model_admin.get_urls()
        if f"admin:{entry.name}" == name
    )
    return reverse(name, args=[row.pk] if pattern.pattern.converters else [])


def row_of(model: type[models.Model], store: StoreInfo, user: User) -> Any:
    if model is User:
        return user
    if model is Store:
        return Store.objects.get(pk=store.id)
    names = {field.name for field in model._meta.concrete_fields}
    given: dict[str, Any] = {"user": user} if "user" in names else {}
    if "store" in names:
        given["store"] = Store.objects.get(pk=store.id)
    return make_row(model, **given)


def told(answer: Any, pk: object) -> tuple[int, str, str]:
    """All that an answer says but for the id that was asked for and the token of its form."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    place = str(answer.headers.get("Location", ""))
    return (
        answer.status_code,
        place.replace(f"/{pk}/", "/?/"),
        body.replace(f"/{pk}/", "/?/").replace(f"“{pk}”", "“?”"),
    )


@pytest.fixture(params=MODELS, ids=lambda model: model._meta.label_lower)
def model(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_every_admin_class_stands_here(owner: User, sign_in: SignIn, luna: StoreInfo) -> None:
    """What a merchant can open is this list and nothing more."""
    client = sign_in(owner)
    found: dict[str, set[str]] = {}
    for model in MODELS:
        row = row_of(model, luna, owner)
        for kind, name in pages(model):
            if client.get(address(name, row)).status_code == 200:
                found.setdefault(model._meta.label_lower, set()).add(kind)
    assert found == OPEN


def test_the_neighbours_rows_are_as_if_they_were_not(
    model: Any, luna: StoreInfo, owner: User, neighbour: User, sign_in: SignIn
) -> None:
    """Every page, GET and POST: the same answer as for an id that nobody has, and nothing changed."""
    row = row_of(model, luna, owner)
    before = model._base_manager.filter(pk=row.pk).values().get()
    nobody = model(pk=NEW if isinstance(model._meta.pk, models.UUIDField) else 999_999)
    one, other = sign_in(neighbour), sign_in(neighbour)  # with messages of their own
    for _kind, name in pages(model):
        for method in ("get", "post"):
            theirs = getattr(one, method)(address(name, row), {"post": "yes"})
            nobodys = getattr(other, method)(address(name, nobody), {"post": "yes"})
            assert told(theirs, row.pk) == told(nobodys, nobody.pk), (name, method)
            assert theirs.status_code in {200, 302, 403, 404, 405}
    assert model._base_manager.filter(pk=row.pk).values().get() == before


def test_the_neighbours_rows_are_in_no_list_and_no_action_reaches_them(
    model: Any, luna: StoreInfo, owner: User, neighbour: User, sign_in: SignIn
) -> None:
    row = row_of(model, luna, owner)
    client = sign_in(neighbour)
    opts = model._meta
    listing = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    before = model._base_manager.filter(pk=row.pk).values().get()
    for query in ("", f"?store={luna.id}", f"?store__id__exact={luna.id}", f"?q={row.pk}", f"?q={row}"):
        page = client.get(listing + query)
        assert page.status_code in {200, 302, 400, 404}
        if page.status_code == 200:
            assert [found.pk for found in page.context["cl"].result_list] == []
            assert "luna-hair" not in page.content.decode().replace(query, "")
    for action in [*admin.site._registry[model].actions, "delete_selected"]:
        body = {"action": action, "_selected_action": [row.pk], "select_across": "1", "post": "yes"}
        assert client.post(listing, body).status_code in {200, 302, 404}
    assert model._base_manager.filter(pk=row.pk).values().get() == before


def test_permissions_of_djangos_open_nothing_to_a_merchant(
    model: Any, luna: StoreInfo, owner: User, neighbour: User, sign_in: SignIn
) -> None:
    """They are operators' tools; given to a merchant by mistake, they reach no further than the role."""
    neighbour.user_permissions.set(Permission.objects.all())
    row = row_of(model, luna, owner)
    client = sign_in(neighbour)
    before = model._base_manager.filter(pk=row.pk).values().get()
    for kind, name in pages(model):
        for method in ("get", "post"):
            answer = getattr(client, method)(address(name, row), {"post": "yes"})
            is_open = kind in OPEN.get(model._meta.label_lower, set())
            assert answer.status_code in ({200, 302, 403} if is_open else {404}), (name, method)
    assert model._base_manager.filter(pk=row.pk).values().get() == before


def test_an_owner_sees_their_own(owner: User, sign_in: SignIn, luna: StoreInfo) -> None:
    client = sign_in(owner)
    row = row_of(Email, luna, owner)
    page = client.get("/admin/store/email/")
    assert [found.pk for found in page.context["cl"].result_list] == [row.pk]
    assert "/admin/store/store/" not in page.content.decode(), "no link to what is not theirs"
    one = client.get(f"/admin/store/email/{row.pk}/change/").content.decode()
    assert "Luna Hair" in one
    assert "/admin/store/store/" not in one


def test_the_menu_shows_what_can_be_opened(owner: User, viewer: User, sign_in: SignIn) -> None:
    def names(user: User) -> set[str]:
        page = sign_in(user).get("/admin/store/email/")
        return {
            row["model"]._meta.label_lower for app in page.context["available_apps"] for row in app["models"]
        }

    assert names(owner) == set(OPEN)
    assert names(viewer) == set(OPEN) - {"payments.paymentsettings"}
    assert sign_in(owner).get("/admin/store/").status_code == 200
    assert sign_in(owner).get("/admin/auth/").status_code == 404


def test_stores_of_two_are_chosen_among(owner: User, barber: StoreInfo, sign_in: SignIn) -> None:
    Membership.objects.create(store_id=barber.id, user=owner, role=Role.VIEWER)
    row = row_of(Email, barber, owner)
    row_of(PaymentSettings, barber, owner)
    client = sign_in(owner)
    page = client.get(f"/admin/store/email/?store={barber.id}")
    assert [found.pk for found in page.context["cl"].result_list] == [row.pk]
    assert not client.get("/admin/payments/paymentsettings/").context["cl"].result_list, "a viewer there"


def test_an_owner_changes_payment_settings_but_not_the_account(
    owner: User, luna: StoreInfo, barber: StoreInfo, sign_in: SignIn
) -> None:
    client = sign_in(owner)
    rest = {"prepayment": "none", "account_id": "acct_thief"}
    add = "/admin/payments/paymentsettings/add/"
    refused = client.post(add, {**rest, "of_store": barber.id})
    assert refused.status_code == 200
    assert "One Chair" not in refused.content.decode()
    assert client.post(add, {**rest, "of_store": luna.id}).status_code == 302
    own = PaymentSettings.across_stores.get()
    assert (own.store_id, own.prepayment, own.account_id) == (luna.id, "none", "")
    page = f"/admin/payments/paymentsettings/{own.pk}/change/"
    assert client.post(page, {**rest, "prepayment": "full"}).status_code == 302
    own.refresh_from_db()
    assert (own.prepayment, own.account_id) == ("full", "")
    entry = AuditEntry.objects.first()
    assert entry
    assert (entry.action, entry.store_id, entry.actor) == ("records.changed", luna.id, owner.username)


def test_editors_and_viewers_do_not_see_how_the_store_is_paid(
    luna: StoreInfo, editor: User, viewer: User, sign_in: SignIn
) -> None:
    row = row_of(PaymentSettings, luna, editor)
    for user in (editor, viewer):
        client = sign_in(user)
        assert client.get("/admin/payments/paymentsettings/").status_code == 404
        assert client.post(f"/admin/payments/paymentsettings/{row.pk}/change/", {}).status_code == 404


@pytest.mark.parametrize("how", ["removed", "inactive"])
def test_whoever_is_put_out_is_out_at_the_next_request(owner: User, sign_in: SignIn, how: str) -> None:
    client = sign_in(owner)
    assert client.get("/admin/store/email/").status_code == 200
    if how == "removed":
        Membership.objects.all().delete()
    else:
        User.objects.update(is_active=False)
    for path in ("/admin/store/email/", "/admin/stores/luna-hair/", "/admin/"):
        assert client.get(path)["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("path", ["autocomplete/", "r/1/1/"])
def test_lookups_that_know_no_stores_are_the_operators(owner: User, sign_in: SignIn, path: str) -> None:
    assert sign_in(owner).get(f"/admin/{path}").status_code == 404
