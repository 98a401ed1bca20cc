"""What the doctor's findings say, for somebody who has never seen the DNS.

In a sentence `%(host)s` is the domain, `%(zone)s` the part of it that was bought, `%(about)s` what is out of
order, `%(target)s` where it has to lead.
"""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from store.domains.doctor import Finding
from store.domains.names import guess_apex, show_host

SENTENCES: dict[str, Any] = {
    "domain_missing": gettext_lazy(
        "There is no domain %(about)s. Either it has not been bought yet, or it was mistyped here. A new "
        "domain can take a few hours to appear."
    ),
    "no_answer": gettext_lazy(
        "The name servers of %(about)s did not answer, so we could not look. Nothing is changed by that: "
        "we try again soon."
    ),
    "txt_ok": gettext_lazy("The TXT record is right: we know that %(host)s is yours."),
    "txt_missing": gettext_lazy(
        "We do not see the TXT record yet. If you have just entered it, that is normal: it takes from "
        "minutes to a few hours until everybody sees it."
    ),
    "txt_old": gettext_lazy(
        "There is a TXT record at the right place, but its value is an old one or another store’s. "
        "Replace the value."
    ),
    "txt_half": gettext_lazy(
        "The value of the TXT record lacks its beginning: it has to start with mango-store=."
    ),
    "txt_other": gettext_lazy(
        "At the right place there is a TXT record, but it is not ours. Leave it, and add ours as one more "
        "record."
    ),
    "txt_on_host": gettext_lazy(
        "The TXT record stands at %(about)s itself. Move it: its name has to begin with _mango-store."
    ),
    "txt_doubled": gettext_lazy(
        "The TXT record stands at %(about)s: your provider has added the domain by itself, so now it is "
        "there twice. Enter the short name below instead."
    ),
    "txt_misnamed": gettext_lazy(
        "The TXT record stands at %(about)s. The underscore at the beginning of its name is missing."
    ),
    "txt_alias": gettext_lazy(
        "The name of the TXT record is an alias (CNAME) for %(about)s, often because of a * record. Add "
        "the TXT record by itself: then the alias no longer counts there."
    ),
    "cname_ok": gettext_lazy("The CNAME record is right: %(host)s leads here."),
    "address_ok": gettext_lazy("The addresses are right: %(host)s leads here."),
    "cname_missing": gettext_lazy(
        "%(host)s leads nowhere yet. If you have just entered the record, that is normal: it takes from "
        "minutes to a few hours until everybody sees it."
    ),
    "cname_elsewhere": gettext_lazy(
        "The CNAME record leads to %(about)s, not to us. Replace its value; keep no other CNAME, A or AAAA "
        "record of this name."
    ),
    "cname_value_doubled": gettext_lazy(
        "The CNAME record leads to %(about)s: your provider has added your domain to our address. Enter the "
        "value with a dot at its end."
    ),
    "cname_doubled": gettext_lazy(
        "The CNAME record stands at %(about)s: your provider has added the domain by itself, so now it is "
        "there twice. Enter the short name below instead."
    ),
    "cname_loop": gettext_lazy(
        "The CNAME records go round in a circle and never arrive. Replace the first one."
    ),
    "cname_long": gettext_lazy(
        "There are too many CNAME records one after the other. Let the first one lead straight to us."
    ),
    "a_elsewhere": gettext_lazy(
        "The A record leads to another server (%(about)s), perhaps your old website or your provider’s "
        "placeholder page. Delete it and enter ours instead."
    ),
    "a_beside": gettext_lazy(
        "Beside ours there is an A record to another server (%(about)s), so some visitors end up there. "
        "Delete it."
    ),
    "aaaa_elsewhere": gettext_lazy(
        "There is an AAAA record to another server (%(about)s), probably left over from your old website. "
        "Visitors with a modern connection end up there. Delete it."
    ),
    "proxied": gettext_lazy(
        "The record is there, but Cloudflare’s proxy stands in front of it (%(about)s). In Cloudflare, "
        "click the orange cloud beside the record so that it turns grey (“DNS only”)."
    ),
    "target_silent": gettext_lazy(
        "We could not look up our own address just now, so we do not know whether yours is right. Nothing "
        "is changed by that: we try again soon."
    ),
    "caa_forbids": gettext_lazy(
        "Your domain has a CAA record that names who may make certificates for it, and ours (%(about)s) "
        "is not among them. Without a certificate browsers warn visitors. Add the record below; keep the "
        "others."
    ),
    "host_taken": gettext_lazy(
        "Your records are right, but another store here has this domain, and its TXT record still stands. "
        "If the domain is yours, delete every other TXT record at %(about)s that begins with "
        "mango-store=, then check again. If there is none, write to us."
    ),
}


def say(finding: Finding, host: str) -> str:
    """The sentence of a finding about a host, in the active language."""
    names = {
        "host": show_host(host),
        "zone": show_host(guess_apex(host)),
        "target": settings.DOMAIN_TARGET,
        "about": show_host(finding.about),
    }
    return str(SENTENCES[finding.key] % names)


def name_severity(finding: Finding) -> str:
    """One word beside the drawing, for whoever does not see it."""
    return {"ok": _("Right"), "wait": _("Waiting"), "wrong": _("To do")}[finding.severity]
