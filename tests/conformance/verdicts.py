"""Verdicts: what a result of the suite means, told as the suite's own page of results tells it.

A result is true, or a pair of a kind of failure and what was seen. A test whose dependency did not hold says nothing,
even where its own result is true.
"""

from dataclasses import dataclass, field

PASSED = ("pass", "yes")
COUNTED = ("required", "optimal")  # a check asks how caches behave: neither answer is wrong

# What its command line prints of one test.
SYMBOLS = {
    "✅": "pass", "⛔️": "fail", "⚠️": "not optimal", "Y": "yes", "N": "no", "🔹": "setup failed", "⁉️": "harness failed",
    "⚪️": "dependency failed", "↻": "retry", "-": "not run",
}


@dataclass
class Verdicts:
    """Of all tests of a catalogue, in its order."""

    tests: dict                                # id -> {name, suite, kind, depends_on}
    results: dict                              # id -> true or [kind, message]
    alone: set = field(default_factory=set)    # ids that passed when they were run by themselves

    def of(self, test):
        """One word of the suite's own for the test of this id."""
        result = True if test in self.alone else self.results.get(test)
        if result is None:
            return "not run"
        if any(self.of(dependency) not in PASSED for dependency in self.tests[test]["depends_on"]):
            return "dependency failed"
        if result is not True:
            if result[0] == "Setup":
                return "retry" if result[1] == "retry" else "setup failed"
            if result[0] == "AbortError":
                return "harness failed"
        kind = self.tests[test]["kind"]
        if kind == "check":
            return "yes" if result is True else "no"
        return "pass" if result is True else "fail" if kind == "required" else "not optimal"

    def message(self, test):
        result = self.results.get(test)
        return "" if result in (None, True) else result[1] or result[0]

    def ids(self, kind):
        return [test for test, told in self.tests.items() if told["kind"] == kind]

    def passed(self, kind):
        return [test for test in self.ids(kind) if self.of(test) in PASSED]

    def not_passed(self):
        """Of what is counted."""
        return [test for test, told in self.tests.items() if told["kind"] in COUNTED and self.of(test) not in PASSED]
