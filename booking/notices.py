"""What a page says about how one came to it: `?why=` picks the words, nothing of them is in the address."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from booking import words
from booking.services.money import read_money


@dataclass(frozen=True, slots=True)
class Notice:
    tone: str
    icon: str
    title: str
    text: str = ""


def find_notice(
    query: QueryDict,
    *,
    taken: datetime | None = None,
    zone: ZoneInfo | None = None,
    currency: str = "",
    total: Decimal | None = None,
) -> Notice | None:
    why = query.get("why", "")
    if why == "taken":
        return _taken(taken, zone)
    if why == "price" and total is not None:
        return _price(read_money(query.get("was", "")), total, currency)
    return _table().get(why)


def _table() -> dict[str, Notice]:
    return {
        "empty": Notice("", "info", _("Choose a service first")),
        "gone": Notice(
            "warn", "info", _("The salon does not offer that online any more"), _("Please choose again.")
        ),
        "nobody": Notice(
            "warn",
            "info",
            _("Nobody does all of that in one visit"),
            _("Choose fewer services, or call and we will find a way."),
        ),
        "staff": Notice(
            "warn", "info", _("That person does not do all of it"), _("These are the times of those who do.")
        ),
        "slot": Notice("bad", "alert", _("Choose a time first"), _("Then press Continue.")),
        "held": Notice("good", "check", _("Held for ten minutes more")),
        "held-enough": Notice(
            "warn", "clock", _("We cannot hold it any longer"), _("Others are waiting for this time, too.")
        ),
        "payment": Notice(
            "bad",
            "alert",
            _("Payments cannot be taken just now"),
            _("Nothing was booked and nothing was charged. Your time is still held: please try again."),
        ),
        "unpaid": Notice(
            "warn",
            "info",
            _("The payment was not finished"),
            _("Nothing was booked and nothing was charged. You can try again."),
        ),
        "late": Notice(
            "bad",
            "alert",
            _("That cannot be changed online any more"),
            _("Please call the salon; they will find a way."),
        ),
        "back": Notice(
            "good", "check", _("Your booking is back"), _("A new entry for your calendar is on its way.")
        ),
        "kept": Notice(
            "good",
            "check",
            _("Your booking stands"),
            _("The cancellation is taken back, nothing has changed."),
        ),
        "not-back": Notice(
            "bad",
            "alert",
            _("Somebody else has that time now"),
            _("Your booking stays canceled. Choose another time, or call."),
        ),
        "not-undone": Notice(
            "bad",
            "alert",
            _("The cancellation cannot be taken back any more"),
            _("Please book again, or call the salon."),
        ),
        "moved": Notice(
            "good", "check", _("Your booking has moved"), _("The entry in your calendar changes with it.")
        ),
    }


def _taken(taken: datetime | None, zone: ZoneInfo | None) -> Notice:
    title = _("That time was just taken")
    if taken and zone:
        title = _("%(when)s was just taken") % {"when": words.say_moment(taken, zone)}
    return Notice("bad", "alert", title, _("Somebody was a moment faster. Nothing was charged."))


def _price(was: Decimal | None, total: Decimal, currency: str) -> Notice:
    new = words.say_money(total, currency)
    if was is None:
        title = _("The price is now %(new)s") % {"new": new}
    else:
        title = _("The price was %(old)s and is now %(new)s") % {
            "old": words.say_money(was, currency),
            "new": new,
        }
    return Notice(
        "warn", "alert", title, _("The salon changed it a moment ago. Book at the new price, or not at all.")
    )
