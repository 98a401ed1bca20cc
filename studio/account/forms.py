from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from studio.account.sessions import normalize_name


def _password(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"class": "input", "autocomplete": autocomplete})


class LogInForm(AuthenticationForm):
    """The same complaint for a name nobody has, a wrong password and somebody who was put out."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("E-mail address and password do not go together. Please check both."),
    }

    def __init__(self, request: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        name, password = self.fields["username"], self.fields["password"]
        name.label, password.label = _("E-mail address"), _("Password")
        name.widget.attrs |= {"class": "input", "autocomplete": "username", "inputmode": "email"}
        password.widget.attrs |= {"class": "input"}
        name.error_messages["required"] = _("Your e-mail address is missing.")
        password.error_messages["required"] = _("Your password is missing.")

    def clean_username(self) -> str:
        return normalize_name(self.cleaned_data["username"])


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("The six digits your authenticator app shows now."),
        widget=forms.TextInput(
            attrs={
                "class": "input",
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
            }
        ),
        error_messages={"required": _("The code is missing.")},
    )


class RecoveryCodeForm(forms.Form):
    code = forms.CharField(
        label=_("Recovery code"),
        max_length=40,
        help_text=_("One of the ten you kept when you set up the app. Each works once."),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off", "autofocus": True}),
        error_messages={"required": _("The code is missing.")},
    )


class AgainForm(forms.Form):
    """The password once more, before something that a passer-by at an open screen must not do."""

    password = forms.CharField(
        label=_("Your password"),
        widget=_password("current-password"),
        error_messages={"required": _("Your password is missing.")},
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        name = self._request.user.get_username()
        if authenticate(self._request, username=name, password=password) is None:
            raise forms.ValidationError(_("That is not your password."))
        return password


class OwnPasswordChangeForm(PasswordChangeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self)


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self)


class ResetForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "username"}),
        error_messages={
            "required": _("Your e-mail address is missing."),
            "invalid": _("This e-mail address is not complete, like name@example.com."),
        },
    )


def _dress(form: forms.Form) -> None:
    for name, field in form.fields.items():
        field.widget.attrs["class"] = "input"
        if name == "new_password1":
            field.help_text = _("At least ten characters. A few words in a row are easy to keep in mind.")
        elif name == "new_password2":
            field.help_text = _("Once more, so that no slip of the finger locks you out.")
