#!/usr/bin/python3
"""What deploy/ holds fits the program, the tools that will read it, and the documents.

    tests/deploy/deploy.py --bin PATH            a built sidecache

Asked are Debian's docker-compose (`config`), python3-kubernetes (fields and their types), systemd-analyze (`verify`, `security`, `syscall-filter`), promtool and
strace; the rest is looked at here. Commands of containers are run against the records API and sidecache, and what is asked of Redis is given to one, as processes
of this machine. Then each kind of mistake is made in a copy, and has to be found. It ends with the line `N passed, N failed`.
"""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(1, str(ROOT / "tests/scenarios"))

import broken
from agreement import Agreement
from composition import Composition
from documents import Documents
from fleet import Fleet
from manifests import Manifests
from running import Running
from unit import Unit


def checks(root, program):
    """What is asked, and functions that give the problems."""
    yield from Composition(root, program).checks()
    for name in ("sidecar.yaml", "edge.yaml"):
        yield from Manifests(root, program, name).checks()
    yield from Agreement(root, program).checks()
    yield from Unit(root, program).checks()
    yield from Running(root, program).checks()
    yield from Fleet(root, program).checks()
    yield from Documents(root, program).checks()


def judged(check):
    """The problems, where what is looked at may not even be there."""
    try:
        return list(check() or ())
    except (LookupError, AttributeError, TypeError, ValueError, OSError, AssertionError, subprocess.SubprocessError) as error:
        return [f"{type(error).__name__}: {error}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=Path)
    program = parser.parse_args().bin.resolve()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended too

    passed = failed = 0

    def tell(what, problems):
        nonlocal passed, failed
        passed, failed = passed + (not problems), failed + bool(problems)
        print("%s  %s" % ("FAILED" if problems else "ok    ", what), *("        %s" % each for each in problems), sep="\n", flush=True)

    for what, check in checks(ROOT, program):
        tell(what, judged(check))
    for what, problems in broken.trials(ROOT, program, checks, judged):
        tell(what, problems)
    print("\n%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
