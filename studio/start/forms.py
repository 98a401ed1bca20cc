"""What the first steps ask."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from store.design import TEMPLATES

_SECRET = {"class": "input", "autocomplete": "off", "spellcheck": "false"}


class ConnectionForm(forms.Form):
    api_key = forms.CharField(
        label=_("Key of Mango Biz"),
        max_length=400,
        help_text=_("In Mango Biz: Settings, Online store, Create key."),
        widget=forms.PasswordInput(attrs=_SECRET),
        error_messages={"required": _("Enter the key first.")},
    )
    webhook_secret = forms.CharField(
        label=_("Secret for webhooks"),
        max_length=200,
        required=False,
        help_text=_("It begins with whsec_. Without it changes show after 15 minutes instead of at once."),
        widget=forms.PasswordInput(attrs=_SECRET),
    )

    def clean_webhook_secret(self) -> str:
        secret: str = self.cleaned_data["webhook_secret"].strip()
        if secret and not secret.startswith("whsec_"):
            raise forms.ValidationError(_("This is not a webhook secret: those begin with whsec_."))
        return secret

    def clean_api_key(self) -> str:
        key: str = self.cleaned_data["api_key"].strip()
        return key


class TemplateForm(forms.Form):
    template = forms.ChoiceField(
        label=_("Template"), error_messages={"required": _("Choose one of the templates.")}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].choices = [(key, str(spec.label)) for key, spec in TEMPLATES.items()]  # type: ignore[attr-defined]
