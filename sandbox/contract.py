"""The two OpenAPI files, used to refuse request bodies that do not fit them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from .wire import is_uuid, parse_date, parse_instant

FOLDER = Path(__file__).parent / "contracts"
FILES = {"biz": "mango-biz.openapi.yaml", "ai": "ai-service.openapi.yaml"}

formats = FormatChecker(formats=())


@formats.checks("uuid")
def _check_uuid(value: Any) -> bool:
    return not isinstance(value, str) or is_uuid(value)


@formats.checks("date-time", raises=ValueError)
def _check_instant(value: Any) -> bool:
    return not isinstance(value, str) or parse_instant(value) is not None


@formats.checks("date", raises=ValueError)
def _check_date(value: Any) -> bool:
    return not isinstance(value, str) or parse_date(value) is not None


@formats.checks("email")
def _check_email(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    local, at, domain = value.rpartition("@")
    return bool(local and at and domain) and len(value) <= 254 and not any(c.isspace() for c in value)


@formats.checks("uri")
def _check_uri(value: Any) -> bool:
    # Pictures are stored by their place in `drawings/` and become absolute when they are answered.
    return not isinstance(value, str) or value.startswith(("http://", "https://", "media/"))


@cache
def _registry() -> Registry[Any]:
    registry: Registry[Any] = Registry()
    for name, file in FILES.items():
        contents = yaml.safe_load((FOLDER / file).read_text(encoding="utf-8"))
        registry = registry.with_resource(f"urn:{name}", DRAFT202012.create_resource(contents))
    return registry


@cache
def validator(api: str, pointer: str) -> Draft202012Validator:
    """Validator of the schema at `pointer` (`/components/schemas/Service`) in contract `biz` or `ai`."""
    reference = {"$ref": f"urn:{api}#{pointer}"}
    return Draft202012Validator(reference, registry=_registry(), format_checker=formats)


def find_faults(api: str, pointer: str, body: Any) -> list[str]:
    """What is wrong with `body`, at most five lines, each with the place it is about."""
    errors = sorted(validator(api, pointer).iter_errors(body), key=lambda error: error.json_path)
    return [f"{error.json_path}: {error.message[:200]}" for error in errors[:5]]
