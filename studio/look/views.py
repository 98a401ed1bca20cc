"""The editor: the draft as a form, saved as a whole; undo, redo and starting over beside it.

A browser with scripts sends the same form by itself and asks for the editor alone (`X-Part: editor`); it
takes over what has changed (static/js/studio/look-editor.js).
"""

from collections.abc import Callable
from dataclasses import replace

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.pictures import PictureRefused
from store.design import Design
from store.models import StoreImage
from store.pictures import read_upload, save_picture
from store.services import Draft, DraftMoved, NothingToUndo, change_draft, read_draft, redo_draft, undo_draft
from studio.look.acts import ACTS
from studio.look.faces import render_faces
from studio.look.forms import LookForm, read_revision
from studio.look.page import EditorPage
from studio.page import Studio, studio_page

PICTURES = (StoreImage.Kind.LOGO, StoreImage.Kind.HERO)


@csp_update({"frame-src": [SELF]})
@require_http_methods(["GET", "HEAD", "POST"])
@studio_page()
def look(request: HttpRequest, studio: Studio) -> HttpResponse:
    draft = read_draft()
    if request.method != "POST":
        return _show(request, EditorPage(studio, draft, LookForm(draft.design)))
    form = LookForm(draft.design, request.POST)
    if not form.is_valid():
        return _show(request, EditorPage(studio, draft, form), status=422)
    design, refused = _take_pictures(request, _act(request, form.design))
    try:
        saved = change_draft(design=design, revision=_revision(request), by=studio.by)
    except DraftMoved:
        page = EditorPage(studio, read_draft(), form, conflict="save", revision=_revision(request))
        return _show(request, page, status=409)
    if refused:
        return _show(request, EditorPage(studio, saved, LookForm(saved.design), refused=refused), status=422)
    return _go_on(request, studio, saved, _("Draft saved."))


@csp_update({"frame-src": [SELF]})
@require_POST
@studio_page()
def undo(request: HttpRequest, studio: Studio) -> HttpResponse:
    return _step(request, studio, undo_draft)


@csp_update({"frame-src": [SELF]})
@require_POST
@studio_page()
def redo(request: HttpRequest, studio: Studio) -> HttpResponse:
    return _step(request, studio, redo_draft)


@csp_update({"frame-src": [SELF]})
@require_POST
@studio_page()
def restart(request: HttpRequest, studio: Studio) -> HttpResponse:
    """Make the draft what clients see; one undo brings the work back."""

    def start_over(*, revision: int, by: str) -> Draft:
        return change_draft(design=studio.info.design, revision=revision, by=by)

    return _step(request, studio, start_over)


@require_safe
@studio_page()
def faces(request: HttpRequest, studio: Studio) -> HttpResponse:
    """The families to choose from, so that each is set in itself."""
    return HttpResponse(render_faces(), content_type="text/css; charset=utf-8")


def _step(request: HttpRequest, studio: Studio, step: Callable[..., Draft]) -> HttpResponse:
    try:
        draft = step(revision=_revision(request), by=studio.by)
    except NothingToUndo:
        draft = read_draft()
    except DraftMoved:
        draft = read_draft()
        page = EditorPage(studio, draft, LookForm(draft.design), conflict="step")
        return _show(request, page, status=409)
    return _go_on(request, studio, draft, "")


def _act(request: HttpRequest, design: Design) -> Design:
    for name, act in ACTS.items():
        if name in request.POST:
            design = act(design, request.POST[name])
    return design


def _take_pictures(request: HttpRequest, design: Design) -> tuple[Design, dict[str, str]]:
    """With what was uploaded, and why a picture was refused, by its kind."""
    refused = {}
    for kind in PICTURES:
        if upload := request.FILES.get(kind):
            try:
                digest = save_picture(kind=kind, raw=read_upload(upload))
            except PictureRefused as error:
                refused[str(kind)] = str(error)
            else:
                design = replace(design, logo=digest) if kind == PICTURES[0] else replace(design, hero=digest)
    return design, refused


def _revision(request: HttpRequest) -> int:
    """The field `over` names the newer draft that somebody means to write over."""
    return read_revision(request.POST.get("over") or request.POST.get("revision", ""))


def _go_on(request: HttpRequest, studio: Studio, draft: Draft, said: str) -> HttpResponse:
    """Back to the form, at the section that was moved; with scripts the new form at once."""
    if _is_part(request):
        return _show(request, EditorPage(studio, draft, LookForm(draft.design)))
    if said:
        messages.success(request, said)
    at = f"#section-{request.POST['move'].partition(':')[0]}" if "move" in request.POST else ""
    return HttpResponseRedirect(reverse("studio:look", args=[studio.store.slug]) + at, status=303)


def _show(request: HttpRequest, page: EditorPage, *, status: int = 200) -> HttpResponse:
    template = "studio/look/_editor.html" if _is_part(request) else "studio/look/look.html"
    return render(request, template, {"page": page}, status=status)


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("X-Part") == "editor"
