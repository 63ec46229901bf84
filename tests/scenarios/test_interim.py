"""Interim responses (1xx): Early Hints on every way through the proxy, and uploads that wait for 100 (Continue)."""

import threading
import unittest

from harness import PATIENCE, Scenario, chunk, head, last_chunk, ok, respond

HINTS = head(103, ("Link", "</style.css>; rel=preload"), reason="Early Hints")
MORE_HINTS = head(103, ("Link", "</app.js>; rel=preload"), reason="Early Hints")
CONTINUE = head(100, reason="Continue")


class EarlyHints(Scenario):
    config = "routes: [{path: '/raw/{rest...}', cache: off}]\n"

    def assert_hinted(self, connection, link="</style.css>; rel=preload"):
        hints = connection.read_interim()
        self.assertEqual((hints.status, hints.header("link")), (103, link))

    def hint_comes_before_the_answer(self, method, target, *fields, body=None):
        gate = self.origin.gate()
        self.origin.once(method, target, [HINTS, gate, respond(200, b"final", *fields)])
        with self.client.connect() as connection:
            connection.send_request(method, target, body=body)
            self.assert_hinted(connection)
            gate.open()
            response = connection.read_response(method)
            self.assertEqual((response.status, response.interim, response.is_complete), (200, [], True))

    def test_reach_the_client_of_a_miss_before_the_answer(self):
        self.hint_comes_before_the_answer("GET", "/page", ("Cache-Control", "max-age=60"))

    def test_reach_the_client_of_what_may_not_be_stored(self):
        self.hint_comes_before_the_answer("GET", "/page", ("Cache-Control", "no-store"))

    def test_reach_the_client_of_a_route_that_is_not_cached(self):
        self.hint_comes_before_the_answer("GET", "/raw/page")

    def test_reach_the_client_of_a_head_request(self):
        self.hint_comes_before_the_answer("HEAD", "/page")

    def test_reach_the_client_of_a_write(self):
        self.hint_comes_before_the_answer("POST", "/page", body=b"{}")

    def test_come_each_in_its_turn(self):
        gates = [self.origin.gate() for _ in range(2)]
        for target in ("/page", "/raw/page"):
            self.origin.once("GET", target, [HINTS, gates[0], MORE_HINTS, gates[1], respond(200, b"final")])
        with self.client.connect() as first, self.client.connect() as second:
            first.send_request("GET", "/page")
            second.send_request("GET", "/raw/page")
            for connection in (first, second):
                self.assert_hinted(connection)
            gates[0].open()
            for connection in (first, second):
                self.assert_hinted(connection, "</app.js>; rel=preload")
            gates[1].open()
            for connection in (first, second):
                self.assert_body(connection.read_response(), 200, b"final")

    def test_that_come_together_with_the_answer_are_told_before_it(self):
        self.origin.once("GET", "/page", [HINTS + MORE_HINTS + head(200, ("Content-Length", 5)) + b"final"])
        self.origin.once("GET", "/raw/page", [HINTS + MORE_HINTS + head(200, ("Content-Length", 5)) + b"final"])
        for target in ("/page", "/raw/page"):
            response = self.client.get(target)
            self.assert_body(response, 200, b"final")
            self.assertEqual([each.status for each in response.interim], [103, 103], target)

    def test_reach_nobody_else_who_waits_for_the_answer(self):
        """They belong to the request that caused them, and whether the answer may be shared is not known yet: here it may, then it may not."""
        for control in ("max-age=60", "private"):
            gate = self.origin.gate()
            mine = head(103, ("Link", "</mine.css>; rel=preload"), ("Set-Cookie", "session=secret"), reason="Early Hints")
            self.origin.once("GET", f"/{control}", [mine, gate, respond(200, b"mine", ("Cache-Control", control))], *([respond(200, b"yours", ("Cache-Control", control))] if control == "private" else []))
            with self.subTest(control), self.client.connect() as leader:
                leader.send_request("GET", f"/{control}")
                self.assert_hinted(leader, "</mine.css>; rel=preload")
                following = self.in_background(self.client.get, f"/{control}")
                self.proxy.wait_for_metric("sidecache_fill_waiting", 2)
                gate.open()
                self.assert_body(leader.read_response(), 200, b"mine")
                response = following.result()
                self.assert_body(response, 200, b"yours" if control == "private" else b"mine")
                self.assertEqual(response.interim, [])

    def test_are_not_told_to_a_client_of_http_1_0(self):
        for target in ("/page", "/raw/page"):
            self.origin.once("GET", target, [HINTS, respond(200, b"final")])
            with self.client.connect() as connection:
                connection.send_request("GET", target, version="1.0")
                self.assertTrue(connection.read_rest().startswith(b"HTTP/1.1 200 "), target)

    def test_are_not_told_again_with_a_stored_answer(self):
        self.origin.once("GET", "/page", [HINTS, ok(b"final", max_age=60)])
        self.assertEqual(len(self.client.get("/page").interim), 1)
        response = self.client.get("/page")
        self.assert_hit(response, b"final")
        self.assertEqual(response.interim, [])

    def test_of_another_kind_are_passed_on_and_the_answer_is_stored(self):
        """RFC 9110 15.2: whatever it says that the client may want to know."""
        self.origin.once("GET", "/page", [head(102, reason="Processing"), ok(b"final", max_age=60)])
        response = self.client.get("/page")
        self.assert_body(response, 200, b"final")
        self.assertEqual([each.status for each in response.interim], [102])
        self.assert_hit(self.client.get("/page"), b"final")

    def test_leave_none_of_their_fields_in_the_answer_or_in_what_is_stored(self):
        self.origin.once("GET", "/page", [head(103, ("Link", "</style.css>; rel=preload"), ("X-My-Header", "test")), ok(b"final", max_age=60)])
        for is_hit in (False, True):
            response = self.client.get("/page")
            self.assert_body(response, 200, b"final")
            self.assertEqual((response.cache_status.hit, response.header("x-my-header"), response.header("link")), (is_hit, None, None))
            self.assertEqual([each.header("x-my-header") for each in response.interim], [] if is_hit else ["test"])

    def test_keep_to_themselves_what_is_for_this_connection_alone(self):
        hints = head(103, ("Link", "<a>"), ("Connection", "X-Hop"), ("X-Hop", "1"), ("Keep-Alive", "timeout=5"), reason="Early Hints")
        for target in ("/page", "/raw/page"):
            self.origin.once("GET", target, [hints, respond(200, b"final")])
            (told,) = self.client.get(target).interim
            self.assertEqual([name.lower() for name, _ in told.headers], ["link"], target)

    def test_a_302_after_hints_is_the_answer(self):
        self.origin.once("GET", "/page", [HINTS, respond(302, b"", ("Location", "/elsewhere"))])
        response = self.client.get("/page")
        self.assertEqual((response.status, len(response.interim)), (302, 1))

    def test_without_end_are_no_answer(self):
        for target in ("/page", "/raw/page"):
            self.origin.once("GET", target, [HINTS * 1000, respond(200, b"never")])
            response = self.client.get(target)
            self.assert_proxy_error(response, 502, "http_protocol_error")
            self.assertLess(len(response.interim), 100)

    def test_an_origin_that_goes_away_after_hints_is_502(self):
        for target in ("/page", "/raw/page"):
            self.origin.once("GET", target, [HINTS, lambda exchange: exchange.close()])
            response = self.client.get(target)
            self.assertEqual((response.status, len(response.interim)), (502, 1))


