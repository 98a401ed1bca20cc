"""An outage and its end: who is asked when, and how soon everything is delivered."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from django.core.cache import cache
from django.db.models import Count, F
from django.utils import timezone

from analytics.models import Alert
from booking.models import Booking, BookingState
from booking.services.schedule import LONGEST_PAUSE_SECONDS, SCOUT_SECONDS, SPREAD_SECONDS
from booking.services.sweeping import leave_alone
from booking.tasks import sweep_bookings
from config.breaker import Breaker
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import ZOE, Api, Control, hear, mails, sweep_later

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pending(api: Api, control: Control, cut: str, luna: StoreInfo) -> list[str]:
    """The ids of bookings that were asked for while Mango Biz was away."""
    slots = api.slots(cut, start=(timezone.now() + timedelta(days=8)).date(), days=20)
    starts = list({slot["startTime"][:10]: slot for slot in slots}.values())[:8]
    drafts = [api.draft(cut, slot, client=ZOE).json()["data"]["id"] for slot in starts]
    control.faults(down="503")
    for draft in drafts:
        assert api.post(f"draft/{draft}/confirm").status_code == 202
        cache.clear()
    return drafts


@contextmanager
def later(**distance: float) -> Iterator[datetime]:
    """The clock moved on, and with it what only the cache knows: pauses of the breaker are over."""
    cache.clear()
    with time_machine.travel(timezone.now() + timedelta(**distance), tick=False):
        yield timezone.now()


def rows(luna: StoreInfo) -> list[Booking]:
    with store_scope(luna):
        return list(Booking.objects.order_by("due_at"))


def put_off(luna: StoreInfo, minutes: float) -> None:
    """As after hours of outage: nobody's turn comes soon."""
    with store_scope(luna):
        Booking.objects.update(due_at=timezone.now() + timedelta(minutes=minutes), attempts=12)


def test_one_row_asks_every_two_minutes(pending: list[str], luna: StoreInfo) -> None:
    """The others wait up to fifteen minutes."""
    put_off(luna, 14)
    with store_scope(luna):
        Booking.objects.filter(pk=pending[0]).update(due_at=timezone.now())
    with later(seconds=1) as now:
        sweep_bookings.delay()
        scout, *others = rows(luna)
        assert str(scout.pk) == pending[0]
        assert scout.due_at == now + timedelta(seconds=SCOUT_SECONDS)
        assert all(row.due_at and row.due_at > now + timedelta(minutes=13) for row in others)
        assert scout.attempts == 13


def test_a_second_scout_is_not_needed(pending: list[str], luna: StoreInfo) -> None:
    put_off(luna, 1)
    with store_scope(luna):
        Booking.objects.filter(pk=pending[0]).update(due_at=timezone.now())
    with later(seconds=1) as now:
        sweep_bookings.delay()
        tried = next(row for row in rows(luna) if str(row.pk) == pending[0])
        assert tried.due_at
        assert tried.due_at >= now + timedelta(seconds=LONGEST_PAUSE_SECONDS * 0.8)


def test_what_mango_biz_asked_for_is_kept_to(pending: list[str], control: Control, luna: StoreInfo) -> None:
    """Also by the one that asks for all of them."""
    control.faults(rateLimited=600)
    put_off(luna, 14)
    with store_scope(luna):
        Booking.objects.filter(pk=pending[0]).update(due_at=timezone.now())
    with later(seconds=1) as now:
        sweep_bookings.delay()
        [asked] = [row for row in rows(luna) if row.attempts == 13]
        assert asked.due_at == now + timedelta(seconds=600)


def test_left_alone_nobody_is_tried_in_vain(pending: list[str], luna: StoreInfo) -> None:
    """The breaker is open: all that is due comes due a little later, spread out, without a try counted."""
    put_off(luna, 0)
    breaker = Breaker(f"mango-biz:{luna.id}")
    with later(seconds=1) as now:
        for _ in range(breaker.threshold):
            with pytest.raises(ZeroDivisionError), breaker.guard(ZeroDivisionError):
                raise ZeroDivisionError
        assert breaker.is_open()
        sweep_bookings.delay()
        found = rows(luna)
    assert {row.attempts for row in found} == {12}
    dues = [row.due_at - now for row in found if row.due_at]
    assert len(dues) == len(pending)
    assert min(dues) >= timedelta(seconds=30)
    assert max(dues) <= timedelta(seconds=SPREAD_SECONDS)


