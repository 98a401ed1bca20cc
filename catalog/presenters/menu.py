"""The menu: all services under their categories, with a filter and an order of the visitor's choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.presenters.parts import Option, locale, make_key, to_text
from catalog.presenters.services import LOVED_AT_MOST, ServiceLine, list_favorites, make_service_line
from catalog.queries import Catalog
from catalog.schemas import Service, Staff
from store import formats

LENGTHS = {"60": (0, 60), "120": (61, 120), "long": (121, 10_000)}
LENGTH_NAMES = {
    "60": gettext_lazy("Up to an hour"),
    "120": gettext_lazy("1 to 2 hours"),
    "long": gettext_lazy("Over 2 hours"),
}
SORTS = {
    "": gettext_lazy("Our order"),
    "price": gettext_lazy("Price, low to high"),
    "-price": gettext_lazy("Price, high to low"),
    "length": gettext_lazy("Shortest first"),
}


@dataclass(frozen=True, slots=True)
class ServiceGroup:
    key: str
    name: str
    services: tuple[ServiceLine, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of filters: at most one option of it is chosen."""

    name: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class ServicesPage:
    groups: tuple[ServiceGroup, ...]
    people: tuple[Option, ...]
    choices: tuple[Choice, ...]
    sorts: tuple[Option, ...]
    is_filtered: bool
    shown: int
    total: int


def list_services(catalog: Catalog, asked: Mapping[str, str]) -> ServicesPage:
    """`asked` are the page's parameters: staff, length, price, sort; what is unknown counts for nothing."""
    people = {str(person.id): person for person in catalog.staff if catalog.services_of(person)}
    buckets = _price_buckets(catalog)
    staff, length, price = asked.get("staff", ""), asked.get("length", ""), asked.get("price", "")
    sort = asked.get("sort", "")
    sort = sort if sort in SORTS else ""
    found = [
        service
        for service in catalog.services
        if (staff not in people or people[staff] in catalog.staff_for(service))
        and (length not in LENGTHS or LENGTHS[length][0] <= service.duration <= LENGTHS[length][1])
        and (price not in buckets or buckets[price][0] <= service.price < buckets[price][1])
    ]
    loved = {service.id for service in list_favorites(catalog, LOVED_AT_MOST)}
    return ServicesPage(
        groups=_group(found, sort, catalog.business.currency, loved),
        people=_list_people(people, staff),
        choices=_make_choices(catalog, buckets, asked),
        sorts=tuple(Option(key, str(name), key == sort) for key, name in SORTS.items()),
        is_filtered=staff in people or length in LENGTHS or price in buckets or bool(sort),
        shown=len(found),
        total=len(catalog.services),
    )


def _group(
    services: Sequence[Service], sort: str, currency: str, loved: set[UUID]
) -> tuple[ServiceGroup, ...]:
    """By category, in the order in which each first appears."""
    by_category: dict[str, list[Service]] = {}
    for service in services:
        by_category.setdefault(service.category, []).append(service)
    keys: list[str] = []
    groups = []
    for name, rows in by_category.items():
        keys.append(make_key(name, keys))
        lines = [make_service_line(row, currency) for row in _sort(rows, sort)]
        marked = tuple(replace(line, is_loved=True) if line.id in loved else line for line in lines)
        groups.append(ServiceGroup(keys[-1], to_text(name), marked))
    return tuple(groups)


def _sort(services: list[Service], sort: str) -> list[Service]:
    if sort == "length":
        return sorted(services, key=lambda service: service.duration)
    if sort.endswith("price"):
        return sorted(services, key=lambda service: service.price, reverse=sort.startswith("-"))
    return services


def _price_buckets(catalog: Catalog) -> dict[str, tuple[Decimal, Decimal]]:
    """Three spans of price with about as many services in each, cut at round sums; none for a short menu."""
    prices = sorted(service.price for service in catalog.services)
    if len(prices) < 9:
        return {}
    low, high = (_round_price(prices[len(prices) * third // 3]) for third in (1, 2))
    if low >= high:
        return {}
    return {
        f"-{low}": (Decimal(0), low),
        f"{low}-{high}": (low, high),
        f"{high}-": (high, Decimal(10) ** 9),
    }


def _round_price(price: Decimal) -> Decimal:
    step = Decimal(10) if price < 100 else Decimal(50)
    return max(step, (price / step).quantize(Decimal(1)) * step)


def _list_people(people: Mapping[str, Staff], chosen: str) -> tuple[Option, ...]:
    if len(people) < 2:
        return ()
    return _make_options(_("Anyone"), {key: to_text(person.name) for key, person in people.items()}, chosen)


def _make_choices(
    catalog: Catalog, buckets: Mapping[str, tuple[Decimal, Decimal]], asked: Mapping[str, str]
) -> tuple[Choice, ...]:
    currency = catalog.business.currency
    rows = [
        ("length", _("Length"), {key: str(LENGTH_NAMES[key]) for key in _lengths_in(catalog)}),
        ("price", _("Price"), {key: _say_bucket(*span, currency) for key, span in buckets.items()}),
    ]
    return tuple(
        Choice(name, label, _make_options(_("Any"), options, asked.get(name, "")))
        for name, label, options in rows
        if len(options) > 1
    )


def _lengths_in(catalog: Catalog) -> list[str]:
    return [
        key
        for key, (least, most) in LENGTHS.items()
        if any(least <= service.duration <= most for service in catalog.services)
    ]


def _say_bucket(least: Decimal, below: Decimal, currency: str) -> str:
    def say(amount: Decimal) -> str:
        return formats.format_money(amount, currency, locale())

    if not least:
        return _("Under %(price)s") % {"price": say(below)}
    if below > 10**8:
        return _("%(price)s and up") % {"price": say(least)}
    return f"{say(least)} – {say(below)}"


def _make_options(everything: str, options: Mapping[str, str], chosen: str) -> tuple[Option, ...]:
    first = Option("", everything, chosen not in options)
    return (first, *(Option(key, text, key == chosen) for key, text in options.items()))
