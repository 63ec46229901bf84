#!/usr/bin/python3
"""Runs the example records API's own tests, on each of its databases.

    tests/django/run.py [--database sqlite|postgresql] [LABEL...]

LABELs are Django's: records.tests.test_seed. PostgreSQL is started for it and ended after it; nothing of it stays.
"""

import argparse
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from postgresql import Postgresql, PostgresqlError

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "records_api"
DATABASES = ("sqlite", "postgresql")


def run_tests(database, labels):
    # What is set for an API that runs here is none of the tests' business.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RECORDS_") and name != "DATABASE_URL"}
    with ExitStack() as stack:
        if database == "postgresql":
            environment["DATABASE_URL"] = stack.enter_context(Postgresql()).url
        print(f"On {database}:", flush=True)
        command = [sys.executable, "manage.py", "test", "--noinput", *labels]
        return subprocess.run(command, cwd=EXAMPLE, env=environment, stdin=subprocess.DEVNULL).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=DATABASES, help="only this one")
    parser.add_argument("labels", nargs="*", metavar="LABEL")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is ended as well
    try:
        codes = [run_tests(database, arguments.labels) for database in DATABASES if arguments.database in (None, database)]
    except PostgresqlError as error:
        sys.exit(str(error))
    sys.exit(max(codes))


if __name__ == "__main__":
    main()
