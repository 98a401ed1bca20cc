"""Which store this is about, and no rows without one.

A request's store is resolved once, at the edge (store.middleware); tasks and commands open a scope by
hand. Models that belong to a store inherit StoreOwned, whose default manager raises outside a scope. The
way round has a loud name: `across_stores`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.utils import translation

from store.design import TEMPLATES, Design
from store.display import DEFAULT_DISPLAY, Display
from store.theme import Theme, theme_hash


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """A store as a value: what pages, clients and tasks need to know, without secrets."""

    id: uuid.UUID
    slug: str
    name: str
    tenant_id: uuid.UUID
    locale: str  # BCP 47: "en-US", "de-DE"; on a visitor's pages in the language that was chosen: "en-DE"
    design: Design
    base_url: str  # "https://luna-hair.example.com", no trailing slash; for links in e-mails
    canonical_host: str = ""  # where visitors of the store's other hosts are sent; "" sends nobody
    has_assistant: bool = False  # the merchant wants it, and there is a key to ask the AI Service with
    chat_per_minute: int = 20
    display: Display = DEFAULT_DISPLAY
    languages: tuple[str, ...] = ()  # what visitors may choose from, the store's own first

    @property
    def host(self) -> str:
        """The main one, as `base_url` has it but without a port."""
        return self.base_url.partition("://")[2].partition(":")[0]

    @property
    def language(self) -> str:
        return self.locale.partition("-")[0]

    def speaking(self, language: str) -> StoreInfo:
        """The same store in another language, with the formats of its own country."""
        if language == self.language:
            return self
        parts = self.locale.split("-")[1:]
        country = next((part for part in parts if len(part) == 2 or part.isdigit()), "")
        return replace(self, locale=f"{language}-{country}" if country else language)

    @property
    def template(self) -> str:
        """A key of store.design.TEMPLATES: "booking-first"."""
        return self.design.template

    @property
    def is_plain(self) -> bool:
        """Its pages have a head of a name and one button, and a foot of one line."""
        return TEMPLATES[self.design.template].header == "plain"

    @property
    def theme(self) -> Theme:
        return self.design.theme

    @property
    def theme_hash(self) -> str:
        return theme_hash(self.theme)


class NoStoreScope(RuntimeError):
    """Rows of a store were asked for where no store is known."""


_scope: ContextVar[StoreInfo | None] = ContextVar("store", default=None)


def current_store() -> StoreInfo:
    """The store of this request or task. Raises NoStoreScope."""
    store = _scope.get()
    if store is None:
        raise NoStoreScope("No store in scope: open one with store_scope(store), or say across_stores.")
    return store


def current_store_or_none() -> StoreInfo | None:
    return _scope.get()


@contextmanager
def store_scope(store: StoreInfo | None) -> Iterator[None]:
    """Everything inside is about this store, in its language; None closes the surrounding scope."""
    token = _scope.set(store)
    try:
        if store is None:
            yield
        else:
            with translation.override(store.language):
                yield
    finally:
        _scope.reset(token)


@contextmanager
def in_locale_of(client: str) -> Iterator[None]:
    """Inside, the store in scope speaks as it did to a client, whose locale a row has kept."""
    with store_scope(replace(current_store(), locale=client)):
        yield


M = TypeVar("M", bound=models.Model)


class StoreManager(models.Manager[M]):
    """Rows of the current store only. `create` and friends fill in the store."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(store_id=current_store().id)

    def create(self, **kwargs: Any) -> M:
        kwargs.setdefault("store_id", current_store().id)
        return super().create(**kwargs)


class StoreOwned(models.Model):
    """A row of one store. Both managers are named so that a reviewer sees which one is used."""

    store = models.ForeignKey("store.Store", on_delete=models.CASCADE, related_name="+", editable=False)

    objects: ClassVar[StoreManager[Self]] = StoreManager()
    across_stores: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        # Django's own machinery (refresh_from_db, related objects, cascades) starts from a row it has.
        base_manager_name = "across_stores"
