"""What the buttons inside the form do to the look that was sent with them. Each takes the button's value."""

from collections.abc import Callable
from dataclasses import replace

from store.design import TEMPLATES, Design
from store.design.gate import find_unreadable, use_nearest
from store.theme import COLOURS, InvalidTheme, Theme

Act = Callable[[Design, str], Design]


def take_colours(design: Design, value: str) -> Design:
    """Four colours, "#... #... #... #...": a palette's, or one proposed from the logo."""
    said = value.split()
    if len(said) != len(COLOURS):
        return design
    try:
        return replace(design, theme=replace(design.theme, **dict(zip(COLOURS, said, strict=True))))
    except InvalidTheme:
        return design


def take_nearest(design: Design, value: str) -> Design:
    """The colour that reads, for one of those that do not, or for "all"."""
    if value == "all":
        return replace(design, theme=use_nearest(design.theme))
    nearest = {finding.colour: finding.nearest for finding in find_unreadable(design.theme)}
    changes = {name: colour for name, colour in nearest.items() if name == value}
    return replace(design, theme=replace(design.theme, **changes))


def take_templates_theme(design: Design, _value: str) -> Design:
    return replace(design, theme=Theme.from_dict(TEMPLATES[design.template].theme))


def move_section(design: Design, value: str) -> Design:
    """ "team:up", "team:down": past its neighbour; at the end of the list nothing happens."""
    key, _, way = value.partition(":")
    sections = list(design.sections)
    at = next((index for index, section in enumerate(sections) if section.key == key), None)
    if at is None or way not in ("up", "down"):
        return design
    other = at + (1 if way == "down" else -1)
    if 0 <= other < len(sections):
        sections[at], sections[other] = sections[other], sections[at]
    return replace(design, sections=tuple(sections))


def remove_picture(design: Design, value: str) -> Design:
    if value == "logo":
        return replace(design, logo="")
    return replace(design, hero="") if value == "hero" else design


ACTS: dict[str, Act] = {
    "colours": take_colours,
    "nearest": take_nearest,
    "templates_theme": take_templates_theme,
    "move": move_section,
    "remove": remove_picture,
}
