"""Adding a domain."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from store.domains.names import BadHost, normalize_host


class DomainForm(forms.Form):
    """`cleaned_data` holds `host` as the database keeps it."""

    host = forms.CharField(
        label=_("Your domain"),
        max_length=500,  # a whole address may be pasted
        help_text=_("As visitors type it, such as www.example.com."),
        widget=forms.TextInput(
            attrs={
                "class": "input",
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "inputmode": "url",
            }
        ),
        error_messages={"required": _("Enter the domain, such as www.example.com.")},
    )

    def clean_host(self) -> str:
        try:
            return normalize_host(self.cleaned_data["host"])
        except BadHost as error:
            raise ValidationError(error.sentence, code=error.reason) from error
