"""Which other rows a row has pointed at since it was loaded.

An appointment that moves from doctor 3 to doctor 5 changes what is told of both. What
it pointed at before is known from the instance alone: its foreign keys are noted as it
is made (post_init, which also runs for rows out of the database), refreshed and saved.
All values are kept, since a transaction that rolls back makes an older one true again.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from django.db import models
from django.db.models.signals import post_init, pre_save

from sidecache_django import naming
from sidecache_django.conf import ignored

SEEN = "_sidecache_seen"
REPLACES = "_sidecache_replaces"


class ForeignKey(NamedTuple):
    label: str
    field: models.Field
    attribute: str


@lru_cache(maxsize=1024)
def foreign_keys(model: type[models.Model]) -> tuple[ForeignKey, ...]:
    """Of all tables that hold a part of the model's rows."""
    return tuple(
        ForeignKey(naming.label_of(ancestor), field, field.attname)
        for ancestor in naming.lineage(model)
        for field in ancestor._meta.local_concrete_fields
        if field.remote_field is not None and not field.remote_field.parent_link
    )


def note(instance: models.Model) -> None:
    """What stands in the foreign keys now has been seen."""
    keys = foreign_keys(type(instance))
    if not keys:
        return
    values = instance.__dict__
    # Ellipsis is a deferred field: the same object in every process, should it be pickled.
    now = tuple(values.get(key.attribute, ...) for key in keys)
    seen = values.get(SEEN, ())
    if now not in seen:
        values[SEEN] = (*seen, now)


def relations_of(instance: models.Model) -> Iterator[tuple[str, str | None]]:
    """Label and relation of all that was seen; None for a relation that is not known."""
    keys = foreign_keys(type(instance))
    for seen in instance.__dict__.get(SEEN, ()):
        for key, value in zip(keys, seen):
            if value is None or key.label in ignored():
                continue
            try:
                yield key.label, None if value is ... else naming.relation(key.field, value)
            except naming.NoValue:
                yield key.label, None


def replaces_unseen_row(instance: models.Model, created: bool) -> bool:
    """Whether this save overwrote a row that the instance was not loaded from.

    Where a row lies in several tables, `created` tells of the last of them only.
    """
    may_replace = not created or len(naming.lineage(type(instance))) > 1
    return may_replace and instance.__dict__.get(REPLACES, False)


def _note_made(sender, instance, **kwargs) -> None:
    note(instance)


def _note_saving(sender, instance, **kwargs) -> None:
    if foreign_keys(type(instance)):
        instance.__dict__[REPLACES] = instance._state.adding and instance.pk is not None


def connect() -> None:
    """Once, when all models are known.

    Nothing tells that an instance was refreshed, so the method itself is wrapped, once,
    where all models have it from. It also brings deferred fields.
    """
    post_init.connect(_note_made, dispatch_uid="sidecache_django.relations")
    pre_save.connect(_note_saving, dispatch_uid="sidecache_django.relations")
    refresh = models.Model.refresh_from_db
    if getattr(refresh, "notes_relations", False):
        return

    def refresh_from_db(self, *args, **kwargs):
        refresh(self, *args, **kwargs)
        note(self)

    refresh_from_db.__doc__ = refresh.__doc__
    refresh_from_db.alters_data = getattr(refresh, "alters_data", False)
    refresh_from_db.notes_relations = True
    models.Model.refresh_from_db = refresh_from_db
