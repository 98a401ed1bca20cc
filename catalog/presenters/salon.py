"""What every page of a salon shows around its own content: ways in, hours, address, phone, age of data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.images import image_url
from catalog.presenters.hours import DayRow, OpenNow, announce, list_week, say_open_now
from catalog.presenters.parts import Link, NavItem, booking_url, first_sentences, locale, to_text
from catalog.queries import Catalog
from catalog.schemas import Business
from store import formats
from store.models import StoreImage
from store.pictures import StorePicture, find_picture
from store.tenancy import current_store
from store.theme import theme_grounds, theme_preloads

ICON_WIDTH = 96
NETWORKS = {
    "instagram": "Instagram",
    "facebook": "Facebook",
    "tiktok": "TikTok",
    "youtube": "YouTube",
    "pinterest": "Pinterest",
    "linkedin": "LinkedIn",
    "x": "X",
}


@dataclass(frozen=True, slots=True)
class Phone:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """`url` is empty where it leads nowhere; then so is `action`, the link's words."""

    text: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Policies:
    cancellation: str
    deposit: str
    returns: str


@dataclass(frozen=True, slots=True)
class Salon:
    """The `salon` of every template."""

    description: str
    tagline: str
    nav: tuple[NavItem, ...]
    book_url: str  # empty where nothing can be booked online
    phone: Phone | None
    email: str
    address: tuple[str, ...]
    map_url: str
    socials: tuple[Link, ...]
    now: OpenNow
    week: tuple[DayRow, ...]
    zone: str
    announcement: Announcement | None
    policies: Policies
    as_of: str  # empty while the data is fresh
    logo: StorePicture | None  # the merchant's own, instead of the name in the header
    icon: str
    fonts: tuple[str, ...]  # to be fetched at once
    grounds: tuple[str, str]  # the page's colour, light and dark


def make_salon(catalog: Catalog, now: datetime, path: str) -> Salon:
    business = catalog.business
    description = to_text(business.description)
    policies = business.policies
    look = current_store().design
    book_url = booking_url() if any(s.is_bookable_online for s in catalog.services) else ""
    return Salon(
        description=description,
        tagline=first_sentences(description, 110) if description else "",
        nav=_make_nav(catalog, path),
        book_url=book_url,
        phone=make_phone(business),
        email=business.contact.email or "",
        address=address_lines(business),
        map_url=_map_url(business),
        socials=make_socials(business.social_links),
        now=say_open_now(catalog, now),
        week=list_week(catalog, now),
        zone=formats.format_zone(catalog.zone, locale()),
        announcement=make_announcement(catalog, now, book_url),
        policies=Policies(
            cancellation=to_text(policies.cancellation_text),
            deposit=to_text(policies.deposit_text),
            returns=to_text(policies.returns_text),
        ),
        as_of=formats.format_as_of(catalog.as_of, now, catalog.zone, locale()) if catalog.is_stale else "",
        logo=find_picture(StoreImage.Kind.LOGO, look.logo),
        icon=image_url(business.logo, ICON_WIDTH) if business.logo else "",
        fonts=theme_preloads(look.theme),
        grounds=theme_grounds(look.theme),
    )


def make_announcement(catalog: Catalog, now: datetime, book_url: str) -> Announcement | None:
    """The merchant's own while it is in force, by the salon's calendar; else the next special day."""
    own = current_store().display.announcement
    if own.is_in_force(now.astimezone(catalog.zone).date()):
        url = book_url if own.link == "book" else reverse(own.link) if own.link else ""
        return Announcement(own.text, url, own.label or say_link(own.link)) if url else Announcement(own.text)
    news = announce(catalog, now)
    return Announcement(news, reverse("about") + "#hours", _("Opening hours")) if news else None


def say_link(link: str) -> str:
    """What a link of an announcement says where the merchant gave it no words."""
    words = {"book": _("Book"), "services": _("Services"), "shop": _("Shop"), "gallery": _("Gallery")}
    return words.get(link, _("About"))


def make_phone(business: Business) -> Phone | None:
    number = business.contact.phone
    if not number:
        return None
    return Phone(formats.format_phone(number, business.address.country or ""), f"tel:{number}")


def make_socials(links: Sequence[tuple[str, str]]) -> tuple[Link, ...]:
    return tuple(Link(NETWORKS.get(name.lower(), name.capitalize()), url) for name, url in links)


def _make_nav(catalog: Catalog, path: str) -> tuple[NavItem, ...]:
    """Only sections that have something to show."""
    sections: list[tuple[str, str, Any]] = [
        ("services", _("Services"), catalog.services),
        ("team", _("Team"), catalog.staff),
        ("gallery", _("Gallery"), catalog.gallery),
        ("shop", _("Shop"), catalog.products),
        ("reviews", _("Reviews"), catalog.reviews),
        ("about", _("About"), True),
    ]
    return tuple(
        NavItem(name, url, path.startswith(url))
        for url, name in ((reverse(route), name) for route, name, content in sections if content)
    )


def address_lines(business: Business) -> tuple[str, ...]:
    """In the order the country writes them: the code before the town in Europe, after it elsewhere."""
    address = business.address
    city, state, code = address.city or "", address.state or "", address.postal_code or ""
    if (address.country or "") in {"US", "CA", "AU"}:
        is_comma = address.country == "US" and city and state
        town = f"{city}{',' if is_comma else ''} {state} {code}".strip()
    elif address.country in {"GB", "IE"}:
        town = f"{city} {code}".strip()
    else:
        town = f"{code} {city}".strip()
    return tuple(
        " ".join(line.split()) for line in (address.line1, address.line2, town) if line and line.strip()
    )


def _map_url(business: Business) -> str:
    latitude, longitude = business.address.latitude, business.address.longitude
    if latitude is None or longitude is None:
        return ""
    return f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"
