"""The sandbox's Stripe.js in a real browser: a store's page under a strict policy, the card in a frame."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.contract.receiver import wait_until
from tests.contract.stripe_desk import SALON, StripeDesk, open_desk, wish
from tests.sandbox_process import SandboxProcess

HOLD = {"payment_method_options": {"card": {"capture_method": "manual"}}}
POLICY = (
    "default-src 'none'; script-src 'self' {box}; frame-src {box}; connect-src 'self' {box}; "
    "style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'"
)
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><script src="{js}" defer></script><script src="/shop.js" defer></script>
<h1>Checkout</h1><div id="payment"></div><button id="pay">Pay</button><output></output></html>"""
SCRIPT = """
const asked = JSON.parse(new URLSearchParams(location.search).get("asked"));
window.heard = []; window.told = [];
addEventListener("message", (event) => heard.push(JSON.stringify(event.data)));
const stripe = Stripe(asked.pk, { stripeAccount: asked.account, locale: asked.locale });
const elements = stripe.elements({ clientSecret: asked.secret, appearance: asked.appearance });
const element = elements.create("payment", asked.options);
for (const name of ["ready", "change", "loaderror"]) {
  element.on(name, (event) => told.push({ name, ...event }));
}
element.mount("#payment");
Object.assign(window, { stripe, element });
document.getElementById("pay").addEventListener("click", async () => {
  const output = document.querySelector("output");
  output.textContent = "";
  try {
    const confirmParams = { return_url: `${location.origin}/done?order=7`, ...asked.confirmParams };
    const redirect = asked.redirect || "if_required";
    output.textContent = JSON.stringify(await stripe.confirmPayment({ elements, confirmParams, redirect }));
  } catch (error) { output.textContent = JSON.stringify({ thrown: String(error) }); }
});
"""


@pytest.fixture(scope="module")
def desk(sandbox: SandboxProcess) -> StripeDesk:
    return open_desk(sandbox.url)


