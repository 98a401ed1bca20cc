"""The words of a store's documents, and which of them a typed word may mean."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.search.documents import Document
from assistant.search.text import split_words, stem

TITLE, LABEL, TEXT = 1.0, 0.85, 0.5
# How sure it is that a word was meant, by the way it is like what was typed.
SAME, SAME_STEM, BEGINNING, INSIDE, HOLDS, ONE_TYPO, TWO_TYPOS = 1.0, 0.97, 0.9, 0.82, 0.6, 0.8, 0.65
SHORTEST_BEGINNING, SHORTEST_PART, SHORTEST_TYPO, SHORTEST_TWO_TYPOS = 3, 4, 4, 8

Guess = tuple[str, float]  # a word of the documents, and how sure it is


class Index:
    """Of one store's catalogue in one language. Never changed once it is built."""

    def __init__(self, documents: tuple[Document, ...], language: str) -> None:
        self.documents, self.language = documents, language
        # {word: {document's place: weight of the best field it stands in}}
        self.postings: dict[str, dict[int, float]] = defaultdict(dict)
        self.title_words = [frozenset(split_words(document.title)) for document in documents]
        for place, document in enumerate(documents):
            self._add(place, document.title, TITLE)
            for label in document.labels:
                self._add(place, label, LABEL)
            self._add(place, document.text, TEXT)
        self.words = tuple(self.postings)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        self._roots = {word: stem(word, language) for word in self.words}
        for word, root in self._roots.items():
            self._by_stem[root].append(word)

    def _add(self, place: int, text: str, weight: float) -> None:
        words = split_words(text)
        for word in words if weight == TEXT else (*words, *join_neighbours(words)):
            known = self.postings[word]
            known[place] = max(weight, known.get(place, 0.0))

    def is_known(self, word: str) -> bool:
        """Whether it stands in a document, in whatever form."""
        return stem(word, self.language) in self._by_stem

    def find_like(self, typed: str, *, is_unfinished: bool = False) -> dict[str, float]:
        """{word of the documents: how sure it is that it was meant}. `typed` is folded.

        `is_unfinished`: more of it may still be typed.
        """
        found: dict[str, float] = {}
        root = stem(typed, self.language)
        _note(found, self._find_same(typed, root))
        _note(found, self._find_parts(typed, root, is_unfinished=is_unfinished))
        if max(found.values(), default=0.0) < SAME_STEM:
            _note(found, self._find_typos(typed))
        return found

    def find_said(self, word: str) -> dict[str, float]:
        """As find_like, of a word that nobody typed: no typing errors, no beginnings."""
        found: dict[str, float] = {}
        root = stem(word, self.language)
        _note(found, self._find_same(word, root))
        if len(root) >= SHORTEST_PART:
            _note(found, ((known, INSIDE) for known in self.words if root in known))
        return found

    def _find_same(self, word: str, root: str) -> Iterator[Guess]:
        if word in self.postings:
            yield word, SAME
        for known in self._by_stem.get(root, ()):
            yield known, SAME_STEM

    def _find_parts(self, typed: str, root: str, *, is_unfinished: bool) -> Iterator[Guess]:
        """Beginnings, words inside compounds ("stein" in "Heißsteinmassage"), compounds of known words."""
        shortest = SHORTEST_BEGINNING if is_unfinished else SHORTEST_PART
        for word in self.words:
            if len(typed) >= shortest and word.startswith(typed):
                yield word, BEGINNING
            elif len(root) >= SHORTEST_PART and root in word:
                yield word, INSIDE
            elif _holds(root, self._roots[word]):
                yield word, HOLDS

    def _find_typos(self, typed: str) -> Iterator[Guess]:
        """Optimal string alignment: a letter wrong, missing, too many, or two in each other's place."""
        if len(typed) < SHORTEST_TYPO:
            return
        most = 2 if len(typed) >= SHORTEST_TWO_TYPOS else 1
        near = process.extract(typed, self.words, scorer=OSA.distance, score_cutoff=most, limit=12)
        for word, distance, _place in near:
            if distance and len(word) >= SHORTEST_TYPO:
                yield word, ONE_TYPO if distance == 1 else TWO_TYPOS


def _note(found: dict[str, float], guesses: Iterable[Guess]) -> None:
    """The surest of each word."""
    for word, sure in guesses:
        found[word] = max(sure, found.get(word, 0.0))


def _holds(compound: str, root: str) -> bool:
    """Whether a word begins or ends with another: "duftkerzen" is a kind of "kerze"."""
    is_part = SHORTEST_PART <= len(root) < len(compound)
    return is_part and (compound.startswith(root) or compound.endswith(root))


def join_neighbours(words: list[str]) -> list[str]:
    """ "silk press" is also typed "silkpress"."""
    return [first + second for first, second in pairwise(words)]
