"""Checkout: one page that asks everything, and a POST that places the order."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from catalog.queries import get_catalog
from catalog.services import freshen
from catalog.visitorpage import visitor_page
from payments import services
from payments.cart import read_cart, write_cart
from payments.checkoutpage import make_checkout_page
from payments.forms import CheckoutForm
from payments.notices import Notice, say_problem
from payments.views.common import go
from store import ratelimit
from store.tenancy import current_store

WINDOW_SECONDS = 600
ATTEMPT_SECONDS = 24 * 3600
# What the page says, and its status.
PROBLEMS: dict[type[services.PaymentProblem], tuple[str, int]] = {
    services.AlreadyPaid: ("paid", 409),
    services.CartChanged: ("changed", 409),
    services.AmountTooSmall: ("too-small", 409),
    services.PaymentUnavailable: ("unavailable", 503),
}


@visitor_page
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    if not read_cart(request).items:
        return go(reverse("cart"))
    if not services.can_be_paid():
        return render(request, "payments/not_payable.html")
    if request.method != "POST":
        return _show(request, CheckoutForm(business=get_catalog().business))
    if "refresh" in request.POST:
        # Another country: the same answers, other questions. Nothing is checked yet.
        form = CheckoutForm(initial=request.POST.dict(), business=get_catalog().business)
        return _show(request, form)
    return _place(request)


def _place(request: HttpRequest) -> HttpResponse:
    if wait := ratelimit.hit(
        _limit_key(request), limit=settings.CHECKOUTS_PER_VISITOR, seconds=WINDOW_SECONDS
    ):
        form = CheckoutForm(initial=request.POST.dict(), business=get_catalog().business)
        response = _show(request, form, notice=say_problem("too-many"), status=429)
        response["Retry-After"] = str(wait)
        return response
    freshen(("business", "products"))
    form = CheckoutForm(request.POST, business=get_catalog().business)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        payment = services.place_order(
            attempt=_read_attempt(request) or uuid4(),
            cart=read_cart(request),
            client=form.cleaned_data,
            method=form.cleaned_data["method"],
            address=form.cleaned_data["address"],
            seen=request.POST.get(f"seen_{form.cleaned_data['method']}", ""),
            language=current_store().locale,
        )
    except services.PaymentProblem as problem:
        return _refuse(request, form, problem)
    return go(reverse("payment", args=[payment.token]))


def _refuse(request: HttpRequest, form: CheckoutForm, problem: services.PaymentProblem) -> HttpResponse:
    code, status = PROBLEMS[type(problem)]
    response = _show(request, form, notice=say_problem(code), status=status)
    if isinstance(problem, services.AlreadyPaid):
        write_cart(response, read_cart(request).renew())  # whoever sends it again has been told
    return response


def _show(
    request: HttpRequest, form: CheckoutForm, *, notice: Notice | None = None, status: int = 200
) -> HttpResponse:
    attempt = _read_attempt(request) or uuid4()
    context: dict[str, Any] = {
        "form": form,
        "page": make_checkout_page(read_cart(request), get_catalog(), form),
        "attempt": _signer().sign_object(attempt.hex),
        "notice": notice,
    }
    return render(request, "payments/checkout.html", context, status=status)


def _read_attempt(request: HttpRequest) -> UUID | None:
    """What makes a double click one order: a random id that this store gave to this page."""
    try:
        return UUID(_signer().unsign_object(request.POST.get("attempt", ""), max_age=ATTEMPT_SECONDS))
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"checkout:{current_store().id}")


def _limit_key(request: HttpRequest) -> str:
    return f"checkout:{current_store().id}:{ratelimit.visitor_key(request)}"
