"""E-mails of the platform itself, about somebody's account: they belong to no store.

A worker writes them and tries for an hour. They are no rows: one may be lost or come twice, and whoever got
no link asks for another one.
"""

from datetime import datetime
from typing import Any

import structlog
from celery import shared_task
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.formats import date_format
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from store.letters import PLATFORM, Letter, Way, platform_url, write_as
from store.theme import DEFAULT_THEME

log = structlog.get_logger(__name__)

RESET = "reset"
# What its owner is told of an account, by the action in the log: it may have been somebody else.
NOTICES: dict[str, Any] = {
    "account.password_changed": gettext_lazy("Your password was changed"),
    "account.second_factor_set_up": gettext_lazy("An authenticator app was set up for your account"),
    "account.second_factor_replaced": gettext_lazy("Your authenticator app was replaced by another one"),
    "account.second_factor_removed": gettext_lazy("Your authenticator app was removed"),
    "account.second_factor_reset": gettext_lazy("Your second factor was reset by our staff"),
    "account.codes_made": gettext_lazy("New recovery codes were made for your account"),
    "session.recovered": gettext_lazy("A recovery code was used to log in to your account"),
}


def send_soon(kind: str, user_id: int | None) -> None:
    """RESET or a key of NOTICES. For nobody, too: how long the page takes tells nothing of who is known.

    Raises nothing: what it tells of is done, the page must not fail over it.
    """
    now = timezone.now()
    try:
        send_letter.delay(kind, user_id or 0, get_language() or "en", now.isoformat())
    except Exception as error:  # noqa: BLE001 (whatever a broker's driver raises)
        log.warning("letter_not_queued", kind=kind, error=type(error).__name__)
        try:
            send(kind, user_id or 0, now)
        except Exception:
            log.exception("letter_not_sent", kind=kind)


@shared_task(
    soft_time_limit=50,
    time_limit=60,
    autoretry_for=(Exception,),
    retry_backoff=15,
    retry_backoff_max=900,
    max_retries=8,
)
def send_letter(kind: str, user_id: int, language: str, at: str) -> None:
    with translation.override(language):
        send(kind, user_id, datetime.fromisoformat(at))


def send(kind: str, user_id: int, at: datetime) -> None:
    """Nothing for who is gone, or has no address."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    recipient = user and (user.email or user.username)
    if not user or not recipient or "@" not in recipient:
        return
    letter = _write_reset(user) if kind == RESET else _write_notice(kind, user, at)
    text, html = write_as(letter, name=PLATFORM, locale=get_language() or "en", theme=DEFAULT_THEME)
    message = EmailMultiAlternatives(letter.subject, text, to=[recipient])
    message.attach_alternative(html, "text/html")
    message.send()


def _write_reset(user: User) -> Letter:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    url = platform_url("account:new_password", uid, default_token_generator.make_token(user))
    return Letter(
        kind=RESET,
        subject=_("A new password for Mango Online Store"),
        title=_("Choose a new password"),
        paragraphs=(
            _("Somebody, we hope you, asked for a new password. The link works once, within two hours."),
            _("If it was not you, do nothing: your password stays as it is."),
        ),
        action=Way(_("Choose a new password"), url),
    )


def _write_notice(kind: str, user: User, at: datetime) -> Letter:
    title = str(NOTICES[kind])
    happened = {"name": user.get_username(), "when": f"{date_format(at, 'DATETIME_FORMAT')} UTC"}
    return Letter(
        kind=kind,
        subject=title,
        title=title,
        paragraphs=(
            _("That was on %(when)s, for %(name)s on Mango Online Store.") % happened,
            _("If it was you, there is nothing to do."),
            _("If it was not, choose a new password at once: that logs out every browser. Then tell us."),
        ),
        action=Way(_("Choose a new password"), platform_url("account:reset")),
    )
