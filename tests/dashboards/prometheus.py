"""Prometheus: Debian's, as a process on a free port of loopback, with the sample configuration and its rules.

    with Prometheus(sample, targets=["127.0.0.1:9900"]) as prometheus:
        prometheus.ask("up")                             # [(labels, value)] of now
        prometheus.values_of("sidecache_build_info", "job")
        prometheus.rules()                               # as /api/v1/rules tells them
"""

import json
import math
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from harness import PATIENCE, wait_until

SCRAPE = 1  # seconds between two scrapes, and between two evaluations of the rules
LOOPBACK = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Refused(Exception):
    """Prometheus did not take a query."""


def configured(sample, targets):
    """The text of the sample configuration for these targets, its rules by their whole paths, and with short intervals. Each change must apply."""
    text = Path(sample).read_text()
    changes = [("scrape_interval: 15s", f"scrape_interval: {SCRAPE}s"), ("evaluation_interval: 15s", f"evaluation_interval: {SCRAPE}s"), ('["127.0.0.1:9900"]', json.dumps(targets))]
    changes += [(f"- {name}\n", f"- {Path(sample).parent / name}\n") for name in ("rules.yml", "alerts.yml")]
    for old, new in changes:
        if text.count(old) != 1:
            raise ValueError(f"{sample} has {old.strip()!r} {text.count(old)} times, not once")
        text = text.replace(old, new)
    return text


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    def __init__(self, sample, targets):
        self._configuration = configured(sample, targets)

    def __enter__(self):
        self._folder = Path(tempfile.mkdtemp(prefix="sidecache-prometheus-"))
        self._process = None
        try:
            (self._folder / "prometheus.yml").write_text(self._configuration)
            for attempt in range(3):  # somebody else may take the port first
                if self._start() or attempt == 2:
                    break
            if self._process.poll() is not None:
                raise RuntimeError(f"prometheus did not start\n{self.log()}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self):
        """Whether it got ready; it has ended, if not."""
        self.address = f"127.0.0.1:{free_port()}"
        with open(self._folder / "log", "wb") as log:
            self._process = subprocess.Popen(
                ["prometheus", f"--config.file={self._folder / 'prometheus.yml'}", f"--storage.tsdb.path={self._folder / 'data'}", f"--web.listen-address={self.address}", "--log.level=warn"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder)
        return wait_until(lambda: "ended" if self._process.poll() is not None else "ready" if self._is_ready() else None, "prometheus to get ready") == "ready"

    def _is_ready(self):
        try:
            with LOOPBACK.open(f"http://{self.address}/-/ready", timeout=PATIENCE) as answer:
                return answer.status == 200
        except OSError:
            return False

    def log(self):
        return (self._folder / "log").read_text(errors="replace")

    def get(self, path, **parameters):
        """`data` of an answer of the HTTP API."""
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with LOOPBACK.open(url, timeout=PATIENCE) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise Refused(json.load(error).get("error", str(error))) from error

    def ask(self, expression):
        data = self.get("query", query=expression)
        if data["resultType"] == "scalar":
            return [({}, float(data["result"][1]))]
        return [(series["metric"], float(series["value"][1])) for series in data["result"]]

    def has_data(self, expression):
        """Whether it is a number now, in one series at least."""
        return any(math.isfinite(value) for _, value in self.ask(expression))

    def moves(self, expression):
        """Whether it is above 0 now, in one series at least."""
        return any(math.isfinite(value) and value > 0 for _, value in self.ask(expression))

    def values_of(self, selector, label):
        return self.get(f"label/{label}/values", **{"match[]": selector})

    def rules(self):
        return [rule for group in self.get("rules")["groups"] for rule in group["rules"]]
