"""What happened to a payment, line by line."""

from payments.models import Payment, PaymentEvent


def note(payment: Payment, kind: str, detail: str = "", *, by: str = "") -> None:
    """Write a line in the caller's transaction. `detail` is a code or a sum, never personal data."""
    PaymentEvent.across_stores.create(
        store_id=payment.store_id, payment=payment, kind=kind[:30], note=detail[:200], by=by[:150]
    )
