"""What is asked of a file of deploy/kubernetes."""

import re
from functools import cached_property

import yaml

import kubernetes_fields
import replicas
import variables
from sidecache import Configuration, Loader, mebibytes_of, port_of

NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
DEFAULT_GRACE = 30
API_PORT = 8000
API_GRACE = 5  # gunicorn's graceful_timeout, in a pod where the API stays until sidecache has drained


class Manifests:
    def __init__(self, root, program, name):
        self.root, self.program, self.name = root, program, name
        self.text = (root / "deploy/kubernetes" / name).read_text()
        self.documents = list(yaml.load_all(self.text, Loader))

    # Looked for when they are asked for: that the fields are right is a check of its own, and comes first.
    deployment = cached_property(lambda self: self.of_kind("Deployment")[0])
    pod = cached_property(lambda self: self.deployment["spec"]["template"]["spec"])
    labels = cached_property(lambda self: self.deployment["spec"]["template"]["metadata"]["labels"])
    containers = cached_property(lambda self: {each["name"]: each for each in self.pod["containers"]})
    everything = cached_property(lambda self: {**{each["name"]: each for each in self.pod.get("initContainers", [])}, **self.containers})
    proxy = cached_property(lambda self: self.containers["sidecache"])
    configuration = cached_property(lambda self: Configuration(self.of_kind("ConfigMap")[0]["data"]["sidecache.yaml"]))
    secrets_made = cached_property(lambda self: variables.secrets_made(self.text))
    environment = cached_property(lambda self: variables.environment(self.proxy.get("env", []), self.secrets_made))

    def of_kind(self, kind):
        return [each for each in self.documents if each["kind"] == kind]

    def checks(self):
        for what, check in (
            ("the fields are Kubernetes' own, of their types", self.fields),
            ("names are names, each once, in one namespace", self.names),
            ("selectors match the labels of the pod", self.selectors),
            ("what is mounted is there", self.mounts),
            ("secrets stand in no variable", self.secrets),
            ("the Secrets that variables name are made as it says", self.named_secrets),
            ("sidecache takes its configuration", lambda: self.configuration.problems(self.program, environment=self.environment)),
            ("what the image sets is what the configuration says", lambda: self.configuration.problems_of_image(self.root, self.environment)),
            ("ports of containers and Services are those that are listened on", self.ports),
            ("probes ask the admin door for /readyz and /healthz", self.probes),
            ("the grace period is longer than preStop and drain", self.grace),
            ("one replica, and never two at a time, or a fleet with a Redis", lambda: replicas.problems(self)),
            ("the pod is as the restricted profile wants it", self.restricted),
            ("memory and workers fit the configuration", self.limits),
            ("nobody reaches the API past sidecache, and the admin door only who is named", self.policies),
        ):
            yield f"{self.name}: {what}", check

    def fields(self):
        for document in self.documents:
            yield from kubernetes_fields.problems(document)

    def names(self):
        seen = set()
        namespaces = {each["metadata"]["name"] for each in self.of_kind("Namespace")}
        for document in self.documents:
            name = document["metadata"]["name"]
            if not NAME.fullmatch(name):
                yield f"{document['kind']} {name} is no name"
            if (document["kind"], name) in seen:
                yield f"{document['kind']} {name} is there twice"
            seen.add((document["kind"], name))
            if document["kind"] != "Namespace" and document["metadata"].get("namespace") not in namespaces:
                yield f"{document['kind']} {name} is in no namespace of this file"
        yield from (f"container {name} is no name" for name in self.everything if not NAME.fullmatch(name))

    def selectors(self):
        wanted = {f"Service {each['metadata']['name']}": each["spec"]["selector"] for each in self.of_kind("Service")}
        wanted |= {f"PodDisruptionBudget {each['metadata']['name']}": each["spec"]["selector"]["matchLabels"] for each in self.of_kind("PodDisruptionBudget")}
        wanted["Deployment"] = self.deployment["spec"]["selector"]["matchLabels"]
        for who, selector in wanted.items():
            if not selector or not selector.items() <= self.labels.items():
                yield f"{who} selects {selector}, and the pod has {self.labels}"
        if not any(self.covers(policy) for policy in self.of_kind("NetworkPolicy")):
            yield "no NetworkPolicy selects the pod"

    def covers(self, policy):
        return policy["spec"]["podSelector"].get("matchLabels", {}).items() <= self.labels.items()

    def mounts(self):
        volumes = {each["name"]: each for each in self.pod.get("volumes", [])}
        maps = {each["metadata"]["name"]: each["data"] for each in self.of_kind("ConfigMap")}
        for volume in volumes.values():
            if "configMap" in volume and volume["configMap"]["name"] not in maps:
                yield f"no ConfigMap {volume['configMap']['name']}"
        used = set()
        for name, container in self.everything.items():
            for mount in container.get("volumeMounts", []):
                used.add(mount["name"])
                if mount["name"] not in volumes:
                    yield f"{name}: no volume {mount['name']}"
        yield from (f"volume {name} is mounted by nobody" for name in volumes.keys() - used)
        path = next((each["value"] for each in self.proxy.get("env", []) if each["name"] == "SIDECACHE_CONFIG"), "")
        keys = {f"{mount['mountPath']}/{key}" for mount in self.proxy.get("volumeMounts", [])
                for key in maps.get(volumes.get(mount["name"], {}).get("configMap", {}).get("name"), {}) if "subPath" not in mount}
        if path not in keys:
            yield f"SIDECACHE_CONFIG is {path}, and there are {sorted(keys)}"

    def secrets(self):
        for name, container in self.everything.items():
            told = [(each["name"], each.get("value", "")) for each in container.get("env", [])]
            yield from (f"{name}: {problem}" for problem in variables.problems(told))

    def named_secrets(self):
        for name, container in self.everything.items():
            for variable, secret, key in variables.of_secrets(container.get("env", [])):
                if key not in self.secrets_made.get(secret, {}):
                    yield f"{name}: {variable} is {key} of the Secret {secret}, and no command makes that"

    def named_ports(self):
        return {port["name"]: port["containerPort"] for each in self.containers.values() for port in each.get("ports", [])}

    def ports(self):
        listened = self.configuration.listen_ports | {self.configuration.admin_port}
        told = {port["containerPort"] for port in self.proxy.get("ports", [])}
        if told != listened:
            yield f"sidecache: containerPorts {sorted(told)}, and it listens on {sorted(listened)}"
        for service in self.of_kind("Service"):
            for port in service["spec"]["ports"]:
                target = port.get("targetPort", port["port"])
                number = self.named_ports().get(target, target)
                if number not in listened:
                    yield f"Service {service['metadata']['name']}: {target} is no port of sidecache"
        for server in self.configuration.servers:
            local = server.startswith("http://127.0.0.1:")
            binds = [each["value"] for container in self.containers.values() for each in container.get("env", []) if each["name"] == "RECORDS_BIND"]
            if local and port_of(server) not in map(port_of, binds):
                yield f"nobody in the pod listens on {server}"

    def probes(self):
        for probe, path in (("startupProbe", "/readyz"), ("readinessProbe", "/readyz"), ("livenessProbe", "/healthz")):
            asked = self.proxy.get(probe, {}).get("httpGet", {})
            port = self.named_ports().get(asked.get("port"), asked.get("port"))
            if asked.get("path") != path or port != self.configuration.admin_port:
                yield f"{probe} asks {asked.get('path')} on {asked.get('port')}"
        for name, container in self.containers.items():
            if name != "sidecache" and "httpGet" in container.get("readinessProbe", {}):
                yield f"{name}: the kubelet does not reach loopback"

    def grace(self):
        command = self.proxy.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", [])
        if len(command) != 2 or command[0] != "sleep":
            yield f"preStop of sidecache is {command}: connections still come after SIGTERM"
            return
        others = [name for name in self.containers if name != "sidecache"]
        yield from (f"{name} ends before sidecache has drained" for name in others if str(self.configuration.admin_port) not in str(self.containers[name].get("lifecycle", {})))
        for name in others:
            patience = re.search(r"told, patience = [^,]+, (\d+)", str(self.containers[name]["lifecycle"]))
            if not patience or int(patience[1]) <= float(command[1]):
                yield f"{name} leaves while sidecache has not begun to drain"
        grace = self.pod.get("terminationGracePeriodSeconds", DEFAULT_GRACE)
        yield from self.configuration.problems_of_grace(grace, before=float(command[1]), after=API_GRACE if others else 0)

    def restricted(self):
        of_pod = self.pod.get("securityContext", {})
        if of_pod.get("runAsNonRoot") is not True or of_pod.get("runAsUser") in (None, 0):
            yield "it may run as root"
        if of_pod.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield "no seccomp profile"
        if any(self.pod.get(each) for each in ("hostNetwork", "hostPID", "hostIPC")) or any("hostPath" in each for each in self.pod.get("volumes", [])):
            yield "it shares something with its host"
        if self.pod.get("automountServiceAccountToken") is not False:
            yield "it gets a token of the API server"
        if self.pod.get("enableServiceLinks") is not False:
            yield "it gets variables of Services"
        for name, container in self.everything.items():
            context = container.get("securityContext", {})
            if context.get("allowPrivilegeEscalation") is not False or context.get("capabilities") != {"drop": ["ALL"]} or context.get("privileged"):
                yield f"{name}: it has or may gain privileges"
            if context.get("readOnlyRootFilesystem") is not True:
                yield f"{name}: its root can be written"
            if "memory" not in container.get("resources", {}).get("limits", {}) or "requests" not in container["resources"]:
                yield f"{name}: no resources"
            if container["image"].rpartition(":")[2] in ("latest", container["image"]):
                yield f"{name}: an image without a version"

    def limits(self):
        limits = self.proxy["resources"]["limits"]
        yield from self.configuration.problems_of_limits(mebibytes_of(limits["memory"] + "B"))
        if str(self.configuration.workers) != limits.get("cpu"):
            yield f"{self.configuration.workers} workers on {limits.get('cpu')} CPUs"

    def policies(self):
        for policy in self.of_kind("NetworkPolicy"):
            name = policy["metadata"]["name"]
            if policy["spec"].get("policyTypes") != ["Ingress"]:
                yield f"{name}: policyTypes are {policy['spec'].get('policyTypes')}"
            for rule in policy["spec"].get("ingress", []):
                if not rule.get("ports"):
                    yield f"{name}: a rule opens every port"
                for port in rule.get("ports", []):
                    yield from self.problems_of_rule(policy, name, rule, port["port"])

    def problems_of_rule(self, policy, name, rule, port):
        is_ours = self.covers(policy)
        number = self.named_ports().get(port, port)
        if not isinstance(number, int):
            yield f"{name}: no port is called {port}"
        elif number == API_PORT and is_ours:
            yield f"{name}: {port} is the API's own"
        elif number == API_PORT and rule.get("from") != [{"podSelector": {"matchLabels": self.labels}}]:
            yield f"{name}: {port} is reached by others than sidecache"
        elif is_ours and number == self.configuration.admin_port and not rule.get("from"):
            yield f"{name}: {port} is reached by all"
