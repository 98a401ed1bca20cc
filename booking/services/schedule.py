"""When to try again."""

import random
from datetime import datetime, timedelta

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 15 * 60.0
GIVE_UP_AFTER = timedelta(hours=72)
# Longer than a call to Mango Biz may take, so that a lease only ends when its worker is gone.
LEASE = timedelta(seconds=30)
# While Mango Biz is away one row of each store asks this often.
SCOUT_SECONDS = 120.0
# Rows come due spread over this time once it is back, so that it is not overrun.
SPREAD_SECONDS = 90.0
# How long a Mango Biz that failed just now is left alone, at least: two of the breaker's pauses.
ALONE_SECONDS = 30.0


def next_try(now: datetime, attempts: int, *, not_before_seconds: int = 0) -> datetime:
    """5 s, 10 s, 20 s ... 15 min after `attempts` tries, a fifth more or less so that rows spread out.

    `not_before_seconds` is what Mango Biz asked for (Retry-After).
    """
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(max(attempts - 1, 0), 20))
    pause = max(pause * random.uniform(0.8, 1.2), not_before_seconds)  # noqa: S311 (spreading, not secrecy)
    return now + timedelta(seconds=min(pause, 2 * LONGEST_PAUSE_SECONDS))


def scout_by(now: datetime, *, not_before_seconds: int = 0) -> datetime:
    return now + timedelta(seconds=max(SCOUT_SECONDS, not_before_seconds))


def leave_alone_until(now: datetime) -> datetime:
    return now + timedelta(seconds=random.uniform(ALONE_SECONDS, SPREAD_SECONDS))  # noqa: S311 (spreading)


def woken_at(now: datetime, *, share: float) -> datetime:
    """When a row that waits is tried, now that Mango Biz is back; `share` of the spread, 0 to 1."""
    return now + timedelta(seconds=SPREAD_SECONDS * share)


def give_up_at(now: datetime, *, visit: datetime) -> datetime:
    """After 72 hours, or when the visit should have begun: nobody can come to it any more."""
    return min(now + GIVE_UP_AFTER, visit)
