"""A store's domains as its page shows them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.utils import timezone
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _

from catalog.queries import CatalogUnavailable, get_catalog
from store.domains.dns import NOTHING, ChainEnd, Sight
from store.domains.doctor import Finding, Record, diagnose
from store.domains.names import show_host
from store.domains.schedule import GRACE
from store.domains.words import SENTENCES, name_severity, say
from store.formats import format_moment
from store.models import Domain, Store
from store.tenancy import StoreInfo

ICONS = {"ok": "check", "wait": "clock", "wrong": "alert"}


@dataclass(frozen=True, slots=True)
class Row:
    """A record to enter. `type` as providers name it."""

    purpose: str
    type: str
    entered: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: a word and a drawing for how it stands, its sentence, records found, records to enter."""

    severity: str
    icon: str
    word: str
    sentence: str
    found: tuple[Record, ...]
    rows: tuple[Row, ...]
    otherwise: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Card:
    domain: Domain
    host: str
    ascii_host: str  # where it is written otherwise, else ""
    url: str
    state: str
    tone: str  # good, warn or plain
    note: str
    looked: str
    looks_again: str
    lines: tuple[Line, ...]
    is_done: bool  # nothing to enter: the records are folded away
    can_be_primary: bool


def list_cards(store: Store, info: StoreInfo) -> list[Card]:
    """The store's domains: the main one first, then those connected, then by name."""
    domains = sorted(store.domains.all(), key=lambda d: (not d.is_primary, not d.is_verified, d.host))
    return [_make_card(domain, info) for domain in domains]


def _make_card(domain: Domain, info: StoreInfo) -> Card:
    findings = _read_findings(domain)
    is_done = domain.is_verified and all(finding.severity == "ok" for finding in findings)
    lines = tuple(_make_line(finding, domain, is_done) for finding in _merge(findings))
    state, tone, note = _describe(domain, info)
    shown = show_host(domain.host)
    return Card(
        domain=domain,
        host=shown,
        ascii_host=domain.host if domain.host != shown else "",
        url=info.base_url.replace(info.host, domain.host, 1) + "/",
        state=state,
        tone=tone,
        note=note,
        looked=_tell_look(domain.checked_at),
        looks_again=_tell_next_look(domain.next_check_at),
        lines=lines,
        is_done=is_done,
        can_be_primary=domain.can_take_visitors and not domain.is_primary,
    )


def _describe(domain: Domain, info: StoreInfo) -> tuple[str, str, str]:
    """State, tone, and what it means."""
    if domain.failing_since:
        until = {"until": _tell_time(domain.failing_since + GRACE, info)}
        note = _(
            "Its records are broken. Unless they are right by then, the domain no longer leads to your store."
        )
        return _("In trouble until %(until)s") % until, "warn", note
    if domain.is_vouched:
        return _("Connected"), "good", _("We set this domain up for you ourselves.")
    if domain.is_verified:
        return _("Connected"), "good", ""
    if domain.next_check_at is None:
        note = _("We looked for weeks and then stopped. Once the records are entered, press “Check now”.")
        return _("Waiting for you"), "plain", note
    note = _(
        "Enter the records below at your domain provider. We keep looking and connect it as soon as we "
        "see them."
    )
    return _("Waiting for DNS"), "plain", note


def _read_findings(domain: Domain) -> list[Finding]:
    """What the doctor said last; before his first look, what there is to enter."""
    known = [row for row in domain.findings if isinstance(row, dict) and row.get("key") in SENTENCES]
    findings: list[Finding] = msgspec.convert(known, list[Finding])
    if findings:
        return findings
    empty: dict[str, Any] = {"proof": NOTHING, "a": NOTHING, "aaaa": NOTHING, "chain_end": ChainEnd.ENDS}
    sight = Sight(domain.host, settings.DOMAIN_TARGET, timezone.now(), **empty)
    return list(diagnose(sight, token=domain.token).findings)


def _merge(findings: Iterable[Finding]) -> list[Finding]:
    """The same thing said of two records is said once."""
    merged: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = finding.key, finding.about
        known = merged.get(key)
        merged[key] = (
            msgspec.structs.replace(known, wanted=known.wanted + finding.wanted) if known else finding
        )
    return list(merged.values())


def _make_line(finding: Finding, domain: Domain, is_done: bool) -> Line:
    """What is right already is not to be entered: its record shows only where all of them do."""
    is_ok = finding.severity == "ok"
    return Line(
        severity=finding.severity,
        icon=ICONS[finding.severity],
        word=name_severity(finding),
        sentence=say(finding, domain.host),
        found=() if is_ok else finding.found,
        rows=() if is_ok and not is_done else tuple(_make_row(record) for record in finding.wanted),
        otherwise=() if is_ok else tuple(_make_row(record) for record in finding.otherwise),
    )


def _make_row(record: Record) -> Row:
    purposes = {
        "TXT": _("Proves that the domain is yours"),
        "CAA": _("Allows us to get a certificate"),
    }
    row = Row(
        purposes.get(record.type, _("Leads visitors to your store")),
        record.type,
        record.entered or record.name,
        record.name,
        record.value,
    )
    return replace(row, type=_("ALIAS (or ANAME)")) if record.type == "ALIAS" else row


def _tell_look(at: datetime | None) -> str:
    if at is None:
        return _("We have not looked yet.")
    if timezone.now() - at < timedelta(minutes=1):
        return _("We have just looked.")
    return _("We looked %(ago)s ago.") % {"ago": timesince(at)}


def _tell_next_look(at: datetime | None) -> str:
    if at is None:
        return ""
    if at - timezone.now() < timedelta(minutes=1):
        return _("We look again in a moment.")
    return _("We look again in %(wait)s.") % {"wait": timeuntil(at)}


def _tell_time(moment: datetime, info: StoreInfo) -> str:
    """By the salon's clock; by UTC's, and saying so, while we do not know where it is."""
    try:
        zone = ZoneInfo(get_catalog().business.timezone)
    except CatalogUnavailable:
        return f"{format_moment(moment, info.locale)} UTC"
    return format_moment(moment.astimezone(zone), info.locale)
