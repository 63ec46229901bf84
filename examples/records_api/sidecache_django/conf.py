"""The SIDECACHE setting: defaults, and what Django's checks say of it."""

from functools import lru_cache
from numbers import Real
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.signals import setting_changed

# Written at each log-in or by Django itself, and shown by no API. A token's primary
# key is the secret itself.
IGNORED = (
    "admin.logentry",
    "authtoken.token",
    "contenttypes.contenttype",
    "migrations.migration",
    "sessions.session",
)


class Options(NamedTuple):
    """One value for each key of SIDECACHE; README.md says what they mean."""

    ADMIN: Any = None
    TIMEOUT: float = 2.0
    RETRIES: int = 2
    ON_FAILURE: str = "log"
    VIA: str | None = "sidecache"
    MAX_GROUPS: int = 48
    IGNORE: Any = IGNORED

    @property
    def doors(self) -> tuple[str, ...]:
        if not self.ADMIN:
            return ()
        return (self.ADMIN,) if isinstance(self.ADMIN, str) else tuple(self.ADMIN)

    @property
    def ignored(self) -> frozenset[str]:
        return frozenset(label.lower() for label in self.IGNORE)


def _configured() -> Any:
    return getattr(settings, "SIDECACHE", {})


@lru_cache(maxsize=None)
def options() -> Options:
    return Options(**_configured())


@lru_cache(maxsize=None)
def ignored() -> frozenset[str]:
    return options().ignored


def _forget(*, setting: str, **kwargs) -> None:
    if setting == "SIDECACHE":
        options.cache_clear()
        ignored.cache_clear()


setting_changed.connect(_forget, dispatch_uid="sidecache_django.conf")


def check_settings(app_configs, **kwargs) -> list[checks.CheckMessage]:
    """All that is wrong with SIDECACHE; what is wrong stops ``manage.py``."""
    configured = _configured()
    if not isinstance(configured, dict):
        return [_error("E001", "SIDECACHE: expected a dict.")]
    unknown = sorted(str(key) for key in configured if key not in Options._fields)
    if unknown:
        known = ", ".join(Options._fields)
        return [_error("E002", f"SIDECACHE: no such key: {', '.join(unknown)}.", known)]
    found = Options(**configured)
    tests = (
        ("ADMIN", _are_doors(found.ADMIN), "None, or addresses like http://127.0.0.1:9900"),
        ("TIMEOUT", _is_number(found.TIMEOUT) and 0 < found.TIMEOUT <= 60, "seconds, over 0 to 60"),
        ("RETRIES", _is_count(found.RETRIES) and 0 <= found.RETRIES <= 10, "0 to 10"),
        ("ON_FAILURE", found.ON_FAILURE in ("log", "raise"), '"log" or "raise"'),
        ("VIA", found.VIA is None or _is_text(found.VIA), "a name without spaces, or None"),
        ("MAX_GROUPS", _is_count(found.MAX_GROUPS) and 2 <= found.MAX_GROUPS <= 4096, "2 to 4096"),
        ("IGNORE", _are_labels(found.IGNORE), 'a list of labels like "sessions.session"'),
    )
    return [
        _error("E003", f"SIDECACHE[{key!r}]: expected {expected}.")
        for key, is_good, expected in tests
        if not is_good
    ]


def _error(number: str, message: str, known: str | None = None) -> checks.Error:
    hint = f"There are {known}." if known else None
    return checks.Error(message, hint=hint, id=f"sidecache_django.{number}")


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != "" and not any(map(str.isspace, value))


def _are_doors(value: Any) -> bool:
    if value is None:
        return True
    doors = [value] if isinstance(value, str) else value
    return isinstance(doors, (list, tuple)) and all(map(_is_door, doors))


def _is_door(value: Any) -> bool:
    if not _is_text(value):
        return False
    try:
        parts = urlsplit(value)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    return parts.scheme == "http" and bool(parts.hostname) and has_port and is_bare


def _are_labels(value: Any) -> bool:
    return isinstance(value, (list, tuple, set, frozenset)) and all(
        _is_text(label) and label.count(".") == 1 for label in value
    )
