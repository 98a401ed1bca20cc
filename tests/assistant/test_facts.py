"""Answers without a model, from what the salon itself says."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from assistant.facts import Facts, answer_from_facts
from catalog.queries import Catalog, get_catalog
from store.tenancy import StoreInfo, store_scope

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)


@pytest.fixture
def luna_facts(luna: StoreInfo, settings: object) -> Iterator[Callable[[str], Facts]]:
    yield from facts_of(luna)


@pytest.fixture
def spa_facts(open_store: Callable[[str], StoreInfo]) -> Iterator[Callable[[str], Facts]]:
    yield from facts_of(open_store("stille-spa"))


def facts_of(store: StoreInfo) -> Iterator[Callable[[str], Facts]]:
    from django.conf import settings
    from django.urls import get_urlconf, set_urlconf

    before = get_urlconf()
    set_urlconf(settings.STORE_URLCONF)
    with store_scope(store):
        yield lambda message: answer_from_facts(get_catalog(), message, NOW)
    set_urlconf(before)


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ("When are you open?", "Opening hours this week"),
        ("are you closed tomorrow", "Opening hours this week"),
        ("where can I park", "1412 Half Moon Court"),
        ("What is your phone number?", "555-0142"),
        ("How do I cancel my appointment?", "The link in your confirmation e-mail"),
        ("Is there a deposit?", "deposit"),
        ("can i return a shampoo", "Unopened products"),
        ("Do you ship?", "ship"),
        ("who works there", "Marisol Vega-Quiñones"),
        ("hello", "Hello!"),
        ("qwertz uiop", "I can’t answer that right now. The salon can, on"),
    ],
)
def test_a_question_meets_its_facts(luna_facts: Callable[[str], Facts], message: str, part: str) -> None:
    facts = luna_facts(message)
    assert part.lower() in facts.text.lower()


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ("Wann haben Sie geöffnet?", "Öffnungszeiten"),
        ("wo kann ich parken", "Sie finden uns"),
        ("Kann ich den Termin absagen?", "Bestätigung"),
        ("Guten Tag", "Hallo"),
    ],
)
def test_in_german_too(spa_facts: Callable[[str], Facts], message: str, part: str) -> None:
    assert part.lower() in spa_facts(message).text.lower()


def test_what_is_offered_comes_with_the_question_for_it(
    luna: StoreInfo, luna_facts: Callable[[str], Facts]
) -> None:
    facts = luna_facts("how much is a balayage?")
    assert names(get_catalog(), facts)[0] == "Hand-Painted Balayage"
    facts = luna_facts("I want to book a silk press")
    assert names(get_catalog(), facts)[0] == "Silk Press"
    facts = luna_facts("book an appointment")
    assert facts.ways[0].url == "/book/"


def test_a_price_is_asked_of_one_thing_or_of_all(spa_facts: Callable[[str], Facts]) -> None:
    facts = spa_facts("Was kostet eine Aromaölmassage?")
    assert names(get_catalog(), facts)[0] == "Aromaölmassage"
    assert spa_facts("Was kostet das?").ways[0].url == "/services/"


def test_a_question_the_salon_has_answered(luna_facts: Callable[[str], Facts]) -> None:
    [question, *_rest] = get_catalog().business.policies.faq
    assert question.answer in luna_facts(question.question).text


def names(catalog: Catalog, facts: Facts) -> list[str]:
    found = [catalog.service(offer.id) or catalog.product(offer.id) for offer in facts.offers]
    return [row.name for row in found if row]
