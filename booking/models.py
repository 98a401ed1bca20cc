"""Bookings from the first click to long after the visit, and the rows that overlap is decided under.

One row is draft, outbox entry and booking. `due_at` is set while Mango Biz still has to be told something:
the making of the booking (states submitting and pending) or `action` (a move, a cancellation). Whoever works
on it takes it by conditional UPDATE and puts `leased_until` into both columns; a dead worker's row is due
again when the lease is over, and a worker that lost its lease changes nothing (booking.services.delivery).

A canceled booking may be wanted back: it is submitted again under a new key, and `cancelled_at` stays set
until Mango Biz has taken it (booking.services.restoring).
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.timezone import now as utc_now
from django.utils.translation import gettext_lazy as _

from config.crypto import keyed_hash, keyed_hashes, new_token
from store.fields import EncryptedTextField
from store.tenancy import StoreOwned

HOLD = timedelta(minutes=10)
MAX_EXTENSIONS = 3
UNDO = timedelta(minutes=2)
TOKEN_PURPOSE = "booking token"  # noqa: S105 (a label for key derivation)


class BookingState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTING = "submitting", _("Being sent")
    PENDING = "pending", _("Waiting for the salon")
    CONFIRMED = "confirmed", _("Confirmed")
    REJECTED = "rejected", _("Not possible")
    FAILED = "failed", _("Not sent")
    CANCELLED = "cancelled", _("Canceled")
    COMPLETED = "completed", _("Completed")
    NO_SHOW = "no_show", _("Missed")


class BookingAction(models.TextChoices):
    MOVE = "move", _("Move")
    CANCEL = "cancel", _("Cancel")


UNSENT = frozenset({BookingState.SUBMITTING, BookingState.PENDING})
# Upstream states in the order a booking passes them; the ones after `confirmed` are ends.
FINAL = frozenset({BookingState.CANCELLED, BookingState.COMPLETED, BookingState.NO_SHOW})


@dataclass(frozen=True, slots=True)
class Line:
    """One service of a booking as it was when chosen. Minutes; money in the booking's currency."""

    service_id: uuid.UUID
    name: str
    price: Decimal
    minutes: int
    price_from: bool
    add_ons: tuple["AddOnLine", ...]


@dataclass(frozen=True, slots=True)
class AddOnLine:
    id: uuid.UUID
    name: str
    price: Decimal
    minutes: int


def pack_lines(lines: tuple[Line, ...]) -> list[dict[str, Any]]:
    """Lines as JSON; prices as strings, so that no float ever touches them."""

    def pack_add_on(add_on: AddOnLine) -> dict[str, Any]:
        return {
            "id": str(add_on.id),
            "name": add_on.name,
            "price": str(add_on.price),
            "minutes": add_on.minutes,
        }

    return [
        {
            "service_id": str(line.service_id),
            "name": line.name,
            "price": str(line.price),
            "minutes": line.minutes,
            "price_from": line.price_from,
            "add_ons": [pack_add_on(add_on) for add_on in line.add_ons],
        }
        for line in lines
    ]


def unpack_lines(rows: list[dict[str, Any]]) -> tuple[Line, ...]:
    return tuple(
        Line(
            service_id=uuid.UUID(row["service_id"]),
            name=row["name"],
            price=Decimal(row["price"]),
            minutes=row["minutes"],
            price_from=row["price_from"],
            add_ons=tuple(
                AddOnLine(
                    uuid.UUID(add_on["id"]), add_on["name"], Decimal(add_on["price"]), add_on["minutes"]
                )
                for add_on in row["add_ons"]
            ),
        )
        for row in rows
    )


