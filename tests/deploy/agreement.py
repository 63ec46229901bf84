"""What several files say of one thing, and has to be the same in each; and what files name that others have."""

import re
import subprocess
from functools import cached_property

import yaml

from sidecache import Configuration, Loader, yaml_of

READERS = ("records_api/settings.py", "records_api/environment.py", "records_api/database.py", "gunicorn.conf.py")  # of the API's environment
TELLERS = (  # of its names
    "deploy/compose.yaml", "deploy/kubernetes/sidecar.yaml", "deploy/kubernetes/edge.yaml", "deploy/api/Dockerfile", "deploy/README.md", "docs/guide.md", "docs/operations.md")
DOCKERFILES = ("Dockerfile", "deploy/api/Dockerfile")
SHARED = ("keys", "principals", "routes", "set_cookie", "writes")  # what the configurations before the records API have in common


class Agreement:
    def __init__(self, root, program):
        self.root, self.program = root, program

    def checks(self):
        yield "deploy: what is cached, for whom, and what writes end is the same in each configuration", self.shared
        yield "deploy: pool.max is the number of threads of an API that stands alone behind it", self.pools
        yield "deploy: variables of the API are those that it reads", self.variables
        yield "deploy: images are those that are built, of one version", self.images
        yield "deploy: README.md pushes the images of Kubernetes, and names each file", self.readme
        yield "deploy: what Dockerfiles copy and run is in the repository", self.dockerfiles

    manifests = cached_property(lambda self: {name: list(yaml.load_all(self.text(f"deploy/kubernetes/{name}"), Loader)) for name in ("sidecar.yaml", "edge.yaml")})
    services = cached_property(lambda self: yaml_of(self.text("deploy/compose.yaml"))["services"])

    def text(self, path):
        return (self.root / path).read_text()

    @cached_property
    def configurations(self):
        """Of each sidecache before the records API, by the name of its file."""
        found = {path: self.text(path) for path in ("config/sidecache.yaml", "deploy/sidecache/sidecache.yaml")}
        for name, documents in self.manifests.items():
            found |= {f"deploy/kubernetes/{name}": each["data"]["sidecache.yaml"] for each in documents if each["kind"] == "ConfigMap"}
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
        (beside,) = (container for container in self.containers("sidecar.yaml") if container["name"] == "api")
        variables = {
            "config/sidecache.yaml": {},
            "deploy/sidecache/sidecache.yaml": self.services["api"]["environment"],
            "deploy/kubernetes/sidecar.yaml": {each["name"]: each["value"] for each in beside["env"]},
        }
        for path, given in variables.items():
            threads = int(given.get("RECORDS_WORKERS", told["RECORDS_WORKERS"])) * int(given.get("RECORDS_THREADS", told["RECORDS_THREADS"]))
            most = Configuration(self.configurations[path]).origin.get("pool", {}).get("max")
            if most != threads:
                yield f"{path}: {most}, and the API has {threads}"

    def variables(self):
        """By their names in the text, comments included: whoever uncomments a line shall get what it says."""
        code = "\n".join(self.text(f"examples/records_api/{path}") for path in READERS)
        read = set(re.findall(r'"((?:RECORDS_\w+|DATABASE_URL))"', code)) | {f"{name}_FILE" for name in re.findall(r'\bsecret\("(\w+)"', code)}
        for path in TELLERS:
            told = set(re.findall(r"\bRECORDS_[A-Z_]+\b|\bDATABASE_URL\b", self.text(path)))
            yield from (f"{path}: {name} is read by nobody" for name in sorted(told - read))

    def images(self):
        """Compose builds them; Kubernetes takes them from a registry under the same names, in the version of the program."""
        built = {service["image"] for service in self.services.values() if "build" in service}
        version = subprocess.run([self.program, "--version"], capture_output=True, text=True, check=True, timeout=10).stdout.split()[1]
        for manifest in self.manifests:
            for container in self.containers(manifest):
                name, _, tag = container["image"].rpartition("/")[2].partition(":")
                if name not in built or tag != version:
                    yield f"{manifest}: {container['name']} runs {container['image']}, and what is built is {', '.join(sorted(built))} in {version}"

    def readme(self):
        text = self.text("deploy/README.md")
        for image in {container["image"] for manifest in self.manifests for container in self.containers(manifest)}:
            for command in (f"docker build -t {image} ", f"docker push {image}\n"):
                if command not in text:
                    yield f"no {command.strip()}"
        dockerfile = re.search(r"docker build -t \S+/records-api:\S+ -f (\S+) \.", text)[1]
        if dockerfile != self.services["api"]["build"]["dockerfile"]:
            yield f"it builds the API by {dockerfile}"
        for path in (self.root / "deploy").iterdir():
            if path.name not in ("README.md", "secrets") and f"`{path.name}" not in text:
                yield f"it does not name {path.name}"

    def dockerfiles(self):
        lists = set(re.findall(r"^    \[(\w+)\]=", self.text("scripts/packages.sh"), re.MULTILINE))
        for dockerfile in DOCKERFILES:
            for step in self.text(dockerfile).splitlines():
                copied = re.match(r"COPY (?!--from)(.+) \S+$", step)
                for path in copied[1].split() if copied else ():
                    if not (self.root / path).exists():
                        yield f"{dockerfile}: {path} is not there"
                for path, words in re.findall(r"(scripts/\w+\.sh) install ([\w -]+)", step):
                    yield from (f"{dockerfile}: {path} knows no list {word}" for word in words.split() if word not in lists)
        built = {service["build"].get("dockerfile", "Dockerfile") for service in self.services.values() if "build" in service}
        if built != set(DOCKERFILES):
            yield f"compose.yaml builds {sorted(built)}"
