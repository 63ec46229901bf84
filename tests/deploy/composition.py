"""What is asked of deploy/compose.yaml and of what it mounts."""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import yaml

import variables
from sidecache import Configuration, port_of, seconds_of, yaml_of

PUBLISHED = {"sidecache", "grafana"}  # who may publish a port, on loopback


class Composition:
    def __init__(self, root, program):
        self.root, self.program = root, program
        self.folder = root / "deploy"
        self.services = yaml_of((self.folder / "compose.yaml").read_text())["services"]
        self.configuration = Configuration((self.folder / "sidecache/sidecache.yaml").read_text())
        self.proxy = self.services["sidecache"]
        self.egress = Configuration((self.folder / "egress/sidecache.yaml").read_text())

    def checks(self):
        yield "compose.yaml: docker-compose config takes it", self.taken_by_compose
        yield "compose.yaml: what it mounts is in the repository", self.mounted
        yield "compose.yaml: secrets are files that deploy/secrets.sh makes, and stand in no variable", self.secrets
        yield "compose.yaml: each service is confined", self.confined
        yield "compose.yaml: published are the ports of sidecache and Grafana alone, on loopback", self.published
        yield "compose.yaml: sidecache takes its configuration", lambda: self.configuration.problems(self.program)
        yield "compose.yaml: what the image sets is what the configuration says", lambda: self.configuration.problems_of_image(self.root, self.services["sidecache"]["environment"])
        yield "compose.yaml: the origin is a service that listens there", self.origin
        yield "compose.yaml: the database is a service that the API reaches", self.database
        yield "compose.yaml: static files are in the API's image, whose root cannot be written", self.static_files
        yield "compose.yaml: sidecache is asked for its health by its own command", lambda: self.health("sidecache")
        yield "compose.yaml: the time to stop is longer than the drain", lambda: self.grace("sidecache", self.configuration)
        yield "compose.yaml: memory, descriptors and workers fit the configuration", lambda: self.limits("sidecache", self.configuration)
        yield "compose.yaml: the API reaches the drug register through a sidecache, and not past it", self.register
        yield "compose.yaml: the sidecache before the drug register has what the other one has", self.fits_egress
        yield "compose.yaml: Redis is the application's alone", self.redis
        yield "compose.yaml: promtool takes Prometheus' configuration, and it asks the admin doors", self.prometheus
        yield "compose.yaml: Grafana is given the data source and the folder of dashboards", self.grafana

    def taken_by_compose(self):
        # Debian's docker-compose: it knows the schema of the Compose specification, and asks no Docker for this.
        command = ["/usr/bin/docker-compose", "--file", "compose.yaml", "config", "--quiet"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=30, env={"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent"})
        told = (done.stdout + done.stderr).strip().splitlines()
        return told if done.returncode != 0 or any("WARN" in line for line in told) else []

    def binds(self):
        for name, service in self.services.items():
            for volume in service.get("volumes", []):
                if isinstance(volume, dict) and volume["type"] == "bind":
                    yield name, volume
                elif isinstance(volume, str) and volume[0] in "./~":
                    yield name, dict(zip(("source", "target"), volume.split(":")), read_only=volume.endswith(":ro"))

    def source(self, volume):
        return Path(os.path.normpath(self.folder / volume["source"]))

    def mounted(self):
        for name, volume in self.binds():
            if not self.source(volume).exists():
                yield f"{name}: {volume['source']} is not there"
            if not volume.get("read_only"):
                yield f"{name}: {volume['source']} can be written"

    def secrets(self):
        declared = yaml_of((self.folder / "compose.yaml").read_text()).get("secrets", {})
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "secrets.sh"
            script.write_text((self.folder / "secrets.sh").read_text())
            subprocess.run(["bash", script], check=True, capture_output=True, timeout=10)
            made = {f"./secrets/{path.name}": path for path in (Path(folder) / "secrets").iterdir()}
            yield from (f"{name}: {secret.get('file')} is made by nobody" for name, secret in declared.items() if secret.get("file") not in made)
            yield from (f"{path.name} is short" for path in made.values() if len(path.read_text()) < 32)
        for name, service in self.services.items():
            yield from (f"{name}: no secret {each}" for each in service.get("secrets", []) if each not in declared)
            told = [(variable, str(value)) for variable, value in service.get("environment", {}).items()]
            yield from (f"{name}: {problem}" for problem in variables.problems(told))
            for variable, value in told:
                if value.startswith("/run/secrets/") and Path(value).name not in service.get("secrets", []):
                    yield f"{name}: {variable} names a secret that is not given to it"

    def confined(self):
        for name, service in self.services.items():
            if service.get("read_only") is not True:
                yield f"{name}: its root can be written"
            if service.get("cap_drop") != ["ALL"] or "cap_add" in service or service.get("privileged"):
                yield f"{name}: it has capabilities"
            if "no-new-privileges:true" not in service.get("security_opt", []):
                yield f"{name}: it may gain privileges"
            if str(service.get("user", "0")).split(":")[0] in ("0", "root"):
                yield f"{name}: it runs as root"
            if "mem_limit" not in service:
                yield f"{name}: its memory has no limit"

    def published(self):
        for name, service in self.services.items():
            for port in map(str, service.get("ports", [])):
                if name not in PUBLISHED:
                    yield f"{name}: publishes {port}"
                if not port.startswith("127.0.0.1:"):
                    yield f"{name}: publishes {port} on every address"
        ports = {port_of(port) for port in self.proxy.get("ports", [])}
        if ports != self.configuration.listen_ports:
            yield f"sidecache: publishes {sorted(ports)} and listens on {sorted(self.configuration.listen_ports)}"

    def origin(self):
        for server in self.configuration.servers:
            host, port = re.fullmatch(r"http://([^:/]+):(\d+)", server).groups()
            service = self.services.get(host)
            if service is None:
                yield f"no service is called {host}"
            elif port_of(service["environment"]["RECORDS_BIND"]) != int(port):
                yield f"{host} does not listen on {port}"
            elif not set(service["networks"]) & set(self.proxy["networks"]):
                yield f"{host} is in no network of sidecache"

    def database(self):
        for name, service in self.services.items():
            if "DATABASE_URL" in service.get("environment", {}):
                host = variables.host_of(service["environment"]["DATABASE_URL"])
                if host not in self.services:
                    yield f"{name}: no service is called {host}"
                elif not set(service["networks"]) & set(self.services[host]["networks"]):
                    yield f"{name}: it is in no network of {host}"

    def static_files(self):
        steps = [line.strip() for line in (self.folder / "api/Dockerfile").read_text().splitlines()]
        collected = [number for number, step in enumerate(steps) if step.startswith("RUN ") and "manage.py collectstatic" in step]
        if not collected or not steps.index("COPY examples/records_api/ ./") < collected[0] < next(number for number, step in enumerate(steps) if step.startswith("USER ")):
            yield "they are not collected between COPY and USER"

    def register(self):
        asked, between = urlsplit(self.services["api"]["environment"]["RECORDS_DRUG_REGISTER"]), self.services["egress"]
        if asked.hostname != "egress" or {asked.port} != self.egress.listen_ports:
            yield f"the API asks {asked.geturl()}"
        if not set(between["networks"]) & set(self.services["api"]["networks"]):
            yield "egress is in no network of the API"
        if self.egress.servers != ["http://drug-register:8100"] or not set(between["networks"]) & set(self.services["drug-register"]["networks"]):
            yield "egress does not reach drug-register"
        if set(self.services["drug-register"]["networks"]) & set(self.services["api"]["networks"]):
            yield "the API is in the network of drug-register"

    def fits_egress(self):
        yield from self.egress.problems(self.program)
        yield from self.egress.problems_of_image(self.root, self.services["egress"]["environment"])
        yield from self.health("egress")
        yield from self.grace("egress", self.egress)
        yield from self.limits("egress", self.egress)

    def health(self, service):
        if self.services[service].get("healthcheck", {}).get("test") != ["CMD", "sidecache", "healthcheck"]:
            yield "it is another command"
        path = self.services[service].get("environment", {}).get("SIDECACHE_CONFIG", "")
        if not any(name == service and path == f"{volume['target']}/sidecache.yaml" for name, volume in self.binds()):
            yield f"its configuration {path} is not mounted"

    def grace(self, service, configuration):
        return configuration.problems_of_grace(seconds_of(self.services[service].get("stop_grace_period", "10s")))

    def limits(self, service, configuration):
        told = self.services[service]
        nofile = told.get("ulimits", {}).get("nofile", {})
        yield from configuration.problems_of_limits(int(told["mem_limit"].rstrip("m")), nofile.get("hard", 1024))
        if configuration.workers != told.get("cpus"):
            yield f"{configuration.workers} workers on {told.get('cpus')} CPUs"

    def redis(self):
        if re.search(r"redis", "\n".join(line.partition("#")[0] for line in self.configuration.text.splitlines())):
            yield "the configuration of sidecache names it"
        if set(self.proxy["networks"]) & set(self.services["redis"]["networks"]):
            yield "sidecache is in its network"

    def prometheus(self):
        text = (self.folder / "prometheus/prometheus.yml").read_text()
        targets = {job["job_name"]: [target for each in job["static_configs"] for target in each["targets"]] for job in yaml_of(text)["scrape_configs"]}
        if targets != {"sidecache": [f"sidecache:{self.configuration.admin_port}"], "sidecache-egress": [f"egress:{self.egress.admin_port}"]}:
            yield f"it asks {targets}"
        for each in ("sidecache", "egress"):
            if not set(self.services["prometheus"]["networks"]) & set(self.services[each]["networks"]):
                yield f"it is in no network of {each}"
        # Its paths are those of the container.
        for name, volume in self.binds():
            if name == "prometheus":
                text = text.replace(volume["target"] + "/", f"{self.source(volume)}/")
        read = yaml_of(text)
        yield from (f"{path} is not there" for path in read["rule_files"] if not Path(path).exists())
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "prometheus.yml"
            path.write_text(yaml.safe_dump(read))
            done = subprocess.run(["/usr/bin/promtool", "check", "config", path], capture_output=True, text=True, timeout=20)
        if done.returncode != 0:
            yield (done.stdout + done.stderr).strip()

    def grafana(self):
        provisioning = self.folder / "grafana/provisioning"
        targets = {volume["target"]: self.source(volume) for name, volume in self.binds() if name == "grafana"}
        if targets.get("/etc/grafana/provisioning") != provisioning:
            yield "its provisioning is not mounted"
        sources = yaml_of((provisioning / "datasources/prometheus.yaml").read_text())["datasources"]
        if [(each["type"], each["url"]) for each in sources] != [("prometheus", "http://prometheus:9090")]:
            yield "its data source is not Prometheus"
        for provider in yaml_of((provisioning / "dashboards/sidecache.yaml").read_text())["providers"]:
            folder = targets.get(provider["options"]["path"])
            if folder is None:
                yield f"{provider['options']['path']} is not mounted"
                continue
            dashboards = list(folder.glob("*.json"))
            if not dashboards:
                yield f"no dashboard is in {folder}"
            yield from (f"{dashboard.name} has no uid" for dashboard in dashboards if not json.loads(dashboard.read_text()).get("uid"))
