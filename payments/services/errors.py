"""Why paying or ordering did not go on."""

from decimal import Decimal
from uuid import UUID


class PaymentProblem(Exception):
    """The base of what a client can be told."""


class PaymentUnavailable(PaymentProblem):
    """Payments are not set up for this store, or Stripe does not answer: nothing was charged."""


class AmountTooSmall(PaymentProblem):
    """Less than can be charged."""


class CartChanged(PaymentProblem):
    """What was ordered is not what the client saw: prices, stock or the total."""

    def __init__(self, *, total: Decimal | None = None, missing: tuple[UUID, ...] = ()) -> None:
        super().__init__("the cart changed")
        self.total = total
        self.missing = missing


class AlreadyPaid(PaymentProblem):
    """Another order from the same cart is paid, or is being paid: this one was not placed."""


class RefundNotPossible(PaymentProblem):
    """More than what is left of it, or nothing was taken."""
