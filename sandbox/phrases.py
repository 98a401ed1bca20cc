"""The words of the stand-in assistant: what it listens for and what it says, in three languages."""

from __future__ import annotations

from .lookup import split_words
from .wire import Row

# What a message may be about, in the order it is tried: phrases in three languages.
TOPICS = {
    "cancel": "cancel; cancellation; reschedule; absagen; stornieren; stornierung; verschieben; hủy; "
    "huỷ; đổi lịch",
    "deposit": "deposit; in advance; anzahlung; vorauszahlung; đặt cọc; tiền cọc",
    "returns": "return; returns; refund; exchange; rückgabe; umtausch; zurückgeben; trả hàng",
    "shipping": "shipping; ship; deliver; delivery; pick it up; pickup; pick up; it arrive; versand; "
    "versenden; liefern; lieferung; abholen; giao hàng",
    "parking": "parking; park; parken; parkplatz; parkplätze; đậu xe; đỗ xe",
    "place": "where are you; where is the; address; directions; find you; location; wo sind; wo finde; wo "
    "ist; adresse; anfahrt; địa chỉ; ở đâu",
    "human": "phone; call you; a human; a person; telefon; anrufen; telefonnummer; gọi; số điện thoại",
    "checkout": "checkout; kasse; thanh toán",
    "cart": "add it; add this; cart; buy it; buy this; warenkorb; giỏ hàng; mua",
    "staff": "who; stylist; stylists; your team; staff; wer; bei wem; personal; ai làm; thợ nào; nhân viên",
    "book": "book; booking; appointment; appointments; reserve; i come; come in; come by; buchen; buche; "
    "termin; termine; kommen; vorbeikommen; đặt lịch; đặt hẹn; lịch hẹn; đặt chỗ",
    "hours": "hours; open; close; closed; opening; öffnungszeiten; geöffnet; offen; geschlossen; macht auf; "
    "haben auf; mở cửa; mấy giờ; đóng cửa",
    "duration": "how long; how many minutes; duration; wie lange; dauert; dauer; bao lâu",
    "stock": "in stock; available; sold out; auf lager; vorrätig; lieferbar; verfügbar; còn hàng; còn không",
    "price": "how much; price; prices; cost; costs; expensive; kostet; kosten; preis; preise; wie viel; "
    "wieviel; teuer; bao nhiêu; giá",
    "services": "all services; your services; services do you; you offer; menu; alle behandlungen; alle "
    "leistungen; behandlungen; leistungen; dịch vụ",
    "products": "all products; products; the shop; alle produkte; produkte; sản phẩm",
    "popular": "popular; recommend; suits me; suit me; goes well; else do i need; beliebt; empfehlen; passt; "
    "gợi ý",
    "thanks": "thanks; thank you; danke; cảm ơn",
    "greeting": "hello; hi; hey; hallo; moin; guten tag; guten morgen; guten abend; chào; xin chào",
}


def pad(words: list[str]) -> str:
    """So that a phrase is found as whole words only."""
    return f" {' '.join(words)} "


# Words that say nothing about what is meant.
FILLERS = frozenset(
    split_words(
        "show me all see list tell give want would could get take takes go going visit time works there "
        "please anything something about any so ok this these "
        "zeigen sie mir alle sagen gern etwas auch noch uns wir das dies diese diesen besuch behandlung muss "
        "tiệm em anh chị muốn không có cho là nhé dạ làm ạ các"
    )
)

CUES = {topic: [pad(split_words(phrase)) for phrase in texts.split(";")] for topic, texts in TOPICS.items()}
CUE_WORDS = frozenset(word for phrases in CUES.values() for phrase in phrases for word in phrase.split())

# Words that give a language away, written as they are spelt.
LANGUAGE_WORDS = {
    "en": "the is are do does how what where who when you your my can much book open with for please "
    "hello hi on",
    "de": "der die das ist sind ich sie ihr wie was wo wer wann kann haben und mit für einen eine ein "
    "bitte morgen heute hallo guten kostet am es",
    "vi": "bao nhiêu giá không có mấy giờ cửa ở đâu đặt lịch chào tiệm muốn ai làm cho em chị anh ngày "
    "mai hôm nay dạ được móng sơn",
}
KNOWN_WORDS = {language: frozenset(words.split()) for language, words in LANGUAGE_WORDS.items()}


def guess_language(message: str) -> str | None:
    """The language most of the telling words are in; None where it cannot be told."""
    words = "".join(letter if letter.isalpha() else " " for letter in message.lower()).split()
    found = sorted(
        ((sum(word in known for word in words), language) for language, known in KNOWN_WORDS.items()),
        reverse=True,
    )
    return found[0][1] if found[0][0] > found[1][0] else None


def find_topics(message: str) -> list[str]:
    """What it is about, first things first."""
    text = pad(split_words(message))
    return [topic for topic, phrases in CUES.items() if any(phrase in text for phrase in phrases)]