def test_given_up_also_while_nobody_is_asked(pending: list[str], luna: StoreInfo, control: Control) -> None:
    breaker = Breaker(f"mango-biz:{luna.id}")
    with later(hours=72, minutes=1):
        for _ in range(breaker.threshold):
            with pytest.raises(ZeroDivisionError), breaker.guard(ZeroDivisionError):
                raise ZeroDivisionError
        leave_alone(luna.id)  # as when another row of the store was just not asked about
        sweep_bookings.delay()
    assert {row.state for row in rows(luna)} == {BookingState.FAILED}
    assert mails(luna).count("failed") == len(pending)
    alerts = Alert.objects.filter(kind=Alert.Kind.BOOKING_FAILED, store_id=luna.id, cleared_at=None)
    assert {alert.subject for alert in alerts} == set(pending)


def test_once_it_answers_everybody_is_woken(
    pending: list[str], control: Control, luna: StoreInfo, barber: StoreInfo
) -> None:
    put_off(luna, 14)
    with store_scope(luna):
        Booking.objects.filter(pk=pending[0]).update(due_at=timezone.now())
    control.faults()
    with later(seconds=1) as now:
        sweep_bookings.delay()
        done, waiting = _split(rows(luna))
        assert [str(row.pk) for row in done] == [pending[0]]
        assert all(row.due_at and row.due_at <= now + timedelta(seconds=SPREAD_SECONDS) for row in waiting)
    with later(seconds=SPREAD_SECONDS + 2):
        sweep_bookings.delay()
    assert not _split(rows(luna))[1]


def test_six_hours_down_and_delivered_within_five_minutes(
    pending: list[str], control: Control, luna: StoreInfo
) -> None:
    """The clock moves on in steps of a sweep's ten seconds once it is back, in longer ones before."""
    for minutes in range(0, 360, 4):
        with later(minutes=minutes):
            sweep_bookings.delay()
    assert {row.state for row in rows(luna)} == {BookingState.PENDING}
    assert max(row.attempts for row in rows(luna)) > 3
    control.faults()
    for seconds in range(0, 300, 10):
        with later(minutes=356, seconds=seconds):
            sweep_bookings.delay()
    assert {row.state for row in rows(luna)} == {BookingState.CONFIRMED}
    assert sorted(booking["idempotencyKey"] for booking in control.bookings()) == sorted(pending)
    with store_scope(luna):
        times = Booking.objects.values("held_staff_id", "start_at").annotate(n=Count("pk")).filter(n__gt=1)
        assert not times.exists()


def test_a_sweep_goes_on_until_nothing_is_due(
    pending: list[str], control: Control, luna: StoreInfo, monkeypatch: pytest.MonkeyPatch, rung: set[str]
) -> None:
    """Also where more is due than one look brings; then other workers are rung for, too."""
    monkeypatch.setattr("booking.services.sweeping.BATCH", 3)
    put_off(luna, 0)
    control.faults()
    rung.clear()
    with later(seconds=1):
        sweep_bookings.delay()
    assert not _split(rows(luna))[1]
    assert "booking.tasks.sweep_bookings" in rung


def test_a_lost_worker_is_no_scout(pending: list[str], luna: StoreInfo) -> None:
    """Rows under somebody's lease do not count as those who ask soon."""
    put_off(luna, 14)
    with store_scope(luna):
        Booking.objects.exclude(pk=pending[0]).update(
            due_at=timezone.now() + timedelta(seconds=20), leased_until=F("due_at")
        )
        Booking.objects.filter(pk=pending[0]).update(due_at=timezone.now())
    with later(seconds=1) as now:
        sweep_bookings.delay()
        with store_scope(luna):
            tried = Booking.objects.get(pk=UUID(pending[0]))
        assert tried.due_at == now + timedelta(seconds=SCOUT_SECONDS)


def test_something_due_at_once_rings_a_worker(
    api: Api, control: Control, cut: str, luna: StoreInfo, rung: set[str]
) -> None:
    """Canceled while its making was unknown: as soon as that is known, the cancellation is due."""
    draft = api.draft(cut, api.slots(cut)[0], client=ZOE).json()["data"]
    control.faults(answerLostRate=1)
    token = api.post(f"draft/{draft['id']}/confirm").json()["data"]["token"]
    control.faults(down="503")
    api.post(f"{token}/cancellation")
    control.faults()
    rung.clear()
    with store_scope(luna):
        row = Booking.objects.get()
        assert (row.state, row.action) == (BookingState.PENDING, "cancel")
    assert hear(luna, control.bookings()[0])
    assert "booking.tasks.sweep_bookings" in rung
    with store_scope(luna):
        row = Booking.objects.get()
        assert (row.state, row.action) == (BookingState.CONFIRMED, "cancel")
    sweep_later(1)
    assert control.bookings()[0]["status"] == "cancelled"


def _split(found: list[Booking]) -> tuple[list[Booking], list[Booking]]:
    """(settled, waiting)"""
    return [row for row in found if row.due_at is None], [row for row in found if row.due_at]
