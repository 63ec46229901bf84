"""HTTP/1.0 clients, and the older ways of HTTP/1.1."""

import unittest

from harness import DROP, Scenario, chunked, head, make_request, ok, respond

FRESH = ("Cache-Control", "max-age=600")


class AnHttp10Client(Scenario):
    def test_is_answered_and_then_the_connection_ends(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        for is_hit in (False, True):
            with self.client.connect() as connection:
                response = connection.request("GET", "/", version="1.0")
                self.assert_body(response, 200, b"a")
                self.assertEqual(response.cache_status.hit, is_hit)
                self.assertTrue(connection.is_closed_by_peer())

    def test_that_asks_for_it_keeps_its_connection(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        with self.client.connect() as connection:
            for _ in range(3):
                response = connection.request("GET", "/", {"Connection": "keep-alive"}, version="1.0")
                self.assert_body(response, 200, b"a")
                self.assertEqual(response.header("connection").lower(), "keep-alive")

    def test_needs_no_host(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        self.assert_body(self.client.request("GET", "/", host=None, version="1.0"), 200, b"a")
        self.assertEqual(self.origin.last().all("host"), [self.origin.url.removeprefix("http://")])

    def test_gets_chunks_as_content_that_ends_with_the_connection(self):
        for control in ("max-age=600", "no-store"):
            with self.subTest(control), self.client.connect() as connection:
                gate = self.origin.gate()
                self.origin.once("GET", f"/{control}", chunked(b"one ", gate, b"two", fields=[("Cache-Control", control)]))
                connection.send_request("GET", f"/{control}", {"Connection": "keep-alive"}, version="1.0")
                begun = connection.begin_response()
                self.assertIsNone(begun.header("transfer-encoding"))
                self.assertIsNone(begun.header("content-length"))
                self.assertTrue(begun.response.will_close)
                self.assertEqual(begun.read(4), b"one ")
                gate.open()
                self.assert_body(begun.finish(), 200, b"one two")

    def test_sees_a_reset_where_the_origin_breaks_off(self):
        for method in ("GET", "POST"):
            with self.subTest(method), self.client.connect() as connection:
                gate = self.origin.gate()
                self.origin.once(method, "/", [head(200, FRESH, ("Transfer-Encoding", "chunked")) + b"3\r\none\r\n", gate, DROP])
                connection.send_request(method, "/", body=b"{}" if method == "POST" else None, version="1.0")
                begun = connection.begin_response()
                begun.read(3)
                gate.open()
                self.assertFalse(begun.finish().is_complete)

    def test_gets_no_interim_responses(self):
        self.origin.once("GET", "/", [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", ok(b"a", FRESH)])
        response = self.client.request("GET", "/", version="1.0")
        self.assert_body(response, 200, b"a")
        self.assertEqual(response.interim, [])

    def test_is_told_to_the_origin_in_via(self):
        self.origin.once("POST", "/", ok(b"a"))
        self.client.request("POST", "/", body=b"{}", version="1.0")
        self.assertEqual(self.origin.last().version, "HTTP/1.1")
        self.assertEqual(self.origin.last().header("via"), "1.0 sidecache")

    def test_shares_what_is_stored_with_others(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        self.client.get("/")
        self.assert_hit(self.client.request("GET", "/", version="1.0"), b"a")


class AnOldOrigin(Scenario):
    def test_that_ends_its_content_with_the_connection_is_understood(self):
        for version in ("1.0", "1.1"):
            with self.subTest(version):
                self.origin.once("GET", f"/{version}", [head(200, FRESH, version=version) + b"content", DROP])
                self.assert_body(self.client.get(f"/{version}"), 200, b"content")
                self.assert_hit(self.client.get(f"/{version}"), b"content")

    def test_of_http_10_is_not_asked_on_the_same_connection_again(self):
        self.origin.once("GET", "/", [head(200, ("Content-Length", 1), ("Cache-Control", "no-store"), version="1.0") + b"a", DROP])
        self.origin.once("GET", "/next", respond(200, b"b"))
        self.client.get("/")
        self.assert_body(self.client.get("/next"), 200, b"b")
        self.assertEqual(self.origin.connections, 2)

    def test_without_date_gets_one(self):
        self.origin.once("GET", "/", ok(b"a", FRESH, date=False))
        self.assertIsNotNone(self.client.get("/").header("date"))
        self.assertEqual(len(self.client.get("/").all("date")), 1)


class KeepAlive(Scenario):
    def test_ends_where_the_client_says_close(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        for _ in range(2):
            with self.client.connect() as connection:
                response = connection.get("/", connection="close")
                self.assert_body(response, 200, b"a")
                self.assertTrue(response.will_close)
                self.assertTrue(connection.is_closed_by_peer())

    def test_goes_on_where_the_origin_says_close(self):
        self.origin.once("GET", "/", respond(200, b"a", ("Connection", "close")), respond(200, b"b", ("Connection", "close")))
        with self.client.connect() as connection:
            for body in (b"a", b"b"):
                response = connection.get("/", if_match="*")
                self.assert_body(response, 200, body)
                self.assertFalse(response.will_close)

    def test_goes_on_after_errors_of_ours(self):
        self.origin.always("GET", "/", [b"HTTP/1.1 200 OK\r\n", DROP])
        with self.client.connect() as connection:
            for _ in range(3):
                self.assertEqual(connection.get("/").status, 502)
                self.assertEqual(connection.request("TRACE", "/").status, 405)

    def test_goes_on_after_a_write_whose_content_nobody_wanted(self):
        self.origin.stop_listening()
        with self.client.connect() as connection:
            connection.send(make_request("POST", "/", body=b"x" * 100) * 3)
            for _ in range(3):
                self.assertEqual(connection.read_response().status, 502)

    def test_ends_where_more_content_was_to_come_than_anybody_wanted(self):
        """It must not be taken for the next request."""
        self.origin.stop_listening()
        with self.client.connect() as connection:
            connection.send(make_request("POST", "/", {"Content-Length": 100_000}) + b"GET /hidden HTTP/1.1\r\nHost: test\r\n\r\n")
            response = connection.read_response()
            self.assertEqual((response.status, response.will_close), (502, True))
            self.assertTrue(connection.is_closed_by_peer())


if __name__ == "__main__":
    unittest.main()
