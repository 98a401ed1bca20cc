"""One function for each topic of the stand-in assistant: a text in Markdown and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from .days import closes_at, name_day, spans_on
from .lookup import STOP_WORDS, split_words
from .wire import Row

if TYPE_CHECKING:
    from .conversation import Talk

Reply = tuple[str, list[Row]]
SELLABLE = ("in_stock", "low_stock", "pre_order")
# Topics after which one asks on about the item.
ABOUT_ITEMS = ("catalogue", "price", "duration", "stock", "book", "staff")
MOST_ACTIONS = 4


# --- the salon ------------------------------------------------------------------------------------------


def about_question(talk: Talk) -> Reply | None:
    """What the salon itself answers to questions like this one."""
    asked = _content(talk.message)
    if not asked:
        return None
    best, found = 0.0, None
    for entry in talk.business["policies"].get("faq", []):
        words = _content(entry["question"])
        # German puts words together: who asks for Gutscheine means Geschenkgutscheine.
        shared = sum(
            any(word in known for known in words) for word in asked if word in words or len(word) > 5
        )
        enough = 0.5 if shared > 1 else 0.6
        if words and shared / len(words) >= enough and shared / len(asked) > max(best, 0.45):
            best, found = shared / len(asked), entry["answer"]
    return (str(found), []) if found else None


def about_cancelling(talk: Talk) -> Reply | None:
    return _policy(talk, "cancellationText")


def about_deposits(talk: Talk) -> Reply | None:
    return _policy(talk, "depositText")


def about_returns(talk: Talk) -> Reply | None:
    return _policy(talk, "returnsText")


def about_shipping(talk: Talk) -> Reply:
    texts, shipping = talk.texts, talk.business.get("shipping", {})
    flat = ""
    if shipping.get("flatRate") is not None and shipping.get("freeFrom") is not None:
        flat = texts["flat"].format(
            price=_money(talk, shipping["flatRate"]), free=_money(talk, shipping["freeFrom"])
        )
    return texts["shipping"].format(flat=flat), []


def about_parking(talk: Talk) -> Reply:
    for entry in talk.business["policies"].get("faq", []):
        if _content(entry["question"]) & {"parking", "park", "parken", "parkplatz"}:
            return talk.texts["parking"].format(text=entry["answer"]), [_link(talk, "how", "/about/")]
    text, actions = about_place(talk)
    return f"{text} {talk.texts['ask'].format(**talk.business['contact'])}", actions


def about_place(talk: Talk) -> Reply:
    address = talk.business["address"]
    parts = [address[part] for part in ("line1", "line2", "postalCode", "city") if address.get(part)]
    return talk.texts["place"].format(address=", ".join(parts)), [_link(talk, "how", "/about/")]


def about_phone(talk: Talk) -> Reply:
    return talk.texts["human"].format(**talk.business["contact"]), []


def about_hours(talk: Talk) -> Reply:
    texts = talk.texts
    if talk.day:
        return _hours_on_day(talk, talk.day), []
    lines = [
        f"- {name}: {_spans(row['spans']) or texts['closed']}"
        for name, row in zip(texts["days"].split(","), talk.business["hours"], strict=True)
    ]
    close = closes_at(talk.business)
    now_open = "\n\n" + texts["now_open"].format(close=close) if close else ""
    return texts["hours"].format(hours="\n".join(lines)) + now_open, []


def about_staff(talk: Talk) -> Reply:
    texts, actions = talk.texts, [_link(talk, "team", "/team/")]
    people = talk.rows("staff")
    if named := [person for person in people if _content(person["name"]) & set(talk.words)]:
        return "\n\n".join(f"{_title(person)}. {person.get('bio', '')}" for person in named), actions
    item = next((item for item in talk.subject if item["kind"] == "services"), None)
    if item:
        able = [person for person in people if item["doc"]["id"] in person.get("serviceIds", [])]
        who = ", ".join(person["name"] for person in able)
        if who:
            return texts["by"].format(name=item["doc"]["name"], people=who), [*_actions(talk, item), *actions]
    return texts["people"].format(people="\n".join(f"- {_title(person)}" for person in people)), actions


# --- what it sells --------------------------------------------------------------------------------------


def about_items(talk: Talk) -> Reply:
    if len(talk.named) == 1:
        return _one_item(talk, talk.named[0])
    return _list(talk, "found", talk.named)


def about_prices(talk: Talk) -> Reply:
    found = talk.subject
    if len(found) == 1:
        return _one_item(talk, found[0])
    if found:
        return _list(talk, "found", found)
    cheapest: dict[str, Decimal] = {}
    for row in talk.rows("services"):
        price = Decimal(row["price"])
        cheapest[row["category"]] = min(price, cheapest.get(row["category"], price))
    lines = [
        f"- **{category}**: {talk.texts['from'].format(price=_money(talk, price))}"
        for category, price in cheapest.items()
    ]
    return talk.texts["prices"].format(items="\n".join(lines)), [_link(talk, "all", "/services/")]


def about_durations(talk: Talk) -> Reply | None:
    found = [item for item in talk.subject if item["kind"] == "services"]
    if len(found) > 1:
        return _list(talk, "found", found)
    if not found:
        return None
    doc = found[0]["doc"]
    text = talk.texts["lasts"].format(name=doc["name"], n=doc["duration"], price=_price(talk, doc))
    return text, _actions(talk, found[0])


def about_stock(talk: Talk) -> Reply | None:
    item = next((item for item in talk.subject if item["kind"] == "products"), None)
    return (_stock(talk, item["doc"]), _actions(talk, item)) if item else None


def about_cart(talk: Talk) -> Reply:
    item = next((item for item in talk.subject if item["kind"] == "products"), None)
    if not item:
        return talk.texts["kasse"], [_link(talk, "to_cart", "/cart/")]
    doc = item["doc"]
    if doc["stockStatus"] not in SELLABLE:
        return _stock(talk, doc), _actions(talk, item)
    return talk.texts["cart"].format(name=doc["name"], price=_price(talk, doc)), _actions(talk, item)


def about_checkout(talk: Talk) -> Reply:
    return talk.texts["kasse"], [_link(talk, "to_cart", "/cart/")]


def about_booking(talk: Talk) -> Reply:
    """Gladly, where it is known what; on a day when the salon is closed it says so first."""
    texts = talk.texts
    found = [item for item in talk.subject if item["kind"] == "services"]
    day = f" {_inside(name_day(talk.day, talk.business, texts))}" if talk.day else ""
    closed = (
        f"{_hours_on_day(talk, talk.day)} " if talk.day and not spans_on(talk.business, talk.day)[0] else ""
    )
    if len(found) == 1:
        doc = found[0]["doc"]
        if not doc["isBookableOnline"]:
            text = texts["no_online"].format(name=doc["name"], phone=talk.business["contact"]["phone"])
            return text, _actions(talk, found[0])
        return closed + texts["book_it"].format(name=doc["name"], day=day), _actions(talk, found[0])
    choice = found or [{"kind": "services", "doc": row} for row in _bookable(talk)[:3]]
    return closed + texts["book_what"].format(day=day), [_book(talk, item) for item in choice[:3]] + [
        _link(talk, "all", "/services/")
    ]


def about_services(talk: Talk) -> Reply:
    if talk.named:
        return about_items(talk)
    names: dict[str, list[str]] = {}
    for row in talk.rows("services"):
        names.setdefault(row["category"], []).append(row["name"])
    lines = [f"- **{category}**: {', '.join(rows[:4])}" for category, rows in names.items()]
    return talk.texts["services"].format(items="\n".join(lines)), [_link(talk, "all", "/services/")]


def about_products(talk: Talk) -> Reply:
    found = [item for item in talk.named if item["kind"] == "products"]
    found = found or [{"kind": "products", "doc": row} for row in talk.rows("products")[:5]]
    text, actions = _list(talk, "products", found)
    return text, [*actions[: MOST_ACTIONS - 1], _link(talk, "shop", "/shop/")]


def about_popular(talk: Talk) -> Reply:
    return _list(talk, "popular", [{"kind": "services", "doc": row} for row in _bookable(talk)[:3]])


def about_greeting(talk: Talk) -> Reply | None:
    return None if talk.named else (talk.texts["greeting"], [])


def about_thanks(talk: Talk) -> Reply | None:
    return None if talk.named else (talk.texts["thanks"], [])


def about_nothing(talk: Talk) -> Reply:
    return talk.texts["nothing"].format(**talk.business["contact"]), [_link(talk, "all", "/services/")]


TOPICS: dict[str, Callable[[Talk], Reply | None]] = {
    "cancel": about_cancelling,
    "deposit": about_deposits,
    "returns": about_returns,
    "shipping": about_shipping,
    "parking": about_parking,
    "place": about_place,
    "human": about_phone,
    "checkout": about_checkout,
    "cart": about_cart,
    "staff": about_staff,
    "book": about_booking,
    "hours": about_hours,
    "duration": about_durations,
    "stock": about_stock,
    "price": about_prices,
    "services": about_services,
    "products": about_products,
    "popular": about_popular,
    "thanks": about_thanks,
    "greeting": about_greeting,
}


# --- pieces ---------------------------------------------------------------------------------------------


def _policy(talk: Talk, name: str) -> Reply | None:
    text = talk.business["policies"].get(name)
    return (text, []) if text else None


def _hours_on_day(talk: Talk, named: date) -> str:
    spans, note = spans_on(talk.business, named)
    text = talk.texts["open_on" if spans else "closed_on"]
    day = name_day(named, talk.business, talk.texts)
    aside = talk.texts["note"].format(note=note) if note else ""
    return str(text.format(day=day, spans=_spans(spans))) + aside


def _spans(spans: list[Row]) -> str:
    return ", ".join(f"{span['open']}–{span['close']}" for span in spans)


def _inside(day: str) -> str:
    """A day's name inside a sentence; weekdays keep their capital letter."""
    return day[0].lower() + day[1:]


