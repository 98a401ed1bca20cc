"""What every page of the admin has in common: whose rows it shows, and that changes are on record.

Platform staff see the rows of all stores, by Django's permissions. A merchant sees a table only where its
admin class says so by `merchants_see`, and of it the rows of their own stores. What a class does not say, a
merchant has not: docs/people.md.
"""

import uuid
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from store.access import is_staff, roles_of
from store.audit import record
from store.models import Role, Store
from store.operators import OwnStoreFilter, StoreFilter

# The pages of an admin class that a merchant with a role for it may open; `add` takes the role to change.
LOOKING = {"changelist", "change", "history"}


class AuditedAdmin(admin.ModelAdmin[Any]):
    """Whatever is added, changed, deleted or acted upon leaves a row of the audit log (store.audit).

    What a field held and holds now is shown of choices, switches and numbers, and of what `audit_shows`
    names. Of any other the log says that it changed: it may be a secret or somebody's name.
    """

    audit_shows: tuple[str, ...] = ()

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        request.audited_details = [  # type: ignore[attr-defined]
            *self._describe_fields(form, is_new=add),
            *_describe_rows(formsets or []),
        ]
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        self._record(request, "records.added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        self._record(request, "records.changed", obj)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> Any:
        rows = list(queryset)
        for row in rows:
            self._record(request, "records.deleted", row)
        return super().log_deletions(request, rows)  # type: ignore[arg-type]  # any iterable does

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        return {
            name: (func if name == "delete_selected" else self._audited_action(func, words), name, words)
            for name, (func, _name, words) in actions.items()
        }

    def _audited_action(self, func: Callable[..., Any], words: Any) -> Callable[..., Any]:
        @wraps(func)
        def run(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
            with override("en"):
                subject = f"{self.opts.verbose_name_plural}: {words}"
            details = [{"label": "Rows", "after": str(queryset.count())}]
            answer = func(model_admin, request, queryset)
            by = request.user.get_username()
            record("records.acted", by=by, user=_person(request), subject=subject, details=details)
            return answer

        return run

    def _record(self, request: HttpRequest, action: str, row: models.Model) -> None:
        with override("en"):
            subject = f"{self.opts.verbose_name}: {row}"
        record(
            action,
            by=request.user.get_username(),
            user=_person(request),
            subject=subject,
            details=getattr(request, "audited_details", []) if action != "records.deleted" else [],
            store_id=_store_of(row),
        )

    def _describe_fields(self, form: Any, *, is_new: bool) -> list[dict[str, str]]:
        rows = []
        for name in form.changed_data:
            field = form.fields[name]
            with override("en"):
                label = str(field.label or name)
                if self._is_harmless(name, field):
                    before = "" if is_new else _as_words(field, form.initial.get(name))
                    after = _as_words(field, form.cleaned_data.get(name))
                    rows.append({"label": label, "before": before, "after": after})
                else:
                    rows.append({"label": label, "after": "changed"})
        return rows

    def _is_harmless(self, name: str, field: forms.Field) -> bool:
        if name in self.audit_shows:
            return True
        is_of_model = any(name == own.name for own in self.opts.get_fields())
        harmless = (forms.BooleanField, forms.TypedChoiceField, forms.IntegerField)
        return is_of_model and isinstance(field, harmless)


class AcrossStoresAdmin(AuditedAdmin):
    """Rows of every store for operators, of their own stores for merchants who may look at all.

    `merchants_see` and `merchants_change` are the least roles for looking, and for adding and changing; None
    is nobody. Actions and pages of the class's own are a merchant's only where `merchants_act` names the
    action and `merchants_open` the page (the last part of its route's name).
    """

    merchants_see: ClassVar[Role | None] = None
    merchants_change: ClassVar[Role | None] = None
    merchants_act: ClassVar[tuple[str, ...]] = ()
    merchants_open: ClassVar[tuple[str, ...]] = ()

    def lets_merchant_open(self, request: HttpRequest, page: str) -> bool:
        """Whether a merchant may open this kind of page of some row; which rows is the queryset's to say."""
        if page == "add":
            return self._reaches(request, self.merchants_change)
        is_open = page in LOOKING or page in self.merchants_open
        return is_open and self._reaches(request, self.merchants_see)

    def stores_seen(self, request: HttpRequest, needed: Role | None) -> list[uuid.UUID]:
        """Of a merchant: the stores in which they are at least that."""
        roles = roles_of(request)
        return [store_id for store_id, role in roles.items() if needed and role.reaches(needed)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.across_stores.all()
        if not is_staff(request.user):
            rows = rows.filter(store_id__in=self.stores_seen(request, self.merchants_see))
        return rows.order_by(*self.get_ordering(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        if is_staff(request.user):
            return super().has_module_permission(request)
        return self._reaches(request, self.merchants_see)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if is_staff(request.user):
            return super().has_view_permission(request, obj)
        return self._reaches(request, self.merchants_see, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        if is_staff(request.user):
            return super().has_add_permission(request)
        return self._reaches(request, self.merchants_change)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if is_staff(request.user):
            return super().has_change_permission(request, obj)
        return self._reaches(request, self.merchants_change, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_staff(request.user) and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if is_staff(request.user):
            return actions
        return {name: action for name, action in actions.items() if name in self.merchants_act}

    def get_list_filter(self, request: HttpRequest) -> Any:
        """A merchant chooses among their own stores, and only where there are several."""
        filters = super().get_list_filter(request)
        if is_staff(request.user):
            return filters
        others = [entry for entry in filters if entry not in ("store", StoreFilter)]
        several = len(self.stores_seen(request, self.merchants_see)) > 1
        return [*others, OwnStoreFilter] if several and len(others) < len(filters) else others

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        return columns if is_staff(request.user) else _name_store(columns)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The store by its name alone for merchants: its page here is the operators'."""
        sets = super().get_fieldsets(request, obj)
        if is_staff(request.user):
            return sets
        return [(title, {**options, "fields": _name_store(options["fields"])}) for title, options in sets]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if is_staff(request.user) else [*_name_store(fields)]

    @admin.display(description=_("store"), ordering="store__slug")
    def store_name(self, row: Any) -> str:
        return str(row.store)

    def _reaches(self, request: HttpRequest, needed: Role | None, obj: Any = None) -> bool:
        stores = self.stores_seen(request, needed)
        return bool(stores) if obj is None else obj.store_id in stores


class ReadOnlyAdmin(AcrossStoresAdmin):
    """Rows that only the software writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def audited(admin_class: type[admin.ModelAdmin[Any]]) -> type[admin.ModelAdmin[Any]]:
    """The same class with its changes on record: for those that Django and its plug-ins bring along."""
    if issubclass(admin_class, AuditedAdmin):
        return admin_class
    return type(admin_class.__name__, (AuditedAdmin, admin_class), {"__module__": admin_class.__module__})


def _name_store(fields: Iterable[Any]) -> list[Any]:
    return ["store_name" if field == "store" else field for field in fields]


def _describe_rows(formsets: Iterable[Any]) -> list[dict[str, str]]:
    """What was done to the rows that are edited inside another one's page."""
    found = []
    for formset in formsets:
        with override("en"):
            label = str(formset.model._meta.verbose_name).capitalize()
        found += [{"label": label, "before": "", "after": str(row)} for row in formset.new_objects]
        found += [{"label": f"{label} {row}"} for row, _fields in formset.changed_objects]
        found += [{"label": label, "before": str(row), "after": ""} for row in formset.deleted_objects]
    return found


def _as_words(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.BooleanField):
        return "yes" if value else "no"
    choices = dict(getattr(field, "choices", None) or {})
    return str(choices.get(value, "" if value is None else value))[:200]


def _store_of(row: Any) -> uuid.UUID | None:
    found: uuid.UUID | None = row.pk if isinstance(row, Store) else getattr(row, "store_id", None)
    return found


def _person(request: HttpRequest) -> Any:
    return request.user if request.user.is_authenticated else None
