#!/usr/bin/env python3
"""Results are judged as the suite's own page judges them, and the page of ours is read and held against them rightly."""

import ast
import contextlib
import io
import re
import unittest

import page
import run
from verdicts import Verdicts

TESTS = {
    "must": {"name": "a", "suite": "s", "kind": "required", "depends_on": []},
    "may": {"name": "b", "suite": "s", "kind": "optimal", "depends_on": ["must"]},
    "asks": {"name": "c", "suite": "s", "kind": "check", "depends_on": []},
    "after-asks": {"name": "d", "suite": "s", "kind": "required", "depends_on": ["asks"]},
}
SEEN = ["Assertion", "Response 2 comes from cache"]

PAGE = """\
# Page
```record
rfc9111 required 1 of 2
rfc9111 optimal 1 of 1
safe required 0 of 2
safe optimal 0 of 1
```
### Not passed
| test | why |
|---|---|
| `after-asks` | the check `asks` says no |
#### More of them
| `another`, `third` | - |
### Not passed with the safe defaults
| `must`, `may` | - |
## Peers
| `no-test` | - |
"""


def verdicts(**results):
    return Verdicts(TESTS, {name.replace("_", "-"): result for name, result in results.items()})


def judged(results, text=PAGE, configuration="rfc9111"):
    """The sentences of what is wrong, and what was told besides."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        wrong = run.compare(results, page.read(text, configuration))
    return wrong, told.getvalue()


class AVerdict(unittest.TestCase):
    def test_is_named_by_kind(self):
        told = verdicts(must=SEEN, may=True, asks=SEEN, after_asks=True)
        self.assertEqual(["fail", "dependency failed", "no", "dependency failed"], [told.of(test) for test in TESTS])
        told = verdicts(must=True, may=SEEN, asks=True, after_asks=True)
        self.assertEqual(["pass", "not optimal", "yes", "pass"], [told.of(test) for test in TESTS])

    def test_tells_failures_of_the_way_from_failures_of_the_cache(self):
        told = [verdicts(must=result).of("must") for result in (["Setup", "Response 1 status is 502, not 200"], ["Setup", "retry"], ["AbortError", "late"])]
        self.assertEqual(["setup failed", "retry", "harness failed"], told)
        self.assertEqual("not run", verdicts().of("must"))

    def test_counts_what_is_required_and_what_is_optimal_and_no_check(self):
        told = verdicts(must=True, may=True, asks=SEEN, after_asks=True)
        self.assertEqual((["must"], ["may"], ["after-asks"]), (told.passed("required"), told.passed("optimal"), told.not_passed()))

    def test_counts_what_passes_alone(self):
        told = verdicts(must=SEEN, may=True, asks=True, after_asks=True)
        told.alone.add("must")
        self.assertEqual([], told.not_passed())


class ThePage(unittest.TestCase):
    def test_lists_what_does_not_pass_under_its_heading(self):
        self.assertEqual({"after-asks", "another", "third"}, page.read(PAGE, "rfc9111").known)
        self.assertEqual({"after-asks", "another", "third", "must", "may"}, page.read(PAGE, "safe").known)

    def test_is_refused_without_a_whole_record(self):
        for broken in (PAGE.replace("```record", "```text"), PAGE.replace("rfc9111 optimal 1 of 1\n", ""), PAGE.replace("1 of 2", "one of 2"),
                       PAGE.replace("### Not passed\n", "### Passed\n"), PAGE.replace("`third`", "`after-asks`")):
            with self.assertRaises(ValueError):
                page.read(broken, "rfc9111")

    def test_of_this_project_can_be_read(self):
        text = (run.ROOT / "docs" / "conformance.md").read_text()
        for configuration in page.SECTIONS:
            record = page.read(text, configuration)
            missing = sum(record.of.values()) - sum(record.passed.values())
            self.assertEqual(missing, len(record.known), f"{configuration}: as many tests are listed as are missing in the record")


    def test_of_this_project_names_scenarios_that_there_are(self):
        text = page.section((run.ROOT / "docs" / "conformance.md").read_text(), "The newest version's extra tests, as scenarios of our own")
        named = re.findall(r"`(test_\w+)\.(\w+)\.(test_\w+)`", text)
        self.assertTrue(named)
        for file, group, test in named:
            module = ast.parse((run.ROOT / "tests" / "scenarios" / f"{file}.py").read_text())
            tests = [item.name for node in module.body if isinstance(node, ast.ClassDef) and node.name == group for item in node.body if isinstance(item, ast.FunctionDef)]
            self.assertIn(test, tests, f"{file}.{group}")


class TheRecord(unittest.TestCase):
    def test_is_kept_where_as_many_pass(self):
        self.assertEqual([], judged(verdicts(must=True, may=True, asks=SEEN, after_asks=True))[0])

    def test_is_broken_where_fewer_pass(self):
        wrong, _ = judged(verdicts(must=SEEN, may=True, asks=SEEN, after_asks=True))
        self.assertEqual(["0 required tests pass, the page records 1", "0 optimal tests pass, the page records 1"], wrong)

    def test_asks_to_be_raised_where_more_pass(self):
        wrong, told = judged(verdicts(must=True, may=True, asks=True, after_asks=True))
        self.assertEqual([], wrong)
        self.assertIn("2 required tests pass: raise the record (1)", told)
        self.assertIn("strike in docs/conformance.md: after-asks", told)

    def test_is_of_this_suite(self):
        wrong, _ = judged(verdicts(must=True, may=True, asks=SEEN, after_asks=True), PAGE.replace("rfc9111 required 1 of 2", "rfc9111 required 1 of 3"))
        self.assertEqual(["the suite has 2 required tests, the page says 3"], wrong)

    def test_does_not_excuse_a_test_that_is_not_listed(self):
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(["must"], run.tell_failures(verdicts(must=SEEN, may=True, asks=SEEN, after_asks=True), {"may", "after-asks"}))


if __name__ == "__main__":
    unittest.main()
