"""The only place that asks the DNS: what there is about a host, as a plain value.

Everything together takes BUDGET_SECONDS at most. What nobody answered in that time is trouble
(`Answer.is_trouble`), which is not the same as an answer that says there is nothing.
"""

import ipaddress
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
import structlog
from django.conf import settings
from django.utils import timezone
from dns.rdata import Rdata

from store.domains.names import PROOF_PREFIX, guess_apex, is_host_length, is_within, proof_name

log = structlog.get_logger(__name__)

BUDGET_SECONDS = 5.0
TRY_SECONDS = 1.5  # one question to one resolver
ROUNDS = 2
LONGEST_CHAIN = 8  # more CNAMEs in a row than any provider makes, and resolvers give up soon after
# What one question may bring: more is no honest record, and would only fill the row.
MOST_RECORDS, LONGEST_TEXT = 20, 255
EDNS_PAYLOAD = 1232
ROOT = "."


class Status(Enum):
    FOUND = "found"
    NOTHING = "nothing"  # the name is there, or may be, but has no such record
    NO_NAME = "no name"  # neither the name nor any below it
    TROUBLE = "trouble"  # nobody answered, or only to say that they cannot


@dataclass(frozen=True, slots=True)
class Answer:
    """`records` as text; `alias` is the name that a CNAME leads to, whose records these are."""

    status: Status
    records: tuple[str, ...] = ()
    alias: str = ""

    @property
    def is_trouble(self) -> bool:
        return self.status is Status.TROUBLE


TROUBLE = Answer(Status.TROUBLE)
NOTHING = Answer(Status.NOTHING)


class ChainEnd(Enum):
    ENDS = "ends"
    LOOP = "loop"
    TOO_LONG = "too long"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Sight:
    """What the DNS says of a host. `zone` is what answers for it, "" where that is unknown, ROOT above all.

    `chain` are the names that CNAMEs lead to from the host, the nearest first. Addresses are asked for only
    where there is no CNAME. `strays` are texts for us at names where nobody looks: name → texts.
    """

    host: str
    target: str
    at: datetime
    zone: str = ""
    proof: Answer = TROUBLE
    strays: dict[str, tuple[str, ...]] = field(default_factory=dict)
    chain: tuple[str, ...] = ()
    chain_end: ChainEnd = ChainEnd.TROUBLE
    doubled_cname: str = ""  # the name where the CNAME stands instead
    a: Answer = TROUBLE
    aaaa: Answer = TROUBLE
    target_a: Answer = TROUBLE
    target_aaaa: Answer = TROUBLE
    caa: tuple[str, ...] = ()  # values of `issue` of the nearest name that has any CAA
    caa_at: str = ""

    @property
    def is_registered(self) -> bool:
        """False where the DNS says that nobody has bought the domain; True while that is unknown."""
        is_missing = self.proof.status is Status.NO_NAME and not self.chain
        return not (is_missing and self.zone and self.entry_zone != self.zone)

    @property
    def entry_zone(self) -> str:
        """The domain in whose settings at a provider the records are entered."""
        apex = guess_apex(self.host)
        return self.zone if is_within(self.zone, apex) else apex


def look_at(host: str) -> Sight:
    """Ask everything the doctor wants to know of a host, for at most BUDGET_SECONDS."""
    asker = _Asker(time.monotonic() + BUDGET_SECONDS)
    at, target, proof_at = timezone.now(), settings.DOMAIN_TARGET, proof_name(host)
    proof = asker.ask(proof_at, "TXT")
    zone = asker.find_zone(proof_at, guess_apex(host))
    chain, chain_end = asker.follow(host, target)
    parts: dict[str, Answer] = {"target_a": asker.ask(target, "A"), "target_aaaa": asker.ask(target, "AAAA")}
    if not chain and chain_end is ChainEnd.ENDS:
        parts |= {"a": asker.ask(host, "A"), "aaaa": asker.ask(host, "AAAA")}
    has_proof = any(text.startswith(PROOF_PREFIX) for text in proof.records)
    entry_zone = Sight(host, target, at, zone).entry_zone
    strays = {} if has_proof or proof.is_trouble else asker.find_strays(host, entry_zone)
    caa_at, caa = asker.find_caa(host, entry_zone)
    doubled = "" if chain else asker.find_doubled_cname(host, entry_zone, target)
    sight = Sight(
        host=host,
        target=target,
        at=at,
        zone=zone,
        proof=proof,
        strays=strays,
        chain=chain,
        chain_end=chain_end,
        doubled_cname=doubled,
        caa=caa,
        caa_at=caa_at,
        **parts,
    )
    log.info("domain_looked_at", host=host, proof=proof.status.value, chain=chain_end.value)
    return sight


