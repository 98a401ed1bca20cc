"""The AI Service: contracts/ai-service.openapi.yaml, answered from the salon's own catalogue."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import defaultdict, deque

from flask import Blueprint, Response, g, request

from . import contract, hostile, tenants
from .app import answer_json, current_sandbox, read_json
from .conversation import reply_to
from .faults import rate_limited
from .lookup import find_items
from .quickreplies import suggest
from .state import all_entities
from .wire import ApiError, Row, invalid_request

blueprint = Blueprint("ai", __name__, url_prefix="/api/v1/ai")

PER_MINUTE = {"chat": 100, "recommend": 50, "search": 200}
# The contract has no type for people.
RESULT_TYPES = {"services": "service", "products": "product", "staff": "content"}
FORWARDED_FOR = re.compile(r'for="?([^";,\s]+)', re.IGNORECASE)
PAGES = ("homepage", "product", "service", "cart", "checkout")

_calls: dict[tuple[str, str], deque[float]] = defaultdict(deque)
_calls_lock = threading.Lock()


@blueprint.before_request
def admit() -> Response | None:
    """Faults, then the key; the tenant stands in the body, at the top or in the context."""
    g.slug = _find_slug()
    disturbed = current_sandbox().faults.disturb("ai", g.slug)
    if disturbed is None and request.headers.get("X-API-Key") != tenants.ai_service_key():
        raise ApiError(401, "INVALID_REQUEST", "The API key is missing or unknown.")
    return disturbed


@blueprint.post("/chat")
def chat() -> Response:
    body = _read_valid("ChatRequest")
    _count("chat", body["sessionId"])
    state, slug = current_sandbox().state, _slug()
    reply = reply_to(state, slug, body)
    return answer_json(hostile.spoil_chat(state, slug, reply) if _is_hostile() else reply)


@blueprint.post("/recommend")
def recommend() -> Response:
    body = _read_valid("RecommendRequest")
    if body.get("userId"):
        _count("recommend", body["userId"])
    services, products = _candidates(set(body.get("items", [])), body.get("userId", ""))
    pairs = {"product": (products, services), "cart": (products, services), "checkout": (products, services)}
    first, second = pairs.get(body["context"], (services, products))
    # Two of what the page is about, then one of the other.
    mixed: list[Row] = []
    while (first or second) and len(mixed) < body.get("limit", 5):
        mixed += first[:2] + second[:1]
        first, second = first[2:], second[1:]
    found = [
        {**row, "confidence": round(max(0.3, 0.95 - 0.07 * place), 2)}
        for place, row in enumerate(mixed[: body.get("limit", 5)])
    ]
    reply: Row = {"recommendations": found, "metadata": {"model": "sandbox"}}
    if _is_hostile():
        reply = hostile.spoil_recommendations(current_sandbox().state, _slug(), reply)
    return answer_json(reply)


@blueprint.post("/search")
def search() -> Response:
    body = _read_valid("SearchRequest")
    _count("search", _find_caller())
    found = find_items(current_sandbox().state, _slug(), body["query"], ("services", "products", "staff"))
    found = [item for item in found if _passes(item, body.get("filters", {}))]
    offset, limit = body.get("offset", 0), body.get("limit", 10)
    results = [
        {
            "type": RESULT_TYPES[item["kind"]],
            "id": item["doc"]["id"],
            "title": item["doc"]["name"],
            "description": item["doc"].get("description") or item["doc"].get("bio", ""),
            "relevanceScore": item["score"],
        }
        for item in found[offset : offset + limit]
    ]
    categories = list(dict.fromkeys(item["doc"]["category"] for item in found if "category" in item["doc"]))[
        :3
    ]
    reply: Row = {"results": results, "suggestions": categories, "metadata": {"total": len(found)}}
    if _is_hostile():
        reply = hostile.spoil_search(current_sandbox().state, _slug(), reply)
    return answer_json(reply)


@blueprint.get("/suggestions")
def suggestions() -> Response:
    page, limit = request.args.get("context", ""), request.args.get("limit", "5")
    if page not in PAGES:
        raise invalid_request(f"context must be one of {', '.join(PAGES)}.")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= 20):
        raise invalid_request("limit must be 1 to 20.")
    found = suggest(page, request.args.get("currentMessage", ""))[: int(limit)]
    return answer_json({"suggestions": hostile.spoil_suggestions(found) if _is_hostile() else found})


def _read_valid(schema: str) -> Row:
    body = read_json()
    faults = contract.find_faults("ai", f"/components/schemas/{schema}", body)
    if faults:
        raise invalid_request(faults[0])
    return body


def _find_slug() -> str | None:
    try:
        body = read_json() if request.method == "POST" else {}
    except ApiError:
        return None  # the route itself will say so
    context = body.get("context")
    named = body.get("tenantId") or (context.get("tenantId") if isinstance(context, dict) else None)
    return tenants.find_slug_by_tenant(current_sandbox().state, named) if isinstance(named, str) else None


def _slug() -> str:
    if g.slug is None:
        raise invalid_request("tenantId is missing or unknown.")
    slug: str = g.slug
    return slug


def _is_hostile() -> bool:
    return bool(current_sandbox().faults.active("ai", g.slug)["hostile"])


def _find_caller() -> str:
    """The visitor a store speaks for, as RFC 7239 lets it name them without telling the address."""
    found = FORWARDED_FOR.search(request.headers.get("Forwarded", ""))
    return found[1] if found else request.remote_addr or ""


def _count(operation: str, caller: str) -> None:
    """Raises ApiError 429 beyond the documented number of calls in a minute."""
    if not current_sandbox().options.rate_limits:
        return
    moment = time.monotonic()
    with _calls_lock:
        calls = _calls[operation, caller]
        while calls and calls[0] <= moment - 60:
            calls.popleft()
        if len(calls) >= PER_MINUTE[operation]:
            raise rate_limited(int(calls[0] + 61 - moment))
        calls.append(moment)


def _candidates(seen: set[str], user: str) -> tuple[list[Row], list[Row]]:
    """Services and products nobody has to call or wait for, in an order that is the visitor's own."""
    state, slug = current_sandbox().state, _slug()
    services = [s for s in all_entities(state, slug, "services") if s["isActive"] and s["isBookableOnline"]]
    products = [
        p
        for p in all_entities(state, slug, "products")
        if p["isActive"] and p["stockStatus"] != "out_of_stock"
    ]

    def order(row: Row) -> str:
        return hashlib.sha256(f"{user} {row['id']}".encode()).hexdigest()

    def name(kind: str, row: Row) -> Row:
        return {"type": kind, "id": row["id"], "reason": f"Popular in {row['category']}"}

    return (
        [name("service", row) for row in sorted(services, key=order) if row["id"] not in seen],
        [name("product", row) for row in sorted(products, key=order) if row["id"] not in seen],
    )


def _passes(item: Row, filters: Row) -> bool:
    doc, prices = item["doc"], filters.get("priceRange", {})
    if item["kind"] == "staff":
        return not filters
    if filters.get("category") and doc["category"].lower() != filters["category"].lower():
        return False
    if filters.get("availability"):
        available = doc.get("isBookableOnline", True) and doc.get("stockStatus") != "out_of_stock"
        if not available:
            return False
    return bool(prices.get("min", 0) <= doc["price"] <= prices.get("max", doc["price"]))
