"""What is right and wrong about a domain's records: a pure function of what the DNS said.

    diagnose(sight, token=domain.token).findings

To add a check: let store.domains.dns.look_at ask for what it needs, say here what it means, and give the
finding's key a sentence in store.domains.words (docs/domains.md).
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec
from django.conf import settings

from config.structs import make_ready
from store.domains.dns import Answer, ChainEnd, Sight
from store.domains.names import PROOF_PREFIX, is_within, proof_name, proof_value, relative_name

Severity = Literal["ok", "wait", "wrong"]
# Cloudflare's proxy answers with its own addresses instead of the records entered.
# Source: https://www.cloudflare.com/ips/
CLOUDFLARE = tuple(
    ipaddress.ip_network(block)
    for block in ("104.16.0.0/13", "104.24.0.0/14", "172.64.0.0/13", "188.114.96.0/20", "2606:4700::/32")
)


class Record(msgspec.Struct, frozen=True):
    """One DNS record. `entered` is its name as a provider's form wants it: relative, "@" for the domain."""

    type: str
    name: str
    value: str
    entered: str = ""


class Finding(msgspec.Struct, frozen=True):
    """One thing the doctor says; its sentence is in store.domains.words, under `key`.

    `found` are records that are there, `wanted` those to enter, `otherwise` what to enter where a provider
    does not offer the wanted type.
    """

    key: str
    severity: Severity
    found: tuple[Record, ...] = ()
    wanted: tuple[Record, ...] = ()
    otherwise: tuple[Record, ...] = ()
    about: str = ""  # the name or value that the sentence is about


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """None: the DNS did not say. `findings` in the order to read them."""

    is_proved: bool | None
    is_pointing: bool | None
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        return bool(self.is_proved and self.is_pointing)

    @property
    def is_broken(self) -> bool:
        """The DNS answered, and what it said is not enough."""
        return self.is_proved is False or self.is_pointing is False


def diagnose(sight: Sight, *, token: str) -> Diagnosis:
    if not sight.is_registered:
        missing = Finding("domain_missing", "wrong", about=sight.entry_zone)
        wanted = Finding("txt_missing", "wait", wanted=(wanted_proof(sight, token),))
        return Diagnosis(False, False, (missing, wanted, _want_pointing(sight, "cname_missing", "wait")))
    is_proved, proof = _check_proof(sight, token)
    is_pointing, pointing = _check_pointing(sight)
    return Diagnosis(is_proved, is_pointing, (proof, *pointing, *_check_authority(sight)))


# --- the proof -------------------------------------------------------------------------------------------


def wanted_proof(sight: Sight, token: str) -> Record:
    return _record(sight, "TXT", proof_name(sight.host), proof_value(token))


def _check_proof(sight: Sight, token: str) -> tuple[bool | None, Finding]:
    wanted, answer = wanted_proof(sight, token), sight.proof
    if answer.is_trouble:
        return None, Finding("no_answer", "wait", wanted=(wanted,), about=sight.entry_zone)
    found = tuple(_record(sight, "TXT", wanted.name, text) for text in answer.records)
    if holds_proof(answer, token):
        return True, Finding("txt_ok", "ok", found=(wanted,), wanted=(wanted,))
    if answer.alias:
        # Whoever owns the name at the alias's end could write there: that says nothing about this one.
        alias = _record(sight, "CNAME", wanted.name, answer.alias)
        return False, Finding("txt_alias", "wrong", (alias,), (wanted,), about=answer.alias)
    key = _name_proof_trouble(sight, wanted)
    if key in ("txt_on_host", "txt_doubled", "txt_misnamed"):
        name, texts = next(iter(sight.strays.items()))
        found = tuple(_record(sight, "TXT", name, text) for text in texts)
    about = found[0].name if found else wanted.name
    return False, Finding(key, "wait" if key == "txt_missing" else "wrong", found, (wanted,), about=about)


def holds_proof(answer: Answer, token: str) -> bool:
    """Whether the text stands at the very name: one reached by an alias is somebody else's."""
    return not answer.alias and proof_value(token) in answer.records


def _name_proof_trouble(sight: Sight, wanted: Record) -> str:
    texts = sight.proof.records
    if any(text.startswith(PROOF_PREFIX) for text in texts):
        return "txt_old"
    if wanted.value.partition("=")[2] in texts:
        return "txt_half"
    if stray := next(iter(sight.strays), ""):
        if stray == sight.host:
            return "txt_on_host"
        return "txt_doubled" if stray.startswith(wanted.name) else "txt_misnamed"
    return "txt_other" if texts else "txt_missing"


# --- where it points -------------------------------------------------------------------------------------


