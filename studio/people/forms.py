from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from store.models import Role

EXPLAINED = {
    Role.VIEWER: _("Sees everything, changes nothing."),
    Role.EDITOR: _("Changes look, texts, domains and settings."),
    Role.OWNER: _("May do everything: people and payments, too."),
}


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=150,  # it becomes the log-in name
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "off"}),
        error_messages={
            "required": _("The e-mail address is missing."),
            "invalid": _("This e-mail address is not complete, like name@example.com."),
        },
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.EDITOR)

    def roles(self) -> list[dict[str, Any]]:
        """For the template: each role with what it may."""
        chosen = self["role"].value()
        return [
            {"value": role.value, "label": role.label, "note": EXPLAINED[role], "is_chosen": role == chosen}
            for role in Role
        ]


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)
