"""The groups of the page of settings: what each shows at first, and which service saves it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from payments import services as payments
from store import services
from store.models import StoreImage
from store.pictures import PictureRefused, read_upload, save_picture
from studio.page import Studio
from studio.preferences import forms

Values = Mapping[str, Any]


class NotSaved(Exception):
    """A sentence for whoever filled in the form."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


@dataclass(frozen=True, slots=True)
class Group:
    """`read` gives the form's first values; `save` takes its cleaned ones, answers whether anything changed,
    and raises NotSaved."""

    form: type[forms.GroupForm]
    read: Callable[[Studio], Values]
    save: Callable[[Studio, Values], bool]


def _read_display(*names: str) -> Callable[[Studio], Values]:
    return lambda studio: {name: getattr(studio.info.display, name) for name in names}


def _read_announcement(studio: Studio) -> Values:
    shown = studio.info.display.announcement
    return {name: getattr(shown, name) for name in ("text", "link", "label", "starts", "ends")}


def _read_assistant(studio: Studio) -> Values:
    return {"has_ai": studio.store.has_ai, "chat_per_minute": studio.store.chat_per_minute}


def _read_reminders(studio: Studio) -> Values:
    store = studio.store
    return {"day_before": store.reminds_day_before, "hours_before": store.reminds_hours_before}


def _read_deposits(_studio: Studio) -> Values:
    own = payments.find_settings()
    return {"prepayment": own.prepayment, "refunds_cancellations": own.refunds_cancellations}


def _save_announcement(studio: Studio, values: Values) -> bool:
    return services.change_announcement(announcement=values["announcement"], **studio.actor)


def _save_picture(studio: Studio, values: Values) -> bool:
    try:
        digest = save_picture(kind=StoreImage.Kind.SOCIAL, raw=read_upload(values["picture"]))
    except PictureRefused as error:
        raise NotSaved("picture", str(error)) from error
    return services.change_share_picture(picture=digest, **studio.actor)


def _by(service: Callable[..., bool]) -> Callable[[Studio, Values], bool]:
    """Where the form's names are the service's."""
    return lambda studio, values: service(**values, **studio.actor)


GROUPS: dict[str, Group] = {
    "formats": Group(
        forms.FormatsForm,
        _read_display("languages", "currency", "clock", "dates"),
        _by(services.change_formats),
    ),
    "announcement": Group(forms.AnnouncementForm, _read_announcement, _save_announcement),
    "assistant": Group(forms.AssistantForm, _read_assistant, _by(services.change_assistant)),
    "reminders": Group(forms.RemindersForm, _read_reminders, _by(services.change_reminders)),
    "deposits": Group(forms.DepositsForm, _read_deposits, _by(payments.change_prepayment)),
    "privacy": Group(
        forms.PrivacyForm, _read_display("cookie_text", "privacy_text"), _by(services.change_privacy)
    ),
    "search": Group(forms.SearchForm, _read_display("title", "description"), _by(services.change_search)),
    "picture": Group(forms.PictureForm, lambda _studio: {}, _save_picture),
}
