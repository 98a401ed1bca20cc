"""E-mails of the platform itself, which belong to no store. Asked for again where one got lost."""

import structlog
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from store.letters import platform_url
from store.theme import DEFAULT_THEME, derive_palette

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
    subject = _("A new password for Mango Online Store")
    letter = {
        "subject": subject,
        "title": _("Choose a new password"),
        "paragraphs": [
            _("Somebody, we hope you, asked for a new password. The link works once, within two hours."),
            _("If it was not you, do nothing: your password stays as it is."),
        ],
        "action": {"text": _("Choose a new password"), "url": _reset_url(user)},
    }
    palette = derive_palette(DEFAULT_THEME, "light")
    context = {
        "letter": letter,
        "store": {"name": "Mango Online Store", "locale": get_language()},
        "palette": {"brand": palette["brand"], "ink": palette["brand-ink"]},
    }
    text = render_to_string("emails/letter.txt", context)
    message = EmailMultiAlternatives(subject, text, to=[user.email or user.username])
    message.attach_alternative(render_to_string("emails/letter.html", context), "text/html")
    message.send()


def _reset_url(user: User) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return platform_url("account:new_password", uid, default_token_generator.make_token(user))
