#!/usr/bin/env python3
"""How many cache lines pass between two workers for each hit: what a hit on a further core costs the others.

Counted by the program itself, as the thread sanitizer's build compiles it, with a runtime of our own (tests/counts/lines) in place of the
sanitizer's: it knows which worker's cache has which line. A line passes where a worker reads what the other one wrote last, or writes what
the other one has. What the kernel, libraries and other threads than workers do with memory is not seen.

hit_shared: both ask for the same; hit_apart: each for its own; hit_alone: one of them asks, the other one waits.
Each is the difference between a run and one of twice the length. lines.json says how many there may be; a change may only lower it.

    lines.py --bin build/tsan/sidecache_lines [--explain]

--explain tells which code takes the lines, and after which code of the other worker.
"""

import argparse
import json
import sys
from pathlib import Path

import alternating
import history
import passings
import scenario

BUDGETS = Path(__file__).resolve().parent / "lines.json"
KIND = "lines"


def measure(each, program):
    """Lines per hit, and by which code."""
    shorter, longer = [passings.read_workers(scenario.run(each, program, passings, count), each.workers) for count in (each.writes, 2 * each.writes)]
    return per_hit(longer.lines - shorter.lines, each.writes), longer.by_code - shorter.by_code


def per_hit(lines, hits):
    """A timer's tick now and then is rounded off."""
    return max(0.0, round(lines / hits, 1))


def judge(name, value, budget):
    """A verdict for a reader, and whether it is a failure."""
    line = "%-15s %8s %-24s budget %s" % (name, value, "lines per hit", budget)
    if value > budget:
        return "FAILED  %s" % line, True
    if value < budget * 0.9:
        return "ok      %s: lower the budget" % line, False
    return "ok      %s" % line, False


def explain(program, by_code, hits):
    for (access, place, other), count in passings.name_code(program, by_code).most_common():
        if count / hits >= 0.01:
            print("    %6.2f  %-5s %s\n                  after %s" % (count / hits, access, place, other))


def judge_history(budgets):
    """Whether a budget was raised, told; None where that cannot be known."""
    earlier = history.earlier_versions(BUDGETS)
    if earlier is None:
        print("note    no history here: that no budget was raised is not tested")
        return None
    raised = history.raised(budgets, earlier)
    for name, kind, budget, lowest in raised:
        print("FAILED  %-15s %s: the budget is %s, and was %s: a change may only lower it" % (name, kind, budget, lowest))
    return len(raised)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=Path)
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--only", choices=[each.name for each in alternating.SCENARIOS])
    arguments = parser.parse_args(arguments)
    budgets = json.loads(BUDGETS.read_text())

    passed = failed = 0
    raised = judge_history(budgets)
    if raised is not None:
        passed, failed = int(raised == 0), raised
    for each in alternating.SCENARIOS:
        if arguments.only not in (None, each.name):
            continue
        try:
            value, by_code = measure(each, arguments.bin)
        except (RuntimeError, OSError) as error:
            print("FAILED  %-15s %s" % (each.name, error))
            failed += 1
            continue
        line, is_failure = judge(each.name, value, budgets[each.name][KIND])
        print(line, flush=True)
        passed, failed = passed + (not is_failure), failed + is_failure
        if arguments.explain:
            explain(arguments.bin, by_code, each.writes)
    print("\n%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
