"""No look gets past the gate that somebody could not read; nothing a merchant says becomes markup."""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from store.design import SECTIONS, TEMPLATES, Design, Section, Setting
from store.design.gate import find_unreadable, use_nearest
from store.models import DesignVersion
from store.services import Unreadable, publish_design
from store.tenancy import StoreInfo, store_scope
from store.theme import TABLES, Theme, theme_css
from tests.studio.served_css import find_failing

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
THEMES = st.builds(
    Theme,
    brand=COLOURS,
    accent=COLOURS,
    surface=COLOURS,
    ink=COLOURS,
    **{name: st.sampled_from(sorted(table)) for name, table in TABLES.items()},
)
OFTEN = settings(
    max_examples=500,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

HOSTILE = (
    "</style><script>alert(1)</script>",
    "</title></h1><img src=x onerror=alert(1)>",
    "{{ settings.SECRET_KEY }}",
    "{% load static %}{% include 'base.html' %}",
    "url(javascript:alert(1))",
    '"; } body { display: none } /*',
    "' onmouseover='alert(1)",
    "&lt;script&gt;",
    "]]><!--",
    "\u202e\u2066gnipahs\u2069\u200f",
    "💇🏽‍♀️ Nguyễn & Söhne",
    "a\u0301\u0327" * 8,
    "%(name)s %s {0}",
)
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30),
    st.tuples(st.sampled_from(HOSTILE), st.text(alphabet="<>&\"'{}%;/*\\", max_size=10)).map("".join),
)


def settings_of(setting: Setting) -> st.SearchStrategy[str | int | bool]:
    match setting.kind:
        case "switch":
            return st.booleans()
        case "number":
            return st.integers(setting.least, setting.most)
        case "choice":
            return st.sampled_from(sorted(setting.choices))
        case _:
            return TEXTS.map(lambda text: text[: setting.most])


SECTION = st.sampled_from(sorted(SECTIONS)).flatmap(
    lambda key: st.builds(
        Section,
        key=st.just(key),
        is_shown=st.just(True),
        settings=st.fixed_dictionaries({s.key: settings_of(s) for s in SECTIONS[key].settings}),
    )
)
DESIGNS = st.builds(
    Design,
    template=st.sampled_from(sorted(TEMPLATES)),
    theme=THEMES.map(use_nearest),
    sections=st.lists(SECTION, min_size=1, unique_by=lambda section: section.key).map(tuple),
)


@OFTEN
@given(THEMES)
@example(Theme(brand="#ffffff", accent="#ffffff", surface="#000000", ink="#ffffff"))
@example(Theme(brand="#0000ff", accent="#0000ff", surface="#0000ff", ink="#0000ff"))
def test_the_nearest_leaves_nothing_to_find(theme: Theme) -> None:
    for finding in find_unreadable(theme):
        assert finding.kind == "ground" or finding.ratio < finding.needs
    mended = use_nearest(theme)
    assert find_unreadable(mended) == ()
    assert use_nearest(mended) == mended


@pytest.mark.django_db
@OFTEN
@given(THEMES)
@example(Theme())
def test_a_published_theme_reads(luna: StoreInfo, theme: Theme) -> None:
    """By a table and formulas of the test's own, over the sheet visitors get, in both modes."""
    with store_scope(luna):
        before = DesignVersion.objects.count()
        if find_unreadable(theme):
            with pytest.raises(Unreadable):
                publish_design(design=Design(theme=theme), by="a test")
            assert DesignVersion.objects.count() == before
            theme = use_nearest(theme)
        publish_design(design=Design(theme=theme), by="a test")
        version = DesignVersion.objects.latest("number")
    assert version.look.theme == theme
    assert find_failing(theme_css(version.look.theme)) == []


@pytest.mark.django_db
@settings(OFTEN, max_examples=500 if os.environ.get("TESTS") == "long" else 100)  # two pages each
@given(DESIGNS)
def test_no_text_gets_into_markup(
    luna: StoreInfo, visit: Callable[[StoreInfo], Client], design: Design
) -> None:
    """A page with hostile texts has the tags and attributes of the same page with harmless ones."""
    show(luna, design)
    page = visit(luna).get("/").content.decode()
    show(luna, harmless(design))
    assert shape_of(page) == shape_of(visit(luna).get("/").content.decode())
    assert theme_css(design.theme) == theme_css(harmless(design).theme)


def show(store: StoreInfo, design: Design) -> None:
    with store_scope(store):
        publish_design(design=design, by="a test")


def harmless(design: Design) -> Design:
    """The same, every line of its texts being one word."""

    def calm(value: str | int | bool) -> str | int | bool:
        return re.sub(r"[^\n]+", "word", value) if isinstance(value, str) else value

    sections = [
        replace(
            section,
            settings={
                setting.key: calm(section.settings[setting.key])
                if setting.kind in ("text", "long_text")
                else section.settings[setting.key]
                for setting in SECTIONS[section.key].settings
            },
        )
        for section in design.sections
    ]
    return replace(design, sections=tuple(sections))


class Shape(HTMLParser):
    """Every tag with the names of its attributes, in order, and how the scripts and sheets begin."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}",))

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", data))


def shape_of(page: str) -> list[tuple[str, ...]]:
    parser = Shape()
    parser.feed(page)
    return parser.tags
