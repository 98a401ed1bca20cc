"""The AI Service's answers against its contract, mail as Postmark takes it, and the back office's pages."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests

from tests.sandbox_process import SandboxProcess, start_sandbox

from .conftest import Salon
from .openapi import Contract, load_contract


@pytest.fixture
def contract() -> Contract:
    return load_contract("ai-service.openapi.yaml")


def ask(
    sandbox: SandboxProcess, verb: str, path: str, *, key: str | None = None, **options: Any
) -> requests.Response:
    settings = requests.get(f"{sandbox.url}/sandbox/settings.json", timeout=20).json()
    headers = {"X-API-Key": settings["aiServiceKey"] if key is None else key}
    return requests.request(verb, settings["aiServiceUrl"] + path, headers=headers, timeout=20, **options)


def test_every_ai_operation_answers_as_the_contract_says(
    sandbox: SandboxProcess, salons: dict[str, Salon], contract: Contract
) -> None:
    contract.checked.clear()
    for salon in salons.values():
        tenant = salon.tenant_id
        for message in (
            "When are you open?",
            "Was kostet eine Massage?",
            "a beard trim please",
            "zxqv",
            "cancel",
        ):
            body = {"sessionId": "one", "message": message, "context": {"tenantId": tenant}}
            contract.check("post", "/chat", ask(sandbox, "POST", "/chat", json=body), 200)
        for page in ("homepage", "product", "service", "cart", "checkout"):
            body = {"context": page, "tenantId": tenant, "limit": 4}
            found = contract.check("post", "/recommend", ask(sandbox, "POST", "/recommend", json=body), 200)
            assert len(found["recommendations"]) == 4
            suggestions = ask(sandbox, "GET", "/suggestions", params={"context": page, "limit": 2})
            assert len(contract.check("get", "/suggestions", suggestions, 200)["suggestions"]) == 2
        service = salon.a_service()
        body = {"query": service["name"].upper(), "tenantId": tenant}
        found = contract.check("post", "/search", ask(sandbox, "POST", "/search", json=body), 200)
        assert found["results"][0]["id"] == service["id"]
    assert contract.checked == contract.operations()


def test_a_price_in_chat_is_the_one_of_now(sandbox: SandboxProcess, luna: Salon) -> None:
    service = luna.a_service()
    luna.office("PATCH", f"/services/{service['id']}", {"price": 123.45})
    body = {"sessionId": "one", "message": service["name"], "context": {"tenantId": luna.tenant_id}}
    assert "123.45 USD" in ask(sandbox, "POST", "/chat", json=body).json()["response"]


@pytest.mark.parametrize(
    "body", [{}, {"sessionId": "x", "message": ""}, {"sessionId": "x", "message": "y" * 1001}, []]
)
def test_questions_that_do_not_fit_are_refused(
    sandbox: SandboxProcess, contract: Contract, body: Any
) -> None:
    error = contract.check("post", "/chat", ask(sandbox, "POST", "/chat", json=body), 400)["error"]
    assert error["code"] == "INVALID_REQUEST"
    contract.check("post", "/chat", ask(sandbox, "POST", "/chat", key="wrong", json=body), 401)


def test_ai_faults(sandbox: SandboxProcess, luna: Salon, contract: Contract, faults: Any) -> None:
    body = {"query": "cut", "tenantId": luna.tenant_id}
    faults("ai", down="503")
    error = contract.check("post", "/search", ask(sandbox, "POST", "/search", json=body), 503)["error"]
    assert error["code"] == "MODEL_UNAVAILABLE"
    faults("ai", errorRate=1)
    contract.check("post", "/search", ask(sandbox, "POST", "/search", json=body), 500)
    faults("ai", rateLimited=9)
    limited = contract.check("post", "/search", ask(sandbox, "POST", "/search", json=body), 429)
    assert limited["error"]["details"]["retryAfter"] == 9
    assert luna.get("/business").status_code == 200


def test_documented_rate_limit(contract: Contract, luna: Salon, tmp_path: Any) -> None:
    process = start_sandbox(tmp_path, appointments=False)
    try:
        body = {"userId": "one", "context": "homepage", "tenantId": luna.tenant_id, "limit": 1}
        codes = [ask(process, "POST", "/recommend", json=body).status_code for _ in range(51)]
        assert codes == [200] * 50 + [429]
        assert ask(process, "POST", "/recommend", json={**body, "userId": "two"}).status_code == 200
    finally:
        process.stop()


def send_mail(sandbox: SandboxProcess, path: str, body: Any) -> requests.Response:
    headers = {"X-Postmark-Server-Token": "any"}
    return requests.post(f"{sandbox.url}/postmark/{path}", json=body, headers=headers, timeout=20)


def test_mail_is_taken_listed_and_shown_harmless(sandbox: SandboxProcess) -> None:
    calendar = base64.b64encode(b"BEGIN:VCALENDAR").decode()
    mail = {
        "From": "Luna Hair <hello@luna-hair.example.com>",
        "To": "Ada Moss <ada.moss@example.com>",
        "Subject": "Your <visit>",
        "TextBody": "See you",
        "HtmlBody": "<p>See you</p><script>parent.document.title = 'bad'</script>",
        "Attachments": [{"Name": "visit.ics", "Content": calendar, "ContentType": "text/calendar"}],
    }
    answer = send_mail(sandbox, "email", mail).json()
    assert (answer["ErrorCode"], answer["To"]) == (0, mail["To"])
    batch = send_mail(
        sandbox, "email/batch", [{**mail, "To": "bo@example.com", "Subject": "Later"}, {"To": "x"}]
    ).json()
    assert [row["ErrorCode"] for row in batch] == [0, 300]
    url = f"{sandbox.url}/sandbox/mailbox.json"
    assert [row["subject"] for row in requests.get(url, timeout=20).json()["data"]] == [
        "Later",
        "Your <visit>",
    ]
    found = requests.get(url, params={"to": "ADA.moss@example.com"}, timeout=20).json()["data"]
    assert [row["id"] for row in found] == [answer["MessageID"]]
    page = requests.get(f"{sandbox.url}/mailbox/{found[0]['id']}/", timeout=20)
    assert "Your &lt;visit&gt;" in page.text
    html = requests.get(f"{sandbox.url}/mailbox/{found[0]['id']}/html", timeout=20)
    policy = html.headers["Content-Security-Policy"]
    assert "allow-scripts" not in policy
    assert policy.startswith("sandbox ")
    assert "default-src 'none'" in policy
    file = requests.get(sandbox.url + found[0]["attachments"][0]["url"], timeout=20)
    assert (file.content, file.headers["Content-Disposition"]) == (
        b"BEGIN:VCALENDAR",
        'attachment; filename="visit.ics"',
    )
    assert requests.delete(f"{sandbox.url}/sandbox/mailbox", timeout=20).json() == {"deleted": 2}


def search_mail(sandbox: SandboxProcess, **query: Any) -> requests.Response:
    headers = {"X-Postmark-Server-Token": "any"}
    url = f"{sandbox.url}/postmark/messages/outbound"
    return requests.get(url, params=query, headers=headers, timeout=20)


def test_sent_mail_is_found_by_metadata_and_recipient(reset_sandbox: SandboxProcess) -> None:
    sent = {}
    for key in ("one", "two", "two"):
        mail = {"From": "a@example.com", "To": f"Ada <{key}@example.com>", "TextBody": "x"}
        sent[key] = send_mail(reset_sandbox, "email", {**mail, "Metadata": {"email": key}}).json()[
            "MessageID"
        ]
    found = search_mail(reset_sandbox, count=5, offset=0, metadata_email="one").json()
    assert found["TotalCount"] == 1
    assert (found["Messages"][0]["MessageID"], found["Messages"][0]["Metadata"]) == (
        sent["one"],
        {"email": "one"},
    )
    page = search_mail(reset_sandbox, count=1, offset=0, recipient="TWO@example.com").json()
    assert (page["TotalCount"], [row["MessageID"] for row in page["Messages"]]) == (2, [sent["two"]])
    assert search_mail(reset_sandbox, count=1, offset=0, metadata_email="three").json()["Messages"] == []
    for query in ({}, {"count": 1}, {"count": 501, "offset": 0}):
        assert search_mail(reset_sandbox, **query).status_code == 422
    url = f"{reset_sandbox.url}/postmark/messages/outbound?count=1&offset=0"
    assert requests.get(url, timeout=20).status_code == 401


def test_mail_faults(reset_sandbox: SandboxProcess, faults: Any) -> None:
    mail = {"From": "a@example.com", "To": "b@example.com", "TextBody": "x"}
    faults("mail", down="503")
    answer = send_mail(reset_sandbox, "email", mail)
    assert (answer.status_code, answer.json()["ErrorCode"]) == (503, 100)
    faults("mail", errorRate=1)
    assert send_mail(reset_sandbox, "email", mail).status_code == 500
    assert search_mail(reset_sandbox, count=1, offset=0).status_code == 500
    faults("mail", answerLostRate=1)
    with pytest.raises(requests.ConnectionError):
        send_mail(reset_sandbox, "email", mail)
    assert search_mail(reset_sandbox, count=1, offset=0).json()["TotalCount"] == 1
    refused = {"upstream": "mail", "salon": "luna-hair", "faults": {"slow": 1}}
    assert requests.put(f"{reset_sandbox.url}/sandbox/faults", json=refused, timeout=20).status_code == 400


def test_an_inactive_address_is_refused(sandbox: SandboxProcess) -> None:
    mail = {"From": "a@example.com", "To": "Inactive.ada@example.com", "TextBody": "x"}
    answer = send_mail(sandbox, "email", mail)
    assert (answer.status_code, answer.json()["ErrorCode"]) == (422, 406)


PAGES = [
    "",
    "services/",
    "products/",
    "staff/",
    "hours/",
    "orders/",
    "webhooks/",
    "?day=2027-02-28",
    "?day=x",
]


@pytest.mark.parametrize("page", PAGES)
def test_pages_say_what_they_are(salons: dict[str, Salon], page: str) -> None:
    for salon in salons.values():
        answer = requests.get(f"{salon.base}/salons/{salon.slug}/{page}", timeout=20)
        assert answer.status_code == 200
        assert "stands in for Mango Biz" in answer.text


def test_forms_change_what_the_api_answers(luna: Salon) -> None:
    service, product = luna.a_service(), luna.rows("products")[0]
    base = f"{luna.base}/salons/luna-hair"
    form = {"price": "77,50", "isActive": "on"}
    assert requests.post(f"{base}/services/{service['id']}/", data=form, timeout=20).status_code == 200
    changed = luna.get(f"/sync/services/{service['id']}").json()["data"]
    assert (changed["price"], changed["isActive"], changed["isBookableOnline"]) == (77.5, True, False)
    form = {"price": "5", "stockQuantity": "0", "isActive": "on"}
    requests.post(f"{base}/products/{product['id']}/", data=form, timeout=20).raise_for_status()
    assert luna.get(f"/sync/products/{product['id']}").json()["data"]["stockStatus"] == "out_of_stock"
    requests.post(f"{base}/hours/", data={"monday": "9:00-12:00, 13:00-17:30"}, timeout=20).raise_for_status()
    hours = luna.get("/business").json()["data"]["hours"]
    assert hours[0]["spans"] == [{"open": "09:00", "close": "12:00"}, {"open": "13:00", "close": "17:30"}]
    assert hours[1]["spans"] == []
    refused = requests.post(f"{base}/hours/", data={"monday": "17:00-9:00"}, timeout=20)
    assert refused.status_code == 422
    foreign = requests.post(f"{base}/hours/", headers={"Sec-Fetch-Site": "cross-site"}, timeout=20)
    assert foreign.status_code == 403
