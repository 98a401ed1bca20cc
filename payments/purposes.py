"""What payments are for. Whoever takes money for something registers how that something is asked and told.

Payments know their subject by purpose and id alone. Nothing is pushed to a subject and forgotten: as long as
a payment is not settled it is looked at again and again, and each time its subject is asked what it wants.
So a process that dies between two steps leaves nothing behind but a payment that is looked at again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

from django.core.exceptions import ImproperlyConfigured

from payments.models import Payment


class Decision(Enum):
    WAIT = auto()
    TAKE = auto()  # capture what is held
    GIVE_BACK = auto()  # release what is held, refund what was taken


@dataclass(frozen=True, slots=True)
class BillLine:
    name: str
    note: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Bill:
    """What a client sees of it while paying. Money in the payment's currency; addresses are paths."""

    title: str  # "Your order", "Deposit for your visit"
    lines: tuple[BillLine, ...]
    button: str  # what happens: "Pay $45.47", without the sum: "Pay"
    note: str  # when the money is taken and what becomes of it
    back_url: str  # to change something
    done_url: str  # where the news is


@dataclass(frozen=True, slots=True)
class Purpose:
    """`settle` is called with the store in scope, outside transactions, whenever the payment was looked at:
    it moves its subject on (idempotently) and says what should become of the money. `describe` reads.
    """

    name: str
    settle: Callable[[Payment], Decision]
    describe: Callable[[Payment], Bill]


_purposes: dict[str, Purpose] = {}


def register(purpose: Purpose) -> None:
    """Raises ImproperlyConfigured, which ends the start of any process, where the name is taken."""
    if purpose.name in _purposes:
        raise ImproperlyConfigured(f"Payments for {purpose.name!r} have an owner already.")
    _purposes[purpose.name] = purpose


def find_purpose(name: str) -> Purpose:
    """Raises KeyError."""
    return _purposes[name]
