"""A look as a value, its draft with a way back, and its versions."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from store.design import SECTIONS, TEMPLATES, Design, InvalidDesign, Section
from store.models import AuditEntry, DesignVersion, DraftStep, Store
from store.services import (
    DraftMoved,
    NothingToUndo,
    Unreadable,
    call_off,
    change_draft,
    publish_design,
    publish_draft,
    publish_due_versions,
    read_draft,
    redo_draft,
    roll_back,
    undo_draft,
)
from store.services import designs as services
from store.tenancy import StoreInfo, current_store, store_scope

pytestmark = pytest.mark.django_db


def painted(brand: str) -> Design:
    design = read_draft().design
    return replace(design, theme=replace(design.theme, brand=brand))


RED, BLUE, GREEN = "#8a1c1c", "#1c3f8a", "#1c6b3a"


# --- values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", TEMPLATES)
def test_a_look_reads_what_it_wrote(key: str) -> None:
    design = Design.of_template(key)
    assert Design.from_dict(design.to_dict()) == design
    assert Design.from_dict(design.to_dict()).digest == design.digest
    assert {section.key for section in design.sections} == set(SECTIONS)


@pytest.mark.parametrize(
    "bent",
    [
        {"template": "nothing"},
        {"css": "body{}"},
        {"logo": "../../etc"},
        {"theme": {"brand": "red"}},
        {"sections": [{"key": "hero"}, {"key": "hero"}]},
        {"sections": [{"key": "hero", "is_shown": "yes"}]},
        {"sections": [{"key": "hero", "settings": {"headline": "x" * 96}}]},
        {"sections": [{"key": "hero", "settings": {"headline": "a\x00b"}}]},
        {"sections": [{"key": "hero", "settings": {"leads_to": "https://elsewhere.example"}}]},
        {"sections": [{"key": "team", "settings": {"count": 1000}}]},
        {"sections": [{"key": "team", "settings": {"count": True}}]},
    ],
)
def test_what_no_look_can_be_is_refused(bent: dict[str, object]) -> None:
    with pytest.raises(InvalidDesign):
        Design.from_dict(bent)


def test_what_is_gone_or_new_since_does_not_break_an_old_look() -> None:
    rows = [
        {"key": "a-section-of-the-past", "is_shown": True, "settings": {}},
        {"key": "hero", "is_shown": True, "settings": {"a-setting-of-the-past": "x", "headline": "Hello"}},
    ]
    design = Design.from_dict({"sections": rows})
    assert design.sections[0] == Section("hero", True, {"headline": "Hello"})
    assert [section.key for section in design.shown] == ["hero"]


def test_another_template_keeps_the_words() -> None:
    design = Design.of_template("booking-first")
    said = tuple(
        replace(section, settings={**section.settings, "headline": "Hello"})
        if section.key == "hero"
        else section
        for section in design.sections
    )
    moved = replace(design, sections=said).with_template("retail-first")
    assert moved.section("hero").settings["headline"] == "Hello"
    assert moved.section("hero").settings["leads_to"] == "shop"
    assert [s.key for s in moved.sections] == [s.key for s in Design.of_template("retail-first").sections]


# --- the draft ------------------------------------------------------------------------------------------


def test_undo_goes_back_and_redo_goes_on(luna: StoreInfo) -> None:
    with store_scope(luna):
        first = read_draft()
        assert (first.revision, first.can_undo, first.can_redo) == (0, False, False)
        change_draft(design=painted(RED), revision=0, by="owner")
        draft = change_draft(design=painted(BLUE), revision=1, by="owner")
        assert (draft.revision, draft.can_undo, draft.can_redo) == (2, True, False)
        draft = undo_draft(revision=2, by="owner")
        assert draft.design.theme.brand == RED
        draft = undo_draft(revision=3, by="owner")
        assert draft.design == first.design
        with pytest.raises(NothingToUndo):
            undo_draft(revision=4, by="owner")
        assert redo_draft(revision=4, by="owner").design.theme.brand == RED
        # A change after an undo is a new way on.
        draft = change_draft(design=painted(GREEN), revision=5, by="owner")
        assert not draft.can_redo
        assert undo_draft(revision=6, by="owner").design.theme.brand == RED


def test_two_tabs_do_not_write_over_each_other(luna: StoreInfo) -> None:
    with store_scope(luna):
        change_draft(design=painted(RED), revision=0, by="owner")
        with pytest.raises(DraftMoved):
            change_draft(design=painted(BLUE), revision=0, by="editor")
        assert read_draft().design.theme.brand == RED
        assert read_draft().changed_by == "owner"


def test_the_way_back_has_an_end(luna: StoreInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "STEPS_KEPT", 3)
    with store_scope(luna):
        for number in range(6):
            change_draft(design=painted(f"#8a1c{number:02x}"), revision=number, by="owner")
        assert DraftStep.objects.count() == 3
        assert read_draft().can_undo


# --- versions -------------------------------------------------------------------------------------------


def test_publishing_shows_the_draft_and_rolling_back_the_look_before(
    luna: StoreInfo, barber: StoreInfo, visit: Callable[[StoreInfo], Client]
) -> None:
    browser = visit(luna)
    before = browser.get("/")
    with store_scope(luna):
        change_draft(design=painted(RED), revision=0, by="owner")
        version = publish_draft(revision=1, by="owner")
        assert version.number == 2
    after = browser.get("/")
    assert after.content != before.content
    with store_scope(luna):
        roll_back(number=1, by="owner")
    assert browser.get("/").content == before.content
    entries = AuditEntry.objects.filter(store=luna.id).order_by("pk").values_list("action", flat=True)
    assert list(entries)[-2:] == ["design.published", "design.rolled_back"]
    assert Store.objects.get(pk=barber.id).live_version.number == 1


def test_what_cannot_be_read_is_not_published(luna: StoreInfo) -> None:
    with store_scope(luna):
        change_draft(design=painted("#ffe9a0"), revision=0, by="owner")
        with pytest.raises(Unreadable) as caught:
            publish_draft(revision=1, by="owner")
        assert [finding.colour for finding in caught.value.findings] == ["brand"]
        assert DesignVersion.objects.count() == 1


def test_a_scheduled_version_goes_live_when_it_is_due(luna: StoreInfo) -> None:
    at = timezone.now() + timedelta(hours=1)
    with store_scope(luna):
        version = publish_design(design=painted(RED), by="owner", at=at)
        publish_design(design=painted(BLUE), by="owner", at=at + timedelta(hours=1))
    assert publish_due_versions() == 0
    DesignVersion.across_stores.filter(pk=version.pk).update(due_at=timezone.now())
    assert publish_due_versions() == 1
    assert publish_due_versions() == 0
    store = Store.objects.get(pk=luna.id)
    assert store.live_version == version
    assert store.as_info().theme.brand == RED


def test_a_version_that_was_called_off_stays_away(luna: StoreInfo) -> None:
    with store_scope(luna):
        version = publish_design(design=painted(RED), by="owner", at=timezone.now() + timedelta(hours=1))
        call_off(number=version.number, by="owner")
        call_off(number=1, by="owner")  # it is live: nothing to call off
    DesignVersion.across_stores.filter(pk=version.pk).update(due_at=timezone.now())
    assert publish_due_versions() == 0
    assert Store.objects.get(pk=luna.id).live_version.number == 1


def test_a_version_whose_template_is_gone_is_shown_all_the_same(
    luna: StoreInfo, visit: Callable[[StoreInfo], Client]
) -> None:
    DesignVersion.across_stores.filter(store=luna.id).update(design={"template": "of-the-past"})
    Store.objects.get(pk=luna.id).save()  # the signal that clears what is remembered
    assert visit(luna).get("/").status_code == 200
    with store_scope(Store.objects.get(pk=luna.id).as_info()):
        assert current_store().template == "booking-first"
