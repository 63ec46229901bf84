#!/usr/bin/python3
"""Runs the scenario tests: each class in a process of its own, some side by side.

    tests/scenarios/run.py [--bin PATH] [-j N] [--without PATTERN] [PATTERN...]

A PATTERN is a part of `file.Class.test` (test_vary, Drain, a_hit): only what contains one of them is run, and nothing that contains that of --without. It ends with the line
`N passed, N failed` and, where tests were skipped, `, N skipped`; the exit code is 1 where one failed or none ran.
"""

import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
EVERYTHING = "*"    # in place of a test's name: all of the class that have no result of their own
CLASS_LIMIT = 600  # seconds: over it the process of a class is ended and the class counts as failed


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def discover():
    return list(flat(unittest.defaultTestLoader.discover(str(HERE), pattern="test_*.py", top_level_dir=str(HERE))))


class Reporter(unittest.TestResult):
    """One line of JSON for each test."""

    def startTest(self, test):
        super().startTest(test)
        self._began, self._told = time.monotonic(), None

    def stopTest(self, test):
        super().stopTest(test)
        state, text = self._told or ("passed", "")
        self._print(test.id(), state, text, time.monotonic() - self._began)

    def _print(self, name, state, text, seconds):
        print(json.dumps({"test": name, "state": state, "text": text, "seconds": round(seconds, 3)}), flush=True)

    def _fail(self, test, error):
        text = self._exc_info_to_string(error, test)
        if isinstance(test, unittest.TestCase):
            before = self._told[1] + "\n" if self._told and self._told[0] == "failed" else ""
            self._told = ("failed", before + text)
        else:  # setUpClass and its like
            self._print(EVERYTHING, "failed", text, 0)

    addError = addFailure = _fail

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self._fail(test, error)
            self._told = ("failed", f"{subtest._subDescription()}\n{self._told[1]}")

    def addSkip(self, test, reason):
        if isinstance(test, unittest.TestCase):
            self._told = self._told or ("skipped", reason)
        else:  # a whole class or file
            self._print(EVERYTHING, "skipped", reason, 0)


def run_class(names):
    """In the process of one class: these tests, told as JSON."""
    unittest.defaultTestLoader.loadTestsFromNames(names).run(Reporter())
    sys.stdout.flush()
    os._exit(0)  # threads of a test that failed may still wait for something


def start_class(names):
    began = time.monotonic()
    try:
        done = subprocess.run([sys.executable, __file__, "--class", *names], capture_output=True, text=True, timeout=CLASS_LIMIT, cwd=HERE)
        output, trouble = done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        output, trouble = (late.stdout or b"").decode(), f"did not end within {CLASS_LIMIT} s"
    results = [json.loads(line) for line in output.splitlines() if line.startswith('{"test"')]
    told = {result["test"]: result for result in results}
    # What has no name of ours is told of all that have no result: of the whole class, or of a file that cannot be loaded any more.
    whole = next((result for result in results if result["test"] not in names), None)
    whole = whole or {"state": "failed", "text": f"the process ended without a result\n{trouble}", "seconds": time.monotonic() - began}
    return [told.get(name) or {**whole, "test": name} for name in names]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", help="the proxy's binary (SIDECACHE_BIN)")
    parser.add_argument("-j", type=int, default=3, metavar="N", help="classes side by side [3]: they wait more than they work")
    parser.add_argument("-q", action="store_true", help="tell failures and the closing line only")
    parser.add_argument("--without", metavar="PATTERN", help="leave out what contains it")
    parser.add_argument("--class", dest="own", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("patterns", nargs="*")
    options = parser.parse_args()
    if options.own:
        return run_class(options.own)
    if options.bin:
        os.environ["SIDECACHE_BIN"] = str(Path(options.bin).resolve())

    counts = {"passed": 0, "failed": 0, "skipped": 0}
    classes = {}
    for test in discover():
        name = test.id()
        if isinstance(test, unittest.loader._FailedTest):
            counts["failed"] += 1
            print(f"failed          {name.rpartition('.')[2]} cannot be loaded\n    {test._exception}", flush=True)
            continue
        if options.patterns and not any(pattern in name for pattern in options.patterns):
            continue
        if options.without and options.without in name:
            continue
        classes.setdefault(name.rpartition(".")[0], []).append(name)

    with concurrent.futures.ThreadPoolExecutor(max(1, options.j)) as pool:
        for done in concurrent.futures.as_completed([pool.submit(start_class, names) for names in classes.values()]):
            for result in done.result():
                counts[result["state"]] += 1
                if not options.q or result["state"] == "failed":
                    print(f"{result['state']:7} {result['seconds']:6.2f}s  {result['test']}", flush=True)
                if result["text"] and (not options.q or result["state"] == "failed"):
                    print("    " + result["text"].rstrip().replace("\n", "\n    "), flush=True)
    print(f"{counts['passed']} passed, {counts['failed']} failed" + (f", {counts['skipped']} skipped" if counts["skipped"] else ""))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
