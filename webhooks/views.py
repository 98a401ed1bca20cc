"""The door for webhooks. Steps in the order of cost: nothing is parsed before it is believed."""

from collections.abc import Callable
from functools import partial

import structlog
from django.db import Error as DatabaseTrouble
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from config.jsonapi import ApiError, respond, respond_error
from webhooks import mangobiz, services, stripe
from webhooks.messages import NotBelieved, NotForUs, NotUnderstood

log = structlog.get_logger(__name__)

LARGEST_BODY = 256 * 1024
RETRY_SECONDS = 30


@csrf_exempt  # whoever signs it may send it; no cookie is read
def receive(request: HttpRequest, resource: str, action: str) -> HttpResponse:
    """POST /webhooks/<resource>/<action>: 202 once it is stored. Anything else and Mango Biz comes again."""
    kind = f"{resource}.{action}"
    return _answer(request, kind, partial(_take_from_mango_biz, request, kind))


@csrf_exempt
def receive_stripe(request: HttpRequest) -> HttpResponse:
    """POST /webhooks/stripe, of the platform's account, of Connect accounts and of stores' own ones."""
    return _answer(request, "stripe", partial(_take_from_stripe, request))


@csrf_exempt
def no_such_kind(request: HttpRequest) -> HttpResponse:
    return respond_error(ApiError(404, "NOT_FOUND", "No such resource or action."))


def _answer(request: HttpRequest, kind: str, take: Callable[[bytes], bool]) -> HttpResponse:
    try:
        is_new = _take(request, kind, take)
    except NotForUs:
        return respond({"status": "not for us"}, status=202)
    except ApiError as error:
        response = respond_error(error)
        if error.status == 405:
            response["Allow"] = "POST"
        return response
    # A second body under the same id is 202, too: one is stored, and coming again would not change that.
    return respond({"status": "stored" if is_new else "already stored"}, status=202)


def _take(request: HttpRequest, kind: str, take: Callable[[bytes], bool]) -> bool:
    """Raises ApiError, NotForUs."""
    if kind not in mangobiz.KINDS and kind != stripe.SOURCE:
        raise ApiError(404, "NOT_FOUND", "No such resource or action.")
    if request.method != "POST":
        raise ApiError(405, "METHOD_NOT_ALLOWED", "Webhooks are sent by POST.")
    raw = _read_body(request)
    try:
        return take(raw)
    except NotUnderstood as error:
        raise ApiError(400, "INVALID_REQUEST", str(error)) from error
    except NotBelieved as error:
        log.info("webhook_not_believed", kind=kind, reason=str(error))
        raise ApiError(401, "UNAUTHORIZED", "The signature is not valid for this tenant and time.") from error
    except DatabaseTrouble as error:
        log.error("webhook_not_stored", kind=kind, error=type(error).__name__)
        raise ApiError(
            503, "UNAVAILABLE", "It could not be stored just now.", retry_after=RETRY_SECONDS
        ) from error


def _take_from_mango_biz(request: HttpRequest, kind: str, raw: bytes) -> bool:
    mangobiz.check_form(request.headers, raw)
    store_id = mangobiz.authenticate(request.headers, raw)
    message = mangobiz.read_message(kind, request.headers, raw)
    return services.receive(store_id=store_id, message=message)


def _take_from_stripe(request: HttpRequest, raw: bytes) -> bool:
    signer = stripe.authenticate(request.get_host(), request.headers, raw)
    store_id, message = stripe.read_message(signer, raw)
    return services.receive(store_id=store_id, message=message)


def _read_body(request: HttpRequest) -> bytes:
    """Raises ApiError 413, 400. Straight from the server: Django takes a body in chunks for an empty one."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdecimal():
        wanted = int(length)
    else:  # in chunks, where the server knows their end, or none at all
        wanted = LARGEST_BODY + 1 if request.META.get("wsgi.input_terminated") else 0
    if length and wanted > LARGEST_BODY:
        raise _too_large()
    try:
        raw: bytes = request.META["wsgi.input"].read(wanted)
    except OSError as error:
        raise ApiError(400, "INVALID_REQUEST", "The body could not be read.") from error
    if len(raw) > LARGEST_BODY:
        raise _too_large()
    return raw


def _too_large() -> ApiError:
    return ApiError(413, "BODY_TOO_LARGE", "A webhook has at most 256 KiB.")
