"""What the doctor says of every way records go wrong, asked over UDP of a real server."""

import time
from typing import Any

import pytest

from store.domains.dns import look_at
from store.domains.doctor import Diagnosis, Finding, diagnose
from store.domains.names import proof_name, proof_value
from store.domains.words import SENTENCES, say
from tests.dns_desk import ELSEWHERE, ELSEWHERE_6, HOST, OURS, OURS_6, TARGET, DnsDesk, Record

TOKEN = "the-token-of-this-claim"
VALUE = f"mango-store={TOKEN}"
APEX = "salon.example"
TXT: Record = (f"_mango-store.{HOST}", "TXT", VALUE)
CNAME: Record = (HOST, "CNAME", TARGET)
APEX_TXT: Record = (f"_mango-store.{APEX}", "TXT", VALUE)


def examine(dns: DnsDesk, *records: Record, host: str = HOST) -> Diagnosis:
    dns.serve(*records)
    return diagnose(look_at(host), token=TOKEN)


def keys(diagnosis: Diagnosis) -> list[str]:
    return [finding.key for finding in diagnosis.findings]


def get(diagnosis: Diagnosis, key: str) -> Finding:
    return next(finding for finding in diagnosis.findings if finding.key == key)


def test_both_records_right(dns: DnsDesk) -> None:
    found = examine(dns, TXT, CNAME)
    assert found.is_sound
    assert keys(found) == ["txt_ok", "cname_ok"]
    assert {finding.severity for finding in found.findings} == {"ok"}


def test_it_says_what_to_enter_both_ways(dns: DnsDesk) -> None:
    found = examine(dns, (APEX, "TXT", "v=spf1 -all"))
    assert keys(found) == ["txt_missing", "cname_missing"]
    proof, pointing = found.findings
    assert (proof.wanted[0].type, proof.wanted[0].value) == ("TXT", VALUE)
    assert (proof.wanted[0].name, proof.wanted[0].entered) == (f"_mango-store.{HOST}", "_mango-store.www")
    assert (pointing.wanted[0].type, pointing.wanted[0].value) == ("CNAME", TARGET)
    assert (pointing.wanted[0].name, pointing.wanted[0].entered) == (HOST, "www")
    assert found.is_broken


def test_the_zone_decides_what_is_relative(dns: DnsDesk) -> None:
    """A provider that keeps a sub-domain as a zone of its own wants shorter names."""
    host = "shop.hair.salon.example"
    found = examine(dns, ("hair.salon.example", "SOA", ""), (APEX, "A", ELSEWHERE), host=host)
    assert found.findings[0].wanted[0].entered == "_mango-store.shop"
    assert found.findings[1].wanted[0].entered == "shop"


@pytest.mark.parametrize("host", ["www.typo.example", "typo.example"])
def test_a_domain_nobody_bought(dns: DnsDesk, host: str) -> None:
    found = examine(dns, host=host)
    assert keys(found)[0] == "domain_missing"
    assert found.findings[0].about == "typo.example"
    assert found.is_broken
    assert found.findings[1].wanted[0].value == VALUE


PROOFS: list[tuple[str, list[Record], str]] = [
    ("txt_old", [(proof_name(HOST), "TXT", "mango-store=another-token")], proof_name(HOST)),
    ("txt_half", [(proof_name(HOST), "TXT", TOKEN)], proof_name(HOST)),
    ("txt_other", [(proof_name(HOST), "TXT", "v=spf1 -all")], proof_name(HOST)),
    ("txt_on_host", [(HOST, "TXT", VALUE), (HOST, "A", OURS)], HOST),
    (
        "txt_doubled",
        [(f"_mango-store.{HOST}.{APEX}", "TXT", VALUE)],
        f"_mango-store.{HOST}.{APEX}",
    ),
    ("txt_misnamed", [(f"mango-store.{HOST}", "TXT", VALUE)], f"mango-store.{HOST}"),
]


