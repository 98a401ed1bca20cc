"""The chat: a page, the same as a panel for scripts, and forgetting what was said."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from analytics.services import forget_texts
from assistant import services, visits
from assistant.chatpage import make_chat_page
from assistant.forms import MessageForm
from assistant.saying import read_page, say
from assistant.views.common import assistant_page
from catalog.queries import get_catalog
from store.consent import list_visitors


@assistant_page
@require_http_methods(["GET", "HEAD", "POST"])
def assistant(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _show(request, "assistant/chat.html", MessageForm())
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _show(request, "assistant/chat.html", form, status=422)
    page = _said_page(request)
    try:
        key, _turn = say(request, message=form.cleaned_data["message"], page=page)
    except services.TooManyMessages as error:
        response = _show(request, "assistant/chat.html", form, status=429, wait=error.retry_after)
        response["Retry-After"] = str(error.retry_after)
        return response
    query = f"?{urlencode({'page': read_page(page)})}" if read_page(page) else ""
    response = HttpResponseRedirect(f"{reverse('assistant')}{query}#latest", status=303)
    visits.keep_key(response, key)
    return response


@assistant_page
@require_safe
def panel(request: HttpRequest) -> HttpResponse:
    return _show(request, "assistant/_panel.html", MessageForm(), is_alone=True)


@assistant_page
@require_POST
def deletion(request: HttpRequest) -> HttpResponse:
    """Both "a new conversation" and "delete mine": nothing of the old one stays, nor was kept of it."""
    forget_texts(list_visitors(request))
    services.delete_conversation(visits.read_key(request))
    response = HttpResponseRedirect(f"{reverse('assistant')}?why=deleted", status=303)
    visits.drop_key(response)
    return response


def _show(
    request: HttpRequest, template: str, form: MessageForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    conversation = services.find_conversation(visits.read_key(request))
    context: dict[str, Any] = {
        "chat": make_chat_page(conversation, get_catalog(), read_page(_said_page(request))),
        "form": form,
        "is_deleted": request.GET.get("why") == "deleted" and conversation is None,
        **more,
    }
    return render(request, template, context, status=status)


def _said_page(request: HttpRequest) -> str:
    return request.POST.get("page") or request.GET.get("page", "")
