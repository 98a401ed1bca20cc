"""How words are compared, and what an index gives for odd queries."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import search
from assistant.search.documents import Document, Kind
from assistant.search.index import Index
from assistant.search.ranking import rank, split_compound
from assistant.search.text import drop_stop_words, split_words, stem

ITEMS = (
    ("Silk Press", ("Curls & Texture",), "Smooth, with body."),
    ("Heißsteinmassage", ("Massagen",), "Warme Steine auf Rücken und Nacken."),
    ("Tết Nail Art Set", ("Nail Art",), "Red, gold, and a lucky number."),
    ("Kids' Cut (under 12)", ("Cuts",), "With a comic to read."),
    ("Blowout", ("Styling",), "Wash and style."),
    ("Shampoo Tide", ("hair", "sulfate-free"), "Cleans gently."),
)
INDEX = Index(
    tuple(
        Document(Kind.SERVICE, str(n), title, labels, text) for n, (title, labels, text) in enumerate(ITEMS)
    ),
    "en",
)


def titles(query: str) -> list[str]:
    return [INDEX.documents[place].title for place, _score in rank(INDEX, query)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Özdoğan", "oezdogan"),
        ("Rücken", "ruecken"),
        ("Fußbalsam", "fussbalsam"),
        ("Tết", "tet"),
        ("Phạm Minh Đức", "PHAM MINH DUC"),
        ("Men's", "mens"),
        ("Ombré", "ombre"),
        ("ＡＢＣ①", "abc1"),
    ],
)
def test_spellings_that_are_the_same(one: str, other: str) -> None:
    assert split_words(one) == split_words(other)


def test_stems_and_stop_words_are_the_languages_own() -> None:
    assert stem("massagen", "de") == stem("massage", "de")
    assert stem("cuts", "en") == stem("cut", "en") == "cut"
    assert stem("cuts", "vi") == "cuts"
    assert drop_stop_words(["wie", "teuer", "ist", "die", "massage"], "de") == ["teuer", "massage"]
    assert drop_stop_words(["the"], "en") == ["the"]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("silkpress", "Silk Press"),
        ("silk pres", "Silk Press"),
        ("blow out", "Blowout"),
        ("sha", "Shampoo Tide"),  # not finished yet
        ("shmapoo", "Shampoo Tide"),
        ("heisse steine", "Heißsteinmassage"),
        ("steinmassage", "Heißsteinmassage"),
        ("hot stone", "Heißsteinmassage"),
        ("mong tet", "Tết Nail Art Set"),
        ("haircut for my children please", "Kids' Cut (under 12)"),
    ],
)
def test_what_is_meant_comes_first(query: str, title: str) -> None:
    assert titles(query)[0] == title


@pytest.mark.parametrize("query", ["xyzzy", "asdf qwer", "", "  ", "🙂", "\x00", "--", "the", "ش"])
def test_nonsense_finds_nothing(query: str) -> None:
    assert titles(query) == []


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_any_text_is_a_query(query: str) -> None:
    scores = [score for _place, score in rank(INDEX, query)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert all(word.isascii() and word.isalnum() for word in split_words(query))


@pytest.mark.parametrize("item", ITEMS, ids=[title for title, _labels, _text in ITEMS])
def test_its_own_title_finds_an_item_first(item: tuple[str, tuple[str, ...], str]) -> None:
    assert titles(item[0])[0] == item[0]


def test_compounds_come_apart_everywhere_but_into_crumbs() -> None:
    assert ("fuss", "massage") in list(split_compound("fussmassage"))
    assert list(split_compound("abc")) == []


def test_an_index_is_built_once_for_a_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    built, may_end = [], threading.Event()

    class Catalog:
        version = uuid.uuid4().hex

    def list_slowly(_catalog: object) -> tuple[Document, ...]:
        built.append(1)
        may_end.wait(5)
        return INDEX.documents

    monkeypatch.setattr(search, "list_documents", list_slowly)
    store_id = uuid.uuid4()

    def ask(_number: int) -> int:
        return len(search.find(Catalog(), "silk press", language="en", store_id=store_id))  # type: ignore[arg-type]

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, number) for number in range(8)]
        may_end.set()
        assert {one.result() for one in asked} == {1}
    assert len(built) == 1


def test_a_build_that_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Catalog:
        version = uuid.uuid4().hex

    def fail(_catalog: object) -> tuple[Document, ...]:
        raise RuntimeError("no rows")

    store_id = uuid.uuid4()
    monkeypatch.setattr(search, "list_documents", fail)
    with pytest.raises(RuntimeError):
        search.find(Catalog(), "silk", language="en", store_id=store_id)  # type: ignore[arg-type]
    monkeypatch.setattr(search, "list_documents", lambda _catalog: INDEX.documents)
    assert search.find(Catalog(), "silk", language="en", store_id=store_id)  # type: ignore[arg-type]
