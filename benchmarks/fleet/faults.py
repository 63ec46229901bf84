#!/usr/bin/env python3
"""What a fleet does while something beneath it is broken: the scenarios of tests/scenarios/test_fleet_no_stale_read.py, for longer, with what they count as a table.

    faults.py --build build/release [--seconds 10] [--nodes 2 3] [--only PATTERN]...

Each scenario fails for itself where a read is stale, where anybody waits longer than the deadlines allow, where a refused write reaches the origin, and where a node does not recover without a restart.
Needs Debian's redis-server and python3-redis.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = "test_fleet_no_stale_read"
COLUMNS = ("", "nodes", "reads", "without the origin", "stale", "slowest read, s", "writes", "503", "504, cut", "slowest write, s", "recovered in, s")


def words_of(test):
    """TheNetworkFails.test_a_node_is_cut_off: 'the network fails: a node is cut off'."""
    of_class, _, of_test = test.partition(".test_")
    return "%s: %s" % (re.sub(r"(?<!^)(?=[A-Z])", " ", of_class).lower(), of_test.replace("_", " "))


def row_of(run):
    recovered = "-" if run["recovered"] is None else "%.2f" % run["recovered"]
    return [words_of(run["test"]), "%d" % run["nodes"], "%d" % run["reads"], "%.0f %%" % (100 * run["reused"] / max(1, run["reads"])), "%d" % run["stale"], "%.2f" % run["slowest_read"],
            "%d" % run["writes"], "%d" % run["refused"], "%d" % run["unheard"], "%.2f" % run["slowest_write"], recovered]


def table(runs):
    lines = [COLUMNS, ["---"] + ["---:"] * (len(COLUMNS) - 1)] + [row_of(run) for run in sorted(runs, key=lambda run: (run["test"], run["kind"], run["nodes"]))]
    return "\n".join("| %s |" % " | ".join(cells) for cells in lines)


def run_scenarios(arguments, nodes, figures):
    environment = {**os.environ, "SIDECACHE_TEST_NODES": str(nodes), "SIDECACHE_TEST_CHECKER": str(arguments.seconds), "SIDECACHE_TEST_FIGURES": str(figures)}
    command = [sys.executable, ROOT / "tests/scenarios/run.py", "--bin", arguments.build / "sidecache", "-q", "-j", "1",
               *([SCENARIOS + "." + pattern for pattern in arguments.only] if arguments.only else [SCENARIOS])]
    return subprocess.run(command, env=environment, check=False).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release", help="where sidecache is")
    parser.add_argument("--seconds", type=float, default=10, help="of each scenario, at least")
    parser.add_argument("--nodes", type=int, nargs="+", default=[2, 3], help="of the fleets that are broken; those before sentinels and clusters have two")
    parser.add_argument("--only", action="append", help="scenarios whose names begin so; may be given again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sidecache-faults-") as folder:
        figures = Path(folder) / "figures"
        results = [run_scenarios(arguments, nodes, figures) for nodes in arguments.nodes]
        runs = [json.loads(line) for line in figures.read_text().splitlines()] if figures.exists() else []
    print("\n" + table(runs))
    return max(results)


if __name__ == "__main__":
    sys.exit(main())
