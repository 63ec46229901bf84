"""Processes that are measured: pinned to a CPU, ended by their ids, and gone when this one goes."""

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import time
from pathlib import Path

PATIENCE = 30  # seconds until one listens, and until one has ended


class DidNotStart(RuntimeError):
    pass


class Process:
    """One program and whatever processes it starts. What it says stands in <folder>/said."""

    def __init__(self, command, folder, cpu):
        self.log = Path(folder) / "said"
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "taskset", "--cpu-list", str(cpu), *map(str, command)],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                env={name: value for name, value in os.environ.items() if not name.startswith("SIDECACHE_")},
            )

    def wait_for_port(self, port=None):
        """Until it listens: on `port`, or on what it says that it listens on. Returns the port."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.is_alive:
            found = port or self._said_port()
            if found and _is_open(found):
                return found
            time.sleep(0.02)
        failure = "did not listen within %d s" % PATIENCE if self.is_alive else "ended with %d before it listened" % self._process.returncode
        raise DidNotStart("%s %s; it said:\n%s" % (" ".join(self._process.args), failure, self.log.read_text(errors="replace")[-2000:]))

    def _said_port(self):
        said = re.search(rb"listening on \S+:(\d+)\n", self.log.read_bytes())
        return int(said.group(1)) if said else None

    @property
    def is_alive(self):
        return self._process.poll() is None

    def pids(self):
        """Its own and its descendants'; none when it has ended."""
        return family_of(self._process.pid) if self.is_alive else []

    def cpu_seconds(self):
        """User and system time of all its processes so far."""
        return cpu_seconds_of(self.pids())

    def resident_bytes(self):
        return sum(_resident_bytes(pid) for pid in self.pids())

    def stop(self):
        """SIGTERM to the first, whose task it is to end the others; what is left then is killed. When this returns all are gone."""
        descendants = [descriptor for descriptor in map(_open_process, self.pids()[1:]) if descriptor is not None]
        if self.is_alive:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for descriptor in descendants:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            select.select([descriptor], [], [], PATIENCE)  # it can be read when the process has ended
            os.close(descriptor)


class HeldPort:
    """A port that the kernel chose, kept for a program that must be told one: it is bound here, without listening, until the end."""

    def __init__(self):
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # so that the program, which sets it as well, can bind too
        self._socket.bind(("127.0.0.1", 0))
        self.number = self._socket.getsockname()[1]

    def close(self):
        self._socket.close()


def family_of(pid):
    """A process and its descendants."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            children.setdefault(_parent_of(entry), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def cpu_seconds_of(pids):
    """User and system time of these so far."""
    return sum(map(_cpu_seconds, pids))


def machine_cpu_seconds():
    """That anybody has used so far, on all CPUs, also guests of the same host that had them instead of us (steal)."""
    user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split(None, 9)[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def _open_process(pid):
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None  # it has ended meanwhile


def _parent_of(folder):
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None  # it has ended meanwhile


def _cpu_seconds(pid):
    """utime + stime of /proc/<pid>/stat, which counts in hundredths of a second, from the clock below it, which counts in nanoseconds."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0  # it has ended meanwhile


def _resident_bytes(pid):
    try:
        return int(re.search(r"^Rss:\s+(\d+) kB", Path("/proc/%d/smaps_rollup" % pid).read_text(), re.MULTILINE).group(1)) * 1024
    except (OSError, AttributeError):
        return 0  # it has ended meanwhile
