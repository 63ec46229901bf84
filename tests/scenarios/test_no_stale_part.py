"""Ranges, HEAD, conditions, several variants and answers to writes that are stored, at random: no byte of a version that an answered write had replaced when it was asked for,
and no bytes of two versions in one answer (CONSISTENCY 0; S4, S7, S9)."""

import random
import re
import threading
import time
import unittest

from harness import Client, Scenario, respond

TARGETS = 3
SECONDS = 4.0


def content_of(target, version):
    return (f"{target}|{version}|" * 1000).encode()[:3000 + version % 3 * 500]


def parts_of(response):
    """[(first, last, complete length, bytes)] of a 206."""
    of_range = r"bytes (\d+)-(\d+)/(\d+)"
    if response.header("content-range"):
        return [(*map(int, re.fullmatch(of_range, response.header("content-range")).groups()), response.body)]
    boundary = re.search(r"boundary=(\S+)", response.header("content-type")).group(1).encode()
    parts = []
    for piece in response.body.split(b"--" + boundary)[1:-1]:
        fields, content = piece.split(b"\r\n\r\n", 1)
        parts.append((*map(int, re.search(of_range, fields.decode()).groups()), content.removesuffix(b"\r\n")))
    return parts


class NoStalePart(Scenario):
    config = """
memory: {max_object: 64KiB}
routes: [{path: "/{rest...}", stale: {while_revalidate: 1s, if_error: 5s}}]
"""
    arguments = ("--set", "log.access=off")

    def setUp(self):
        super().setUp()
        self.lock = threading.Lock()
        self.committed = [0] * TARGETS
        self.answered = [0] * TARGETS
        self.random = random.Random(1)  # the origin's
        self.hits = self.writes = 0

    def row_of(self, target):
        return int(target.strip("/").split("/")[1])

    def write(self, exchange):
        target = exchange.request.target
        with self.lock:
            self.committed[self.row_of(target)] += 1
            version = self.committed[self.row_of(target)]
            is_stored, wait = self.random.random() < 0.8, self.random.random() * 0.005
        time.sleep(wait)
        located = [("Content-Location", target), ("Cache-Control", "max-age=60")] if is_stored else []
        exchange.play(respond(200, content_of(target, version), ("ETag", f'"{version}"'), *located))

    def read(self, exchange):
        request = exchange.request
        with self.lock:
            version = self.committed[self.row_of(request.target)]
            control = self.random.choice(("max-age=60", "max-age=60", "max-age=1", "no-cache", "max-age=1, stale-while-revalidate=1"))
            vary = [("Vary", "Accept")] if self.random.random() < 0.2 else []
            fails, wait = self.random.random() < 0.02, self.random.random() * 0.005
        time.sleep(wait)
        tag, content = f'"{version}"', content_of(request.target, version)
        fields = [("ETag", tag), ("Cache-Control", control), *vary]
        if fails:
            return exchange.play(respond(503, b"down"))
        if request.header("if-none-match") == tag:
            return exchange.play(respond(304, b"", *fields))
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.header("range") or "")
        if asked and request.method == "GET" and request.header("if-range") in (None, tag):
            first, last = asked.groups()
            begin = int(first) if first else max(0, len(content) - int(last))
            end = min(int(last) + 1, len(content)) if first and last else len(content)
            if begin >= len(content):
                return exchange.play(respond(416, b"", ("Content-Range", f"bytes */{len(content)}")))
            return exchange.play(respond(206, content[begin:end], ("Content-Range", f"bytes {begin}-{end - 1}/{len(content)}"), *fields))
        exchange.play(respond(200, content, *fields))

    def assert_is_good(self, method, target, floor, response, asked):
        told = (method, target, floor, asked, response)
        self.assertTrue(response.is_complete, told)
        if response.status == 503 or (response.status == 504 and "only-if-cached" in asked.values()):
            return
        if response.status == 416:
            self.assertIn("Range", asked, told)
            return
        self.assertIn(response.status, (200, 206, 304), told)
        version = int(response.header("etag").strip('"'))
        self.assertGreaterEqual(version, floor, told)
        content = content_of(target, version)
        if response.status == 200 and method == "GET":
            self.assertEqual(response.body, content, told)
        if response.status == 206:
            for first, last, length, piece in parts_of(response):
                self.assertEqual((length, piece), (len(content), content[first:last + 1]), told)

    def ask_one(self, connection, writing, rng):
        target = f"/rows/{rng.randrange(TARGETS)}/"
        row = self.row_of(target)
        if rng.random() < 0.06:
            response = writing.request(rng.choice(("PATCH", "PUT", "POST")), target, {}, b"x")
            with self.lock:
                self.answered[row] = max(self.answered[row], int(response.header("etag").strip('"')))
                self.writes += 1
            return
        with self.lock:
            floor = self.answered[row]
        asked = {}
        if rng.random() < 0.2:
            asked["Accept"] = rng.choice(("a/b", "c/d"))
        if rng.random() < 0.08:
            asked["Cache-Control"] = rng.choice(("no-cache", "max-age=0", "max-stale=3", "only-if-cached", "no-store"))
        if rng.random() < 0.1:
            asked["If-None-Match"] = f'"{rng.choice((floor, floor + 1))}"'
        method = "HEAD" if rng.random() < 0.1 else "GET"
        if method == "GET" and rng.random() < 0.7:
            first = rng.randrange(3600)
            ranges = (f"{first}-{first + rng.randrange(1500)}", f"{first}-", f"-{rng.randrange(1, 2000)}")
            asked["Range"] = "bytes=" + ",".join(rng.sample(ranges, rng.choice((1, 1, 1, 2))))
            if rng.random() < 0.2:
                asked["If-Range"] = f'"{rng.choice((floor, floor + 1))}"'
        response = connection.request(method, target, asked)
        self.assert_is_good(method, target, floor, response, asked)
        with self.lock:
            self.hits += response.cache_status.hit

    def ask_for_a_while(self, writer, seed):
        rng = random.Random(seed)
        until = time.monotonic() + SECONDS
        with self.client.connect() as connection, writer.connect() as writing:
            while time.monotonic() < until:
                self.ask_one(connection, writing, rng)

    def ask_together(self, writer):
        for method in ("PATCH", "PUT", "POST"):
            self.origin.always(method, None, self.write)
        for method in ("GET", "HEAD"):
            self.origin.always(method, None, self.read)
        return [self.in_background(self.ask_for_a_while, writer, seed) for seed in range(8)]

    def test_is_read_and_no_bytes_of_two_versions(self):
        for each in self.ask_together(self.client):
            each.result()
        self.assertGreater(self.hits, 50)
        self.assertGreater(self.writes, 10)

    def test_is_found_where_writes_pass_by(self):
        """That the test above can fail."""
        asking = self.ask_together(Client(("127.0.0.1", self.origin.port)))
        with self.assertRaises(AssertionError):
            for each in asking:
                each.result()


if __name__ == "__main__":
    unittest.main()