TEXTS: dict[str, Row] = {
    "en": {
        "hours": "We are open:\n{hours}",
        "open_on": "{day} we are open **{spans}**.",
        "closed_on": "{day} we are **closed**.",
        "note": " ({note})",
        "now_open": "We are open right now, until {close}.",
        "place": "You find us at **{address}**.",
        "parking": "**Parking:** {text}",
        "ask": "For more about that, call us on {phone}.",
        "human": "Call us on **{phone}** or write to {email}.",
        "shipping": "You can pick up your order at the salon{flat}.",
        "flat": ", or we ship it for {price}, free from {free}",
        "greeting": "Hello! Ask me about services, prices, products or opening hours, or say what to book.",
        "thanks": "You are welcome. See you soon!",
        "found": "This could suit you:\n{items}",
        "prices": "Our prices by category:\n{items}",
        "nothing": "I do not know that. You can look through all services, or call us on **{phone}**.",
        "item": "- **{name}**: {price}{minutes}",
        "minutes": ", {n} minutes",
        "from": "from {price}",
        "costs": "**{name}** costs **{price}**{minutes}.",
        "lasts": "**{name}** takes **{n} minutes**. It costs {price}.",
        "deposit": " A deposit of {price} is due when you book.",
        "in_stock": "**{name}** is in stock. It costs {price}.",
        "low_stock": "**{name}**: only {n} left. It costs {price}.",
        "pre_order": "**{name}** can be pre-ordered. It costs {price}.",
        "out_of_stock": "**{name}** is sold out right now.",
        "by": "**{name}** is done by {people}.",
        "people": "Our team:\n{people}",
        "book_it": "Gladly! Choose a time for **{name}**{day}.",
        "book_what": "Which service would you like{day}?",
        "no_online": "**{name}** cannot be booked online. Please call us on {phone}.",
        "cart": "Here is **{name}** for your cart, {price}.",
        "kasse": "Your cart is one tap away.",
        "services": "These are our services:\n{items}",
        "products": "From our shop:\n{items}",
        "popular": "Often chosen:\n{items}",
        "book": "Book {name}",
        "view": "View {name}",
        "add": "Add {name}",
        "all": "All services",
        "shop": "To the shop",
        "team": "Meet the team",
        "to_cart": "To the cart",
        "how": "How to find us",
        "today": "Today",
        "tomorrow": "Tomorrow",
        "day": "On {weekday}, {date}",
        "date": "{d} {month}",
        "closed": "closed",
        "days": "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday",
        "months": "January,February,March,April,May,June,July,August,September,October,November,December",
        "suggestions": ["What are your opening hours?", "What does a visit cost?", "Where are you?"],
        "after_item": ["How long does it take?", "Who does it?", "Are you open tomorrow?"],
    },
    "de": {
        "hours": "Wir haben geöffnet:\n{hours}",
        "open_on": "{day} haben wir **{spans}** geöffnet.",
        "closed_on": "{day} haben wir **geschlossen**.",
        "note": " ({note})",
        "now_open": "Jetzt haben wir geöffnet, bis {close} Uhr.",
        "place": "Sie finden uns hier: **{address}**.",
        "parking": "**Parken:** {text}",
        "ask": "Mehr dazu am Telefon: {phone}.",
        "human": "Rufen Sie uns an: **{phone}**, oder schreiben Sie an {email}.",
        "shipping": "Sie können Ihre Bestellung bei uns abholen{flat}.",
        "flat": ", oder wir versenden sie für {price}, ab {free} kostenfrei",
        "greeting": "Guten Tag! Fragen Sie mich nach Behandlungen, Preisen, Produkten oder Öffnungszeiten, "
        "oder sagen Sie, was Sie buchen möchten.",
        "thanks": "Sehr gern. Bis bald!",
        "found": "Das könnte passen:\n{items}",
        "prices": "Unsere Preise:\n{items}",
        "nothing": "Das weiß ich nicht. Sehen Sie alle Behandlungen an oder rufen Sie an: **{phone}**.",
        "item": "- **{name}**: {price}{minutes}",
        "minutes": ", {n} Minuten",
        "from": "ab {price}",
        "costs": "**{name}** kostet **{price}**{minutes}.",
        "lasts": "**{name}** dauert **{n} Minuten** und kostet {price}.",
        "deposit": " Bei der Buchung bitten wir um eine Anzahlung von {price}.",
        "in_stock": "**{name}** ist vorrätig und kostet {price}.",
        "low_stock": "**{name}**: nur noch {n} da, für {price}.",
        "pre_order": "**{name}** können Sie vorbestellen, für {price}.",
        "out_of_stock": "**{name}** ist gerade ausverkauft.",
        "by": "**{name}** übernimmt {people}.",
        "people": "Unser Team:\n{people}",
        "book_it": "Gern! Wählen Sie eine Zeit für **{name}**{day}.",
        "book_what": "Welche Behandlung möchten Sie{day}?",
        "no_online": "**{name}** ist online nicht buchbar. Bitte rufen Sie an: {phone}.",
        "cart": "Hier ist **{name}** für Ihren Warenkorb, {price}.",
        "kasse": "Hier geht es zum Warenkorb.",
        "services": "Unsere Behandlungen:\n{items}",
        "products": "Aus unserem Laden:\n{items}",
        "popular": "Oft gewählt:\n{items}",
        "book": "{name} buchen",
        "view": "{name} ansehen",
        "add": "{name} kaufen",
        "all": "Alle Behandlungen",
        "shop": "Zum Laden",
        "team": "Unser Team",
        "to_cart": "Zum Warenkorb",
        "how": "So finden Sie uns",
        "today": "Heute",
        "tomorrow": "Morgen",
        "day": "Am {weekday}, {date}",
        "date": "{d}. {month}",
        "closed": "geschlossen",
        "days": "Montag,Dienstag,Mittwoch,Donnerstag,Freitag,Samstag,Sonntag",
        "months": "Januar,Februar,März,April,Mai,Juni,Juli,August,September,Oktober,November,Dezember",
        "suggestions": ["Wann haben Sie geöffnet?", "Was kostet eine Behandlung?", "Wo finde ich Sie?"],
        "after_item": ["Wie lange dauert das?", "Wer macht das?", "Haben Sie morgen geöffnet?"],
    },
    "vi": {
        "hours": "Giờ mở cửa:\n{hours}",
        "open_on": "{day} tiệm mở cửa **{spans}**.",
        "closed_on": "{day} tiệm **nghỉ**.",
        "note": " ({note})",
        "now_open": "Tiệm đang mở cửa, đến {close}.",
        "place": "Tiệm ở **{address}**.",
        "parking": "**Đậu xe:** {text}",
        "ask": "Xin gọi {phone} để hỏi thêm.",
        "human": "Xin gọi **{phone}** hoặc viết cho {email}.",
        "shipping": "Bạn có thể nhận hàng tại tiệm{flat}.",
        "flat": ", hoặc giao tận nhà {price}, miễn phí từ {free}",
        "greeting": "Dạ chào bạn! Bạn muốn hỏi giá, giờ mở cửa hay đặt lịch?",
        "thanks": "Dạ không có chi. Hẹn gặp bạn!",
        "found": "Có thể hợp với bạn:\n{items}",
        "prices": "Bảng giá:\n{items}",
        "nothing": "Dạ em không rõ. Bạn xem tất cả dịch vụ hoặc gọi **{phone}** nhé.",
        "item": "- **{name}**: {price}{minutes}",
        "minutes": ", {n} phút",
        "from": "từ {price}",
        "costs": "**{name}** giá **{price}**{minutes}.",
        "lasts": "**{name}** mất **{n} phút**, giá {price}.",
        "deposit": " Cần đặt cọc {price}.",
        "in_stock": "**{name}** còn hàng, giá {price}.",
        "low_stock": "**{name}** chỉ còn {n}, giá {price}.",
        "pre_order": "**{name}** đặt trước được, giá {price}.",
        "out_of_stock": "**{name}** đã hết hàng.",
        "by": "**{name}**: {people} làm.",
        "people": "Thợ của tiệm:\n{people}",
        "book_it": "Dạ được! Mời bạn chọn giờ cho **{name}**{day}.",
        "book_what": "Bạn muốn làm dịch vụ nào{day}?",
        "no_online": "**{name}** chưa đặt trên mạng được. Xin gọi {phone}.",
        "cart": "**{name}**, giá {price}.",
        "kasse": "Giỏ hàng của bạn đây.",
        "services": "Dịch vụ của tiệm:\n{items}",
        "products": "Sản phẩm:\n{items}",
        "popular": "Khách hay chọn:\n{items}",
        "book": "Đặt {name}",
        "view": "Xem {name}",
        "add": "Mua {name}",
        "all": "Tất cả dịch vụ",
        "shop": "Cửa hàng",
        "team": "Thợ của tiệm",
        "to_cart": "Giỏ hàng",
        "how": "Đường đến tiệm",
        "today": "Hôm nay",
        "tomorrow": "Ngày mai",
        "day": "{weekday}, {date}",
        "date": "{d}/{m}",
        "closed": "nghỉ",
        "days": "Thứ hai,Thứ ba,Thứ tư,Thứ năm,Thứ sáu,Thứ bảy,Chủ nhật",
        "months": ",,,,,,,,,,,",
        "suggestions": ["Tiệm mở cửa mấy giờ?", "Giá bao nhiêu?", "Tiệm ở đâu?"],
        "after_item": ["Mất bao lâu?", "Ai làm?", "Ngày mai có mở cửa không?"],
    },
}
