"""Which words of salons mean the same (concepts.txt), ready to be looked up by what a client typed."""

from collections import defaultdict
from functools import lru_cache
from pathlib import Path

from assistant.search.text import split_words, stem

LONGEST_PHRASE = 4  # words
FILE = Path(__file__).with_name("concepts.txt")

Phrase = tuple[str, ...]


@lru_cache(maxsize=8)
def _load(language: str) -> dict[Phrase, frozenset[Phrase]]:
    """{stemmed phrase: the other phrases of its groups, as folded words}"""
    others: defaultdict[Phrase, set[Phrase]] = defaultdict(set)
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        group = [phrase for part in line.split(",") if (phrase := tuple(split_words(part)))]
        for phrase in group:
            others[_stem_all(phrase, language)].update(other for other in group if other != phrase)
    return {phrase: frozenset(found) for phrase, found in others.items()}


def find_others(phrase: Phrase, language: str) -> frozenset[Phrase]:
    """Other ways to say a phrase of folded words; none for one that is not in the lexicon."""
    return _load(language).get(_stem_all(phrase, language), frozenset())


def _stem_all(phrase: Phrase, language: str) -> Phrase:
    return tuple(stem(word, language) for word in phrase)
