"""Many writers and readers at once: no read that was sent after a write's answer shows what that write replaced (CONSISTENCY 0).

Rows, the lists of them, sums that a rule of the configuration ties to them (by the JSON of the write's answer), and a summary that the application ties to them by groups
of its responses. SIDECACHE_TEST_CHECKER is for how many seconds each kind of origin is asked [2].
"""

import os
import random
import threading
import time
import unittest

from harness import Scenario, chunk, head, http_date, last_chunk, respond

ROWS = 4
HALVES = 2
SECONDS = float(os.environ.get("SIDECACHE_TEST_CHECKER") or 2)
WRITERS = 12
READERS = 12
READS_BETWEEN_WRITES = 20 * WRITERS  # of one writer: so that how much is reused does not depend on how fast this machine is
FRESH = ("Cache-Control", "max-age=600")
JSON = ("Content-Type", "application/json")
GROUP = '"rows"'


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


class NoStaleRead(Scenario):
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
        with self.client.connect() as connection:
            while time.monotonic() < until:
                row = random.randrange(ROWS)
                version = self.database.begin(row)
                connection.send_request("PATCH", f"/rows/{row}/", body=str(version).encode())
                begun = connection.begin_response()
                if self.database.kind == "before the answer":
                    self.database.is_answered(row, version)  # at the first byte
                self.assertTrue(begun.finish().body.endswith(b'"done": true}'))
                self.database.is_answered(row, version)
                self.writes += 1
                reads = self.reads + random.randrange(2 * READS_BETWEEN_WRITES)
                while self.reads < reads and time.monotonic() < until:
                    time.sleep(0.001)

    def read(self, until):
        targets = [f"/rows/{row}/" for row in range(ROWS)] + [f"/sums/{half}/" for half in range(HALVES)] + ["/rows/?page=0", "/rows/?page=1", "/summary/"]
        with self.client.connect() as connection:
            while time.monotonic() < until:
                target = random.choice(targets)
                floor = self.database.floor()
                response = connection.get(target)
                self.assertEqual((response.status, response.is_complete), (200, True), response)
                shown = [int(number) for number in response.body.split(b",")]
                self.reads += 1
                self.reused += response.cache_status.hit or response.cache_status.collapsed
                wanted = self.shown(target.partition("?")[0], floor)
                if any(version < least for version, least in zip(shown, wanted, strict=True)):
                    self.stale.append(f"{target} showed {shown}, answered before were {wanted}: {response.cache_status}")

    def run_for(self, kind):
        self.database = Database(kind)
        self.origin.always("PATCH", None, self.patch)
        self.origin.always("GET", None, self.get)
        self.reads = self.writes = self.reused = 0
        self.stale = []
        until = time.monotonic() + SECONDS
        threads = [self.in_background(self.write, until) for _ in range(WRITERS)] + [self.in_background(self.read, until) for _ in range(READERS)]
        for thread in threads:
            thread.result()
        refreshed = self.proxy.metric("sidecache_write_refreshes_total")
        if os.environ.get("SIDECACHE_TEST_VERBOSE"):
            print(f"{kind}: {self.reads} reads, {self.reused} without the origin, {self.writes} writes, {len(self.stale)} stale; {refreshed} fetched again")
        told = self.stale[:5] + [f"{len(self.stale)} of {self.reads} reads were stale"]
        self.assertEqual(self.stale, [], "\n".join(told))
        self.assertGreater(2 * self.reused, self.reads, "so little was reused that this test has shown little")
        self.assertGreater(self.writes, 20)
        self.assertGreater(refreshed, 0)

    def test_happens_where_the_origin_commits_before_it_answers(self):
        self.run_for("before the answer")

    def test_happens_where_the_origin_commits_before_its_last_byte(self):
        self.run_for("before the last byte")


if __name__ == "__main__":
    unittest.main()
