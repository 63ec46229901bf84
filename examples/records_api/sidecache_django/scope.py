"""One request: the rows that its response is made of, and what it changed.

How the rows are found. A serializer's to_representation sees the rows that it is given,
not those that a `source`, a `__str__` or a method reads on the way, and nothing sees
the row that a search did not find because its department has another name. So what
counts is what came from the database while the request lasted: each SELECT tells the
rows or tables that its result depends on (statements.py), and post_init each instance.
That can be more than is shown, as the user of a token, and costs misses then. It is
never less, but for values that come from elsewhere, for which there is depends_on().

The scope is a context variable: each thread of gunicorn has its own, set for the length
of a request. Outside of it the signal finds none and does nothing.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar

from django.db import connections, models
from django.db.models.signals import post_init

from sidecache_django import naming
from sidecache_django.groups import Changed, Shown
from sidecache_django.statements import understand

_current: ContextVar["Scope | None"] = ContextVar("sidecache_django.scope", default=None)


class Scope:
    def __init__(self, changes_by_header: bool) -> None:
        self.shown = Shown()
        self.changed = Changed()
        self.changes_by_header = changes_by_header

    def note_row(self, instance: models.Model) -> None:
        for label, member in naming.rows_of(instance):
            self.shown.add_member(label, member)

    def note_statement(self, sql, params, many: bool) -> None:
        statement = understand(sql if isinstance(sql, str) else str(sql))
        for table in statement.listed:
            self._note_table(table)
        pin = statement.pin
        if pin is None:
            return
        model = naming.models_by_table()[pin.table]
        if naming.is_ignored(model):
            return
        is_readable = isinstance(params, (list, tuple)) and len(params) == statement.parameters
        if many or not is_readable:
            self._note_table(pin.table)
            return
        label = naming.label_of(model)
        key = model._meta.pk
        try:
            for value in params[pin.first : pin.first + pin.count]:
                if pin.column == key.column:
                    self.shown.add_member(label, naming.member(key, value))
                else:
                    field = next(
                        each
                        for each in model._meta.local_concrete_fields
                        if each.column == pin.column
                    )
                    self.shown.add_member(label, naming.relation(field, value))
        except naming.NoValue:
            self._note_table(pin.table)

    def _note_table(self, table: str) -> None:
        model = naming.models_by_table()[table]
        if not naming.is_ignored(model):
            self.shown.add_list(naming.label_of(model))

    def _around_statement(self, execute, sql, params, many, context):
        self.note_statement(sql, params, many)
        return execute(sql, params, many, context)

    @contextmanager
    def open(self) -> Iterator[None]:
        """From here on, and until the end, what this thread reads and commits is this request's."""
        token = _current.set(self)
        try:
            with ExitStack() as stack:
                for connection in connections.all():
                    stack.enter_context(connection.execute_wrapper(self._around_statement))
                yield
        finally:
            _current.reset(token)


def current() -> Scope | None:
    return _current.get()


def _note_made(sender, instance, **kwargs) -> None:
    scope = _current.get()
    if scope is None or instance.pk is None:
        return
    try:
        scope.note_row(instance)
    except naming.NoValue:
        pass  # made by hand, with a key that no row of the database can have


def connect() -> None:
    post_init.connect(_note_made, dispatch_uid="sidecache_django.scope")
