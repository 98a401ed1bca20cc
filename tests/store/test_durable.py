"""Rows that stand for work: one holder at a time, and the work of one that died comes back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from store.durable import back_off, claim, is_anything_due
from store.models import Email
from store.tenancy import StoreInfo, store_scope
from tests.store.places import Place

pytestmark = pytest.mark.xdist_group("places")

LEASE = timedelta(seconds=60)
Queue = Callable[..., Email | None]


def test_two_processes_claim_disjoint_rows(place: Place) -> None:
    made = place.ask("queue_emails", count=300)
    hands = [place.hire() for _ in range(2)]
    claims = [hand.tell("claim_emails", limit=7) for hand in hands]
    claimed = [pk for claim in claims for pk in claim.answer()]
    assert len(claimed) == len(made)
    assert sorted(claimed) == sorted(made)


def test_a_dead_workers_rows_come_back(place: Place) -> None:
    place.ask("queue_emails", count=5)
    worker = place.hire().tell("claim_emails", limit=3, hang=True)
    held = worker.answer()
    worker.kill()
    assert len(held) == 3
    assert len(place.ask("claim_emails", limit=10)) == 2
    place.ask("make_due")
    assert set(place.ask("claim_emails", limit=10)) > set(held)
    attempts = {row["pk"]: row["attempts"] for row in place.ask("list_emails")}
    assert {attempts[pk] for pk in held} == {"2"}


@pytest.fixture
def row(luna: StoreInfo, queue: Queue) -> Email:
    with store_scope(luna):
        email = queue()
    assert email
    return email


def test_what_happens_under_the_lease_is_saved(row: Email) -> None:
    [mine] = claim(Email, limit=5, lease=LEASE)
    assert (mine.attempts, is_anything_due(Email)) == (1, False)
    with mine.still_mine() as locked:
        assert locked
        locked.state = Email.State.SENT
        locked.rest()
    row.refresh_from_db()
    assert (row.state, row.due_at, row.lease) == ("sent", None, None)


def test_a_lost_lease_writes_nothing(row: Email) -> None:
    [late] = claim(Email, limit=5, lease=LEASE)
    Email.across_stores.update(due_at=timezone.now())
    [quick] = claim(Email, limit=5, lease=LEASE)
    with late.still_mine() as locked:
        assert locked is None
    with quick.still_mine() as locked:
        assert locked
        locked.postpone(30, "busy")
    with quick.still_mine() as locked:  # given back
        assert locked is None
    row.refresh_from_db()
    assert (row.attempts, row.last_error, row.lease) == (2, "busy", None)


def test_an_error_under_the_lease_leaves_the_row_as_it_was(row: Email) -> None:
    [mine] = claim(Email, limit=5, lease=LEASE)
    with pytest.raises(ZeroDivisionError), mine.still_mine() as locked:
        _spoil(locked)
    row.refresh_from_db()
    assert (row.last_error, row.lease) == ("", mine.lease)


def test_the_longest_due_come_first_and_what_is_done_never(luna: StoreInfo, queue: Queue) -> None:
    now = timezone.now()
    with store_scope(luna):
        for number, minutes in enumerate((5, 30, 10, None)):
            email = queue(f"booking/{number}/confirmed")
            assert email
            due_at = None if minutes is None else now - timedelta(minutes=minutes)
            Email.objects.filter(pk=email.pk).update(due_at=due_at)
    claimed = [email.fact for email in claim(Email, limit=2, lease=LEASE)]
    assert sorted(claimed) == ["booking/1/confirmed", "booking/2/confirmed"]
    assert [email.fact for email in claim(Email, limit=2, lease=LEASE)] == ["booking/0/confirmed"]
    assert claim(Email, limit=2, lease=LEASE) == []


@pytest.mark.parametrize(
    ("attempts", "pause"), [(0, 10), (1, 10), (2, 20), (5, 160), (40, 3600), (9999, 3600)]
)
def test_pauses_grow_up_to_a_limit_and_spread(attempts: int, pause: int) -> None:
    pauses = {back_off(attempts, first=10, longest=3600) for _ in range(50)}
    assert all(0.8 * pause <= seconds <= 1.2 * pause for seconds in pauses)
    assert len(pauses) > 10


def _spoil(row: Email | None) -> None:
    assert row
    Email.across_stores.update(last_error="half done")
    raise ZeroDivisionError
