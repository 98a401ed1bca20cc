"""The steps of booking, as the row of marks at the top of its pages."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from booking.selection import Selection


@dataclass(frozen=True, slots=True)
class StepMark:
    name: str
    url: str
    is_done: bool
    is_current: bool


def mark_steps(current: str, selection: Selection | None = None) -> tuple[StepMark, ...]:
    """`current` is one of service, staff, time, details, done; steps before it lead back."""
    chosen = selection or Selection()
    urls = {
        "service": (_("Service"), chosen.url("book")),
        "staff": (_("Who"), chosen.url("book_staff")),
        "time": (_("Time"), chosen.url("book_time")),
        "details": (_("Details"), ""),
        "done": (_("Done"), ""),
    }
    names = list(urls)
    here = names.index(current)
    return tuple(
        StepMark(
            name=urls[name][0],
            url=urls[name][1] if place < here and current != "done" else "",
            is_done=place < here,
            is_current=place == here,
        )
        for place, name in enumerate(names)
    )
