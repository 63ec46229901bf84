"""Commands that deploy/ gives to containers and docs/operations.md to people, run here: the records API and sidecache listen on free ports of loopback."""

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from harness import PATIENCE, Client, ScriptedOrigin, Sidecache, ok, wait_until
from sidecache import Loader, yaml_of

API_PORT, ADMIN_PORT, REGISTER_PORT = 8000, 9900, 8100
START = 60  # seconds, for gunicorn
PATIENCE_OF_HOOK = 2  # seconds, much more than Python takes to start; there it is longer than sidecache's own preStop
CLEAN = {"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"}


class Running:
    def __init__(self, root, program):
        self.root = root
        os.environ["SIDECACHE_BIN"] = str(program)

    def checks(self):
        yield "compose.yaml: its health check finds that the API answers", self.compose_health
        yield "compose.yaml: the API answers what the drug register says, also when that is away", self.register
        yield "sidecar.yaml: its probes find that the API answers", self.probes
        yield "operations.md: the admin door in Compose is asked as it says", self.asked_as_documented
        yield "operations.md: clients are counted by address, whatever form that has", self.counted_as_documented
        yield "sidecar.yaml: the API stays until sidecache has drained", self.stays
        yield "sidecar.yaml: the API waits for no sidecache that goes on", self.leaves

    def compose_health(self):
        service = self.service("api")
        with self.api(self.command_of_image(), service["environment"]) as port:
            yield from problems_of(service["healthcheck"]["test"][1:], {API_PORT: port})

    def register(self):
        path, service, port = "/api/drugs/C10AA01/interactions/", self.service("drug-register"), free_port()
        command = [part.replace("0.0.0.0", "127.0.0.1") for part in on_ports(service["command"], {REGISTER_PORT: port})]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        register = subprocess.Popen(command, cwd=self.root / "examples/records_api", env=CLEAN, **quiet)
        egress = None
        try:
            wait_until(lambda: register.poll() is not None or not problems_of(service["healthcheck"]["test"][1:], {REGISTER_PORT: port}), "the drug register")
            egress = Sidecache(f"http://127.0.0.1:{port}", config=(self.root / "deploy/egress/sidecache.yaml").read_text())
            environment = {**self.service("api")["environment"], "RECORDS_DRUG_REGISTER": f"http://127.0.0.1:{egress.port}"}
            with self.api(self.command_of_image(), environment) as api_port:
                first = answer_of(api_port, path)
                if first[0] != 200:
                    yield f"the API answers {first}"
                ended(register)
                Client(egress.admin_address).post("/invalidate", b'{"everything": true, "soft": true}')  # over its time
                if (later := answer_of(api_port, path)) != first:
                    yield f"without the register it answers {later}"
        finally:
            ended(register)
            if egress is not None:
                egress.kill()

    def probes(self):
        container = self.container()
        with self.api(container["command"], {each["name"]: each["value"] for each in container["env"]}) as port:
            for probe in ("readinessProbe", "livenessProbe"):
                yield from (f"{probe}: {problem}" for problem in problems_of(container[probe]["exec"]["command"], {API_PORT: port}))

    def stays(self):
        with self.held_exchange() as (proxy, gate), self.hook(proxy) as hook:
            proxy.terminate()
            wait_until(lambda: proxy.admin("/readyz").status == 503, "the drain")
            time.sleep(1.5 * PATIENCE_OF_HOOK)  # in which it ought to do nothing
            if hook.poll() is not None:
                yield f"it leaves a sidecache that still drains, with {hook.returncode}"
            gate.open()
            proxy.wait_for_exit()
            yield from problems_of_end(hook)

    def leaves(self):
        with self.held_exchange() as (proxy, gate), self.hook(proxy) as hook:
            gate.open()
            began = time.monotonic()
            yield from problems_of_end(hook)
            if time.monotonic() - began < PATIENCE_OF_HOOK:
                yield "it takes a sidecache whose own preStop still runs for one that goes on"
            if proxy.process.poll() is not None or proxy.admin("/readyz").status != 200:
                yield "sidecache did not go on"

    def operations(self):
        return (self.root / "docs/operations.md").read_text()

    def asked_as_documented(self):
        """The function and its two calls; docker is one that takes its own words away and runs the rest here."""
        script = re.search(r"^    (ask\(\) .+\n)    (ask .+explain.+\n)    (ask .+invalidate.+\n)", self.operations(), re.MULTILINE)
        words = re.search(r"docker (compose -f deploy/compose\.yaml exec -T (\w+)) python3", script[1])
        if urlsplit(self.service(words[2])["environment"]["RECORDS_SIDECACHE_ADMIN"]).netloc != re.search(r"http://([^\"]+)", script[1])[1]:
            yield f"{words[2]} does not reach the admin door by that name"
        proxy = Sidecache("http://127.0.0.1:1")
        try:
            here = "".join(script.groups()).replace(f"sidecache:{ADMIN_PORT}", f"127.0.0.1:{proxy.admin_address[1]}").replace("python3 -c", f"{sys.executable} -c")
            docker = f'docker() {{ shift {len(words[1].split())}; "$@"; }}\n'
            done = subprocess.run(["bash", "-c", docker + here], env=CLEAN, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
            if done.returncode != 0 or '"summary"' not in done.stdout or '"epoch"' not in done.stdout:
                yield (done.stdout + done.stderr).strip()[-300:]
        finally:
            proxy.kill()

    def counted_as_documented(self):
        """Of what `ss` says of a listener for both families."""
        command = re.search(r"`ss -Htn 'sport = :8080' \| ([^`]+)`", self.operations())[1]
        peers = ("[::ffff:10.0.0.1]:5000", "[::ffff:10.0.0.1]:5001", "10.0.0.1:5002", "[2001:db8::1]:5000")
        told = "".join(f"ESTAB 0      0      [::ffff:10.0.0.9]:8080 {peer}      \n" for peer in peers)
        done = subprocess.run(["bash", "-c", command], env=CLEAN, input=told, capture_output=True, text=True, timeout=PATIENCE)
        if [line.split() for line in done.stdout.splitlines()] != [["1", "2001:db8::1"], ["3", "10.0.0.1"]]:
            yield f"it counts {done.stdout!r} {done.stderr}"

    def service(self, name):
        return yaml_of((self.root / "deploy/compose.yaml").read_text())["services"][name]

    def container(self):
        documents = yaml.load_all((self.root / "deploy/kubernetes/sidecar.yaml").read_text(), Loader)
        pod = next(each for each in documents if each["kind"] == "Deployment")["spec"]["template"]["spec"]
        return next(each for each in pod["containers"] if each["name"] == "api")

    def command_of_image(self):
        return json.loads(re.search(r"^CMD (.+)$", (self.root / "deploy/api/Dockerfile").read_text(), re.MULTILINE)[1])

    @contextlib.contextmanager
    def api(self, command, environment):
        """Its port. The database is an empty SQLite file and secrets are files of this test; all else is as the container gets it."""
        with tempfile.TemporaryDirectory() as folder:
            secret = Path(folder) / "secret"
            secret.write_text("only-for-this-test")
            given = {name: str(secret) if name.endswith("_FILE") else value for name, value in environment.items()}
            given |= {"DATABASE_URL": f"sqlite:///{folder}/records.sqlite3", "RECORDS_BIND": "127.0.0.1:0", "RECORDS_STATIC": f"{folder}/static", "RECORDS_WORKERS": "1"}
            said = Path(folder) / "said"
            with open(said, "wb") as log:
                process = subprocess.Popen(as_here(command), cwd=self.root / "examples/records_api", env={**CLEAN, **given}, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                listening = wait_until(lambda: process.poll() is not None or re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", said.read_text()), "gunicorn", START)
                if listening is True:
                    raise ValueError(f"gunicorn did not start: {said.read_text()[-500:]}")
                port = int(listening[1])
                answer_of(port, "/healthz/")  # until a worker is there, the kernel alone accepts
                yield port
            finally:
                ended(process)

    @contextlib.contextmanager
    def held_exchange(self):
        """A sidecache with an exchange that ends when the gate opens: (proxy, gate)."""
        origin = ScriptedOrigin()
        gate = origin.gate()
        origin.always("GET", None, [gate, ok(b"[]")])
        proxy = None
        try:
            proxy = Sidecache(origin.url)
            with proxy.client().connect() as connection:
                connection.send_request("GET", "/held/")
                gate.wait_for_arrivals()
                yield proxy, gate
        finally:
            gate.open()
            if proxy is not None:
                proxy.kill()
            origin.close()

    @contextlib.contextmanager
    def hook(self, proxy):
        """The process of the API's preStop, with less patience."""
        command = self.container()["lifecycle"]["preStop"]["exec"]["command"]
        shorter = [re.sub(r"(told, patience = [^,]+, )\d+", rf"\g<1>{PATIENCE_OF_HOOK}", part) for part in command]
        if shorter == command:
            raise ValueError("the hook names no patience")
        here = on_ports(shorter, {ADMIN_PORT: proxy.admin_address[1]})
        process = subprocess.Popen(here, env=CLEAN, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            yield process
        finally:
            ended(process)


def as_here(command):
    return [sys.executable if part == "python3" else part for part in command]


def on_ports(command, ports):
    """With other ports: an address in a text, or a number among arguments of a call."""
    for old, new in ports.items():
        command = [re.sub(rf"""(:|\.[01]['"], ){old}\b""", rf"\g<1>{new}", part) for part in command]
    return as_here(command)


def problems_of(command, ports):
    done = subprocess.run(on_ports(command, ports), env=CLEAN, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    return [] if done.returncode == 0 else [f"it ended with {done.returncode}: {''.join(done.stderr.strip().splitlines()[-1:])}"]


def problems_of_end(hook):
    try:
        said, _ = hook.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return ["it does not end"]
    return [] if hook.returncode == 0 else [f"it ended with {hook.returncode}: {said.strip()[-300:]}"]


def answer_of(port, path):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=START)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ended(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout:
        process.stdout.close()
