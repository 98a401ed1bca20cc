"""Structured logs: JSON lines in production, readable ones with LOG_FORMAT=console.

Nothing personal is ever logged: events carry ids, and processors drop keys that could hold it and the
tokens in the addresses of bookings and orders, which are as good as a password.
"""

import logging.config
import re
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

PERSONAL_KEYS = frozenset(
    {
        "email",
        "phone",
        "first_name",
        "last_name",
        "name",
        "notes",
        "address",
        "ip",
        "api_key",
        "secret",
        "token",
        "payload",
    }
)
TOKEN_IN_PATH = re.compile(r"(?<=/)[A-Za-z0-9_-]{43}(?=/|$|\s)")


def drop_personal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key in PERSONAL_KEYS & event.keys():
        event[key] = "***"
    return event


def hide_tokens(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # In structured events the address is `request`; Django's own loggers write it into the sentence.
    for key in ("request", "event"):
        if isinstance(event.get(key), str):
            event[key] = TOKEN_IN_PATH.sub("***", event[key])
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    drop_personal,
    hide_tokens,
]


def build_logging(*, level: str, style: str) -> dict[str, Any]:
    """The dict for `logging.config.dictConfig`. style: "json" or "console"."""
    renderer: Any = structlog.processors.JSONRenderer()
    if style == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    renderer,
                ],
                "foreign_pre_chain": SHARED,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"handlers": ["stderr"], "level": level, "propagate": False},
            "celery": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
            # At DEBUG it writes whole addresses, and with them what a client typed.
            "urllib3": {"level": "INFO"},
        },
    }


def configure(config: dict[str, Any]) -> None:
    """What Django calls with LOGGING: the standard library's set-up and structlog's in one place."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
