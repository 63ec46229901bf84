"""Sidecache: the proxy as a process, on free ports, ended by its process id.

    proxy = Sidecache(origin.url, "--set", "timeouts.head=300ms", config="routes:\\n  - {path: /a, cache: off}\\n")
    proxy.address, proxy.admin_address       # (host, port); a text for Unix sockets
    proxy.query_address                      # the first of --query, or None
    proxy.metric("sidecache_requests_total", outcome="hit")
    proxy.access_log(3)                      # waits for three lines, returns all as dicts
    proxy.stop()                             # SIGTERM; asserts the exit code and that no sanitizer has complained

The binary: SIDECACHE_BIN, or `sidecache` in SIDECACHE_BUILD, or build/sidecache of this tree.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

from .client import Client
from .patience import PATIENCE, OutOfPatience, wait_until

SANITIZER_REPORTS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error", "WARNING: ThreadSanitizer")


def binary():
    chosen = os.environ.get("SIDECACHE_BIN")
    if chosen:
        return chosen
    build = os.environ.get("SIDECACHE_BUILD")
    return str(Path(build) / "sidecache" if build else Path(__file__).resolve().parents[3] / "build" / "sidecache")


BINARY = binary()


def clean_environment(extra=None):
    """The test's own environment without variables that would configure the proxy, but for that which switches rules off (tests/switches)."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIDECACHE_") or name == "SIDECACHE_SWITCHED_OFF"}
    environment.update(extra or {})
    return environment


class _Output:
    """One output stream of the process, kept line by line."""

    def __init__(self, stream):
        self._changed = threading.Condition()
        self._lines, self._is_ended = [], False
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream):
        for line in stream:
            with self._changed:
                self._lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._changed.notify_all()
        stream.close()
        with self._changed:
            self._is_ended = True
            self._changed.notify_all()

    def lines(self):
        with self._changed:
            return list(self._lines)

    def text(self):
        return "\n".join(self.lines())

    def wait_for(self, condition):
        """Until `condition(lines)` is true or the stream ended; returns what it says at last."""
        with self._changed:
            self._changed.wait_for(lambda: condition(self._lines) or self._is_ended, PATIENCE)
            return condition(self._lines)

    def join(self):
        self._thread.join(PATIENCE)


