"""The JSON API's manners: errors in the contract's shape, typed bodies, no cookies needed.

@api_view("POST")
def create_draft(request): ...
    body = read_body(request, DraftRequest)      # a msgspec Struct; ApiError 422 names the field
    return respond({"data": draft}, status=201)
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

T = TypeVar("T")
View = Callable[..., HttpResponse]

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class ApiError(Exception):
    """An answer in the contract's error shape: {error: {code, message, details}}.

    `message` is shown to clients. `retry_after` is in seconds; 0 leaves the header out.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        retry_after: int = 0,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.retry_after = retry_after


def api_view(*methods: str) -> Callable[[View], View]:
    """A view of the JSON API: checks method, origin and content type, answers ApiErrors in shape.

    CSRF tokens do not apply: the API reads no cookie for what it does, and a browser's cross-site write is
    refused by its Origin header and by the content type, which a plain form cannot send.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                _check_request(request, methods)
                return view(request, *args, **kwargs)
            except ApiError as error:
                response = respond_error(error)
                if error.status == 405:
                    response["Allow"] = ", ".join(methods)
                return response

        return wrapped

    return decorate


def _check_request(request: HttpRequest, methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        raise ApiError(405, "METHOD_NOT_ALLOWED", _("This address does not take that kind of request."))
    if request.method not in WRITES:
        return
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.get_host():
        raise ApiError(403, "FORBIDDEN", _("Requests from other sites are not accepted."))
    if request.content_type != "application/json":
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", _("Send the body as application/json."))


def read_body(request: HttpRequest, shape: type[T]) -> T:
    """The body as `shape`. Raises ApiError: 413 too large, 400 not JSON, 422 with details.fields."""
    raw = read_raw_body(request)
    try:
        return msgspec.json.decode(raw or b"{}", type=shape)
    except msgspec.ValidationError as error:
        # msgspec's own words are for developers; the path at their end says which field it is.
        field = str(error).partition(" - at `$")[2].strip("`").lstrip(".") or "body"
        raise validation_error({field: _("This is missing or not as it should be.")}) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ApiError(400, "INVALID_REQUEST", _("The body is not valid JSON.")) from error


def read_raw_body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig as error:
        raise ApiError(413, "BODY_TOO_LARGE", _("The body is too large.")) from error
    except UnreadablePostError as error:
        raise ApiError(400, "INVALID_REQUEST", _("The body could not be read.")) from error


def validation_error(fields: dict[str, str]) -> ApiError:
    """422 with a message by field."""
    return ApiError(
        422, "VALIDATION_ERROR", _("Some of this needs another look."), details={"fields": fields}
    )


@api_view("GET", *sorted(WRITES))
def unknown_address(request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else is asked for under the API's root."""
    raise ApiError(404, "NOT_FOUND", _("There is nothing at this address."))


def _as_plain(value: Any) -> str:
    """msgspec takes exact types only; a template's output is a string that says it is safe."""
    if isinstance(value, str):
        return str.__str__(value)
    raise NotImplementedError


_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_as_plain)


def encode(value: Any) -> bytes:
    """JSON with Decimals as numbers (exact: written from their digits), UUIDs and RFC 3339 instants."""
    return _encoder.encode(value)


def respond(value: Any, *, status: int = 200) -> HttpResponse:
    response = HttpResponse(encode(value), content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    return response


def respond_error(error: ApiError) -> HttpResponse:
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details is not None:
        body["details"] = error.details
    response = respond({"error": body}, status=error.status)
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return response