def _check_pointing(sight: Sight) -> tuple[bool | None, tuple[Finding, ...]]:
    chain = tuple(
        _record(sight, "CNAME", name, value)
        for name, value in zip((sight.host, *sight.chain), sight.chain, strict=False)
    )
    if sight.target in sight.chain:
        found = chain[: sight.chain.index(sight.target) + 1]
        return True, (_want_pointing(sight, "cname_ok", "ok", found),)
    if sight.chain_end is ChainEnd.LOOP:
        return False, (_want_pointing(sight, "cname_loop", "wrong", chain),)
    if sight.chain_end is ChainEnd.TOO_LONG:
        return False, (_want_pointing(sight, "cname_long", "wrong", chain),)
    if sight.chain_end is ChainEnd.TROUBLE:
        return None, (_want_pointing(sight, "no_answer", "wait", about=sight.entry_zone),)
    if sight.chain:
        is_doubled = sight.chain[-1].startswith(f"{sight.target}.")
        key = "cname_value_doubled" if is_doubled else "cname_elsewhere"
        return False, (_want_pointing(sight, key, "wrong", chain, about=sight.chain[-1]),)
    return _check_addresses(sight)


def _check_addresses(sight: Sight) -> tuple[bool | None, tuple[Finding, ...]]:
    """Without a CNAME: addresses that are all ours do as well, which is what ALIAS and ANAME make."""
    if sight.a.is_trouble or sight.aaaa.is_trouble:
        return None, (_want_pointing(sight, "no_answer", "wait", about=sight.entry_zone),)
    if not sight.a.records and not sight.aaaa.records:
        return False, (_find_nothing(sight),)
    if sight.target_a.is_trouble or sight.target_aaaa.is_trouble or not sight.target_a.records:
        return None, (_want_pointing(sight, "target_silent", "wait"),)
    findings = tuple(finding for kind in ("A", "AAAA") if (finding := _check_kind(sight, kind)))
    if findings or not sight.a.records:  # an AAAA alone: most visitors would not get through
        return False, findings or (_find_nothing(sight),)
    found = tuple(_list_addresses(sight, sight.host, sight.a, sight.aaaa))
    return True, (_want_pointing(sight, "address_ok", "ok", found),)


def _find_nothing(sight: Sight) -> Finding:
    if not sight.doubled_cname:
        return _want_pointing(sight, "cname_missing", "wait")
    found = (_record(sight, "CNAME", sight.doubled_cname, sight.target),)
    return _want_pointing(sight, "cname_doubled", "wrong", found, about=sight.doubled_cname)


def _check_kind(sight: Sight, kind: str) -> Finding | None:
    """What is wrong with the addresses of one kind; None where all are ours, or there is none."""
    here, ours = (sight.a, sight.target_a) if kind == "A" else (sight.aaaa, sight.target_aaaa)
    foreign = [address for address in here.records if address not in ours.records]
    if not foreign:
        return None
    found = tuple(_record(sight, kind, sight.host, address) for address in foreign)
    if any(ipaddress.ip_address(address) in block for address in foreign for block in CLOUDFLARE):
        key = "proxied"
    elif kind == "AAAA":
        key = "aaaa_elsewhere"
    else:
        key = "a_elsewhere" if len(foreign) == len(here.records) else "a_beside"
    return _want_pointing(sight, key, "wrong", found, about=", ".join(foreign))


def _want_pointing(
    sight: Sight, key: str, severity: Severity, found: tuple[Record, ...] = (), about: str = ""
) -> Finding:
    """At the top of a domain no CNAME may stand: there an ALIAS, or our addresses themselves."""
    if sight.host != sight.entry_zone:
        wanted = (_record(sight, "CNAME", sight.host, sight.target),)
        return Finding(key, severity, found, wanted, about=about)
    wanted = (_record(sight, "ALIAS", sight.host, sight.target),)
    addresses = tuple(_list_addresses(sight, sight.host, sight.target_a, sight.target_aaaa))
    return Finding(key, severity, found, wanted, addresses, about)


def _list_addresses(sight: Sight, name: str, a: Answer, aaaa: Answer) -> Iterator[Record]:
    for kind, answer in (("A", a), ("AAAA", aaaa)):
        for address in answer.records:
            yield _record(sight, kind, name, address)


# --- whether a certificate can be had --------------------------------------------------------------------


def _check_authority(sight: Sight) -> Iterator[Finding]:
    """CAA records that name issuers and none of ours; without `issue` among them anybody may (RFC 8659)."""
    issuers = [
        value.partition(";")[0].strip().lower()
        for tag, _space, value in (text.partition(" ") for text in sight.caa)
        if tag == "issue"
    ]
    ours = settings.CERTIFICATE_AUTHORITIES
    if not issuers or any(issuer in ours for issuer in issuers):
        return
    found = tuple(_record(sight, "CAA", sight.caa_at, f'0 issue "{issuer or ";"}"') for issuer in issuers)
    wanted = _record(sight, "CAA", sight.caa_at, f'0 issue "{ours[0]}"')
    yield Finding("caa_forbids", "wrong", found, (wanted,), about=ours[0])


def _record(sight: Sight, kind: str, name: str, value: str) -> Record:
    zone = sight.entry_zone
    return Record(kind, name, value, relative_name(name, zone) if is_within(name, zone) else name)


make_ready(globals())
