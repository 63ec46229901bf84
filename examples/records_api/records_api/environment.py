"""Variables that are more than text."""

import os
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def secret(name: str, default: str = "") -> str:
    """A variable, or the content of the file that <name>_FILE names."""
    file = os.environ.get(f"{name}_FILE")
    return Path(file).read_text().strip() if file else os.environ.get(name, default)


def secret_key(published: str) -> str:
    """Django's SECRET_KEY. With a key that everybody knows anybody signs a session of their
    own, so the published one is for a server that only this machine reaches."""
    key = secret("RECORDS_SECRET_KEY", published)
    bind = os.environ.get("RECORDS_BIND", "127.0.0.1:8000")
    if key == published and not all(map(_is_loopback, bind.split(","))):
        raise ImproperlyConfigured(
            "RECORDS_SECRET_KEY: expected a key of your own, here or in the file that RECORDS_SECRET_KEY_FILE names, "
            f"where others may connect; RECORDS_BIND is {bind!r}"
        )
    return key


def _is_loopback(bind: str) -> bool:
    """Of an address as gunicorn takes it: a host alone, with a port, or a socket's path."""
    bind = bind.strip()
    if bind.startswith("unix:"):
        return True
    try:
        host = urlsplit(f"//{bind.removeprefix('tcp://')}").hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # any other name, or none: all addresses
        return False


def http_url(name: str) -> str:
    """The address of a service, or "" where none is given."""
    url = os.environ.get(name, "")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme == "http" and parts.hostname and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or parts.query or parts.fragment or parts.username:
        raise ImproperlyConfigured(f"{name}: expected http://host[:port], got {url!r}")
    return url
