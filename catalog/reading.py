"""Decoded JSON into the values of catalog.schemas, strictly or with what can be read of it."""

import re
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

# The place an error of msgspec names: " - at `$.hours[0].spans[1].open`"; `[...]` is a value of a mapping.
_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.(?P<key>[^.\[]+)|\[(?P<index>\d+)\]")
# Left out it would mean "nothing to pay": better no service than one without its deposit.
_NEVER_LEFT_OUT = frozenset({"depositAmount"})
_MAX_REPAIRS = 40


def convert(value: Any, shape: type[T]) -> T:
    """A decoded answer as `shape`. Raises msgspec.ValidationError with the path of what does not fit."""
    return msgspec.convert(_drop_nulls(value), shape, strict=False)


def convert_tolerantly(value: Any, shape: type[T]) -> tuple[T, list[str]]:
    """As `convert`, without the optional parts that cannot be read, and what was wrong with those.

    One opening hour that somebody typed as "9 to 5" must not take the whole salon off the air. Raises
    msgspec.ValidationError where something required cannot be read.
    """
    rest = _drop_nulls(value)
    problems: list[str] = []
    while True:
        try:
            return msgspec.convert(rest, shape, strict=False), problems
        except msgspec.ValidationError as error:
            problems.append(str(error))
            if len(problems) > _MAX_REPAIRS or not _cut_out(rest, str(error)):
                raise msgspec.ValidationError(problems[0]) from error


def _cut_out(value: Any, message: str) -> bool:
    """Remove the part the message points at; False where it points at the whole."""
    place = _PLACE.search(message)
    path = place["path"].partition("[...]")[0] if place else ""
    steps = [int(found["index"]) if found["index"] else found["key"] for found in _STEP.finditer(path)]
    if not steps or steps[0] in _NEVER_LEFT_OUT:
        return False
    for step in steps[:-1]:
        value = value[step]
    del value[steps[-1]]
    return True


def _drop_nulls(value: Any) -> Any:
    """A copy without nulls: a null means what a missing field means, the default."""
    if isinstance(value, dict):
        return {key: _drop_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_drop_nulls(inner) for inner in value if inner is not None]
    return value
