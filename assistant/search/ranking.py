"""How well each document answers a query: by the rarity of its words and how surely they were meant."""

from collections import defaultdict
from collections.abc import Iterator
from math import log

from assistant.search.index import SHORTEST_PART, Index, join_neighbours
from assistant.search.lexicon import LONGEST_PHRASE, Phrase, find_others
from assistant.search.text import drop_stop_words, split_words

MOST_WORDS, LONGEST_COMPOUND = 8, 28
# Another word of the same meaning is nearly as good as the one that was typed.
SAME_MEANING = 0.85
# A word that is in no document counts, but less than one that is: it may be a word of politeness.
UNKNOWN = 0.5
# Of two with the same words, the one with the shorter title is meant.
TITLE_BONUS = 0.08
WEAKEST, WEAKEST_BESIDE_BEST = 0.3, 0.45

Scores = dict[int, float]  # by the document's place


def rank(index: Index, query: str) -> Iterator[tuple[int, float]]:
    """(document's place, 0 to 1), best first; weak ones are left out."""
    words = drop_stop_words(split_words(query)[:MOST_WORDS], index.language)
    if not words:
        return
    by_word = _score_words(index, words)
    weights = [_weigh(scores, len(index.documents)) for scores in by_word]
    totals: defaultdict[int, float] = defaultdict(float)
    for scores, weight in zip(by_word, weights, strict=True):
        for place, score in scores.items():
            totals[place] += weight * score / sum(weights)
    scored = {place: _finish(index, place, total, words) for place, total in totals.items()}
    best = max(scored.values(), default=0.0)
    for place in sorted(scored, key=lambda place: (-scored[place], place)):
        if scored[place] >= max(WEAKEST, best * WEAKEST_BESIDE_BEST):
            yield place, round(min(1.0, scored[place]), 4)


def _score_words(index: Index, words: list[str]) -> list[Scores]:
    """For each word, how well each document has it: as typed, joined with its neighbour, or as a synonym."""
    last = len(words) - 1
    found = [
        _score_like(index, index.find_like(word, is_unfinished=place == last))
        for place, word in enumerate(words)
    ]
    for place, joined in enumerate(join_neighbours(words)):
        like = {word: sure for word, sure in index.find_like(joined).items() if sure > SAME_MEANING}
        for scores in found[place : place + 2]:
            _merge(scores, _score_like(index, like), 1.0)
    for scores, word in zip(found, words, strict=True):
        for parts in split_compound(word):
            if all(index.is_known(part) or find_others((part,), index.language) for part in parts):
                _merge(scores, _score_all([_score_meaning(index, part) for part in parts]), SAME_MEANING)
    for start, end in _spans(len(words)):
        for other in find_others(tuple(words[start:end]), index.language):
            meant = _score_phrase(index, other)
            for scores in found[start:end]:
                _merge(scores, meant, SAME_MEANING)
    return found


def _spans(count: int) -> Iterator[tuple[int, int]]:
    for start in range(count):
        for end in range(start + 1, min(start + LONGEST_PHRASE, count) + 1):
            yield start, end


def _score_like(index: Index, like: dict[str, float]) -> Scores:
    scores: Scores = {}
    for word, sure in like.items():
        _merge(scores, index.postings[word], sure)
    return scores


def _score_phrase(index: Index, phrase: Phrase) -> Scores:
    """Only documents that have all of it."""
    return _score_all([_score_like(index, index.find_said(word)) for word in phrase])


def _score_meaning(index: Index, word: str) -> Scores:
    """As one part of a compound: the word itself, or another of the same meaning."""
    scores = _score_phrase(index, (word,))
    for other in find_others((word,), index.language):
        _merge(scores, _score_phrase(index, other), SAME_MEANING)
    return scores


def _score_all(parts: list[Scores]) -> Scores:
    """What documents that have all parts have of the weakest."""
    common = set(parts[0]).intersection(*parts[1:])
    return {place: min(part[place] for part in parts) for place in common}


def split_compound(word: str) -> Iterator[Phrase]:
    """Every way to take a long word apart in two: "partnermassage" is "partner" and "massage"."""
    for place in range(SHORTEST_PART, min(len(word), LONGEST_COMPOUND) - SHORTEST_PART + 1):
        yield (word[:place], word[place:])


def _merge(scores: Scores, others: Scores, factor: float) -> None:
    for place, score in others.items():
        scores[place] = max(score * factor, scores.get(place, 0.0))


def _weigh(scores: Scores, documents: int) -> float:
    """Inverse document frequency: a word that few have says more, if it is sure that it was meant."""
    best = max(scores.values(), default=0.0)
    having = sum(score > best / 2 for score in scores.values())
    return log(1 + documents / max(1, having)) * max(best, UNKNOWN)


def _finish(index: Index, place: int, total: float, words: list[str]) -> float:
    title = index.title_words[place]
    share = len(title.intersection(words)) / len(title) if title else 0.0
    return (total + TITLE_BONUS * share * total) * index.documents[place].weight
