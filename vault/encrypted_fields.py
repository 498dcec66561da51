"""Model fields stored as ciphertext, and hash fields by which their values are found.

In Python an encrypted column is a text (or a list of texts) like any other. The database can answer
only whether it is empty. Any other filter raises EncryptedColumnError.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Col, Combinable
from django.db.models.lookups import Exact, IsNull, Lookup

from vault import encryption
from vault.errors import EncryptedColumnError

if TYPE_CHECKING:
    AnyField: TypeAlias = models.Field[str | Combinable, str]
    Text: TypeAlias = models.TextField[str | Combinable, str]
    Words: TypeAlias = models.CharField[str | Combinable, str]
    Bytes: TypeAlias = models.BinaryField[Any, Any]
    Equal: TypeAlias = Exact[Any]
else:
    AnyField, Text, Words = models.Field, models.TextField, models.CharField
    Bytes, Equal = models.BinaryField, Exact

#: A domain over bytea that accepts only ciphertext (vault/migrations/0001_sealed.py).
ENCRYPTED_MARK = "sealed"


def column_path(model: type[models.Model], name: str) -> str:
    """The name of a column in keys and authenticated data, such as `patients.patient.phone`.

    It is taken from the table, not from the class, so that a renamed class still decrypts its rows.
    """
    return f"{model._meta.db_table.replace('_', '.', 1)}.{name}"


class EncryptedCol(Col):
    """A column that can be selected but not used for ordering.

    Django resolves the expression again only to order by it.
    """

    def resolve_expression(self, *arguments: Any, **options: Any) -> Any:
        raise EncryptedColumnError(f"{self.target} is encrypted: rows cannot be put in its order.")

    def as_asked(self) -> Col:
        """The same column as a plain one, for the two lookups below."""
        return Col(self.alias, self.target, self.output_field)


def _as_asked(column: Any) -> Any:
    return column.as_asked() if isinstance(column, EncryptedCol) else column


class IsEmpty(Equal):
    """`= ''`, the only comparison with a ciphertext that is meaningful."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(_as_asked(lhs), rhs)

    def get_prep_lookup(self) -> Any:
        if self.rhs not in ("", []):
            raise EncryptedColumnError(
                f"{self.lhs.output_field} is encrypted: a filter can only ask whether it is empty."
            )
        return self.rhs


class IsThere(IsNull):
    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(_as_asked(lhs), rhs)


class EncryptedFieldMixin(AnyField):
    """Base of encrypted fields; `text_of` and `value_of` convert the value to text and back."""

    def text_of(self, value: Any) -> str:
        return str(value)

    def value_of(self, text: str) -> Any:
        return text

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False
    ) -> None:
        super().contribute_to_class(cls, name, private_only)
        # Part of the authenticated data: a table or field that is renamed must be encrypted again.
        self.column_path = column_path(cls, name)

    def sealed(self, value: Any) -> bytes:
        return encryption.encrypt(self.text_of(value), column=self.column_path)

    def unsealed(self, kept: bytes) -> Any:
        return self.value_of(encryption.decrypt(bytes(kept), column=self.column_path))

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return ENCRYPTED_MARK

    def cast_db_type(self, connection: BaseDatabaseWrapper) -> str:
        return ENCRYPTED_MARK

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        if value is None or isinstance(value, bytes):
            return value
        return self.sealed(value)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return None if value is None else self.unsealed(value)

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        if lookup_name == "exact":
            return IsEmpty
        if lookup_name == "isnull":
            return IsThere
        raise EncryptedColumnError(
            f"{self} is encrypted: it cannot be searched by {lookup_name!r}."
        )

    def get_transform(self, lookup_name: str) -> Any:
        raise EncryptedColumnError(
            f"{self} is encrypted: the database knows no {lookup_name!r} of it."
        )

    def get_col(self, alias: str, output_field: Any = None) -> Col:
        return EncryptedCol(alias, self, output_field)

    @property
    def cached_col(self) -> Col:
        return self.get_col(self.model._meta.db_table)


class EncryptedTextField(EncryptedFieldMixin, Text):
    """Encrypted text of any length."""


class EncryptedCharField(EncryptedFieldMixin, Words):
    """Encrypted text of at most `max_length` characters.

    Forms check the length; the database cannot.
    """


class EncryptedListField(EncryptedFieldMixin):
    """A list of texts that is encrypted as one value."""

    def text_of(self, value: Any) -> str:
        return json.dumps(list(value), ensure_ascii=False) if value else ""

    def value_of(self, text: str) -> list[str]:
        return list(json.loads(text)) if text else []

    def get_prep_value(self, value: Any) -> Any:
        return value


class BlindIndexField(Bytes):
    """A keyed hash of the field `of` for exact searches; `hashes` gives the values to look for.

    It is computed from the row whenever Django saves it. Code that writes rows without the models
    calls `hash_in`. `normal` converts different spellings of a value to one form.
    """

    def __init__(
        self, *args: Any, of: str = "", normal: Callable[[str], str] = str, **options: Any
    ) -> None:
        self.of, self.normal = of, normal
        options["editable"] = False
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("editable", None)
        return name, path, args, {**options, "of": self.of, "normal": self.normal}

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False
    ) -> None:
        super().contribute_to_class(cls, name, private_only)
        self.column_path = column_path(cls, self.of)

    def hash_of(self, value: str) -> bytes:
        return encryption.blind_hash(self.normal(value), column=self.column_path)

    def hashes(self, value: str) -> list[bytes]:
        """Values for `value_hash__in`: one for each key that may have been used."""
        return encryption.blind_hashes(self.normal(value), column=self.column_path)

    def hash_in(self, values: Mapping[str, Any]) -> bytes:
        return self.hash_of(values[self.of])

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        made = self.hash_of(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, made)
        return made


def hash_field(model: type[models.Model], name: str) -> BlindIndexField:
    """The blind index of a model with this name. Raises TypeError if it is another field."""
    field = model._meta.get_field(name)
    if not isinstance(field, BlindIndexField):
        raise TypeError(f"{field} is no blind index.")
    return field


def encrypted_fields_of(model: type[models.Model]) -> list[EncryptedFieldMixin]:
    return [
        field for field in model._meta.concrete_fields if isinstance(field, EncryptedFieldMixin)
    ]


def blind_indexes(model: type[models.Model]) -> list[BlindIndexField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, BlindIndexField)]


def keep_together(model: type[models.Model], values: Collection[str]) -> None:
    """Raise EncryptedColumnError if `values` has an indexed column without its hash."""
    for index in blind_indexes(model):
        if index.of in values and index.name not in values:
            raise EncryptedColumnError(f"{index.of} has a hash beside it: change it by `save`.")
