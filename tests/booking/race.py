"""Two visitors, two processes, one database file: test_races.py runs it and reads the answers.

python -m tests.booking.race SALON ROUNDS, with DATABASE_URL and MANGO_BIZ_URL in the environment and a
store of that slug in the database.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from datetime import date, datetime, timedelta
from typing import Any

Row = dict[str, Any]


def visitor(slug: str, service: str, slots: list[Row], gate: Any, drafts: Any, answers: Any) -> None:
    """In every round: draft at the same moment, then confirm whichever draft came about, again together."""
    import django

    django.setup()
    from django.test import Client

    from tests.booking.helpers import ZOE, Api

    api = Api(Client(headers={"host": f"{slug}.localhost"}))
    api.get("availability", serviceId=service, **{"from": date.today(), "to": date.today()})  # warm
    for number, slot in enumerate(slots):
        gate.wait(60)
        drafted = api.draft(service, slot, staffId=slot["staff"], client=ZOE)
        if drafted.status_code == 201:
            drafts[number] = drafted.json()["data"]["id"]
        gate.wait(60)
        confirmed = api.post(f"draft/{drafts.get(number)}/confirm")
        token = confirmed.json().get("data", {}).get("token")
        answers.append((number, drafted.status_code, confirmed.status_code, token))


def choose_slots(slug: str, service: str, count: int) -> list[Row]:
    """Slots that do not overlap, each with one person who could take it."""
    from django.test import Client

    from tests.booking.helpers import Api

    found: list[Row] = []
    taken: dict[str, datetime] = {}
    first = date.today() + timedelta(days=3)
    for slot in Api(Client(headers={"host": f"{slug}.localhost"})).slots(service, start=first, days=40):
        for staff in slot["staffIds"]:
            if datetime.fromisoformat(slot["startTime"]) >= taken.get(
                staff, datetime.fromisoformat(slot["startTime"])
            ):
                found.append({**slot, "staff": staff})
                taken[staff] = datetime.fromisoformat(slot["endTime"])
    return found[:count]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    slug, rounds = sys.argv[1], int(sys.argv[2])
    import django

    django.setup()
    from django.db import connections

    from catalog.queries import get_catalog
    from store.queries import find_store_by_host
    from store.tenancy import store_scope

    with store_scope(find_store_by_host(f"{slug}.localhost")):
        service = str(next(s.id for s in get_catalog().services if len(s.staff_ids) > 2))
    slots = choose_slots(slug, service, rounds)
    connections.close_all()
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        drafts, answers, gate = manager.dict(), manager.list(), manager.Barrier(2)
        arguments = (slug, service, slots, gate, drafts, answers)
        processes = [context.Process(target=visitor, args=arguments) for _ in range(2)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        print(json.dumps({"slots": slots, "answers": list(answers)}))


if __name__ == "__main__":
    main()
