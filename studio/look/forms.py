"""The look as a form: what a merchant picks, and each section's own settings made of its spec.

A form is read over the draft as it is: what is not sent stays. So half a form changes half a look.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from config.readers import read_number
from store.design import SECTIONS, TEMPLATES, Design, Section, Setting
from store.forms import refuse_control_characters
from store.oklch import HEX
from store.theme import COLOURS, TABLES, Theme

SHORT = re.compile(r"#?([0-9a-f])([0-9a-f])([0-9a-f])")


def read_colour(text: str) -> str:
    """What people write for a colour, as "#rrggbb": "1F5F3F", "#fff". Raises ValidationError."""
    said = text.strip().lower()
    if short := SHORT.fullmatch(said):
        said = "".join(digit * 2 for digit in short.groups())
    said = f"#{said.removeprefix('#')}"
    if not HEX.fullmatch(said):
        raise ValidationError(_("A color is # and six digits or letters from a to f, like #1f5f3f."))
    return said


def read_revision(text: str) -> int:
    """Of the draft that a form was made of; -1, which no draft has, for whatever is no number."""
    revision = read_number(text, digits=9)
    return -1 if revision is None else revision


class ThemeForm(forms.Form):
    """`theme` and `chosen_template` once it is valid.

    A colour comes twice, from the picker (`brand`) and as it is written (`brand_hex`): what differs from the
    draft counts, and of two that differ what is written.
    """

    template = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, design: Design, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.design = design
        self.fields["template"].choices = [(key, spec.label) for key, spec in TEMPLATES.items()]  # type: ignore[attr-defined]
        for name in COLOURS:
            self.fields[name] = forms.CharField(required=False, max_length=40)
            self.fields[f"{name}_hex"] = forms.CharField(required=False, max_length=40)
        for name, table in TABLES.items():
            self.fields[name] = forms.ChoiceField(required=False, choices=[(key, key) for key in table])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        was = self.design.theme.to_dict()
        picked = {name: self._read(name, was[name]) for name in COLOURS}
        picked |= {name: cleaned.get(name) or was[name] for name in TABLES}
        if not self.errors:
            self.theme = Theme(**picked)
            self.chosen_template: str = cleaned["template"] or self.design.template
        return cleaned

    def _read(self, name: str, was: str) -> str:
        for field in (f"{name}_hex", name):
            said = self.cleaned_data.get(field, "")
            try:
                if said and (colour := read_colour(said)) != was:
                    return colour
            except ValidationError as error:
                self.add_error(f"{name}_hex", error)
        return was


class Words(forms.CharField):
    """A text counted as it will be stored: a browser sends two letters for the end of a line."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(str(value or "").replace("\r\n", "\n")))


class SectionForm(forms.Form):
    """`section` once it is valid. Fields are its spec's settings; their names begin with its key."""

    is_shown = forms.BooleanField(required=False)

    def __init__(self, data: Mapping[str, Any] | None, *, was: Section) -> None:
        said = {"is_shown": was.is_shown, **was.settings}
        super().__init__(data, prefix=was.key, initial=said)
        self.was, self.spec = was, SECTIONS[was.key]
        for setting in self.spec.settings:
            self.fields[setting.key] = _ask(setting)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            said = {setting.key: cleaned[setting.key] for setting in self.spec.settings}
            self.section = Section(self.was.key, cleaned["is_shown"], said)
        return cleaned

    @property
    def current(self) -> Section:
        """As it was sent where it was sent, else as it is in the draft."""
        return self.section if self.is_bound and self.is_valid() else self.was


class LookForm:
    """The whole form. Without `data` it shows the draft, with it what was sent over the draft."""

    def __init__(self, design: Design, data: QueryDict | None = None) -> None:
        self.was = design
        self.theme = ThemeForm(data, design=design)
        sent = [key for key in dict.fromkeys(data.getlist("section")) if key in SECTIONS] if data else []
        order = [*sent, *(section.key for section in design.sections if section.key not in sent)]
        self.sections = [SectionForm(data if key in sent else None, was=design.section(key)) for key in order]

    def is_valid(self) -> bool:
        are_valid = [form.is_valid() for form in (self.theme, *self.sections) if form.is_bound]
        return all(are_valid)

    @property
    def design(self) -> Design:
        """Of a valid form. Another template takes the texts along and brings its own order."""
        sections = tuple(form.current for form in self.sections)
        design = replace(self.was, theme=self.theme.theme, sections=sections)
        chosen = self.theme.chosen_template
        return design if chosen == design.template else design.with_template(chosen)

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """Id of the field, its name, what is wrong with it: for the summary that leads there."""
        return [
            (form[name].id_for_label, str(_label(form, name)), " ".join(map(str, errors)))
            for form in (self.theme, *self.sections)
            if form.is_bound
            for name, errors in form.errors.items()
        ]


COLOUR_LABELS = {
    "brand": _("Brand"),
    "accent": _("Accent"),
    "surface": _("Page"),
    "ink": _("Text"),
}


def _label(form: forms.Form, name: str) -> Any:
    colour = name.removesuffix("_hex")
    return COLOUR_LABELS.get(colour) or form[name].label


def _ask(setting: Setting) -> forms.Field:
    words: dict[str, Any] = {"label": setting.label, "help_text": setting.help or ""}
    match setting.kind:
        case "switch":
            return forms.BooleanField(required=False, **words)
        case "choice":
            return forms.ChoiceField(
                choices=[(value, label) for value, label in setting.choices.items()],
                widget=forms.Select(attrs={"class": "input"}),
                **words,
            )
        case "number":
            problem = _("A whole number from %(least)d to %(most)d.") % {
                "least": setting.least,
                "most": setting.most,
            }
            return forms.IntegerField(
                min_value=setting.least,
                max_value=setting.most,
                widget=forms.NumberInput(attrs={"class": "input", "inputmode": "numeric"}),
                error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), problem),
                **words,
            )
        case _:
            return _ask_for_words(setting, words)


def _ask_for_words(setting: Setting, words: dict[str, Any]) -> Words:
    attributes = {"class": "input", "autocomplete": "off"}
    is_long = setting.kind == "long_text"
    return Words(
        required=False,
        max_length=setting.most,
        validators=[lambda text: refuse_control_characters(text, allowed="\n" if is_long else "")],
        widget=forms.Textarea(attrs={**attributes, "rows": 5})
        if is_long
        else forms.TextInput(attrs=attributes),
        **words,
    )
