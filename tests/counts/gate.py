"""What the gates of counts have in common, whatever they count: two runs whose difference it is, a budget for each scenario, and a verdict."""

import argparse
import json
from pathlib import Path

import history
import scenario


def parse_arguments(description, scenarios, arguments):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=Path)
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--only", choices=[each.name for each in scenarios])
    return parser.parse_args(arguments)


def run_twice(each, program, tool, writes):
    """What the tool counted of a run, and of one of twice the length: start and end cancel out of the difference."""
    return [tool.read_workers(scenario.run(each, program, tool, count), each.workers) for count in (writes, 2 * writes)]


def judge(name, value, unit, budget, most):
    """A verdict for a reader, and whether it is a failure: more than `most`, which is the budget and what it is forgiven."""
    line = "%-15s %8s %-24s budget %s" % (name, value, unit, budget)
    if value > most:
        return "FAILED  %s" % line, True
    if value < budget * 0.9:
        return "ok      %s: lower the budget" % line, False
    return "ok      %s" % line, False


class Verdicts:
    """On one file of budgets, which a change may only lower."""

    def __init__(self, file):
        self.budgets = json.loads(file.read_text())
        self.passed = self.failed = 0
        earlier = history.earlier_versions(file)
        if earlier is None:
            print("note    no history here: that no budget was raised is not tested")
            return
        raised = history.raised(self.budgets, earlier)
        for name, kind, budget, lowest in raised:
            print("FAILED  %-15s %s: the budget is %s, and was %s: a change may only lower it" % (name, kind, budget, lowest))
        self.passed, self.failed = int(not raised), len(raised)

    def tell(self, line, is_failure):
        print(line, flush=True)
        self.passed, self.failed = self.passed + (not is_failure), self.failed + is_failure

    def tell_error(self, name, error):
        """Nothing was counted: each of its budgets has failed."""
        print("FAILED  %-15s %s" % (name, error))
        self.failed += len(self.budgets[name])

    def end(self):
        print("\n%d passed, %d failed" % (self.passed, self.failed))
        return 1 if self.failed else 0
