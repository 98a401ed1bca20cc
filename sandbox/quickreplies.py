"""What a visitor may tap instead of typing. The call does not say in which language, nor for which salon."""

from __future__ import annotations

from .phrases import guess_language
from .wire import Row

SUGGESTIONS: dict[str, dict[str, list[tuple[str, str]]]] = {
    "en": {
        "homepage": [
            ("Which service suits me?", "question"),
            ("Book an appointment", "action"),
            ("What is popular?", "recommendation"),
            ("Are you open today?", "question"),
        ],
        "service": [
            ("How long does it take?", "question"),
            ("Book this service", "action"),
            ("Who does it?", "question"),
            ("What goes well with it?", "recommendation"),
        ],
        "product": [
            ("Is it in stock?", "question"),
            ("Add it to my cart", "action"),
            ("What goes well with it?", "recommendation"),
        ],
        "cart": [
            ("Can I pick it up?", "question"),
            ("Go to checkout", "action"),
            ("What else do I need?", "recommendation"),
        ],
        "checkout": [("When will it arrive?", "question"), ("What is your return policy?", "question")],
    },
    "de": {
        "homepage": [
            ("Was ist beliebt?", "recommendation"),
            ("Termin buchen", "action"),
            ("Haben Sie heute geöffnet?", "question"),
        ],
        "service": [
            ("Wie lange dauert das?", "question"),
            ("Diese Behandlung buchen", "action"),
            ("Wer macht das?", "question"),
        ],
        "product": [("Ist das vorrätig?", "question"), ("In den Warenkorb", "action")],
        "cart": [("Kann ich das abholen?", "question"), ("Zur Kasse", "action")],
        "checkout": [
            ("Wann kommt die Lieferung?", "question"),
            ("Wie ist der Umtausch geregelt?", "question"),
        ],
    },
    "vi": {
        "homepage": [
            ("Tiệm mở cửa mấy giờ?", "question"),
            ("Đặt lịch hẹn", "action"),
            ("Giá bao nhiêu?", "question"),
        ],
        "service": [("Mất bao lâu?", "question"), ("Đặt lịch hẹn", "action"), ("Ai làm?", "question")],
        "product": [("Còn hàng không?", "question"), ("Thêm vào giỏ hàng", "action")],
        "cart": [("Có giao hàng không?", "question"), ("Thanh toán", "action")],
        "checkout": [("Có giao hàng không?", "question"), ("Trả hàng được không?", "question")],
    },
}


def suggest(page: str, current_message: str) -> list[Row]:
    """Quick replies for a page in the language that is typed; those that begin so come first."""
    typed = current_message.strip().lower()
    rows = [
        {"text": text, "type": kind, "confidence": round(0.9 - 0.1 * place, 2)}
        for place, (text, kind) in enumerate(SUGGESTIONS[guess_language(typed) or "en"][page])
    ]
    return sorted(rows, key=lambda row: not (typed and row["text"].lower().startswith(typed)))
