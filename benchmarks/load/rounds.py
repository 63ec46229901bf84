"""Measures: for each workload all candidates stand ready, then they take turns, round after round."""

import contextlib
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from open_loop import SHARES, Timing, run_open_loop
from origin import Origin
from process import PATIENCE, DidNotStart, machine_cpu_seconds
from workloads import LEAST_CONFIRMED
from wrk import Load, run_wrk

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "scenarios"))

from harness import Connection  # noqa: E402

IN_A_ROW = 20  # right answers before anything is measured


class Wrong(RuntimeError):
    """A candidate does not do what is measured."""


@dataclass(frozen=True)
class Plan:
    rounds: int
    timed_rounds: int  # of the open loop
    seconds: int     # of one candidate in one round
    server_cpu: int
    load_cpu: int    # of wrk and the origin
    root: str        # where temporary folders are made
    limit: Path      # the program
    open_loop: Path  # likewise


@dataclass(frozen=True)
class Cell:
    """One candidate under one workload in one round."""

    load: Load
    cpu_us: float  # per request
    busy: float    # CPUs that its processes used
    others: float  # CPUs that were used by whoever has no part in this: a disturbance


@dataclass
class Series:
    """One candidate under one workload, all rounds."""

    candidate: str
    is_cache: bool
    workload: str
    cells: list = field(default_factory=list)
    resident_before: int = 0  # bytes, of all its processes, when it has answered once and stored that
    resident_after: int = 0   # after all rounds
    problems: list = field(default_factory=list)
    timings: dict = field(default_factory=dict)  # by share of what it can answer: a list of pairs of requests/s and their Timing

    @property
    def capacity(self):
        """Requests/s with the whole of one CPU. (What wrk got is less where wrk was the limit.)"""
        return 1e6 / median(cell.cpu_us for cell in self.cells)

    def timing(self, share, figure):
        """The median over rounds; None where it was not measured."""
        return median(getattr(timing, figure) for _, timing in self.timings[share]) if self.timings.get(share) else None


def measure(workload, candidates, plan, tell):
    """The series of all candidates; one that does not what is measured has problems and no figures."""
    candidates = [candidate for candidate in candidates if candidate.name not in workload.without]
    everyone = [Series(candidate.name, candidate.is_cache, workload.name) for candidate in candidates]
    with contextlib.ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sidecache-peers-", dir=plan.root)))
        origin = Origin(plan.limit, _subfolder(root, "origin"), plan.load_cpu, workload)
        stack.callback(origin.stop)
        ready = []
        for candidate, series in zip(candidates, everyone):
            try:
                candidate.start(_subfolder(root, candidate.name), origin.port, plan.server_cpu, workload)
                stack.callback(candidate.stop)
                insist_on_right_answers(candidate, origin, workload)
                series.resident_before = candidate.process.resident_bytes()
                ready.append((candidate, series))
            except (Wrong, DidNotStart, AssertionError, OSError) as error:
                series.problems.append(str(error))
        for number in range(plan.rounds):
            for candidate, series in ready:
                tell("%s: round %d of %d, %s" % (workload.name, number + 1, plan.rounds, candidate.name))
                measure_once(candidate, series, origin, workload, plan, root)
        if workload.is_timed:
            measure_latencies(workload, ready, origin, plan, root, tell)
        for candidate, series in ready:
            series.resident_after = candidate.process.resident_bytes()
    return everyone


def measure_once(candidate, series, origin, workload, plan, folder):
    reached, confirmed = origin.answered, origin.confirmed
    before = _cpu_seconds_of(candidate, origin)
    began = time.monotonic()
    load = run_wrk(candidate.port, workload, plan.seconds, plan.load_cpu, folder)
    took = time.monotonic() - began
    used, by_us, by_all = (after - earlier for after, earlier in zip(_cpu_seconds_of(candidate, origin), before))
    reached, confirmed = origin.answered - reached, origin.confirmed - confirmed

    series.problems += load.problems(workload) + problems_of(candidate, workload, reached, load.requests)
    if candidate.is_cache and workload.is_revalidated and confirmed < LEAST_CONFIRMED * load.requests:
        series.problems.append("%d of %d requests were confirmed by the origin" % (confirmed, load.requests))
    series.cells.append(Cell(load, used * 1e6 / max(load.requests, 1), used / took, max(0.0, by_all - by_us) / took))


