"""Whether an object has the fields that Kubernetes knows, of their types: by the models of Debian's python3-kubernetes (the API of Kubernetes 1.22)."""

import re

from kubernetes import client

MODELS = {
    ("v1", "Namespace"): "V1Namespace",
    ("v1", "ConfigMap"): "V1ConfigMap",
    ("v1", "Service"): "V1Service",
    ("apps/v1", "Deployment"): "V1Deployment",
    ("networking.k8s.io/v1", "NetworkPolicy"): "V1NetworkPolicy",
    ("policy/v1", "PodDisruptionBudget"): "V1PodDisruptionBudget",
}
QUANTITY = re.compile(r"\d+(\.\d+)?(m|k|M|G|Ki|Mi|Gi)?")


def problems(document):
    model = MODELS.get((document.get("apiVersion"), document.get("kind")))
    if model is None:
        yield f"no object of a kind that is known here: {document.get('apiVersion')} {document.get('kind')}"
    else:
        yield from _problems_of_model(document, model, document["kind"])


def _problems_of(value, kind, path):
    listed = re.fullmatch(r"list\[(.+)\]", kind)
    mapped = re.fullmatch(r"dict\(str, (.+)\)", kind)
    if listed:
        if not isinstance(value, list):
            yield f"{path}: expected a list"
            return
        for index, each in enumerate(value):
            yield from _problems_of(each, listed[1], f"{path}.{index}")
    elif mapped:
        if not isinstance(value, dict):
            yield f"{path}: expected a map"
            return
        for key, each in value.items():
            if not isinstance(key, str):
                yield f"{path}.{key}: expected a text as key"
            # Quantities are texts in the API; it takes numbers as well.
            is_quantity = path.endswith((".limits", ".requests"))
            if is_quantity and not QUANTITY.fullmatch(str(each)):
                yield f"{path}.{key}: expected a quantity, got {each!r}"
            yield from () if is_quantity else _problems_of(each, mapped[1], f"{path}.{key}")
    elif kind == "str":
        if not isinstance(value, str):
            yield f"{path}: expected a text, got {value!r}"
    elif kind == "int":
        if not isinstance(value, int) or isinstance(value, bool):
            yield f"{path}: expected a whole number, got {value!r}"
    elif kind == "bool":
        if not isinstance(value, bool):
            yield f"{path}: expected true or false, got {value!r}"
    elif kind == "object":  # int-or-string
        if not isinstance(value, (int, str)):
            yield f"{path}: expected a number or a name, got {value!r}"
    else:
        yield from _problems_of_model(value, kind, path)


def _problems_of_model(value, name, path):
    if not isinstance(value, dict):
        yield f"{path}: expected a map"
        return
    model = getattr(client, name)
    attributes = {key: attribute for attribute, key in model.attribute_map.items()}
    for key, each in value.items():
        if key not in attributes:
            yield f"{path}.{key}: no such field"
        else:
            yield from _problems_of(each, model.openapi_types[attributes[key]], f"{path}.{key}")
    try:  # the model's own word on what must be given
        model(**{attributes[key]: each for key, each in value.items() if key in attributes})
    except ValueError as error:
        yield f"{path}: {error}"
