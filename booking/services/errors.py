"""What can stand between a client and a booking. Messages are for logs; pages and the API have their own."""

from decimal import Decimal

from booking.services.slots import OpenSlot
from payments.models import Payment


class BookingProblem(Exception):
    """The base of this module's errors."""


class UnknownService(BookingProblem):
    """A service, an add-on or a person that the catalogue does not have."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field  # serviceId, addOnIds or staffId


class ServiceNotBookable(BookingProblem):
    """It is there, but not to be booked online, or not by this person."""


class SlotTaken(BookingProblem):
    """Somebody was faster; `alternatives` are the nearest slots still free, by time."""

    def __init__(self, alternatives: tuple[OpenSlot, ...] = ()) -> None:
        super().__init__(f"{len(alternatives)} alternatives")
        self.alternatives = alternatives


class PriceChanged(BookingProblem):
    """The total is not what the client saw."""

    def __init__(self, *, old: Decimal, new: Decimal) -> None:
        super().__init__(f"{old} -> {new}")
        self.old, self.new = old, new


class PaymentRequired(BookingProblem):
    """It is booked as soon as `payment` is made; the time is held until then."""

    def __init__(self, payment: Payment) -> None:
        super().__init__(str(payment.pk))
        self.payment = payment


class PaymentNotPossible(BookingProblem):
    """Something has to be paid first, and that cannot be done just now. Nothing was charged."""


class DraftExpired(BookingProblem):
    """The ten minutes are over, or the draft came to nothing."""


class ClientMissing(BookingProblem):
    """Nobody has said yet who is coming."""


class ExtensionsUsedUp(BookingProblem):
    """The hold was prolonged three times already."""


class BookingRefused(BookingProblem):
    """Mango Biz will not take it, and asking again will not change that."""


class BookingNotChangeable(BookingProblem):
    """Its state or the salon's policy forbids it."""


class AvailabilityUnknown(BookingProblem):
    """Mango Biz cannot be asked which times are free. `retry_after` in seconds, 0 where unknown."""

    def __init__(self, retry_after: int = 0) -> None:
        super().__init__(str(retry_after))
        self.retry_after = retry_after
