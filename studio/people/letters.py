"""The e-mail that asks somebody in, in the store's look and language."""

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog.queries import find_zone
from store.letters import mail_colours, platform_url
from store.models import Invitation, Role
from store.services import queue_email
from store.tenancy import current_store


def queue_invitation(invitation: Invitation, token: str) -> None:
    store = current_store()
    subject = _("Join %(store)s on Mango Online Store") % {"store": store.name}
    until = invitation.expires_at.astimezone(find_zone())
    letter = {
        "subject": subject,
        "title": _("You are invited to %(store)s") % {"store": store.name},
        "paragraphs": [
            _("%(who)s asks you to help with the store’s site.") % {"who": invitation.invited_by},
            _("The link works once. If you do not know what this is about, do nothing."),
        ],
        "action": {
            "text": _("Accept the invitation"),
            "url": platform_url("account:invitation", token),
        },
    }
    facts = [
        {"label": _("Your role"), "text": Role(invitation.role).label},
        {"label": _("Open until"), "text": date_format(until, "DATETIME_FORMAT")},
    ]
    context = {"letter": letter, "facts": facts, "store": store, "palette": mail_colours()}
    queue_email(
        fact=f"invitation/{invitation.pk}/sent",
        recipient=invitation.email,
        subject=subject,
        text=render_to_string("emails/letter.txt", context),
        html=render_to_string("emails/letter.html", context),
        useful_until=invitation.expires_at,
    )
