"""Every page of the studio and what each kind of visitor gets. A page that is missing here fails."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from store.models import Role
from store.tenancy import StoreInfo
from tests.studio.conftest import STUDIO

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]

NOBODY = "00000000-0000-4000-8000-000000000000"
# Route: (address below the store's studio, role a GET takes, role a POST takes; None: it takes none).
PAGES: dict[str, tuple[str, Role | None, Role | None]] = {
    "home": ("/", Role.VIEWER, None),
    "look": ("/look/", Role.VIEWER, Role.EDITOR),
    "look_undo": ("/look/undo/", None, Role.EDITOR),
    "look_redo": ("/look/redo/", None, Role.EDITOR),
    "look_restart": ("/look/restart/", None, Role.EDITOR),
    "look_faces": ("/look/faces.css", Role.VIEWER, None),
    "look_sharing": ("/look/sharing/", Role.EDITOR, None),
    "look_withdrawal": ("/look/sharing/withdrawal/", None, Role.EDITOR),
    "look_publication": ("/look/publication/", Role.EDITOR, Role.EDITOR),
    "versions": ("/look/versions/", Role.VIEWER, None),
    "version_return": ("/look/versions/1/return/", None, Role.EDITOR),
    "version_draft": ("/look/versions/1/draft/", None, Role.EDITOR),
    "version_cancellation": ("/look/versions/1/cancellation/", None, Role.EDITOR),
    "store_closing": ("/look/closing/", Role.EDITOR, Role.EDITOR),
    "store_opening": ("/look/opening/", None, Role.EDITOR),
    "start": ("/start/", Role.VIEWER, None),
    "start_connection": ("/start/connection/", None, Role.OWNER),
    "start_template": ("/start/template/", None, Role.EDITOR),
    "start_brand": ("/start/brand/", None, Role.EDITOR),
    "start_facts": ("/start/facts/", None, Role.EDITOR),
    "start_booking": ("/start/booking/", None, Role.EDITOR),
    "start_address": ("/start/address/", None, Role.OWNER),
    "preferences": ("/preferences/", Role.VIEWER, None),
    "preferences_example": ("/preferences/example/", Role.VIEWER, None),
    "preferences_share_picture": ("/preferences/picture.png", Role.VIEWER, None),
    "preferences_formats": ("/preferences/formats/", None, Role.EDITOR),
    "preferences_announcement": ("/preferences/announcement/", None, Role.EDITOR),
    "preferences_assistant": ("/preferences/assistant/", None, Role.EDITOR),
    "preferences_reminders": ("/preferences/reminders/", None, Role.EDITOR),
    "preferences_deposits": ("/preferences/deposits/", None, Role.EDITOR),
    "preferences_privacy": ("/preferences/privacy/", None, Role.EDITOR),
    "preferences_search": ("/preferences/search/", None, Role.EDITOR),
    "preferences_picture": ("/preferences/picture/", None, Role.EDITOR),
    "preferences_picture_removal": ("/preferences/picture/removal/", None, Role.EDITOR),
    "people": ("/people/", Role.VIEWER, None),
    "people_invitations": ("/people/invitations/", None, Role.OWNER),
    "people_withdrawal": (f"/people/invitations/{NOBODY}/withdrawal/", None, Role.OWNER),
    "people_role": ("/people/members/0/role/", None, Role.OWNER),
    "people_removal": ("/people/members/0/removal/", None, Role.OWNER),
    "people_leaving": ("/people/leaving/", None, Role.VIEWER),
    "history": ("/history/", Role.EDITOR, None),
    "domains": ("/domains/", Role.VIEWER, Role.OWNER),
    "domain_check": ("/domains/1/check/", None, Role.OWNER),
    "domain_release": ("/domains/1/release/", Role.OWNER, Role.OWNER),
    "domain_primary": ("/domains/1/primary/", None, Role.OWNER),
    "platform_primary": ("/domains/primary/", None, Role.OWNER),
}
METHODS = ("get", "post")


def route_names(resolver: URLResolver) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from route_names(entry)
        elif isinstance(entry, URLPattern):
            assert entry.name
            yield entry.name


def studio_routes() -> set[str]:
    return {
        name
        for entry in get_resolver("config.urls").url_patterns
        if isinstance(entry, URLResolver) and entry.namespace == "studio"
        for name in route_names(entry)
    }


def test_every_page_stands_here() -> None:
    assert studio_routes() == set(PAGES)


def ask(client: Client, method: str, name: str, slug: str = "luna-hair") -> HttpResponse:
    address = (STUDIO + PAGES[name][0]).replace("luna-hair", slug)
    answer: HttpResponse = getattr(client, method)(address)
    return answer


@pytest.mark.parametrize("name", PAGES)
def test_strangers_learn_nothing(luna: StoreInfo, neighbour: User, sign_in: SignIn, name: str) -> None:
    """Without a log-in every page asks for one; a merchant of another store gets the 404 of no store."""
    for method, needed in zip(METHODS, PAGES[name][1:], strict=True):
        asked = ask(Client(headers={"host": "localhost"}), method, name)
        if needed is None:
            assert asked.status_code == 405, method
            continue
        assert asked.status_code == 302, method
        assert asked["Location"].startswith("/admin/login/"), method
        client = sign_in(neighbour)
        theirs, nobodys = ask(client, method, name), ask(client, method, name, "nobodys")
        assert theirs.status_code == nobodys.status_code == 404, method
        assert theirs.content == nobodys.content, method


@pytest.mark.parametrize("name", PAGES)
def test_a_role_reaches_so_far(viewer: User, editor: User, owner: User, sign_in: SignIn, name: str) -> None:
    """403 for a page above the role, something else for one within it."""
    visitors = [(viewer, Role.VIEWER), (editor, Role.EDITOR), (owner, Role.OWNER)]
    for method, needed in zip(METHODS, PAGES[name][1:], strict=True):
        for user, role in visitors:
            answer = ask(sign_in(user), method, name)
            if needed is None:
                assert answer.status_code == 405, (method, role)
            elif role.reaches(needed):
                assert answer.status_code < 500, (method, role)
                assert answer.status_code not in (403, 405), (method, role)
            else:
                assert answer.status_code == 403, (method, role)
