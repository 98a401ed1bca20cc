"""One slot of the schedule for one beat."""

from django.db import IntegrityError, transaction
from django.db.models import Q

from store.models import TimeSlot

# A slot further ahead than this was taken by a clock that was wrong. Few, since until then nobody gets any;
# beats whose clocks are further apart send twice, which is harmless.
NONSENSE_SLOTS = 10


def take_slot(*, name: str, slot: int) -> bool:
    """Whether the caller is the first to ask for this slot of a scheduled task."""
    mine = TimeSlot.objects.filter(name=name)
    if mine.filter(Q(slot__lt=slot) | Q(slot__gt=slot + NONSENSE_SLOTS)).update(slot=slot):
        return True
    if mine.exists():
        return False
    try:
        with transaction.atomic():
            TimeSlot.objects.create(name=name, slot=slot)
    except IntegrityError:  # another beat was first
        return False
    return True
