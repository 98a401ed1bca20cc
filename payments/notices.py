"""What a page says about how one came to it: `?why=` picks the words, nothing of them is in the address."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Notice:
    tone: str
    icon: str
    title: str
    text: str = ""


def find_cart_notice(why: str, name: str) -> Notice | None:
    """`name` is the product's that was changed, "" where it is not known."""
    product = name or _("It")
    words = {"name": product}
    return {
        "added": Notice("good", "check", _("%(name)s is in your cart") % words),
        "kept": Notice("good", "check", _("Your cart is up to date")),
        "most": Notice(
            "warn",
            "info",
            _("That is as many of %(name)s as you can order online") % words,
            _("If you need more, please call."),
        ),
        "sold-out": Notice("warn", "info", _("%(name)s is sold out") % words),
        "full": Notice(
            "warn",
            "info",
            _("Your cart is full"),
            _("Please order what is in it first, or take something out."),
        ),
    }.get(why)


def say_problem(code: str) -> Notice:
    """Why an order was not placed. Nothing of what was typed is lost by it."""
    return {
        "changed": Notice(
            "warn",
            "alert",
            _("Prices or stock changed a moment ago"),
            _("This is how it stands now. Nothing was ordered and nothing was charged."),
        ),
        "paid": Notice(
            "warn",
            "info",
            _("You have paid for this cart already"),
            _("Your receipt comes by e-mail. To order what you see here as well, continue once more."),
        ),
        "too-small": Notice(
            "warn",
            "info",
            _("This sum is too small to be paid online"),
            _("Add something, or call the salon."),
        ),
        "unavailable": Notice(
            "bad",
            "alert",
            _("The payment service is not answering"),
            _("Nothing was ordered and nothing was charged. All you typed is still here: please try again."),
        ),
        "too-many": Notice(
            "warn",
            "clock",
            _("One moment, please"),
            _("Those were many orders at once. Wait a few minutes and try again; all you typed is here."),
        ),
    }[code]
