"""A circuit breaker whose state the processes share through the cache.

Closed: calls pass. After `threshold` failures in a row within a minute it opens for `pause` seconds: calls
fail at once, so that no page waits for a host that does not answer. Then one caller in each pause may try:
with `guard` whoever calls next; with `may_probe` and `note` a call that nobody waits for.
While the cache itself does not answer, each process counts and pauses for itself.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.cache import cache

COUNT_SECONDS = 60


class BreakerOpen(Exception):
    """The upstream failed repeatedly; not asked again until the pause is over."""


@dataclass(frozen=True)
class Breaker:
    """`name` is shared state: upstream and store, so that one salon's trouble stays its own."""

    name: str
    threshold: int = 4
    pause: float = 15.0

    def is_open(self) -> bool:
        return bool(cache.get(self._key("open"))) or _alone[self.name].open_until > time.monotonic()

    @contextmanager
    def guard(self, *failures: type[Exception]) -> Iterator[None]:
        """Run a call. Raises BreakerOpen instead of running it while open; counts `failures`."""
        if self.is_open() and not self.may_probe():
            raise BreakerOpen(self.name)
        try:
            yield
        except failures:
            self.note(works=False)
            raise
        except Exception:
            self.note(works=True)  # an answer, if not the one wished for
            raise
        else:
            self.note(works=True)

    def note(self, *, works: bool) -> None:
        """How a call ended; for those that cannot run inside `guard`."""
        if works:
            self._record_success()
        else:
            self._record_failure()

    def may_probe(self) -> bool:
        """Claim the one try of this pause, while it is open."""
        # `add` is atomic: one caller wins the probe, the others go on failing fast.
        return bool(cache.add(self._key("probe"), 1, timeout=self.pause))

    def _record_failure(self) -> None:
        failures = self._count_failure()
        # A probe that fails is alone in its minute, and keeps it open all the same.
        if failures >= self.threshold or cache.get(self._key("open")):
            # Stays open until a probe succeeds; the long timeout only clears what nobody asks for any more.
            cache.set(self._key("open"), 1, timeout=10 * 60)
            cache.set(self._key("probe"), 1, timeout=self.pause)

    def _count_failure(self) -> int:
        key, mine = self._key("failures"), _alone[self.name]
        cache.add(key, 0, timeout=COUNT_SECONDS)
        try:
            shared = cache.incr(key)
        except ValueError:  # expired between the two calls
            shared = 1
        if shared:
            mine.failures = 0
            return int(shared)
        # No cache to count in. A probe has no latch either, so the process just tries again after its pause.
        mine.failures += 1
        if mine.failures >= self.threshold:
            mine.open_until = time.monotonic() + self.pause
        return mine.failures

    def _record_success(self) -> None:
        _alone.pop(self.name, None)
        cache.delete_many([self._key("failures"), self._key("open"), self._key("probe")])

    def _key(self, part: str) -> str:
        return f"breaker:{self.name}:{part}"


@dataclass
class _Alone:
    """What one process knows while it has no cache. Races between its threads cost a count, no more."""

    failures: int = 0
    open_until: float = 0.0


_alone: defaultdict[str, _Alone] = defaultdict(_Alone)
