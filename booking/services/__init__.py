"""The use cases of booking. What other modules of this package are for is said at their top."""

from booking.services.availability import (
    Availability,
    find_alternatives,
    find_availability,
    find_next_slots,
    forget_slots,
    free_alternatives,
)
from booking.services.changes import (
    can_cancel,
    can_change,
    cancel_booking,
    changeable_until,
    keeps_deposit,
    move_booking,
)
from booking.services.cleaning import purge_drafts
from booking.services.confirming import confirm_booking
from booking.services.delivery import problem_of
from booking.services.drafts import extend_hold, fill_client, open_draft, open_draft_like, set_notes
from booking.services.errors import (
    AvailabilityUnknown,
    BookingNotChangeable,
    BookingProblem,
    BookingRefused,
    ClientMissing,
    DraftExpired,
    ExtensionsUsedUp,
    PaymentNotPossible,
    PaymentRequired,
    PriceChanged,
    ServiceNotBookable,
    SlotTaken,
    UnknownService,
)
from booking.services.menu import Choice, Wish, choice_of, choose, choose_again, match_add_ons
from booking.services.money import read_money
from booking.services.news import take_in
from booking.services.prepaying import amount_due, find_amount, find_payment, is_made, is_paying
from booking.services.reminders import send_due_reminders
from booking.services.restoring import can_restore, restore_booking
from booking.services.slots import OpenSlot, unpack_slots
from booking.services.sweeping import deliver_due_bookings

__all__ = [
    "Availability",
    "AvailabilityUnknown",
    "BookingNotChangeable",
    "BookingProblem",
    "BookingRefused",
    "Choice",
    "ClientMissing",
    "DraftExpired",
    "ExtensionsUsedUp",
    "OpenSlot",
    "PaymentNotPossible",
    "PaymentRequired",
    "PriceChanged",
    "ServiceNotBookable",
    "SlotTaken",
    "UnknownService",
    "Wish",
    "amount_due",
    "can_cancel",
    "can_change",
    "can_restore",
    "cancel_booking",
    "changeable_until",
    "choice_of",
    "choose",
    "choose_again",
    "confirm_booking",
    "deliver_due_bookings",
    "extend_hold",
    "fill_client",
    "find_alternatives",
    "find_amount",
    "find_availability",
    "find_next_slots",
    "find_payment",
    "forget_slots",
    "free_alternatives",
    "is_made",
    "is_paying",
    "keeps_deposit",
    "match_add_ons",
    "move_booking",
    "open_draft",
    "open_draft_like",
    "problem_of",
    "purge_drafts",
    "read_money",
    "restore_booking",
    "send_due_reminders",
    "set_notes",
    "take_in",
    "unpack_slots",
]
