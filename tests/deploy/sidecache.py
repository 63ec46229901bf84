"""The program and what a configuration of it says, as far as what deploys it has to fit."""

import re
import subprocess
import tempfile
from pathlib import Path

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

AFTER_DRAIN = 5         # seconds that the program gives what a drain has cut
ALLOCATOR = 1.15        # resident memory beside memory.size (tests/long/memory_churn.py)
BESIDE_MEMORY = 64      # MiB: the program itself, connections and their buffers
OTHER_DESCRIPTORS = 64  # beside connections and pools (proxy/main.cpp)

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
MEBIBYTES = {"KiB": 1 / 1024, "MiB": 1, "GiB": 1024}


def yaml_of(text):
    return yaml.load(text, Loader)


def seconds_of(duration):
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h|d)?", str(duration)).groups()
    return int(number) * SECONDS[unit or "s"]


def mebibytes_of(size):
    number, unit = re.fullmatch(r"(\d+)(KiB|MiB|GiB)", size).groups()
    return int(number) * MEBIBYTES[unit]


def port_of(address):
    return int(str(address).rpartition(":")[2])


class Configuration:
    """Of one YAML file, or of such a text in another file."""

    def __init__(self, text):
        self.text = text
        self._read = yaml_of(text) or {}
        self.origin = next(iter(self._read.get("origins", {}).values()), {})

    def _of(self, section, key, default):
        return self._read.get(section, {}).get(key, default)

    @property
    def listen_ports(self):
        listen = self._read.get("listen", "127.0.0.1:8080")
        return {port_of(each) for each in ([listen] if isinstance(listen, str) else listen)}

    @property
    def admin_port(self):
        return port_of(self._read["admin"]) if self._read.get("admin") else None

    @property
    def servers(self):
        servers = self.origin.get("servers", [])
        return [servers] if isinstance(servers, str) else servers

    @property
    def redis(self):
        """None: it is no part of a fleet."""
        return self._read.get("redis")

    @property
    def drain(self):
        return seconds_of(self._of("timeouts", "drain", "30s"))

    @property
    def least_memory(self):
        """MiB that the process may need."""
        return mebibytes_of(self._of("memory", "size", "256MiB")) * ALLOCATOR + BESIDE_MEMORY

    @property
    def descriptors(self):
        return self._of("limits", "connections", 10000) + self.origin.get("pool", {}).get("max", 50) * len(self.servers) + OTHER_DESCRIPTORS

    @property
    def workers(self):
        return self._read.get("workers", "auto")

    def problems(self, program, *options, environment=None):
        """What `--check` of this program says of it, where these variables are set."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sidecache.yaml"
            path.write_text(self.text)
            done = subprocess.run([program, "--config", path, "--check", *options], capture_output=True, text=True, timeout=10, env=environment or {})
        return [] if done.returncode == 0 else (done.stderr or f"ended with {done.returncode}").strip().splitlines()

    def problems_of_image(self, root, environment):
        """The image sets these two variables, and whoever runs it may set them otherwise; both win over a file."""
        dockerfile = (root / "Dockerfile").read_text()
        for variable, key in (("SIDECACHE_LISTEN", "listen"), ("SIDECACHE_ADMIN", "admin")):
            address = environment.get(variable) or re.search(rf'{variable}="(.+?)"', dockerfile)[1]
            if self._read.get(key) != address:
                yield f"{variable} is {address} where the image runs, and the configuration says {self._read.get(key)}"

    def problems_of_grace(self, grace, before=0, after=0):
        """Of a time after which the process is killed: before is what passes until SIGTERM, after what others need once it has ended."""
        least = before + self.drain + AFTER_DRAIN + after
        return [] if grace > least else [f"it is killed after {grace:g} s, and may take {least:g} s to end"]

    def problems_of_limits(self, mebibytes, descriptors=None):
        found = []
        if mebibytes < self.least_memory:
            found.append(f"it is killed at {mebibytes:g} MiB, and may need {self.least_memory:g} MiB")
        if descriptors is not None and descriptors < self.descriptors:
            found.append(f"it may open {descriptors} files, and wants {self.descriptors}")
        return found
