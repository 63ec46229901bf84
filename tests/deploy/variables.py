"""What is asked of variables that containers are given."""

import re
from urllib.parse import parse_qsl, urlsplit


def problems(variables):
    """Of secrets: whoever lists processes or containers reads what a variable says."""
    for name, value in variables:
        if re.search("PASSWORD|SECRET", name) and not (name.endswith("_FILE") and value.startswith("/run/secrets/")):
            yield f"{name} is no file"
        if "://" in value and (urlsplit(value).password is not None or "password" in dict(parse_qsl(urlsplit(value).query))):
            yield f"{name} has a password in it"


def host_of(url):
    return urlsplit(url).hostname
