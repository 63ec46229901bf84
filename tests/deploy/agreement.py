"""What several files say of one thing, and has to be the same in each; and what files name that others have."""

import re
from functools import cached_property

import yaml

from sidecache import Configuration, Loader, yaml_of

SHARED = ("keys", "principals", "routes", "set_cookie", "writes")  # what the configurations before the records API have in common


class Agreement:
    def __init__(self, root, program):
        self.root, self.program = root, program

    def checks(self):
        yield "deploy: what is cached, for whom, and what writes end is the same in each configuration", self.shared
        yield "deploy: pool.max is the number of the API's threads, where one API stands behind sidecache", self.pools

    manifests = cached_property(lambda self: {name: list(yaml.load_all(self.text(f"deploy/kubernetes/{name}"), Loader)) for name in ("sidecar.yaml", "edge.yaml")})
    services = cached_property(lambda self: yaml_of(self.text("deploy/compose.yaml"))["services"])

    def text(self, path):
        return (self.root / path).read_text()

    @cached_property
    def configurations(self):
        """Of each sidecache before the records API, by the name of its file."""
        found = {path: self.text(path) for path in ("config/sidecache.yaml", "deploy/sidecache/sidecache.yaml")}
        found |= {f"deploy/kubernetes/{name}": each["data"]["sidecache.yaml"] for name, documents in self.manifests.items() for each in documents if each["kind"] == "ConfigMap"}
        return found

    def containers(self, name):
        pods = [each["spec"]["template"]["spec"] for each in self.manifests[name] if each["kind"] == "Deployment"]
        return [container for pod in pods for container in pod.get("initContainers", []) + pod["containers"]]

    def shared(self):
        model, *others = self.configurations.items()
        for key in SHARED:
            wanted = yaml_of(model[1])[key]
            yield from (f"{path}: its {key} are not those of {model[0]}" for path, text in others if yaml_of(text).get(key) != wanted)

    def pools(self):
        """gunicorn's own numbers, or those of the API's variables."""
        told = dict(re.findall(r'os\.environ\.get\("(RECORDS_(?:WORKERS|THREADS))", "(\d+)"\)', self.text("examples/records_api/gunicorn.conf.py")))
        variables = {
            "config/sidecache.yaml": {},
            "deploy/sidecache/sidecache.yaml": self.services["api"]["environment"],
            "deploy/kubernetes/sidecar.yaml": {each["name"]: each["value"] for container in self.containers("sidecar.yaml") if container["name"] == "api" for each in container["env"]},
        }
        for path, given in variables.items():
            threads = int(given.get("RECORDS_WORKERS", told["RECORDS_WORKERS"])) * int(given.get("RECORDS_THREADS", told["RECORDS_THREADS"]))
            most = Configuration(self.configurations[path]).origin.get("pool", {}).get("max")
            if most != threads:
                yield f"{path}: {most}, and the API has {threads}"
