"""Idempotency-Key on writes of the JSON API: the same key and body answer the same.

The first call leaves a row before it works, so that two calls at once do not both work; its answer is kept
for a day. Answers that ask to come again (402 once it is paid, 429, 5xx) are not kept.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from config.crypto import keyed_hash
from config.jsonapi import ApiError, read_raw_body, respond_error
from store.models import ApiReply

KEEP = timedelta(days=1)
# A first call still at work: longer ago than any request runs, it died and may be tried again.
ABANDONED_AFTER = timedelta(seconds=60)
MAX_KEY = 128

View = Callable[..., HttpResponse]


def idempotent(view: View) -> View:
    """Goes inside `api_view`. Without the header the view runs as it is."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return view(request, *args, **kwargs)
        if len(key) > MAX_KEY:
            raise ApiError(400, "INVALID_REQUEST", _("The Idempotency-Key is too long."))
        key_hash = keyed_hash(f"{request.method} {request.path} {key}", purpose="idempotency")
        body_hash = hashlib.sha256(read_raw_body(request)).hexdigest()
        earlier = _claim(key_hash, body_hash)
        if earlier is not None:
            return _replay(earlier, body_hash)
        return _run(view, key_hash, request, *args, **kwargs)

    return wrapped


def _claim(key_hash: str, body_hash: str) -> ApiReply | None:
    """None when this call is the first; else what the first one left."""
    earlier = ApiReply.objects.filter(key_hash=key_hash).first()
    if earlier and earlier.status is None and earlier.created_at < timezone.now() - ABANDONED_AFTER:
        ApiReply.objects.filter(pk=earlier.pk, status__isnull=True).delete()
        earlier = None
    if earlier:
        return earlier
    try:
        with transaction.atomic():
            ApiReply.objects.create(key_hash=key_hash, body_hash=body_hash)
    except IntegrityError:
        return ApiReply.objects.get(key_hash=key_hash)
    return None


def _replay(earlier: ApiReply, body_hash: str) -> HttpResponse:
    if earlier.body_hash != body_hash:
        raise ApiError(422, "IDEMPOTENCY_MISMATCH", _("This key was used for another request."))
    if earlier.status is None:
        raise ApiError(
            409, "IN_PROGRESS", _("The first request with this key is still at work."), retry_after=1
        )
    response = HttpResponse(earlier.body, content_type="application/json", status=earlier.status)
    response["Cache-Control"] = "no-store"
    return response


def _run(view: View, key_hash: str, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    mine = ApiReply.objects.filter(key_hash=key_hash)
    try:
        response = view(request, *args, **kwargs)
    except ApiError as error:
        response = respond_error(error)
    except BaseException:
        mine.delete()
        raise
    if response.status_code in {402, 429} or response.status_code >= 500:
        mine.delete()
        return response
    reply = mine.get()
    reply.status, reply.body = response.status_code, response.content.decode()
    reply.save(update_fields=["status", "body"])
    return response


def purge_replies() -> int:
    """Forget answers older than a day, in every store. Returns how many."""
    return ApiReply.across_stores.filter(created_at__lt=timezone.now() - KEEP).delete()[0]
