"""Checker: many writers and readers at once; no read that was sent after a write's answer shows what that write replaced (CONSISTENCY 0).

    class NoStaleRead(Checker, Scenario):
        arguments = Checker.arguments
        config = Checker.config

        def test_happens(self):
            self.run_for("before the answer", seconds=5)

Rows, the lists of them, sums that a rule of the configuration ties to them (by the JSON of the write's answer), and a summary that the application ties to them by groups
of its responses. Each request goes to any of `self.clients`, or to `self.client` where there is one node. `during` is called while it runs, and may break what it likes;
the run goes on until that has returned. Then writes may fail where `writers_may_fail`: with 503 (what is refused must not reach the origin) and with 504 or a cut (nobody
knows). Reads may not, but at nodes that are in `self.down`. Nothing may take longer than `reads_within` and `writes_within`, but at nodes in `self.stopped`.

SIDECACHE_TEST_CHECKER is for how many seconds each kind of origin is asked [2]; SIDECACHE_TEST_VERBOSE=1 tells what was counted, and SIDECACHE_TEST_FIGURES=FILE appends that to a file, a
JSON object in a line for each run.
"""

import collections
import contextlib
import dataclasses
import json
import os
import random
import threading
import time

from .client import Cut
from .origin import chunk, head, http_date, last_chunk, respond
from .patience import wait_until

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
        self.received = set()        # (row, version) that reached the origin

    def begin(self, row):
        with self.lock:
            self.begun[row] += 1
            return self.begun[row]

    def receive(self, row, version):
        with self.lock:
            self.received.add((row, version))

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


@dataclasses.dataclass
class Counts:
    """Of one run, by all its threads; in seconds what is a time."""

    reads: int = 0
    reused: int = 0           # of the reads: answered without a request of their own to the origin
    from_redis: int = 0       # of the reused
    writes: int = 0           # answered 200
    refused: int = 0          # 503
    unheard: int = 0          # 504, or no whole answer
    unsent: int = 0           # there was nobody to connect to
    slowest_read: float = 0.0
    slowest_write: float = 0.0
    slowest_elsewhere: float = 0.0  # read, at a node that was not stopped
    stale: list = dataclasses.field(default_factory=list)           # a sentence for each read that was
    refused_writes: set = dataclasses.field(default_factory=set)    # (row, version)
    reused_at: collections.Counter = dataclasses.field(default_factory=collections.Counter)   # by node
    written_at: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # likewise, answered 200
    unheard_at: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # likewise
    under_way: collections.Counter = dataclasses.field(default_factory=collections.Counter)   # writes by node, now
    recovered: float = None   # after the last fault, until all was as before

    def __post_init__(self):
        self._lock = threading.Lock()

    def note_read(self, node, cache_status, took, is_stopped=False):
        with self._lock:
            self.reads += 1
            self.slowest_read = max(self.slowest_read, took)
            if not is_stopped:
                self.slowest_elsewhere = max(self.slowest_elsewhere, took)
            if cache_status.hit or cache_status.collapsed:
                self.reused += 1
                self.from_redis += cache_status.detail == "redis"
                self.reused_at[node] += 1

    def begin_write(self, node):
        with self._lock:
            self.under_way[node] += 1

    def note_write(self, node, row, version, outcome, took):
        with self._lock:
            self.under_way[node] -= 1
            setattr(self, outcome, getattr(self, outcome) + 1)
            self.slowest_write = max(self.slowest_write, took)
            if outcome == "writes":
                self.written_at[node] += 1
            elif outcome == "unheard":
                self.unheard_at[node] += 1
            elif outcome == "refused":
                self.refused_writes.add((row, version))

    def note_stale(self, sentence):
        with self._lock:
            self.stale.append(sentence)

    def figures(self):
        plain = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if isinstance(getattr(self, field.name), (int, float, type(None)))}
        return {**plain, "stale": len(self.stale)}

    def __str__(self):
        told = (f"{self.reads} reads, {self.reused} without the origin, {self.from_redis} of them out of Redis, the slowest {self.slowest_read:.2f} s, {len(self.stale)} stale; "
                f"{self.writes} writes, {self.refused} refused, {self.unheard} unheard, {self.unsent} unsent, the slowest {self.slowest_write:.2f} s")
        return told if self.recovered is None else f"{told}; recovered in {self.recovered:.2f} s"


