"""A store's look as a value: template, theme, sections and pictures, every part of a checked shape."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from config.pictures import DIGEST
from store.design.specs import SECTIONS, TEMPLATES, Setting, Value
from store.texts import settle_text
from store.theme import DEFAULT_THEME, InvalidTheme, Theme

DEFAULT_TEMPLATE = "booking-first"


class InvalidDesign(ValueError):
    """A look holds something that is not in the lists, or not of its shape."""


@dataclass(frozen=True)
class Section:
    """One section of the front page; `settings` holds every setting its spec names."""

    key: str
    is_shown: bool = True
    settings: Mapping[str, Value] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        spec = SECTIONS.get(self.key)
        if spec is None:
            raise InvalidDesign(f"there is no section {self.key!r}")
        if not isinstance(self.is_shown, bool):
            raise InvalidDesign(f"{self.key}: shown or not, but not {self.is_shown!r}")
        # A setting that is gone since is dropped, one that is new since has its default.
        checked = {
            setting.key: check_setting(setting, self.settings.get(setting.key, setting.default))
            for setting in spec.settings
        }
        object.__setattr__(self, "settings", checked)


@dataclass(frozen=True)
class Design:
    """Everything a version of a look holds. `logo` and `hero` are digests of StoreImages, or empty."""

    template: str = DEFAULT_TEMPLATE
    theme: Theme = DEFAULT_THEME
    sections: tuple[Section, ...] = ()
    logo: str = ""
    hero: str = ""

    def __post_init__(self) -> None:
        if self.template not in TEMPLATES:
            raise InvalidDesign(f"there is no template {self.template!r}")
        for name in ("logo", "hero"):
            value = getattr(self, name)
            if not isinstance(value, str) or (value and not DIGEST.fullmatch(value)):
                raise InvalidDesign(f"{name} is no picture: {value!r}")
        keys = [section.key for section in self.sections]
        if len(set(keys)) != len(keys):
            raise InvalidDesign("a section stands twice")
        # A section that is new since stands where its template puts it, switched off.
        missing = [Section(key, is_shown=False) for key in SECTIONS if key not in keys]
        object.__setattr__(self, "sections", (*self.sections, *missing))

    @classmethod
    def of_template(cls, template: str, theme: Theme | None = None) -> Self:
        """How a new store of this template starts."""
        spec = TEMPLATES.get(template)
        if spec is None:
            raise InvalidDesign(f"there is no template {template!r}")
        sections = tuple(Section(key, is_shown, settings) for key, is_shown, settings in spec.sections)
        return cls(template, theme or Theme.from_dict(spec.theme), sections)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote; what is missing is the template's. Raises InvalidDesign."""
        if unknown := set(data) - {"template", "theme", "sections", "logo", "hero"}:
            raise InvalidDesign(f"a look has no {', '.join(sorted(unknown))}")
        start = cls.of_template(data.get("template", DEFAULT_TEMPLATE))
        try:
            theme = Theme.from_dict(data["theme"]) if "theme" in data else start.theme
            rows = data.get("sections")
            known = [row for row in rows if row["key"] in SECTIONS] if rows is not None else None
            sections = start.sections if known is None else tuple(Section(**row) for row in known)
        except (InvalidTheme, KeyError, TypeError) as error:
            raise InvalidDesign(str(error)) from error
        return cls(start.template, theme, sections, data.get("logo", ""), data.get("hero", ""))

    def to_dict(self) -> dict[str, Any]:
        return {
            "template": self.template,
            "theme": self.theme.to_dict(),
            "sections": [
                {"key": section.key, "is_shown": section.is_shown, "settings": dict(section.settings)}
                for section in self.sections
            ],
            "logo": self.logo,
            "hero": self.hero,
        }

    def with_template(self, template: str) -> Self:
        """In another template's order, with the texts and pictures of this one."""
        said = {section.key: section.settings for section in self.sections}
        spec = type(self).of_template(template)
        sections = tuple(
            replace(section, settings=_texts_over(section, said.get(section.key, {})))
            for section in spec.sections
        )
        return replace(self, template=template, sections=sections)

    @cached_property
    def shown(self) -> tuple[Section, ...]:
        return tuple(section for section in self.sections if section.is_shown)

    def section(self, key: str) -> Section:
        """Raises StopIteration for a key that is no section's."""
        return next(section for section in self.sections if section.key == key)

    @cached_property
    def digest(self) -> str:
        """Sixteen hex digits that change whenever anything of the look does."""
        text = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def check_setting(setting: Setting, value: Any) -> Value:
    """The value in its stored form. Raises InvalidDesign."""
    where = f"{setting.key}: "
    match setting.kind:
        case "switch" if isinstance(value, bool):
            return value
        case "number" if isinstance(value, int) and not isinstance(value, bool):
            if setting.least <= value <= setting.most:
                return value
            raise InvalidDesign(f"{where}{value} is not between {setting.least} and {setting.most}")
        case "choice" if isinstance(value, str) and value in setting.choices:
            return value
        case "text" | "long_text" if isinstance(value, str):
            return _check_text(setting, value)
    raise InvalidDesign(f"{where}{value!r} is no {setting.kind}")


def _check_text(setting: Setting, value: str) -> str:
    allowed = "\n" if setting.kind == "long_text" else ""
    try:
        return settle_text(value, most=setting.most, allowed=allowed)
    except ValueError as error:
        raise InvalidDesign(f"{setting.key}: {error}") from error


def _texts_over(section: Section, said: Mapping[str, Value]) -> dict[str, Value]:
    """The template's own counts and choices, the merchant's own words."""
    texts = {
        setting.key: said[setting.key]
        for setting in SECTIONS[section.key].settings
        if setting.kind in ("text", "long_text") and said.get(setting.key)
    }
    return {**section.settings, **texts}
