"""One slot, one booking: idempotency, races, prices, lost answers and the other faults."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.sandbox_process import SandboxProcess, start_sandbox

from .conftest import Salon, in_days, new_key

CALLERS = 30


@pytest.fixture
def offer(luna: Salon) -> tuple[dict[str, Any], dict[str, Any]]:
    """A slot and the service it is for."""
    luna.open_daily(("09:00", "17:00"))
    service = luna.a_service()
    return luna.slots(service["id"], in_days(5))[8], service


def test_one_slot_goes_to_one_of_thirty(luna: Salon, offer: Any) -> None:
    slot, service = offer
    body = luna.a_booking(slot, service)
    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(pool.map(lambda _: luna.book(body), range(CALLERS)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (CALLERS - 1)
    error = next(answer for answer in answers if answer.status_code == 409).json()["error"]
    alternatives = error["details"]["alternatives"]
    assert (error["code"], len(alternatives)) == ("SLOT_UNAVAILABLE", 5)
    assert alternatives == sorted(alternatives, key=lambda other: other["startTime"])
    assert all(body["staffId"] in other["staffIds"] for other in alternatives)
    assert luna.book({**body, "startTime": alternatives[0]["startTime"]}).status_code == 201


def test_the_same_key_makes_one_booking(luna: Salon, offer: Any) -> None:
    slot, service = offer
    body, key = luna.a_booking(slot, service), new_key()
    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(pool.map(lambda _: luna.book(body, key), range(CALLERS)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(luna.get("/bookings", idempotencyKey=key).json()["data"]) == 1


def test_the_order_and_spacing_of_a_body_do_not_matter_but_its_content_does(luna: Salon, offer: Any) -> None:
    slot, service = offer
    body, key = luna.a_booking(slot, service), new_key()
    first = luna.book(body, key)
    turned = luna.book(dict(reversed(body.items())), key)
    assert (turned.status_code, turned.text) == (201, first.text)
    other = luna.book({**body, "notes": "Other"}, key)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_MISMATCH")
    assert luna.book(body, key).text == first.text


def test_a_refusal_is_repeated_too(luna: Salon, offer: Any) -> None:
    slot, service = offer
    body, key = luna.a_booking(slot, service), new_key()
    made = luna.book(body).json()["data"]
    refused = luna.book(body, key)
    luna.call("DELETE", f"/bookings/{made['id']}")
    again = luna.book(body, key)
    assert (again.status_code, again.text) == (409, refused.text)
    assert luna.book(body).status_code == 201


def test_a_changed_price_is_told_and_nothing_is_booked(luna: Salon, offer: Any) -> None:
    slot, service = offer
    luna.office("PATCH", f"/services/{service['id']}", {"price": 104.35})
    add_on = service["addOns"][0]
    body = luna.a_booking(slot, service, expectedTotal=service["price"] + add_on["price"])
    body["items"] = [{"serviceId": service["id"], "addOnIds": [add_on["id"]]}]
    error = luna.book(body).json()["error"]
    right = round(104.35 + add_on["price"], 2)
    assert (error["code"], error["details"]) == ("PRICE_CHANGED", {"totalPrice": right})
    made = luna.book({**body, "expectedTotal": right}).json()["data"]
    assert (made["totalPrice"], made["items"][0]["price"]) == (right, right)


@pytest.mark.parametrize("minutes", [7, -60 * 24 * 30, 60 * 24 * 3000])
def test_times_that_were_never_offered_are_refused(luna: Salon, offer: Any, minutes: int) -> None:
    from datetime import datetime, timedelta

    slot, service = offer
    moment = datetime.fromisoformat(slot["startTime"]) + timedelta(minutes=minutes)
    answer = luna.book(luna.a_booking(slot, service, startTime=moment.isoformat()))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "SLOT_UNAVAILABLE")
    assert len(answer.json()["error"]["details"]["alternatives"]) == 5


def test_a_booking_can_move_over_itself_but_not_over_another(luna: Salon, offer: Any) -> None:
    slot, service = offer
    slots = luna.slots(service["id"], in_days(5), staffId=slot["staffIds"][0])
    mine = luna.book(luna.a_booking(slots[0], service)).json()["data"]
    other = luna.book(luna.a_booking(slots[8], service)).json()["data"]
    path = f"/bookings/{mine['id']}"
    moved = luna.call("PUT", path, key=new_key(), json={"startTime": slots[1]["startTime"]}).json()["data"]
    assert (moved["startTime"], moved["version"]) == (slots[1]["startTime"], 2)
    clash = luna.call("PUT", path, key=new_key(), json={"startTime": slots[7]["startTime"]})
    assert (clash.status_code, clash.json()["error"]["code"]) == (409, "SLOT_UNAVAILABLE")
    luna.call("DELETE", f"/bookings/{other['id']}")
    assert luna.call("PUT", path, key=new_key(), json={"startTime": slots[7]["startTime"]}).status_code == 200


def test_an_answer_lost_after_the_work_can_be_looked_up(luna: Salon, offer: Any, faults: Any) -> None:
    slot, service = offer
    body, key = luna.a_booking(slot, service), new_key()
    faults("mangobiz", answerLostRate=1)
    with pytest.raises(requests.ConnectionError):
        luna.book(body, key)
    found = luna.get("/bookings", idempotencyKey=key).json()["data"]
    assert [row["startTime"] for row in found] == [slot["startTime"]]
    with pytest.raises(requests.ConnectionError):
        luna.call("DELETE", f"/bookings/{found[0]['id']}")
    faults("mangobiz")
    assert luna.get(f"/bookings/{found[0]['id']}").json()["data"]["status"] == "cancelled"
    assert luna.book(body, key).status_code == 201


def test_lots_with_a_seed_fall_the_same_way_twice(luna: Salon, faults: Any) -> None:
    runs = []
    for _ in range(2):
        faults("mangobiz", seed="seven", errorRate=0.5)
        runs.append([luna.get("/business").status_code for _ in range(30)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


def test_faults_reach_the_salon_they_are_for(salons: dict[str, Salon], faults: Any) -> None:
    luna, sen = salons["luna-hair"], salons["sen-nails"]
    faults("mangobiz", "luna-hair", down="close")
    with pytest.raises(requests.ConnectionError):
        luna.get("/business")
    assert sen.get("/business").status_code == 200
    faults("mangobiz", "luna-hair", down="503")
    assert luna.get("/business").json()["error"]["code"] == "MAINTENANCE"
    faults("mangobiz", "luna-hair", rateLimited=7)
    limited = luna.get("/business")
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    faults("mangobiz", "luna-hair", garbage=True)
    garbage = luna.get("/business")
    assert (garbage.status_code, garbage.text[:9]) == (200, "<!doctype")
    faults("mangobiz", "luna-hair", slow=0.4)
    assert luna.get("/business").elapsed.total_seconds() >= 0.4
    faults("mangobiz", "luna-hair")
    assert luna.get("/business").status_code == 200


def test_a_restart_keeps_what_was_booked(luna: Salon, tmp_path: Any) -> None:
    process = start_sandbox(tmp_path, appointments=False)
    salon = Salon(process.url, luna.slug, luna.tenant_id, luna.key, luna.secret)
    service = salon.a_service()
    slot = salon.slots(service["id"], in_days(1), in_days(14))[0]
    made = salon.book(salon.a_booking(slot, service)).json()["data"]
    _kill(process)
    process = start_sandbox(tmp_path, appointments=False)
    try:
        again = Salon(process.url, luna.slug, luna.tenant_id, luna.key, luna.secret)
        assert again.get(f"/bookings/{made['id']}").json()["data"] == made
    finally:
        process.stop()


def _kill(process: SandboxProcess) -> None:
    """Without warning; the worker it leaves notices and ends too."""
    process.process.kill()
    process.process.wait(10)
    process.stop()
