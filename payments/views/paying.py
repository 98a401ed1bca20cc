"""Paying: the one page that Stripe's script is on, whatever the payment is for."""

from contextlib import suppress
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from payments import services
from payments.models import Payment, PaymentState
from payments.paypage import make_pay_page
from payments.problems import list_problems, say_why
from payments.purposes import find_purpose
from payments.queries import find_payment_by_token
from payments.views.common import View, go, key_page

# Source: https://docs.stripe.com/security/guide#content-security-policy
STRIPE_JS = "https://js.stripe.com"
STRIPE_SCRIPTS = [STRIPE_JS, "https://*.js.stripe.com"]
STRIPE_FRAMES = [*STRIPE_SCRIPTS, "https://hooks.stripe.com"]
STRIPE_CALLS = ["https://api.stripe.com"]


def stripe_allowed(view: View) -> View:
    """This page's policy lets Stripe's own script, frames and calls in, and nobody else's."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        parts = urlsplit(settings.STRIPE_JS_URL)
        origin = f"{parts.scheme}://{parts.netloc}"
        is_real = origin == STRIPE_JS
        policy = {
            "script-src": STRIPE_SCRIPTS if is_real else [origin],
            "frame-src": STRIPE_FRAMES if is_real else [origin],
            "connect-src": STRIPE_CALLS if is_real else [origin],
        }
        widened: Any = csp_update(policy)(view)
        response: HttpResponse = widened(request, *args, **kwargs)
        return response

    return wrapped


@stripe_allowed
@key_page
@require_safe
def payment(request: HttpRequest, token: str) -> HttpResponse:
    """The form while it can be paid; what became of it is its subject's page's to say."""
    found = _load(token)
    bill = find_purpose(found.purpose).describe(found)
    if found.state != PaymentState.OPEN:
        return go(bill.done_url)
    page = make_pay_page(found, bill)
    if found.is_expired(timezone.now()):
        return render(request, "payments/expired.html", {"page": page}, status=410)
    account = services.account_of(found)
    context = {
        "page": page,
        "account": account,
        "client_secret": found.client_secret or "",
        "js_url": settings.STRIPE_JS_URL,
        "return_url": request.build_absolute_uri(reverse("payment_return", args=[token])),
        "problem": say_why(found.problem) if found.problem or "failed" in request.GET else "",
        "words": list_problems(),
    }
    is_payable = account is not None and found.client_secret
    template = "payments/payment.html" if is_payable else "payments/not_started.html"
    return render(request, template, context, status=200 if is_payable else 503)


@key_page
@require_POST
def payment_start(request: HttpRequest, token: str) -> HttpResponse:
    """Ask Stripe again, where it did not answer before."""
    found = _load(token)
    with suppress(services.PaymentUnavailable):  # the page says so
        services.start_payment(payment_id=found.pk)
    return go(reverse("payment", args=[token]))


@key_page
@require_safe
def payment_return(request: HttpRequest, token: str) -> HttpResponse:
    """Where Stripe sends the client. Its word counts for nothing here: somebody looks, the page shows it.

    The address holds the payment's client secret, so nobody stays on it.
    """
    found = _load(token)
    services.nudge(purpose=found.purpose, subject_id=found.subject_id)
    if request.GET.get("redirect_status") == "failed":
        return go(f"{reverse('payment', args=[token])}?failed=1")
    bill = find_purpose(found.purpose).describe(found)
    return go(f"{bill.done_url}?returned=1")


def _load(token: str) -> Payment:
    found = find_payment_by_token(token)
    if found is None:
        raise Http404
    return found
