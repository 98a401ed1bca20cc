"""The e-mail that asks somebody in, in the store's look and language."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog.presenters.parts import Fact
from catalog.queries import find_zone
from store.letters import Letter, Way, platform_url, write_letter
from store.models import Invitation, Role
from store.services import queue_email
from store.tenancy import current_store


def queue_invitation(invitation: Invitation, token: str) -> None:
    name = {"store": current_store().name}
    until = invitation.expires_at.astimezone(find_zone())
    letter = Letter(
        kind="sent",
        subject=_("Join %(store)s on Mango Online Store") % name,
        title=_("You are invited to %(store)s") % name,
        paragraphs=(
            _("%(who)s asks you to help with the store’s site.") % {"who": invitation.invited_by},
            _("The link works once. If you do not know what this is about, do nothing."),
        ),
        action=Way(_("Accept the invitation"), platform_url("account:invitation", token)),
    )
    facts = [
        Fact(_("Your role"), str(Role(invitation.role).label)),
        Fact(_("Open until"), date_format(until, "DATETIME_FORMAT")),
    ]
    text, html = write_letter(letter, facts=facts)
    queue_email(
        fact=f"invitation/{invitation.pk}/{letter.kind}",
        recipient=invitation.email,
        subject=letter.subject,
        text=text,
        html=html,
        useful_until=invitation.expires_at,
    )
