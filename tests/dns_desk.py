"""The sandbox's DNS as a test sets it up: zones with records, and names that are out of order."""

from dataclasses import dataclass
from typing import Any

import requests

from store.domains.names import proof_name, proof_value
from store.models import Domain

TARGET = "stores.localhost"
OURS, OURS_6 = "192.0.2.10", "2001:db8::10"
ELSEWHERE, ELSEWHERE_6 = "198.51.100.7", "2001:db8:bad::7"
HOST = "www.salon.example"

Record = tuple[str, str, str]  # name, type, value


@dataclass(frozen=True)
class DnsDesk:
    url: str

    def serve(self, *records: Record) -> None:
        """These records and no others, besides where we are ourselves."""
        self._send("PUT", ((TARGET, "A", OURS), (TARGET, "AAAA", OURS_6), *records))

    def add(self, *records: Record) -> None:
        self._send("POST", records)

    def serve_right(self, *domains: Domain) -> None:
        """What the merchants of these domains were told to enter."""
        texts = [(proof_name(d.host), "TXT", proof_value(d.token)) for d in domains]
        self.serve(*texts, *{(d.host, "CNAME", TARGET) for d in domains})

    def faults(self, **switches: bool) -> None:
        body = {"upstream": "dns", "faults": switches}
        requests.put(f"{self.url}/sandbox/faults", json=body, timeout=10).raise_for_status()

    def server(self) -> str:
        return str(requests.get(f"{self.url}/sandbox/dns", timeout=10).json()["server"])

    def _send(self, method: str, records: Any) -> None:
        rows = [{"name": name, "type": kind, "value": value} for name, kind, value in records]
        answer = requests.request(method, f"{self.url}/sandbox/dns", json={"records": rows}, timeout=10)
        answer.raise_for_status()
