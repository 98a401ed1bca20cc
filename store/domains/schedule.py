"""When a domain is looked at next."""

from datetime import datetime, timedelta

from store.models import Domain

# A claim that is not proved yet: often while its merchant is at it, then less, then not at all.
SOON, SOON_FOR = timedelta(minutes=5), timedelta(days=3)
LATER, LATER_FOR = timedelta(hours=1), timedelta(days=14)
VERIFIED = timedelta(hours=6)
FAILING = timedelta(hours=1)  # so that a repaired one is well again soon
UNANSWERED = timedelta(minutes=15)
# So long a verified domain stays with broken records.
GRACE = timedelta(hours=72)


def next_check(domain: Domain, now: datetime, *, is_answered: bool = True) -> datetime | None:
    """None: not before its merchant asks for it."""
    if domain.failing_since:
        ends = domain.failing_since + GRACE
        return min(now + FAILING, ends) if ends > now else now + UNANSWERED
    if domain.is_verified:
        return now + (VERIFIED if is_answered else UNANSWERED)
    watched = now - domain.created_at
    if watched < SOON_FOR:
        return now + SOON
    return now + LATER if watched < SOON_FOR + LATER_FOR else None


def is_grace_over(domain: Domain, now: datetime) -> bool:
    return domain.failing_since is not None and now - domain.failing_since >= GRACE
