"""Sums that come back from a page or an upstream."""

from decimal import Decimal, InvalidOperation

CENT = Decimal("0.01")
MOST = Decimal(1_000_000)


def read_money(text: object) -> Decimal | None:
    """A sum of money from its digits; None for anything else."""
    try:
        amount = Decimal(str(text)[:20])
        return amount.quantize(CENT) if 0 <= amount < MOST else None
    except InvalidOperation:
        return None
