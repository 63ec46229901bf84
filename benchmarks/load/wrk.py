"""Runs wrk, one thread on one CPU, and reads what it tells."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent / "wrk.lua"
MOST_HEAD = 1024  # bytes of a response's head


@dataclass(frozen=True)
class Load:
    """What wrk has seen. Latencies from a write of the client to the last response to it, corrected by wrk for requests that a slow one kept back."""

    requests: int
    microseconds: int  # that it took
    bytes: int         # received, heads included
    p50_us: int
    p99_us: int
    max_us: int
    connect_errors: int
    read_errors: int
    write_errors: int
    timeouts: int
    bad_statuses: int  # over 399

    @property
    def per_second(self):
        return self.requests * 1e6 / self.microseconds

    def problems(self, workload):
        """Why it counts for nothing: empty where every response came, whole and good, to judge by sums."""
        found = ["%d %s" % (getattr(self, name), name.replace("_", " "))
                 for name in ("connect_errors", "read_errors", "write_errors", "timeouts", "bad_statuses") if getattr(self, name)]
        if not self.requests:
            return found + ["no response"]
        unfinished = workload.connections * workload.pipelined  # at the end, when wrk lets go
        size = workload.answered_size
        most = (self.requests + unfinished) * (size + MOST_HEAD)
        if not self.requests * size < self.bytes <= most:
            found.append("%d bytes in %d responses, where each should have %d and a head" % (self.bytes, self.requests, size))
        return found


def run_wrk(port, workload, seconds, cpu, folder):
    requests = Path(folder) / "requests"
    requests.write_bytes(b"".join(workload.requests()))
    told = subprocess.run(
        ["setpriv", "--pdeathsig", "KILL", "taskset", "--cpu-list", str(cpu), "wrk", "--threads", "1", "--connections", str(workload.connections),
         "--duration", "%ds" % seconds, "--timeout", "10s", "--script", str(SCRIPT), "http://127.0.0.1:%d/" % port,
         "--", str(requests), str(workload.pipelined)],
        capture_output=True, text=True, check=False, timeout=seconds + 60,
    )
    return read_told(told.stdout + told.stderr)


def read_told(output):
    for line in output.splitlines():
        if line.startswith("{"):
            return Load(**json.loads(line))
    raise RuntimeError("wrk told no figures:\n" + output)
