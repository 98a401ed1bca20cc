"""What the AI Service's stand-in says to what clients ask, each answer held against the contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from tests.sandbox_process import SandboxProcess, start_sandbox

from .conftest import WEEKDAYS, Salon
from .openapi import Contract, load_contract

Ask = Callable[..., Any]


@pytest.fixture
def contract() -> Contract:
    return load_contract("ai-service.openapi.yaml")


def call(sandbox: SandboxProcess, verb: str, path: str, **options: Any) -> requests.Response:
    settings = requests.get(f"{sandbox.url}/sandbox/settings.json", timeout=20).json()
    headers = {"X-API-Key": settings["aiServiceKey"], **options.pop("headers", {})}
    return requests.request(verb, settings["aiServiceUrl"] + path, headers=headers, timeout=20, **options)


@pytest.fixture
def ask(sandbox: SandboxProcess, salons: dict[str, Salon], contract: Contract) -> Ask:
    """ask(slug, message, **context) is a ChatResponse."""

    def chat(slug: str, message: str, **context: Any) -> Any:
        body = {
            "sessionId": "one",
            "message": message,
            "context": {"tenantId": salons[slug].tenant_id, **context},
        }
        return contract.check("post", "/chat", call(sandbox, "POST", "/chat", json=body), 200)

    return chat


def named(salon: Salon, kind: str, name: str) -> dict[str, Any]:
    return next(row for row in salon.rows(kind) if row["name"] == name)


SAYINGS = [
    ("luna-hair", "How much is balayage?", "price", "295.00 USD"),
    ("luna-hair", "how long does a precision bob take?", "duration", "75 minutes"),
    ("luna-hair", "who does balayage?", "staff", "Yuki Tanabe"),
    ("luna-hair", "who is Marisol?", "staff", "Founder & Colorist"),
    ("luna-hair", "where are you?", "place", "1412 Half Moon Court"),
    ("luna-hair", "is there parking?", "faq", "Four spaces"),
    ("luna-hair", "do I need a patch test?", "faq", "48 hours"),
    ("luna-hair", "how do I cancel my appointment?", "cancel", "24 hours"),
    ("luna-hair", "do I need a deposit?", "deposit", "comes off your bill"),
    ("luna-hair", "can I return a product?", "returns", "30 days"),
    ("luna-hair", "do you ship?", "shipping", "6.95 USD"),
    ("luna-hair", "can I talk to a human?", "human", "+12135550142"),
    ("luna-hair", "is Moon Milk in stock?", "stock", "28.00 USD"),
    ("luna-hair", "what does a visit cost?", "price", "from 18.00 USD"),
    ("luna-hair", "What are your opening hours?", "hours", "- Monday: closed"),
    ("luna-hair", "hello", "greeting", "Hello!"),
    ("luna-hair", "zxqv", "unknown", "+12135550142"),
    ("stille-spa", "Was kostet die Heißsteinmassage?", "price", "124,00 EUR"),
    ("stille-spa", "Wie lange dauert die Heisssteinmassage?", "duration", "90 Minuten"),
    ("stille-spa", "Wer macht Lymphdrainage?", "staff", "Johanna Weißenfels"),
    ("stille-spa", "Wie kann ich stornieren?", "cancel", "48 Stunden"),
    ("stille-spa", "Gibt es Gutscheine?", "faq", "drei Jahre"),
    ("stille-spa", "Guten Morgen", "greeting", "Guten Tag!"),
    ("stille-spa", "What are your opening hours?", "hours", "We are open"),
    ("sen-nails", "Tiệm mở cửa mấy giờ?", "hours", "Thứ ba: nghỉ"),
    ("sen-nails", "Sơn gel giá bao nhiêu?", "price", "42.00 USD"),
    ("sen-nails", "Chào tiệm", "greeting", "chào bạn"),
    ("sen-nails", "Có nói tiếng Việt không?", "faq", "tiếng Việt"),
    ("one-chair", "beard trim", "catalogue", "32.00 AUD"),
    ("one-chair", "where do I park?", "faq", "fence"),
]


@pytest.mark.parametrize(("slug", "message", "topic", "words"), SAYINGS, ids=lambda value: value)
def test_it_answers_from_the_salons_own_rows(
    ask: Ask, slug: str, message: str, topic: str, words: str
) -> None:
    reply = ask(slug, message)
    assert (reply["metadata"]["topic"], words in reply["response"]) == (topic, True), reply["response"]


@pytest.mark.parametrize(
    ("slug", "message", "day", "words"),
    [
        ("luna-hair", "are you open on christmas day?", (12, 25), "**closed**"),
        ("stille-spa", "Heiligabend offen?", (12, 24), "**geschlossen**"),
    ],
)
def test_feasts_are_known_by_name(
    ask: Ask, salons: dict[str, Salon], slug: str, message: str, day: tuple[int, int], words: str
) -> None:
    """Whichever year's is the next one."""
    year = datetime.now(UTC).year
    closed = [{"date": date(year + later, *day).isoformat(), "spans": []} for later in (0, 1)]
    salons[slug].office("PATCH", "/business", {"specialHours": closed})
    reply = ask(slug, message)
    assert (reply["metadata"]["topic"], words in reply["response"]) == ("hours", True), reply["response"]


