"""Two owners, two processes, one database file: each removes the other at the same moment.

python -m tests.studio.owners_race ROUNDS, with DATABASE_URL in the environment; test_people_race.py reads
what it prints: for each round how many owners were left and how many were told why not.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import uuid
from typing import Any

STORE = "race"


def owner(own: str, other: str, rounds: int, gate: Any, answers: Any) -> None:
    import django

    django.setup()
    from django.contrib.auth.models import User

    from store.models import Membership, Store
    from store.tenancy import store_scope
    from studio.people import services

    user, info = User.objects.get(username=own), Store.objects.get(slug=STORE).as_info()
    for number in range(rounds):
        gate.wait(60)  # both are owners again
        pk = Membership.objects.get(user__username=other).pk
        gate.wait(60)
        try:
            with store_scope(info):
                services.remove_member(membership_id=pk, user=user)
            answers.append((number, "done"))
        except services.PeopleError as error:
            answers.append((number, type(error).__name__))
        gate.wait(60)


def main() -> None:
    rounds = int(sys.argv[1])
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.db import connections

    from store.models import Membership, Role
    from store.services import create_store

    store = create_store(slug=STORE, name="Race", tenant_id=uuid.uuid4(), api_key="k", webhook_secrets=["x"])
    names = ("mia", "rosa")
    people = [User.objects.create_user(name) for name in names]
    connections.close_all()
    context = multiprocessing.get_context("spawn")
    left = []
    with context.Manager() as manager:
        answers, gate = manager.list(), manager.Barrier(3)
        pairs = ((names[0], names[1]), (names[1], names[0]))
        processes = [context.Process(target=owner, args=(*pair, rounds, gate, answers)) for pair in pairs]
        for process in processes:
            process.start()
        for _ in range(rounds):
            for person in people:
                Membership.objects.update_or_create(store=store, user=person, defaults={"role": Role.OWNER})
            for _step in range(3):
                gate.wait(60)
            left.append(Membership.objects.filter(role=Role.OWNER).count())
        for process in processes:
            process.join()
        print(json.dumps({"left": left, "answers": list(answers)}))


if __name__ == "__main__":
    main()
