"""What a client types into the chat."""

from django import forms
from django.utils.translation import gettext_lazy as _

from store.forms import refuse_control_characters

LONGEST_MESSAGE = 1000


class MessageForm(forms.Form):
    message = forms.CharField(
        label=_("Your message"),
        max_length=LONGEST_MESSAGE,
        validators=[lambda text: refuse_control_characters(text, allowed="\r\n\t")],
        error_messages={
            "required": _("Write what you would like to know."),
            "max_length": _("That is too long: at most %(limit_value)d characters."),
        },
    )
