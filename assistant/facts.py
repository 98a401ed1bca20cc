"""What can be said without a model: the salon's own hours, address, prices, rules and answers.

A message is matched by its words to a topic, to a question the salon has answered, or to what it offers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from assistant import search
from assistant.search import Kind
from assistant.search.text import is_stop_word, split_words
from assistant.talk import Offer, Way
from catalog.presenters.about import list_policies
from catalog.presenters.parts import first_sentences, locale, to_text
from catalog.presenters.salon import Salon, make_salon
from catalog.queries import Catalog
from store import formats
from store.tenancy import current_store

CUES = Path(__file__).with_name("topics.txt")
MOST_OFFERS = 3
GOOD_HIT = 0.5
# Shares of a question's words that a message has to hold: to be another way to ask it, to be just it.
GOOD_QUESTION, SAME_QUESTION = 0.6, 0.9
LONGEST_GREETING = 3  # words


class Topic(StrEnum):
    HOURS = "hours"
    PLACE = "place"
    CONTACT = "contact"
    CANCELLATION = "cancellation"
    DEPOSIT = "deposit"
    RETURNS = "returns"
    SHIPPING = "shipping"
    BOOKING = "booking"
    PRICES = "prices"
    TEAM = "team"
    GREETING = "greeting"


def _pad(words: Sequence[str]) -> str:
    """Words as one string in which a phrase is found whole."""
    return f" {' '.join(words)} "


def _read_cues() -> dict[Topic, tuple[str, ...]]:
    lines = (line for line in CUES.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    rows = (line.partition(":") for line in lines)
    return {
        Topic(name): tuple(_pad(split_words(cue)) for cue in cues.split(",")) for name, _colon, cues in rows
    }


_CUES = _read_cues()


@dataclass(frozen=True, slots=True)
class Facts:
    """An answer: `text` is Markdown of our own."""

    text: str
    offers: tuple[Offer, ...] = ()
    ways: tuple[Way, ...] = ()


def answer_from_facts(catalog: Catalog, message: str, now: datetime) -> Facts:
    """Never nothing: where no word is known, how to go on."""
    salon = make_salon(catalog, now, "/")
    words = split_words(message)
    if facts := _answer_question(catalog, frozenset(words), SAME_QUESTION):
        return facts
    topic = _find_topic(words)
    if topic in _SPECIFIC and (facts := _ANSWERS[topic](catalog, salon)):
        return facts
    if facts := _answer_question(catalog, frozenset(words), GOOD_QUESTION):
        return facts
    if facts := _offer_items(catalog, _leave_out(topic, words)):
        return facts
    if topic and (facts := _ANSWERS[topic](catalog, salon)):
        return facts
    return _go_on(salon)


def _find_topic(words: Sequence[str]) -> Topic | None:
    said = _pad(words)
    topic = next((topic for topic, cues in _CUES.items() if any(cue in said for cue in cues)), None)
    # Who says hello and something else means the something else.
    return None if topic is Topic.GREETING and len(words) > LONGEST_GREETING else topic


def _leave_out(topic: Topic | None, words: Sequence[str]) -> str:
    """What is asked about, without the words that say what is asked: of "how much is a bob" only "bob"."""
    said = _pad(words)
    for cue in sorted(_CUES[topic], key=len, reverse=True) if topic else ():
        said = said.replace(cue, " ")
    language = current_store().language
    return " ".join(word for word in said.split() if not is_stop_word(word, language))


def list_quick_replies(catalog: Catalog) -> tuple[str, ...]:
    """Questions that can be answered whatever happens."""
    asked = [_("When are you open?"), _("Where do I find you?"), _("What does it cost?")]
    if catalog.business.policies.cancellation_text:
        asked.append(_("How do I cancel?"))
    return tuple(asked)


# --- topics ---


def _say_hours(_catalog: Catalog, salon: Salon) -> Facts | None:
    if not salon.week:
        return None
    rows = [
        f"- {'**' if row.is_today else ''}{row.day}{'**' if row.is_today else ''}: "
        + (", ".join(row.spans) or _("closed"))
        + (f" ({row.note})" if row.note else "")
        for row in salon.week
    ]
    title = _("Opening hours this week:")
    text = f"{salon.now.text}. {title}\n\n" + "\n".join(rows)
    return Facts(text, ways=(Way(_("All hours"), f"{reverse('about')}#hours"),))


def _say_place(_catalog: Catalog, salon: Salon) -> Facts | None:
    if not salon.address:
        return None
    text = _("You find us here: %(address)s.") % {"address": ", ".join(salon.address)}
    return Facts(text, ways=(Way(_("Map and hours"), reverse("about")),))


def _say_contact(_catalog: Catalog, salon: Salon) -> Facts | None:
    lines = [_("Call us: %(phone)s.") % {"phone": salon.phone.text}] if salon.phone else []
    lines += [_("Write to us: %(email)s.") % {"email": salon.email}] if salon.email else []
    return Facts(" ".join(lines)) if lines else None


def _say_cancellation(catalog: Catalog, _salon: Salon) -> Facts | None:
    hours = catalog.business.policies.cancellation_window_hours
    rule = next((policy for policy in list_policies(catalog).policies if policy.rule), None)
    parts = [rule.rule if rule and hours else "", to_text(catalog.business.policies.cancellation_text)]
    text = " ".join(part for part in parts if part)
    if not text:
        return None
    link = _("The link in your confirmation e-mail lets you move or cancel.")
    return Facts(f"{text}\n\n{link}", ways=(Way(_("All policies"), reverse("policies")),))


def _say_deposit(catalog: Catalog, _salon: Salon) -> Facts | None:
    return _say_policy(catalog.business.policies.deposit_text)


def _say_returns(catalog: Catalog, _salon: Salon) -> Facts | None:
    return _say_policy(catalog.business.policies.returns_text)


def _say_policy(text: str) -> Facts | None:
    return Facts(to_text(text), ways=(Way(_("All policies"), reverse("policies")),)) if text else None


def _say_shipping(catalog: Catalog, _salon: Salon) -> Facts | None:
    rules, currency = catalog.business.shipping, catalog.business.currency
    lines = [_("You can pick up your order at the salon.")] if rules.pickup else []
    if rules.flat_rate is not None and rules.countries:
        price = formats.format_money(rules.flat_rate, currency, locale())
        lines.append(_("We ship for %(price)s.") % {"price": price})
    if lines and rules.free_from is not None:
        price = formats.format_money(rules.free_from, currency, locale())
        lines.append(_("From %(price)s on, shipping is free.") % {"price": price})
    return Facts(" ".join(lines), ways=(Way(_("To the shop"), reverse("shop")),)) if lines else None


def _say_booking(_catalog: Catalog, salon: Salon) -> Facts | None:
    if not salon.book_url:
        return _say_contact(_catalog, salon)
    text = _("Choose what you would like, then a time that is free. It takes a minute.")
    return Facts(
        text, ways=(Way(_("Book a time"), salon.book_url), Way(_("All services"), reverse("services")))
    )


def _say_prices(catalog: Catalog, _salon: Salon) -> Facts | None:
    if not catalog.services:
        return None
    offers = tuple(Offer("service", service.id) for service in catalog.services[:MOST_OFFERS])
    text = _("Every price stands beside its service. These are some of them:")
    return Facts(text, offers, (Way(_("All services and prices"), reverse("services")),))


def _say_team(catalog: Catalog, _salon: Salon) -> Facts | None:
    if not catalog.staff:
        return None
    rows = [
        f"- **{to_text(person.name)}**" + (f", {to_text(person.title)}" if person.title else "")
        for person in catalog.staff
    ]
    return Facts(
        "\n".join([_("These are the people here:"), "", *rows]), ways=(Way(_("Our team"), reverse("team")),)
    )


def _greet(_catalog: Catalog, _salon: Salon) -> Facts | None:
    words = {"name": current_store().name}
    return Facts(_("Hello! Ask about prices, hours, the way to %(name)s or how to book.") % words)


_ANSWERS: dict[Topic, Callable[[Catalog, Salon], Facts | None]] = {
    Topic.HOURS: _say_hours,
    Topic.PLACE: _say_place,
    Topic.CONTACT: _say_contact,
    Topic.CANCELLATION: _say_cancellation,
    Topic.DEPOSIT: _say_deposit,
    Topic.RETURNS: _say_returns,
    Topic.SHIPPING: _say_shipping,
    Topic.BOOKING: _say_booking,
    Topic.PRICES: _say_prices,
    Topic.TEAM: _say_team,
    Topic.GREETING: _greet,
}
# Who asks for a price, a time or a person means something that the salon offers.
_SPECIFIC = frozenset(Topic) - {Topic.PRICES, Topic.BOOKING, Topic.TEAM}


# --- without a topic ---


def _answer_question(catalog: Catalog, words: frozenset[str], at_least: float) -> Facts | None:
    """The salon's own answer to the question that is most like this one."""
    best, likeness = None, 0.0
    for item in list_policies(catalog).faq:
        asked = frozenset(split_words(item.question))
        shared = len(asked & words) / len(asked) if asked else 0.0
        if shared > likeness:
            best, likeness = item, shared
    if best is None or likeness < at_least:
        return None
    return Facts(f"**{best.question}**\n\n{best.answer}", ways=(Way(_("All policies"), reverse("policies")),))


