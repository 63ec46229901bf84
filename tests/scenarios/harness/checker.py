"""Checker: many writers and readers at once; no read that was sent after a write's answer shows what that write replaced (CONSISTENCY 0).

    class NoStaleRead(Checker, Scenario):
        arguments = Checker.arguments
        config = Checker.config

        def test_happens(self):
            self.run_for("before the answer", seconds=5)

Rows, the lists of them, sums that a rule of the configuration ties to them (by the JSON of the write's answer), and a summary that the application ties to them by groups
of its responses. Each request goes to any of `self.clients`, or to `self.client` where there is one node. `during` is called while it runs, and may break what it likes;
then writes may fail with 503 (not forwarded) and with 504 or a cut (nobody knows), and are counted. Reads may not fail.

SIDECACHE_TEST_CHECKER is for how many seconds each kind of origin is asked [2]; SIDECACHE_TEST_VERBOSE=1 tells what was counted.
"""

import contextlib
import os
import random
import threading
import time

from .client import NotHttp
from .origin import chunk, head, http_date, last_chunk, respond

ROWS = 4
HALVES = 2
SECONDS = float(os.environ.get("SIDECACHE_TEST_CHECKER") or 2)
WRITERS = 12
READERS = 12
READS_BETWEEN_WRITES = 20 * WRITERS  # of one writer: so that how much is reused does not depend on how fast this machine is
FRESH = ("Cache-Control", "max-age=600")
JSON = ("Content-Type", "application/json")
GROUP = '"rows"'
TARGETS = [f"/rows/{row}/" for row in range(ROWS)] + [f"/sums/{half}/" for half in range(HALVES)] + ["/rows/?page=0", "/rows/?page=1", "/summary/"]


class Database:
    """Rows with versions that only rise, and what writers know to be done."""

    def __init__(self, kind):
        self.kind = kind
        self.lock = threading.Lock()
        self.versions = [0] * ROWS   # committed
        self.answered = [0] * ROWS   # their writer has the answer
        self.begun = [0] * ROWS      # given out to writers

    def begin(self, row):
        with self.lock:
            self.begun[row] += 1
            return self.begun[row]

    def commit(self, row, version):
        with self.lock:
            self.versions[row] = max(self.versions[row], version)

    def is_answered(self, row, version):
        with self.lock:
            self.answered[row] = max(self.answered[row], version)

    def committed(self):
        with self.lock:
            return list(self.versions)

    def floor(self):
        with self.lock:
            return list(self.answered)


class Everywhere:
    """One connection to each node, made again where it has ended."""

    def __init__(self, clients):
        self._clients, self._connections = clients, {}

    def any(self):
        self.index = random.randrange(len(self._clients))
        if self.index not in self._connections:
            self._connections[self.index] = self._clients[self.index].connect()
        return self._connections[self.index]

    def drop(self):
        connection = self._connections.pop(self.index, None)
        if connection is not None:
            connection.close()

    def close(self):
        for connection in self._connections.values():
            connection.close()


