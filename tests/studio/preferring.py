"""Saving settings as the page does, and what came of it."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from store.display import Display
from store.models import AuditEntry, Store
from store.tenancy import StoreInfo
from tests.studio.conftest import STUDIO

SignIn = Callable[[User], Client]
Visit = Callable[[StoreInfo], Client]

PAGE = f"{STUDIO}/preferences/"


def save(browser: Client, group: str, **fields: Any) -> None:
    answer = browser.post(f"{PAGE}{group}/", fields)
    assert answer.status_code == 303, answer.content.decode()[:3000]
    assert answer["Location"].endswith(f"#{group}")


def refuse(browser: Client, group: str, **fields: Any) -> str:
    answer = browser.post(f"{PAGE}{group}/", fields)
    assert answer.status_code == 422
    return answer.content.decode()


def shown(store: StoreInfo) -> Display:
    return Store.objects.get(pk=store.id).as_info().display


def entries(store: StoreInfo) -> list[AuditEntry]:
    """Of its settings, the oldest first."""
    found = AuditEntry.objects.filter(store_id=store.id, action__startswith="preferences.")
    return list(found.order_by("pk"))


def details(store: StoreInfo) -> list[tuple[str, str, str]]:
    """Of the last entry."""
    return [(row["label"], row["before"], row["after"]) for row in entries(store)[-1].details]
