"""Variables that are more than text."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def secret(name: str, default: str = "") -> str:
    """A variable, or the content of the file that <name>_FILE names."""
    file = os.environ.get(f"{name}_FILE")
    return Path(file).read_text().strip() if file else os.environ.get(name, default)


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