@pytest.fixture(scope="module")
def shop(desk: StripeDesk) -> Iterator[str]:
    """A store's origin, which is not the sandbox's."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_script = self.path == "/shop.js"
            page = "" if self.path.startswith("/done") else PAGE.format(js=desk.settings["stripeJsUrl"])
            body = (SCRIPT if is_script else page).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript" if is_script else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY.format(box=desk.base))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://shop.localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Till:
    """A checkout page with the payment element on it, for one intent."""

    def __init__(self, page: Page, desk: StripeDesk, shop: str, **asked: Any) -> None:
        self.page, self.desk = page, desk
        fields = {"currency": "usd", **HOLD, **asked.pop("intent", {})}
        self.intent = desk.api.payment_intents.create(wish(**fields))
        salon = desk.salons[SALON]
        fixed = {"secret": self.intent.client_secret, "locale": "en", "options": {}}
        keys = {"pk": desk.settings["stripePublishableKey"], "account": salon["account"]}
        page.goto(f"{shop}/?{urlencode({'asked': json.dumps({**keys, **fixed, **asked})})}")

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("iframe[title='Secure payment input frame']").first

    @property
    def bank(self) -> FrameLocator:
        return self.page.frame_locator("iframe[title='3-D Secure']")

    def type_card(self, number: str) -> None:
        self.frame.get_by_label("Card number").fill(number)
        self.frame.get_by_label("Expiration date").fill("12 / 34")
        self.frame.get_by_label("Security code").fill("123")
        self.frame.get_by_label("Country").select_option("US")
        self.frame.get_by_label("ZIP code").fill("90210")

    def pay(self) -> Any:
        """What confirmPayment answers."""
        self.page.get_by_role("button", name="Pay").click()
        return self.answer()

    def answer(self) -> Any:
        output = self.page.locator("output")
        expect(output).not_to_be_empty()
        return json.loads(output.inner_text())

    def status(self) -> str:
        return str(self.desk.api.payment_intents.retrieve(self.intent.id).status)


@pytest.fixture
def till(open_page: Callable[..., Page], desk: StripeDesk, shop: str) -> Callable[..., Till]:
    def make(*, size: tuple[int, int] = (390, 844), dark: bool = False, **asked: Any) -> Till:
        return Till(open_page(size=size, dark=dark), desk, shop, **asked)

    return make


def test_a_card_is_held_and_the_page_never_sees_it(till: Callable[..., Till]) -> None:
    here = till(confirmParams={"receipt_email": "ada.moss@example.com"})
    here.type_card("4242 4242 4242 4242")
    paid = here.pay()["paymentIntent"]
    assert (paid["status"], paid["id"]) == ("requires_capture", here.intent.id)
    assert paid["receipt_email"] == "ada.moss@example.com"
    assert "metadata" not in paid
    held = here.desk.api.payment_intents.retrieve(here.intent.id, {"expand": ["latest_charge"]})
    billed = held.latest_charge.billing_details.address
    assert (billed.country, billed.postal_code) == ("US", "90210")
    heard = "".join(here.page.evaluate("heard"))
    assert "4242" not in heard.replace(" ", "")
    assert "90210" not in heard
    told = here.page.evaluate("told.map((event) => [event.name, event.complete])")
    assert told[0] == ["ready", None]
    assert told[-1] == ["change", True]


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        pytest.param("4000000000000002", "card_declined", "generic_decline", id="declined"),
        pytest.param("4000000000009995", "card_declined", "insufficient_funds", id="funds"),
        pytest.param("4000000000000069", "expired_card", None, id="expired"),
    ],
)
def test_a_declined_card_and_then_a_good_one(
    till: Callable[..., Till], number: str, code: str, decline_code: str | None
) -> None:
    here = till()
    here.type_card(number)
    error = here.pay()["error"]
    assert (error["type"], error["code"], error.get("decline_code")) == ("card_error", code, decline_code)
    assert error["payment_intent"]["status"] == "requires_payment_method"
    assert error["message"].startswith("Your card")
    here.type_card("4242424242424242")
    assert here.pay()["paymentIntent"]["status"] == "requires_capture"


@pytest.mark.parametrize("number", ["4000002500003155", "4000002760003184"])
def test_three_d_secure_by_keyboard(till: Callable[..., Till], number: str) -> None:
    here = till()
    here.type_card(number)
    here.page.get_by_role("button", name="Pay").click()
    complete = here.bank.get_by_role("button", name="Complete authentication")
    expect(complete).to_be_focused()
    assert here.status() == "requires_action"
    here.page.keyboard.press("Enter")
    assert here.answer()["paymentIntent"]["status"] == "requires_capture"
    expect(here.page.get_by_role("button", name="Pay")).to_be_focused()


def test_three_d_secure_failed_then_another_card(till: Callable[..., Till]) -> None:
    here = till()
    here.type_card("4000002500003155")
    here.page.get_by_role("button", name="Pay").click()
    here.bank.get_by_role("button", name="Fail authentication").click()
    error = here.answer()["error"]
    assert error["code"] == "payment_intent_authentication_failure"
    assert error["payment_intent"]["status"] == here.status() == "requires_payment_method"
    here.type_card("4242424242424242")
    assert here.pay()["paymentIntent"]["status"] == "requires_capture"


def test_three_d_secure_passed_then_declined(till: Callable[..., Till]) -> None:
    here = till()
    here.type_card("4000008400001629")
    here.page.get_by_role("button", name="Pay").click()
    here.bank.get_by_role("button", name="Complete authentication").click()
    error = here.answer()["error"]
    assert (error["code"], here.status()) == ("card_declined", "requires_payment_method")


def test_escape_leaves_the_bank_open(till: Callable[..., Till]) -> None:
    """A window that closes by accident would leave the payment hanging."""
    here = till()
    here.type_card("4000002500003155")
    here.page.get_by_role("button", name="Pay").click()
    expect(here.bank.get_by_role("button", name="Complete authentication")).to_be_focused()
    here.page.locator("dialog").evaluate("(dialog) => { dialog.tabIndex = -1; dialog.focus(); }")
    here.page.keyboard.press("Escape")
    here.bank.get_by_role("button", name="Complete authentication").click()
    assert here.answer()["paymentIntent"]["status"] == "requires_capture"


def test_what_is_incomplete_is_said_beside_the_field_and_not_sent(till: Callable[..., Till]) -> None:
    here = till()
    error = here.pay()["error"]
    assert (error["type"], error["code"]) == ("validation_error", "incomplete_number")
    number = here.frame.get_by_label("Card number")
    expect(number).to_be_focused()
    expect(number).to_have_accessible_description("Your card number is incomplete.")
    expect(here.frame.get_by_text("Your ZIP code is incomplete.")).to_be_visible()
    here.type_card("4242424242424241")
    assert here.pay()["error"]["code"] == "invalid_number"
    assert here.status() == "requires_payment_method"


def test_direct_debit_in_euros(till: Callable[..., Till]) -> None:
    here = till(intent={"currency": "eur"})
    here.frame.get_by_label("SEPA Direct Debit").check()
    here.frame.get_by_label("IBAN").fill("DE89 3704 0044 0532 0130 00")
    here.frame.get_by_label("Full name").fill("Ada Moss")
    here.frame.get_by_label("Email").fill("ada.moss@example.com")
    assert here.pay()["paymentIntent"]["status"] == "processing"


def test_debit_is_offered_in_euros_only(till: Callable[..., Till]) -> None:
    here = till()
    expect(here.frame.get_by_label("Card number")).to_be_visible()
    expect(here.frame.get_by_label("SEPA Direct Debit")).to_be_hidden()


def test_back_at_the_return_address(till: Callable[..., Till]) -> None:
    """`redirect: "always"` is Stripe's default; the store's own query stays."""
    here = till(redirect="always")
    here.type_card("4242424242424242")
    here.page.get_by_role("button", name="Pay").click()
    here.page.wait_for_url("**/done?**")
    assert parse_qs(urlsplit(here.page.url).query) == {
        "order": ["7"],
        "payment_intent": [here.intent.id],
        "payment_intent_client_secret": [here.intent.client_secret],
        "redirect_status": ["succeeded"],
    }


@pytest.mark.parametrize(
    ("button", "redirect_status", "status"),
    [
        pytest.param("Complete authentication", "succeeded", "requires_capture", id="passed"),
        pytest.param("Fail authentication", "failed", "requires_payment_method", id="failed"),
    ],
)
def test_the_bank_as_a_page_of_its_own(
    open_page: Callable[..., Page],
    desk: StripeDesk,
    shop: str,
    button: str,
    redirect_status: str,
    status: str,
) -> None:
    """What a payment confirmed without Stripe.js leads to."""
    card = {"payment_method": "pm_card_authenticationRequired", "confirm": True}
    intent = desk.api.payment_intents.create(wish(currency="usd", return_url=f"{shop}/done", **card, **HOLD))
    page = open_page()
    page.goto(intent.next_action.redirect_to_url.url)
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**/done?**")
    assert parse_qs(urlsplit(page.url).query)["redirect_status"] == [redirect_status]
    assert desk.api.payment_intents.retrieve(intent.id).status == status


def test_german_and_in_the_colours_of_the_store(till: Callable[..., Till]) -> None:
    night = {"theme": "night", "variables": {"colorPrimary": "rgb(1, 2, 3)", "colorText": "url(//evil)"}}
    here = till(locale="de", appearance=night, dark=True)
    expect(here.frame.get_by_label("Kartennummer")).to_be_visible()
    style = here.frame.locator("html").evaluate("(node) => node.getAttribute('style')")
    assert "--colorPrimary: rgb(1, 2, 3)" in style
    assert "color-scheme: dark" in style
    assert "evil" not in style
    for name, value in (("Kartennummer", "4000000000009995"), ("Ablaufdatum", "1234"), ("Prüfnummer", "123")):
        here.frame.get_by_label(name).fill(value)
    expect(here.frame.get_by_label("Land")).to_have_value("DE")
    assert here.pay()["error"]["message"] == "Die Karte ist nicht ausreichend gedeckt."


def test_nothing_is_wider_than_a_phone(till: Callable[..., Till]) -> None:
    here = till(intent={"currency": "eur"}, size=(390, 844))
    expect(here.frame.get_by_label("Card number")).to_be_visible()
    widths = "(node) => [node.scrollWidth, node.clientWidth]"
    inside = here.frame.locator("html").evaluate(widths)
    around = here.page.locator("html").evaluate(widths)
    assert inside[0] <= inside[1]
    assert around[0] <= around[1] == 390
    # The frame is as high as what is in it: nothing is cut off.
    tall = "(node) => node.scrollHeight <= node.clientHeight"
    wait_until(lambda: here.page.evaluate("document.querySelector('iframe').clientHeight > 200"))
    assert here.frame.locator("html").evaluate(tall)


def test_a_paid_intent_makes_no_form(till: Callable[..., Till]) -> None:
    here = till()
    here.desk.api.payment_intents.cancel(here.intent.id)
    here.page.reload()
    wait_until(lambda: here.page.evaluate("told.length > 0"))
    event = here.page.evaluate("told[0]")
    assert (event["name"], event["error"]["code"]) == ("loaderror", "payment_intent_unexpected_state")


@pytest.mark.parametrize("fault", [{"down": "close"}, {"errorRate": 1}], ids=["frame", "api"])
def test_a_form_that_cannot_be_loaded_says_so(
    chromium: Browser, desk: StripeDesk, shop: str, fault: dict[str, Any], reset_sandbox: SandboxProcess
) -> None:
    context = chromium.new_context()  # whose console may complain
    here = Till(context.new_page(), desk, shop)
    expect(here.frame.get_by_label("Card number")).to_be_visible()
    desk.office("PUT", "/faults", {"upstream": "stripe", "faults": fault})
    here.page.evaluate("told.length = 0; element.mount('#payment');")
    wait_until(lambda: here.page.evaluate("told.length > 0"))
    assert here.page.evaluate("told[0].name") == "loaderror"
    context.close()


def test_the_frame_heeds_only_the_page_it_was_opened_for(till: Callable[..., Till]) -> None:
    here = till()
    with here.page.expect_event("framenavigated", lambda frame: "elsewhere" in frame.url):
        here.page.evaluate(
            """(home) => {
              const frame = document.createElement("iframe");
              frame.src = `${home}/stripe/elements/?parent=${encodeURIComponent("http://elsewhere.localhost:1")}`;
              document.body.append(frame);
            }""",
            here.desk.base,
        )
    other = next(frame for frame in here.page.frames if "elsewhere" in frame.url)
    other.wait_for_load_state()
    other.evaluate("() => { window.seen = 0; addEventListener('message', () => { window.seen += 1; }); }")
    here.page.evaluate(
        "(home) => [...document.querySelectorAll('iframe')].at(-1).contentWindow"
        ".postMessage({ ask: 1, action: 'submit', values: {} }, home)",
        here.desk.base,
    )
    wait_until(lambda: other.evaluate("window.seen === 1"))
    assert other.evaluate("document.querySelectorAll('[aria-invalid]').length") == 0


def test_the_hidden_frame_looks_an_intent_up(till: Callable[..., Till]) -> None:
    here = till()
    found = here.page.evaluate("(secret) => stripe.retrievePaymentIntent(secret)", here.intent.client_secret)
    assert found["paymentIntent"]["status"] == "requires_payment_method"
    wrong = f"{here.intent.id}_secret_nothing"
    missed = here.page.evaluate("(secret) => stripe.retrievePaymentIntent(secret)", wrong)
    assert missed["error"]["type"] == "invalid_request_error"


def test_a_secret_key_is_refused_by_the_script(till: Callable[..., Till]) -> None:
    here = till()
    said = here.page.evaluate(
        "() => { try { Stripe('sk_test_x'); } catch (error) { return String(error); } }"
    )
    assert said.startswith("IntegrationError: You should not use your secret key")
