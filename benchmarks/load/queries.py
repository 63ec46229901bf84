#!/usr/bin/env python3
"""sidecache's query door beside redis-server: what a command costs that either answers from memory.

    queries.py --bin build/release/sidecache [--quick] [--only WORKLOAD]... [--markdown]

Both take turns on one CPU, redis-benchmark has another. CPU per command is compared within each round: see benchmarks/README.md for what
each figure means. Fails if one gives a wrong answer or finds no key that is there, or if a GET costs sidecache more than it may.
Writes everything to build/benchmarks/queries.json.
"""

import argparse
import contextlib
import csv
import io
import json
import os
import re
import resource
import signal
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from candidates import Candidate
from judge import Verdict, ratio, tell_verdicts
from peers import tell
from process import DidNotStart, machine_cpu_seconds
from report import QUIET, cpu_model

ROOT = Path(__file__).resolve().parents[2]
VALUE = 1024            # bytes
CONNECTIONS = 64
MARGIN = 1.15           # a quick run on a busy machine may be so much over what is asked


@dataclass(frozen=True)
class Workload:
    name: str
    what: str
    command: tuple          # as redis-benchmark takes it
    asked: float = None     # times redis-server's CPU per command
    pipelined: int = 1
    keys: int = 1000        # that are asked for, each as often
    reads: int = 0          # keys that a command reads: each must be found


GET = ("GET", "key:__rand_int__")
SET = ("SET", "key:__rand_int__", "x" * VALUE, "EX", "300")
WORKLOADS = (
    Workload("get", "GET of 1 KB", GET, asked=1.0, reads=1),
    Workload("get-pipelined", "GET of 1 KB, 16 in each write", GET, asked=1.0, pipelined=16, reads=1),
    Workload("get-many", "GET of 1 KB, of 40,000 keys", GET, asked=1.0, keys=40_000, reads=1),
    Workload("mget", "MGET of 10 keys of 1 KB", ("MGET",) + 10 * (GET[1],), reads=10),
    Workload("set", "SET of 1 KB, with a time", SET),
    Workload("set-pipelined", "SET of 1 KB, with a time, 16 in each write", SET, pipelined=16),
    Workload("incr", "INCR", ("INCR", "number:__rand_int__")),
)