def _offer_items(catalog: Catalog, query: str) -> Facts | None:
    store = current_store()
    kinds = frozenset({Kind.SERVICE, Kind.PRODUCT})
    hits = search.find(
        catalog, query, language=store.language, store_id=store.id, kinds=kinds, limit=MOST_OFFERS
    )
    good = [hit for hit in hits if hit.score >= GOOD_HIT]
    if not good:
        return None
    offers = tuple(Offer("service" if hit.kind is Kind.SERVICE else "product", UUID(hit.id)) for hit in good)
    first = good[0]
    row = catalog.service(offers[0].id) if first.kind is Kind.SERVICE else catalog.product(offers[0].id)
    about = first_sentences(to_text(row.description), 200) if row and row.description else ""
    return Facts("\n\n".join(part for part in (_("This could be what you mean:"), about) if part), offers)


def _go_on(salon: Salon) -> Facts:
    lines = [_("I can’t answer that right now.")]
    if salon.phone:
        lines.append(_("The salon can, on %(phone)s.") % {"phone": salon.phone.text})
    ways = [Way(_("Book a time"), salon.book_url)] if salon.book_url else []
    ways += [Way(_("All services"), reverse("services")), Way(_("Search"), reverse("search"))]
    return Facts(" ".join(lines), ways=tuple(ways))