class Booking(StoreOwned):
    """`id` is the draft's address and the Idempotency-Key upstream; the token is the client's key to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=12, choices=BookingState.choices, default=BookingState.DRAFT)
    language = models.CharField(max_length=20, default="en-US")

    # What was chosen.
    items = models.JSONField(default=list)  # see pack_lines
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    timezone = models.CharField(max_length=64)
    local_day = models.DateField()
    staff_id = models.UUIDField(null=True, blank=True)  # who was asked for; null is anybody
    held_staff_id = models.UUIDField()  # whose time is held, then taken
    staff_name = models.CharField(max_length=200, blank=True)
    total_price = models.DecimalField(max_digits=12, decimal_places=2)
    # Mango Biz's own total where it named one: it may know a change that our copy of the catalogue lacks.
    quoted_total = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    deposit_due = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    currency = models.CharField(max_length=3)
    # The payment that counts (payments.Payment), where money was asked for; any other one is given back.
    payment_id = models.UUIDField(null=True, blank=True)
    keeps_deposit = models.BooleanField(default=False)  # what the client was told when canceling

    # The hold.
    expires_at = models.DateTimeField()
    extensions = models.PositiveSmallIntegerField(default=0)

    # Who comes.
    first_name = EncryptedTextField(null=True)
    last_name = EncryptedTextField(null=True)
    email = EncryptedTextField(null=True)
    phone = EncryptedTextField(null=True)  # E.164
    notes = EncryptedTextField(null=True)
    email_hash = models.CharField(max_length=64, blank=True)
    token = EncryptedTextField()
    token_hash = models.CharField(max_length=64, unique=True)

    # What Mango Biz says.
    upstream_id = models.UUIDField(null=True, blank=True)
    confirmation_number = models.CharField(max_length=60, blank=True)
    version = models.PositiveIntegerField(default=0)
    alternatives = models.JSONField(default=list)  # [{"start": ISO, "end": ISO, "staff_ids": [...]}]
    reason = models.CharField(max_length=40, blank=True)  # why rejected: Mango Biz's code

    # The outbox.
    action = models.CharField(max_length=8, choices=BookingAction.choices, blank=True)
    wanted_start_at = models.DateTimeField(null=True, blank=True)
    wanted_end_at = models.DateTimeField(null=True, blank=True)
    wanted_staff_id = models.UUIDField(null=True, blank=True)
    tries_of_key = models.PositiveSmallIntegerField(
        default=0
    )  # keys used up, never taken back; see upstream_key
    due_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    give_up_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    unknown_outcome = models.BooleanField(default=False)

    calendar_sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=utc_now)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)  # when Mango Biz last took something in
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(
        null=True, blank=True
    )  # by the client; null where the salon canceled
    remind_at = models.DateTimeField(null=True, blank=True)  # the next reminder's moment

    class Meta(StoreOwned.Meta):
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["due_at"], name="booking_due"),
            models.Index(fields=["store", "held_staff_id", "start_at"], name="booking_staff_time"),
            models.Index(fields=["store", "wanted_staff_id", "wanted_start_at"], name="booking_wanted_time"),
            models.Index(fields=["state", "expires_at"], name="booking_expiry"),
            models.Index(fields=["store", "email_hash"], name="booking_email"),
            models.Index(fields=["store", "upstream_id"], name="booking_upstream"),
            models.Index(fields=["remind_at"], name="booking_reminder"),
        ]

    def __str__(self) -> str:
        return self.confirmation_number or str(self.pk)[:8]

    # --- reading ---

    @property
    def lines(self) -> tuple[Line, ...]:
        return unpack_lines(self.items)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def local_start(self) -> datetime:
        return self.start_at.astimezone(self.zone)

    @property
    def local_end(self) -> datetime:
        return self.end_at.astimezone(self.zone)

    @property
    def is_from(self) -> bool:
        """Whether the total is where the price starts."""
        return any(line.price_from for line in self.lines)

    @property
    def upstream_key(self) -> str:
        """The Idempotency-Key for making it: the draft's id, and another one after a definite refusal or when
        it is made again.

        Mango Biz answers the same under the same key, refusals too, so a changed body needs a new key.
        """
        return f"{self.pk}.{self.tries_of_key}" if self.tries_of_key else str(self.pk)

    @property
    def move_key(self) -> str:
        """The Idempotency-Key of a move: one for each moment that was asked for."""
        return f"{self.pk}.move.{self.calendar_sequence}.{self.tries_of_key}"

    def has_client(self) -> bool:
        return bool(self.email)

    def is_expired(self, now: datetime) -> bool:
        return self.state == BookingState.DRAFT and self.expires_at <= now

    def is_usable(self) -> bool:
        """Whether the draft still is something: a live one, or what became of it."""
        return not self.is_expired(utc_now()) and self.state != BookingState.REJECTED

    def can_extend(self, now: datetime) -> bool:
        return (
            self.state == BookingState.DRAFT and not self.is_expired(now) and self.extensions < MAX_EXTENSIONS
        )

    def is_leased(self, now: datetime) -> bool:
        """Whether somebody is telling Mango Biz about it at this moment."""
        return self.leased_until is not None and self.leased_until > now

    def is_open(self) -> bool:
        """Whether the visit is still to come about: waiting or confirmed."""
        return self.state in UNSENT or self.state == BookingState.CONFIRMED

    def is_where_wanted(self) -> bool:
        return (self.start_at, self.held_staff_id) == (self.wanted_start_at, self.wanted_staff_id)

    def is_being_restored(self) -> bool:
        """Whether it was canceled and is on its way back.

        `upstream_id` then is the appointment it had before, where nobody knows whether that one is gone.
        """
        return self.state in UNSENT and self.cancelled_at is not None

    @property
    def undo_until(self) -> datetime | None:
        """Until when the client may take a cancellation back; None where there is none of theirs."""
        is_gone = self.state == BookingState.CANCELLED or self.action == BookingAction.CANCEL
        return self.cancel_asked_at + UNDO if is_gone and self.cancel_asked_at else None

    # --- changing; the caller saves ---

    def set_token(self) -> None:
        token = new_token()
        self.token, self.token_hash = token, keyed_hash(token, purpose=TOKEN_PURPOSE)

    def set_time(self, start: datetime, end: datetime) -> None:
        self.start_at, self.end_at = start, end
        self.local_day = start.astimezone(self.zone).date()

    def extend(self, now: datetime) -> None:
        self.expires_at = now + HOLD
        self.extensions += 1

    def want(self, start: datetime, end: datetime, staff_id: uuid.UUID) -> None:
        self.action = BookingAction.MOVE
        self.wanted_start_at, self.wanted_end_at, self.wanted_staff_id = start, end, staff_id

    def lease(self, until: datetime) -> None:
        """Due again when the lease is over, should its holder be gone by then."""
        self.due_at = self.leased_until = until

    def want_nothing(self) -> None:
        self.action = ""
        self.wanted_start_at = self.wanted_end_at = self.wanted_staff_id = None

    def rest(self) -> None:
        """Nothing is left to tell Mango Biz."""
        self.due_at = self.leased_until = self.give_up_at = None
        self.unknown_outcome = False
        self.attempts, self.last_error = 0, ""


def token_hashes(token: str) -> list[str]:
    """What a token's row may be stored under while keys rotate."""
    return list(keyed_hashes(token, purpose=TOKEN_PURPOSE))


class StaffDay(StoreOwned):
    """A lock: whoever decides about a person's day holds this row (booking.services.holds)."""

    staff_id = models.UUIDField()
    day = models.DateField()

    class Meta(StoreOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "staff_id", "day"], name="one_lock_per_staff_day")
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.day}"


def local_days(start: datetime, end: datetime, zone: ZoneInfo) -> list[date]:
    """The local days an appointment touches, in order; one that ends at midnight does not touch the next."""
    first = start.astimezone(zone).date()
    last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
