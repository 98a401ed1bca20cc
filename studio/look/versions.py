"""What the versions page lists, and when a publication happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from store import formats
from store.design.changes import describe_changes
from store.models import DesignVersion
from studio.page import Studio
from studio.preview.tokens import FRAMED_FOR, make_preview_path

SHOWN = 100  # versions on the page, the newest first
FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class VersionRow:
    number: int
    is_live: bool
    is_scheduled: bool
    is_called_off: bool
    when: str  # it went live, will, or was made
    by: str
    changes: list[str]  # against the one before
    is_first: bool
    preview_path: str


def list_versions(studio: Studio, zone: ZoneInfo) -> list[VersionRow]:
    """The newest first."""
    found = list(DesignVersion.objects.order_by("-number")[: SHOWN + 1])
    rows = [_row(studio, zone, version, before) for version, before in zip_longest(found, found[1:])]
    return rows[:SHOWN]


def _row(studio: Studio, zone: ZoneInfo, version: DesignVersion, before: DesignVersion | None) -> VersionRow:
    is_scheduled = version.state == DesignVersion.State.SCHEDULED
    moment = version.due_at if is_scheduled else version.published_at
    return VersionRow(
        number=version.number,
        is_live=version.pk == studio.store.live_version_id,
        is_scheduled=is_scheduled,
        is_called_off=version.state == DesignVersion.State.CALLED_OFF,
        when=say_moment(moment or version.created_at, zone, studio.info.locale),
        by=version.created_by,
        changes=describe_changes(before.look, version.look) if before else [],
        is_first=before is None,
        preview_path=make_preview_path(studio.store, version=version.number, lasts=FRAMED_FOR),
    )


def say_moment(moment: datetime, zone: ZoneInfo, locale: str) -> str:
    """Like "Wed, Nov 25, 2:30 pm", with the year where it is not this one."""
    local = moment.astimezone(zone)
    if local.year == timezone.now().astimezone(zone).year:
        return formats.format_moment(local, locale)
    return (
        f"{formats.format_date_with_year(local.date(), locale)}, {formats.format_clock(local.time(), locale)}"
    )


class PublicationForm(forms.Form):
    """`moment` once it is valid: when to publish, None for now. What is written is the salon's wall time."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    when = forms.ChoiceField(
        label=_("When"),
        choices=[("now", _("Now")), ("later", _("At a time you choose"))],
        initial="now",
        error_messages={"required": _("Choose when."), "invalid_choice": _("Choose when.")},
    )
    at = forms.CharField(label=_("Date and time"), required=False, max_length=40)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, zone: ZoneInfo, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.zone = zone
        self.moment: datetime | None = None
        now = timezone.now().astimezone(zone)
        self.earliest = (now + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
        self.fields["at"].widget = forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "input", "min": self.earliest}
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("when") == "later":
            try:
                self.moment = read_wall_time(cleaned.get("at", ""), self.zone)
            except ValidationError as error:
                self.add_error("at", error)
        return cleaned


def read_wall_time(said: str, zone: ZoneInfo) -> datetime:
    """A moment to come, by the clock of the zone; of an hour that comes twice the first. ValidationError."""
    try:
        wall = datetime.fromisoformat(said.strip())
    except ValueError as error:
        raise ValidationError(_("Choose a date and a time.")) from error
    if wall.tzinfo is not None:
        raise ValidationError(_("Choose a date and a time."))
    try:
        moment = wall.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError as error:
        raise ValidationError(_("Choose a date and a time.")) from error
    if moment.astimezone(zone).replace(tzinfo=None) != wall:
        raise ValidationError(_("There is no such time on that day: the clocks go forward. Choose another."))
    if moment <= timezone.now():
        raise ValidationError(_("This time is over. Choose one to come."))
    if moment > timezone.now() + FURTHEST:
        raise ValidationError(_("This is more than a year away. Choose an earlier time."))
    return moment
