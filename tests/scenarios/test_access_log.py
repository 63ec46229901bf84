"""The access log: one line for each exchange, and what it says."""

import json
import os
import re
import tempfile
import time
import unittest

from harness import DROP, Scenario, Sidecache, ok, respond

FRESH = ("Cache-Control", "max-age=600")


class TheAccessLog(Scenario):
    def test_tells_of_a_miss_and_a_hit(self):
        self.origin.once("GET", "/doctors/?search=secret", ok(b"12345", FRESH, ("X-Query-Count", "3")))
        for _ in range(2):
            self.client.get("/doctors/?search=secret", x_request_id="abc-1", traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        hit, miss = sorted(self.proxy.access_log(2), key=lambda line: line["outcome"])  # of two workers, in any order
        for line, outcome in ((miss, "miss"), (hit, "hit")):
            self.assertEqual([line[name] for name in ("method", "path", "status", "bytes_out", "bytes_in", "outcome", "route", "id")], ["GET", "/doctors/", 200, 5, 0, outcome, "other", "abc-1"])
            self.assertEqual(line["traceparent"], "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertGreaterEqual(line["duration_ms"], 0)
        self.assertEqual((miss["fwd"], miss["origin_queries"]), ("uri-miss", 3))
        self.assertGreater(miss["origin_ms"], 0)
        self.assertLessEqual(miss["origin_ms"], miss["duration_ms"])
        self.assertFalse({"fwd", "origin_ms", "origin_queries", "error"} & set(hit))

    def test_never_tells_the_query(self):
        self.origin.once("GET", "/a?token=secret", ok(b"", FRESH))
        self.origin.once("POST", "/a?token=secret", DROP)
        self.client.get("/a?token=secret")
        self.client.get("/a?token=secret")
        self.client.post("/a?token=secret")
        with self.client.connect() as connection:
            connection.send(b"GET /a?token=secret HTTP/1.1\r\n\r\n")
            connection.read_response()
        self.proxy.access_log(4)
        self.assertNotIn("secret", self.proxy.told())

    def test_tells_of_a_write(self):
        self.origin.once("POST", "/doctors/", respond(201, b"{}"))
        self.client.post("/doctors/", b"12345678")
        (line,) = self.proxy.access_log(1)
        self.assertEqual([line[name] for name in ("method", "status", "bytes_in", "bytes_out", "outcome", "fwd")], ["POST", 201, 8, 2, "pass", "method"])

    def test_tells_of_an_error(self):
        self.origin.once("POST", "/", DROP)
        self.client.post("/")
        (line,) = self.proxy.access_log(1)
        self.assertEqual([line[name] for name in ("status", "outcome", "error")], [502, "error", "connection_terminated"])

    def test_tells_of_what_was_refused(self):
        """Of its first line what is well formed, and never the query."""
        for count, (data, method, path) in enumerate((
            (b"\x16\x03\x01\x02\r\n\r\n", "-", "-"),
            (b"GET http://user:secret@a/ HTTP/1.1\r\n\r\n", "GET", "-"),
            (b"GET /doctors/?secret HTTP/1.1\r\n\r\n", "GET", "/doctors/"),
            (b"POST /doctors/ HTTP/1.1\r\nHost: a\r\nContent-Length: secret\r\n\r\n", "POST", "/doctors/"),
        ), start=1):
            with self.subTest(data):
                with self.client.connect() as connection:
                    connection.send(data)
                    connection.read_response()
                line = self.proxy.access_log(count)[-1]
                self.assertEqual([line[name] for name in ("method", "path", "status", "outcome")], [method, path, 400, "error"])
                self.assertNotIn("secret", self.proxy.told())

    def test_tells_of_a_response_that_broke_off(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun", gate, DROP])
        with self.client.connect() as connection:
            connection.send_request("GET", "/")
            begun = connection.begin_response()
            begun.read(5)
            gate.open()
            begun.finish()
        (line,) = self.proxy.access_log(1)
        self.assertEqual((line["bytes_out"], line["error"]), (5, "http_response_incomplete"))

    def test_stays_json_whatever_is_asked_for(self):
        targets = ("/%22%5C%0A", '/"quoted"', "/a'b", "/" + "a" * 5000)
        for target in targets:
            self.origin.always("GET", target, ok(b"", FRESH))
            self.client.request("GET", target, {"X-Request-ID": 'a"b\\c'})
        self.assertEqual(len(self.proxy.access_log(len(targets))), len(targets))

    def test_gives_each_exchange_an_id(self):
        self.origin.always(None, None, respond(200, b"", ("Cache-Control", "no-store")))
        for _ in range(10):
            self.client.get("/")
        ids = {line["id"] for line in self.proxy.access_log(10)}
        self.assertEqual(len(ids), 10)
        self.assertEqual(ids, {request.header("x-request-id") for request in self.origin.requests})

    def test_has_a_line_for_each_of_many_pipelined_hits(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        self.client.get("/")
        with self.client.connect() as connection:
            connection.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n" * 200)
            for _ in range(200):
                connection.read_response()
        self.assertEqual(len(self.proxy.access_log(201)), 201)


class Refusals(Scenario):
    arguments = ("--set", "timeouts.head=1s", "--set", "limits.connections=1", "--set", "headers.cache_status=false")

    def test_of_a_head_that_never_came_whole_tell_how_long_it_took(self):
        with self.client.connect() as connection:
            connection.send(b"GET /doctors/ HTTP/1.1\r\n")
            connection.read_response()
        (line,) = self.proxy.access_log(1)
        self.assertEqual([line[name] for name in ("method", "path", "status")], ["GET", "/doctors/", 408])
        self.assertGreaterEqual(line["duration_ms"], 1000)

    def test_of_a_connection_that_was_one_too_many_are_told_as_well(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        with self.client.connect() as one:
            self.assert_body(one.get("/"), 200, b"a")
            with self.client.connect() as two:
                self.assertIsNone(two.read_response().header("cache-status"))
        (line,) = (each for each in self.proxy.access_log(2) if each["status"] == 503)
        self.assertEqual([line[name] for name in ("method", "path", "outcome", "error")], ["-", "-", "error", "connection_limit_reached"])


class TextLines(Scenario):
    arguments = ("--set", "log.format=text")

    def test_look_like_those_of_other_servers(self):
        self.origin.once("GET", "/a", ok(b"12345", FRESH))
        self.client.get("/a")
        line = self.proxy.wait_for_log(r'"GET /a')
        self.assertTrue(re.match(r'- - - \[[^]]+\] "GET /a" 200 5 outcome=miss fwd=uri-miss route=other duration_ms=', line), line)


class AFile(Scenario):
    def make_proxy(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "access.log")
        return Sidecache(self.origin.url, "--set", f"log.access={self.path}")

    def test_gets_the_lines(self):
        self.origin.once("GET", "/a", ok(b"12345", FRESH))
        self.client.get("/a")
        self.proxy.stop()
        with open(self.path) as lines:
            (line,) = lines
        self.assertEqual(json.loads(line)["path"], "/a")


class NoLog(Scenario):
    arguments = ("--set", "log.access=off")

    def test_has_no_lines(self):
        self.origin.once("GET", "/a", ok(b"12345", FRESH))
        self.client.get("/a")
        self.proxy.stop()
        self.assertEqual(self.proxy.access_log(), [])


class SlowExchanges(Scenario):
    arguments = ("--set", "log.slow=1ms")

    def test_get_a_warning_as_well(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/slow", [gate, ok(b"a", FRESH)])
        asking = self.in_background(self.client.get, "/slow")
        gate.wait_for_arrivals()
        time.sleep(0.01)  # this is the slowness itself
        gate.open()
        asking.result()
        line = json.loads(self.proxy.wait_for_log(r'"level":"warning".*"/slow"'))
        self.assertEqual(line["path"], "/slow")


if __name__ == "__main__":
    unittest.main()
