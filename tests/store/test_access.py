"""Every route, who may see it, and on whose host. A route that is missing here fails."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from store.tenancy import StoreInfo

pytestmark = pytest.mark.django_db

NOBODY = "00000000-0000-4000-8000-000000000000"
TOKEN = "t" * 43
# Route on a store's host: (an address, what a GET by anybody answers).
STORE = {
    "home": ("/", 200),
    "services": ("/services/", 200),
    "service": (f"/services/{NOBODY}-x/", 404),
    "team": ("/team/", 200),
    "staff_profile": (f"/team/{NOBODY}-x/", 404),
    "shop": ("/shop/", 200),
    "product": (f"/shop/{NOBODY}-x/", 404),
    "gallery": ("/gallery/", 200),
    "reviews": ("/reviews/", 200),
    "about": ("/about/", 200),
    "policies": ("/policies/", 200),
    "image": (f"/images/{'0' * 24}-320.webp", 404),
    "social_card": (f"/social-{'0' * 24}.png", 404),
    "social_upload": (f"/social-{'0' * 24}.jpg", 404),
    "theme_sheet": ("/theme-0000.css", 404),
    "store_picture": (f"/pictures/logo-{'0' * 24}-320.webp", 404),
    "preferences": ("/preferences/", 200),
    "set_colour_mode": ("/preferences/mode/", 405),
    "set_language": ("/preferences/language/", 405),
    "privacy": ("/privacy/", 200),
    "healthz": ("/healthz", 200),
    "readyz": ("/readyz", 200),
    # Whoever holds a draft's id or a booking's token may do what the address says; nobody else may.
    "book": ("/book/", 200),
    "book_staff": ("/book/staff/", 303),
    "book_time": ("/book/time/", 303),
    "book_openings": ("/book/openings/", 200),
    "book_details": (f"/book/{NOBODY}/details/", 404),
    "book_confirm": (f"/book/{NOBODY}/confirm/", 404),
    "book_extension": (f"/book/{NOBODY}/extension/", 404),
    "book_alternative": (f"/book/{NOBODY}/alternative/", 405),
    "booking": (f"/bookings/{TOKEN}/", 404),
    "booking_move": (f"/bookings/{TOKEN}/move/", 404),
    "booking_cancellation": (f"/bookings/{TOKEN}/cancellation/", 404),
    "booking_restoration": (f"/bookings/{TOKEN}/restoration/", 404),
    "booking_calendar": (f"/bookings/{TOKEN}/calendar.ics", 404),
    # The cart is the visitor's own cookie; whoever holds an order's or payment's token may look and pay.
    "cart": ("/cart/", 200),
    "cart_items": ("/cart/items/", 405),
    "cart_item": (f"/cart/items/{NOBODY}/", 405),
    "cart_removal": (f"/cart/items/{NOBODY}/removal/", 405),
    "checkout": ("/checkout/", 303),
    "payment": (f"/payments/{TOKEN}/", 404),
    "payment_start": (f"/payments/{TOKEN}/start/", 405),
    "payment_return": (f"/payments/{TOKEN}/return/", 404),
    "order": (f"/orders/{TOKEN}/", 404),
    # Where the store has no assistant, as here, there is nothing of it.
    "recommendations": ("/recommendations/?context=homepage", 404),
    "recommendation_clicks": ("/recommendations/clicks/", 404),
    "api_recommendations": ("/api/v1/assistant/recommendations?context=homepage", 200),
    "api_cart": ("/api/v1/cart", 200),
    "api_cart_items": ("/api/v1/cart/items", 405),
    "api_cart_item": (f"/api/v1/cart/items/{NOBODY}", 405),
    # A conversation is found by the visitor's own cookie. Without a key for the AI Service there is none.
    "assistant": ("/assistant/", 404),
    "assistant_panel": ("/assistant/panel/", 404),
    "assistant_deletion": ("/assistant/deletion/", 404),
    "search": ("/search/", 200),
    "search_instantly": ("/search/instant/", 200),
    "api_chat": ("/api/v1/assistant/chat", 405),
    "api_search": ("/api/v1/assistant/search", 400),
    "api_unknown": ("/api/v1/nothing", 404),
    "api_availability": ("/api/v1/booking/availability", 400),
    "api_drafts": ("/api/v1/booking/draft", 405),
    "api_draft": (f"/api/v1/booking/draft/{NOBODY}", 404),
    "api_confirm": (f"/api/v1/booking/draft/{NOBODY}/confirm", 405),
    "api_booking": (f"/api/v1/booking/{TOKEN}", 404),
    "api_cancellation": (f"/api/v1/booking/{TOKEN}/cancellation", 405),
}
PLATFORM = {
    "healthz": ("/healthz", 200),
    "readyz": ("/readyz", 200),
    # Whoever holds a link that has not ended (tests/studio/test_preview.py).
    "preview": ("/preview/token/auto/", 404),
    "preview_page": ("/preview/token/auto/services/", 404),
    "tls_ask": ("/internal/tls-ask?domain=luna-hair.localhost", 404),
    # On stores' hosts, too; whoever signs with the tenant's secret may send (tests/webhooks/).
    "webhook": ("/webhooks/services/updated", 405),
    "webhook_stripe": ("/webhooks/stripe", 405),
    "webhook_unknown": ("/webhooks/nothing", 404),
}


def route_names(resolver: URLResolver) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace not in ("admin", "studio", "account"):  # tests/studio/
                yield from route_names(entry)
        elif isinstance(entry, URLPattern):
            yield entry.name or str(entry.pattern)


def test_every_route_stands_here() -> None:
    assert set(route_names(get_resolver("config.store_urls"))) == set(STORE)
    assert set(route_names(get_resolver("config.urls"))) == set(PLATFORM)


@pytest.mark.parametrize("name", STORE)
def test_what_anybody_gets(luna: StoreInfo, name: str) -> None:
    path, status = STORE[name]
    response = Client(headers={"host": "luna-hair.localhost"}).get(path)
    assert response.status_code == status
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", PLATFORM)
def test_what_anybody_gets_on_the_platforms_host(db: None, name: str) -> None:
    path, status = PLATFORM[name]
    assert Client(headers={"host": "localhost"}).get(path).status_code == status


@pytest.mark.parametrize("name", sorted(STORE.keys() - PLATFORM.keys()))
def test_a_stores_pages_are_on_its_host_alone(luna: StoreInfo, name: str) -> None:
    path = STORE[name][0]
    for host in ("localhost", "nobody.localhost"):
        assert Client(headers={"host": host}).get(path).status_code == 404


def test_the_admin_asks_who_it_is() -> None:
    client = Client(headers={"host": "localhost"})
    for path in (
        "/admin/",
        "/admin/store/store/",
        "/admin/store/email/",
        "/admin/analytics/interaction/",
        "/admin/booking/booking/",
        "/admin/payments/order/",
        "/admin/payments/payment/",
        "/admin/payments/paymentsettings/",
        "/admin/webhooks/inboxevent/",
    ):
        assert client.get(path).status_code == 302
