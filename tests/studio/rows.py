"""One row of whatever model, for tests that walk all of them."""

import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone

from store.fields import EncryptedTextField

SMALL: dict[type[models.Field[Any, Any]], Any] = {
    models.BinaryField: b"",
    models.BooleanField: False,
    models.DateTimeField: timezone.now,
    models.DateField: date.today,
    models.DecimalField: Decimal(1),
    models.DurationField: timedelta(0),
    models.JSONField: dict,
    models.UUIDField: uuid.uuid4,
    models.FloatField: 1.0,
    models.IntegerField: 1,
}


def make_row(model: type[models.Model], **given: Any) -> Any:
    """With what is `given` and the least of everything else; written past the model's own rules."""
    values = {}
    for field in model._meta.concrete_fields:
        name = str(field.name)
        if name in given:
            values[name] = given[name]
        elif _has_to_be_filled(field):
            values[name] = _least(field, given)
    row = model(**values)
    model._base_manager.bulk_create([row])
    return model._base_manager.get(pk=row.pk)


def _has_to_be_filled(field: models.Field[Any, Any]) -> bool:
    return not (field.has_default() or field.null or isinstance(field, models.AutoField))


def _least(field: models.Field[Any, Any], given: dict[str, Any]) -> Any:
    if isinstance(field, models.ForeignKey):
        return make_row(field.related_model, **{k: v for k, v in given.items() if k == "store"})
    if field.choices:
        return next(iter(dict(field.flatchoices)))
    if isinstance(field, EncryptedTextField | models.CharField | models.TextField):
        return uuid.uuid4().hex[: field.max_length or 32]
    kind = next(kind for kind in SMALL if isinstance(field, kind))
    return SMALL[kind]() if callable(SMALL[kind]) else SMALL[kind]
