"""What groups are called.

    records.doctor           every list of doctors
    records.doctor:5         whatever shows the doctor 5
    records.doctor:*         whatever shows one doctor or another
    records.doctor:department=3   whatever is made of the doctors of department 3

A write of doctor 5 names the first two and its relations; a write of all doctors names
the first and the third. So each response is in one of these two, whatever else it is in.
"""

from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from sidecache_django.conf import ignored

NAME_LIMIT = 256


class NoValue(Exception):
    """Something stands in a column's place that is no value of it yet."""


@lru_cache(maxsize=None)
def models_by_table() -> dict[str, type[models.Model]]:
    """The first model of each table, through tables of many-to-many included."""
    found: dict[str, type[models.Model]] = {}
    for model in apps.get_models(include_auto_created=True, include_swapped=True):
        if not model._meta.proxy:
            found.setdefault(model._meta.db_table.lower(), model)
    return found


@lru_cache(maxsize=1024)
def label_of(model: type[models.Model]) -> str:
    """One label for each table, whichever of its models is used."""
    model = model._meta.concrete_model
    model = models_by_table().get(model._meta.db_table.lower(), model)
    return quote(model._meta.label_lower, safe="")


@lru_cache(maxsize=1024)
def lineage(model: type[models.Model]) -> tuple[type[models.Model], ...]:
    """The model and those whose tables hold a part of its rows."""
    model = model._meta.concrete_model
    return (model, *model._meta.get_parent_list())


def is_ignored(model: type[models.Model]) -> bool:
    return label_of(model) in ignored()


def member(field: models.Field, value: Any) -> str:
    """A key's value in the form that names have.

    Whole numbers and UUIDs stand as they are. Anything else is digested: it may be
    long, hold any character, or be a secret.
    """
    while field.remote_field is not None:
        field = field.target_field
    try:
        value = field.to_python(value)
    except (ValidationError, TypeError, ValueError) as error:
        raise NoValue(field.name) from error
    if isinstance(value, (int, UUID)) and not isinstance(value, bool):
        return str(value)
    return sha256(str(value).encode()).hexdigest()[:32]


def relation(field: models.Field, value: Any) -> str:
    return f"{quote(field.name, safe='')}={member(field, value)}"


def row_of(instance: models.Model) -> tuple[str, str]:
    return label_of(type(instance)), member(instance._meta.pk, instance.pk)


def rows_of(instance: models.Model) -> list[tuple[str, str]]:
    """The row in each of its tables, as far as it has a key there."""
    rows = []
    for model in lineage(type(instance)):
        key = model._meta.pk
        value = instance.__dict__.get(key.attname)
        if value is not None and not is_ignored(model):
            rows.append((label_of(model), member(key, value)))
    return rows


def member_name(label: str, member: str) -> str:
    return f"{label}:{member}"


def whole_name(label: str) -> str:
    return f"{label}:*"


def checked_name(name: str) -> str:
    """A name that a project gave; ValueError where no structured field can carry it."""
    if not 0 < len(name) <= NAME_LIMIT or not all(" " <= each <= "~" for each in name):
        wanted = f"1 to {NAME_LIMIT} printable ASCII characters"
        raise ValueError(f"A group's name is {wanted}, which this is not: {name!r}")
    return name


def string_list(names: list[str]) -> str:
    """A List of Strings (RFC 9651 section 3.1), as RFC 9875 wants groups."""
    return ", ".join(
        '"' + checked_name(name).replace("\\", "\\\\").replace('"', '\\"') + '"'
        for name in names
    )