def problems_of(candidate, workload, reached, requests):
    found = []
    if candidate.is_cache and workload.is_hit and reached > 0:
        found.append("%d of %d requests reached the origin, and all should be hits" % (reached, requests))
    if candidate.is_cache and not workload.is_hit and not workload.is_revalidated and reached < requests:
        found.append("%d of %d requests reached the origin, and none should be a hit" % (reached, requests))
    if not candidate.process.is_alive:
        found.append("it ended by itself; it said:\n" + candidate.process.log.read_text(errors="replace")[-2000:])
    return found


def measure_latencies(workload, ready, origin, plan, folder, tell):
    """Each at shares of its own capacity: a slow one is asked less. They take turns, share after share, round after round."""
    for number in range(plan.timed_rounds):
        for share in SHARES:
            for candidate, series in ready:
                tell("%s: open loop at %.0f %%, round %d of %d, %s" % (workload.name, 100 * share, number + 1, plan.timed_rounds, candidate.name))
                rate = share * series.capacity
                reached = origin.answered
                try:
                    timing = run_open_loop(plan.open_loop, candidate.port, workload, rate, plan.seconds, plan.load_cpu, folder, seed=number + 1)
                except (RuntimeError, subprocess.TimeoutExpired) as error:
                    series.problems.append(str(error))
                    continue
                # The limit may be faster than who asks it: it is there to compare with, and not judged.
                series.problems += timing.problems(workload) if candidate.is_cache else []
                series.problems += problems_of(candidate, workload, origin.answered - reached, timing.requests)
                series.timings.setdefault(share, []).append((rate, timing))


def _cpu_seconds_of(candidate, origin):
    """Of the candidate, of all that are at work for this measurement, and of the whole machine."""
    wrk, own = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    used = candidate.process.cpu_seconds()
    ours = used + origin.cpu_seconds() + sum(each.ru_utime + each.ru_stime for each in (wrk, own))
    return used, ours, machine_cpu_seconds()


def insist_on_right_answers(candidate, origin, workload):
    """Asks until it answers as it should, many times in a row: from its cache, or from the origin. Every answer must be right."""
    with Connection(("127.0.0.1", origin.port)) as connection:
        content = ask(connection, [workload.request])[0].body
    if len(content) != workload.size:
        raise Wrong("the origin answers %d bytes, and %d were asked for" % (len(content), workload.size))
    expected = b"" if workload.is_known else content

    distinct = workload.distinct_requests()
    requests = distinct if len(distinct) > 1 else distinct * workload.pipelined
    until = time.monotonic() + PATIENCE
    in_a_row = 0
    with Connection(("127.0.0.1", candidate.port)) as connection:
        fill(connection, workload, distinct)
        while in_a_row < (IN_A_ROW if len(distinct) == 1 else 1):
            reached = origin.answered
            for some in batches(requests):
                for response in ask(connection, some):
                    if response.status != workload.status or not response.is_complete or response.body != expected:
                        raise Wrong("%d and the origin's %d bytes were expected, got %r" % (workload.status, workload.answered_size, response))
            reached = origin.answered - reached
            is_as_expected = reached == (0 if workload.is_hit else len(requests))
            in_a_row = in_a_row + 1 if is_as_expected or not candidate.is_cache else 0
            if time.monotonic() > until:
                raise Wrong("%s: after %d s requests still go %s" % (workload.what, PATIENCE, "to the origin" if workload.is_hit else "elsewhere"))


def fill(connection, workload, distinct):
    """What the clients have already, the cache must have been asked for whole."""
    if workload.is_known:
        ask(connection, [without_condition(request) for request in distinct])


def without_condition(request):
    return re.sub(rb"If-None-Match: [^\r]*\r\n", b"", request)


def batches(requests, size=8):  # nginx closes on more than its buffers hold
    return [requests[begin:begin + size] for begin in range(0, len(requests), size)]


def ask(connection, requests):
    connection.send(b"".join(requests))
    return [connection.read_response() for _ in requests]


def _subfolder(root, name):
    folder = root / name
    folder.mkdir()
    return folder
