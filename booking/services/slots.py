"""A slot as a value, and as it is kept in a row."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """A start that can be booked, as UTC instants, and who could take it."""

    start: datetime
    end: datetime
    staff_ids: tuple[UUID, ...]


def pack_slots(slots: tuple[OpenSlot, ...]) -> list[dict[str, object]]:
    return [
        {
            "start": slot.start.isoformat(),
            "end": slot.end.isoformat(),
            "staff_ids": [str(staff_id) for staff_id in slot.staff_ids],
        }
        for slot in slots
    ]


def unpack_slots(rows: list[dict[str, object]]) -> tuple[OpenSlot, ...]:
    return tuple(
        OpenSlot(
            datetime.fromisoformat(str(row["start"])),
            datetime.fromisoformat(str(row["end"])),
            tuple(UUID(staff_id) for staff_id in row["staff_ids"]),  # type: ignore[attr-defined]
        )
        for row in rows
    )


def free_of_past(slots: tuple[OpenSlot, ...]) -> tuple[OpenSlot, ...]:
    now = timezone.now()
    return tuple(slot for slot in slots if slot.start > now)