def _title(person: Row) -> str:
    return f"**{person['name']}**" + (f", {person['title']}" if person.get("title") else "")


def _one_item(talk: Talk, item: Row) -> Reply:
    doc, texts = item["doc"], talk.texts
    text = texts["costs"].format(name=doc["name"], price=_price(talk, doc), minutes=_minutes(talk, doc))
    if item["kind"] == "products" and doc["stockStatus"] not in SELLABLE:
        text = _stock(talk, doc)
    if doc.get("depositAmount"):
        text += texts["deposit"].format(price=_money(talk, doc["depositAmount"]))
    return f"{text}\n\n{doc.get('description', '')}".strip(), _actions(talk, item)


def _list(talk: Talk, text: str, items: list[Row]) -> Reply:
    lines = [
        talk.texts["item"].format(
            name=item["doc"]["name"], price=_price(talk, item["doc"]), minutes=_minutes(talk, item["doc"])
        )
        for item in items
    ]
    return talk.texts[text].format(items="\n".join(lines)), [_actions(talk, item)[0] for item in items][
        :MOST_ACTIONS
    ]


def _stock(talk: Talk, doc: Row) -> str:
    words = {"name": doc["name"], "price": _price(talk, doc), "n": doc.get("stockQuantity", 1)}
    return str(talk.texts[doc["stockStatus"]].format(**words))


