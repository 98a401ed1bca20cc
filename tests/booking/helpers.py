"""Walking the booking from outside: the salon's menu by name, free times through the API."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import requests
import yaml
from django.test import Client
from openapi_schema_validator import OAS31Validator

from tests.sandbox_process import SandboxProcess

CONTRACT = Path(__file__).parents[2] / "booking/openapi/store.openapi.yaml"
ZOE = {
    "firstName": "Zoë",
    "lastName": "Okonkwo-Müller",
    "email": "zoe@example.com",
    "phone": "(213) 555-0107",
}


@cache
def contract() -> dict[str, Any]:
    return yaml.safe_load(CONTRACT.read_text())


def check_shape(name: str, value: Any) -> None:
    """Against components/schemas/<name> of the store's contract."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": contract()["components"]}
    errors = list(OAS31Validator(schema, format_checker=OAS31Validator.FORMAT_CHECKER).iter_errors(value))
    assert not errors, errors


@dataclass
class Control:
    """The sandbox's switches for one salon."""

    sandbox: SandboxProcess
    slug: str

    def faults(self, **faults: Any) -> None:
        body = {"upstream": "mangobiz", "salon": self.slug, "faults": faults}
        requests.put(f"{self.sandbox.url}/sandbox/faults", json=body, timeout=10).raise_for_status()

    def patch(self, kind: str, row_id: str, fields: dict[str, Any]) -> None:
        url = f"{self.sandbox.url}/sandbox/{self.slug}/{kind}/{row_id}"
        requests.patch(url, json=fields, timeout=10).raise_for_status()

    def bookings(self) -> list[dict[str, Any]]:
        url = f"{self.sandbox.url}/sandbox/{self.slug}/bookings?origin=store"
        return list(requests.get(url, timeout=10).json()["data"])

    def close(self, start: str, end: str, staff_id: str | None = None) -> None:
        body = {"startTime": start, "endTime": end, "staffId": staff_id}
        requests.post(
            f"{self.sandbox.url}/sandbox/{self.slug}/blackouts", json=body, timeout=10
        ).raise_for_status()


@dataclass
class Api:
    """The JSON API as a script sees it."""

    client: Client

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/booking/{path}", query)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method,
            f"/api/v1/booking/{path}",
            data=b"" if body is None else body if isinstance(body, bytes) else _dump(body),
            content_type="application/json",
            headers=headers,
        )

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, {} if body is None else body, **headers)

    def slots(
        self, service: str, *, days: int = 14, start: date | None = None, **query: Any
    ) -> list[dict[str, Any]]:
        first = start or date.today()
        answer = self.get(
            "availability", serviceId=service, **{"from": first, "to": first + timedelta(days=days)}, **query
        )
        assert answer.status_code == 200, answer.content
        return list(answer.json()["data"])

    def draft(self, service: str, slot: dict[str, Any], **more: Any) -> Any:
        body = {"items": [{"serviceId": service}], "startTime": slot["startTime"], **more}
        return self.post("draft", body)

    def booked(self, service: str, slot: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A confirmed booking."""
        draft = self.draft(service, slot, client=ZOE, **more).json()["data"]
        answer = self.post(f"draft/{draft['id']}/confirm")
        assert answer.status_code == 201, answer.content
        return dict(answer.json()["data"])


def _dump(body: Any) -> bytes:
    import json

    return json.dumps(body, default=str).encode()


def key() -> str:
    return f"test-{uuid.uuid4()}"
