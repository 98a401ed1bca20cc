"""The salon's side, as pages: prices, stock, hours, the team, the day's calendar, webhooks and faults."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from . import bookings, catalog, orders, tenants
from .app import current_sandbox
from .availability import WEEKDAYS, load_business
from .control import SALON, describe_deliveries
from .daybook import read_day
from .faults import EVERYONE, NOBODYS, SWITCHES
from .state import all_entities
from .tenants import LANGUAGES
from .webhooks import find_target
from .wire import ApiError, Row, invalid_request, loads, money, not_found

blueprint = Blueprint("backoffice", __name__)

# What a form may change, and how its text becomes a value.
FORM_FIELDS: dict[str, dict[str, Any]] = {
    "services": {"price": "money", "isActive": "flag", "isBookableOnline": "flag"},
    "products": {"price": "money", "stockQuantity": "count", "isActive": "flag"},
    "staff": {"bio": "text", "isActive": "flag", "isBookableOnline": "flag"},
    "orders": {"status": "text", "trackingUrl": "text"},
}
ORDER_STATUSES = ["confirmed", "processing", "ready", "shipped", "completed", "cancelled", "refunded"]
SPAN = re.compile(r"\s*(\d{1,2}:\d\d)\s*[-–]\s*(\d{1,2}:\d\d)\s*")
TABS = ("calendar", "services", "products", "staff", "hours", "orders", "webhooks")


@blueprint.context_processor
def share_tabs() -> Row:
    return {"tabs": TABS, "money": lambda amount: f"{Decimal(amount):,.2f}"}


@blueprint.get("/")
def index() -> str:
    state = current_sandbox().state
    salons = [
        {**tenant, "business": load_business(state, tenant["slug"])}
        for tenant in tenants.describe_tenants(state)
    ]
    return render_template("index.html", salons=salons, active=current_sandbox().faults.describe())


@blueprint.get(f"/salons/{SALON}/")
def show_calendar(slug: str) -> str:
    day = read_day(current_sandbox().state, slug, request.args.get("day"))
    return _render("calendar.html", slug, "calendar", day=day)


@blueprint.post(f"/salons/{SALON}/bookings/<uuid:identifier>/cancellation")
def cancel_booking(slug: str, identifier: Any) -> Any:
    bookings.cancel_booking(current_sandbox(), slug, str(identifier))
    return redirect(url_for(".show_calendar", slug=slug, day=request.form.get("day")), 303)


@blueprint.get(f"/salons/{SALON}/<any(services,products,staff):kind>/")
def list_rows(slug: str, kind: str) -> str:
    rows = all_entities(current_sandbox().state, slug, kind)
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.get("category", ""), []).append(row)
    return _render(f"{kind}.html", slug, kind, groups=groups, saved=request.args.get("saved"))


@blueprint.post(f"/salons/{SALON}/<any(services,products,staff,orders):kind>/<uuid:identifier>/")
def change_row(slug: str, kind: str, identifier: Any) -> Any:
    fields = _read_form(FORM_FIELDS[kind])
    catalog.change(current_sandbox(), slug, kind, str(identifier), fields)
    page = ".list_orders" if kind == "orders" else ".list_rows"
    place: Row = {} if kind == "orders" else {"kind": kind}
    return redirect(url_for(page, slug=slug, saved=identifier, _anchor=f"row-{identifier}", **place), 303)


@blueprint.get(f"/salons/{SALON}/hours/")
def show_hours(slug: str) -> str:
    return _render("hours.html", slug, "hours", saved=request.args.get("saved"))


@blueprint.post(f"/salons/{SALON}/hours/")
def change_hours(slug: str) -> Any:
    hours = [{"day": day, "spans": _read_spans(request.form.get(day, ""))} for day in WEEKDAYS]
    box = current_sandbox()
    catalog.change(box, slug, "business", load_business(box.state, slug)["id"], {"hours": hours})
    return redirect(url_for(".show_hours", slug=slug, saved=1), 303)


@blueprint.get(f"/salons/{SALON}/orders/")
def list_orders(slug: str) -> str:
    found = orders.find_orders(current_sandbox(), slug, key=None, email=None)
    return _render(
        "orders.html", slug, "orders", orders=found, statuses=ORDER_STATUSES, saved=request.args.get("saved")
    )


@blueprint.get(f"/salons/{SALON}/webhooks/")
def list_webhooks(slug: str) -> str:
    target = find_target(current_sandbox().state, slug)
    return _render("webhooks.html", slug, "webhooks", deliveries=describe_deliveries(slug, 60), target=target)


@blueprint.post(f"/salons/{SALON}/webhooks/<delivery_id>/resending")
def resend(slug: str, delivery_id: str) -> Any:
    if not current_sandbox().webhooks.resend(slug, delivery_id):
        raise not_found("delivery")
    return redirect(url_for(".list_webhooks", slug=slug), 303)


@blueprint.get("/faults/")
def show_faults() -> str:
    scopes = [
        (upstream, salon)
        for upstream in SWITCHES
        for salon in (EVERYONE, *LANGUAGES)
        if salon == EVERYONE or upstream not in NOBODYS
    ]
    rows = {
        (row["upstream"], row["salon"]): loads(row["settings"])
        for row in current_sandbox().state.rows("SELECT * FROM fault")
    }
    return render_template(
        "faults.html",
        switches=SWITCHES,
        scopes=scopes,
        active=rows,
        everyone=EVERYONE,
        seed=current_sandbox().faults.seed,
    )


@blueprint.post("/faults/")
def change_faults() -> Any:
    """One scope's form, or `clear` for an end to all of them."""
    faults = current_sandbox().faults
    if request.form.get("clear"):
        faults.clear()
        return redirect(url_for(".show_faults"), 303)
    upstream, salon = request.form.get("upstream", ""), request.form.get("salon", "")
    if upstream not in SWITCHES or salon not in (EVERYONE, *LANGUAGES):
        raise invalid_request("No such upstream or salon.")
    faults.replace(upstream, salon, {n: _read_switch(n, off) for n, off in SWITCHES[upstream].items()})
    return redirect(url_for(".show_faults", _anchor=f"{upstream}-{salon}"), 303)


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    return Response(status=204)