class Door(Candidate):
    """Who answers Redis' protocol."""

    def ask(self, *arguments):
        """A connection of its own, one command; the reply's octets up to what is there at the end."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.sendall(encode(*arguments) + encode("QUIT"))
            received = b""
            while piece := connection.recv(65536):
                received += piece
        return received.removesuffix(b"+OK\r\n")

    def fill(self, keys):
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            for begin in range(0, keys, 100):
                numbers = range(begin, min(begin + 100, keys))
                connection.sendall(b"".join(encode("SET", "key:%012d" % number, "x" * VALUE) for number in numbers))
                awaited = len(numbers) * len(b"+OK\r\n")
                while awaited > 0:
                    awaited -= len(connection.recv(65536)) or sys.exit("%s closed the connection that fills it" % self.name)


class Sidecache(Door):
    name = "sidecache"
    is_told_its_port = False

    def __init__(self, program):
        self.program = program

    version_command = property(lambda self: [self.program, "--version"])

    def start(self, folder, origin_port, cpu, workload):
        super().start(folder, origin_port, cpu, workload)
        said = self.process.log.read_text()
        self.port = int(re.search(r"queries on \S+:(\d+)\n", said).group(1))
        self.admin = re.search(r"admin on (\S+)\n", said).group(1)

    def command(self, workload):
        return [self.program, "--origin", "http://127.0.0.1:9", "--listen", "127.0.0.1:0", "--query", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--workers", "1",
                "--memory", "96MiB", "--set", "log.access=off"]

    def found(self):
        """Keys that were read and found, and those that were not."""
        with urllib.request.urlopen("http://%s/metrics" % self.admin, timeout=10) as told:
            text = told.read().decode()
        return tuple(int(float(re.search(r'^sidecache_query_lookups_total\{result="%s"\} (\S+)$' % result, text, re.M).group(1))) for result in ("hit", "miss"))


class Redis(Door):
    name = "redis-server"
    program = "redis-server"
    version_command = ["redis-server", "--version"]

    def command(self, workload):
        return ["redis-server", "--port", self._values["@PORT@"], "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxmemory", "96mb", "--maxmemory-policy", "allkeys-lru"]

    def found(self):
        told = self.ask("INFO", "stats").decode()
        return tuple(int(re.search(r"keyspace_%s:(\d+)" % result, told).group(1)) for result in ("hits", "misses"))


@dataclass(frozen=True)
class Cell:
    cpu_us: float   # per command
    busy: float
    others: float
    per_second: float
    p50_ms: float   # of a closed loop
    p99_ms: float


@dataclass
class Series:
    candidate: str
    cells: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    resident: int = 0  # bytes, at the end


@dataclass(frozen=True)
class Plan:
    rounds: int
    seconds: float
    server_cpu: int
    load_cpu: int
    fewest: int = 20_000  # commands, of one candidate in one round


def encode(*arguments):
    texts = [argument.encode() if isinstance(argument, str) else argument for argument in arguments]
    return b"*%d\r\n" % len(texts) + b"".join(b"$%d\r\n%s\r\n" % (len(text), text) for text in texts)


def run_load(candidate, workload, commands, cpu):
    """redis-benchmark, which sends so many and tells how it went: requests/s and latencies."""
    told = subprocess.run(
        ["setpriv", "--pdeathsig", "KILL", "taskset", "--cpu-list", str(cpu), "redis-benchmark", "-h", "127.0.0.1", "-p", str(candidate.port), "-c", str(CONNECTIONS),
         "-n", str(commands), "-P", str(workload.pipelined), "-r", str(workload.keys), "--csv", *workload.command],
        capture_output=True, text=True, check=False, timeout=300)
    if told.returncode != 0 or told.stderr:
        raise RuntimeError("redis-benchmark: %s" % (told.stderr or told.stdout)[-500:])
    return read_told(told.stdout)


def read_told(output):
    """Of its CSV, whose first lines may be others."""
    begin = output.find('"test"')
    rows = list(csv.DictReader(io.StringIO(output[begin:]))) if begin >= 0 else []
    if not rows:
        raise RuntimeError("redis-benchmark told no figures:\n" + output)
    return tuple(float(rows[-1][name]) for name in ("rps", "p50_latency_ms", "p99_latency_ms"))


def insist_on_right_answers(candidate, workload):
    value = "x" * VALUE
    for key in ("key:%012d" % number for number in (0, workload.keys - 1)):
        told = candidate.ask("GET", key)
        if told != b"$%d\r\n%s\r\n" % (VALUE, value.encode()):
            raise RuntimeError("%s answered %r" % (candidate.name, told[:100]))
    if candidate.ask("GET", "nothing") != b"$-1\r\n":
        raise RuntimeError("%s has what nobody set" % candidate.name)


def measure_once(candidate, series, workload, commands, plan):
    def used_so_far():
        load, own = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
        used = candidate.process.cpu_seconds()
        return used, used + sum(each.ru_utime + each.ru_stime for each in (load, own)), machine_cpu_seconds()

    found = candidate.found()
    before = used_so_far()
    began = time.monotonic()
    per_second, p50, p99 = run_load(candidate, workload, commands, plan.load_cpu)
    took = time.monotonic() - began
    used, by_us, by_all = (after - earlier for after, earlier in zip(used_so_far(), before))
    hits, misses = (after - earlier for after, earlier in zip(candidate.found(), found))
    if workload.reads and (hits, misses) != (commands * workload.reads, 0):
        series.problems.append("%d keys were found and %d were not, of %d commands" % (hits, misses, commands))
    if not candidate.process.is_alive:
        series.problems.append("it ended by itself")
    series.cells.append(Cell(used * 1e6 / commands, used / took, max(0.0, by_all - by_us) / took, per_second, p50, p99))


def measure(workload, candidates, plan, tell):
    everyone = [Series(candidate.name) for candidate in candidates]
    with contextlib.ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sidecache-queries-")))
        ready = []
        for candidate, series in zip(candidates, everyone):
            folder = root / candidate.name
            folder.mkdir()
            try:
                candidate.start(folder, 0, plan.server_cpu, workload)
                stack.callback(candidate.stop)
                candidate.fill(workload.keys)
                insist_on_right_answers(candidate, workload)
                rate = run_load(candidate, workload, plan.fewest * workload.pipelined, plan.load_cpu)[0]
                commands = max(plan.fewest, int(rate * plan.seconds))
                ready.append((candidate, series, commands - commands % workload.pipelined))
            except (DidNotStart, OSError, RuntimeError) as error:
                series.problems.append(str(error))
        for number in range(plan.rounds):
            for candidate, series, commands in ready:
                tell("%s: round %d of %d, %s" % (workload.name, number + 1, plan.rounds, candidate.name))
                measure_once(candidate, series, workload, commands, plan)
        for candidate, series, _ in ready:
            series.resident = candidate.process.resident_bytes()
    return everyone


COLUMNS = ("", "CPU us/command", "x redis-server", "spread", "CPU busy", "commands/s", "p50 ms", "p99 ms", "MiB")


def rows(everyone):
    redis = next(series for series in everyone if series.candidate == Redis.name)
    for series in everyone:
        if not series.cells:
            yield [series.candidate] + ["-"] * (len(COLUMNS) - 1)
            continue
        costs = [cell.cpu_us for cell in series.cells]

        def middle(name, cells=series.cells):
            return median(getattr(cell, name) for cell in cells)
        times = ratio(series, redis)
        yield [series.candidate, "%.2f" % median(costs), "-" if times is None else "%.2f" % times, "%.0f %%" % (100 * (max(costs) - min(costs)) / median(costs)), "%.0f %%" % (100 * middle("busy")),
               "%.0f" % middle("per_second"), "%.2f" % middle("p50_ms"), "%.2f" % middle("p99_ms"), "%.1f" % (series.resident / 2**20)]


def show(everyone, is_markdown):
    lines = [COLUMNS, *rows(everyone)]
    if is_markdown:
        lines.insert(1, ["---"] + ["---:"] * (len(COLUMNS) - 1))
        return "\n".join("| %s |" % " | ".join(line) for line in lines)
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    return "\n".join("  ".join(cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in enumerate(zip(line, widths))) for line in lines)


def judge(workload, everyone):
    verdicts = [Verdict("%s: %s: %s" % (workload.name, series.candidate, "; ".join(dict.fromkeys(series.problems)) or "right answers"), not series.problems) for series in everyone]
    named = {series.candidate: series for series in everyone}
    times = ratio(named[Sidecache.name], named[Redis.name])
    if workload.asked is not None and times is not None:
        verdicts.append(Verdict("%s: sidecache uses %.2f x the CPU of redis-server; asked: %.2f, at most %.2f passes" % (workload.name, times, workload.asked, workload.asked * MARGIN),
                                times <= workload.asked * MARGIN))
    return verdicts


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "build/release/sidecache")
    parser.add_argument("--json", type=Path, default=ROOT / "build/benchmarks/queries.json", help="where all figures are written")
    parser.add_argument("--only", action="append", choices=[workload.name for workload in WORKLOADS], help="a workload; may be given again")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="about, of each candidate in each round")
    parser.add_argument("--quick", action="store_true", help="3 rounds of 1 s instead of 7 of 3 s")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    return parser.parse_args()


def main():
    arguments = read_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    missing = [tool for tool in ("redis-server", "redis-benchmark", "taskset", "setpriv") if shutil.which(tool) is None]
    if missing:
        sys.exit("expected these programs, and they are not here: %s (./test.sh long installs them)" % ", ".join(missing))
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        sys.exit("expected two CPUs, one for the candidate and one for the load; this process may use %d" % len(cpus))
    rounds, seconds = (3, 1) if arguments.quick else (7, 3)
    plan = Plan(arguments.rounds or rounds, arguments.seconds or seconds, cpus[0], cpus[1])
    candidates = [Redis(), Sidecache(arguments.bin.resolve())]
    print("%s; %d rounds of about %g s, %d connections; %s" % (cpu_model(), plan.rounds, plan.seconds, CONNECTIONS, "; ".join(candidate.version() for candidate in candidates)))
    measured, verdicts = [], []
    for workload in WORKLOADS:
        if arguments.only and workload.name not in arguments.only:
            continue
        everyone = measure(workload, candidates, plan, tell)
        tell("")
        measured.append((workload, everyone))
        verdicts += judge(workload, everyone)
        print("\n%s: %s\n\n%s" % (workload.name, workload.what, show(everyone, arguments.markdown)), flush=True)
    others = [cell.others for _, everyone in measured for series in everyone for cell in series.cells]
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps({"date": time.strftime("%Y-%m-%d %H:%M:%S %z"), "cpu": cpu_model(), "workloads": [
        {"workload": asdict(workload), "candidates": [asdict(series) for series in everyone]} for workload, everyone in measured]}, indent=1) + "\n")
    if others:
        print("\nOthers used %.0f %% of a CPU in the median round: %s" % (100 * median(others), "a quiet machine." if median(others) < QUIET else "no figures to keep."))
    print()
    return tell_verdicts(verdicts)


if __name__ == "__main__":
    sys.exit(main())
