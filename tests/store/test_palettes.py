"""The ready-made colours: whoever takes one over has nothing to mend."""

from dataclasses import astuple

import pytest

from store.design.gate import failing_pairs, find_unreadable
from store.palettes import PALETTES
from store.theme import Theme


@pytest.mark.parametrize("name", PALETTES)
def test_a_palette_is_shown_exactly_as_it_is(name: str) -> None:
    theme = Theme(*astuple(PALETTES[name].colours))
    assert find_unreadable(theme) == ()
    assert failing_pairs(theme) == []


def test_no_two_look_alike() -> None:
    assert len({astuple(palette.colours) for palette in PALETTES.values()}) == len(PALETTES) >= 8
