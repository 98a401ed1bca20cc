"""E-mails of the platform itself, which belong to no store. Asked for again where one got lost."""

import structlog
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from store.letters import PLATFORM, Letter, Way, platform_url, write_as
from store.theme import DEFAULT_THEME

log = structlog.get_logger(__name__)


def send_reset_soon(user_id: int | None) -> None:
    """A worker writes the letter, for nobody too: how long the page takes tells nothing of who is known."""
    from studio.tasks import send_reset

    try:
        send_reset.delay(user_id or 0, get_language() or "en")
    except Exception as error:  # noqa: BLE001 (whatever a broker's driver raises)
        log.warning("reset_not_queued", error=type(error).__name__)
        send_reset(user_id or 0, get_language() or "en")


def send_reset_letter(user_id: int) -> None:
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return
    letter = Letter(
        kind="reset",
        subject=_("A new password for Mango Online Store"),
        title=_("Choose a new password"),
        paragraphs=(
            _("Somebody, we hope you, asked for a new password. The link works once, within two hours."),
            _("If it was not you, do nothing: your password stays as it is."),
        ),
        action=Way(_("Choose a new password"), _reset_url(user)),
    )
    text, html = write_as(letter, name=PLATFORM, locale=get_language() or "en", theme=DEFAULT_THEME)
    message = EmailMultiAlternatives(letter.subject, text, to=[user.email or user.username])
    message.attach_alternative(html, "text/html")
    message.send()


def _reset_url(user: User) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return platform_url("account:new_password", uid, default_token_generator.make_token(user))
