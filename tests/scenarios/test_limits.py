"""Each limit and deadline towards clients, and how it shows itself."""

import json
import unittest

from harness import Scenario, make_request, ok, respond, wait_until

FRESH = ("Cache-Control", "max-age=600")


class TooMuch(Scenario):
    arguments = ("--set", "limits.head=4KiB", "--set", "limits.target=1KiB", "--set", "limits.fields=20", "--set", "limits.content=1KiB")

    def assert_refused(self, data, status):
        """Refused before the origin hears of it, and closed; the answer can be read although more was sent."""
        with self.client.connect() as connection:
            connection.send(data)
            response = connection.read_response()
            self.assertEqual(response.status, status)
            self.assertEqual(json.loads(response.body)["status"], status)
            self.assertTrue(response.will_close)
            self.assertTrue(connection.is_closed_by_peer())
        self.assertEqual(self.origin.count(), 0)

    def test_target_is_answered_414(self):
        self.assert_refused(make_request("GET", "/" + "a" * 1024), 414)

    def test_target_that_never_ends_is_answered_414(self):
        self.assert_refused(b"GET /" + b"a" * 3000, 414)

    def test_target_just_within_the_limit_is_answered(self):
        self.origin.once("GET", "/" + "a" * 1023, ok(b"a", FRESH))
        self.assert_body(self.client.get("/" + "a" * 1023), 200, b"a")

    def test_head_is_answered_431(self):
        self.assert_refused(make_request("GET", "/", {"X-Large": "x" * 5000}), 431)

    def test_head_that_never_ends_is_answered_431(self):
        self.assert_refused(b"GET / HTTP/1.1\r\nX-Large: " + b"x" * 5000, 431)

    def test_fields_are_answered_431(self):
        self.assert_refused(make_request("GET", "/", [(f"X-{number}", "x") for number in range(20)]), 431)

    def test_fields_just_within_the_limit_are_answered(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        self.assert_body(self.client.request("GET", "/", [(f"X-{number}", "x") for number in range(19)]), 200, b"a")

    def test_content_by_its_length_is_answered_413(self):
        self.assert_refused(make_request("POST", "/", {"Content-Length": 1025}), 413)

    def test_content_by_its_length_is_answered_413_although_it_is_sent(self):
        self.assert_refused(make_request("POST", "/", body=b"x" * 100_000), 413)

    def test_content_in_chunks_is_answered_413(self):
        self.origin.always("POST", "/", ok(b"never"))
        with self.client.connect() as connection:
            connection.send(make_request("POST", "/", {"Transfer-Encoding": "chunked"}) + b"800\r\n" + b"x" * 2048 + b"\r\n0\r\n\r\n")
            self.assertEqual(connection.read_response().status, 413)
            self.assertTrue(connection.is_closed_by_peer())

    def test_content_just_within_the_limit_is_answered(self):
        self.origin.always("POST", "/", ok(b"done"))
        self.assert_body(self.client.post("/", b"x" * 1024), 200, b"done")
        with self.client.connect() as connection:
            connection.send(make_request("POST", "/", {"Transfer-Encoding": "chunked"}) + b"400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n")
            self.assert_body(connection.read_response(), 200, b"done")

    def test_of_a_pipelined_request_is_answered_after_the_one_before(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        with self.client.connect() as connection:
            connection.send(make_request("GET", "/") + make_request("GET", "/" + "a" * 2000))
            self.assert_body(connection.read_response(), 200, b"a")
            self.assertEqual(connection.read_response().status, 414)


class TooSlow(Scenario):
    arguments = ("--set", "timeouts.head=1s", "--set", "timeouts.content_gap=1s", "--set", "timeouts.idle=10s")

    def test_a_head_is_answered_408(self):
        for data in (b"G", b"GET / HTTP/1.1\r\nHost: test\r\nX-"):
            with self.subTest(data), self.client.connect() as connection:
                connection.send(data)
                self.assertEqual(connection.read_response().status, 408)
                self.assertTrue(connection.is_closed_by_peer())
        self.assertEqual(self.origin.count(), 0)

    def test_a_head_that_drips_is_answered_408_all_the_same(self):
        """The time counts from its first byte."""
        with self.client.connect() as connection:
            data = make_request("GET", "/", {"X-Long": "x" * 200})
            for index in range(len(data)):
                connection.send(data[index : index + 1])
                if connection.has_bytes_within(0.05):
                    break
            self.assertEqual(connection.read_response().status, 408)

    def test_a_second_head_on_a_connection_is_answered_408_too(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        with self.client.connect() as connection:
            self.assert_body(connection.get("/"), 200, b"a")
            connection.send(b"GET /")
            self.assertEqual(connection.read_response().status, 408)

    def test_a_head_that_came_with_the_end_of_the_one_before_is_answered_408_too(self):
        self.origin.once("GET", "/a", ok(b"a", FRESH))
        self.origin.once("GET", "/b", ok(b"b", ("Cache-Control", "no-store")))
        for target in ("/a", "/a", "/b"):  # a miss, a hit, and what is not stored
            first = make_request("GET", target)
            with self.subTest(target), self.client.connect() as connection:
                connection.send(first[:10])
                self.assertFalse(connection.has_bytes_within(0.05))
                connection.send(first[10:] + b"GET /")
                self.assert_body(connection.read_response(), 200, target[1:])
                self.assertEqual(connection.read_response().status, 408)

    def test_content_is_answered_408(self):
        self.origin.always("POST", "/", ok(b"never"))
        for framing, begin in (({"Content-Length": 10}, b"12345"), ({"Transfer-Encoding": "chunked"}, b"5\r\n12345\r\n"), ({"Content-Length": 10}, b"")):
            with self.subTest(framing), self.client.connect() as connection:
                connection.send(make_request("POST", "/", framing) + begin)
                self.assertEqual(connection.read_response().status, 408)
                self.assertTrue(connection.is_closed_by_peer())


class Idle(Scenario):
    arguments = ("--set", "timeouts.idle=1s", "--set", "timeouts.head=10s")

    def test_connections_are_closed_without_a_word(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        with self.client.connect() as unused, self.client.connect() as used:
            self.assert_body(used.get("/"), 200, b"a")
            self.assertTrue(used.is_closed_by_peer())
            self.assertTrue(unused.is_closed_by_peer())

    def test_does_not_count_while_an_exchange_is_under_way(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, ok(b"a", FRESH)])
        with self.client.connect() as busy, self.client.connect() as idle:
            busy.send_request("GET", "/")
            self.assertTrue(idle.is_closed_by_peer())
            gate.open()
            self.assert_body(busy.read_response(), 200, b"a")


class AClientThatEndsItsSide(Scenario):
    arguments = ("--set", "timeouts.idle=1h", "--set", "timeouts.head=1h", "--set", "timeouts.content_gap=1h")

    def test_is_answered_and_left_at_once(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        for _ in range(2):
            with self.client.connect() as connection:
                connection.send(make_request("GET", "/"))
                connection.half_close()
                self.assert_body(connection.read_response(), 200, b"a")
                self.assertTrue(connection.is_closed_by_peer())

    def test_in_the_middle_of_a_head_or_of_content_is_left_at_once(self):
        self.origin.always("POST", "/", ok(b"never"))
        for data in (b"GET / HT", make_request("POST", "/", {"Content-Length": 10}) + b"12345"):
            for end in ("half_close", "reset"):
                with self.subTest(data=data, end=end), self.client.connect() as connection:
                    connection.send(data)
                    getattr(connection, end)()
                    wait_until(lambda: self.proxy.metric("sidecache_client_connections") == 0, "the end of the connection")


class AClientThatDoesNotRead(Scenario):
    arguments = ("--set", "timeouts.send=1s")

    def test_is_cut_off(self):
        body = b"x" * 4_000_000
        self.origin.once("GET", "/", ok(body, FRESH))
        self.assertEqual(self.client.get("/").body, body)
        for headers in ((), (("Cache-Control", "no-store"),)):
            with self.subTest(headers), self.client.connect() as connection:
                self.origin.always("GET", "/", respond(200, b"x" * 40_000_000))
                connection.send(make_request("GET", "/", headers) * 8)
                wait_until(lambda: self.proxy.metric("sidecache_client_connections") == 0, "the end of the connection")


class TooManyConnections(Scenario):
    arguments = ("--set", "limits.connections=2")

    def test_are_answered_503_and_closed(self):
        self.origin.always("GET", "/", respond(200, b"a", FRESH))
        with self.client.connect() as one, self.client.connect() as two:
            for connection in (one, two):
                self.assert_body(connection.get("/"), 200, b"a")
            with self.client.connect() as three:
                response = three.read_response()
                self.assertEqual((response.status, response.header("retry-after")), (503, "1"))
                self.assertEqual(json.loads(response.body)["error"], "connection_limit_reached")
                self.assertTrue(three.is_closed_by_peer())
            self.assertEqual(self.proxy.metric("sidecache_client_connections_refused_total"), 1)
            self.assert_hit(one.get("/"), b"a")
        wait_until(lambda: self.proxy.metric("sidecache_client_connections") == 0, "the end of the connections")
        self.assert_hit(self.client.get("/"), b"a")


class TheStore(Scenario):
    arguments = ("--memory", "1MiB")

    def test_is_never_larger_than_it_may_be(self):
        for number in range(60):
            self.origin.once("GET", f"/{number}", ok(b"x" * 50_000, FRESH))
            self.client.get(f"/{number}")
            self.assertLessEqual(self.proxy.metric("sidecache_memory_bytes"), 1 << 20)
        self.assertGreater(self.proxy.metric("sidecache_memory_evictions_total"), 0)
        self.assertEqual(self.proxy.metric("sidecache_memory_limit_bytes"), 1 << 20)


if __name__ == "__main__":
    unittest.main()
