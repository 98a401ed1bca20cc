"""What a store's owners are told about its domains, as queued e-mails: one fact each, for each owner."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from store.domains.names import show_host
from store.domains.schedule import GRACE
from store.letters import PLATFORM, Letter, Way, platform_url, write_letter
from store.models import Domain, Membership, Role
from store.services.emails import queue_email
from store.tenancy import current_store


def tell_failing(domain: Domain) -> None:
    names = {"host": show_host(domain.host), "hours": int(GRACE.total_seconds()) // 3600}
    letter = Letter(
        kind="failing",
        subject=_("%(host)s needs your attention") % names,
        title=_("The records of %(host)s no longer lead to your store") % names,
        paragraphs=(
            _(
                "Something was changed where your domain is managed. Your store keeps the domain for "
                "another %(hours)d hours; after that it is found at its address with us only."
            )
            % names,
            _(
                "The page below says which record is wrong and what to enter. If you moved away on "
                "purpose, release the domain there."
            ),
        ),
        action=_look(),
    )
    _send(domain, letter, domain.failing_since or timezone.now())


def tell_lost(domain: Domain, *, at: datetime) -> None:
    names = {"host": show_host(domain.host)}
    letter = Letter(
        kind="lost",
        subject=_("%(host)s no longer leads to your store") % names,
        title=_("%(host)s no longer leads to your store") % names,
        paragraphs=(
            _("Its records did not show that the domain is yours, so we no longer use it."),
            _("Your store is still open, at its address with us: %(address)s")
            % {"address": current_store().base_url},
            _("As soon as the records are right again, so is the domain. The page below says what to enter."),
        ),
        action=_look(),
    )
    _send(domain, letter, at)


def _look() -> Way:
    return Way(_("See your domains"), platform_url("studio:domains", current_store().slug))


def _send(domain: Domain, letter: Letter, at: datetime) -> None:
    store = current_store()
    text, html = write_letter(letter)
    owners = Membership.objects.filter(store=store.id, role=Role.OWNER, user__is_active=True)
    for owner in owners.select_related("user"):
        address = owner.user.email or owner.user.get_username()
        if "@" not in address:
            continue  # a log-in name that is no address
        queue_email(
            fact=f"domain/{domain.pk}-{owner.user.pk}/{letter.kind}/{at:%Y%m%d%H%M%S}",
            recipient=address,
            subject=letter.subject,
            text=text,
            html=html,
            sender_name=PLATFORM,
        )
