"""The pages, through a browser without JavaScript."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from booking.models import Booking
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import Api, Control

pytestmark = pytest.mark.django_db(transaction=True)

PERSON = {"first_name": "Séverine", "last_name": "Okonkwo-Müller", "email": "severine@example.com"}


def first_slot(page: Any) -> str:
    return re.findall(r'name="slot" value="([^"]+)"', page.content.decode())[0]


def open_draft(browser: Client, service: str) -> str:
    """The details page's address."""
    page = browser.get("/book/time/", {"service": service})
    answer = browser.post(f"/book/time/?service={service}", {"slot": first_slot(page)})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def book(browser: Client, service: str) -> str:
    """The manage page's address."""
    details = open_draft(browser, service)
    review = browser.post(details, PERSON).headers["Location"]
    total = re.findall(r'name="total" value="([^"]+)"', browser.get(review).content.decode())[0]
    return str(browser.post(review, {"total": total}).headers["Location"])


def test_the_whole_way(api: Api, control: Control, cut: str) -> None:
    browser = api.client
    assert browser.get("/book/").status_code == 200
    assert browser.get("/book/staff/", {"service": cut}).status_code == 200
    manage = book(browser, cut)
    page = browser.get(manage)
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert "Séverine" in page.content.decode()
    [upstream] = control.bookings()
    assert upstream["confirmationNumber"] in page.content.decode()
    ics = browser.get(f"{manage}calendar.ics")
    calendar = Calendar.from_ical(ics.content)
    [event] = calendar.walk("VEVENT")
    assert calendar.walk("VTIMEZONE")
    assert event["DTSTART"].params["TZID"] == "America/Los_Angeles"
    assert event["SEQUENCE"] == 0


def test_every_form_has_its_csrf_token(luna: StoreInfo, api: Api, cut: str) -> None:
    browser = Client(headers={"host": f"{luna.slug}.localhost"}, enforce_csrf_checks=True)
    slot = first_slot(browser.get("/book/time/", {"service": cut}))
    assert browser.post(f"/book/time/?service={cut}", {"slot": slot}).status_code == 403
    details = open_draft(api.client, cut)
    day = (timezone.now() + timedelta(days=5)).date()
    manage = f"/bookings/{api.booked(cut, api.slots(cut, start=day)[0])['token']}/"
    for path in (
        f"/book/time/?service={cut}&taken={quote(slot)}&why=taken",
        details,
        f"{manage}move/",
        f"{manage}cancellation/",
    ):
        text = browser.get(path).content.decode()
        forms = re.findall(r'<form[^>]+method="post".*?</form>', text, flags=re.DOTALL)
        forms = [form for form in forms if "preferences/mode" not in form]
        assert forms, path
        assert all("csrfmiddlewaretoken" in form for form in forms), path


def test_what_was_typed_is_kept_and_the_summary_leads_to_it(api: Api, cut: str) -> None:
    details = open_draft(api.client, cut)
    page = api.client.post(details, {**PERSON, "email": "severine@example", "last_name": ""})
    text = page.content.decode()
    assert page.status_code == 422
    assert 'href="#email"' in text
    assert 'href="#last_name"' in text
    assert 'value="severine@example"' in text
    assert 'aria-invalid="true"' in text


def test_going_back_replaces_the_own_hold(api: Api, cut: str, luna: StoreInfo) -> None:
    details = open_draft(api.client, cut)
    change = re.findall(r'href="(/book/time/[^"]+)"', api.client.get(details).content.decode())[0].replace(
        "&amp;", "&"
    )
    page = api.client.get(change)
    again = api.client.post(change, {"slot": first_slot(page)})
    assert again.status_code == 303
    with store_scope(luna):
        assert Booking.objects.filter(expires_at__gt=timezone.now()).count() == 1


def test_a_held_slot_is_shown_as_taken(api: Api, control: Control, luna: StoreInfo, visit: Any) -> None:
    from catalog.queries import get_catalog

    with store_scope(luna):
        service = next(s for s in get_catalog().services if s.is_bookable_online)
        person = service.staff_ids[0]
    query = f"service={service.id}&staff={person}"
    page = api.client.get(f"/book/time/?{query}")
    api.client.post(f"/book/time/?{query}", {"slot": first_slot(page)})
    other = visit(luna).get(f"/book/time/?{query}").content.decode()
    assert "slot--held" in other


def test_an_expired_draft_says_so_and_keeps_the_choices(api: Api, cut: str) -> None:
    details = open_draft(api.client, cut)
    api.client.post(details, PERSON)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        page = api.client.get(details)
        assert page.status_code == 410
        slot = re.findall(r'name="slot" value="([^"]+)"', page.content.decode())[0]
        again = api.client.post(details.replace("details", "alternative"), {"slot": slot})
        assert again.status_code == 303
        assert again.headers["Location"].endswith("/confirm/")  # who is coming is known


def test_the_hold_can_be_prolonged(api: Api, cut: str, luna: StoreInfo) -> None:
    details = open_draft(api.client, cut)
    with time_machine.travel(timezone.now() + timedelta(minutes=8)):
        answer = api.client.post(details.replace("details", "extension"), {"from": "details"})
        assert "why=held" in answer.headers["Location"]
    with store_scope(luna):
        assert Booking.objects.get().expires_at > timezone.now() + timedelta(minutes=17)