@pytest.mark.parametrize(("key", "records", "place"), PROOFS, ids=[proof[0] for proof in PROOFS])
def test_a_text_that_proves_nothing(dns: DnsDesk, key: str, records: list[Record], place: str) -> None:
    is_on_host = any(name == HOST for name, _kind, _value in records)
    found = examine(dns, *records, *([] if is_on_host else [CNAME]))
    assert found.is_proved is False
    assert found.is_pointing is True
    finding = get(found, key)
    assert finding.severity == "wrong"
    assert finding.found[0].name == place
    assert finding.wanted[0].value == VALUE


def test_an_old_text_beside_the_right_one_does_no_harm(dns: DnsDesk) -> None:
    assert examine(dns, TXT, (TXT[0], "TXT", "mango-store=old"), CNAME).is_sound


def test_quotation_marks_of_a_providers_form_do_no_harm(dns: DnsDesk) -> None:
    assert examine(dns, (TXT[0], "TXT", f'"{VALUE}" '), CNAME).is_sound


def test_a_text_behind_an_alias_is_somebody_elses(dns: DnsDesk) -> None:
    """A dangling * record would let whoever has the name at its end prove any name under it."""
    records = [("*.salon.example", "CNAME", "gone.other.example"), ("gone.other.example", "TXT", VALUE)]
    found = examine(dns, *records, ("gone.other.example", "CNAME", TARGET))
    assert found.is_proved is False
    found = examine(dns, *records)
    assert get(found, "txt_alias").about == "gone.other.example"
    assert found.is_proved is False


POINTINGS: list[tuple[str, list[Record], str]] = [
    ("cname_elsewhere", [(HOST, "CNAME", "builder.other.example")], "builder.other.example"),
    ("cname_value_doubled", [(HOST, "CNAME", f"{TARGET}.{APEX}")], f"{TARGET}.{APEX}"),
    ("cname_doubled", [(f"{HOST}.{APEX}", "CNAME", TARGET)], f"{HOST}.{APEX}"),
    ("cname_loop", [(HOST, "CNAME", "a.salon.example"), ("a.salon.example", "CNAME", HOST)], ""),
    ("a_elsewhere", [(HOST, "A", ELSEWHERE)], ELSEWHERE),
    ("a_beside", [(HOST, "A", OURS), (HOST, "A", ELSEWHERE)], ELSEWHERE),
    ("aaaa_elsewhere", [(HOST, "A", OURS), (HOST, "AAAA", ELSEWHERE_6)], ELSEWHERE_6),
    ("proxied", [(HOST, "A", "104.18.2.3"), (HOST, "AAAA", OURS_6)], "104.18.2.3"),
]


@pytest.mark.parametrize(("key", "records", "about"), POINTINGS, ids=[entry[0] for entry in POINTINGS])
def test_a_host_that_leads_elsewhere(dns: DnsDesk, key: str, records: list[Record], about: str) -> None:
    found = examine(dns, TXT, *records)
    assert found.is_proved is True
    assert found.is_pointing is False
    finding = get(found, key)
    assert finding.severity == "wrong"
    assert finding.about == about
    assert (finding.wanted[0].type, finding.wanted[0].value) == ("CNAME", TARGET)
    assert about in say(finding, HOST)


def test_an_endless_chain_is_not_followed_for_ever(dns: DnsDesk) -> None:
    steps = [(f"s{n}.salon.example", "CNAME", f"s{n + 1}.salon.example") for n in range(30)]
    found = examine(dns, TXT, (HOST, "CNAME", "s0.salon.example"), *steps)
    assert get(found, "cname_long").severity == "wrong"
    assert found.is_pointing is False


def test_a_cname_may_go_by_way_of_another(dns: DnsDesk) -> None:
    assert examine(dns, TXT, (HOST, "CNAME", APEX), (APEX, "CNAME", TARGET)).is_sound


def test_the_top_of_a_domain_leads_here_by_addresses(dns: DnsDesk) -> None:
    """No CNAME may stand there: what ALIAS, ANAME and flattening make are addresses that equal ours."""
    found = examine(dns, APEX_TXT, (APEX, "A", OURS), (APEX, "AAAA", OURS_6), host=APEX)
    assert found.is_sound
    assert keys(found) == ["txt_ok", "address_ok"]
    pointing = get(found, "address_ok")
    assert [(r.type, r.entered, r.value) for r in pointing.wanted] == [("ALIAS", "@", TARGET)]
    assert [(r.type, r.value) for r in pointing.otherwise] == [("A", OURS), ("AAAA", OURS_6)]


