"""What clients are told about their orders, as queued e-mails: one fact each."""

from payments.models import Order


def queue_placed(order: Order) -> None:
    """The salon has it."""


def queue_pending(order: Order) -> None:
    """Paid, and waiting for the salon."""


def queue_rejected(order: Order) -> None:
    """The salon cannot fulfil it: the money goes back."""


def queue_failed(order: Order) -> None:
    """It never reached the salon: the money goes back."""


def queue_status(order: Order) -> None:
    """Prepared, ready, shipped with its link, completed, canceled, refunded."""
