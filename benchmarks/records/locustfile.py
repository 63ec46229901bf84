"""Users of the records API, for Debian's python3-locust. before_after.py runs it; by itself:

    locust -f benchmarks/records/locustfile.py --headless -u 50 -r 50 -t 30s --host http://127.0.0.1:8080

before a freshly seeded API (`manage.py seed --patients 5000`; other sizes: --doctors, --patients, --appointments). mix.py says what
is asked. Each answer is checked: its status, that no row in it is older than a write that had been answered before it was asked for,
and that nobody is told what somebody else may do.
"""

import itertools
import json
import sys
import time
from pathlib import Path

from locust import FastHttpUser, events, task

sys.path.insert(0, str(Path(__file__).resolve().parent))

from freshness import Writes  # noqa: E402
from mix import MIXES, Person, Sizes  # noqa: E402

TOKEN = "Token demo-only-%s-token"


@events.init_command_line_parser.add_listener
def add_arguments(parser):
    parser.add_argument("--seed", type=int, default=0, help="of chance: the same seed makes the same requests")
    parser.add_argument("--mix", choices=list(MIXES), default="readers", help="what is asked, by its name in mix.py")
    parser.add_argument("--samples", default="", help="file for one line of JSON per request, written at the end")
    for name in ("doctors", "patients", "appointments"):
        parser.add_argument("--" + name, type=int, default=getattr(Sizes(), name), help="as many were seeded")


class Shared:
    """What all users have in common: a locust of one process."""

    numbers = itertools.count()
    writes = Writes()
    samples = []
    file = None


@events.test_start.add_listener
def open_samples(environment, **_):
    if environment.parsed_options.samples:
        Shared.file = open(environment.parsed_options.samples, "w")  # whoever waits for the start looks for this file


@events.quitting.add_listener
def write_samples(**_):
    if Shared.file is not None:
        with Shared.file as file:
            file.writelines(json.dumps(sample) + "\n" for sample in Shared.samples)


class RecordsUser(FastHttpUser):
    connection_timeout = network_timeout = 60.0

    def on_start(self):
        options = self.environment.parsed_options
        sizes = Sizes(options.doctors, options.patients, options.appointments)
        self.person = Person(options.seed, next(Shared.numbers), sizes, options.mix)

    def wait_time(self):
        return self.person.next_pause()

    @task
    def ask(self):
        request = self.person.next_request()
        fields = {"Accept": "application/json"}
        if request.user:
            fields["Authorization"] = TOKEN % request.user
        if request.method != "GET":
            Shared.writes.begun(request.target, request.body)
        asked_at = time.monotonic()
        with self.client.request(request.method, request.target, name="%s %s" % (request.method, request.kind), json=request.body, headers=fields,
                                 catch_response=True) as response:
            ended_at = time.monotonic()
            error = self.error_of(request, response, asked_at, ended_at)
            if error:
                response.failure(error)
            else:
                response.success()
        headers = response.headers or {}
        Shared.samples.append({"at": ended_at, "kind": request.kind, "ms": 1000 * (ended_at - asked_at), "error": error,
                               "queries": int(headers.get("X-Query-Count") or 0), "cache": headers.get("Cache-Status") or ""})

    @staticmethod
    def error_of(request, response, asked_at, ended_at):
        if response.status_code != 200:
            return "%s %s: status %s" % (request.method, request.target, response.status_code)
        try:
            content = json.loads(response.content)
            if request.method != "GET":
                Shared.writes.answered(request.target, content, ended_at)
                return None
            if request.kind == "permissions" and content["username"] != request.user:
                return "GET %s: what %s may do was told to %s" % (request.target, content["username"], request.user)
            older = Shared.writes.older_row(request.target, content, asked_at)
        except (ValueError, KeyError, TypeError) as error:
            return "%s %s: no answer to read: %r" % (request.method, request.target, error)
        return None if older is None else "GET %s: row %s is older than a write answered before" % (request.target, older)
