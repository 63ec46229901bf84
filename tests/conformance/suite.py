"""The suite as a program: brought into the build folder by npm, its server on a free port, its command line before the proxy."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = ("package.json", "package-lock.json", ".npmrc")
START_LIMIT = 60    # seconds until its server must listen
RUN_LIMIT = 1200    # and until its command line must have ended; it takes one minute


class SuiteError(RuntimeError):
    """The suite itself could not be had or run; says nothing about the proxy."""


def program(name):
    return shutil.which(name) or f"/usr/bin/{name}"


def install(build):
    """`npm ci` of package-lock.json into this folder, unless just that is there. Returns the suite's own folder."""
    build.mkdir(parents=True, exist_ok=True)
    wanted = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in PACKAGE)).hexdigest()
    mark = build / "installed"
    folder = build / "node_modules" / "http-cache-tests"
    if mark.exists() and mark.read_text() == wanted and folder.is_dir():
        return folder
    mark.unlink(missing_ok=True)
    for name in PACKAGE:
        shutil.copyfile(HERE / name, build / name)
    print("npm ci, once", flush=True)
    # No package of the suite needs a script or a program of its own to be installed.
    done = subprocess.run([program("npm"), "ci", "--ignore-scripts", "--no-bin-links"], cwd=build, capture_output=True, text=True)
    if done.returncode != 0:
        raise SuiteError(f"npm ci in {build} ended with {done.returncode}; it needs nodejs, npm and their registry:\n{done.stderr.strip()}")
    mark.write_text(wanted)
    return folder


class Suite:
    """One version of the suite, as npm has it or as its repository has it (test-engine/)."""

    def __init__(self, folder):
        self.folder = Path(folder)
        engine = self.folder / "test-engine"
        self._engine = engine if engine.is_dir() else self.folder

    def catalogue(self):
        """id -> what the suite says of this test."""
        told = json.loads(self._node(HERE / "catalogue.mjs", self.folder).stdout)
        return {test.pop("id"): test for test in told}

    def results(self, base):
        """All of its tests against the proxy at this URL: id -> true or [kind of failure, message]."""
        output = self._node(self._engine / "cli.mjs", base=base).stdout
        try:
            return json.loads(output)
        except ValueError:
            raise SuiteError(f"its command line was to print results as JSON:\n{output[:2000]}") from None

    def run_one(self, base, test):
        """One test by itself. Returns the symbol of its result, and what the suite tells of the way there."""
        output = self._node(self._engine / "cli.mjs", base=base, test=test).stdout
        found = re.search(r"==== Results.*\n(\S+) - ", output)
        if not found:
            raise SuiteError(f"its command line was to print the result of {test}:\n{output[:2000]}")
        return found.group(1), output

    def _node(self, *arguments, base="", test=""):
        try:
            return subprocess.run([program("node"), "--no-warnings", *map(str, arguments)], cwd=self.folder, env=environment(base=base, id=test),
                                  capture_output=True, text=True, timeout=RUN_LIMIT, check=True)
        except subprocess.CalledProcessError as error:
            raise SuiteError(f"{error}\n{error.stderr.strip()}") from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SuiteError(str(error)) from None

    def start_server(self):
        return Server(self._engine / "server" / "server.mjs", self.folder)


class Server:
    """The suite's origin on a free port of the loopback."""

    def __init__(self, script, folder):
        command = [program("node"), "--require", str(HERE / "loopback.cjs"), str(script)]
        self._process = subprocess.Popen(command, cwd=folder, env=environment(port="0"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._changed = threading.Condition()
        self._lines, self._is_ended = [], False
        threading.Thread(target=self._read, daemon=True).start()
        found = self._wait_for(r"^Listening on (http://127\.0\.0\.1:\d+)/")
        if not found:
            self.stop()
            raise SuiteError(f"the suite's server did not listen:\n{self.told()}")
        self.url = found.group(1)

    def _read(self):
        for line in self._process.stdout:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._is_ended = True
            self._changed.notify_all()

    def _wait_for(self, pattern):
        def found():
            return next(filter(None, (re.match(pattern, line) for line in self._lines)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() or self._is_ended, START_LIMIT)
            return found()

    def told(self):
        with self._changed:
            return "".join(self._lines)

    def stop(self):
        self._process.terminate()
        self._process.wait()


def environment(**settings):
    """The suite reads its settings as npm hands them to a script."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("npm_")}
    defaults = {"protocol": "http", "pidfile": os.devnull, "id": "", "base": ""}
    return {**kept, **{f"npm_package_config_{name}": value for name, value in {**defaults, **settings}.items()}}
