"""POST /invalidate at the proxy's admin door, within a deadline."""

import http.client
import json
import logging
from collections.abc import Iterator
from time import monotonic, sleep
from urllib.parse import urlsplit

from sidecache_django.conf import options
from sidecache_django.deadline import DeadlineConnection
from sidecache_django.groups import Changed

logger = logging.getLogger(__name__)

NAME_COUNT = 1000  # over it models are named instead of rows
CONTENT_LIMIT = 60_000  # the door reads 64 KiB
FIRST_PAUSE = 0.05
ANSWER_LIMIT = 1000


class InvalidationFailed(Exception):
    """What was committed could not be announced: the cache may be stale."""


class _Refused(Exception):
    """An answer that another attempt would not change."""


def announce(changed: Changed) -> None:
    """Tell every door. Returns when all know, or as ON_FAILURE says."""
    chosen = options()
    if not chosen.doors:
        return
    names = changed.named(NAME_COUNT)
    failures = []
    for address in chosen.doors:
        try:
            _tell(address, names, monotonic() + chosen.TIMEOUT, chosen.RETRIES)
        except (OSError, http.client.HTTPException, _Refused) as error:
            failures.append(f"{address}: {error or type(error).__name__}")
    if not failures:
        return
    some = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    message = (
        f"Committed but not announced to {'; '.join(failures)}. What is stored of these "
        f"groups is served until it is no longer fresh: {some}"
    )
    logger.error(message)
    if chosen.ON_FAILURE == "raise":
        raise InvalidationFailed(message)


def _tell(address: str, names: list[str], until: float, retries: int) -> None:
    for content in _contents(names):
        _send(address, content, until, retries)


def _contents(names: list[str]) -> Iterator[bytes]:
    """Names are ASCII, and all in one, but for a very long list."""
    part: list[str] = []
    size = 0
    for name in names:
        cost = len(json.dumps(name)) + 2
        if part and size + cost > CONTENT_LIMIT:
            yield json.dumps({"groups": part}).encode()
            part, size = [], 0
        part.append(name)
        size += cost
    yield json.dumps({"groups": part}).encode()


def _send(address: str, content: bytes, until: float, retries: int) -> None:
    """Again after no answer or a 5xx, while there is time: to say it twice is harmless."""
    pause = FIRST_PAUSE
    for attempts_left in range(retries, -1, -1):
        try:
            return _send_once(address, content, until)
        except (OSError, http.client.HTTPException):
            if attempts_left == 0 or monotonic() + pause >= until:
                raise
        sleep(pause)
        pause *= 2


def _send_once(address: str, content: bytes, until: float) -> None:
    parts = urlsplit(address)
    connection = DeadlineConnection(parts.hostname, parts.port or 80, until)
    try:
        headers = {"Content-Type": "application/json", "Connection": "close"}
        connection.request("POST", "/invalidate", content, headers)
        response = connection.getresponse()
        said = response.read(ANSWER_LIMIT).decode("utf-8", "replace").strip()
    finally:
        connection.close()
    if response.status == 200:
        return
    answer = f"{response.status} {said}".strip()
    if response.status >= 500:
        raise http.client.HTTPException(answer)
    raise _Refused(answer)
