"""What the editor shows around its form: colours with what they reach, findings, palettes, choices."""

import math
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.queries import find_zone
from config.pictures import PictureRefused
from store import formats
from store.design import TEMPLATES, Design
from store.design.changes import describe_changes
from store.design.gate import Finding, find_unreadable, rate
from store.design.words import CORNERS, DENSITIES
from store.fonts import BODY_FAMILIES, DISPLAY_FAMILIES
from store.logo_colours import propose_themes
from store.models import StoreImage
from store.palettes import PALETTES
from store.pictures import WIDTHS, find_picture, read_picture
from store.services import Draft
from store.theme import COLOURS, TEXT, Theme, derive_palette
from studio.look.forms import COLOUR_LABELS, LookForm, SectionForm
from studio.look.words import COLOUR_HELPS, HERO_NOTE, LOGO_NOTE, SENTENCES
from studio.page import Studio
from studio.preview.tokens import FRAMED_FOR, make_preview_path


@dataclass(frozen=True, slots=True)
class Swatches:
    """Four colours to take over at once; `value` is what its button sends."""

    label: Any
    colours: tuple[str, ...]
    is_current: bool

    @property
    def value(self) -> str:
        return " ".join(self.colours)


@dataclass(frozen=True, slots=True)
class ColourRow:
    name: str
    label: Any
    help: Any
    picked: str
    written: str  # as it was typed, where it could not be read
    error: str
    ground: str  # of the sample
    text: str
    verdict: str
    problem: "Problem | None"


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding of the gate in words."""

    colour: str
    sentence: str
    nearest: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Card:
    """A radio with a drawing or a sample."""

    value: str
    label: Any
    note: Any
    is_chosen: bool
    drawing: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    kind: str
    label: Any
    note: Any
    src: str
    width: int
    height: int
    field: str = ""
    error: str = ""


class EditorPage:
    """`design` is what the form shows: the draft, or what was sent and could not be saved.

    `conflict` says what somebody else was quicker than ("save", "step"). Until whoever sits here has chosen,
    the form keeps the `revision` it came with, so that nothing is written over by itself.
    """

    def __init__(
        self,
        studio: Studio,
        draft: Draft,
        form: LookForm,
        *,
        refused: dict[str, str] | None = None,
        conflict: Literal["", "save", "step"] = "",
        revision: int | None = None,
    ) -> None:
        self.studio, self.draft, self.form, self.conflict = studio, draft, form, conflict
        self.refused = refused or {}
        self.revision = draft.revision if revision is None else revision
        self.design: Design = form.design if form.theme.is_bound and form.is_valid() else draft.design
        self.locale = studio.info.locale

    @cached_property
    def problems(self) -> list[Problem]:
        return describe_findings(self.design.theme, self.locale)

    @cached_property
    def colours(self) -> list[ColourRow]:
        return list(self._colour_rows())

    @cached_property
    def palettes(self) -> list[Swatches]:
        picked = self._picked
        sets = [(palette.label, astuple(palette.colours)) for palette in PALETTES.values()]
        return [Swatches(label, colours, colours == picked) for label, colours in sets]

    @cached_property
    def from_logo(self) -> list[Swatches]:
        if not self.design.logo:
            return []
        found = propose_from_logo(str(self.studio.info.id), self.design.logo)
        return [
            Swatches(_("From your logo, %(number)d") % {"number": number}, colours, colours == self._picked)
            for number, colours in enumerate(found, 1)
        ]

    @cached_property
    def templates(self) -> list[Card]:
        return [
            Card(key, spec.label, spec.about, key == self.design.template, spec.drawing)
            for key, spec in TEMPLATES.items()
        ]

    @property
    def has_other_theme(self) -> bool:
        """Whether the template's own colours and type are still to be had."""
        return self.design.theme != Theme.from_dict(TEMPLATES[self.design.template].theme)

    @cached_property
    def headings(self) -> list[Card]:
        return [_font(family, self.design.theme.display) for family in DISPLAY_FAMILIES.values()]

    @cached_property
    def texts(self) -> list[Card]:
        return [_font(family, self.design.theme.body) for family in BODY_FAMILIES.values()]

    @cached_property
    def corners(self) -> list[Card]:
        chosen = self.design.theme.corners
        return [Card(key, label, "", key == chosen) for key, label in CORNERS.items()]

    @cached_property
    def densities(self) -> list[Card]:
        chosen = self.design.theme.density
        return [Card(key, label, "", key == chosen) for key, label in DENSITIES.items()]

    @cached_property
    def sections(self) -> list[SectionForm]:
        return self.form.sections if self.form.theme.is_bound else LookForm(self.design).sections

    @cached_property
    def pictures(self) -> list[Picture]:
        said = {"logo": (_("Logo"), LOGO_NOTE), "hero": (_("Large picture"), HERO_NOTE)}
        return [self._picture(kind, label, note) for kind, (label, note) in said.items()]

    @cached_property
    def preview_path(self) -> str:
        return make_preview_path(self.studio.store, lasts=FRAMED_FOR, mode="light", is_framed=True)

    @property
    def saved_at(self) -> str:
        """When the draft was last changed, in the salon's clock; empty where nobody has."""
        if not self.draft.revision:
            return ""
        return formats.format_as_of(self.draft.changed_at, timezone.now(), find_zone(), self.locale)

    @property
    def theirs(self) -> str:
        """Who was quicker."""
        is_me = self.draft.changed_by == self.studio.by
        return str(_("You, in another window,")) if is_me else self.draft.changed_by

    @cached_property
    def changes(self) -> list[str]:
        return describe_changes(self.studio.info.design, self.draft.design)

    @property
    def _picked(self) -> tuple[str, ...]:
        return tuple(getattr(self.design.theme, name) for name in COLOURS)

    def _colour_rows(self) -> Iterator[ColourRow]:
        theme = self.design.theme
        palette, ratios = derive_palette(theme, "light"), rate(theme)
        problems = {problem.colour: problem for problem in self.problems}
        samples = {
            "brand": (theme.brand, palette["brand-ink"]),
            "accent": (theme.accent, palette["accent-ink"]),
            "surface": (theme.surface, theme.ink),
            "ink": (theme.ink, theme.surface),
        }
        for name in COLOURS:
            problem = problems.get(name)
            errors: list[str] = [str(one) for one in self.form.theme.errors.get(f"{name}_hex", [])]
            picked = getattr(theme, name)
            verdict = problem.verdict if problem else _say_passes(ratios[name], self.locale)
            written = str(self.form.theme.data.get(f"{name}_hex", picked)) if errors else picked
            yield ColourRow(
                name,
                COLOUR_LABELS[name],
                COLOUR_HELPS[name],
                picked,
                written,
                " ".join(errors),
                *samples[name],
                verdict,
                problem,
            )

    def _picture(self, kind: str, label: Any, note: Any) -> Picture:
        found = find_picture(StoreImage.Kind(kind), getattr(self.design, kind))
        error = self.refused.get(kind, "")
        if found is None:
            return Picture(kind, label, note, "", 0, 0, error=error)
        src = self.preview_path + found.src.lstrip("/")  # the store's host has it; this is the platform's
        return Picture(kind, label, note, src, found.width, found.height, error=error)


