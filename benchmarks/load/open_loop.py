"""Runs the open-loop generator (benchmarks/open_loop) on one CPU, and reads what it tells."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

SHARES = (0.3, 0.5, 0.7)  # of what a candidate can answer with one CPU


@dataclass(frozen=True)
class Timing:
    """Latencies in microseconds, from when each request was due."""

    requests: int
    unanswered: int
    closed: int       # connections that the server closed
    bad: int          # responses that were not 200 with a Content-Length
    bytes: int
    p50_us: float
    p90_us: float
    p99_us: float
    p999_us: float
    max_us: float
    lag_p99_us: float  # until the generator saw that a request was due: it is to be believed as far as latencies are well above

    def problems(self, workload):
        found = ["%d %s" % (getattr(self, name), name) for name in ("unanswered", "closed", "bad") if getattr(self, name)]
        if not self.requests:
            found.append("no request was due")
        elif not self.unanswered and self.bytes < self.requests * workload.answered_size:
            found.append("%d bytes in %d responses, where each should have %d" % (self.bytes, self.requests, workload.answered_size))
        return found


def run_open_loop(program, port, workload, rate, seconds, cpu, folder, seed=1):
    requests = Path(folder) / "requests"
    requests.write_bytes(b"".join(workload.requests()))
    told = subprocess.run(
        ["setpriv", "--pdeathsig", "KILL", "taskset", "--cpu-list", str(cpu), str(program), "--port", str(port), "--requests", str(requests),
         "--rate", "%.0f" % rate, "--seconds", str(seconds), "--connections", str(workload.connections), "--seed", str(seed)],
        capture_output=True, text=True, check=False, timeout=seconds + 60,
    )
    if told.returncode != 0:
        raise RuntimeError("open_loop told no figures:\n" + told.stderr)
    return Timing(**json.loads(told.stdout))
