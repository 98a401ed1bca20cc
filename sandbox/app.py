"""The application: what all parts share, and one place where errors become answers."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from . import seed
from .dns import Dns
from .faults import Faults, hang_up
from .mailevents import MailEvents
from .state import State
from .stripe.desk import Stripe
from .tally import Tally
from .webhooks import Webhooks
from .wire import ApiError, Row, dumps, invalid_request, loads

LARGEST_BODY = 1024 * 1024
LARGEST_MAIL = 20 * 1024 * 1024
JSON_PATHS = ("/biz-api/", "/api/", "/sandbox/", "/postmark/", "/stripe/v1/")

log = logging.getLogger("sandbox")


@dataclass(frozen=True)
class Options:
    """Set on the command line."""

    data_dir: Path
    base_url: str
    webhook_target_template: str | None = None
    mail_webhook_url: str | None = None
    stripe_webhook_url: str | None = None
    dns_port: int = 0
    appointments: bool = True
    rate_limits: bool = True
    retry_scale: float = 1.0


@dataclass
class Sandbox:
    """Everything a request needs; one per process."""

    options: Options
    state: State = field(init=False)
    faults: Faults = field(init=False)
    webhooks: Webhooks = field(init=False)
    mail_events: MailEvents = field(init=False)
    stripe: Stripe = field(init=False)
    dns: Dns = field(init=False)
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.state = State(self.data_dir / "sandbox.sqlite3")
        self.faults = Faults(self.state)
        self.webhooks = Webhooks(self.state, self.faults, self.options.retry_scale)
        self.mail_events = MailEvents(self.options.mail_webhook_url, self.options.retry_scale)
        self.dns = Dns(self.state, self.faults, self.options.dns_port)
        self.stripe = Stripe(self.state, self.faults, self.webhooks, self.base_url)
        seed.plant(self)
        if self.options.stripe_webhook_url:
            self.stripe.reset(self.options.stripe_webhook_url)

    @property
    def data_dir(self) -> Path:
        return self.options.data_dir

    @property
    def base_url(self) -> str:
        return self.options.base_url

    def reset(self) -> None:
        """As on the first day; addresses of stores are again those of the command line."""
        with self.state.transaction():
            self.state.clear()
            self.faults.reseed(None)
            self.mail_events.url = self.options.mail_webhook_url
            seed.plant(self)
            self.stripe.reset(self.options.stripe_webhook_url)


def current_sandbox() -> Sandbox:
    sandbox: Sandbox = current_app.extensions["sandbox"]
    return sandbox


def create_app(options: Options) -> Flask:
    # Blueprints reach back here for `current_sandbox`.
    from . import ai, backoffice, control, dnspages, mailbox, mangobiz, media
    from .stripe import api as stripe_api
    from .stripe import backoffice as stripe_backoffice
    from .stripe import control as stripe_control
    from .stripe import elements as stripe_elements

    app = Flask(__name__)
    box = app.extensions["sandbox"] = Sandbox(options)
    box.tally.watch(app)  # before the blueprints, so that what a fault answers is counted too
    parts = [mangobiz, ai, media, mailbox, control, dnspages, backoffice]
    parts += [stripe_api, stripe_backoffice, stripe_control, stripe_elements]
    for module in parts:
        app.register_blueprint(module.blueprint)
    app.before_request(_limit_request)
    app.after_request(_lose_answer)
    app.register_error_handler(ApiError, _answer_refusal)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_crash)
    return app


def answer_json(body: Any, status: int = 200) -> Response:
    return Response(dumps(body), status, mimetype="application/json")


def read_json() -> Row:
    """The request's JSON object. Raises ApiError 400."""
    try:
        body = loads(request.get_data(cache=True))
    except ValueError as error:
        raise invalid_request("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise invalid_request("The body is not a JSON object.")
    return body


def _limit_request() -> None:
    request.max_content_length = LARGEST_MAIL if request.path.startswith("/postmark/") else LARGEST_BODY
    # The pages are for whoever sits at this machine, not for forms on other sites.
    if request.method != "GET" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise ApiError(403, "FORBIDDEN", "Requests from other sites are refused.")


def _lose_answer(answer: Response) -> Response:
    """The work is done and stored by now; the caller just never hears of it."""
    return hang_up() if g.get("lose_answer") else answer


def _answer_refusal(error: ApiError) -> Response:
    body = error.body()
    if not request.path.startswith(JSON_PATHS):
        return Response(error.message, error.status, mimetype="text/plain")
    answer = answer_json(body, error.status)
    answer.headers.update(error.headers)
    return answer


def _answer_http_error(error: HTTPException) -> BaseResponse:
    status = error.code or 500
    if not request.path.startswith(JSON_PATHS) or status < 400:
        return (
            Response(error.get_body(), status, error.get_headers()) if status >= 400 else error.get_response()
        )
    known = {404: "NOT_FOUND", 500: "INTERNAL_ERROR"}
    code = known.get(status, "INVALID_REQUEST")
    if request.path.startswith("/api/"):
        code = "INTERNAL_ERROR" if status >= 500 else "INVALID_REQUEST"
    return _answer_refusal(ApiError(status, code, error.description or error.name))


def _answer_crash(error: Exception) -> Response:
    log.error("%s %s", request.method, request.path, exc_info=error)
    return _answer_refusal(ApiError(500, "INTERNAL_ERROR", "The sandbox has a fault; see its log."))
