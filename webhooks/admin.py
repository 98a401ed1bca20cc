"""The inbox for operators: how each webhook fares, what it said without names, and once more."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from config.crypto import CannotDecrypt
from store.adminbase import ReadOnlyAdmin
from webhooks import services
from webhooks.masking import MASK, mask_payload
from webhooks.models import InboxEvent


@admin.register(InboxEvent)
class InboxEventAdmin(ReadOnlyAdmin):
    """Nothing to edit. Replaying asks for the permission to change webhooks."""

    list_display = [
        "event_id", "kind", "store", "state", "attempts", "last_error", "due_at", "received_at", "outcome",
    ]  # fmt: skip
    list_filter = ["state", "kind", "received_at", "store"]
    list_select_related = ["store"]
    search_fields = ["event_id", "entity_id"]
    search_help_text = _("A webhook’s id or the id of what it is about, in full.")
    ordering = ["-received_at"]
    show_full_result_count = False
    fields = (
        "event_id", "source", "store", "kind", "entity_id", "version", "state", "outcome", "attempts",
        "last_error", "due_at", "replays", "occurred_at", "received_at", "finished_at", "masked_payload",
    )  # fmt: skip
    readonly_fields = fields
    actions = ["replay_selected"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[InboxEvent], search_term: str
    ) -> tuple[QuerySet[InboxEvent], bool]:
        """Whole ids, which have an index: the inbox is long."""
        term = search_term.strip()
        if not term:
            return queryset, False
        # Either column on its own keeps its index in use.
        return (queryset.filter(event_id=term) | queryset.filter(entity_id=term.lower())), False

    @admin.display(description=_("content"))
    def masked_payload(self, event: InboxEvent) -> str:
        try:
            text = mask_payload(event.payload)
        except CannotDecrypt:
            text = MASK
        return format_html("<pre>{}</pre>", text)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.change_inboxevent")

    @admin.action(description=_("Replay"), permissions=["replay"])
    def replay_selected(self, request: HttpRequest, events: QuerySet[InboxEvent]) -> None:
        self._replay(request, events)

    def get_urls(self) -> list[URLPattern]:
        replay = self.admin_site.admin_view(require_POST(self.replay_one))
        return [path("<uuid:pk>/replay/", replay, name="webhooks_inboxevent_replay"), *super().get_urls()]

    def replay_one(self, request: HttpRequest, pk: Any) -> HttpResponse:
        if not self.has_replay_permission(request):
            return HttpResponse(status=403)
        event = get_object_or_404(self.get_queryset(request), pk=pk)
        self._replay(request, self.get_queryset(request).filter(pk=event.pk))
        self.log_change(request, event, "replay")
        return HttpResponseRedirect(reverse("admin:webhooks_inboxevent_change", args=[pk]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {**(extra_context or {}), "may_replay": self.has_replay_permission(request)}
        return super().change_view(request, object_id, form_url, context)

    def _replay(self, request: HttpRequest, events: QuerySet[InboxEvent]) -> None:
        count = services.replay(events)
        told = ngettext(
            "%(count)d webhook will be processed again.", "%(count)d webhooks will be processed again.", count
        )
        self.message_user(request, told % {"count": count}, messages.SUCCESS)
