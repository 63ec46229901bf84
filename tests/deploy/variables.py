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


def secrets_made(text):
    """Of the commands in comments: {Secret: {key: value}}."""
    made = {}
    for name, literals in re.findall(r"create secret generic (\S+)((?: --from-literal=\S+)+)", text):
        made[name] = {key: value.strip("'") for key, value in re.findall(r"--from-literal=(\w+)=(\S+)", literals)}
    return made


def of_secrets(variables):
    """(variable, Secret, key) of a container's variables that come out of one."""
    for each in variables:
        if "secretKeyRef" in each.get("valueFrom", {}):
            yield each["name"], each["valueFrom"]["secretKeyRef"]["name"], each["valueFrom"]["secretKeyRef"]["key"]


def environment(variables, secrets):
    """What a container sees."""
    told = {each["name"]: each["value"] for each in variables if "value" in each}
    return told | {name: secrets[secret][key] for name, secret, key in of_secrets(variables) if key in secrets.get(secret, {})}
