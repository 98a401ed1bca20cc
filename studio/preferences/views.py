"""The page of settings: every group has a form and an address of its own."""

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from catalog.queries import CatalogUnavailable
from catalog.sharing import NoSuchCard, read_current
from payments.services import PaymentUnavailable, can_be_paid
from store.services import change_share_picture
from studio.page import Studio, studio_page
from studio.preferences import page
from studio.preferences.forms import FormatsForm, GroupForm
from studio.preferences.groups import GROUPS, NotSaved


@require_safe
@studio_page()
def preferences(request: HttpRequest, studio: Studio) -> HttpResponse:
    return _show(request, studio)


@require_POST
@studio_page()
def save_group(request: HttpRequest, studio: Studio, group: str) -> HttpResponse:
    """What was typed stays where it was refused, and the other groups are as they were."""
    entry = GROUPS[group]
    form = entry.form(request.POST, request.FILES, store=studio.info)
    if form.is_valid():
        try:
            changed = entry.save(studio, form.cleaned_data)
        except NotSaved as error:
            form.add_error(error.field, error.reason)
        except PaymentUnavailable:
            return _go(studio, "deposits")  # its panel says what is missing
        else:
            return _go(studio, group, changed=changed)
    return _show(request, studio, form, status=422)


@require_POST
@studio_page()
def remove_picture(_request: HttpRequest, studio: Studio) -> HttpResponse:
    changed = change_share_picture(picture="", **studio.actor)
    return _go(studio, "picture", changed=changed)


@require_safe
@studio_page()
def example(request: HttpRequest, studio: Studio) -> HttpResponse:
    """The example with what is chosen and not saved yet; a script puts it in place of the one before."""
    form = FormatsForm(request.GET, store=studio.info)
    shown = studio.info.display
    if form.is_valid():
        chosen = form.cleaned_data | {"languages": tuple(form.cleaned_data["languages"])}
        shown = replace(shown, **chosen)
    return render(request, "studio/preferences/_example.html", {"examples": page.list_examples(shown)})


@require_safe
@studio_page()
def share_picture(_request: HttpRequest, _studio: Studio) -> HttpResponse:
    """What links show, on the platform's own host: a page loads pictures from nowhere else."""
    try:
        content, content_type = read_current()
    except (NoSuchCard, CatalogUnavailable) as error:
        raise Http404 from error
    return HttpResponse(content, content_type=content_type)


def _show(
    request: HttpRequest, studio: Studio, bound: GroupForm | None = None, status: int = 200
) -> HttpResponse:
    forms = {
        key: bound
        if bound is not None and bound.key == key
        else entry.form(initial=dict(entry.read(studio)), store=studio.info)
        for key, entry in GROUPS.items()
    }
    saved, outcome = request.GET.get("saved", ""), request.GET.get("outcome", "")
    context: dict[str, Any] = {
        "forms": forms,
        "bound": bound,
        "saved": saved if saved in GROUPS else "",
        "is_same": outcome == "same",
        "page": page.make_page(studio.info, forms),
        "can_be_paid": can_be_paid(),
    }
    return render(request, "studio/preferences/preferences.html", context, status=status)


def _go(studio: Studio, group: str, *, changed: bool | None = None) -> HttpResponse:
    """Back to the group, which says what became of it: the page is long, its top would be out of sight."""
    said = "" if changed is None else f"?saved={group}&outcome={'new' if changed else 'same'}"
    address = reverse("studio:preferences", args=[studio.store.slug])
    return HttpResponseRedirect(f"{address}{said}#{group}", status=303)
