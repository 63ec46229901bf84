"""The records API of examples/ under gunicorn, with a database of its own."""

import contextlib
import http.client
import importlib.util
import os
import pathlib
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "records_api"
TOKENS = {name: f"demo-only-{name}-token" for name in ("admin", "doctor", "receptionist")}
DEADLINE = 30.0


def missing():
    """Why the API cannot run here, or None."""
    for module in ("django", "rest_framework", "gunicorn"):
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed: apt install python3-django python3-djangorestframework gunicorn"
    return None


def authorization(user):
    return {"Authorization": f"Token {TOKENS[user]}"}


class RecordsApi:
    """Migrated and seeded once; may be stopped and started again on the same port."""

    def __init__(self, doctors=25, patients=30, appointments=60):
        self._folder = tempfile.TemporaryDirectory(prefix="records-")
        self._process = None
        self.port = 0
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("RECORDS_") and name != "DATABASE_URL"}
        self._environment.update(RECORDS_DB=os.path.join(self._folder.name, "records.sqlite3"), RECORDS_STATIC=os.path.join(self._folder.name, "static"),
                                 RECORDS_WORKERS="2", RECORDS_THREADS="4", PYTHONDONTWRITEBYTECODE="1")
        self.manage("migrate", "--verbosity", "0")
        self.manage("seed", "--verbosity", "0", "--doctors", str(doctors), "--patients", str(patients), "--appointments", str(appointments))
        self.start()

    @property
    def is_running(self):
        return self._process is not None

    @property
    def pid(self):
        """Of gunicorn's first process, whose children are the workers."""
        return self._process.pid

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, **variables):
        """Returns when a worker answers."""
        environment = {**self._environment, **variables, "RECORDS_BIND": f"127.0.0.1:{self.port}"}
        self._process = subprocess.Popen([sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "records_api.wsgi"], cwd=EXAMPLE,
                                         env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, bufsize=0)
        said = self._read_until(rb"Booting worker.*\n(?:.*\n)*?.*Booting worker")
        self.port = int(re.search(rb"Listening at: http://127\.0\.0\.1:(\d+)", said).group(1))
        # Nobody reads what it says from here on, but the pipe must not fill up.
        threading.Thread(target=self._discard, args=(self._process.stderr,), daemon=True).start()
        # A worker that has booted has yet to load the application; until one has, the kernel alone accepts.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        with contextlib.closing(connection):
            connection.request("GET", "/healthz/")
            if connection.getresponse().status != 200:
                self.close()
                raise RuntimeError("the records API does not answer")

    def stop(self):
        """Ends it at once: connections to it are refused from then on."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self):
        self.stop()
        self._folder.cleanup()

    def manage(self, *arguments, **variables):
        """A command in a process of its own, beside the API; returns when it has ended well."""
        subprocess.run([sys.executable, "manage.py", *arguments], cwd=EXAMPLE, env={**self._environment, **variables}, check=True, timeout=60,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def _read_until(self, pattern):
        said = b""
        until = time.monotonic() + DEADLINE
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stderr, selectors.EVENT_READ)
            while not re.search(pattern, said):
                more = os.read(self._process.stderr.fileno(), 65536) if selector.select(max(0.0, until - time.monotonic())) else b""
                if not more:
                    self.close()
                    raise RuntimeError("gunicorn did not start:\n" + said.decode(errors="replace"))
                said += more
        return said

    @staticmethod
    def _discard(pipe):
        with pipe:
            while pipe.read(65536):
                pass
