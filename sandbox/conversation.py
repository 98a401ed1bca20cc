"""What the stand-in assistant says: hours, prices, the address, how to cancel; in English or German."""

from __future__ import annotations

from decimal import Decimal

from .availability import WEEKDAYS, load_business
from .lookup import find_items, split_words
from .state import State
from .tenants import LANGUAGES
from .wire import Row

GERMAN_DAYS = dict(
    zip(
        WEEKDAYS,
        ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
        strict=True,
    )
)
# The first topic with a word in the message wins.
TOPICS = {
    "hours": "hours open close closed opening öffnungszeiten geöffnet offen geschlossen",
    "place": "where address parking directions find wo adresse anfahrt parken",
    "cancel": "cancel cancellation reschedule absagen stornieren stornierung verschieben",
    "returns": "return returns refund rückgabe umtausch",
    "human": "phone call human person telefon anrufen",
    "greeting": "hello hi hey hallo moin guten chao",
}
TEXTS: dict[str, Row] = {
    "en": {
        "hours": "We are open:\n{hours}",
        "place": "You find us at {address}.",
        "human": "Call us on {phone} or write to {email}.",
        "greeting": "Hello! Ask me about services, prices, products or opening hours.",
        "found": "This could suit you:\n{items}",
        "nothing": "I could not find that. You can look through all services, or call us on {phone}.",
        "item": "- **{name}**: {price}{minutes}",
        "minutes": ", {n} minutes",
        "from": "from {price}",
        "closed": "closed",
        "book": "Book {name}",
        "view": "View {name}",
        "all": "All services",
        "suggestions": ["What are your opening hours?", "What does a visit cost?", "Where are you?"],
    },
    "de": {
        "hours": "Wir haben geöffnet:\n{hours}",
        "place": "Sie finden uns hier: {address}.",
        "human": "Rufen Sie uns an: {phone}, oder schreiben Sie an {email}.",
        "greeting": "Guten Tag! Fragen Sie mich nach Behandlungen, Preisen, Produkten oder Öffnungszeiten.",
        "found": "Das könnte passen:\n{items}",
        "nothing": "Das habe ich nicht gefunden. Sehen Sie alle Behandlungen an oder rufen Sie an: {phone}.",
        "item": "- **{name}**: {price}{minutes}",
        "minutes": ", {n} Minuten",
        "from": "ab {price}",
        "closed": "geschlossen",
        "book": "{name} buchen",
        "view": "{name} ansehen",
        "all": "Alle Behandlungen",
        "suggestions": ["Wann haben Sie geöffnet?", "Was kostet eine Behandlung?", "Wo finde ich Sie?"],
    },
}
SUGGESTIONS = {
    "homepage": [
        ("Which service suits me?", "question"),
        ("Book an appointment", "action"),
        ("What is popular?", "recommendation"),
    ],
    "service": [
        ("How long does it take?", "question"),
        ("Book this service", "action"),
        ("What goes well with it?", "recommendation"),
    ],
    "product": [
        ("How do I use it?", "question"),
        ("Add it to my cart", "action"),
        ("What goes well with it?", "recommendation"),
    ],
    "cart": [
        ("Can I pick it up?", "question"),
        ("Go to checkout", "action"),
        ("What else do I need?", "recommendation"),
    ],
    "checkout": [("When will it arrive?", "question"), ("What is your return policy?", "question")],
}


def reply_to(state: State, slug: str, message: str, language: str) -> Row:
    """A ChatResponse; any language but German is answered in English."""
    language = (language or LANGUAGES[slug])[:2].lower()
    texts = TEXTS.get(language, TEXTS["en"])
    business = load_business(state, slug)
    topic = _find_topic(message)
    answer, actions = _answer_topic(topic, business, texts), []
    if answer is None:
        found = find_items(state, slug, message)[:3]
        actions = [_action(item, texts) for item in found] or [_link(texts)]
        items = "\n".join(_describe(item, business["currency"], texts) for item in found)
        answer = (
            texts["found"].format(items=items) if found else texts["nothing"].format(**business["contact"])
        )
    metadata = {"model": "sandbox", "topic": topic or "catalogue"}
    return {"response": answer, "suggestions": texts["suggestions"], "actions": actions, "metadata": metadata}


def suggest(page: str, current_message: str) -> list[Row]:
    """Quick replies for a page; those that begin as the visitor types come first."""
    typed = current_message.strip().lower()
    rows = [
        {"text": text, "type": kind, "confidence": round(0.9 - 0.1 * place, 2)}
        for place, (text, kind) in enumerate(SUGGESTIONS[page])
    ]
    return sorted(rows, key=lambda row: not (typed and row["text"].lower().startswith(typed)))


def _find_topic(message: str) -> str | None:
    words = set(split_words(message))
    for topic, cues in TOPICS.items():
        if words & set(split_words(cues)):
            return topic
    return None


def _answer_topic(topic: str | None, business: Row, texts: Row) -> str | None:
    address, policies = business["address"], business["policies"]
    if topic is None:
        return None
    if topic == "cancel":
        return str(policies.get("cancellationText", ""))
    if topic == "returns":
        return str(policies.get("returnsText", ""))
    place = ", ".join(address[part] for part in ("line1", "line2", "postalCode", "city") if address.get(part))
    return str(texts[topic].format(hours=_list_hours(business, texts), address=place, **business["contact"]))


def _list_hours(business: Row, texts: Row) -> str:
    names = GERMAN_DAYS if texts is TEXTS["de"] else {day: day.capitalize() for day in WEEKDAYS}
    return "\n".join(
        f"- {names[day['day']]}: "
        + (", ".join(f"{span['open']}–{span['close']}" for span in day["spans"]) or texts["closed"])
        for day in business["hours"]
    )


def _describe(item: Row, currency: str, texts: Row) -> str:
    doc = item["doc"]
    price = f"{Decimal(doc['price']):.2f} {currency}"
    if doc.get("priceFrom"):
        price = texts["from"].format(price=price)
    minutes = texts["minutes"].format(n=doc["duration"]) if "duration" in doc else ""
    return str(texts["item"].format(name=doc["name"], price=price, minutes=minutes))


def _action(item: Row, texts: Row) -> Row:
    doc = item["doc"]
    if item["kind"] == "services" and doc["isBookableOnline"]:
        return {
            "type": "book_appointment",
            "label": texts["book"].format(name=doc["name"]),
            "payload": {"serviceId": doc["id"]},
        }
    key = "serviceId" if item["kind"] == "services" else "productId"
    return {
        "type": "view_details",
        "label": texts["view"].format(name=doc["name"]),
        "payload": {key: doc["id"]},
    }


def _link(texts: Row) -> Row:
    return {"type": "navigate", "label": texts["all"], "payload": {"url": "/services/"}}
