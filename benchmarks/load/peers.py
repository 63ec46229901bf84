#!/usr/bin/env python3
"""sidecache beside nginx, HAProxy, Varnish and Traffic Server, each before the same origin: what a request costs.

    peers.py --bin build/release/sidecache --limit build/release/benchmarks/limit [--quick] [--only WORKLOAD]... [--markdown]

The candidates take turns on one CPU, wrk has another. CPU per request is compared with that of a bare epoll responder in the
same round: see benchmarks/README.md for what each figure means. Fails if a candidate gives a wrong answer, or if sidecache
costs more than it may (workloads.py, judge.py). Writes everything to build/benchmarks/peers.json.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import report
from candidates import make_candidates
from judge import judge, tell_verdicts
from rounds import Plan, measure
from workloads import WORKLOADS

ROOT = Path(__file__).resolve().parents[2]


def read_arguments():
    names = [workload.name for workload in WORKLOADS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "build/release/sidecache")
    parser.add_argument("--limit", type=Path, default=ROOT / "build/release/benchmarks/limit")
    parser.add_argument("--open-loop", type=Path, default=ROOT / "build/release/benchmarks/open_loop")
    parser.add_argument("--json", type=Path, default=ROOT / "build/benchmarks/peers.json", help="where all figures are written")
    parser.add_argument("--only", action="append", choices=names, help="a workload; may be given again")
    parser.add_argument("--without", action="append", default=[], metavar="CANDIDATE", help="leave one out; may be given again")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int, help="of each candidate in each round")
    parser.add_argument("--quick", action="store_true", help="5 rounds of 1 s instead of 7 of 5 s")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    return parser.parse_args()


def choose_candidates(arguments):
    candidates = make_candidates(arguments.bin.resolve(), arguments.limit.resolve())
    unknown = set(arguments.without) - {candidate.name for candidate in candidates}
    if unknown:
        sys.exit("--without: expected one of %s, got %s" % (", ".join(candidate.name for candidate in candidates), ", ".join(unknown)))
    chosen = [candidate for candidate in candidates if candidate.name not in arguments.without]
    missing = [str(candidate.program) for candidate in chosen if not candidate.is_installed]
    missing += [str(arguments.open_loop)] if not arguments.open_loop.exists() else []
    missing += [tool for tool in ("wrk", "taskset", "setpriv") if shutil.which(tool) is None]
    if missing:
        sys.exit("expected these programs, and they are not here: %s (./test.sh long installs and builds them all)" % ", ".join(missing))
    return chosen


def make_plan(arguments):
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        sys.exit("expected two CPUs, one for the candidate and one for the load; this process may use %d" % len(cpus))
    rounds, timed_rounds, seconds = (5, 1, 1) if arguments.quick else (7, 3, 5)
    return Plan(arguments.rounds or rounds, min(arguments.rounds or timed_rounds, timed_rounds), arguments.seconds or seconds, cpus[0], cpus[1], _memory_folder(),
                arguments.limit.resolve(), arguments.open_loop.resolve())


def _memory_folder():
    """A tmpfs, since nginx and Traffic Server keep files; and one from which Varnish can load the program that it makes."""
    folder = "/dev/shm"
    if os.access(folder, os.W_OK) and not os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return folder
    return tempfile.gettempdir()


def tell(text):
    if sys.stderr.isatty():
        print("\r\033[K" + text, end="", file=sys.stderr, flush=True)


def main():
    arguments = read_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    os.environ["PATH"] += ":/usr/sbin"
    candidates, plan = choose_candidates(arguments), make_plan(arguments)
    conditions = report.conditions(plan, candidates)
    print(report.tell_conditions(conditions))
    measured, verdicts = [], []
    for workload in WORKLOADS:
        if arguments.only and workload.name not in arguments.only:
            continue
        everyone = measure(workload, candidates, plan, tell)
        tell("")
        measured.append((workload, everyone))
        verdicts += judge(workload, everyone)
        show = report.markdown if arguments.markdown else report.table
        print("\n%s: %s, %d connections\n\n%s" % (workload.name, workload.what, workload.connections, show(workload, everyone)), flush=True)
        if workload.is_timed:
            print("\nThe same under an open loop, at shares of what each can answer with one CPU; microseconds from when a request was due\n")
            print(show(workload, everyone, report.TIMED), flush=True)
    report.write_json(arguments.json, conditions, measured, verdicts)

    print("\n%s\n" % report.tell_disturbance(measured))
    return tell_verdicts(verdicts)


if __name__ == "__main__":
    sys.exit(main())
