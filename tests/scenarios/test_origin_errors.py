"""What clients are told when the origin fails (RFC 9209), what is tried again, and what never."""

import socket
import unittest

from harness import DROP, RESET, SILENCE, Scenario, Sidecache, chunk, head, http_date, ok, respond, wait_until

FRESH = ("Cache-Control", "max-age=600")


class AnOriginThatFails(Scenario):
    arguments = ("--set", "origins.origin.timeouts.first_byte=1s", "--set", "origins.origin.timeouts.between_bytes=1s")

    def assert_error(self, answer, status, error):
        """To a read through the cache, to one past it, and to a write."""
        self.origin.always(None, None, answer)
        for number, (method, headers) in enumerate((("GET", ()), ("GET", (("Range", "bytes=0-1"),)), ("POST", ()))):
            with self.subTest(method, headers=headers):
                response = self.client.request(method, f"/{number}", headers, b"{}" if method == "POST" else None)
                self.assert_proxy_error(response, status, error)
                self.assertEqual(response.header("cache-control"), "no-store")
        self.assertGreaterEqual(self.proxy.metric("sidecache_errors_total", error=error), 1)
        self.origin.close_connections()

    def test_by_closing_before_the_response_is_answered_502(self):
        self.assert_error(DROP, 502, "connection_terminated")

    def test_by_a_reset_is_answered_502(self):
        self.assert_error(RESET, 502, "connection_terminated")

    def test_by_closing_within_the_head_is_answered_502(self):
        self.assert_error([b"HTTP/1.1 200 OK\r\nContent-Le", DROP], 502, "http_response_incomplete")

    def test_by_saying_nothing_is_answered_504(self):
        self.assert_error(SILENCE, 504, "http_response_timeout")

    def test_by_dripping_its_head_is_answered_504(self):
        self.assert_error([b"HTTP/1.1 200 OK\r\n", SILENCE], 504, "http_response_timeout")

    def test_by_a_head_that_is_too_large_is_answered_502(self):
        self.assert_error([head(200, ("X-Large", "x" * 200_000)), DROP], 502, "http_response_header_section_size")

    def test_by_endless_interim_responses_is_answered_502(self):
        self.assert_error(b"HTTP/1.1 102 Processing\r\n\r\n" * 100, 502, "http_protocol_error")

    def test_by_what_is_no_http_is_answered_502(self):
        for name, garbage in {
            "text": b"what is this?\r\n\r\n",
            "no version": b"200 OK\r\n\r\n",
            "another version": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            "a status that is none": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
            "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
            "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nab",
            "both framings": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "a coding that nobody asked for": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "a folded line": b"HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
            "a space before the colon": b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
            "an unasked switch of protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        }.items():
            with self.subTest(name):
                self.assert_error([garbage, DROP], 502, "http_protocol_error")


class AnOriginThatIsAway(Scenario):
    def setUp(self):
        super().setUp()
        self.origin.stop_listening()

    def test_is_answered_502(self):
        for method in ("GET", "POST"):
            response = self.client.request(method, "/", body=b"{}" if method == "POST" else None)
            self.assert_proxy_error(response, 502, "connection_refused")

    def test_leaves_the_connection_open(self):
        with self.client.connect() as connection:
            for method in ("GET", "POST", "GET"):
                self.assertEqual(connection.request(method, "/", body=b"{}" if method == "POST" else None).status, 502)

    def test_is_told_in_the_head_of_a_head_request(self):
        response = self.client.head("/")
        self.assertEqual((response.status, response.header("proxy-status")), (502, "sidecache; error=connection_refused"))


class AnOriginThatDoesNotAccept(Scenario):
    """A listener whose queue is full: a further connection is not answered."""

    def make_proxy(self):
        self.full = socket.socket()
        self.addCleanup(self.full.close)
        self.full.bind(("127.0.0.1", 0))
        self.full.listen(0)
        self.waiting = []
        for _ in range(4):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(self.full.getsockname())
            self.addCleanup(waiting.close)
        return Sidecache(f"http://127.0.0.1:{self.full.getsockname()[1]}", "--set", "origins.origin.timeouts.connect=300ms")

    def test_is_answered_504(self):
        self.assert_proxy_error(self.client.get("/"), 504, "connection_timeout")


class TwoServers(Scenario):
    def make_proxy(self):
        gone = socket.socket()
        gone.bind(("127.0.0.1", 0))
        self.addCleanup(gone.close)
        return Sidecache(self.origin.url, "--origin", f"http://127.0.0.1:{gone.getsockname()[1]}")

    def test_of_which_one_is_away_answer_everything(self):
        self.origin.always(None, None, respond(200, b"here", ("Cache-Control", "no-store")))
        for number in range(8):
            self.assert_body(self.client.get(f"/{number}"), 200, b"here")
            self.assert_body(self.client.post(f"/{number}"), 200, b"here")


class AnOriginThatIsTheProxyItself(Scenario):
    def make_proxy(self):
        """On a port that was free a moment ago: the only way to name it beforehand."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        return Sidecache(f"http://{address}", "--set", "timeouts.follow=100ms", "--set", "origins.origin.pool.max=32", "--set", "origins.origin.pool.wait=200ms", listen=(address,))

    def test_is_an_error_and_comes_to_an_end(self):
        """By what Via says of the way so far; a GET that waits on its own fill, by that wait and by the limit of connections."""
        response = self.client.request("POST", "/", body=b"{}")
        self.assertEqual(response.status, 502)
        self.assertIn("proxy_loop_detected", response.header("proxy-status"))
        self.assertGreaterEqual(self.client.get("/").status, 500)


class ALengthThatIsALie(Scenario):
    TOO_SHORT = {
        "length": (head(200, FRESH, ("Content-Length", 100)) + b"short", DROP),
        "chunks": (head(200, FRESH, ("Transfer-Encoding", "chunked")) + chunk(b"short"), DROP),
        "chunk": (head(200, FRESH, ("Transfer-Encoding", "chunked")) + b"64\r\nshort", DROP),
        "garbage": (head(200, FRESH, ("Transfer-Encoding", "chunked")) + chunk(b"short"), [b"zz\r\nbad\r\n", DROP]),
    }

    def test_that_is_too_short_breaks_the_response(self):
        for method in ("GET", "POST"):
            for name, (begin, end) in self.TOO_SHORT.items():
                with self.subTest(name, method=method), self.client.connect() as connection:
                    target = f"/{method}/{name}"
                    gate = self.origin.gate()
                    self.origin.once(method, target, [begin, gate, end])
                    connection.send_request(method, target, body=b"{}" if method == "POST" else None)
                    begun = connection.begin_response()
                    self.assertEqual((begun.status, begun.read(5)), (200, b"short"))
                    gate.open()
                    response = begun.finish()
                    self.assertEqual((response.is_complete, response.body), (False, b"short"))
                    if method == "GET":
                        self.origin.once(method, target, ok(b"whole", FRESH))
                        self.assert_forwarded(self.client.get(target), "uri-miss", b"whole")

    def test_that_is_too_short_at_once_is_never_a_whole_response_of_the_origin(self):
        """Where nothing was sent yet it may be an error of ours instead."""
        for method in ("GET", "POST"):
            for name, (begin, end) in self.TOO_SHORT.items():
                with self.subTest(name, method=method):
                    target = f"/{method}/{name}"
                    self.origin.once(method, target, [begin, end])
                    response = self.client.request(method, target, body=b"{}" if method == "POST" else None)
                    self.assertTrue(response.status == 502 or not response.is_complete, response)

    def test_what_is_too_much_is_cut_off_and_its_connection_not_used_again(self):
        self.origin.once("GET", "/", [head(200, FRESH, ("Content-Length", 5), ("Date", http_date())) + b"rightHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"])
        self.origin.always("GET", "/next", respond(200, b"true", ("Cache-Control", "no-store")))
        self.assert_body(self.client.get("/"), 200, b"right")
        for _ in range(4):
            self.assert_body(self.client.get("/next"), 200, b"true")
        self.assert_hit(self.client.get("/"), b"right")


class AnOriginThatStopsWithinItsContent(Scenario):
    arguments = ("--set", "origins.origin.timeouts.between_bytes=1s")

    def test_breaks_the_response(self):
        self.origin.once("GET", "/", [head(200, FRESH, ("Content-Length", 100)) + b"begun", SILENCE])
        response = self.client.get("/")
        self.assertEqual((response.is_complete, response.body), (False, b"begun"))


class AConnectionThatIsReused(Scenario):
    workers = 1

    def settle(self):
        """One exchange, after which the proxy keeps the connection."""
        self.origin.once("GET", "/first", respond(200, b"first", ("Cache-Control", "no-store")))
        self.assert_body(self.client.get("/first"), 200, b"first")

    def test_carries_one_exchange_after_another(self):
        self.origin.always(None, None, respond(200, b"", ("Cache-Control", "no-store")))
        for number in range(10):
            self.client.get(f"/{number}")
            self.client.post(f"/{number}")
        self.assertEqual(self.origin.connections, 1)

    def test_and_closed_by_the_origin_costs_a_read_a_second_try(self):
        for target, headers in (("/through", {}), ("/past", {"If-Match": "*"})):
            with self.subTest(target):
                self.settle()
                self.origin.once("GET", target, DROP, respond(200, b"second try", ("Cache-Control", "no-store")))
                self.assert_body(self.client.request("GET", target, headers), 200, b"second try")
                one, two = self.origin.seen("GET", target)
                self.assertNotEqual(one.connection, two.connection)
        self.assertEqual(self.proxy.metric("sidecache_origin_retries_total"), 2)

    def test_and_closed_again_is_an_error(self):
        self.settle()
        self.origin.once("GET", "/", DROP, DROP)
        self.assert_proxy_error(self.client.get("/"), 502, "connection_terminated")

    def test_and_closed_never_costs_a_write_a_second_try(self):
        """The first copy may run late, after a later write (S18)."""
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            with self.subTest(method):
                self.settle()
                self.origin.once(method, "/", DROP)
                response = self.client.request(method, "/", body=None if method == "DELETE" else b"{}")
                self.assert_proxy_error(response, 502, "connection_terminated")
                self.assertEqual(self.origin.count(method), 1)

    def test_and_closed_after_a_part_of_the_answer_is_no_reason_to_try_again(self):
        self.settle()
        self.origin.once("GET", "/", [b"HTTP/1.1 ", DROP])
        self.assert_proxy_error(self.client.get("/"), 502, "http_response_incomplete")

    def test_and_closed_while_it_rested_is_noticed_before_a_write(self):
        self.settle()
        self.origin.close_connections()
        self.proxy.metrics()
        self.origin.once("POST", "/", ok(b"done"))
        self.assert_body(self.client.post("/"), 200, b"done")
        self.assertEqual(self.origin.connections, 2)

    def test_is_given_up_where_the_origin_says_close(self):
        self.origin.once("GET", "/", respond(200, b"", ("Connection", "close"), ("Cache-Control", "no-store")))
        self.client.get("/")
        self.settle()
        self.assertEqual(self.origin.connections, 2)


class AShortRest(Scenario):
    workers = 1
    arguments = ("--set", "origins.origin.pool.idle=100ms")

    def test_ends_an_unused_connection(self):
        self.origin.once("GET", "/", respond(200, b"", ("Cache-Control", "no-store")))
        self.client.get("/")
        wait_until(lambda: self.proxy.metric("sidecache_origin_connections") == 0, "the end of the idle connection")


class APool(Scenario):
    workers = 1
    arguments = ("--set", "origins.origin.pool.max=2", "--set", "origins.origin.pool.wait=200ms")

    def test_that_is_used_up_is_answered_503_after_its_wait(self):
        gate = self.origin.gate()
        self.origin.always("POST", "/", [gate, ok(b"done")])
        busy = [self.in_background(self.client.post, "/") for _ in range(2)]
        gate.wait_for_arrivals(2)
        for method in ("GET", "POST"):
            response = self.client.request(method, "/other", body=b"{}" if method == "POST" else None)
            self.assert_proxy_error(response, 503, "connection_limit_reached")
        gate.open()
        for each in busy:
            self.assert_body(each.result(), 200, b"done")
        self.assertEqual(self.origin.connections, 2)


class APoolWithPatience(Scenario):
    workers = 1
    arguments = ("--set", "origins.origin.pool.max=1")

    def test_serves_who_waits_when_a_connection_is_free(self):
        gate = self.origin.gate()
        self.origin.once("POST", "/", [gate, ok(b"first")])
        self.origin.always("POST", "/next", ok(b"next"))
        first = self.in_background(self.client.post, "/")
        gate.wait_for_arrivals()
        waiting = [self.in_background(self.client.post, "/next") for _ in range(5)]
        self.proxy.wait_for_metric("sidecache_origin_waiting", 5)
        gate.open()
        self.assert_body(first.result(), 200, b"first")
        for each in waiting:
            self.assert_body(each.result(), 200, b"next")
        self.assertEqual(self.origin.connections, 1)


if __name__ == "__main__":
    unittest.main()
