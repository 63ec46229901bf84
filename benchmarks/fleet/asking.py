"""Asks nodes in an open loop (benchmarks/open_loop), several at a time, none of which has a CPU for itself."""

import json
from dataclasses import dataclass, field

from process import Process


@dataclass(frozen=True)
class Asking:
    """What one open loop is to do."""

    requests: tuple
    rate: float              # in a second
    connections: int         # from the start
    most_connections: int    # where answers take longer


@dataclass(frozen=True)
class Timing:
    """Seconds of all open loops of one phase."""

    warm_up: float
    measured: float
    patience: float          # at the end, for what is not answered


@dataclass(frozen=True)
class Answers:
    """What came of it. Latencies in milliseconds, from when each request was due; of what was never answered as long as it was waited for."""

    requests: int
    unanswered: int
    bad: int
    waited: int              # for a connection: then the server is not the only one that made it late
    p50_ms: float
    p99_ms: float
    max_ms: float
    lag_p99_ms: float        # until it was seen that a request was due, and so in each latency
    statuses: dict = field(default_factory=dict)  # those of the warm-up as well, as in the counts above but `requests`

    @property
    def lost(self):
        return self.unanswered + self.bad

    def count(self, status):
        return self.statuses.get(status, 0)

    @property
    def are_all_good(self):
        return self.lost == 0 and set(self.statuses) == {200}


def read_told(text):
    told = json.loads(text)
    times = {name + "_ms": told[name + "_us"] / 1000 for name in ("p50", "p99", "max", "lag_p99")}
    statuses = {int(status): count for status, count in told["statuses"].items()}
    return Answers(**{name: told[name] for name in ("requests", "unanswered", "bad", "waited")}, **times, statuses=statuses)


class OpenLoop:
    """One that runs; `answers()` once it has ended."""

    def __init__(self, program, port, asking, timing, seed, folder, cpus):
        (folder / "requests").write_bytes(b"".join(asking.requests))
        self.process = Process(
            [program, "--port", port, "--requests", "requests", "--rate", "%.3f" % asking.rate, "--connections", asking.connections,
             "--most-connections", asking.most_connections, "--warm-up", timing.warm_up, "--seconds", timing.measured, "--patience", timing.patience,
             "--seed", seed, "--any-status", "--sleep"], folder, cpus)

    def answers(self):
        said = self.process.log.read_text(errors="replace")
        try:
            return read_told(said)
        except (ValueError, KeyError):
            raise RuntimeError("open_loop told no figures:\n" + said) from None

    def stop(self):
        self.process.stop()
