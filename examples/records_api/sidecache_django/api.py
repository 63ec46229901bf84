"""What projects call themselves, where neither SQL nor signals tell."""

from typing import Union

from django.db import DEFAULT_DB_ALIAS, models, router

from sidecache_django import naming, scope, writes
from sidecache_django.groups import Changed

Thing = Union[models.Model, type[models.Model], str]


def depends_on(*things: Thing) -> None:
    """Say that the response being made shows these rows, models or names.

    For what no query of this request tells: a value out of Django's cache, another
    service's answer. Outside of a request it does nothing.
    """
    current = scope.current()
    if current is None:
        return
    for thing in things:
        if isinstance(thing, str):
            current.shown.add_name(thing)
        elif isinstance(thing, models.Model):
            current.note_row(thing)
        else:
            current.shown.add_list(naming.label_of(thing))


def invalidate(*things: Thing, using: str | None = None) -> None:
    """Invalidate rows, whole models or names once the current transaction commits.

    For writes without signals: ``QuerySet.update``, ``bulk_create``, ``bulk_update``
    and SQL. A model means all its rows, those to come included. A row means the row
    with the relations that it had when it was loaded, refreshed and saved; where such
    a write may have moved it to another row, name its model.
    """
    changed: dict[str, Changed] = {}
    for thing in things:
        if isinstance(thing, str):
            alias = using or DEFAULT_DB_ALIAS
            changed.setdefault(alias, Changed()).add_name(thing)
        elif isinstance(thing, models.Model):
            alias = using or thing._state.db or router.db_for_write(type(thing))
            writes.add_row(changed.setdefault(alias, Changed()), thing)
        else:
            alias = using or router.db_for_write(thing)
            writes.add_model(changed.setdefault(alias, Changed()), thing)
    for alias, groups in changed.items():
        writes.after_commit(groups, alias)


def group_of(thing: models.Model | type[models.Model]) -> str:
    """The name of a row's or a model's group, for who announces it by other means."""
    if isinstance(thing, models.Model):
        label, member = naming.row_of(thing)
        return naming.member_name(label, member)
    return naming.label_of(thing)
