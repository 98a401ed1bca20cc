"""Holds answers against an OpenAPI file, with no help from the sandbox's own checks."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import requests
import yaml
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FOLDER = Path(__file__).resolve().parents[2] / "sandbox" / "contracts"


class Contract:
    """Which operations there are, and whether an answer is one of those an operation may give."""

    def __init__(self, file: str) -> None:
        self.document = yaml.safe_load((FOLDER / file).read_text(encoding="utf-8"))
        resource = DRAFT202012.create_resource(self.document)
        self._registry: Registry[Any] = Registry().with_resource("urn:contract", resource)
        self.checked: set[tuple[str, str]] = set()

    def operations(self) -> set[tuple[str, str]]:
        verbs = {"get", "post", "put", "delete", "patch"}
        return {(verb, path) for path, item in self.document["paths"].items() for verb in verbs & item.keys()}

    def check(self, verb: str, path: str, answer: requests.Response, status: int) -> Any:
        """The parsed body, having the status expected and the shape that status has in the contract."""
        assert answer.status_code == status, f"{verb} {path}: {answer.status_code} {answer.text[:300]}"
        self.checked.add((verb, path))
        responses = self.document["paths"][path][verb]["responses"]
        described = self._resolve(responses.get(str(status), responses["default"]))
        if "content" not in described:
            assert answer.content == b""
            return None
        assert answer.headers["Content-Type"].startswith("application/json")
        body = answer.json()
        self.validate(described["content"]["application/json"]["schema"], body)
        return body

    def validate(self, schema: Any, value: Any) -> None:
        rooted = _root_references(schema)
        validator = OAS31Validator(rooted, registry=self._registry, format_checker=oas31_format_checker)
        faults = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]
        assert not faults, faults[:5]

    def _resolve(self, node: Any) -> Any:
        while "$ref" in node:
            found = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            node = found
        return node


@cache
def load_contract(file: str) -> Contract:
    return Contract(file)


def _root_references(schema: Any) -> Any:
    """References that say which document they mean, so that a piece can be used on its own."""
    if isinstance(schema, dict):
        return {
            key: f"urn:contract{value}"
            if key == "$ref" and value.startswith("#")
            else _root_references(value)
            for key, value in schema.items()
        }
    return [_root_references(item) for item in schema] if isinstance(schema, list) else schema
