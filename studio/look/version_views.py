"""Publishing, what was published, links to show a draft around, and the store's door."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.queries import find_zone
from store import formats
from store.design.changes import describe_changes
from store.models import DesignVersion, Role
from store.services import (
    DraftMoved,
    NothingToShow,
    Unreadable,
    call_off,
    change_draft,
    close_store,
    open_store,
    publish_draft,
    read_draft,
    roll_back,
)
from studio.look.forms import read_revision
from studio.look.page import describe_findings
from studio.look.versions import PublicationForm, list_versions, say_moment
from studio.page import Studio, studio_page
from studio.preview.tokens import make_preview_path, withdraw_previews

SHARED_DAYS = (1, 7, 30)


@require_safe
@studio_page()
def versions(request: HttpRequest, studio: Studio) -> HttpResponse:
    live, zone = studio.store.live_version, find_zone()
    rows = list_versions(studio, zone)
    context = {
        "live_since": say_moment(live.published_at, zone, studio.info.locale)
        if live and live.published_at
        else "",
        "scheduled": [row for row in rows if row.is_scheduled],
        "versions": [row for row in rows if not row.is_scheduled],
        "zone": formats.format_zone(zone, studio.info.locale),
        "draft": read_draft(),
    }
    return render(request, "studio/look/versions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@studio_page(sees=Role.EDITOR)
def publication(request: HttpRequest, studio: Studio) -> HttpResponse:
    draft, zone = read_draft(), find_zone()
    is_sent = request.method == "POST"
    form = PublicationForm(request.POST if is_sent else None, zone=zone, initial={"revision": draft.revision})
    status = 200
    if is_sent and form.is_valid():
        try:
            version = publish_draft(revision=form.cleaned_data["revision"], by=studio.by, at=form.moment)
            messages.success(request, _say_published(studio, version))
            return _to(studio, "versions")
        except DraftMoved:
            # They agreed to another look than this: show what it is now, and ask again.
            form, status = PublicationForm(zone=zone, initial={"revision": draft.revision}), 409
        except Unreadable:
            status = 422  # the page says what is in the way, whatever was sent
    elif is_sent:
        status = 422
    opens_store = not studio.store.is_published and studio.store.live_version is None
    context = {
        "form": form,
        "changes": describe_changes(studio.info.design, draft.design) if studio.store.live_version else [],
        "problems": describe_findings(draft.design.theme, studio.info.locale),
        "zone": formats.format_zone(zone, studio.info.locale),
        "is_conflict": status == 409,
        "opens_store": opens_store,
        "can_publish": opens_store or draft.design != studio.info.design,
        "preview_path": make_preview_path(studio.store),
    }
    return render(request, "studio/look/publication.html", context, status=status)


@require_POST
@studio_page()
def return_to(request: HttpRequest, studio: Studio, number: int) -> HttpResponse:
    """Show an earlier version again."""
    try:
        version = roll_back(number=number, by=studio.by)
    except DesignVersion.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("Version %(number)d is what clients see now.") % {"number": version.number})
    return _to(studio, "versions")


@require_POST
@studio_page()
def use_as_draft(request: HttpRequest, studio: Studio, number: int) -> HttpResponse:
    version = DesignVersion.objects.filter(number=number).first()
    if version is None:
        raise Http404
    revision = read_revision(request.POST.get("revision", ""))
    try:
        change_draft(design=version.look, revision=revision, by=studio.by)
    except DraftMoved:
        messages.error(request, _("The draft has changed meanwhile. Look at it before you replace it."))
        return _to(studio, "versions")
    messages.success(
        request,
        _("The draft is version %(number)d now. Undo brings back what it was.") % {"number": number},
    )
    return _to(studio, "look")


@require_POST
@studio_page()
def cancel(request: HttpRequest, studio: Studio, number: int) -> HttpResponse:
    call_off(number=number, by=studio.by)
    messages.success(request, _("Called off: version %(number)d stays unpublished.") % {"number": number})
    return _to(studio, "versions")


@require_safe
@studio_page(sees=Role.EDITOR)
def sharing(request: HttpRequest, studio: Studio) -> HttpResponse:
    """A link is made by asking for it: it is signed, and nothing of it is kept."""
    said = request.GET.get("days", "")
    days = int(said) if said in map(str, SHARED_DAYS) else 0
    lasts, link = timedelta(days=days), ""
    if days:
        link = request.build_absolute_uri(make_preview_path(studio.store, lasts=lasts))
    context = {
        "choices": [(choice, choice == (days or SHARED_DAYS[1])) for choice in SHARED_DAYS],
        "link": link,
        "ends": say_moment(timezone.now() + lasts, find_zone(), studio.info.locale),
    }
    return render(request, "studio/look/sharing.html", context)


@require_POST
@studio_page()
def withdrawal(request: HttpRequest, studio: Studio) -> HttpResponse:
    withdraw_previews(store=studio.store, by=studio.by)
    messages.success(request, _("No link to a preview works any more."))
    return _to(studio, "look_sharing")


@require_http_methods(["GET", "HEAD", "POST"])
@studio_page(sees=Role.EDITOR)
def closing(request: HttpRequest, studio: Studio) -> HttpResponse:
    """Take the store offline, once whoever asked has confirmed it."""
    if request.method != "POST":
        return render(request, "studio/look/closing.html")
    close_store(by=studio.by)
    messages.success(request, _("Your store is offline. Nothing is lost; open it again whenever you like."))
    return _to(studio, "versions")


@require_POST
@studio_page()
def opening(request: HttpRequest, studio: Studio) -> HttpResponse:
    try:
        open_store(by=studio.by)
    except NothingToShow:
        messages.error(request, _("There is nothing to show yet. Publish your look: that opens the store."))
        return _to(studio, "look_publication")
    messages.success(request, _("Your store is open. Clients can see it."))
    return _to(studio, "versions")


def _say_published(studio: Studio, version: DesignVersion) -> str:
    if version.due_at is not None:
        when = say_moment(version.due_at, find_zone(), studio.info.locale)
        return _("Version %(number)d will be published on %(when)s.") % {
            "number": version.number,
            "when": when,
        }
    if studio.store.live_version is None and not studio.store.is_published:
        return _("Your store is open. This is its first look.")
    return _("Published. Clients see version %(number)d now.") % {"number": version.number}


def _to(studio: Studio, name: str) -> HttpResponse:
    return HttpResponseRedirect(reverse(f"studio:{name}", args=[studio.store.slug]), status=303)
