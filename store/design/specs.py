"""What a store's look can be made of: the installed templates and sections, read from their folders.

A template is a folder in templates/stores/ with a `template.toml`, a section one in templates/sections/ with
a `section.toml`. What is missing or misspelt in one stops the start. docs/templates.md says how to add one.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import get_language

from config.env import BASE_DIR

Kind = Literal["text", "long_text", "number", "choice", "switch"]
Value = str | int | bool

TEMPLATES_ROOT = BASE_DIR / "templates"
TEMPLATES_DIR = TEMPLATES_ROOT / "stores"
SECTIONS_DIR = TEMPLATES_ROOT / "sections"
MOST_TEXT = 2000


class InvalidSpec(ValueError):
    """A folder says something that no look can be made of."""


@dataclass(frozen=True)
class Words:
    """A text in several languages, by their two-letter codes; English is always there."""

    by_language: Mapping[str, str]

    def __str__(self) -> str:
        language = (get_language() or "en").partition("-")[0]
        return self.by_language.get(language) or self.by_language["en"]


@dataclass(frozen=True)
class Setting:
    """One thing a merchant may set in a section. `most` is letters of a text, or the largest number."""

    key: str
    kind: Kind
    label: Words
    help: Words | None
    default: Value
    least: int
    most: int
    choices: Mapping[str, Words]


@dataclass(frozen=True)
class SectionSpec:
    key: str
    label: Words
    help: Words
    settings: tuple[Setting, ...]
    sheet: str  # its section.css, as staticfiles name it; empty where there is none

    @cached_property
    def defaults(self) -> dict[str, Value]:
        return {setting.key: setting.default for setting in self.settings}


@dataclass(frozen=True)
class TemplateSpec:
    """`sections` is the order of a new store's front page: key, shown or not, settings that differ.

    `files` says which file shows a section: the template's own, else the section's. `sheets` are what it is
    dressed in: those of static/ it names, its own layout.css last.
    """

    key: str
    label: Words
    about: Words
    header: Literal["full", "plain"]
    theme: Mapping[str, str]
    sections: tuple[tuple[str, bool, Mapping[str, Value]], ...]
    files: Mapping[str, str]
    sheets: tuple[str, ...]

    @property
    def drawing(self) -> str:
        """Its small picture for whoever chooses, as templates include it."""
        return f"stores/{self.key}/drawing.svg"


def _read_words(data: Any, where: str) -> Words:
    if not isinstance(data, dict) or not data.get("en") or not all(isinstance(v, str) for v in data.values()):
        raise InvalidSpec(f"{where}: words need at least an English text, like {{ en = ..., de = ... }}")
    return Words(data)


def _read_setting(key: str, data: dict[str, Any], where: str) -> Setting:
    where = f"{where}, setting {key}"
    kind = data.get("kind")
    if kind not in ("text", "long_text", "number", "choice", "switch"):
        raise InvalidSpec(f"{where}: no such kind: {kind}")
    choices = {
        value: _read_words(words, f"{where}, choice {value}")
        for value, words in data.get("choices", {}).items()
    }
    blank: dict[str, Value] = {"switch": False, "number": data.get("least", 0)}
    default = data.get("default", next(iter(choices)) if choices else blank.get(kind, ""))
    if kind == "choice" and default not in choices:
        raise InvalidSpec(f"{where}: the default is no choice: {default}")
    return Setting(
        key=key,
        kind=kind,
        label=_read_words(data.get("label"), where),
        help=_read_words(data["help"], where) if "help" in data else None,
        default=default,
        least=data.get("least", 0),
        most=data.get("most", MOST_TEXT),
        choices=choices,
    )


def _read_section(folder: Path) -> SectionSpec:
    data = tomllib.loads((folder / "section.toml").read_text())
    return SectionSpec(
        key=folder.name,
        label=_read_words(data.get("label"), folder.name),
        help=_read_words(data.get("help"), folder.name),
        settings=tuple(_read_setting(key, row, folder.name) for key, row in data.get("settings", {}).items()),
        sheet=_find_sheet(folder / "section.css"),
    )


def _read_template(folder: Path) -> TemplateSpec:
    data = tomllib.loads((folder / "template.toml").read_text())
    rows = data.get("sections", [])
    if missing := set(SECTIONS) ^ {row.get("key") for row in rows}:
        raise InvalidSpec(f"{folder.name}: these sections are unknown or not placed: {sorted(missing)}")
    if not (folder / "drawing.svg").exists():
        raise InvalidSpec(f"{folder.name}: there is no drawing.svg to choose it by")
    return TemplateSpec(
        key=folder.name,
        label=_read_words(data.get("label"), folder.name),
        about=_read_words(data.get("about"), folder.name),
        header="plain" if data.get("header") == "plain" else "full",
        theme=data.get("theme", {}),
        sections=tuple((row["key"], row.get("is_shown", True), row.get("settings", {})) for row in rows),
        files={row["key"]: _find_file(folder, row["key"]) for row in rows},
        sheets=tuple(
            sheet for sheet in (*data.get("sheets", ()), _find_sheet(folder / "layout.css")) if sheet
        ),
    )


def _find_file(folder: Path, section: str) -> str:
    for path in (folder / f"{section}.html", SECTIONS_DIR / section / "section.html"):
        if path.exists():
            return path.relative_to(TEMPLATES_ROOT).as_posix()
    raise InvalidSpec(f"{folder.name}: nothing shows the section {section}: write {section}.html")


def _find_sheet(path: Path) -> str:
    return path.relative_to(TEMPLATES_ROOT).as_posix() if path.exists() else ""


def _folders(parent: Path, file: str) -> list[Path]:
    return sorted(path.parent for path in parent.glob(f"*/{file}"))


SECTIONS: dict[str, SectionSpec] = {
    folder.name: _read_section(folder) for folder in _folders(SECTIONS_DIR, "section.toml")
}
TEMPLATES: dict[str, TemplateSpec] = {
    folder.name: _read_template(folder) for folder in _folders(TEMPLATES_DIR, "template.toml")
}
