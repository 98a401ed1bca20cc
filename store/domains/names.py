"""Host names as merchants type them, as the database keeps them, and as people read them."""

import ipaddress
import re
from typing import Any

import idna
from django.conf import settings
from django.utils.translation import gettext_lazy as _

PROOF_LABEL = "_mango-store"
PROOF_PREFIX = "mango-store="
# A name in the DNS has 253 characters at most, and the one of the proof stands before the host.
LONGEST_HOST = 253 - len(PROOF_LABEL) - 1
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# Names that lead nowhere outside a house (RFC 6761, 6762, 8375, 9476) can have no certificate.
NOT_PUBLIC = ("localhost", "local", "internal", "arpa", "onion", "alt")
# "salon.co.uk" is registered, "co.uk" is not. Only a guess, until the DNS has said where the zone begins.
SECOND_LEVELS = frozenset(
    ["ac", "co", "com", "edu", "gob", "gov", "gv", "ltd", "me", "net", "or", "org", "plc"]
)

REASONS: dict[str, Any] = {
    "empty": _("Enter the domain, such as www.example.com."),
    "email": _("This is an e-mail address. Enter the domain alone: the part after the @."),
    "wildcard": _(
        "A star cannot stand for many names here. Add each name by itself, such as www.example.com."
    ),
    "address": _("This is an IP address. Enter the domain’s name, such as www.example.com."),
    "single": _("This has no ending such as .com. Enter the whole domain, such as www.example.com."),
    "private": _("Nobody outside your own network can reach this name. Enter a domain that you bought."),
    "ours": _(
        "This address belongs to us. You need not add it: your store has its own address here already."
    ),
    "long": _("This name is too long."),
    "malformed": _("This is not a domain: only letters, digits, hyphens and dots, such as www.example.com."),
}


class BadHost(ValueError):
    """A text that cannot be a store's host; `reason` is a key of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def sentence(self) -> str:
        return str(REASONS[self.reason])


def normalize_host(text: str) -> str:
    """What somebody typed or pasted as the host it means: "https://Www.Müller.de:443/x" is
    "www.xn--mller-kva.de". Raises BadHost."""
    host = _strip_address(text)
    if host.startswith("[") or is_ip_like(host):
        raise BadHost("address")
    host = _to_ascii(host)
    if is_ip_like(host):
        raise BadHost("address")
    if is_platform_host(host):
        raise BadHost("ours")
    if "." not in host:
        raise BadHost("private" if host in NOT_PUBLIC else "single")
    if host.rpartition(".")[2] in NOT_PUBLIC:
        raise BadHost("private")
    return host


def _strip_address(text: str) -> str:
    """The host of an address, in lower case. Raises BadHost."""
    host = text.strip().lower()
    host = re.sub(r"^([a-z][a-z0-9+.-]*:)?//", "", host)
    host = re.split(r"[/?#\\]", host, maxsplit=1)[0]
    if "@" in host:
        raise BadHost("email")
    if not host.startswith("["):
        host = re.sub(r":\d*$", "", host)
    host = re.sub(r"[.。．｡]$", "", host)  # the other full stops of IDNA (RFC 3490)
    if not host:
        raise BadHost("empty")
    if "*" in host:
        raise BadHost("wildcard")
    return host


def _to_ascii(host: str) -> str:
    """By IDNA 2008 with the mappings of UTS 46. Raises BadHost."""
    if len(host) > 253:
        raise BadHost("long")
    labels = host.split(".")
    if not host.isascii() or any(label.startswith("xn--") for label in labels):
        try:
            host = idna.encode(host, uts46=True, std3_rules=True).decode()
        except (idna.IDNAError, UnicodeError) as error:
            raise BadHost("malformed") from error
    if len(host) > LONGEST_HOST or any(len(label) > 63 for label in host.split(".")):
        raise BadHost("long")
    if not is_host_name(host):
        raise BadHost("malformed")
    return host


def is_host_name(host: str) -> bool:
    """Whether it has the shape of a name in ASCII and lower case, without a dot at its end."""
    return len(host) <= 253 and all(LABEL.fullmatch(label) for label in host.split("."))


def is_ip_like(host: str) -> bool:
    """Browsers take whatever ends in a number for an IPv4 address ("127.1", "0x7f.1"; WHATWG URL)."""
    last = host.rpartition(".")[2]
    if re.fullmatch(r"\d+|0x[0-9a-f]*", last):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_platform_host(host: str) -> bool:
    """Ours, and whatever lies under the platform's name: no merchant may have it as a domain."""
    platform = settings.PLATFORM_HOST
    if host == platform or host.endswith(f".{platform}") or host == settings.DOMAIN_TARGET:
        return True
    return any(host == ours.lower().lstrip(".") for ours in settings.PLATFORM_HOSTS)


def show_host(host: str) -> str:
    """As people write it: "www.müller.de"; as it is where that is not possible."""
    try:
        return idna.decode(host) if "xn--" in host else host
    except (idna.IDNAError, UnicodeError):
        return host


def guess_apex(host: str) -> str:
    """The part that is registered and paid for: "salon.co.uk" of "www.salon.co.uk"."""
    labels = host.split(".")
    is_second_level = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVELS
    return ".".join(labels[-3 if is_second_level else -2 :])


def proof_name(host: str) -> str:
    return f"{PROOF_LABEL}.{host}"


def proof_value(token: str) -> str:
    return f"{PROOF_PREFIX}{token}"


def is_host_length(name: str) -> bool:
    return len(name) <= 253


def is_within(name: str, zone: str) -> bool:
    return name == zone or name.endswith(f".{zone}")


def relative_name(name: str, zone: str) -> str:
    """What a provider's form asks for: "_mango-store.www" in the zone "example.com", "@" for the zone."""
    if name == zone:
        return "@"
    return name.removesuffix(f".{zone}")
