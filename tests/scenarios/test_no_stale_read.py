"""Many writers and readers at once: no read that was sent after a write's answer shows what that write replaced (CONSISTENCY 0)."""

import random
import threading
import time
import unittest

from harness import Scenario, chunk, head, http_date, last_chunk, respond

ROWS = 4
SECONDS = 2.0
FRESH = ("Cache-Control", "max-age=600")


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

    def dawdle(self):
        """The origin's own time: it decides no order that the test relies on."""
        time.sleep(random.random() * 0.004)

    def get(self, exchange):
        database = self.database
        versions = database.committed()
        self.dawdle()
        path = exchange.request.path.strip("/").split("/")
        body = ",".join(map(str, versions)) if len(path) == 1 else str(versions[int(path[1])])
        tag = ("ETag", f'"{exchange.request.path}-{body}"')
        if exchange.request.header("if-none-match") == tag[1]:
            return exchange.play(respond(304, b"", tag, FRESH))
        if random.random() < 0.5:
            return exchange.play(respond(200, body, tag, FRESH))
        exchange.send(head(200, ("Date", http_date()), tag, FRESH, ("Transfer-Encoding", "chunked")))
        self.dawdle()
        exchange.send(chunk(body.encode()) + last_chunk())

    def patch(self, exchange):
        database = self.database
        row, version = int(exchange.request.path.strip("/").split("/")[1]), int(exchange.request.body)
        self.dawdle()
        if database.kind == "before the answer":
            database.commit(row, version)
            self.dawdle()
            return exchange.play(respond(200, b"done"))
        exchange.send(head(200, ("Transfer-Encoding", "chunked")) + chunk(b"done"))
        self.dawdle()
        database.commit(row, version)
        exchange.send(last_chunk())

    def write(self, until):
        with self.client.connect() as connection:
            while time.monotonic() < until:
                row = random.randrange(ROWS)
                version = self.database.begin(row)
                connection.send_request("PATCH", f"/rows/{row}/", body=str(version).encode())
                begun = connection.begin_response()
                if self.database.kind == "before the answer":
                    self.database.is_answered(row, version)  # at the first byte
                self.assertEqual(begun.finish().body, b"done")
                self.database.is_answered(row, version)
                self.writes += 1
                time.sleep(random.random() * 0.02)

    def read(self, until):
        with self.client.connect() as connection:
            while time.monotonic() < until:
                row = random.randrange(-1, ROWS)
                target = "/rows/" + (f"?page={random.randrange(2)}" if row < 0 else f"{row}/")
                floor = self.database.floor()
                response = connection.get(target)
                self.assertEqual((response.status, response.is_complete), (200, True), response)
                shown = [int(number) for number in response.body.split(b",")]
                wanted = floor if row < 0 else [floor[row]]
                self.reads += 1
                self.hits += response.cache_status.hit
                if any(version < least for version, least in zip(shown, wanted)):
                    self.stale.append(f"{target} showed {shown}, answered before were {wanted}: {response.cache_status}")

    def run_for(self, kind):
        self.database = Database(kind)
        self.origin.always("PATCH", None, self.patch)
        self.origin.always("GET", None, self.get)
        self.reads = self.writes = self.hits = 0
        self.stale = []
        until = time.monotonic() + SECONDS
        threads = [self.in_background(self.write, until) for _ in range(3)] + [self.in_background(self.read, until) for _ in range(8)]
        for thread in threads:
            thread.result()
        self.assertEqual(self.stale, [], f"{len(self.stale)} of {self.reads} reads were stale")
        self.assertGreater(self.hits, 0, "nothing was reused: this test has shown nothing")
        self.assertGreater(self.writes, 20)

    def test_happens_where_the_origin_commits_before_it_answers(self):
        self.run_for("before the answer")

    def test_happens_where_the_origin_commits_before_its_last_byte(self):
        self.run_for("before the last byte")


if __name__ == "__main__":
    unittest.main()
