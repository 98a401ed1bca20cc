"""Finding a salon's items by words: whole words, their beginnings, and trigrams for typing errors."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from .state import State, all_entities
from .wire import Row

# Words clients use for what a salon calls something else.
SYNONYMS = {
    "bangs": "fringe",
    "kid": "kids",
    "child": "kids",
    "children": "kids",
    "wedding": "bridal",
    "hochzeit": "bridal",
    "men": "mens",
    "man": "mens",
    "dye": "color",
    "colour": "color",
    "floating": "schwebebad",
    "float": "schwebebad",
    "mani": "manicure",
    "pedi": "pedicure",
    "fake": "extensions",
    "acrylic": "extensions",
    "beard": "beard",
    "rucken": "rucken",
    "schwanger": "schwangerschaftsmassage",
    "pregnant": "schwangerschaftsmassage",
}
COMMON_WORDS = """
a an and are at can do does for from have how i in is it like me my need of on or please some that the to
want was what when where which with would you your much cost costs das dem den der die ein eine einen für
haben ich ihr ist kann möchte mit oder sie und wann was wie wo zu gibt es kostet
"""


def find_items(
    state: State, slug: str, query: str, kinds: tuple[str, ...] = ("services", "products")
) -> list[Row]:
    """[{kind, doc, score}] best first; a score lies between 0 and 1, and weak ones are left out."""
    words = [word for word in split_words(query) if word not in STOP_WORDS] or split_words(query)
    found = []
    for kind in kinds:
        for doc in all_entities(state, slug, kind):
            if doc.get("isActive", True):
                score = _score(words, doc)
                if score >= 0.34:
                    found.append({"kind": kind, "doc": doc, "score": round(score, 3)})
    return sorted(
        found, key=lambda item: (-item["score"], item["doc"].get("sortOrder", 0), item["doc"]["id"])
    )


def split_words(text: str) -> list[str]:
    """Lower case, without accents."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("đ", "d").replace("ß", "ss").replace("'", ""))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    # Who has no ä types ae; both become a, on either side.
    return re.findall(r"[a-z0-9]+", re.sub("([aou])e", r"\1", letters))


STOP_WORDS = frozenset(split_words(COMMON_WORDS))


def _score(words: list[str], doc: Row) -> float:
    """Mean over the words of the best match in name (full), category and tags (most), description (half)."""
    name = split_words(doc["name"])
    labels = split_words(" ".join([doc.get("category", ""), doc.get("brand", ""), *doc.get("tags", [])]))
    text = split_words(doc.get("description", ""))
    total = 0.0
    for word in words:
        wanted = {word, SYNONYMS.get(word, word)}
        total += max(
            weight * max((_likeness(w, known) for known in place for w in wanted), default=0.0)
            for place, weight in ((name, 1.0), (labels, 0.8), (text, 0.5))
        )
    return total / len(words) if words else 0.0


def _likeness(word: str, known: str) -> float:
    if word == known:
        return 1.0
    if len(word) >= 3 and known.startswith(word):
        return 0.9
    if len(word) >= 4 and word in known:  # German puts words together
        return 0.8
    if len(known) >= 3 and word.endswith(known):
        return 0.7
    shared, both = _trigrams(word), _trigrams(known)
    likeness = len(shared & both) / len(shared | both)
    return likeness if likeness >= 0.4 else 0.0


@lru_cache(maxsize=20_000)
def _trigrams(word: str) -> frozenset[str]:
    padded = f"  {word} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))
