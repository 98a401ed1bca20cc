"""A resolver of the stores' own: answers questions from a few records, over UDP and TCP, on the loopback.

It behaves as a recursive one: it follows CNAMEs, says which zone answers, truncates what is too long for UDP.
A name whose record has the type SERVFAIL or TIMEOUT is out of order, and so is everything by the switches of
sandbox.faults.
"""

from __future__ import annotations

import contextlib
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from .faults import Faults
from .state import State
from .wire import Row, invalid_request

HOST = "127.0.0.1"
TTL = 60
KINDS = ("A", "AAAA", "CNAME", "TXT", "CAA", "NS", "SOA")
OUT_OF_ORDER = ("SERVFAIL", "TIMEOUT")
LONGEST_CHAIN = 16
SOA = "ns.sandbox.invalid. hostmaster.sandbox.invalid. 1 3600 600 86400 60"
BIND_SECONDS = 5.0


class Dns:
    """Records in the state, servers in threads. `server` is "127.0.0.1:<port>" once it has started."""

    def __init__(self, state: State, faults: Faults, port: int) -> None:
        self._state, self._faults, self._wish = state, faults, port
        self.server: str | None = None

    def start(self) -> None:
        deadline = time.monotonic() + BIND_SECONDS
        while True:
            try:
                udp = _UdpServer((HOST, self._wish), _UdpHandler)
                tcp = _TcpServer((HOST, udp.server_address[1]), _TcpHandler)
                break
            except OSError:  # the port's former owner has just been killed, or TCP's has another
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        for server in (udp, tcp):
            server.desk = self
            threading.Thread(target=server.serve_forever, name="dns", daemon=True).start()
        self.server = f"{HOST}:{udp.server_address[1]}"

    # --- records -----------------------------------------------------------------------------------------

    def list(self) -> list[Row]:
        return [dict(row) for row in self._state.rows("SELECT * FROM dns_record ORDER BY name, type, id")]

    def add(self, records: list[Row]) -> None:
        """[{name, type, value}]. Raises ApiError 400."""
        for record in [_check(record) for record in records]:
            self._state.run("INSERT INTO dns_record (name, type, value) VALUES (?, ?, ?)", *record)

    def replace(self, records: list[Row]) -> None:
        with self._state.transaction():
            self._state.run("DELETE FROM dns_record")
            self.add(records)

    def remove(self, record_id: int) -> None:
        self._state.run("DELETE FROM dns_record WHERE id = ?", record_id)

    # --- answers -----------------------------------------------------------------------------------------

    def answer(self, wire: bytes, *, is_udp: bool) -> bytes | None:
        """The answer's bytes; None where the question gets none."""
        try:
            query = dns.message.from_wire(wire)
        except (dns.exception.DNSException, struct.error):
            return None
        switches = self._faults.active("dns", None)
        if switches["timeout"] or not query.question:
            return None
        response = dns.message.make_response(query, recursion_available=True)
        if switches["servfail"]:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif not self._fill_in(response):
            return None
        return _pack(response, query.payload if query.edns >= 0 else 512, is_udp=is_udp)

    def _fill_in(self, response: dns.message.Message) -> bool:
        """False where nothing is to be answered."""
        question = response.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        zones = _Zones(self.list())
        name, seen = question.name.to_text(omit_final_dot=True).lower(), set()
        while True:
            if (fault := zones.fault_of(name)) or name in seen or len(seen) > LONGEST_CHAIN:
                response.answer.clear()
                response.set_rcode(dns.rcode.SERVFAIL)
                return fault != "TIMEOUT"
            seen.add(name)
            if values := zones.find(name, kind):
                response.answer.append(_rrset(name, kind, values))
                return True
            alias = zones.find(name, "CNAME")
            if not alias:
                break
            response.answer.append(_rrset(name, "CNAME", alias[:1]))
            name = alias[0].rstrip(".").lower()
        response.authority.append(_rrset(zones.zone_of(name), "SOA", [SOA]))
        if not zones.knows(name):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return True


