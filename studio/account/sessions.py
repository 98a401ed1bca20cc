"""Log-ins: opening a session, who may try how often, and what is on record of it."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import AbstractBaseUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from config.crypto import keyed_hash
from store.audit import record
from store.clients import mask_email
from store.models import Membership
from store.ratelimit import hit, visitor_address, visitor_key
from studio.account.letters import NOTICES, send_soon

BACKEND = "django.contrib.auth.backends.ModelBackend"
# Refused log-ins of one address that are written down in an hour: a flood of them must not fill the log.
REFUSALS_NOTED = 20


def open_session(request: HttpRequest, user: User) -> None:
    """Log in under a new session key, for a working day from now and no longer."""
    login(request, user, backend=BACKEND)
    request.session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))


def note(user: AbstractBaseUser, action: str, *, by: str = "", **kwargs: Any) -> None:
    """Something about a person goes into the log of each of their stores; of who has none, the platform's.

    What may have been somebody else's doing is told to the person, too.
    """
    stores: list[UUID | None] = list(
        Membership.objects.filter(user=user.pk).values_list("store_id", flat=True)
    )
    for store_id in stores or [None]:
        record(action, by=by or user.get_username(), user=user, store_id=store_id, **kwargs)
    if action in NOTICES:
        send_soon(action, user.pk)


def note_refusal(request: HttpRequest, name: str) -> None:
    """Whose name it was only by its shape: it may be anybody's, or a password in the wrong field."""
    if not hit(f"refusals:{visitor_key(request)}", limit=REFUSALS_NOTED, seconds=3600):
        record("session.refused", by=mask_email(name) if "@" in name else f"{name[:1]}…")


def safe_next(request: HttpRequest) -> str:
    """Where the visitor wanted to go, if that is on this very host; else the first page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    is_loop = wanted.startswith((reverse("admin:login"), reverse("admin:logout")))
    return wanted if is_ours and wanted.startswith("/") and not is_loop else reverse("admin:index")


# --- django-axes asks these (config/settings.py) ---


def axes_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """A log-in name as a keyed hash: what is typed there may be a password, and is nobody's to read."""
    source = credentials or request.POST
    return keyed_hash(normalize_name(str(source.get("username") or "")), purpose="log-in name")[:32]


def axes_address(request: HttpRequest) -> str:
    """What our own proxies saw (PROXY_HOPS), as an address in any case: without one nothing is counted."""
    try:
        return str(ip_address(visitor_address(request)))
    except ValueError:
        return "0.0.0.0"  # noqa: S104 (no socket: a stand-in for an address nobody knows)


def axes_locked(request: HttpRequest, _refusal: HttpResponse | None, credentials: Any) -> HttpResponse:
    """The page of who guessed too often, with the minutes that are left."""
    attempts = AxesProxyHandler.get_implementation().get_user_attempts(request, credentials)
    last = max((found.attempt_time for rows in attempts for found in rows), default=timezone.now())
    left = max(1, int((last + settings.AXES_COOLOFF_TIME - timezone.now()).total_seconds()))
    context = {"minutes": -(-left // 60)}
    response = render(request, "studio/account/locked.html", context, status=429)
    response["Retry-After"] = str(left)
    return response


def normalize_name(name: str) -> str:
    """Log-in names that are e-mail addresses are kept in lower case; others are taken as they are."""
    name = name.strip()
    return name.lower() if "@" in name else name


def find_account(address: str) -> User | None:
    """Who logs in with this e-mail address or, of operators, has it on file."""
    people = User.objects.filter(is_active=True).order_by("pk")
    return people.filter(username__iexact=address).first() or people.filter(email__iexact=address).first()


def purge_attempts() -> int:
    """Forget refused log-ins whose lock is over. Returns how many."""
    over = timezone.now() - settings.AXES_COOLOFF_TIME
    return int(AccessAttempt.objects.filter(attempt_time__lt=over).delete()[0])
