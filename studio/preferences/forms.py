"""What the page of settings asks, a form for each of its groups."""

import unicodedata
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from payments.models import PaymentSettings
from store import display
from store.forms import refuse_control_characters
from store.models.stores import MOST_CHAT_PER_MINUTE
from store.tenancy import StoreInfo

TOO_LONG = _("This is longer than the %(limit_value)d letters that fit: it has %(show_value)d.")
CHOOSE = {"required": _("Choose one of these."), "invalid_choice": _("Choose one of these.")}


class Text(forms.CharField):
    """A text as store.display keeps it: one spelling, no more letters than fit."""

    def __init__(self, *, most: int, rows: int = 0, has_lines: bool = False, **kwargs: Any) -> None:
        self.has_lines = has_lines  # else what was typed over several lines is one
        attrs = {"class": "input"} | ({"rows": rows} if rows else {})
        super().__init__(
            max_length=most,
            required=False,
            widget=forms.Textarea(attrs=attrs) if rows else forms.TextInput(attrs=attrs),
            error_messages={"max_length": TOO_LONG},
            **kwargs,
        )

    def to_python(self, value: Any) -> str:
        text = unicodedata.normalize("NFC", str(value or "").replace("\r\n", "\n"))
        return str(super().to_python(text if self.has_lines else text.replace("\n", " ")))

    def run_validators(self, value: str) -> None:
        super().run_validators(value)
        refuse_control_characters(value, allowed="\n" if self.has_lines else "")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No `maxlength`: what is pasted is not cut behind one's back, it is counted and refused."""
        return {}


class GroupForm(forms.Form):
    """One group; `key` is the group's, and part of its fields' ids."""

    key = ""

    def __init__(self, *args: Any, store: StoreInfo, **kwargs: Any) -> None:
        self.store = store
        kwargs["auto_id"] = f"{self.key}-%s"
        super().__init__(*args, **kwargs)


class FormatsForm(GroupForm):
    key = "formats"

    languages = forms.MultipleChoiceField(
        label=_("Languages visitors can choose"),
        required=False,
        error_messages={"invalid_choice": _("This language is not to be had.")},
    )
    currency = forms.ChoiceField(
        label=_("Prices"), choices=list(display.CURRENCIES.items()), error_messages=CHOOSE
    )
    clock = forms.ChoiceField(label=_("Clock"), choices=list(display.CLOCKS.items()), error_messages=CHOOSE)
    dates = forms.ChoiceField(label=_("Dates"), choices=list(display.DATES.items()), error_messages=CHOOSE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["languages"].choices = settings.LANGUAGES  # type: ignore[attr-defined]


class AnnouncementForm(GroupForm):
    """`cleaned_data["announcement"]` is what the fields make together."""

    key = "announcement"

    text = Text(
        label=_("Text"),
        most=display.ANNOUNCEMENT_MOST,
        rows=2,
        help_text=_(
            "One line above every page. Without it, the next special day of your hours is announced."
        ),
    )
    link = forms.ChoiceField(
        label=_("Leads to"),
        choices=list(display.LINKS.items()),
        required=False,
        widget=forms.Select(attrs={"class": "input"}),
        error_messages=CHOOSE,
    )
    label = Text(
        label=_("Words of the link"),
        most=display.LABEL_MOST,
        help_text=_("Such as: See the offer."),
    )
    starts = forms.DateField(
        label=_("First day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"class": "input", "type": "date"}),
        error_messages={"invalid": _("This is not a day, like 2026-12-24.")},
    )
    ends = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"class": "input", "type": "date"}),
        error_messages={"invalid": _("This is not a day, like 2026-12-24.")},
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends < starts:
            self.add_error("ends", _("The last day is before the first one."))
        if not self.errors:
            data["announcement"] = display.Announcement(
                text=data["text"], link=data["link"], label=data["label"], starts=starts, ends=ends
            )
        return data


class AssistantForm(GroupForm):
    key = "assistant"

    has_ai = forms.BooleanField(
        label=_("AI assistant"),
        required=False,
        help_text=_("Visitors can chat, and pages suggest what may suit them. Search works either way."),
    )
    chat_per_minute = forms.IntegerField(
        label=_("Chat messages a minute"),
        min_value=1,
        max_value=MOST_CHAT_PER_MINUTE,
        help_text=_("What one visitor may send to the assistant. 20 suits most salons."),
        widget=forms.NumberInput(attrs={"class": "input preferences__number", "inputmode": "numeric"}),
        error_messages={
            "required": _("Enter a number between 1 and 100."),
            "invalid": _("Enter a number between 1 and 100."),
            "min_value": _("Enter a number between 1 and 100."),
            "max_value": _("Enter a number between 1 and 100."),
        },
    )


class RemindersForm(GroupForm):
    key = "reminders"

    day_before = forms.BooleanField(
        label=_("A day before"),
        required=False,
        help_text=_("Clients get an e-mail 24 hours before their visit."),
    )
    hours_before = forms.BooleanField(
        label=_("Two hours before"),
        required=False,
        help_text=_("Clients get an e-mail two hours before their visit."),
    )


class DepositsForm(GroupForm):
    key = "deposits"

    prepayment = forms.ChoiceField(
        label=_("Paid when booking"), choices=PaymentSettings.Prepayment.choices, error_messages=CHOOSE
    )
    refunds_cancellations = forms.BooleanField(
        label=_("Give the deposit back"),
        required=False,
        help_text=_("When a client cancels in time. Otherwise the salon keeps it."),
    )


class PrivacyForm(GroupForm):
    key = "privacy"

    cookie_text = Text(
        label=_("Note on cookies"),
        most=display.COOKIE_TEXT_MOST,
        rows=3,
        help_text=_("Stands beside the question whether something may be remembered."),
    )
    privacy_text = Text(
        label=_("Privacy text"),
        most=display.PRIVACY_TEXT_MOST,
        rows=14,
        has_lines=True,
        help_text=_(
            "Plain text. A blank line begins a new paragraph, an address such as https://example.com"
            " becomes a link. Without a text of yours, ours is shown."
        ),
    )


class SearchForm(GroupForm):
    key = "search"

    title = Text(
        label=_("Title"),
        most=display.TITLE_MOST,
        help_text=_("The blue line of a search result, and the name of the browser’s tab."),
    )
    description = Text(
        label=_("Description"),
        most=display.DESCRIPTION_MOST,
        rows=3,
        help_text=_("What stands below it: what you do, for whom, where."),
    )


class PictureForm(GroupForm):
    key = "picture"

    picture = forms.FileField(
        label=_("Picture for links"),
        help_text=_("Best 1200 by 630 pixels; the middle of others is shown. JPEG, PNG or WebP up to 8 MB."),
        widget=forms.FileInput(attrs={"class": "input", "accept": "image/*"}),
        error_messages={
            "required": _("Choose a picture first."),
            "empty": _("This file is empty."),
            "invalid": _("Choose a picture first."),
        },
    )
