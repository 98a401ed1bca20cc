"""What can go wrong with the AI Service. None of it fails a page: the store then says what it knows."""


class AiError(Exception):
    """The base of them all.

    `outcome` is one word for the log of interactions; `retry_after` in seconds, 0 where nothing was said.
    Neither they nor the message hold what was asked or answered.
    """

    outcome = "failed"

    def __init__(self, outcome: str = "", detail: str = "", *, retry_after: int = 0) -> None:
        self.outcome = outcome or self.outcome
        self.detail = detail
        self.retry_after = retry_after
        super().__init__(f"{self.outcome}: {detail}" if detail else self.outcome)


class AiUnavailable(AiError):
    """No answer in time ("timeout"), none at all ("unavailable"), or it is left alone now ("not_asked")."""

    outcome = "unavailable"


class AiQuotaExceeded(AiUnavailable):
    """The platform's quota is used up: nobody asks until `retry_after` is over."""

    outcome = "quota"


class AiLimited(AiError):
    """This conversation, visitor or address asks too often; others may go on."""

    outcome = "limited"


class AiRejected(AiError):
    """It does not take what we sent, or our key: asking again is no use."""

    outcome = "rejected"


class AiChanged(AiError):
    """An answer in a shape we do not know."""

    outcome = "changed"
