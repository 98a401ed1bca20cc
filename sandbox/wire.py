"""JSON as the contracts speak it: money exact, times in UTC, one shape of error."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn
from uuid import UUID

Row = dict[str, Any]

INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
CENT = Decimal("0.01")


class ApiError(Exception):
    """A refusal in the contract's shape; `details` must be JSON."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Row | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.details, self.headers = details, headers or {}

    def body(self) -> Row:
        error: Row = {"code": self.code, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        return {"error": error}


def invalid_request(message: str) -> ApiError:
    return ApiError(400, "INVALID_REQUEST", message)


def not_found(what: str = "resource") -> ApiError:
    return ApiError(404, "NOT_FOUND", f"There is no such {what}.")


def dumps(value: Any, *, canonical: bool = False) -> str:
    """JSON text; `canonical` sorts keys so that equal values give equal text."""
    if canonical:
        return json.dumps(value, default=_encode_decimal, sort_keys=True, separators=(",", ":"))
    return json.dumps(value, default=_encode_decimal, ensure_ascii=False)


def loads(raw: str | bytes) -> Any:
    """Parse JSON, numbers with a fraction as Decimal. Raises ValueError, whatever was sent."""
    try:
        text = raw.decode() if isinstance(raw, bytes) else raw
        value = json.loads(text, parse_float=_parse_decimal, parse_constant=_refuse_constant)
        # A lone surrogate parses, but can be neither stored nor sent again.
        json.dumps(value, default=_encode_decimal, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def money(value: Any) -> Decimal:
    """Decimal with at most two places. Raises ValueError where it is no sensible amount."""
    try:
        amount = Decimal(str(value))
        if not amount.is_finite() or abs(amount) > 10_000_000:
            raise ValueError("not an amount of money")
        return amount.quantize(CENT)
    except InvalidOperation as error:
        raise ValueError("not an amount of money") from error


def now() -> datetime:
    return datetime.now(UTC)


def to_rfc3339(moment: datetime | int) -> str:
    """UTC with a Z, milliseconds only where there are any; an int is seconds since 1970."""
    if isinstance(moment, int):
        moment = datetime.fromtimestamp(moment, UTC)
    moment = moment.astimezone(UTC)
    spec = "milliseconds" if moment.microsecond >= 1000 else "seconds"
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")


def parse_instant(text: Any) -> datetime:
    """RFC 3339 to UTC. Raises ValueError, also for moments outside 1970-2199."""
    if not isinstance(text, str) or not INSTANT.fullmatch(text):
        raise ValueError("not an RFC 3339 date-time")
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error
    if not 1970 <= moment.year < 2200:
        raise ValueError("out of range")
    return moment


def parse_date(text: str) -> date:
    """YYYY-MM-DD. Raises ValueError."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("not a date")
    return date.fromisoformat(text)


def is_uuid(text: Any) -> bool:
    """The hyphenated form only: `UUID()` alone would also take braces and URNs."""
    if not isinstance(text, str) or len(text) != 36:
        return False
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _encode_decimal(value: Any) -> int | float:
    if isinstance(value, Decimal):
        # Up to 15 digits the shortest text of a float is the decimal itself, so the number stays exact.
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _parse_decimal(text: str) -> Decimal:
    value = Decimal(text)
    # 1e999999999 is valid JSON, and as an integer would fill the memory.
    if not value.is_finite() or abs(value.adjusted()) > 15:
        raise ValueError("number out of range")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