class Sidecache:
    """See the module's docstring. `start=False` leaves the start to `start()`; `admin=None` opens no admin door."""

    def __init__(self, origin, *arguments, config=None, environment=None, workers=2, listen=("127.0.0.1:0",), admin="127.0.0.1:0", start=True, reads_stderr=True):
        self._directory = tempfile.mkdtemp(prefix="sidecache-test-")
        self.config_file = os.path.join(self._directory, "sidecache.yaml")
        self.command = [binary(), "--workers", str(workers)]
        if origin:
            self.command += ["--origin", origin]
        for address in listen:
            self.command += ["--listen", address]
        if admin:
            self.command += ["--admin", admin]
        if config is not None:
            self.write_config(config)
            self.command += ["--config", self.config_file]
        self.command += list(arguments)
        self._environment = clean_environment(environment)
        self._reads_stderr = reads_stderr
        self.process = None
        self.addresses, self.admin_address, self.query_addresses = [], None, []
        if start:
            self.start()

    def write_config(self, text):
        """Replaces the configuration file (then `hang_up` makes it count)."""
        Path(self.config_file).write_text(text)

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self._environment)
        self.stdout = _Output(self.process.stdout)
        self.stderr = _Output(self.process.stderr if self._reads_stderr else open(os.devnull, "rb"))
        wanted = self.command.count("--listen")
        self.stdout.wait_for(lambda lines: sum(line.startswith("listening on ") for line in lines) >= wanted)
        if "--admin" in self.command:
            self.stdout.wait_for(lambda lines: any(line.startswith("admin on ") for line in lines))
        queries = self.command.count("--query")
        self.stdout.wait_for(lambda lines: sum(line.startswith("queries on ") for line in lines) >= queries)
        self.addresses = [_address(line[len("listening on ") :]) for line in self.stdout.lines() if line.startswith("listening on ")]
        self.query_addresses = [_address(line[len("queries on ") :]) for line in self.stdout.lines() if line.startswith("queries on ")]
        admin = [_address(line[len("admin on ") :]) for line in self.stdout.lines() if line.startswith("admin on ")]
        if len(self.addresses) < wanted:
            self.kill()
            raise AssertionError(f"the proxy did not start: {' '.join(self.command)}\n{self.told()}")
        self.admin_address = admin[0] if admin else None

    @property
    def address(self):
        return self.addresses[0]

    @property
    def query_address(self):
        return self.query_addresses[0] if self.query_addresses else None

    @property
    def port(self):
        """Of the first address, where that is TCP."""
        return self.address[1]

    @property
    def pid(self):
        return self.process.pid

    def client(self):
        return Client(self.address)

    # What it tells.

    def told(self):
        """Both outputs, for messages of failure."""
        return f"--- stdout\n{self.stdout.text()}\n--- stderr\n{self.stderr.text()}"

    def admin(self, path):
        """GET at the admin door."""
        return Client(self.admin_address).get(path)

    def metrics(self):
        """All series: {'name{label="value"}': number}."""
        response = self.admin("/metrics")
        assert response.status == 200, response
        series = {}
        for line in response.body.decode().splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                series[name] = float(value)
        return series

    def metric(self, name, **labels):
        """The sum of all series of this name that have these labels."""
        return sum_of(self.metrics(), name, **labels)

    def wait_for_metric(self, name, value, **labels):
        """Until the sum is `value` at least."""
        return wait_until(lambda: self.metric(name, **labels) >= value, f"{name} {labels} >= {value}")

    def access_log(self, count=0):
        """The lines of the access log as dicts, when there are `count` of them at least."""

        def records(lines):
            parsed = [json.loads(line) for line in lines if line.startswith("{")]
            return [record for record in parsed if "outcome" in record]

        if not self.stdout.wait_for(lambda lines: len(records(lines)) >= count):
            raise OutOfPatience(f"the access log has less than {count} lines\n{self.told()}")
        return records(self.stdout.lines())

    def wait_for_log(self, pattern):
        """Until a line of either output matches; returns the line."""
        expression = re.compile(pattern)

        def found():
            return next((line for line in self.stderr.lines() + self.stdout.lines() if expression.search(line)), None)

        try:
            return wait_until(found, f"a line that matches {pattern}")
        except OutOfPatience as error:
            raise OutOfPatience(f"{error}\n{self.told()}") from None

    # Signals and the end.

    def reload(self, config=None, event="reloaded"):
        """Writes another configuration, if one is given, and has it read: until the log tells `event` once more."""
        def told():
            return sum(f'"event":"{event}"' in line for line in self.stderr.lines())

        before = told()
        if config is not None:
            self.write_config(config)
        self.hang_up()
        wait_until(lambda: told() > before, f"{event} in the log")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def wait_for_exit(self):
        """The exit code."""
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise OutOfPatience(f"the proxy did not end\n{self.told()}") from None
        self.stdout.join()
        self.stderr.join()
        return code

    def stop(self, exit_code=0):
        """SIGTERM where it still runs; then asserts how it ended."""
        try:
            if self.process.poll() is None:
                self.terminate()
            code = self.wait_for_exit()
            assert code == exit_code, f"the proxy ended with {code}, not {exit_code}\n{self.told()}"
            for report in SANITIZER_REPORTS:
                assert report not in self.stderr.text(), f"a sanitizer complains\n{self.told()}"
        finally:
            self.remove_files()

    def kill(self):
        """For what went wrong: ends it at once, by its id."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.remove_files()

    def remove_files(self):
        shutil.rmtree(self._directory, ignore_errors=True)


def sum_of(series, name, **labels):
    total = 0.0
    for key, value in series.items():
        if key.partition("{")[0] == name and all(f'{label}="{text}"' in key for label, text in labels.items()):
            total += value
    return total


def _address(text):
    if text.startswith("unix:"):
        return text[len("unix:") :]
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def run_sidecache(*arguments, environment=None, timeout=None):
    """Runs the binary to its end: for --check, --help and refusals. Returns subprocess.CompletedProcess with texts."""
    return subprocess.run([binary(), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=clean_environment(environment), timeout=timeout or PATIENCE)
