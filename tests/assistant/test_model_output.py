"""What a model says is words: nothing of it runs, leads away unmarked or names a price of its own."""

from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.actions import read_offers, read_ways
from assistant.links import LinkKind, as_own_path, judge_link
from assistant.markdown import render_markdown
from assistant.prices import hide_unknown_prices
from assistant.schemas import Action, ActionPayload
from catalog.queries import Catalog
from store.tenancy import StoreInfo, store_scope

pytestmark = pytest.mark.django_db


def test_emphasis_and_lists_are_shown(shelf: Catalog) -> None:
    html = render_markdown("**Yes.** We have:\n\n- one\n- *two*")
    assert html == (
        "<p><strong>Yes.</strong> We have:</p>\n<ul>\n<li>one</li>\n<li><em>two</em></li>\n</ul>\n"
    )


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "![a](https://evil.example/pixel.png)",
    '<a href="https://evil.example" onclick="x()">b</a>',
    "[a](//evil.example/x)",
    "[a](https://evil.example/)",
    "<https://evil.example/>",
    "[a](/\\evil.example)",
    "[a](/services/\u0000)",
    "&lt;script&gt;",
    "<svg/onload=alert(1)>",
    "[x]: https://evil.example\n[a][x]",
    "[a](vbscript:x) [b](JaVaScRiPt:x)",
    '[a](/services/ "onmouseover=alert(1)")',
]


WORDS_ONLY = {"p", "br", "strong", "em", "ul", "ol", "li"}


def read_elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """As a browser sees them: (tag, attributes)."""
    seen: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append((tag, dict(attrs)))

    Reader().feed(html)
    return seen


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_does_nothing(shelf: Catalog, text: str) -> None:
    for tag, attributes in read_elements(str(render_markdown(text))):
        assert tag in WORDS_ONLY | {"a"}
        assert attributes.keys() <= {"href"}
        assert (attributes.get("href") or "/services/").startswith("/services/")


@given(st.text(alphabet=st.sampled_from(list("<>[]()!*_`&\"'=/\\:#\n aAjs.")), max_size=80))
@settings(max_examples=150)
def test_no_text_makes_other_elements(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assistant.markdown.judge_link", lambda _url: LinkKind.FOREIGN)
        elements = read_elements(str(render_markdown(text)))
    assert {tag for tag, _attributes in elements} <= WORDS_ONLY
    assert not any(attributes for _tag, attributes in elements if _tag != "ol")


def test_a_strangers_link_is_words_and_the_salons_own_is_marked(shelf: Catalog) -> None:
    instagram = dict(shelf.business.social_links)["instagram"]
    assert judge_link(instagram) is LinkKind.KNOWN
    known = str(render_markdown(f"[Our pictures]({instagram})"))
    assert f'href="{instagram}"' in known
    assert "(other site: " in known
    assert "nofollow" in known
    stranger = str(render_markdown("[Cheap cuts](https://evil.example/login)"))
    assert stranger == "<p>Cheap cuts (evil.example)</p>\n"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/services/", "/services/"),
        ("/shop/?page=2", "/shop/?page=2"),
        ("http://luna-hair.localhost/team/", "/team/"),
        ("https://luna-hair.localhost.evil.example/team/", ""),
        ("http://luna-hair.localhost@evil.example/team/", ""),
        ("//evil.example/services/", ""),
        ("/\\evil.example", ""),
        ("/services/\n", ""),
        ("services/", ""),
        ("/nothing/", ""),
        ("/cart/items/", ""),  # changes something
        ("/preferences/mode/", ""),
        ("/bookings/abc/", ""),  # needs a token
        ("/services/" + "x" * 600, ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_pages_one_may_be_led_to(shelf: Catalog, url: str, path: str) -> None:
    assert as_own_path(url) == path


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It costs $295.", "It costs $295."),
        ("It costs $295.00 today", "It costs $295.00 today"),
        ("Only $1 today!", "Only (see our prices) today!"),
        ("Only 1.00 USD!", "Only (see our prices)!"),
        ("Only 1 dollar!", "Only (see our prices)!"),
        ("from US$ 7,000.50 on", "from (see our prices) on"),
        ("210 minutes, 3 people, 10:00-19:00", "210 minutes, 3 people, 10:00-19:00"),
        ("gut für 5 € und 5,00 EUR", "gut für (see our prices) und (see our prices)"),
    ],
)
def test_a_price_that_nothing_costs_is_not_shown(shelf: Catalog, text: str, shown: str) -> None:
    assert Decimal(295) in {service.price for service in shelf.services}
    assert hide_unknown_prices(text, shelf) == shown


def act(kind: str, label: str = "Go", **payload: object) -> Action:
    return Action(type=kind, label=label, payload=ActionPayload(**payload))  # type: ignore[arg-type]


def test_offers_are_the_catalogues_own(shelf: Catalog, barber: StoreInfo) -> None:
    service, product = shelf.services[0], shelf.products[0]
    with store_scope(barber):
        from catalog.queries import get_catalog

        foreign = get_catalog().services[0]
    actions = [
        act("book_appointment", service_id=str(service.id), appointment_data={"date": "2001-01-01"}),
        act("view_details", service_id=str(service.id)),
        act("add_to_cart", product_id=str(product.id)),
        act("add_to_cart", product_id=str(foreign.id)),
        act("view_details", product_id="nonsense"),
        act("launch_rocket", product_id=str(product.id)),
    ]
    offers = read_offers(actions, shelf)
    assert [(offer.kind, offer.id, offer.day) for offer in offers] == [
        ("service", service.id, ""),
        ("product", product.id, ""),
    ]


def test_ways_lead_to_pages_of_this_store(shelf: Catalog) -> None:
    actions = [
        act("navigate", "All\n services " + "x" * 100, url="/services/"),
        act("navigate", "Away", url="https://evil.example/"),
        act("navigate", "Away", url="//evil.example"),
        act("navigate", "", url="/team/"),
    ]
    [way] = read_ways(actions)
    assert (way.url, len(way.label)) == ("/services/", 60)
    assert way.label.startswith("All services x")
