"""The chat: a page, the same as a panel for scripts, and forgetting what was said."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assistant import services, visits
from assistant.chatpage import make_chat_page
from assistant.forms import MessageForm
from assistant.links import as_own_path
from assistant.views.common import assistant_page
from catalog.basket import read_basket
from catalog.queries import get_catalog
from store.consent import read_consent


@assistant_page
@require_http_methods(["GET", "HEAD", "POST"])
def assistant(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _show(request, "assistant/chat.html", MessageForm())
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _show(request, "assistant/chat.html", form, status=422)
    key = visits.read_key(request)
    wait = visits.count_message(request, key)
    if not wait:
        key = key or visits.make_key()
        try:
            services.answer(
                key=key,
                message=form.cleaned_data["message"],
                where=services.Circumstances(_read_page(request), read_basket(request)),
                visitor=read_consent(request).visitor,
            )
        except services.TooManyMessages as error:
            wait = error.retry_after
    if wait:
        response = _show(request, "assistant/chat.html", form, status=429, wait=wait)
        response["Retry-After"] = str(wait)
    else:
        page = urlencode({"page": _read_page(request)}) if _read_page(request) else ""
        response = HttpResponseRedirect(
            f"{reverse('assistant')}{'?' if page else ''}{page}#latest", status=303
        )
    if key:
        visits.keep_key(response, key)
    return response


@assistant_page
@require_safe
def panel(request: HttpRequest) -> HttpResponse:
    return _show(request, "assistant/_panel.html", MessageForm(), is_alone=True)


@assistant_page
@require_POST
def deletion(request: HttpRequest) -> HttpResponse:
    """Both "a new conversation" and "delete mine": nothing of the old one stays."""
    services.delete_conversation(visits.read_key(request))
    response = HttpResponseRedirect(f"{reverse('assistant')}?why=deleted", status=303)
    visits.drop_key(response)
    return response


def _show(
    request: HttpRequest, template: str, form: MessageForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    conversation = services.find_conversation(visits.read_key(request))
    context: dict[str, Any] = {
        "chat": make_chat_page(conversation, get_catalog(), _read_page(request)),
        "form": form,
        "is_deleted": request.GET.get("why") == "deleted" and conversation is None,
        **more,
    }
    return render(request, template, context, status=status)


def _read_page(request: HttpRequest) -> str:
    """Where the visitor was: only pages of this store, without their queries."""
    said = request.POST.get("page") or request.GET.get("page", "")
    return as_own_path(said).partition("?")[0]