def _minutes(talk: Talk, doc: Row) -> str:
    return str(talk.texts["minutes"].format(n=doc["duration"])) if "duration" in doc else ""


def _price(talk: Talk, doc: Row) -> str:
    price = _money(talk, doc["price"])
    return str(talk.texts["from"].format(price=price)) if doc.get("priceFrom") else price


def _money(talk: Talk, amount: Decimal | int) -> str:
    number = f"{Decimal(amount):.2f}"
    return f"{number.replace('.', ',') if talk.language == 'de' else number} {talk.business['currency']}"


def _bookable(talk: Talk) -> list[Row]:
    return [row for row in talk.rows("services") if row["isBookableOnline"]]


def _actions(talk: Talk, item: Row) -> list[Row]:
    """First what one would do with it, then a look at it."""
    doc = item["doc"]
    key = "serviceId" if item["kind"] == "services" else "productId"
    view = {
        "type": "view_details",
        "label": talk.texts["view"].format(name=doc["name"]),
        "payload": {key: doc["id"]},
    }
    if item["kind"] == "services":
        return [_book(talk, item), view] if doc["isBookableOnline"] else [view]
    if doc["stockStatus"] not in SELLABLE:
        return [view]
    label = talk.texts["add"].format(name=doc["name"])
    return [{"type": "add_to_cart", "label": label, "payload": {"productId": doc["id"]}}, view]


def _book(talk: Talk, item: Row) -> Row:
    doc = item["doc"]
    payload: Row = {"serviceId": doc["id"]}
    if talk.day:
        payload["appointmentData"] = {"date": talk.day.isoformat()}
    return {
        "type": "book_appointment",
        "label": talk.texts["book"].format(name=doc["name"]),
        "payload": payload,
    }


def _link(talk: Talk, text: str, url: str) -> Row:
    return {"type": "navigate", "label": talk.texts[text], "payload": {"url": url}}


def _content(text: str) -> set[str]:
    return {word for word in split_words(text) if word not in STOP_WORDS and len(word) > 1}
