"""What can go wrong with an upstream: ask again, never, or wake a developer."""

from typing import Any


class UpstreamError(Exception):
    """The base of the three."""


class UpstreamUnavailable(UpstreamError):
    """No answer, or one that asks to come again.

    `maybe_done`: the request had been sent, so a write may have been carried out. `retry_after` in seconds,
    0 where nothing was said.
    """

    def __init__(self, reason: str, *, maybe_done: bool, retry_after: int = 0) -> None:
        super().__init__(reason)
        self.maybe_done = maybe_done
        self.retry_after = retry_after


class NotAsked(UpstreamUnavailable):
    """It failed repeatedly just now and is left alone for a moment: nothing was sent."""

    def __init__(self) -> None:
        super().__init__("not asked: it failed just now", maybe_done=False)


class UpstreamRejected(UpstreamError):
    """Refused for good. `code` as the contract names it; numbers in `details` are Decimal."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, Any]) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details


class CredentialsRefused(UpstreamRejected):
    """The store's key is not, or no longer, valid: asking again with it is no use."""


class UpstreamChanged(UpstreamError):
    """An answer in a shape we do not know."""


class CatalogUnavailable(Exception):
    """There never was a copy of this and Mango Biz does not answer."""
