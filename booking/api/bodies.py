"""Bodies and parameters as the contract has them. What a person typed is checked by ClientForm instead."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.forms import ClientForm
from booking.services import Wish
from catalog.queries import get_catalog
from config.jsonapi import ApiError, validation_error
from config.structs import make_ready

UUID_SHAPE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
DATE_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MAX_SERVICES = 8
MAX_ADD_ONS = 20
# Nobody books further away; beyond it, arithmetic with zones may leave the calendar.
REACH = timedelta(days=1000)

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Body(msgspec.Struct, frozen=True, rename="camel"):
    """JSON names in camelCase; unknown members are left alone."""


class ItemBody(Body, frozen=True):
    service_id: UUID
    add_on_ids: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=MAX_ADD_ONS)] = ()


class ClientBody(Body, frozen=True):
    first_name: str
    last_name: str
    email: str
    phone: str | None = None


class DraftBody(Body, frozen=True):
    items: Annotated[tuple[ItemBody, ...], msgspec.Meta(min_length=1, max_length=MAX_SERVICES)]
    start_time: Instant
    staff_id: UUID | None = None
    client: ClientBody | None = None
    notes: str | None = None

    @property
    def wishes(self) -> tuple[Wish, ...]:
        return tuple(Wish(item.service_id, item.add_on_ids) for item in self.items)


class DraftPatch(Body, frozen=True):
    client: ClientBody | None = None
    notes: str | None = None
    extend: bool = False


class ConfirmBody(Body, frozen=True):
    client: ClientBody | None = None
    accepted_total: Decimal | None = None


class MoveBody(Body, frozen=True):
    start_time: Instant
    staff_id: UUID | None = None


class CancelBody(Body, frozen=True):
    """Nothing in it is used; an object all the same."""


FORM_NAMES = {
    "first_name": "client.firstName",
    "last_name": "client.lastName",
    "email": "client.email",
    "phone": "client.phone",
    "notes": "notes",
}


def check_client(client: ClientBody, *, notes: str | None = None) -> dict[str, str]:
    """What ClientForm cleaned, without `notes` where none came. Raises ApiError 422, a message by field."""
    form = ClientForm(
        {
            "first_name": client.first_name,
            "last_name": client.last_name,
            "email": client.email,
            "phone": client.phone or "",
            "notes": notes or "",
        },
        country=get_catalog().business.address.country or "",
    )
    if not form.is_valid():
        raise validation_error(
            {FORM_NAMES[name]: " ".join(map(str, errors)) for name, errors in form.errors.items()}
        )
    cleaned: dict[str, str] = dict(form.cleaned_data)
    if notes is None:
        del cleaned["notes"]
    return cleaned


def check_notes(notes: str) -> str:
    """Raises ApiError 422."""
    field = ClientForm.base_fields["notes"]
    try:
        return str(field.clean(notes))
    except ValidationError as error:
        raise validation_error({"notes": " ".join(error.messages)}) from error


def check_start(start: datetime) -> datetime:
    """In UTC, and within reach of now. Raises ApiError 422."""
    now = timezone.now()
    if not -REACH < start - now < REACH:
        raise validation_error({"startTime": _("This time is too far away.")})
    return start.astimezone(UTC)


def read_uuid(text: str) -> UUID | None:
    """Only the usual spelling, unlike uuid.UUID, which also takes braces and URNs."""
    return UUID(text) if UUID_SHAPE.fullmatch(text) else None


def read_path_uuid(text: str) -> UUID:
    found = read_uuid(text)
    if found is None:
        raise not_found()
    return found


def read_uuids(query: Mapping[str, str], name: str, *, at_most: int) -> tuple[UUID, ...]:
    """Comma-separated ids. Raises ApiError 400."""
    parts = [part.strip() for part in query.get(name, "").split(",") if part.strip()]
    ids = [found for part in parts if (found := read_uuid(part))]
    if len(ids) != len(parts) or len(parts) > at_most:
        raise invalid_parameter(name)
    return tuple(ids)


def read_date(query: Mapping[str, str], name: str) -> date:
    """Raises ApiError 400."""
    text = query.get(name, "")
    try:
        if DATE_SHAPE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise invalid_parameter(name)


def invalid_parameter(name: str) -> ApiError:
    return ApiError(
        400,
        "INVALID_REQUEST",
        _("The parameter %(name)s is missing or not as it should be.") % {"name": name},
    )


def not_found() -> ApiError:
    return ApiError(404, "NOT_FOUND", _("There is nothing at this address."))


make_ready(globals())