def test_taken_at_the_last_moment_offers_one_tap_others(api: Api, control: Control, cut: str) -> None:
    details = open_draft(api.client, cut)
    review = api.client.post(details, PERSON).headers["Location"]
    draft = api.get(f"draft/{details.split('/')[2]}").json()["data"]
    control.close(draft["startTime"], draft["endTime"])
    assert api.client.post(review, {"total": "98.00"}).headers["Location"] == review
    page = api.client.get(review)
    assert "moment faster" in page.content.decode()
    answer = api.client.post(review.replace("confirm", "alternative"), {"slot": first_slot_button(page)})
    assert answer.headers["Location"].endswith("/confirm/")
    done = api.client.post(answer.headers["Location"], {"total": "98.00"}).headers["Location"]
    assert "See you" in api.client.get(done).content.decode()


def first_slot_button(page: Any) -> str:
    return re.findall(
        r'<button class="slot" type="submit" name="slot" value="([^"]+)"', page.content.decode()
    )[0]


def test_somebody_was_faster_on_the_time_page(api: Api, cut: str, luna: StoreInfo, visit: Any) -> None:
    from catalog.queries import get_catalog

    with store_scope(luna):
        person = get_catalog().service(cut_id(cut)).staff_ids[0]  # type: ignore[union-attr]
    query = f"service={cut}&staff={person}"
    slot = first_slot(api.client.get(f"/book/time/?{query}"))
    visit(luna).post(f"/book/time/?{query}", {"slot": slot})
    answer = api.client.post(f"/book/time/?{query}", {"slot": slot})
    page = api.client.get(answer.headers["Location"]).content.decode()
    assert "was just taken" in page
    assert "Free instead" in page


def cut_id(text: str) -> Any:
    from uuid import UUID

    return UUID(text)


def test_a_new_price_is_shown_beside_the_old(api: Api, control: Control, cut: str) -> None:
    details = open_draft(api.client, cut)
    review = api.client.post(details, PERSON).headers["Location"]
    control.patch("services", cut, {"price": 110})
    answer = api.client.post(review, {"total": "98.00"})
    page = api.client.get(answer.headers["Location"]).content.decode()
    assert "$98" in page
    assert "$110" in page
    assert control.bookings() == []
    done = api.client.post(review, {"total": "110.00"}).headers["Location"]
    assert "See you" in api.client.get(done).content.decode()


def test_down_the_pages_tell_the_truth(api: Api, control: Control, cut: str) -> None:
    details = open_draft(api.client, cut)
    review = api.client.post(details, PERSON).headers["Location"]
    control.faults(down="503")
    manage = api.client.post(review, {"total": "98.00"}).headers["Location"]
    page = api.client.get(manage)
    assert "Not confirmed yet" in page.content.decode()
    assert page.headers["Refresh"]
    day = (timezone.now() + timedelta(days=40)).date()
    down = api.client.get("/book/time/", {"service": cut, "day": day.isoformat()})
    assert down.status_code == 503
    assert down.headers["Retry-After"]
    assert "tel:+12135550142" in down.content.decode()
    assert api.client.get("/book/openings/", {"service": cut}).status_code == 200


def test_moving_and_cancelling_by_page(api: Api, control: Control, cut: str) -> None:
    slot = api.slots(cut, start=(timezone.now() + timedelta(days=5)).date())[0]
    manage = f"/bookings/{api.booked(cut, slot)['token']}/"
    day = (timezone.now() + timedelta(days=6)).date()
    page = api.client.get(f"{manage}move/", {"day": day.isoformat()})
    answer = api.client.post(f"{manage}move/", {"slot": first_slot(page)})
    assert "why=moved" in answer.headers["Location"]
    api.client.post(f"{manage}cancellation/")
    assert "canceled" in api.client.get(manage).content.decode()
    assert control.bookings()[0]["status"] == "cancelled"


def test_a_get_changes_nothing(api: Api, cut: str, luna: StoreInfo) -> None:
    manage = book(api.client, cut)
    with store_scope(luna):
        before = Booking.objects.values().get()
    for path in ("", "calendar.ics", "move/", "cancellation/"):
        api.client.get(f"{manage}{path}")
    cache.clear()
    with store_scope(luna):
        assert Booking.objects.values().get() == before


def test_the_neighbour_has_no_such_page(
    api: Api, cut: str, barber: StoreInfo, visit: Callable[[StoreInfo], Client]
) -> None:
    details = open_draft(api.client, cut)
    assert visit(barber).get(details).status_code == 404
    assert visit(barber).post(details, PERSON).status_code == 404
    manage = f"/bookings/{api.booked(cut, api.slots(cut)[3])['token']}/"
    for path in ("", "calendar.ics", "move/"):
        assert visit(barber).get(f"{manage}{path}").status_code == 404


def test_days_without_times_lead_on(api: Api, cut: str) -> None:
    today = timezone.localdate()
    monday = today + timedelta(days=7 - today.weekday())  # closed on every one
    page = api.client.get("/book/time/", {"service": cut, "day": monday}).content.decode()
    assert "Closed on this day" in page
    assert "The next free time is on" in page


def test_unknown_services_lead_back_with_words(api: Api) -> None:
    answer = api.client.get("/book/time/", {"service": "00000000-0000-0000-0000-000000000000"})
    assert answer.status_code == 303
    assert "not offer that" in api.client.get(answer.headers["Location"]).content.decode()


def test_queries_of_the_time_page(api: Api, cut: str, django_assert_max_num_queries: Any) -> None:
    api.client.get("/book/time/", {"service": cut})
    with django_assert_max_num_queries(4):
        api.client.get("/book/time/", {"service": cut})