class _Zones:
    """The records by name. A domain has a zone as soon as there is any record in it."""

    def __init__(self, records: list[Row]) -> None:
        self._records: dict[str, list[tuple[str, str]]] = {}
        for record in records:
            self._records.setdefault(record["name"], []).append((record["type"], record["value"]))

    def find(self, name: str, kind: str) -> list[str]:
        if kind == "SOA" and name == self.zone_of(name) and self.knows(name):
            return [SOA]
        return [value for type_, value in self._at(name) if type_ == kind]

    def fault_of(self, name: str) -> str:
        return next((type_ for type_, _value in self._at(name) if type_ in OUT_OF_ORDER), "")

    def knows(self, name: str) -> bool:
        return bool(self._at(name)) or any(known.endswith(f".{name}") for known in self._records)

    def zone_of(self, name: str) -> str:
        labels = name.split(".")
        for start in range(len(labels)):
            candidate = ".".join(labels[start:])
            has_soa = any(type_ == "SOA" for type_, _value in self._records.get(candidate, []))
            if has_soa or (len(labels) - start == 2 and self.knows(candidate)):
                return candidate
        return labels[-1]

    def _at(self, name: str) -> list[tuple[str, str]]:
        """The name's own records, else those of the nearest * above it."""
        if name in self._records or any(known.endswith(f".{name}") for known in self._records):
            return self._records.get(name, [])
        labels = name.split(".")
        for start in range(1, len(labels)):
            parent = ".".join(labels[start:])
            if found := self._records.get(f"*.{parent}"):
                return found
            if parent in self._records:
                break
        return []


def _check(record: Any) -> tuple[str, str, str]:
    """Raises ApiError 400."""
    if not isinstance(record, dict):
        raise invalid_request("A record is an object of name, type and value.")
    name, kind, value = (str(record.get(part, "")).strip() for part in ("name", "type", "value"))
    name, kind = name.lower().rstrip("."), kind.upper()
    if kind not in KINDS + OUT_OF_ORDER:
        raise invalid_request(f"type must be one of {', '.join(KINDS + OUT_OF_ORDER)}.")
    try:
        dns.name.from_text(name.replace("*", "star"))
        if kind in KINDS and kind != "SOA":
            _rdata(kind, value)
    except (dns.exception.DNSException, ValueError) as error:
        raise invalid_request(f"{kind} of {name[:80]!r} cannot be {value[:80]!r}.") from error
    if not name:
        raise invalid_request("name is missing.")
    return name, kind, value


def _rdata(kind: str, value: str) -> dns.rdata.Rdata:
    if kind == "TXT":
        raw = value.encode() or b""
        strings = [raw[start : start + 255] for start in range(0, len(raw), 255)] or [b""]
        wire = b"".join(bytes([len(part)]) + part for part in strings)
        return dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.TXT, wire, 0, len(wire))
    if kind in ("CNAME", "NS"):
        value = value.rstrip(".") + "."
    return dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(kind), value)


def _rrset(name: str, kind: str, values: list[str]) -> dns.rrset.RRset:
    return dns.rrset.from_rdata_list(dns.name.from_text(name), TTL, [_rdata(kind, value) for value in values])


def _pack(response: dns.message.Message, payload: int, *, is_udp: bool) -> bytes:
    try:
        return response.to_wire(max_size=max(512, payload) if is_udp else 65535)
    except dns.exception.TooBig:
        for section in (response.answer, response.authority):
            section.clear()
        response.flags |= dns.flags.TC
        return response.to_wire()


class _UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    desk: Dns


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    desk: Dns


class _UdpHandler(socketserver.BaseRequestHandler):
    server: _UdpServer

    def handle(self) -> None:
        wire, socket = self.request
        if answer := self.server.desk.answer(wire, is_udp=True):
            socket.sendto(answer, self.client_address)


class _TcpHandler(socketserver.StreamRequestHandler):
    server: _TcpServer
    timeout = 10

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            for wire in self._messages():
                answer = self.server.desk.answer(wire, is_udp=False)
                if answer is None:
                    return
                self.wfile.write(struct.pack("!H", len(answer)) + answer)

    def _messages(self) -> Iterator[bytes]:
        while len(size := self.rfile.read(2)) == 2:
            yield self.rfile.read(struct.unpack("!H", size)[0])