class Continue(Scenario):
    """Expect: 100-continue (RFC 9110 §10.1.1): the origin decides, the proxy relays."""

    content = b'{"specialty":"x"}'

    def begin(self, connection, method="PATCH", target="/row/1", *fields, length=None):
        framing = ("Transfer-Encoding", "chunked") if length == "chunked" else ("Content-Length", length or len(self.content))
        connection.send_request(method, target, [framing, ("Expect", "100-continue"), *fields])

    def read_and_answer(self, status=200, body=b"written"):
        def play(exchange):
            exchange.read_body()
            exchange.play(respond(status, body))

        return play

    def test_100_of_the_origin_is_relayed_and_only_then_the_content_goes(self):
        gate = self.origin.gate()
        self.origin.once("PATCH", "/row/1", [gate, CONTINUE, self.read_and_answer()], read_body=False)
        with self.client.connect() as connection:
            self.begin(connection)
            (asked,) = self.origin.wait_for(1, "PATCH", "/row/1")
            self.assertEqual(asked.header("expect"), "100-continue")
            self.assertFalse(connection.has_bytes_within(0.2), "the proxy promised what only the origin can")
            gate.open()
            self.assertEqual(connection.read_interim().status, 100)
            self.assertEqual(asked.body, b"")
            connection.send(self.content)
            self.assert_body(connection.read_response(), 200, b"written")
            self.assertEqual(asked.body, self.content)
            self.origin.once("GET", "/next", respond(200, b"next"))
            self.assert_body(connection.get("/next"), 200, b"next")

    def test_content_in_chunks_waits_as_well(self):
        self.origin.once("POST", "/rows", [CONTINUE, self.read_and_answer(201, b"made")], read_body=False)
        with self.client.connect() as connection:
            self.begin(connection, "POST", "/rows", length="chunked")
            self.assertEqual(connection.read_interim().status, 100)
            connection.send(chunk(b"ab") + chunk(b"cd") + last_chunk())
            self.assert_body(connection.read_response(), 201, b"made")
        self.assertEqual(self.origin.last().body, b"abcd")

    def test_a_final_answer_instead_needs_no_content(self):
        for status in (401, 417, 413):
            self.origin.once("PATCH", "/row/1", respond(status, b"no"), read_body=False)
            with self.client.connect() as connection:
                self.begin(connection)
                response = connection.read_response()
                self.assertEqual((response.status, response.body, response.interim), (status, b"no", []))
                # What comes next on this connection would be taken for the content by one of the three.
                self.assertTrue(response.will_close)
                connection.half_close()
                self.assertTrue(connection.is_closed_by_peer())

    def test_content_that_comes_after_a_refusal_is_no_request(self):
        self.origin.once("PATCH", "/row/1", respond(401, b"no"), read_body=False)
        content = b"GET /evil HTTP/1.1\r\nHost: a\r\n\r\n"
        with self.client.connect() as connection:
            self.begin(connection, length=len(content))
            self.assertEqual(connection.read_response().status, 401)
            connection.send(content)
            self.assertEqual(connection.read_rest(), b"")
        self.assertEqual(self.origin.count("GET"), 0)

    def test_the_origin_connection_of_an_upload_that_was_refused_is_not_used_again(self):
        self.origin.once("PATCH", "/row/1", respond(401, b"no"), read_body=False)
        self.origin.once("GET", "/next", respond(200, b"next"))
        with self.client.connect() as connection:
            self.begin(connection)
            self.assertEqual(connection.read_response().status, 401)
        self.assert_body(self.client.get("/next"), 200, b"next")
        self.assertEqual([request.connection for request in self.origin.seen()], [1, 2])

    def test_a_client_that_does_not_wait_is_served(self):
        self.origin.once("PATCH", "/row/1", [CONTINUE, self.read_and_answer()], read_body=False)
        with self.client.connect() as connection:
            self.begin(connection)
            connection.send(self.content)
            self.assert_body(connection.read_response(), 200, b"written")

    def test_an_origin_that_knows_nothing_of_it_gets_the_content_when_the_client_has_waited_enough(self):
        self.origin.once("PATCH", "/row/1", self.read_and_answer(), read_body=False)
        with self.client.connect() as connection:
            self.begin(connection)
            self.origin.wait_for(1, "PATCH", "/row/1")
            connection.send(self.content)
            response = connection.read_response()
            self.assert_body(response, 200, b"written")
            self.assertEqual(response.interim, [])

    def test_hints_may_come_between(self):
        self.origin.once("PATCH", "/row/1", [CONTINUE, HINTS, self.read_and_answer()], read_body=False)
        with self.client.connect() as connection:
            self.begin(connection)
            self.assertEqual([connection.read_interim().status for _ in range(2)], [100, 103])
            connection.send(self.content)
            self.assert_body(connection.read_response(), 200, b"written")

    def test_a_client_of_http_1_0_cannot_expect_anything(self):
        self.origin.once("POST", "/rows", [CONTINUE, respond(200, b"written")])
        with self.client.connect() as connection:
            connection.send_request("POST", "/rows", [("Expect", "100-continue")], self.content, version="1.0")
            self.assertTrue(connection.read_rest().startswith(b"HTTP/1.1 200 "))
        asked = self.origin.last()
        self.assertEqual((asked.header("expect"), asked.body), (None, self.content))

    def test_another_expectation_is_417_and_reaches_nobody(self):
        response = self.client.request("POST", "/rows", {"Expect": "tea"}, b"{}")
        self.assertEqual((response.status, self.origin.connections), (417, 0))

    def test_a_request_without_content_expects_nothing(self):
        self.origin.once("GET", "/page", respond(200, b"page"))
        self.assert_body(self.client.get("/page", expect="100-continue"), 200, b"page")
        self.assertIsNone(self.origin.last().header("expect"))

    def test_100_is_no_answer_to_a_write_and_its_answer_invalidates(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/row/1", ok(b"old", max_age=60))
        self.origin.once("PATCH", "/row/1", [CONTINUE, lambda exchange: exchange.read_body(), gate, respond(200, b"written")], read_body=False)
        self.assert_body(self.client.get("/row/1"), 200, b"old")
        with self.client.connect() as connection:
            self.begin(connection)
            self.assertEqual(connection.read_interim().status, 100)
            connection.send(self.content)
            self.assert_hit(self.client.get("/row/1"), b"old")
            gate.open()
            self.assert_body(connection.read_response(), 200, b"written")
        self.origin.once("GET", "/row/1", ok(b"new", max_age=60))
        self.assert_body(self.client.get("/row/1"), 200, b"new")

    def test_a_client_that_never_sends_its_content_is_408_in_time(self):
        self.proxy.stop()
        self.arguments = ("--set", "timeouts.content_gap=1s")
        self.proxy = self.make_proxy()
        self.client = self.proxy.client()
        is_left = threading.Event()

        def wait_in_vain(exchange):
            try:
                exchange.read_body()
            finally:
                is_left.set()

        self.origin.once("PATCH", "/row/1", [CONTINUE, wait_in_vain], read_body=False)
        with self.client.connect() as connection:
            self.begin(connection)
            self.assertEqual(connection.read_interim().status, 100)
            self.assertEqual(connection.read_response().status, 408)
        self.assertTrue(is_left.wait(PATIENCE))


if __name__ == "__main__":
    unittest.main()