class Everywhere:
    """One connection to each node, made again where it has ended. `clients()` tells which there are now."""

    def __init__(self, clients):
        self._clients, self._connections = clients, {}
        self.node = None  # the one that was chosen last

    def choose(self):
        self.node = random.choice(self._clients())

    def connection(self):
        """To the node that was chosen: another one, where that has closed the last."""
        if self.node in self._connections and self._connections[self.node].has_bytes_within(0):
            self.drop()
        if self.node not in self._connections:
            self._connections[self.node] = self.node.connect()
        return self._connections[self.node]

    def drop(self):
        connection = self._connections.pop(self.node, None)
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
    reads_within = writes_within = None  # seconds
    longest_pause = 0  # seconds for which nodes that are in `self.stopped` do nothing at all

    def setUp(self):
        super().setUp()
        self.down = set()     # clients of nodes that do not answer now, or not all
        self.stopped = set()  # and of those that do so later

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
        database.receive(row, version)
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

    def write(self):
        nodes = Everywhere(self.nodes_asked)
        with contextlib.closing(nodes):
            while not self._is_over.is_set():
                nodes.choose()
                row = random.randrange(ROWS)
                version = self.database.begin(row)
                began = time.monotonic()
                self.counts.begin_write(nodes.node)
                outcome = self.write_once(nodes, row, version)
                self.counts.note_write(nodes.node, row, version, outcome, time.monotonic() - began)
                if outcome != "writes":
                    nodes.drop()
                reads = self.counts.reads + random.randrange(2 * READS_BETWEEN_WRITES)
                while self.counts.reads < reads and not self._is_over.is_set():
                    time.sleep(0.001)

    def write_once(self, nodes, row, version):
        """What became of it, as Counts names it."""
        try:
            connection = nodes.connection()
        except OSError:
            if nodes.node not in self.down:
                raise
            return "unsent"
        try:
            connection.send_request("PATCH", f"/rows/{row}/", body=str(version).encode())
            begun = connection.begin_response()
            if begun.status == 200 and self.database.kind == "before the answer":
                self.database.is_answered(row, version)  # at the first byte
            answer = begun.finish()
        except (OSError, Cut):
            if not self.writers_may_fail:
                raise
            return "unheard"
        if self.writers_may_fail and answer.status == 503:
            return "refused"
        if self.writers_may_fail and (answer.status == 504 or not answer.is_complete):
            return "unheard"
        self.assertTrue(answer.status == 200 and answer.body.endswith(b'"done": true}'), answer)
        self.database.is_answered(row, version)
        return "writes"

    def read(self):
        nodes = Everywhere(self.nodes_asked)
        with contextlib.closing(nodes):
            while not self._is_over.is_set():
                nodes.choose()
                target = random.choice(TARGETS)
                floor = self.database.floor()
                began = time.monotonic()
                try:
                    response = nodes.connection().get(target)
                    self.assertEqual((response.status, response.is_complete), (200, True), response)
                except (OSError, AssertionError):
                    if nodes.node not in self.down:
                        raise
                    nodes.drop()
                    continue
                self.counts.note_read(nodes.node, response.cache_status, time.monotonic() - began, nodes.node in self.stopped)
                shown = [int(number) for number in response.body.split(b",")]
                wanted = self.shown(target.partition("?")[0], floor)
                if any(version < least for version, least in zip(shown, wanted, strict=True)):
                    self.counts.note_stale(f"{nodes.node.address}: {target} showed {shown}, answered before were {wanted}: {response.cache_status}")
                if response.will_close:
                    nodes.drop()

    def nodes_asked(self):
        return getattr(self, "clients", None) or [self.client]

    def run_for(self, kind, seconds=SECONDS, during=None, least_writes=20):
        """Returns when all have ended; what is stale, too slow or reached the origin though it was refused fails. What was counted is left in self.counts."""
        self.database = Database(kind)
        self.counts = Counts()
        self._is_over = threading.Event()
        self.origin.always("PATCH", None, self.patch)
        self.origin.always("GET", None, self.get)
        until = time.monotonic() + seconds
        threads = [self.in_background(work) for work in [self.write] * WRITERS + [self.read] * READERS]
        try:
            if during is not None:
                during(until)
            time.sleep(max(0, until - time.monotonic()))
        finally:
            self._is_over.set()
            for thread in threads:
                thread.result()
        self.tell_counts(kind)
        self.judge(least_writes)

    def tell_counts(self, kind):
        name = ".".join(self.id().split(".")[-2:])
        if os.environ.get("SIDECACHE_TEST_VERBOSE"):
            print(f"{name}, {kind}: {self.counts}", flush=True)
        if path := os.environ.get("SIDECACHE_TEST_FIGURES"):
            with open(path, "a") as file:
                file.write(json.dumps({"test": name, "kind": kind, "nodes": len(self.nodes_asked()), **self.counts.figures()}) + "\n")

    def judge(self, least_writes):
        counts = self.counts
        if counts.stale:
            self.fail("\n".join([*counts.stale[:5], f"{len(counts.stale)} of {counts.reads} reads were stale"]))
        self.assertEqual(counts.refused_writes & self.database.received, set(), "refused, and yet they reached the origin")
        if self.reads_within is not None:
            self.assertLessEqual(counts.slowest_elsewhere, self.reads_within, counts)
            self.assertLessEqual(counts.slowest_read, self.reads_within + self.longest_pause, counts)
        if self.writes_within is not None:
            self.assertLessEqual(counts.slowest_write, self.writes_within + self.longest_pause, counts)
        self.assertGreater(counts.writes, least_writes)

    def wait_for_recovery(self):
        """While it runs, when all is mended: until every node reuses what it has stored and answers writes again."""
        began = time.monotonic()
        reused, written = self.counts.reused_at.copy(), self.counts.written_at.copy()
        wait_until(lambda: all(self.counts.reused_at[node] > reused[node] and self.counts.written_at[node] > written[node] for node in self.nodes_asked()),
                   "each node to reuse what it has stored, and to answer a write")
        self.counts.recovered = time.monotonic() - began

    def assert_much_was_reused(self):
        self.assertGreater(2 * self.counts.reused, self.counts.reads, "so little was reused that this test has shown little")
