"""The chat as a client meets it: the page without scripts and the JSON API, with the AI Service and not."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import msgspec
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from analytics.models import Interaction
from assistant.models import Conversation
from assistant.tasks import purge_conversations
from store.models import Store
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import contract
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db
AiFaults = Callable[..., None]


def ask(guest: Client, message: str, **more: Any) -> Any:
    body = {"message": message, **more}
    return guest.post("/api/v1/assistant/chat", body, content_type="application/json")


def conversations(store: StoreInfo) -> list[Conversation]:
    with store_scope(store):
        return list(Conversation.objects.all())


def test_a_question_is_answered_on_the_page(helped: StoreInfo, guest: Client) -> None:
    response = guest.post("/assistant/", {"message": "How much is a balayage?", "page": "/services/?x=1"})
    assert (response.status_code, response["Location"]) == (303, "/assistant/?page=%2Fservices%2F#latest")
    page = guest.get("/assistant/").content.decode()
    assert "How much is a balayage?" in page
    offer = re.search(r'<article class="offer" aria-label="([^"]+)">(.*?)</article>', page, re.DOTALL)
    assert offer
    assert offer[1] == "Hand-Painted Balayage"
    assert "$295" in offer[2]
    assert re.search(r'href="/book/time/\?service=[0-9a-f-]{36}"', offer[2])
    assert "AI temporarily unavailable" not in page.partition("<template")[0]


def test_the_api_answers_to_its_contract(guest: Client) -> None:
    answer = ask(guest, "How much is a balayage?", page="/services/")
    assert answer.status_code == 200
    operation = contract()["paths"]["/assistant/chat"]["post"]["responses"]["200"]
    check(answer.json(), operation)
    data = answer.json()["data"]
    assert (data["source"], data["notice"]) == ("ai", None)
    assert data["actions"][0]["url"].startswith("/book/time/?service=")


def check(value: Any, operation: dict[str, Any]) -> None:
    from openapi_schema_validator import OAS31Validator

    schema = operation["content"]["application/json"]["schema"]
    errors = list(OAS31Validator({**schema, "components": contract()["components"]}).iter_errors(value))
    assert not errors, errors


def test_the_conversation_is_the_visitors_own(
    helped: StoreInfo,
    guest: Client,
    visit: Callable[[StoreInfo], Client],
    open_store: Callable[[str], StoreInfo],
) -> None:
    ask(guest, "My very own question")
    assert "My very own question" in guest.get("/assistant/").content.decode()
    assert "My very own question" not in visit(helped).get("/assistant/").content.decode()
    neighbour = visit(open_store("one-chair"))
    neighbour.cookies["chat"] = guest.cookies["chat"].value
    assert "My very own question" not in neighbour.get("/assistant/").content.decode()


def test_it_lies_sealed_and_is_deleted(helped: StoreInfo, guest: Client) -> None:
    ask(guest, "Something private")
    [row] = conversations(helped)
    assert b"private" not in row.__dict__["packed_turns"]
    assert row.turns[0].text == "Something private"
    response = guest.post("/assistant/deletion/", follow=True)
    assert "Your conversation is deleted." in response.content.decode()
    assert not conversations(helped)
    assert not guest.cookies["chat"].value
    assert guest.get("/assistant/deletion/").status_code == 405


def test_what_was_kept_with_consent_goes_with_the_conversation(helped: StoreInfo, guest: Client) -> None:
    guest.post("/preferences/", {"personal": "on"})
    ask(guest, "Something private")
    [row] = Interaction.across_stores.filter(kind=Interaction.Kind.CHAT)
    assert row.text == "Something private"
    guest.post("/assistant/deletion/")
    [row] = Interaction.across_stores.filter(kind=Interaction.Kind.CHAT)
    assert row.text is None


def test_without_consent_no_word_is_kept(guest: Client) -> None:
    ask(guest, "Something private")
    [row] = Interaction.across_stores.filter(kind=Interaction.Kind.CHAT)
    assert (row.text, row.visitor, row.source, row.outcome) == (None, "", "ai", "ok")


def test_a_visit_that_is_over_is_forgotten(helped: StoreInfo, guest: Client) -> None:
    ask(guest, "Before the night")
    with time_machine.travel(timezone.now() + timedelta(hours=13)):
        assert "Before the night" not in guest.get("/assistant/").content.decode()
        ask(guest, "The next morning")
        [row] = conversations(helped)
        assert [turn.text for turn in row.turns if turn.role == "client"] == ["The next morning"]
    with time_machine.travel(timezone.now() + timedelta(hours=26)):
        purge_conversations()
    assert not conversations(helped)


# --- what the AI Service is told ---


class Listener(BaseHTTPRequestHandler):
    """An AI Service that keeps what it is told and answers as the test says."""

    told: list[Any] = []
    reply: Any = {"response": "Yes."}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).told.append(msgspec.json.decode(body))
        answer = msgspec.json.encode(type(self).reply)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def listener(helped: StoreInfo, settings: Any) -> Any:
    Listener.told, Listener.reply = [], {"response": "Yes."}
    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.AI_SERVICE_URL = f"http://127.0.0.1:{server.server_port}/api/v1/ai"
    yield Listener
    server.shutdown()
    server.server_close()


def test_page_cart_language_and_last_messages_are_told(
    helped: StoreInfo, guest: Client, listener: type[Listener]
) -> None:
    with store_scope(helped):
        from catalog.queries import get_catalog

        product = next(row for row in get_catalog().products if row.is_available)
    guest.post("/cart/items/", {"product": str(product.id), "quantity": 2})
    ask(guest, "First", page="/shop/?token=secret")
    ask(guest, "Second", page="https://evil.example/")
    first, second = listener.told
    assert first["message"] == "First"
    assert first["context"]["tenantId"] == str(helped.tenant_id)
    assert (first["context"]["page"], first["context"]["language"]) == ("/shop/", "en")
    [item] = first["context"]["cart"]["items"]
    assert (item["id"], item["quantity"], item["price"]) == (str(product.id), 2, float(product.price))
    assert first["context"]["cart"]["total"] == float(product.price * 2)
    assert second["context"].get("page", "") == ""
    assert second["context"]["previousMessages"] == [
        {"role": "user", "content": "First"},
        {"role": "assistant", "content": "Yes."},
    ]
    assert first["sessionId"] == second["sessionId"]
    assert guest.cookies["chat"].value not in str(listener.told)


def test_a_new_conversation_is_another_one_to_the_ai_service(guest: Client, listener: type[Listener]) -> None:
    ask(guest, "First")
    guest.post("/assistant/deletion/")
    ask(guest, "Second")
    first, second = listener.told
    assert first["sessionId"] != second["sessionId"]
    assert not second["context"].get("previousMessages")


def test_what_a_hostile_model_says_is_harmless(guest: Client, listener: type[Listener]) -> None:
    listener.reply = {
        "response": "<script>alert(1)</script> [now](https://evil.example/) a cut is $1",
        "suggestions": ["<b>bold</b>", "x" * 5000, "", *["more"] * 30],
        "actions": [
            {"type": "navigate", "label": "<i>Go</i>", "payload": {"url": "https://evil.example/"}},
            {"type": "navigate", "label": "<i>Go</i>", "payload": {"url": "/services/"}},
            {"type": "add_to_cart", "label": "Buy", "payload": {"productId": "../../etc/passwd"}},
            {"type": "unheard_of", "label": "?", "payload": {}},
        ],
    }
    data = ask(guest, "Hello").json()["data"]
    assert "<script" not in data["html"]
    assert "evil.example/" not in data["html"]
    assert "$1" not in data["html"]
    assert data["actions"] == [{"label": "<i>Go</i>", "url": "/services/"}]  # text, as everything in JSON
    assert "&lt;i&gt;Go" in data["html"]
    assert len(data["suggestions"]) <= 4
    assert max(map(len, data["suggestions"])) <= 60
    page = guest.get("/assistant/").content.decode()
    assert "<b>bold" not in page
    assert "<script>alert" not in page


# --- without the AI Service ---


@pytest.mark.parametrize(
    "faults", [{"down": "503"}, {"down": "close"}, {"errorRate": 1}, {"garbage": True}], ids=str
)
def test_without_it_the_salons_facts_answer(
    guest: Client, ai_faults: AiFaults, faults: dict[str, Any]
) -> None:
    ai_faults(**faults)
    answer = ask(guest, "When are you open?")
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert (data["source"], data["notice"]) == ("fallback", "AI temporarily unavailable")
    assert "Opening hours this week" in data["html"]
    assert data["suggestions"]
    page = guest.get("/assistant/").content.decode()
    assert "AI temporarily unavailable" in page.partition("<template")[0]


def test_when_the_ai_service_takes_no_more_it_is_said(guest: Client, ai_faults: AiFaults) -> None:
    ai_faults(rateLimited=17)
    answer = ask(guest, "Hello")
    assert (answer.status_code, answer["Retry-After"]) == (429, "17")
    assert answer.json()["error"]["code"] == "RATE_LIMITED"
    response = guest.post("/assistant/", {"message": "Is this kept?"})
    assert (response.status_code, response["Retry-After"]) == (429, "17")
    page = response.content.decode()
    assert "Please wait 17 seconds" in page
    assert "Is this kept?</textarea>" in page


# --- limits and manners ---


def test_so_many_messages_a_minute_as_the_merchant_says(
    helped: StoreInfo, guest: Client, visit: Callable[[StoreInfo], Client], listener: type[Listener]
) -> None:
    Store.objects.filter(pk=helped.id).update(chat_per_minute=2)
    from store.queries import forget_hosts

    forget_hosts()
    with time_machine.travel("2027-01-05T12:00:01Z", tick=False):
        ask(guest, "This one opens the conversation")
        statuses = [ask(guest, f"Message {number}").status_code for number in range(3)]
        assert statuses == [200, 200, 429]
        assert ask(visit(helped), "Somebody else").status_code == 200
    with time_machine.travel("2027-01-05T12:01:01Z", tick=False):
        assert ask(guest, "A minute later").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"message": ""}, 422),
        ({"message": "   "}, 422),
        ({}, 422),
        ({"message": "x" * 1001}, 422),
        ({"message": "a\x00b"}, 422),
        ({"message": 5}, 422),
    ],
)
def test_what_is_no_message_is_refused(guest: Client, body: dict[str, Any], status: int) -> None:
    answer = guest.post("/api/v1/assistant/chat", body, content_type="application/json")
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == "VALIDATION_ERROR"


def test_an_empty_message_says_so_beside_the_field(guest: Client) -> None:
    response = guest.post("/assistant/", {"message": " "})
    assert response.status_code == 422
    assert "Write what you would like to know." in response.content.decode()


@pytest.mark.parametrize("why", ["switched off", "no key"])
def test_without_an_assistant_there_is_no_trace_of_it(
    helped: StoreInfo, guest: Client, settings: Any, why: str
) -> None:
    from store.queries import forget_hosts

    if why == "no key":
        settings.AI_SERVICE_KEY = ""
    else:
        Store.objects.filter(pk=helped.id).update(has_ai=False)
    forget_hosts()
    for path in ("/", "/services/", "/shop/", "/cart/", "/search/?q=cut"):
        page = guest.get(path).content.decode().lower()
        assert "assistant" not in page
        assert "chat" not in page
    assert guest.get("/assistant/").status_code == 404
    assert guest.get("/assistant/panel/").status_code == 404
    assert ask(guest, "Hello").status_code == 404
    assert guest.get("/search/?q=cut").status_code == 200


def test_pages_with_the_button_are_the_same_for_everybody(
    helped: StoreInfo, guest: Client, visit: Callable[[StoreInfo], Client]
) -> None:
    ask(guest, "Something")
    assert guest.get("/about/").content == visit(helped).get("/about/").content


def test_a_panel_holds_the_same_conversation(guest: Client, sandbox: SandboxProcess) -> None:
    ask(guest, "Remember this")
    panel = guest.get("/assistant/panel/?page=/services/").content.decode()
    assert panel.startswith("<chat-talk")
    assert "Remember this" in panel
    assert 'name="page" value="/services/"' in panel
    assert "new conversation" in panel


def test_quick_replies_are_the_ai_services_in_its_language_and_ours_in_others(
    guest: Client,
    open_store: Callable[[str], StoreInfo],
    visit: Callable[[StoreInfo], Client],
    ai_faults: AiFaults,
) -> None:
    assert "Which service suits me?" in guest.get("/assistant/").content.decode()
    spa = visit(open_store("stille-spa")).get("/assistant/").content.decode()
    assert "Wann haben Sie geöffnet?" in spa
    ai_faults(down="close")
    assert "When are you open?" in guest.get("/assistant/").content.decode()
    rows = Interaction.across_stores.filter(kind=Interaction.Kind.SUGGESTION).order_by("created_at")
    assert [(row.outcome, row.source) for row in rows] == [("ok", "ai"), ("unavailable", "fallback")]
