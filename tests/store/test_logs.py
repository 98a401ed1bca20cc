"""Logs hold nothing personal and no token that opens a booking."""

import io
import json
import logging
import logging.config

import pytest
import structlog

from config.crypto import new_token
from config.logs import build_logging, hide_tokens


@pytest.fixture
def lines():
    """What the JSON handler writes for the logger "tests.logs"."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    settings = build_logging(level="INFO", style="json")
    structured = settings["formatters"]["structured"]
    handler.setFormatter(logging.config.DictConfigurator(settings).configure_formatter(structured))
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_personal_keys_and_tokens_are_hidden(lines) -> None:
    request = f"GET /bookings/{new_token()}/calendar.ics"
    structlog.get_logger("tests.logs").warning(
        "asked", request=request, email="zoe@example.com", ip="192.0.2.7"
    )
    (line,) = lines()
    assert line["request"] == "GET /bookings/***/calendar.ics"
    assert "zoe" not in str(line)
    assert "192.0.2.7" not in str(line)


def test_tokens_in_the_sentences_of_others_are_hidden(lines) -> None:
    logging.getLogger("tests.logs").warning(
        "Method Not Allowed (%s): %s", "GET", f"/bookings/{new_token()}/x/"
    )
    assert lines()[0]["event"] == "Method Not Allowed (GET): /bookings/***/x/"


def test_other_addresses_stay_readable() -> None:
    path = "GET /services/d25d32b2-3bbc-59a9-b18f-4648260d7a60-signature-cut/"
    assert hide_tokens(None, "info", {"request": path})["request"] == path
