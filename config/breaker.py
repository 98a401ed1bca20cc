"""A circuit breaker whose state the processes share through the cache.

Closed: calls pass. After `threshold` failures in a row within a minute it opens for `pause` seconds: calls
fail at once, so that no page waits for a host that does not answer. Then one caller in each pause may try.
"""

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
        return bool(cache.get(self._key("open")))

    @contextmanager
    def guard(self, *failures: type[Exception]) -> Iterator[None]:
        """Run a call. Raises BreakerOpen instead of running it while open; counts `failures`."""
        if self.is_open() and not self._may_probe():
            raise BreakerOpen(self.name)
        try:
            yield
        except failures:
            self._record_failure()
            raise
        else:
            self._record_success()

    def _may_probe(self) -> bool:
        # `add` is atomic: one caller wins the probe, the others go on failing fast.
        return bool(cache.add(self._key("probe"), 1, timeout=self.pause))

    def _record_failure(self) -> None:
        key = self._key("failures")
        cache.add(key, 0, timeout=COUNT_SECONDS)
        try:
            failures = cache.incr(key) or 0
        except ValueError:  # expired between the two calls, or no Redis to count in
            failures = 1
        if failures >= self.threshold:
            # Stays open until a probe succeeds; the long timeout only clears what nobody asks for any more.
            cache.set(self._key("open"), 1, timeout=10 * 60)
            cache.set(self._key("probe"), 1, timeout=self.pause)

    def _record_success(self) -> None:
        cache.delete_many([self._key("failures"), self._key("open"), self._key("probe")])

    def _key(self, part: str) -> str:
        return f"breaker:{self.name}:{part}"