class _Asker:
    """Questions to the resolvers until the deadline (of time.monotonic); after it everything is trouble."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._servers: list[tuple[str, int]] = settings.DNS_SERVERS or _machine_servers()

    def ask(self, name: str, kind: str) -> Answer:
        response = self._query(name, kind)
        if response is None:
            return TROUBLE
        if response.rcode() == dns.rcode.NXDOMAIN:
            return Answer(Status.NO_NAME)
        wanted, kind_of = dns.name.from_text(name), dns.rdatatype.from_text(kind)
        for rrset in response.answer:
            if rrset.rdtype == kind_of:
                records = tuple(sorted(_read(rdata) for rdata in list(rrset)[:MOST_RECORDS]))
                alias = "" if rrset.name == wanted else _plain(rrset.name)
                return Answer(Status.FOUND, records, alias)
        return NOTHING

    def follow(self, host: str, target: str) -> tuple[tuple[str, ...], ChainEnd]:
        """The CNAMEs from a host on; no further than the target, whose own are ours."""
        chain: list[str] = []
        name = host
        while len(chain) < LONGEST_CHAIN:
            answer = self.ask(name, "CNAME")
            if answer.is_trouble:
                return tuple(chain), ChainEnd.TROUBLE
            if answer.status is not Status.FOUND:
                return tuple(chain), ChainEnd.ENDS
            name = answer.records[0]
            is_loop = name in chain or name == host
            chain.append(name)
            if is_loop:
                return tuple(chain), ChainEnd.LOOP
            if name == target:
                return tuple(chain), ChainEnd.ENDS
        return tuple(chain), ChainEnd.TOO_LONG

    def find_zone(self, name: str, apex: str) -> str:
        """The zone that answers for `name`, by the SOA record that comes with every "there is none"."""
        for candidate in (name, apex):
            response = self._query(candidate, "SOA")
            if response is None or any(r.rdtype == dns.rdatatype.CNAME for r in response.answer):
                continue  # an alias is answered for by the zone it leads to
            for rrset in (*response.answer, *response.authority):
                if rrset.rdtype == dns.rdatatype.SOA:
                    zone = _plain(rrset.name)
                    return zone if zone == ROOT or is_within(name, zone) else ""
        return ""

    def find_caa(self, host: str, apex: str) -> tuple[str, tuple[str, ...]]:
        """Who may issue certificates, by the nearest CAA records from the host up (RFC 8659, section 3)."""
        name = host
        while True:
            answer = self.ask(name, "CAA")
            if answer.status is Status.FOUND:
                return answer.alias or name, answer.records
            if name == apex or not is_within(name, apex):
                return "", ()
            name = name.partition(".")[2]

    def find_strays(self, host: str, zone: str) -> dict[str, tuple[str, ...]]:
        """Our texts where people put them by mistake: at the host itself, doubled, without the underscore."""
        names = [host, f"{proof_name(host)}.{zone}", proof_name(host).removeprefix("_")]
        found: dict[str, tuple[str, ...]] = {}
        for name in names:
            answer = self.ask(name, "TXT") if is_host_length(name) else NOTHING
            if ours := tuple(text for text in answer.records if text.startswith(PROOF_PREFIX)):
                found[name] = ours
        return found

    def find_doubled_cname(self, host: str, zone: str, target: str) -> str:
        name = f"{host}.{zone}"
        return name if is_host_length(name) and target in self.ask(name, "CNAME").records else ""

    def _query(self, name: str, kind: str) -> dns.message.Message | None:
        """An answer that says something; None where nobody gave one in time."""
        question = dns.message.make_query(dns.name.from_text(name), kind, use_edns=0, payload=EDNS_PAYLOAD)
        for address, port in self._tries():
            seconds = min(TRY_SECONDS, self._deadline - time.monotonic())
            if seconds <= 0:
                return None
            try:
                response, _ = dns.query.udp_with_fallback(
                    question, address, timeout=seconds, port=port, ignore_unexpected=True
                )
            except (dns.exception.DNSException, OSError) as error:
                log.debug("dns_not_answered", name=name, kind=kind, error=type(error).__name__)
                continue
            if response.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                return response
        return None

    def _tries(self) -> Iterator[tuple[str, int]]:
        for _round in range(ROUNDS):
            yield from self._servers


def _machine_servers() -> list[tuple[str, int]]:
    try:
        resolver = dns.resolver.get_default_resolver()
    except dns.resolver.NoResolverConfiguration:
        return []
    return [(str(server), resolver.port) for server in resolver.nameservers]


def _read(rdata: Rdata) -> str:
    """A record's value as text: a TXT's strings joined, names without their dot, a CAA's issuer."""
    match dns.rdatatype.to_text(rdata.rdtype):
        case "TXT":
            text = b"".join(getattr(rdata, "strings", ())).decode("utf-8", "replace")
            return _printable(text)
        case "CNAME":
            return _plain(getattr(rdata, "target", dns.name.root))
        case "CAA":
            tag, value = (getattr(rdata, part, b"").decode("ascii", "replace") for part in ("tag", "value"))
            return _printable(f"{tag.lower()} {value}")
        case "A" | "AAAA":
            return str(ipaddress.ip_address(rdata.to_text()))
    return _printable(rdata.to_text())


def _plain(name: dns.name.Name) -> str:
    return ROOT if name == dns.name.root else name.to_text(omit_final_dot=True).lower()


def _printable(text: str) -> str:
    """As a page can show it; quotation marks that a provider's form has put around it do not count."""
    shown = "".join(character for character in text if character.isprintable())[:LONGEST_TEXT]
    return shown.strip().strip("\"'").strip()
