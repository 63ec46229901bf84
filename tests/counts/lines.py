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

import sys
from pathlib import Path

import alternating
import gate
import passings

BUDGETS = Path(__file__).resolve().parent / "lines.json"
KIND = "lines"


def measure(each, program):
    """Lines per hit, and by which code."""
    shorter, longer = gate.run_twice(each, program, passings, each.writes)
    return per_hit(longer.lines - shorter.lines, each.writes), longer.by_code - shorter.by_code


def per_hit(lines, hits):
    """A timer's tick now and then is rounded off."""
    return max(0.0, round(lines / hits, 1))


def explain(program, by_code, hits):
    for (access, place, other), count in passings.name_code(program, by_code).most_common():
        if count / hits >= 0.01:
            print("    %6.2f  %-5s %s\n                  after %s" % (count / hits, access, place, other))


def main(arguments=None):
    arguments = gate.parse_arguments(__doc__, alternating.SCENARIOS, arguments)
    verdicts = gate.Verdicts(BUDGETS)
    for each in alternating.SCENARIOS:
        if arguments.only not in (None, each.name):
            continue
        try:
            value, by_code = measure(each, arguments.bin)
        except (RuntimeError, OSError) as error:
            verdicts.tell_error(each.name, error)
            continue
        budget = verdicts.budgets[each.name][KIND]
        verdicts.tell(*gate.judge(each.name, value, "lines per hit", budget, budget))
        if arguments.explain:
            explain(arguments.bin, by_code, each.writes)
    return verdicts.end()


if __name__ == "__main__":
    sys.exit(main())
