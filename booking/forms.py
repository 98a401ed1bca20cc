"""Who is coming: one set of rules for the pages and the JSON API."""

from django import forms
from django.utils.translation import gettext_lazy as _

from store.forms import ContactForm, refuse_control_characters

MAX_NOTES = 1000
LINE_BREAKS = "\r\n\t"


def refuse_in_notes(value: str) -> None:
    refuse_control_characters(value, allowed=LINE_BREAKS)


class ClientForm(ContactForm):
    """`cleaned_data` holds what ContactForm's does, and notes."""

    notes = forms.CharField(
        label=_("Anything we should know?"),
        required=False,
        max_length=MAX_NOTES,
        validators=[refuse_in_notes],
        widget=forms.Textarea(attrs={"class": "input", "rows": 4}),
    )