class Checker:
    """Each kind of origin has its own place where it commits."""

    arguments = ("--set", "origins.origin.pool.max=100", "--set", "log.access=off")
    config = """
routes:
  - {path: "/sums/{half}/", groups: ["half:{half}"], refresh_on_write: true}
  - {path: "/{rest...}", refresh_on_write: true}
writes:
  refresh: {concurrency: 4, rate: 1000, hits: 1}
  rules:
    - {path: "/rows/{row}/", groups: ["half:{response:/half}"], otherwise: ["/sums/{rest...}"]}
"""
    writers_may_fail = False

    def dawdle(self):
        """The origin's own time: it decides no order that the test relies on."""
        time.sleep(random.random() * 0.004)

    def shown(self, path, versions):
        """The versions that a path shows, of `versions` of all rows."""
        kind, *rest = path.strip("/").split("/")
        if kind == "rows" and rest:
            return [versions[int(rest[0])]]
        return versions[int(rest[0])::HALVES] if kind == "sums" else versions

    def get(self, exchange):
        path = exchange.request.path
        body = ",".join(map(str, self.shown(path, self.database.committed())))
        self.dawdle()
        fields = [("ETag", f'"{path}-{body}"'), FRESH] + ([("Cache-Groups", GROUP)] if path == "/summary/" else [])
        if exchange.request.header("if-none-match") == fields[0][1]:
            return exchange.play(respond(304, b"", *fields))
        if random.random() < 0.5:
            return exchange.play(respond(200, body, *fields))
        exchange.send(head(200, ("Date", http_date()), *fields, ("Transfer-Encoding", "chunked")))
        self.dawdle()
        exchange.send(chunk(body.encode()) + last_chunk())

    def patch(self, exchange):
        database = self.database
        row, version = int(exchange.request.path.strip("/").split("/")[1]), int(exchange.request.body)
        fields = (JSON, ("Cache-Group-Invalidation", GROUP))
        begin, end = f'{{"half": {row % HALVES}, '.encode(), b'"done": true}'
        self.dawdle()
        if database.kind == "before the answer":
            database.commit(row, version)
            self.dawdle()
            return exchange.play(respond(200, begin + end, *fields))
        exchange.send(head(200, ("Transfer-Encoding", "chunked"), *fields) + chunk(begin))
        self.dawdle()
        database.commit(row, version)
        exchange.send(chunk(end) + last_chunk())

    def write(self, until):
        nodes = Everywhere(self.nodes_asked())
        with contextlib.closing(nodes):
            while time.monotonic() < until:
                row = random.randrange(ROWS)
                version = self.database.begin(row)
                try:
                    self.write_once(nodes.any(), row, version)
                except (OSError, NotHttp):
                    if not self.writers_may_fail:
                        raise
                    self.unheard += 1
                    nodes.drop()
                reads = self.reads + random.randrange(2 * READS_BETWEEN_WRITES)
                while self.reads < reads and time.monotonic() < until:
                    time.sleep(0.001)

    def write_once(self, connection, row, version):
        connection.send_request("PATCH", f"/rows/{row}/", body=str(version).encode())
        begun = connection.begin_response()
        if begun.status == 200 and self.database.kind == "before the answer":
            self.database.is_answered(row, version)  # at the first byte
        answer = begun.finish()
        if self.writers_may_fail and (answer.status in (503, 504) or not answer.is_complete):
            self.refused += answer.status == 503
            self.unheard += answer.status != 503
            raise OSError("not answered") if answer.status != 503 else ConnectionAbortedError("refused")
        self.assertTrue(answer.body.endswith(b'"done": true}'), answer)
        self.database.is_answered(row, version)
        self.writes += 1

    def read(self, until):
        nodes = Everywhere(self.nodes_read())
        with contextlib.closing(nodes):
            while time.monotonic() < until:
                target = random.choice(TARGETS)
                connection = nodes.any()
                floor = self.database.floor()
                began = time.monotonic()
                response = connection.get(target)
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.assertEqual((response.status, response.is_complete), (200, True), response)
                shown = [int(number) for number in response.body.split(b",")]
                self.reads += 1
                self.reused += response.cache_status.hit or response.cache_status.collapsed
                wanted = self.shown(target.partition("?")[0], floor)
                if any(version < least for version, least in zip(shown, wanted, strict=True)):
                    self.stale.append(f"node {nodes.index}: {target} showed {shown}, answered before were {wanted}: {response.cache_status}")

    def nodes_asked(self):
        return getattr(self, "clients", None) or [self.client]

    def nodes_read(self):
        """Reads may not fail: those that stay up."""
        return self.nodes_asked()

    def run_for(self, kind, seconds=SECONDS, during=None, least_writes=20):
        """Returns when all have ended; what is stale fails, and what was counted is left in self.reads, .reused, .writes, .refused, .unheard and .slowest (seconds)."""
        self.database = Database(kind)
        self.origin.always("PATCH", None, self.patch)
        self.origin.always("GET", None, self.get)
        self.reads = self.writes = self.reused = self.refused = self.unheard = 0
        self.slowest = 0.0
        self.stale = []
        until = time.monotonic() + seconds
        threads = [self.in_background(self.write, until) for _ in range(WRITERS)] + [self.in_background(self.read, until) for _ in range(READERS)]
        try:
            if during is not None:
                during(until)
        finally:
            for thread in threads:
                thread.result()
        if os.environ.get("SIDECACHE_TEST_VERBOSE"):
            print(f"{self.id().rpartition('.')[2]}, {kind}: {self.reads} reads, {self.reused} without the origin, {self.writes} writes, {self.refused} refused, {self.unheard} unheard, "
                  f"slowest read {self.slowest:.2f} s, {len(self.stale)} stale", flush=True)
        told = self.stale[:5] + [f"{len(self.stale)} of {self.reads} reads were stale"]
        self.assertEqual(self.stale, [], "\n".join(told))
        self.assertGreater(self.writes, least_writes)

    def assert_much_was_reused(self):
        self.assertGreater(2 * self.reused, self.reads, "so little was reused that this test has shown little")