def test_the_clients_language_goes_before_the_pages(ask: Ask) -> None:
    assert "Morgen haben wir" in ask("stille-spa", "Haben Sie morgen geöffnet?", language="en-US")["response"]
    assert "tomorrow" in ask("stille-spa", "can I come tomorrow", language="de-DE")["response"].lower()
    assert "kostet" in ask("stille-spa", "Heißsteinmassage", language="de")["response"]
    assert "costs" in ask("stille-spa", "Heißsteinmassage", language="en")["response"]


def test_hours_of_a_day_are_those_of_that_day(ask: Ask, luna: Salon) -> None:
    business = luna.get("/business").json()["data"]
    hours = [
        {"day": day, "spans": [{"open": "10:15", "close": f"1{n}:30"}]} for n, day in enumerate(WEEKDAYS)
    ]
    today = datetime.now(ZoneInfo(business["timezone"])).date()
    tomorrow = today + timedelta(days=1)
    feast = {"date": tomorrow.isoformat(), "note": "Inventory: closed", "spans": []}
    luna.office("PATCH", "/business", {"hours": hours, "specialHours": []})
    assert "**10:15–16:30**" in ask("luna-hair", "are you open on sunday?")["response"]
    assert f"**10:15–1{tomorrow.weekday()}:30**" in ask("luna-hair", "open tomorrow?")["response"]
    luna.office("PATCH", "/business", {"specialHours": [feast]})
    for message in ("open tomorrow?", "are you open on inventory day?"):
        assert "**closed**. (Inventory: closed)" in ask("luna-hair", message)["response"]
    reply = ask("luna-hair", "can I come tomorrow?")
    assert "**closed**" in reply["response"]


# --- what can be done about it --------------------------------------------------------------------------


def actions_of(reply: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(action["type"], action["payload"]) for action in reply["actions"]]


@pytest.mark.parametrize("message", ["book a balayage", "I'd like an appointment for balayage please"])
def test_booking_names_the_service(ask: Ask, luna: Salon, message: str) -> None:
    service = named(luna, "services", "Hand-Painted Balayage")
    reply = ask("luna-hair", message)
    assert actions_of(reply)[0] == ("book_appointment", {"serviceId": service["id"]})
    assert reply["actions"][0]["label"] == "Book Hand-Painted Balayage"


@pytest.mark.parametrize(
    ("slug", "message"),
    [
        ("luna-hair", "can I come tomorrow afternoon?"),
        ("stille-spa", "Kann ich morgen Nachmittag kommen?"),
        ("stille-spa", "Ich möchte morgen eine Aromaölmassage buchen"),
        ("sen-nails", "Em muốn đặt lịch ngày mai"),
    ],
)
def test_booking_carries_the_day(ask: Ask, salons: dict[str, Salon], slug: str, message: str) -> None:
    zone = ZoneInfo(salons[slug].get("/business").json()["data"]["timezone"])
    tomorrow = (datetime.now(zone) + timedelta(days=1)).date().isoformat()
    kind, payload = actions_of(ask(slug, message))[0]
    assert kind == "book_appointment"
    assert payload["appointmentData"] == {"date": tomorrow}
    assert payload["serviceId"] in {row["id"] for row in salons[slug].rows("services")}