def _render(template: str, slug: str, tab: str, **context: Any) -> str:
    business = load_business(current_sandbox().state, slug)
    return render_template(template, slug=slug, tab=tab, business=business, **context)


def _read_form(fields: dict[str, str]) -> Row:
    """Values of the fields that the form has; a flag that was not ticked is not sent at all."""
    values: Row = {}
    for name, kind in fields.items():
        text = request.form.get(name, "").replace("\r\n", "\n").strip()
        if kind == "flag":
            values[name] = name in request.form
        elif name in request.form and (kind != "text" or text or name == "bio"):
            values[name] = _read_value(name, kind, text)
    return values


def _read_value(name: str, kind: str, text: str) -> Any:
    try:
        if kind == "money":
            amount = money(text.replace(",", "."))
            if amount < 0:
                raise ValueError("less than nothing")
            return amount
        return int(text[:9]) if kind == "count" else text
    except ValueError as error:
        raise ApiError(422, "VALIDATION_ERROR", f"{name} cannot be {text[:40]!r}.") from error


def _read_spans(text: str) -> list[Row]:
    """`9:00-13:00, 14:00-18:00`; empty is closed. Raises ApiError."""
    spans = []
    for part in filter(str.strip, text.split(",")):
        match = SPAN.fullmatch(part)
        if not match:
            raise ApiError(
                422, "VALIDATION_ERROR", f"Hours look like 9:00-13:00, 14:00-18:00, not {part[:40]!r}."
            )
        spans.append({"open": match[1].zfill(5), "close": match[2].zfill(5)})
    return spans


def _read_switch(name: str, off: Any) -> Any:
    text = request.form.get(name, "").strip()
    if name == "down":
        return text or None
    if isinstance(off, bool):
        return name in request.form
    try:
        return Decimal(text.replace(",", ".") or "0")
    except ArithmeticError as error:
        raise invalid_request(f"{name} cannot be {text[:40]!r}.") from error
