"""The domains of a store: what they need, and what an owner may do with them."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from store.domains.names import show_host
from store.domains.services import (
    MOST_DOMAINS,
    AlreadyAdded,
    NotConnected,
    TooManyDomains,
    TryLater,
    add_domain,
    check_again,
    check_domain,
    choose_primary,
    release_domain,
)
from store.models import Domain, Role
from studio.domains.cards import list_cards
from studio.domains.forms import DomainForm
from studio.page import Studio, studio_page


@require_http_methods(["GET", "HEAD", "POST"])
@studio_page(changes=Role.OWNER)
def domains(request: HttpRequest, studio: Studio) -> HttpResponse:
    form = DomainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and (domain := _add(studio, form)):
        check_domain(domain_id=domain.pk)
        return _back(studio, domain.pk)
    context = {
        "cards": list_cards(studio.store, studio.info),
        "form": form,
        "platform_host": studio.store.platform_host,
        "main_host": show_host(studio.store.host),
        "has_room": studio.store.domains.count() < MOST_DOMAINS,
    }
    return render(request, "studio/domains/domains.html", context, status=422 if form.errors else 200)


@require_POST
@studio_page(changes=Role.OWNER)
def domain_check(request: HttpRequest, studio: Studio, domain_id: int) -> HttpResponse:
    before = _get(studio, domain_id)
    try:
        after = check_again(domain_id=domain_id)
    except TryLater as wait:
        messages.error(request, _say_later(wait))
        return _back(studio, domain_id)
    if after and after.is_verified and not before.is_verified:
        messages.success(request, _("%(host)s is connected.") % {"host": show_host(after.host)})
    else:
        messages.success(request, _("We have just looked. Below is what we saw."))
    return _back(studio, domain_id)


@require_http_methods(["GET", "HEAD", "POST"])
@studio_page(sees=Role.OWNER, changes=Role.OWNER)
def domain_release(request: HttpRequest, studio: Studio, domain_id: int) -> HttpResponse:
    domain = _get(studio, domain_id)
    host = show_host(domain.host)
    if request.method != "POST":
        context = {"domain": domain, "host": host, "platform_host": studio.store.platform_host}
        return render(request, "studio/domains/release.html", context)
    release_domain(domain_id=domain.pk, **studio.actor)
    messages.success(request, _("%(host)s is released.") % {"host": host})
    return _back(studio)


@require_POST
@studio_page(changes=Role.OWNER)
def domain_primary(request: HttpRequest, studio: Studio, domain_id: int) -> HttpResponse:
    domain = _get(studio, domain_id)
    try:
        choose_primary(domain_id=domain.pk, **studio.actor)
    except NotConnected:
        messages.error(request, _("Only a domain whose records are right can be the main address."))
    else:
        messages.success(request, _("Your main address is now %(host)s.") % {"host": show_host(domain.host)})
    return _back(studio)


@require_POST
@studio_page(changes=Role.OWNER)
def platform_primary(request: HttpRequest, studio: Studio) -> HttpResponse:
    choose_primary(domain_id=None, **studio.actor)
    host = {"host": studio.store.platform_host}
    messages.success(request, _("Your main address is now %(host)s.") % host)
    return _back(studio)


def _add(studio: Studio, form: DomainForm) -> Domain | None:
    """The new claim; None where the form says why there is none."""
    try:
        return add_domain(host=form.cleaned_data["host"], **studio.actor)
    except AlreadyAdded:
        form.add_error("host", _("You have added this domain already: it is in the list above."))
    except TooManyDomains:
        form.add_error(
            "host", _("A store can have %(most)d domains. Release one first.") % {"most": MOST_DOMAINS}
        )
    except TryLater as wait:
        form.add_error("host", _say_later(wait))
    return None


def _get(studio: Studio, domain_id: int) -> Domain:
    domain = studio.store.domains.filter(pk=domain_id).first()
    if domain is None:
        raise Http404
    return domain


def _say_later(wait: TryLater) -> str:
    minutes = -(-wait.seconds // 60)
    return ngettext(
        "That was often. Try again in %(minutes)d minute.",
        "That was often. Try again in %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes}


def _back(studio: Studio, domain_id: int | None = None) -> HttpResponse:
    place = f"#domain-{domain_id}" if domain_id else ""
    return HttpResponseRedirect(reverse("studio:domains", args=[studio.store.slug]) + place, status=303)