def test_an_ipv6_address_alone_is_not_enough(dns: DnsDesk) -> None:
    found = examine(dns, APEX_TXT, (APEX, "AAAA", OURS_6), host=APEX)
    assert keys(found) == ["txt_ok", "cname_missing"]


def test_where_we_are_ourselves_is_unknown(dns: DnsDesk) -> None:
    dns.serve(APEX_TXT, (APEX, "A", OURS), (TARGET, "SERVFAIL", ""))
    found = diagnose(look_at(APEX), token=TOKEN)
    assert found.is_pointing is None
    assert keys(found) == ["txt_ok", "target_silent"]
    assert not found.is_broken


CAA: list[tuple[list[Record], bool]] = [
    ([(APEX, "CAA", '0 issue "digicert.com"')], True),
    ([(APEX, "CAA", '0 issue ";"')], True),
    ([(APEX, "CAA", '0 issue "digicert.com"'), (APEX, "CAA", '0 issue "letsencrypt.org"')], False),
    ([(APEX, "CAA", '0 issue "letsencrypt.org; validationmethods=http-01"')], False),
    ([(APEX, "CAA", '0 iodef "mailto:me@salon.example"')], False),
    ([], False),
]


@pytest.mark.parametrize(("records", "is_refused"), CAA)
def test_who_may_make_the_certificate(dns: DnsDesk, records: list[Record], is_refused: bool) -> None:
    found = examine(dns, TXT, CNAME, *records)
    assert ("caa_forbids" in keys(found)) is is_refused
    assert found.is_sound
    if is_refused:
        wanted = get(found, "caa_forbids").wanted[0]
        assert (wanted.entered, wanted.value) == ("@", '0 issue "letsencrypt.org"')


@pytest.mark.parametrize("fault", ["servfail", "timeout"])
def test_no_answer_is_no_verdict(dns: DnsDesk, fault: str) -> None:
    dns.serve(TXT, CNAME)
    dns.faults(**{fault: True})
    begun = time.monotonic()
    found = diagnose(look_at(HOST), token=TOKEN)
    assert time.monotonic() - begun < 6
    assert (found.is_proved, found.is_pointing) == (None, None)
    assert not found.is_broken
    assert keys(found) == ["no_answer", "no_answer"]
    assert {finding.severity for finding in found.findings} == {"wait"}


def test_one_name_out_of_order(dns: DnsDesk) -> None:
    found = examine(dns, TXT, (HOST, "SERVFAIL", ""))
    assert (found.is_proved, found.is_pointing) == (True, None)
    assert not found.is_broken


def test_what_is_too_long_for_udp_comes_by_tcp(dns: DnsDesk) -> None:
    others = [(TXT[0], "TXT", f"{n:03}" + "x" * 200) for n in range(12)]
    assert examine(dns, TXT, CNAME, *others).is_sound


def test_a_second_resolver_steps_in(dns: DnsDesk, settings: Any) -> None:
    settings.DNS_SERVERS = [("127.0.0.1", 9), *settings.DNS_SERVERS]
    assert examine(dns, TXT, CNAME).is_sound


def test_a_flood_of_records_stays_small(dns: DnsDesk) -> None:
    found = examine(dns, *[(TXT[0], "TXT", f"{n} \x1b[2J" + "y" * 300) for n in range(200)], CNAME)
    records = get(found, "txt_other").found
    assert len(records) <= 20
    assert all(len(record.value) <= 255 and record.value.isprintable() for record in records)


@pytest.mark.parametrize("key", SENTENCES)
def test_every_sentence_can_be_said(key: str) -> None:
    text = say(Finding(key, "wait", about="xn--mller-kva.example"), "www.xn--mller-kva.example")
    assert text
    assert "%(" not in text
    assert "xn--" not in text


def test_the_value_is_the_one_that_is_looked_for() -> None:
    assert proof_value(TOKEN) == VALUE
