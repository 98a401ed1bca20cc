"""Who is believed: every valid signature, through every rotation, and nothing else."""

from __future__ import annotations

import base64
import random
import time
import uuid
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from store import queries
from store.models import Store
from tests.webhooks.conftest import Sender
from webhooks.models import InboxEvent

pytestmark = pytest.mark.django_db

PATH = "/webhooks/services/updated"


def new_secret() -> str:
    return "whsec_" + base64.b64encode(uuid.uuid4().bytes + uuid.uuid4().bytes).decode()


def set_secrets(*secrets: str) -> None:
    store = Store.objects.get(slug="luna-hair")
    store.webhook_secrets = "\n".join(secrets)
    store.save()


def set_secrets_elsewhere(*secrets: str) -> None:
    """As another process does it: nobody tells this one."""
    store = Store.objects.get(slug="luna-hair")
    store.webhook_secrets = "\n".join(secrets)
    remembered = dict(queries._remembered_keys)
    store.save()
    queries._remembered_keys.update(remembered)


def test_each_active_secret_is_believed(mango: Sender) -> None:
    old, new = mango.secrets[0], new_secret()
    set_secrets(new, old)
    for signing in ([old], [new], [new, old], [old, new]):
        mango.secrets = signing
        assert mango.send("services.updated").status_code == 202
    set_secrets(new)
    mango.secrets = [old]
    assert mango.send("services.updated").status_code == 401


@pytest.mark.parametrize("off", [-301, 301, -86400, 86400])
def test_more_than_five_minutes_off(mango: Sender, off: int) -> None:
    with time_machine.travel(1_780_000_000, tick=False):
        assert mango.send("services.updated", at=1_780_000_000 + off).status_code == 401


@pytest.mark.parametrize("off", [-299, 0, 299])
def test_less_than_five_minutes_off(mango: Sender, off: int) -> None:
    with time_machine.travel(1_780_000_000, tick=False):
        assert mango.send("services.updated", at=1_780_000_000 + off).status_code == 202


JUNK = [
    "v1",
    "v1,",
    ",",
    "v1,%",
    "v2,abc=",
    "v1a,abc",
    "v1,é",
    "v1,a,b",
    "v1," + "A" * 44,
    "",
    "v1," + "A" * 43 + "=",
]


@pytest.mark.parametrize("junk", JUNK)
def test_one_good_signature_among_junk(mango: Sender, junk: str) -> None:
    raw = mango.body("services.updated")
    headers = mango.headers(raw)
    good = headers["webhook-signature"]
    for listed in (f"{junk} {good}", f"{good} {junk}", f"{junk} {junk} {good} {junk}"):
        headers["webhook-signature"] = listed
        assert mango.post(PATH, raw, headers).status_code == 202


@pytest.mark.parametrize("junk", JUNK)
def test_junk_alone(mango: Sender, junk: str) -> None:
    answer = mango.send("services.updated", webhook_signature=junk)
    assert answer.status_code == (401 if junk else 400)


WRONG: dict[str, Callable[[str], str]] = {
    "plus": lambda at: f"+{at}",
    "fraction": lambda at: f"{at}.0",
    "zero in front": lambda at: f"0{at}",
    "underscore": lambda at: f"{at[:3]}_{at[3:]}",
    "exponent": lambda at: f"{at}e0",
    "blank": lambda at: f"{at} x",
    "nan": lambda _at: "nan",
    "endless": lambda _at: "inf",
    "far": lambda _at: "9" * 40,
    "negative": lambda at: f"-{at}",
    "other digits": lambda at: at.translate({ord(digit): ord(digit) + 0x80 for digit in "0123456789"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_timestamp_spelled_otherwise(mango: Sender, name: str) -> None:
    raw = mango.body("services.updated")
    headers = mango.headers(raw)
    headers["webhook-timestamp"] = WRONG[name](headers["webhook-timestamp"])
    assert mango.post(PATH, raw, headers).status_code == 401


def test_unknown_tenant_bad_signature_and_bad_time_are_one_answer(mango: Sender, neighbour: Sender) -> None:
    stranger = Sender(str(uuid.uuid4()), [new_secret()])
    answers = [
        stranger.send("services.updated"),
        Sender(mango.tenant, [new_secret()]).send("services.updated"),
        mango.send("services.updated", at=time.time() - 4000),
        mango.send("services.updated", Mango_Tenant=neighbour.tenant),
        mango.send("services.updated", Mango_Tenant="nobody"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1


@pytest.mark.parametrize("secrets", [[], [""], ["whsec_"], ["whsec_é"], ["%%%"]])
def test_without_a_usable_secret_nobody_is_believed(mango: Sender, secrets: list[str]) -> None:
    set_secrets(*secrets)
    assert mango.send("services.updated").status_code == 401


def test_one_unusable_secret_does_not_spoil_the_other(mango: Sender) -> None:
    set_secrets("%%%", *mango.secrets)
    assert mango.send("services.updated").status_code == 202


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it within one second."""
    monkeypatch.setattr(queries, "time", SimpleNamespace(monotonic=lambda: 1000.5))


@pytest.mark.usefixtures("stopped_clock")
def test_a_rotation_elsewhere_never_fails_a_valid_one(mango: Sender) -> None:
    """This process remembers the old secret: a signature that does not match makes it look again."""
    assert mango.send("services.updated").status_code == 202
    for _ in range(19):
        mango.secrets = [new_secret()]
        set_secrets_elsewhere(*mango.secrets)
        assert mango.send("services.updated").status_code == 202
    assert InboxEvent.across_stores.count() == 20


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize("is_known", [True, False])
def test_a_flood_of_forgeries_costs_a_look_now_and_then(mango: Sender, is_known: bool) -> None:
    """A known tenant costs what an unknown one costs."""
    forger = Sender(mango.tenant if is_known else str(uuid.uuid4()), [new_secret()])
    with CaptureQueriesContext(connection) as asked:
        for _ in range(60):
            assert forger.send("services.updated").status_code == 401
    assert len(asked) == queries.LOOKS_A_SECOND


def test_mutated_requests_are_never_believed(mango: Sender) -> None:
    """One character of what is signed, or of the signature, put in, left out or changed."""
    dice = random.Random(3)
    raw = mango.body("services.updated")
    good = mango.headers(raw)
    for _ in range(600):
        headers, body = dict(good), raw
        part = dice.choice(["webhook-id", "webhook-timestamp", "webhook-signature", "Mango-Tenant", "body"])
        if part == "body":
            body = mutate(raw.decode(), dice).encode()
        else:
            headers[part] = mutate(headers[part], dice)
        answer = mango.post(PATH, body, headers)
        assert answer.status_code in {400, 401}, (part, headers[part] if part != "body" else body)
    assert not InboxEvent.across_stores.exists()
    assert mango.post(PATH, raw, good).status_code == 202


def mutate(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text))
    letter = dice.choice([letter for letter in "abcXYZ0189+/=-_.,%" if letter != text[at]])
    return dice.choice(
        [text[:at] + letter + text[at:], text[:at] + text[at + 1 :], text[:at] + letter + text[at + 1 :]]
    )
