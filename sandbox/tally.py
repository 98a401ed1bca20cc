"""How often each of the systems stood in for was asked what, and how many questions are still unanswered."""

from __future__ import annotations

import re
import threading
from collections import Counter
from typing import Any

from flask import Flask, g, request

COUNTED = ("/biz-api/", "/api/v1/ai/", "/postmark/", "/stripe/v1/")
IDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=/)(pi|re|ch|acct)_[0-9a-z]+", re.IGNORECASE)


class Tally:
    """Counts from the process's start; ids in addresses count as one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: Counter[str] = Counter()
        self._ended: Counter[str] = Counter()

    def watch(self, app: Flask) -> None:
        app.before_request(self._begin)
        app.teardown_request(self._end)

    def describe(self) -> dict[str, dict[str, int]]:
        """{"GET /biz-api/v1/business": {"asked": 3, "open": 1}, ...}"""
        with self._lock:
            return {
                name: {"asked": asked, "open": asked - self._ended[name]}
                for name, asked in sorted(self._begun.items())
            }

    def _begin(self) -> None:
        if request.path.startswith(COUNTED):
            g.tallied = f"{request.method} {IDS.sub('{id}', request.path)}"
            with self._lock:
                self._begun[g.tallied] += 1

    def _end(self, _error: Any) -> None:
        if name := g.get("tallied"):
            with self._lock:
                self._ended[name] += 1
