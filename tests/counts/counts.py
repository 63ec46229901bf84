#!/usr/bin/env python3
"""What a request costs, in counts that do not jitter: instructions, allocations, locks and system calls of the workers' threads.

Each is the difference between a run and one of twice the length, so that start and end cancel out. budgets.json says how
much each may be; a change may only lower it, which is compared with the commits before. Instructions may exceed it by 2 %, as
other CPUs choose other string functions. Of system calls a hit needs three: epoll_wait, recvmsg, sendmsg.

    counts.py --bin build/release/sidecache [--explain]

--explain tells which functions the instructions, allocations and locks belong to.
"""

import sys
from collections import Counter
from pathlib import Path

import callgrind
import gate
import scenario
import strace

TOLERANCE = {"instructions": 1.02, "allocations": 1.0, "locks": 1.0, "system_calls": 1.0}
MOST_OF_A_HIT = 3  # system calls, which are counted without ticks; who needs more waits for the origin
TICKS = {"system_calls": 0.3, "locks": 0.9}  # meanwhile a worker's timer ticks every 20 ms: the more often for each request, the slower the machine


def difference(longer, shorter):
    return Counter({key: longer[key] - shorter[key] for key in longer | shorter if longer[key] != shorter[key]})


def measure(each, program):
    """Instructions, allocations and locks per request, system calls per write of a client; and the two profiles."""
    shorter, longer = gate.run_twice(each, program, callgrind, each.writes)
    calls_shorter, calls_longer = gate.run_twice(each, program, strace, each.writes)
    calls = difference(calls_longer, calls_shorter)
    requests = each.writes * each.per_write
    writes = each.writes * each.clients
    measured = {
        "instructions": round((longer.instructions - shorter.instructions) / requests),
        "allocations": max(0.0, round((longer.allocations - shorter.allocations) / requests, 1)),
        "locks": max(0.0, round((longer.locks - shorter.locks) / requests, 1)),
        "system_calls": round(sum(calls.values()) / writes, 1),  # a timer's tick now and then is rounded off
    }
    return measured, lambda: explain(shorter, longer, requests, calls, writes)


def explain(shorter, longer, requests, system_calls, writes):
    def tell(title, costs, divisor, most=40):
        print("    %s" % title)
        for name, cost in costs.most_common(most):
            if cost / divisor >= 0.01:
                print("    %10.2f  %s" % (cost / divisor, name))

    calls = difference(longer.calls, shorter.calls)
    tell("system calls per write", system_calls, writes)
    tell("own instructions per request", difference(longer.self_cost, shorter.self_cost), requests)
    for title, callees in (("allocations per request, by caller", callgrind.ALLOCATORS | {"operator new(unsigned long)"}),
                           ("locks per request, by caller", callgrind.LOCKS)):
        tell(title, Counter({caller: count for (caller, callee), count in calls.items() if callee in callees}), requests)


def judge(name, kind, value, budget):
    """A verdict for a reader, and whether it is a failure."""
    unit = {"instructions": "instructions per request", "allocations": "allocations per request", "locks": "locks per request",
            "system_calls": "system calls per write"}[kind]
    ticks = 0 if kind == "system_calls" and budget <= MOST_OF_A_HIT else TICKS.get(kind, 0)
    return gate.judge(name, value, unit, budget, budget * TOLERANCE[kind] + ticks)


def main():
    arguments = gate.parse_arguments(__doc__, scenario.SCENARIOS, None)
    verdicts = gate.Verdicts(Path(__file__).resolve().parent / "budgets.json")
    for each in scenario.SCENARIOS:
        if arguments.only not in (None, each.name):
            continue
        try:
            measured, tell_more = measure(each, arguments.bin)
        except (RuntimeError, OSError) as error:
            verdicts.tell_error(each.name, error)
            continue
        for kind, value in measured.items():
            verdicts.tell(*judge(each.name, kind, value, verdicts.budgets[each.name][kind]))
        if arguments.explain:
            tell_more()
    return verdicts.end()


if __name__ == "__main__":
    sys.exit(main())