def test_a_service_that_is_not_booked_online_is_shown_with_the_phone(ask: Ask, luna: Salon) -> None:
    service = named(luna, "services", "Precision Bob")
    luna.office("PATCH", f"/services/{service['id']}", {"isBookableOnline": False})
    reply = ask("luna-hair", "book a precision bob")
    assert "+12135550142" in reply["response"]
    assert actions_of(reply) == [("view_details", {"serviceId": service["id"]})]


def test_a_product_can_be_put_into_the_cart_while_there_is_some(ask: Ask, luna: Salon) -> None:
    product = named(luna, "products", "Violet Hour Shampoo")
    wanted = {"productId": product["id"]}
    for message in ("add Violet Hour Shampoo to my cart", "violet hour shampoo", "is violet hour in stock?"):
        reply = ask("luna-hair", message)
        assert actions_of(reply) == [("add_to_cart", wanted), ("view_details", wanted)]
    luna.office("PATCH", f"/products/{product['id']}", {"stockQuantity": 0, "stockStatus": "out_of_stock"})
    for message in ("add Violet Hour Shampoo to my cart", "violet hour shampoo", "is violet hour in stock?"):
        reply = ask("luna-hair", message)
        assert "sold out" in reply["response"]
        assert actions_of(reply) == [("view_details", wanted)]


@pytest.mark.parametrize(
    ("message", "url"),
    [
        ("show me all services", "/services/"),
        ("what products do you sell", "/shop/"),
        ("who works there", "/team/"),
        ("go to checkout", "/cart/"),
        ("zxqv", "/services/"),
    ],
)
def test_it_leads_to_pages(ask: Ask, message: str, url: str) -> None:
    assert ("navigate", {"url": url}) in actions_of(ask("luna-hair", message))


# --- what was said before, and where -------------------------------------------------------------------


def test_a_question_is_about_what_was_named_before(ask: Ask) -> None:
    def after(message: str, *turns: tuple[str, str]) -> str:
        said = [{"role": role, "content": content} for role, content in turns]
        return str(ask("luna-hair", message, previousMessages=said)["response"])

    earlier = (("user", "How much is a silk press?"), ("assistant", "**Silk Press** costs 120."))
    assert "Silk Press" in after("how long does it take?", *earlier)
    assert "Silk Press" in after("and who does it?", *earlier)
    assert "Silk Press" in after("book it for saturday", *earlier)
    assert "Precision Bob" in after("how much is the precision bob?", *earlier)
    assert "Precision Bob" in after(
        "how much is it?", ("user", "hi"), ("assistant", "Try a **Precision Bob**")
    )
    newest = (*earlier, ("user", "and a precision bob?"), ("assistant", "It costs 115."))
    assert "Precision Bob" in after("how long does it take?", *newest)


def test_a_question_is_about_what_the_page_shows(ask: Ask, luna: Salon) -> None:
    service, product = luna.rows("services")[3], luna.rows("products")[2]
    page = f"/services/{service['id']}-any-words/"
    assert service["name"] in ask("luna-hair", "how much is this?", page=page)["response"]
    assert service["name"] in ask("luna-hair", "book this service", page=page)["response"]
    page = f"/shop/{product['id']}-x/"
    assert product["name"] in ask("luna-hair", "add this to my cart", page=page)["response"]
    for nonsense in ("/services/", "/services/00000000-0000-4000-8000-000000000000-x/", "\x00/shop/x", ""):
        ask("luna-hair", "how much is this?", page=nonsense)


# --- quick replies, counting, faults -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "Book an appointment"), ("Wann haben Sie", "Termin buchen"), ("tiệm mở cửa", "Đặt")],
)
def test_quick_replies_are_in_the_language_that_is_typed(
    sandbox: SandboxProcess, contract: Contract, typed: str, words: str
) -> None:
    params = {"context": "homepage", "currentMessage": typed}
    found = contract.check("get", "/suggestions", call(sandbox, "GET", "/suggestions", params=params), 200)
    assert any(row["text"].startswith(words) for row in found["suggestions"])


