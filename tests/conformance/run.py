#!/usr/bin/python3
"""Runs the public HTTP cache test suite against sidecache and compares with what docs/conformance.md records.

    run.py --bin build/release/sidecache              all of it, under rfc9111.yaml
    run.py --bin ... --safe                           under the safe defaults
    run.py --bin ... --id TEST                        one test, with every request and answer as client and origin saw them

It fails where a test does not pass that the page does not list, or where fewer pass than the page records. Many tests
run side by side; one that is missing then is run again by itself, and told, before it counts.
--suite FOLDER takes a checkout of the suite instead of the npm release: its numbers are told and compared with nothing.
"""

import argparse
import os
import sys
from pathlib import Path

import page
from suite import Suite, SuiteError, install
from verdicts import COUNTED, PASSED, SYMBOLS, Verdicts

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "scenarios"))


def start_proxy(origin, is_safe):
    from harness import Sidecache  # reads SIDECACHE_BIN

    return Sidecache(origin, "--set", "log.access=off", config=None if is_safe else (HERE / "rfc9111.yaml").read_text())


def url_of(proxy):
    host, port = proxy.address
    return f"http://{host}:{port}"


def run_alone(suite, proxy, verdicts, known):
    """What is missing and not known to be may only have been disturbed by its neighbours. A test before those that depend on it."""
    for test in verdicts.tests:
        is_missing = verdicts.of(test) not in PASSED and verdicts.of(test) != "dependency failed"
        needed_by = [other for other in verdicts.not_passed() if other == test or test in verdicts.tests[other]["depends_on"]]
        if not is_missing or known.issuperset(needed_by):
            continue
        symbol, _ = suite.run_one(url_of(proxy), test)
        if SYMBOLS.get(symbol) in PASSED:
            verdicts.alone.add(test)
            print(f"passes alone    {test}: {verdicts.message(test)}", flush=True)


def tell_failures(verdicts, known):
    """Each test that does not pass; returns those that the page does not know."""
    unknown = [test for test in verdicts.not_passed() if test not in known]
    for test in verdicts.not_passed():
        mark = "not passed" if test in known else "FAILED    "
        print(f"{mark}  {verdicts.tests[test]['kind']:8}  {verdicts.of(test):17}  {test}: {verdicts.message(test) or verdicts.tests[test]['name']}")
    return unknown


def tell_counts(verdicts):
    for kind in COUNTED:
        print(f"{kind}: {len(verdicts.passed(kind))} of {len(verdicts.ids(kind))}")
    print(f"checks: {len(verdicts.passed('check'))} yes, {len(verdicts.ids('check')) - len(verdicts.passed('check'))} no or unclear")


def compare(verdicts, record):
    """What is wrong by the record, as sentences; what may be improved in it is printed."""
    wrong = []
    for kind in COUNTED:
        passed, total = len(verdicts.passed(kind)), len(verdicts.ids(kind))
        if total != record.of[kind]:
            wrong.append(f"the suite has {total} {kind} tests, the page says {record.of[kind]}")
        if passed < record.passed[kind]:
            wrong.append(f"{passed} {kind} tests pass, the page records {record.passed[kind]}")
        elif passed > record.passed[kind]:
            print(f"{passed} {kind} tests pass: raise the record ({record.passed[kind]}) in docs/conformance.md")
    now_passing = sorted(record.known - set(verdicts.not_passed()))
    if now_passing:
        print(f"strike in docs/conformance.md: {', '.join(now_passing)}")
    return wrong


def judge(suite, proxy, record):
    """Runs all; returns the exit code. Without a record it only tells."""
    verdicts = Verdicts(suite.catalogue(), suite.results(url_of(proxy)))
    known = record.known if record else set()
    run_alone(suite, proxy, verdicts, known)
    unknown = tell_failures(verdicts, known)
    tell_counts(verdicts)
    wrong = compare(verdicts, record) if record else []
    for sentence in wrong:
        print(f"FAILED    {sentence}")
    passed = sum(len(verdicts.passed(kind)) for kind in COUNTED)
    print(f"{passed} passed, {max(len(unknown), len(wrong))} failed")
    return 1 if unknown or wrong or not passed else 0


def show_one(suite, server, proxy, test):
    if test not in suite.catalogue():
        print(f"the suite has no test '{test}'", file=sys.stderr)
        return 2
    symbol, told = suite.run_one(url_of(proxy), test)
    print(f"{told}\n{server.told()}\n{test}: {SYMBOLS.get(symbol, symbol)}")
    return 0 if SYMBOLS.get(symbol) in PASSED else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=Path, help="the proxy's binary")
    parser.add_argument("--id", metavar="TEST", help="this test only")
    parser.add_argument("--safe", action="store_true", help="with the safe defaults instead of rfc9111.yaml")
    parser.add_argument("--suite", metavar="FOLDER", type=Path, help="another version of the suite")
    options = parser.parse_args()
    os.environ["SIDECACHE_BIN"] = str(options.bin.resolve())
    try:
        record = None if options.suite else page.read((ROOT / "docs" / "conformance.md").read_text(), "safe" if options.safe else "rfc9111")
        suite = Suite(options.suite.resolve() if options.suite else install(ROOT / "build" / "conformance"))
        server = suite.start_server()
        try:
            proxy = start_proxy(server.url, options.safe)
            try:
                code = show_one(suite, server, proxy, options.id) if options.id else judge(suite, proxy, record)
                proxy.stop()
                return code
            finally:
                proxy.kill()
        finally:
            server.stop()
    except (SuiteError, ValueError, OSError, AssertionError) as error:  # the last is the harness's word for a proxy that does not start or end
        print(f"FAILED    {error}\n0 passed, 1 failed")
        return 1


if __name__ == "__main__":
    sys.exit(main())
