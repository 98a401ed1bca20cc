"""The checklist from empty to published. Every step is on one page; doing one leads back to it."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from catalog.presenters.about import list_policies
from catalog.presenters.hours import list_week
from catalog.presenters.salon import address_lines, make_phone, make_socials
from catalog.queries import Catalog
from config.readers import read_number
from store.design import TEMPLATES
from store.models import Role
from store.services import DraftMoved, change_draft, read_draft
from store.theme import Theme
from studio.page import Studio, studio_page
from studio.start.forms import ConnectionForm, TemplateForm
from studio.start.services import NotConnected, connect, fill_in, propose, suggest_template, tick_off, try_on
from studio.start.steps import find_catalog, list_steps
from studio.start.trial import Outcome, make_trial_booking


@require_safe
@studio_page()
def start(request: HttpRequest, studio: Studio) -> HttpResponse:
    return _page(request, studio)


@sensitive_post_parameters("api_key", "webhook_secret")
@require_POST
@studio_page(changes=Role.OWNER)
def connection(request: HttpRequest, studio: Studio) -> HttpResponse:
    form = ConnectionForm(request.POST)
    if form.is_valid():
        try:
            connect(store=studio.store, by=studio.by, **form.cleaned_data)
        except NotConnected as error:
            form.add_error("api_key", str(error))
        else:
            found = fill_in(by=studio.by)
            messages.success(
                request,
                _("Connected to %(name)s: %(services)d services, %(staff)d people, %(products)d products.")
                % {
                    "name": found.name,
                    "services": found.services,
                    "staff": found.staff,
                    "products": found.products,
                },
            )
            return _back(studio, "template")
    return _page(request, studio, status=422, connection_form=form)


@require_POST
@studio_page()
def template(request: HttpRequest, studio: Studio) -> HttpResponse:
    form = TemplateForm(request.POST)
    if not form.is_valid():
        return _page(request, studio, status=422, template_form=form)
    draft = read_draft()
    design = try_on(draft.design, form.cleaned_data["template"])
    return _change(request, studio, "template", design, draft.revision)


@require_POST
@studio_page()
def brand(request: HttpRequest, studio: Studio) -> HttpResponse:
    """One of the proposals by its number, or the colours as they are."""
    draft, catalog = read_draft(), find_catalog()
    themes = propose(catalog=catalog, like=draft.design.theme) if catalog else []
    number = read_number(request.POST.get("theme", ""), digits=2)
    theme = themes[number] if number is not None and number < len(themes) else draft.design.theme
    return _change(request, studio, "brand", replace(draft.design, theme=theme), draft.revision)


@require_POST
@studio_page()
def facts(request: HttpRequest, studio: Studio) -> HttpResponse:
    tick_off(store=studio.store, step="facts")
    return _back(studio, "booking")


@require_POST
@studio_page()
def trial(request: HttpRequest, studio: Studio) -> HttpResponse:
    outcome = make_trial_booking(email=studio.by if "@" in studio.by else "")
    if not outcome.problem:
        tick_off(store=studio.store, step="booking")
    return _page(request, studio, status=422 if outcome.problem else 200, outcome=outcome)


@require_POST
@studio_page(changes=Role.OWNER)
def address(request: HttpRequest, studio: Studio) -> HttpResponse:
    tick_off(store=studio.store, step="address")
    return _back(studio, "publication")


def _change(request: HttpRequest, studio: Studio, step: str, design: Any, revision: int) -> HttpResponse:
    try:
        change_draft(design=design, revision=revision, by=studio.by)
    except DraftMoved:
        messages.error(request, _("Somebody else is changing the look right now. Please try again."))
        return _back(studio, step)
    tick_off(store=studio.store, step=step)
    return _back(studio, step)


def _back(studio: Studio, step: str) -> HttpResponseRedirect:
    address = f"{reverse('studio:start', args=[studio.store.slug])}#{step}"
    return HttpResponseRedirect(address, status=303)


def _page(
    request: HttpRequest,
    studio: Studio,
    *,
    status: int = 200,
    connection_form: ConnectionForm | None = None,
    template_form: TemplateForm | None = None,
    outcome: Outcome | None = None,
) -> HttpResponse:
    """`opened` is the step that has something to say; the next one is open anyway."""
    studio.store.refresh_from_db()
    catalog, draft = find_catalog(), read_draft()
    steps = list_steps(studio.store)
    context = {
        "steps": steps,
        "done_count": sum(step.is_done for step in steps),
        "connection_form": connection_form or ConnectionForm(),
        "template_form": template_form,
        "templates": TEMPLATES.values(),
        "chosen": draft.design.template,
        "suggested": suggest_template(catalog) if catalog else "",
        "outcome": outcome,
        "opened": _opened(connection_form, template_form, outcome),
        "themes": _list_themes(draft.design.theme, catalog) if catalog else [],
        "facts": _list_facts(catalog) if catalog else None,
    }
    return render(request, "studio/start/start.html", context, status=status)


def _opened(connection_form: Any, template_form: Any, outcome: Any) -> str:
    said = {"connection": connection_form, "template": template_form, "booking": outcome}
    return next((step for step, what in said.items() if what is not None), "")


def _list_facts(catalog: Catalog) -> dict[str, Any]:
    business = catalog.business
    return {
        "name": business.name,
        "address": address_lines(business),
        "phone": make_phone(business),
        "email": business.contact.email,
        "socials": make_socials(business.social_links),
        "week": list_week(catalog, timezone.now()),
        "policies": list_policies(catalog).policies,
    }


def _list_themes(current: Theme, catalog: Catalog) -> list[dict[str, Any]]:
    return [
        {"number": number, "theme": theme, "is_chosen": theme == current}
        for number, theme in enumerate(propose(catalog=catalog, like=current))
    ]
