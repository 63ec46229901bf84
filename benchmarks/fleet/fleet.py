#!/usr/bin/env python3
"""What a fleet costs beside one node, and what it does while one of its nodes is slow.

    fleet.py --build build/release [--quick] [--only reads|writes|slow]... [--modes strict bounded verified] [--writes 5000] [--markdown]

reads   hits at one node without Redis and at a node of two, in each mode: CPU per request as a multiple of the former's, in turns
writes  the same of writes, one at a time and many at once: what intent, tick and confirmation cost
slow    writes at all of three nodes and reads at two, in an open loop, while everything between the third and Redis comes --delay later, and without that

Needs Debian's redis-server and wrk. See benchmarks/README.md for what each figure means. Fails if an answer is wrong or a claim does not hold. Writes
everything to build/benchmarks/fleet.json.
"""

import argparse
import json
import os
import resource
import shutil
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "benchmarks" / "load"), str(ROOT / "tests" / "scenarios")]  # what is measured with, and how a proxy is asked what it tells

import claims  # noqa: E402
import costs  # noqa: E402
import report  # noqa: E402
import slow_node  # noqa: E402
from judge import Verdict, tell_verdicts  # noqa: E402
from nodes import MODES  # noqa: E402
from peers import tell  # noqa: E402
from rounds import Plan  # noqa: E402

SECTIONS = ("reads", "writes", "slow")


@dataclass(frozen=True)
class Programs:
    sidecache: Path
    limit: Path
    open_loop: Path


def read_arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release", help="where sidecache, benchmarks/limit and benchmarks/open_loop are")
    parser.add_argument("--bin", type=Path, help="another sidecache than the build's")
    parser.add_argument("--limit", type=Path, help="another one than the build's")
    parser.add_argument("--open-loop", type=Path, help="likewise")
    parser.add_argument("--json", type=Path, default=ROOT / "build/benchmarks/fleet.json", help="where all figures are written")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="a part; may be given again")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES), help="redis.consistency")
    parser.add_argument("--rounds", type=int, help="of reads and writes")
    parser.add_argument("--seconds", type=int, help="of each candidate in each round")
    parser.add_argument("--slow-rounds", type=int, help="of the slow node, and without it")
    parser.add_argument("--slow-seconds", type=float, help="of each")
    parser.add_argument("--writes", type=float, default=5000, help="in a second, of all three nodes; less where the machine drives no more")
    parser.add_argument("--reads", type=float, default=500, help="in a second, of each of two nodes")
    parser.add_argument("--delay", type=float, default=200, help="milliseconds, each way, between the slow node and Redis")
    parser.add_argument("--lease", type=float, default=2, help="seconds: redis.lease (L)")
    parser.add_argument("--deadline", type=float, default=4, help="seconds: redis.deadline (D)")
    parser.add_argument("--pool", type=int, default=5000, help="connections of each of the three nodes to the origin (origins.NAME.pool.max)")
    parser.add_argument("--quick", action="store_true", help="3 rounds of 1 s instead of 7 of 5 s; of the slow node 1 of 8 s instead of 2 of 30 s")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    return parser.parse_args(words)


def choose_programs(arguments):
    build = arguments.build
    programs = Programs(*((chosen or build / name).resolve() for chosen, name in (
        (arguments.bin, "sidecache"), (arguments.limit, "benchmarks/limit"), (arguments.open_loop, "benchmarks/open_loop"))))
    missing = [str(program) for program in asdict(programs).values() if not os.access(program, os.X_OK)]
    missing += [tool for tool in ("redis-server", "wrk", "taskset", "setpriv") if shutil.which(tool) is None]
    if missing:
        sys.exit("expected these programs, and they are not here: %s (benchmarks/README.md says how they are built)" % ", ".join(missing))
    return programs


def make_plans(arguments, programs):
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        sys.exit("expected two CPUs, one for the node and one for the load; this process may use %d" % len(cpus))
    folder = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    rounds, seconds, slow_rounds, slow_seconds = (3, 1, 1, 8) if arguments.quick else (7, 5, 2, 30)
    plan = Plan(arguments.rounds or rounds, 0, arguments.seconds or seconds, cpus[0], cpus[1], folder, programs.limit, programs.open_loop)
    slow = slow_node.Plan(",".join(map(str, cpus)), folder, arguments.writes, arguments.reads, arguments.slow_seconds or slow_seconds,
                          arguments.slow_rounds or slow_rounds, arguments.delay / 1000, arguments.lease, arguments.deadline, arguments.pool)
    return plan, slow


def allow_descriptors():
    """As many as this process may have: writes that wait have a connection each."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def run_costs(measure, programs, plan, arguments):
    verdicts, found = [], measure(programs.sidecache, arguments.modes, plan, tell)
    tell("")
    for workload, everyone in found:
        verdicts += costs.judge(workload, everyone)
        print("\n%s: %s; connections: %d\n\n%s" % (workload.name, workload.what, workload.connections, shape(arguments)(workload, everyone, costs.FORM)), flush=True)
    if measure is costs.measure_reads:  # beside writes the others are the rest of the fleet
        print("\n" + report.tell_disturbance(found), flush=True)
    return [{"name": workload.name, "series": [asdict(series) for series in everyone]} for workload, everyone in found], verdicts


def run_slow(programs, plan, arguments):
    try:
        trials, phases = slow_node.measure(plan, programs, tell)
    except (RuntimeError, AssertionError, OSError) as error:  # what was measured before shall not be lost
        return None, [Verdict("slow node: %s" % error, False)]
    finally:
        tell("")
    if phases:
        told = (phases[0].rate, plan.nodes, plan.reads, plan.nodes - 1, plan.lease, plan.deadline, plan.pool)
        print("\nslow node: %.0f writes/s at %d nodes, %.0f reads/s at each of %d; L = %g s, D = %g s; %d connections to the origin; no node slow\n" % told)
        print(shape(arguments)(None, phases, claims.NONE_SLOW))
        print("\nThe same while everything between node %d and Redis comes %.0f ms later, each way\n" % (plan.nodes, 1000 * plan.delay))
        print(shape(arguments)(None, phases, claims.ONE_SLOW))
        print("\n" + claims.tell_disturbance(phases), flush=True)
    return {"plan": asdict(plan), "trials": [asdict(trial) for trial in trials], "phases": [asdict(phase) for phase in phases]}, claims.judge(plan, trials, phases)


def shape(arguments):
    return report.markdown if arguments.markdown else report.table


def main():
    arguments = read_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    programs = choose_programs(arguments)
    plan, slow = make_plans(arguments, programs)
    allow_descriptors()
    conditions = {"date": time.strftime("%Y-%m-%d %H:%M:%S %z"), "cpu": report.cpu_model(), "cpus": os.cpu_count(), "kernel": os.uname().release,
                  "rounds": plan.rounds, "seconds": plan.seconds, "version": costs.OneNode(programs.sidecache).version()}
    print("%(cpu)s, %(cpus)d CPUs, Linux %(kernel)s; %(rounds)d rounds of %(seconds)d s; %(version)s" % conditions, flush=True)
    everything, verdicts = {"conditions": conditions}, []
    for section in arguments.only or SECTIONS:
        if section == "slow":
            everything[section], judged = run_slow(programs, slow, arguments)
        else:
            everything[section], judged = run_costs(costs.measure_reads if section == "reads" else costs.measure_writes, programs, plan, arguments)
        verdicts += judged
    everything["verdicts"] = [asdict(verdict) for verdict in verdicts]
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(everything, indent=1) + "\n")

    print()
    return tell_verdicts(verdicts)


if __name__ == "__main__":
    sys.exit(main())
