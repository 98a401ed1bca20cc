"""A column that holds text sealed with AES-256-GCM (config.crypto).

The associated data is table, column and store, so a value moved to another column or store does not open.
Because a column's converter does not know its row, the database's bytes stay sealed on the instance until
the attribute is read; a row whose personal data nobody reads is never decrypted.

    email = EncryptedTextField()          # booking.email -> "zoe@example.com"

Filtering on it is a TypeError: keep a keyed hash beside it (config.crypto.keyed_hash) and look that up.
Rows are written by save, create and bulk_create; bulk_update and QuerySet.update refuse plain text.
"""

import uuid
from typing import Any

from django.db import models

from config.crypto import seal, unseal


class Sealed(bytes):
    """Bytes as they stand in the column."""


class UnsealOnRead:
    """The attribute: text outside, whatever the database gave inside."""

    def __init__(self, field: "EncryptedTextField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:  # deferred
            instance.refresh_from_db(fields=[name])
        value = instance.__dict__[name]
        if isinstance(value, Sealed):
            value = unseal(value, context=self.field.context_for(instance)).decode()
            instance.__dict__[name] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.Field[Any, Any]):
    """`store_attribute` names the attribute with the store's id: "store_id", or "id" on Store itself."""

    description = "Text, sealed with AES-256-GCM"
    empty_strings_allowed = True

    def __init__(self, *args: Any, store_attribute: str = "store_id", **kwargs: Any) -> None:
        self.store_attribute = store_attribute
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.store_attribute != "store_id":
            kwargs["store_attribute"] = self.store_attribute
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BinaryField"

    def db_type(self, connection: Any) -> str | None:
        # mssql-django fills in the length of Django's own BinaryField only: ours became varbinary(None).
        return "varbinary(max)" if connection.vendor == "microsoft" else super().db_type(connection)

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, UnsealOnRead(self))

    def context_for(self, instance: models.Model) -> bytes:
        store_id = getattr(instance, self.store_attribute)
        if not isinstance(store_id, uuid.UUID):
            raise TypeError(f"{self} needs the store's id before it can be sealed or opened.")
        return f"{instance._meta.db_table}|{self.column}|{store_id}".encode()

    def from_db_value(self, value: Any, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        return Sealed(seal(str(value).encode(), context=self.context_for(model_instance)))

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, Sealed):
            return value
        raise TypeError(f"{self} takes plain text only through an instance's save(); look-ups go by hash.")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = self.get_prep_value(value)
        return None if value is None else connection.Database.Binary(value)

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self} is not serialised: fixtures would hold personal data in the clear.")
