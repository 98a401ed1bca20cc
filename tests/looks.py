"""Looks for tests: a template with these sections, saying that."""

from collections.abc import Iterable, Mapping

from store.design import SECTIONS, Design, Section, Value

Said = Mapping[str, Mapping[str, Value]]
TEXTS = [
    (section.key, setting.key, setting.most)
    for section in SECTIONS.values()
    for setting in section.settings
    if setting.kind in {"text", "long_text"}
]


def make_look(template: str, shown: Iterable[str] | None = None, said: Said | None = None) -> Design:
    """These sections in this order, without any said all in the template’s; settings are its own else."""
    start = Design.of_template(template)
    shown = [section.key for section in start.sections] if shown is None else shown
    settings = {key: {**start.section(key).settings, **(said or {}).get(key, {})} for key in SECTIONS}
    order = list(shown)
    order += [key for key in SECTIONS if key not in order]
    kept = set(shown)
    return Design(template, start.theme, tuple(Section(key, key in kept, settings[key]) for key in order))


def say_everywhere(text: str) -> dict[str, dict[str, str]]:
    """The text in every field for text, cut to what the field takes."""
    said: dict[str, dict[str, str]] = {}
    for section, setting, most in TEXTS:
        said.setdefault(section, {})[setting] = text[:most]
    return said
