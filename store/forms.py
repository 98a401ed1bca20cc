"""Who somebody is: the same questions and rules wherever a client leaves a name."""

from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from store.texts import has_control_characters


def refuse_control_characters(value: str, *, allowed: str = "") -> None:
    if has_control_characters(value, allowed=allowed):
        raise ValidationError(_("This holds characters that cannot be shown."), code="control")


def normalize_phone(value: str, country: str) -> str:
    """Any usual spelling to E.164; without a prefix it is a number of `country`. Raises ValidationError."""
    problem = ValidationError(_("This is not a phone number we know. Include the area code."), code="phone")
    try:
        number = phonenumbers.parse(value, country or None)
    except phonenumbers.NumberParseException as error:
        raise problem from error
    if not phonenumbers.is_possible_number(number):
        raise problem
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


class ContactForm(forms.Form):
    """`cleaned_data` holds first_name, last_name, email and phone (E.164 or "").

    `country` is whose phone numbers need no prefix.
    """

    first_name = forms.CharField(
        label=_("First name"),
        max_length=80,
        validators=[refuse_control_characters],
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "given-name"}),
        error_messages={"required": _("Your first name is missing.")},
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=80,
        validators=[refuse_control_characters],
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "family-name"}),
        error_messages={"required": _("Your last name is missing.")},
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("For the confirmation and changes"),
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "email", "inputmode": "email"}),
        error_messages={
            "required": _("Your e-mail address is missing."),
            "invalid": _("This e-mail address is not complete, like name@example.com."),
        },
    )
    phone = forms.CharField(
        label=_("Mobile"),
        required=False,
        max_length=40,
        help_text=_("Only if something comes up"),
        validators=[refuse_control_characters],
        widget=forms.TextInput(
            attrs={"class": "input", "type": "tel", "autocomplete": "tel", "inputmode": "tel"}
        ),
    )

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        # Ids without a prefix: the error summary's links and the contract's names are the same words.
        kwargs.setdefault("auto_id", "%s")
        super().__init__(*args, **kwargs)
        self.country = country

    def clean_phone(self) -> str:
        value: str = self.cleaned_data["phone"]
        return normalize_phone(value, self.country) if value else ""