def describe_findings(theme: Theme, locale: str) -> list[Problem]:
    return [_describe(finding, locale) for finding in find_unreadable(theme)]


def _describe(finding: Finding, locale: str) -> Problem:
    if finding.kind == "ground":
        sentence = _("The page’s color is too dark or too strong to read on.")
        return Problem(finding.colour, str(sentence), finding.nearest, str(_("Too dark or strong")))
    numbers = {"ratio": say_ratio(finding.ratio, locale), "needs": formats.format_number(TEXT, locale)}
    return Problem(
        finding.colour,
        str(SENTENCES[finding.colour, finding.ground] % numbers),
        finding.nearest,
        str(_("%(ratio)s, needs %(needs)s") % numbers),
    )


def say_ratio(ratio: float, locale: str) -> str:
    """Rounded down: what is said to reach 4.5 does."""
    return formats.format_number(math.floor(ratio * 10) / 10, locale, "0.0")


def _say_passes(ratio: float, locale: str) -> str:
    return str(_("Passes, %(ratio)s") % {"ratio": say_ratio(ratio, locale)})


def _font(family: Any, chosen: str) -> Card:
    return Card(family.name, family.label, family.note, family.name == chosen)


@lru_cache(maxsize=256)
def propose_from_logo(_store_id: str, digest: str) -> list[tuple[str, ...]]:
    """Sets of four colours. What a digest shows never changes, so it is worked out once."""
    raw = next(
        (found for width in WIDTHS[StoreImage.Kind.LOGO] if (found := read_picture("logo", digest, width))),
        b"",
    )
    try:
        themes = propose_themes(raw) if raw else []
    except PictureRefused:
        themes = []
    return [tuple(getattr(theme, name) for name in COLOURS) for theme in themes]
