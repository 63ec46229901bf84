"""Looks at processes, and at what nodes tell of themselves, over and over while something else goes on."""

import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from harness import sum_of
from process import cpu_seconds_of, machine_cpu_seconds

EACH = 0.5  # seconds: a look takes some milliseconds of each node's admin thread
MACHINE, OWN = "machine", "this program"  # whose CPU time stands beside that of the processes
READ = ("hit", "hit_stale", "revalidated", "collapsed", "miss")


@dataclass(frozen=True)
class Look:
    at: float                                     # seconds since the first
    resident: dict                                # bytes of each process
    cpu: dict                                     # seconds of each so far, of the whole machine, and of this program
    lag: dict = field(default_factory=dict)       # ticks, of each node that told
    trusted: dict = field(default_factory=dict)   # 1 or 0, likewise
    waiting: dict = field(default_factory=dict)   # requests, for a connection to the origin, likewise


def watch(processes, doors, is_over, until):
    """The looks until `is_over()`; at `until`, by time.monotonic(), it gives up. `processes` and `doors` by name."""
    looks, began = [], time.monotonic()
    pids = {name: process.pids() for name, process in processes.items()}  # once: it takes time from those that are looked at
    while not is_over() and time.monotonic() < until:
        looks.append(_look(pids, doors, time.monotonic() - began))
        time.sleep(EACH)
    return looks


def _look(pids, doors, at):
    resident = {name: sum(map(_resident_bytes, own)) for name, own in pids.items()}
    cpu = {name: cpu_seconds_of(own) for name, own in pids.items()}
    cpu.update({MACHINE: machine_cpu_seconds(), OWN: time.process_time()})
    told = {name: metrics for name, metrics in ((name, metrics_of(door)) for name, door in doors.items()) if metrics}
    return Look(at, resident, cpu, *({name: sum_of(metrics, metric) for name, metrics in told.items()}
                                     for metric in ("sidecache_fleet_mirror_lag", "sidecache_fleet_trusted", "sidecache_origin_waiting")))


def _resident_bytes(pid):
    try:
        return int(Path("/proc/%d/statm" % pid).read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0  # it has ended meanwhile


def metrics_of(door):
    """None where it does not answer in time: it is told so by who is missing."""
    try:
        return door.metrics()
    except (OSError, AssertionError):
        return None


def hit_share(before, after):
    """Of what was read meanwhile; None where nothing was."""
    if not before or not after:
        return None
    read = {outcome: sum_of(after, "sidecache_requests_total", outcome=outcome) - sum_of(before, "sidecache_requests_total", outcome=outcome) for outcome in READ}
    return read["hit"] / sum(read.values()) if sum(read.values()) else None


def seen(looks, figure, name, within=(0, math.inf)):
    """All of one process and a time, by what stands in each look."""
    return [getattr(look, figure)[name] for look in looks if name in getattr(look, figure) and within[0] <= look.at <= within[1]]


def busy(looks, name):
    """CPUs that it used, on average, while there was any."""
    seen = [(look.at, look.cpu[name]) for look in looks if look.cpu.get(name)]
    if len(seen) < 2:
        return 0.0
    (first, earlier), (last, later) = seen[0], seen[-1]
    return max(0.0, later - earlier) / (last - first)
