"""Who is measured: the limit, sidecache and its peers. Each starts on a port of its own before the same origin."""

import shutil
import subprocess
from pathlib import Path

from process import HeldPort, Process

TEMPLATES = Path(__file__).resolve().parent / "peers"


class Candidate:
    """One server. The peers' configurations are files of peers/, in which ports and the server's folder are filled in."""

    MARKS = ("@PORT@", "@ORIGIN@", "@FOLDER@")
    name = None
    program = None
    is_cache = True
    files = ()
    is_told_its_port = True

    def start(self, folder, origin_port, cpu, workload):
        """Starts it in a folder of its own; `port` is where it listens."""
        self.folder = Path(folder)
        self._held = HeldPort() if self.is_told_its_port else None
        self._values = dict(zip(self.MARKS, map(str, (self._held.number if self._held else 0, origin_port, folder))))
        for name in self.files:
            target = self.folder / name
            target.parent.mkdir(exist_ok=True)
            target.write_text(self._fill_in(name))
        self.process = Process(self.command(workload), folder, cpu)
        try:
            self.port = self.process.wait_for_port(self._held and self._held.number)
        except BaseException:
            self.stop()
            raise

    def command(self, workload):
        raise NotImplementedError

    def stop(self):
        self.process.stop()
        if self._held:
            self._held.close()

    def version(self):
        """The first line that tells it, of `version_command`."""
        told = subprocess.run(self.version_command, capture_output=True, text=True, check=False)
        lines = [line for line in (told.stdout + told.stderr).splitlines() if any(letter.isdigit() for letter in line)]
        return lines[0].strip() if lines else "unknown"

    @property
    def version_command(self):
        return [self.program, "-v"]

    @property
    def is_installed(self):
        return shutil.which(str(self.program)) is not None

    def _fill_in(self, name):
        text = (TEMPLATES / name).read_text()
        for mark, value in self._values.items():
            text = text.replace(mark, value)
        return text


class Limit(Candidate):
    """A bare epoll loop: no proxy, no cache, no HTTP to speak of. What the kernel allows."""

    name = "limit"
    is_cache = False
    is_told_its_port = False

    def __init__(self, program):
        self.program = program

    def command(self, workload):
        fields = [argument for field in workload.fields for argument in ("--field", field)]
        return [self.program, "--size", workload.size, *fields, *(["--known"] if workload.is_known else [])]


class Sidecache(Candidate):
    """One worker, metrics and Cache-Status on, no access log: as the peers."""

    name = "sidecache"
    is_told_its_port = False

    def __init__(self, program):
        self.program = program

    version_command = property(lambda self: [self.program, "--version"])

    def command(self, workload):
        return [
            self.program, "--origin", "http://127.0.0.1:%s" % self._values["@ORIGIN@"], "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
            "--workers", "1", "--memory", "64MiB", "--set", "log.access=off", "--set", "origins.origin.pool.max=256",
        ]


class Nginx(Candidate):
    name = "nginx"
    program = "nginx"
    files = ("nginx.conf",)

    def command(self, workload):
        return ["nginx", "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", "stderr"]


class Haproxy(Candidate):
    name = "haproxy"
    program = "haproxy"
    files = ("haproxy.cfg",)

    def command(self, workload):
        return ["haproxy", "-db", "-q", "-f", self.folder / "haproxy.cfg"]


class Varnish(Candidate):
    name = "varnish"
    program = "varnishd"
    files = ("varnish.vcl",)
    version_command = ["varnishd", "-V"]

    def command(self, workload):
        flags = [line.split(" ", 1) for line in self._fill_in("varnish.flags").splitlines() if not line.startswith("#")]
        return ["varnishd", *(word for flag in flags for word in flag)]


class TrafficServer(Candidate):
    name = "trafficserver"
    program = "traffic_server"
    files = tuple("trafficserver/" + name for name in ("runroot.yaml", "records.config", "remap.config", "storage.config", "ip_allow.yaml"))
    version_command = ["traffic_server", "--version"]

    def command(self, workload):
        return ["traffic_server", "--run-root=%s" % (self.folder / "trafficserver" / "runroot.yaml")]


PEERS = (Nginx, Haproxy, Varnish, TrafficServer)


def make_candidates(sidecache, limit):
    return [Limit(limit), Sidecache(sidecache), *(peer() for peer in PEERS)]
