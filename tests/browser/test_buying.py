"""Buying at the demo's salons with the published test cards: what is paid for arrives, and once."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import FrameLocator, Page, Request, expect

from tests.browser.conftest import DESKTOP, PHONE, Demo
from tests.browser.test_booking import appointments, choose_a_time, fill_in, mail_to
from tests.browser.test_pages import violations

GOOD = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 9995"  # insufficient funds
ASKS_THE_BANK = "4000 0025 0000 3155"
PATIENCE = 45_000  # milliseconds: workers and the sandbox share two cores with the browser


def orders_of(demo: Demo, slug: str, email: str) -> list[dict[str, Any]]:
    """What the salon's back office has from this client."""
    answer = requests.get(f"{demo.sandbox}/sandbox/{slug}/orders", timeout=10)
    return [order for order in answer.json()["data"] if order["client"]["email"] == email]


def rows_of(demo: Demo, slug: str, name: str) -> list[dict[str, Any]]:
    """Services or products, as Mango Biz gives them."""
    salons = requests.get(f"{demo.sandbox}/sandbox/salons.json", timeout=10).json()
    [key] = [salon["apiKey"] for salon in salons if salon["slug"] == slug]
    url, headers = f"{demo.sandbox}/biz-api/v1/sync/{name}", {"Authorization": f"Bearer {key}"}
    rows: list[dict[str, Any]] = requests.get(url, headers=headers, timeout=10).json()["data"]
    return rows


def payment_of(demo: Demo, slug: str, order: dict[str, Any]) -> dict[str, Any]:
    """As Stripe has it: on the platform's account, or on the salon's."""
    salons = requests.get(f"{demo.sandbox}/sandbox/salons.json", timeout=10).json()
    settings = requests.get(f"{demo.sandbox}/sandbox/settings.json", timeout=10).json()
    [own] = [salon["stripe"]["secretKey"] for salon in salons if salon["slug"] == slug]
    for key in (settings["stripeSecretKey"], own):
        url = f"{settings['stripeApiBase']}/v1/payment_intents/{order['paymentReference']}"
        answer = requests.get(url, auth=(key, ""), timeout=10)
        if answer.ok:
            payment: dict[str, Any] = answer.json()
            return payment
    raise AssertionError("Stripe does not know this payment")


def card_frame(page: Page) -> FrameLocator:
    return page.frame_locator("pay-form [data-element] iframe").first


def bank_frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='3-D Secure']")


def put_two_products_into_the_cart(page: Page, demo: Demo, slug: str) -> None:
    for number in range(2):
        page.goto(demo.store(slug, "/shop/"))
        buyable = page.locator("main a[href^='/shop/']:not([href='/shop/'])")
        page.goto(demo.store(slug, str(buyable.nth(number).get_attribute("href"))))
        page.locator("form.buy button[type=submit]").last.click()
        page.wait_for_url("**/cart/**")
    expect(page.locator(".cart-line")).to_have_count(2)


def check_out(
    page: Page, demo: Demo, slug: str, email: str, *, address: dict[str, str] | None = None
) -> None:
    """From the cart to the payment page."""
    page.goto(demo.store(slug, "/checkout/"))
    page.fill("[name=first_name]", "Zoë")
    page.fill("[name=last_name]", "Nguyễn-O’Brien")
    page.fill("[name=email]", email)
    page.locator(f"[name=method][value={'shipping' if address else 'pickup'}]").check(force=True)
    for name, value in (address or {}).items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.locator("main form.checkout button.button--wide[type=submit]").click()
    page.wait_for_url("**/payments/**")


def pay(page: Page, number: str) -> None:
    frame = card_frame(page)
    frame.locator("#number").fill(number)
    frame.locator("#expiry").fill("12 / 34")
    frame.locator("#cvc").fill("123")
    frame.locator("#country").select_option("US")
    frame.locator("#postal_code").fill("90012")
    page.locator("[data-pay]").click()


def expect_placed(page: Page, number: str) -> None:
    """The order's page says so by itself, without a reload of ours."""
    page.wait_for_url("**/orders/**", timeout=PATIENCE)
    expect(page.locator("main")).to_contain_text(number, timeout=PATIENCE)