@pytest.mark.parametrize(
    "message", ["\x00", "?", "🤖" * 1000, "how long does it take", "31.02. 2026-02-31", "open 24.12."]
)
def test_it_has_an_answer_to_everything(ask: Ask, message: str) -> None:
    for slug in ("luna-hair", "sen-nails", "stille-spa", "one-chair"):
        said = [{"role": "user", "content": message}, {"role": "assistant", "content": message}]
        assert ask(slug, message, previousMessages=said, language="xx")["response"]


def test_searches_are_counted_by_whom_they_are_for(luna: Salon, contract: Contract, tmp_path: Any) -> None:
    process = start_sandbox(tmp_path, appointments=False)

    def search(caller: str) -> requests.Response:
        headers = {"Forwarded": f'for="{caller}";proto=https'} if caller else {}
        body = {"query": "bob", "tenantId": luna.tenant_id, "limit": 1}
        return call(process, "POST", "/search", json=body, headers=headers)

    try:
        assert {search("_one").status_code for _ in range(200)} == {200}
        limited = contract.check("post", "/search", search("_one"), 429)["error"]
        assert (limited["code"], 0 < limited["details"]["retryAfter"] <= 60) == ("RATE_LIMITED", True)
        assert {search(caller).status_code for caller in ("_two", "")} == {200}
    finally:
        process.stop()


def test_a_used_up_quota_says_for_how_long(
    sandbox: SandboxProcess, luna: Salon, contract: Contract, faults: Any
) -> None:
    faults("ai", quota=77)
    answer = call(sandbox, "GET", "/suggestions", params={"context": "cart"})
    error = contract.check("get", "/suggestions", answer, 429)["error"]
    assert (error["code"], error["details"]) == ("QUOTA_EXCEEDED", {"retryAfter": 77})


def test_hostile_answers_fit_the_contract_and_mean_no_good(
    sandbox: SandboxProcess, salons: dict[str, Salon], ask: Ask, contract: Contract, faults: Any
) -> None:
    faults("ai", hostile=True)
    for slug, salon in salons.items():
        reply = ask(slug, "hello")
        product = salon.rows("products")[0]
        assert f"**{product['name']}** costs only **0.01" in reply["response"]
        for bad in ("<script", "onerror=", "javascript:", "data:text", "evil.example", "Ignore previous"):
            assert bad in reply["response"]
        urls = {payload.get("url") for _, payload in actions_of(reply)}
        assert {"https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"} <= urls
        ids = {payload.get("productId") for _, payload in actions_of(reply)} - {None}
        foreign = {
            row["id"] for other in salons.values() if other is not salon for row in other.rows("products")
        }
        assert foreign & ids
        assert max(len(action["label"]) for action in reply["actions"]) == 10_000
        body = {"tenantId": salon.tenant_id, "context": "cart"}
        found = contract.check("post", "/recommend", call(sandbox, "POST", "/recommend", json=body), 200)
        assert "<script" in found["recommendations"][0]["reason"]
        body = {"tenantId": salon.tenant_id, "query": product["name"]}
        found = contract.check("post", "/search", call(sandbox, "POST", "/search", json=body), 200)
        assert "<script" in found["results"][0]["title"]
    answer = call(sandbox, "GET", "/suggestions", params={"context": "cart"})
    assert "<script" in contract.check("get", "/suggestions", answer, 200)["suggestions"][0]["text"]


def test_the_switches_of_the_assistant_are_its_own(sandbox: SandboxProcess, faults: Any) -> None:
    for upstream in ("mangobiz", "mail", "stripe"):
        body = {"upstream": upstream, "faults": {"hostile": True}}
        assert requests.put(f"{sandbox.url}/sandbox/faults", json=body, timeout=20).status_code == 400
    form = {"upstream": "ai", "salon": "*", "hostile": "on", "quota": "9"}
    assert requests.post(f"{sandbox.url}/faults/", data=form, timeout=20).status_code == 200
    assert requests.get(f"{sandbox.url}/sandbox/faults", timeout=20).json()["ai"] == {
        "*": {"hostile": True, "quota": 9}
    }
