"""What is asked of deploy/systemd/sidecache.service."""

import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from sidecache import Configuration, seconds_of

INSTALLED = "/usr/local/bin/sidecache"
WORST_EXPOSURE = 1.3  # of 10, as `systemd-analyze security` counts


class Unit:
    def __init__(self, root, program):
        self.program = program
        self.text = (root / "deploy/systemd/sidecache.service").read_text()
        self.configuration = Configuration((root / "config/sidecache.yaml").read_text())

    def checks(self):
        yield "sidecache.service: systemd-analyze verify says nothing", self.verified
        yield f"sidecache.service: systemd-analyze security counts {WORST_EXPOSURE} of 10 or less", self.secure
        yield "sidecache.service: sidecache takes the configuration that it installs, which names an admin address", self.configured
        yield "sidecache.service: the time to stop is longer than the drain", self.grace
        yield "sidecache.service: memory and descriptors fit the configuration", self.limits
        yield "sidecache.service: a reload checks first, then sends SIGHUP", self.reload
        yield "sidecache.service: the system calls of a start, a request, a reload and a drain are among those allowed", self.system_calls

    def values(self, key):
        return re.findall(rf"^{key}=(.*)$", self.text, re.MULTILINE)

    def value(self, key):
        return (self.values(key) or [""])[-1]

    def analyze(self, verb, *options):
        """As the unit would be here: the program is where the tests have it."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sidecache.service"
            path.write_text(self.text.replace(INSTALLED, str(self.program)))
            return subprocess.run(["/usr/bin/systemd-analyze", verb, *options, path], capture_output=True, text=True, timeout=20)

    def verified(self):
        done = self.analyze("verify", "--man=no")
        told = (done.stdout + done.stderr).strip().splitlines()
        return told if told or done.returncode == 0 else [f"ended with {done.returncode}"]

    def secure(self):
        done = self.analyze("security", "--offline=true", "--no-pager")
        found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
        if not found:
            return [(done.stdout + done.stderr).strip()[-500:]]
        return [] if float(found[1]) <= WORST_EXPOSURE else [f"exposure {found[1]}"]

    def configured(self):
        yield from self.configuration.problems(self.program)
        if self.configuration.admin_port is None:
            yield "no admin address: ExecStartPost would wait for ever"

    def grace(self):
        return self.configuration.problems_of_grace(seconds_of(self.value("TimeoutStopSec") or "90"))

    def limits(self):
        return self.configuration.problems_of_limits(int(self.value("MemoryMax").rstrip("M") or 0), int(self.value("LimitNOFILE") or 1024))

    def reload(self):
        if not (len(self.values("ExecReload")) == 2 and self.values("ExecReload")[0].endswith("--check") and self.value("ExecReload") == "/bin/kill -HUP $MAINPID"):
            yield f"ExecReload is {self.values('ExecReload')}"
        if self.value("KillSignal") not in ("", "SIGTERM"):
            yield f"KillSignal is {self.value('KillSignal')}"

    def allowed(self):
        """The names that SystemCallFilter leaves, its groups resolved."""
        allowed = set()
        for line in self.values("SystemCallFilter"):
            names = set().union(*map(members, line.lstrip("~").split()))
            allowed = allowed - names if line.startswith("~") else allowed | names
        return allowed

    def system_calls(self):
        made = traced(self.program)
        if not {"recvmsg", "sendmsg", "epoll_wait", "openat"} <= made:
            yield f"strace saw only {sorted(made)}"
        refused = made - self.allowed() - TOLERATED
        yield from (f"{name} is not allowed" for name in sorted(refused))


# Made before the filter is there (execve), or asked for only to try.
TOLERATED = {"execve"}


def members(name):
    if not name.startswith("@"):
        return {name}
    told = subprocess.run(["/usr/bin/systemd-analyze", "syscall-filter", "--no-pager", name], capture_output=True, text=True, check=True, timeout=10).stdout
    inside = [line.strip() for line in told.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*map(members, inside)) if inside else set()


def traced(program):
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "strace"
        command = ["/usr/bin/strace", "-f", "-qq", "-e", "signal=none", "-o", log, program, "--origin", "http://localhost:1", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--workers", "2"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                doors = {}
                while len(doors) < 2:
                    line = process.stdout.readline()
                    if not line:
                        return set()
                    if found := re.match(r"(listening|admin) on (\S+)", line):
                        doors[found[1]] = found[2]
                for url in (f"http://{doors['listening']}/", f"http://{doors['admin']}/metrics", f"http://{doors['admin']}/healthz"):
                    ask(url)
                tracee = int(log.read_text().split(None, 1)[0])
                subprocess.run(["kill", "-HUP", str(tracee)], check=True)
                time.sleep(0.3)
                subprocess.run(["kill", "-TERM", str(tracee)], check=True)
                process.communicate(timeout=10)
            finally:
                process.terminate()
        return set(re.findall(r"^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed>)", log.read_text(), re.MULTILINE))


def ask(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(url, timeout=5).read()
    except urllib.error.HTTPError:
        pass  # nobody is the origin
