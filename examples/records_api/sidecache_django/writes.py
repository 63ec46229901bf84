"""What writes change, collected until their transaction commits.

Each change waits in Django's own on_commit, so a rollback, also one to a savepoint,
drops exactly what it undoes. (One by transaction.savepoint_rollback, of which on_commit
is not told, drops nothing: that costs a miss.) The first of them that runs after a
commit announces what all of them name: one announcement for each transaction, before
the caller goes on.
"""

import weakref
from collections.abc import Iterator

from django.db import connections, models, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save

from sidecache_django import door, naming, relations, scope
from sidecache_django.groups import Changed

# What happens to rows that point at one that goes: they go with a signal each, or stay.
TOLD_OR_LEFT = (models.CASCADE, models.PROTECT, models.RESTRICT, models.DO_NOTHING)


class Batch:
    """Changes between two savepoints, waiting in on_commit."""

    def __init__(self, waiting: "weakref.WeakSet[Batch]") -> None:
        self.changed = Changed()
        self._waiting = waiting

    def committed(self) -> None:
        # Only on_commit holds batches, so those that a rollback dropped are gone from the
        # set. One that is not yet (a traceback may hold it) costs a miss.
        together = Changed()
        for batch in list(self._waiting):
            together.update(batch.changed)
        self._waiting.clear()  # so that the others find nothing left to tell
        if together:
            publish(together)


def publish(changed: Changed) -> None:
    """By the response, if it will pass the proxy; else at the door, now."""
    current = scope.current()
    if current is not None and current.changes_by_header:
        current.changed.update(changed)
    else:
        door.announce(changed)


def after_commit(changed: Changed, using: str) -> None:
    """Publish these once the transaction commits: at once where there is none."""
    if not changed:
        return
    connection = connections[using]
    batch = _last_batch(connection)
    if batch is not None:
        batch.changed.update(changed)
        return
    waiting = connection.__dict__.setdefault("_sidecache_waiting", weakref.WeakSet())
    batch = Batch(waiting)
    batch.changed.update(changed)
    waiting.add(batch)
    transaction.on_commit(batch.committed, using=using)


def _last_batch(connection) -> Batch | None:
    """The last that waits for this commit, if it is ours and of the same savepoints.

    A command that saves a million rows in one transaction so leaves one batch, and
    not a million.
    """
    if not (connection.in_atomic_block and connection.run_on_commit):
        return None
    savepoints, function = connection.run_on_commit[-1][:2]
    batch = getattr(function, "__self__", None)
    if isinstance(batch, Batch) and savepoints == set(connection.savepoint_ids):
        return batch
    return None


def add_row(changed: Changed, instance: models.Model) -> None:
    """The row in all its tables, and the relations that it has or had."""
    for label, member in naming.rows_of(instance):
        changed.add_member(label, member)
    relations.note(instance)
    for label, relation in relations.relations_of(instance):
        if relation is None:
            changed.add_coarse(label)
        else:
            changed.add_member(label, relation)


def add_model(changed: Changed, model: type[models.Model]) -> None:
    """All rows of it."""
    for each in naming.lineage(model):
        if not naming.is_ignored(each):
            changed.add_coarse(naming.label_of(each))


def _changed_silently(model: type[models.Model]) -> Iterator[type[models.Model]]:
    """Models of which Django changes rows without a signal when a row of this one goes:
    links of many-to-many fields, and foreign keys that are set to something else."""
    for relation in model._meta.get_fields(include_hidden=True):
        is_pointed_at = relation.auto_created and not relation.concrete
        if not is_pointed_at or not (relation.one_to_one or relation.one_to_many):
            continue
        pointing = relation.related_model
        if pointing._meta.auto_created or relation.on_delete not in TOLD_OR_LEFT:
            yield pointing


def _saved(sender, instance, created, using, **kwargs) -> None:
    changed = Changed()
    if relations.replaces_unseen_row(instance, created):
        add_model(changed, sender)  # of what stood there before nothing is known
    add_row(changed, instance)
    after_commit(changed, using)


def _deleted(sender, instance, using, **kwargs) -> None:
    changed = Changed()
    add_row(changed, instance)
    for model in _changed_silently(sender):
        add_model(changed, model)
    after_commit(changed, using)


def _links_changed(sender, instance, action, model, pk_set, using, **kwargs) -> None:
    if not action.startswith("post_"):
        return
    changed = Changed()
    add_model(changed, sender)  # the table of the links, which have no signals of their own
    add_row(changed, instance)
    if pk_set is None:  # cleared: who was linked is not told
        add_model(changed, model)
    elif not naming.is_ignored(model):
        for key in pk_set:
            changed.add_member(naming.label_of(model), naming.member(model._meta.pk, key))
    after_commit(changed, using)


def connect() -> None:
    post_save.connect(_saved, dispatch_uid="sidecache_django.writes")
    post_delete.connect(_deleted, dispatch_uid="sidecache_django.writes")
    m2m_changed.connect(_links_changed, dispatch_uid="sidecache_django.writes")
