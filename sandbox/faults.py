"""Switches that make the upstreams misbehave, for all salons or for one, and by lot where a rate is given."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from random import Random
from typing import Any

from flask import Response, g, request

from .state import State
from .wire import ApiError, Row, dumps, loads

EVERYONE = "*"
# Upstreams whose callers do not say for which salon they ask.
NOBODYS = ("mail", "dns")
WRITES = ("POST", "PUT", "PATCH", "DELETE")
API_SWITCHES: Row = {
    "down": None,
    "slow": 0,
    "errorRate": 0,
    "rateLimited": 0,
    "garbage": False,
    "answerLostRate": 0,
}
AI_SWITCHES: Row = {**API_SWITCHES, "quota": 0, "hostile": False}
DNS_SWITCHES: Row = {"timeout": False, "servfail": False}
WEBHOOK_SWITCHES: Row = {"dropRate": 0, "doubleRate": 0, "reorder": False}
SWITCHES: dict[str, Row] = {
    "mangobiz": API_SWITCHES,
    "ai": AI_SWITCHES,
    "mail": API_SWITCHES,
    "stripe": API_SWITCHES,
    "dns": DNS_SWITCHES,
    "webhooks": WEBHOOK_SWITCHES,
    "stripe-webhooks": WEBHOOK_SWITCHES,
}
LONGEST_PAUSE = 120


class Faults:
    """The switches, kept in the state, and the lots that are drawn for them."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._random = Random()
        self.seed: Any = None

    def describe(self) -> Row:
        """{seed, upstream: {salon or "*": switches}}; what is not listed is off."""
        found: Row = {"seed": self.seed, **{upstream: {} for upstream in SWITCHES}}
        for row in self._state.rows("SELECT * FROM fault ORDER BY upstream, salon"):
            found[row["upstream"]][row["salon"]] = loads(row["settings"])
        return found

    def replace(self, upstream: str, salon: str, settings: Row) -> None:
        """Set one scope's switches, those left out being off. Raises ApiError 400 for nonsense."""
        if upstream in NOBODYS and salon != EVERYONE:
            raise ApiError(
                400, "INVALID_REQUEST", f"{upstream} does not say whose it is: it is for all salons."
            )
        checked = _check(upstream, settings)
        self._state.run("DELETE FROM fault WHERE upstream = ? AND salon = ?", upstream, salon)
        if checked:
            self._state.run("INSERT INTO fault VALUES (?, ?, ?)", upstream, salon, dumps(checked))

    def clear(self) -> None:
        self._state.run("DELETE FROM fault")
        self.reseed(None)

    def reseed(self, seed: Any) -> None:
        """The same seed gives the same lots in the same order; None draws fresh ones."""
        with self._lock:
            self.seed, self._random = seed, Random(seed)

    def happens(self, rate: Any) -> bool:
        with self._lock:
            return bool(rate) and self._random.random() < float(rate)

    def uniform(self, low: float, high: float) -> float:
        with self._lock:
            return self._random.uniform(low, high)

    def active(self, upstream: str, salon: str | None) -> Row:
        """The switches in force: everybody's, and over them the salon's own."""
        settings = dict(SWITCHES[upstream])
        for row in self._state.rows(
            "SELECT settings FROM fault WHERE upstream = ? AND salon IN (?, ?) ORDER BY salon",
            upstream,
            EVERYONE,
            salon or EVERYONE,
        ):
            settings.update(loads(row["settings"]))
        return settings

    def disturb(self, upstream: str, salon: str | None) -> Response | None:
        """Do to this request what is switched on; None lets it through.

        Order: down, slow, rate limited, quota, error, garbage; a lost answer is only marked, and happens
        after the work is done. Raises ApiError in the contract's shape.
        """
        settings = self.active(upstream, salon)
        maintenance = "MAINTENANCE" if upstream == "mangobiz" else "MODEL_UNAVAILABLE"
        if settings["down"] == "503":
            raise ApiError(503, maintenance, "Down for maintenance.", headers={"Retry-After": "30"})
        if settings["down"]:
            return hang_up()
        if settings["slow"]:
            time.sleep(min(float(settings["slow"]), LONGEST_PAUSE))
        if settings["rateLimited"]:
            raise rate_limited(int(settings["rateLimited"]))
        if settings.get("quota"):
            raise quota_exceeded(int(settings["quota"]))
        if self.happens(settings["errorRate"]):
            raise ApiError(500, "INTERNAL_ERROR", "Something went wrong.")
        if settings["garbage"]:
            return Response("<!doctype html><title>It works</title>", mimetype="text/html")
        if request.method in WRITES and self.happens(settings["answerLostRate"]):
            g.lose_answer = True
        return None


def rate_limited(seconds: int) -> ApiError:
    return ApiError(
        429, "RATE_LIMITED", "Too many requests.", {"retryAfter": seconds}, {"Retry-After": str(seconds)}
    )


def quota_exceeded(seconds: int) -> ApiError:
    return ApiError(429, "QUOTA_EXCEEDED", "The quota is used up.", {"retryAfter": seconds})


def hang_up() -> Response:
    """Close the connection without an answer; what is returned never arrives."""
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        with contextlib.suppress(OSError):  # the caller may have been quicker
            connection.shutdown(socket.SHUT_RDWR)
    return Response(status=503)


def _check(upstream: str, settings: Row) -> Row:
    """Only what differs from off. Raises ApiError 400."""
    known = SWITCHES[upstream]
    for name, value in settings.items():
        if name not in known:
            raise ApiError(
                400, "INVALID_REQUEST", f"{upstream} has no switch {name}; it has {', '.join(known)}."
            )
        if name == "down":
            fits = value in (None, False, "", "close", "503")
        elif isinstance(known[name], bool):
            fits = isinstance(value, bool)
        else:
            is_number = isinstance(value, int | float) or hasattr(value, "is_finite")
            fits = is_number and 0 <= value <= (1 if name.endswith("Rate") else 86400)
        if not fits:
            raise ApiError(400, "INVALID_REQUEST", f"{name} cannot be {value!r}.")
    return {name: value for name, value in settings.items() if value}
