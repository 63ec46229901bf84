"""Django's SQLite backend, made fit for several processes that read and write.

In write-ahead logging mode readers and the one writer do not block each other.
A transaction that begins with a read and then writes, however, fails at once with
"database is locked" when another one wrote in between: the busy timeout does not
apply, because waiting could not bring its snapshot up to date. ``BEGIN IMMEDIATE``
takes the write lock first, and there the busy timeout does apply.
"""

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite connection in WAL mode with a choice of how transactions begin."""

    # TransactionModeMiddleware turns this off for requests that only read.
    begin_immediate = True

    def get_new_connection(self, conn_params):
        connection = super().get_new_connection(conn_params)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _start_transaction_under_autocommit(self) -> None:
        self.cursor().execute("BEGIN IMMEDIATE" if self.begin_immediate else "BEGIN")
