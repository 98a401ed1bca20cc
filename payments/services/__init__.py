"""The use cases of paying and ordering. What other modules of this package are for is said at their top."""

from payments.services.accounts import account_of, can_be_paid, find_account, find_settings
from payments.services.comparing import compare_books
from payments.services.delivering import deliver_due_orders, take_in
from payments.services.errors import (
    AlreadyPaid,
    AmountTooSmall,
    CartChanged,
    PaymentProblem,
    PaymentUnavailable,
    RefundNotPossible,
)
from payments.services.looking import look_again, nudge
from payments.services.opening import open_payment, start_payment
from payments.services.placing import place_order
from payments.services.preferring import change_prepayment
from payments.services.purging import purge_abandoned
from payments.services.refunding import look_at_refunds, refund_payment, send_due_refunds
from payments.services.settling import is_hold_ending, settle_due_payments

__all__ = [
    "AlreadyPaid",
    "AmountTooSmall",
    "CartChanged",
    "PaymentProblem",
    "PaymentUnavailable",
    "RefundNotPossible",
    "account_of",
    "can_be_paid",
    "change_prepayment",
    "compare_books",
    "deliver_due_orders",
    "find_account",
    "find_settings",
    "is_hold_ending",
    "look_again",
    "look_at_refunds",
    "nudge",
    "open_payment",
    "place_order",
    "purge_abandoned",
    "refund_payment",
    "send_due_refunds",
    "settle_due_payments",
    "start_payment",
    "take_in",
]
