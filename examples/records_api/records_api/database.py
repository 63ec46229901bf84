"""Which database: DATABASE_URL, or else an SQLite file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

PASSWORD_FILE = "RECORDS_DATABASE_PASSWORD_FILE"
FORMS = "postgresql://user:password@host:5432/name?sslmode=require or sqlite:///path"

EVERY_DATABASE = {
    "ATOMIC_REQUESTS": True,
    # To connect anew for each request costs more than most queries. And the last SQLite
    # connection to close folds the write-ahead log back into the database.
    "CONN_MAX_AGE": 60,
}


def database(environment: Mapping[str, str], default: Path) -> dict[str, Any]:
    """The "default" of Django's DATABASES. RECORDS_DB is a path, as DATABASE_URL may name one.
    PostgreSQL's password stands in the address or in a file."""
    url = environment.get("DATABASE_URL", "")
    if not url:
        return sqlite(Path(environment.get("RECORDS_DB", default)))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _misread(str(error)) from error
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        return sqlite(Path(unquote(parts.path[1:])))
    if parts.scheme not in ("postgres", "postgresql"):
        raise _misread("this is another kind of address")
    name = unquote(parts.path[1:])
    if not name or "/" in name:
        raise _misread("it ends with the name of one database")
    options = dict(parse_qsl(parts.query))
    password = unquote(parts.password or "")
    if file := environment.get(PASSWORD_FILE):
        if password or "password" in options:
            raise _misread(f"the password is in it and in {PASSWORD_FILE}")
        password = Path(file).read_text().strip()
    return {
        **EVERY_DATABASE,
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": password,
        # A socket's folder can only be told behind the question mark.
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": options,
    }


def sqlite(path: Path) -> dict[str, Any]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return {
        **EVERY_DATABASE,
        "ENGINE": "records_api.sqlite_wal",
        "NAME": path,
        "OPTIONS": {"timeout": 10},
    }


def _misread(why: str) -> ImproperlyConfigured:
    """Without the value: it may hold a password."""
    return ImproperlyConfigured(f"DATABASE_URL: expected {FORMS}; {why}")
