"""Whatever a merchant picks, the page can be read; whatever is stored, nothing unchecked reaches CSS."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.design import TEMPLATES, Design
from store.oklch import Colour, contrast, mix
from store.theme import DEFAULT_THEME, InvalidTheme, Theme, derive_palette, theme_css, theme_hash

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
THEMES = st.builds(Theme, brand=COLOURS, accent=COLOURS, surface=COLOURS, ink=COLOURS)
MODES = ("light", "dark")
TEMPLATES_OWN = {key: Design.of_template(key).theme for key in TEMPLATES}

# The table of the design: text or mark, ground, ratio needed.
PAIRS = [
    *[
        (text, ground, 4.5)
        for text in ("ink", "ink-muted", "brand")
        for ground in ("surface", "surface-raised", "wash")
    ],
    *[
        (text, ground, 4.5)
        for text in ("success", "warning", "danger")
        for ground in ("surface", "surface-raised")
    ],
    *[(text, f"{text}-wash", 4.5) for text in ("success", "warning", "danger")],
    ("ink", "danger-wash", 4.5),
    ("brand-ink", "brand", 4.5),
    ("brand-ink", "brand-hover", 4.5),
    ("accent-ink", "accent", 4.5),
    ("surface", "ink", 4.5),
    *[(mark, ground, 3) for mark in ("field-line", "focus") for ground in ("surface", "surface-raised")],
]


def with_derived(palette: dict[str, str]) -> dict[str, str]:
    """What tokens.css mixes out of the thirteen."""
    raised = palette["surface-raised"]
    return palette | {
        "wash": mix(palette["brand"], 0.08, raised),
        "success-wash": mix(palette["success"], 0.10, raised),
        "warning-wash": mix(palette["warning"], 0.10, raised),
        "danger-wash": mix(palette["danger"], 0.09, raised),
        "brand-hover": mix(palette["brand"], 0.86, palette["ink"]),
        "field-line": mix(palette["ink-muted"], 0.82, raised),
    }


def unreadable(theme: Theme) -> list[str]:
    found = []
    for mode in MODES:
        palette = with_derived(derive_palette(theme, mode))
        for text, ground, needs in PAIRS:
            ratio = contrast(palette[text], palette[ground])
            if ratio < needs:
                found.append(f"{mode}: {text} on {ground} is {ratio:.2f}, needs {needs}")
    return found


@given(THEMES)
def test_every_pair_reads_in_both_modes_whatever_is_picked(theme: Theme) -> None:
    assert unreadable(theme) == []


@pytest.mark.parametrize("name", TEMPLATES_OWN)
def test_what_the_templates_bring_can_be_read(name: str) -> None:
    assert unreadable(TEMPLATES_OWN[name]) == []


def test_a_good_pick_is_left_as_it_is() -> None:
    palette = derive_palette(DEFAULT_THEME, "light")
    picked = {name: palette[name] for name in ("brand", "accent", "surface", "ink")}
    assert picked == {name: DEFAULT_THEME.to_dict()[name] for name in picked}


def test_a_pale_brand_is_darkened_and_keeps_its_hue() -> None:
    pale = "#9fd3ff"
    moved = Colour.from_hex(derive_palette(Theme(brand=pale), "light")["brand"])
    assert moved.lightness < Colour.from_hex(pale).lightness
    assert moved.hue == pytest.approx(Colour.from_hex(pale).hue, abs=6)


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)  # WCAG's well-known near miss


@given(COLOURS)
def test_a_colour_survives_the_way_to_oklch_and_back(text: str) -> None:
    there_and_back = Colour.from_hex(text).to_hex()
    assert all(abs(int(text[i : i + 2], 16) - int(there_and_back[i : i + 2], 16)) <= 1 for i in (1, 3, 5))


@pytest.mark.parametrize(
    "data",
    [
        {"brand": "red"},
        {"brand": "#FFF"},
        {"brand": "#ffffff;}body{display:none"},
        {"ink": "#12345\n"},
        {"accent": 7},
        {"display": "Comic Sans"},
        {"body": ["hanken"]},
        {"corners": "1rem"},
        {"extra": "x"},
    ],
)
def test_nothing_unchecked_becomes_a_theme(data: dict[str, object]) -> None:
    with pytest.raises(InvalidTheme):
        Theme.from_dict(data)


@pytest.mark.parametrize("theme", [*TEMPLATES_OWN.values()])
def test_a_theme_survives_json(theme: Theme) -> None:
    assert Theme.from_dict(theme.to_dict()) == theme


def test_an_empty_dict_is_the_house_theme() -> None:
    assert Theme.from_dict({}) == DEFAULT_THEME


def test_the_sheet_says_light_plainly_and_pairs_where_they_are_known() -> None:
    css = theme_css(TEMPLATES_OWN["retail-first"])
    plain, pairs = css.split("@supports(color:light-dark(#000,#fff))")
    assert "light-dark" not in plain
    assert len(re.findall(r"--[a-z-]+:light-dark\(#[0-9a-f]{6},#[0-9a-f]{6}\);", pairs)) == 13
    assert css.count("{") == css.count("}")


def test_the_hash_follows_the_sheet() -> None:
    assert theme_hash(DEFAULT_THEME) == theme_hash(Theme())
    assert len({theme_hash(theme) for theme in TEMPLATES_OWN.values()}) == len(TEMPLATES)
    assert theme_hash(Theme(brand="#1f5f40")) != theme_hash(DEFAULT_THEME)