def wait_for_order(demo: Demo, slug: str, email: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        if found := orders_of(demo, slug, email):
            [order] = found
            return order
        time.sleep(0.5)
    raise AssertionError(f"no order of {email}")


def wait_until_taken(demo: Demo, slug: str, order: dict[str, Any]) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while payment_of(demo, slug, order)["status"] != "succeeded":
        assert time.monotonic() < deadline, "the payment is not captured"
        time.sleep(0.5)


@pytest.mark.parametrize(
    ("slug", "size", "address", "currency"),
    [
        (
            "luna-hair",
            PHONE,
            {
                "street_address": "2100 Sunset Boulevard",
                "city": "Los Angeles",
                "country_area": "CA",
                "postal_code": "90026",
            },
            "USD",
        ),
        (
            "stille-spa",
            DESKTOP,
            {"street_address": "Weserstraße 44", "city": "Berlin", "postal_code": "12045"},
            "EUR",
        ),
    ],
    ids=["USD", "EUR"],
)
def test_a_client_buys_two_products(
    demo: Demo,
    open_page: Callable[..., Page],
    slug: str,
    size: tuple[int, int],
    address: dict[str, str],
    currency: str,
) -> None:
    email = f"buyer-{currency.lower()}@example.com"
    page = open_page(size=size)
    put_two_products_into_the_cart(page, demo, slug)
    assert violations(page) == []
    check_out(page, demo, slug, email, address=address)
    assert violations(page) == []
    pay(page, GOOD)
    page.wait_for_url("**/orders/**", timeout=PATIENCE)
    order = wait_for_order(demo, slug, email)
    expect_placed(page, order["orderNumber"])
    assert violations(page) == []
    wait_until_taken(demo, slug, order)
    payment = payment_of(demo, slug, order)
    assert order["currency"] == currency
    assert payment["amount_received"] == round(order["total"] * 100)
    assert order["fulfilment"]["address"]
    assert order["orderNumber"] in mail_to(demo, email)["text"]
    page.goto(demo.store(slug, "/cart/"))
    expect(page.locator(".cart-line")).to_have_count(0)


@contextmanager
def dong(demo: Demo, slug: str) -> Iterator[None]:
    """The salon, moved to Việt Nam for a while."""

    def send(path: str, body: dict[str, Any]) -> None:
        url = f"{demo.sandbox}/sandbox/{slug}/{path}"
        requests.patch(url, json=body, timeout=10).raise_for_status()

    products = rows_of(demo, slug, "products")
    try:
        for product in products:
            send(f"products/{product['id']}", {"price": round(product["price"] * 25_000)})
        send("business", {"currency": "VND"})
        yield
    finally:
        for product in products:
            send(f"products/{product['id']}", {"price": product["price"]})
        send("business", {"currency": "USD"})


def test_a_currency_without_minor_units(demo: Demo, open_page: Callable[..., Page]) -> None:
    slug, email = "sen-nails", "buyer-vnd@example.com"
    page = open_page()
    with dong(demo, slug):
        deadline = time.monotonic() + PATIENCE / 1000
        page.goto(demo.store(slug, "/shop/"))
        while "₫" not in page.locator("main").inner_text():
            assert time.monotonic() < deadline, "the shop does not hear of its new currency"
            page.reload()
        put_two_products_into_the_cart(page, demo, slug)
        check_out(page, demo, slug, email)
        pay(page, GOOD)
        order = wait_for_order(demo, slug, email)
        expect_placed(page, order["orderNumber"])
        wait_until_taken(demo, slug, order)
        payment = payment_of(demo, slug, order)
    assert (payment["currency"], payment["amount_received"]) == ("vnd", order["total"])


def test_a_declined_card_then_a_good_one(demo: Demo, open_page: Callable[..., Page]) -> None:
    slug, email = "one-chair", "declined@example.com"
    page = open_page()
    put_two_products_into_the_cart(page, demo, slug)
    check_out(page, demo, slug, email)
    pay(page, DECLINED)
    problem = page.locator("[data-problem]")
    expect(problem).to_be_visible(timeout=PATIENCE)
    expect(problem).to_contain_text("card")
    assert orders_of(demo, slug, email) == []
    pay(page, GOOD)
    expect_placed(page, wait_for_order(demo, slug, email)["orderNumber"])


def test_the_bank_is_asked(demo: Demo, open_page: Callable[..., Page]) -> None:
    """Failing there is a declined card; passing pays."""
    slug, email = "luna-hair", "bank@example.com"
    page = open_page()
    put_two_products_into_the_cart(page, demo, slug)
    check_out(page, demo, slug, email)
    pay(page, ASKS_THE_BANK)
    bank_frame(page).get_by_role("button", name="Fail authentication").click(timeout=PATIENCE)
    expect(page.locator("[data-problem]")).to_be_visible(timeout=PATIENCE)
    assert orders_of(demo, slug, email) == []
    pay(page, ASKS_THE_BANK)
    bank_frame(page).get_by_role("button", name="Complete authentication").click(timeout=PATIENCE)
    expect_placed(page, wait_for_order(demo, slug, email)["orderNumber"])


def test_a_browser_closed_right_after_paying(demo: Demo, open_page: Callable[..., Page]) -> None:
    slug, email = "stille-spa", "gone@example.com"
    page = open_page()
    put_two_products_into_the_cart(page, demo, slug)
    check_out(page, demo, slug, email)
    with page.expect_request("**/confirm*", timeout=PATIENCE):
        pay(page, GOOD)
    page.context.close()
    order = wait_for_order(demo, slug, email)
    wait_until_taken(demo, slug, order)
    assert order["orderNumber"] in mail_to(demo, email)["text"]


def test_a_deposit_with_a_booking(demo: Demo, open_page: Callable[..., Page]) -> None:
    slug, email = "luna-hair", "deposit@example.com"
    page = open_page()
    page.goto(demo.store(slug, "/services/"))
    services = rows_of(demo, slug, "services")
    wanted = next(row for row in services if row["depositAmount"] and row["isBookableOnline"])
    choose_a_time(page, demo, slug, service=wanted["id"])
    fill_in(page, email)
    page.locator("main form[method=post] button.button[type=submit]").last.click()
    page.wait_for_url("**/payments/**")
    pay(page, GOOD)
    page.wait_for_url("**/bookings/**", timeout=PATIENCE)
    expect(page.locator("main")).to_contain_text("BK-", timeout=PATIENCE)
    [booking] = [row for row in appointments(demo, slug) if row["client"]["email"] == email]
    assert booking["depositPaid"] == wanted["depositAmount"]
    wait_until_taken(demo, slug, booking)


def test_what_is_loaded_and_what_is_told(demo: Demo, open_page: Callable[..., Page]) -> None:
    """From the shelf to the order: scripts come from the store, and while paying from Stripe; the card number
    goes to Stripe alone.
    """
    slug, email = "luna-hair", "watched@example.com"
    page = open_page()
    here = demo.store(slug, "").rstrip("/")
    stripe = origin_of(
        requests.get(f"{demo.sandbox}/sandbox/settings.json", timeout=10).json()["stripeJsUrl"]
    )
    scripts: list[tuple[str, str]] = []  # (the page's path, the script's origin)
    told: list[str] = []  # origins that heard of the card

    def note(request: Request) -> None:
        if request.resource_type == "script" and request.frame == page.main_frame:
            scripts.append((urlsplit(page.url).path.split("/")[1], origin_of(request.url)))
        heard = f"{request.url} {request.post_data or ''} {request.headers}".replace("+", "").replace(
            "%20", ""
        )
        if GOOD.replace(" ", "") in heard.replace(" ", ""):
            told.append(origin_of(request.url))

    page.context.on("request", note)
    put_two_products_into_the_cart(page, demo, slug)
    check_out(page, demo, slug, email)
    pay(page, GOOD)
    expect_placed(page, wait_for_order(demo, slug, email)["orderNumber"])
    assert set(told) == {stripe}
    loaded = {name: {origin for path, origin in scripts if path == name} for name, _origin in scripts}
    assert loaded.pop("payments") == {here, stripe}
    assert {"shop", "cart", "checkout"} <= set(loaded)
    assert set().union(*loaded.values()) == {here}


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def test_ordered_anew_in_another_tab(demo: Demo, open_page: Callable[..., Page]) -> None:
    """The first tab's payment page is still open: paying there charges nothing and says what happened."""
    slug, email = "luna-hair", "two-tabs@example.com"
    first = open_page()
    put_two_products_into_the_cart(first, demo, slug)
    check_out(first, demo, slug, email)
    expect(first.locator("[data-pay]")).to_be_enabled(timeout=PATIENCE)
    second = first.context.new_page()
    second.goto(demo.store(slug, "/shop/"))
    second.locator(".product-card__add button").nth(5).click()
    second.wait_for_url("**/cart/**")
    check_out(second, demo, slug, email)
    pay(first, GOOD)
    first.wait_for_url("**/orders/**", timeout=PATIENCE)
    expect(first.locator("h1")).to_contain_text("Another order took the place of this one", timeout=PATIENCE)
    pay(second, GOOD)
    expect_placed(second, wait_for_order(demo, slug, email)["orderNumber"])
    [order] = orders_of(demo, slug, email)
    assert len(order["items"]) == 3
