"""Several requests on one connection: answered in order, each decided when its turn comes (S20)."""

import unittest

from harness import Scenario, chunked, make_request, ok

FRESH = ("Cache-Control", "max-age=600")
GET = make_request("GET", "/doctors/5/")
PATCH = make_request("PATCH", "/doctors/5/", body=b'{"a": 1}')


class Pipelining(Scenario):
    def setUp(self):
        super().setUp()
        self.version = 1
        self.origin.always("GET", "/doctors/5/", lambda exchange: exchange.play(ok(f"version {self.version}", FRESH)))
        self.origin.always("PATCH", "/doctors/5/", self.patch)

    def patch(self, exchange):
        self.version += 1
        exchange.play(ok(f"made {self.version}"))

    def send(self, connection, data, is_slow):
        (connection.send_slowly if is_slow else connection.send)(data)

    def assert_answers(self, requests, *bodies):
        for is_slow in (False, True):
            with self.subTest("byte by byte" if is_slow else "in one segment"), self.client.connect() as connection:
                self.version = 1
                self.client.patch("/doctors/5/")
                self.version = 1
                self.assertEqual(self.client.get("/doctors/5/").body, b"version 1")
                self.send(connection, b"".join(requests), is_slow)
                for body in bodies:
                    self.assert_body(connection.read_response(), 200, body)

    def test_of_a_write_and_a_read_shows_the_write(self):
        self.assert_answers([PATCH, GET], "made 2", "version 2")

    def test_of_a_read_a_write_and_a_read_shows_old_and_new(self):
        self.assert_answers([GET, PATCH, GET], "version 1", "made 2", "version 2")

    def test_of_many_writes_and_reads_shows_each_write(self):
        self.assert_answers([GET, GET, PATCH, GET, GET, PATCH, PATCH, GET], "version 1", "version 1", "made 2", "version 2", "version 2", "made 3", "made 4", "version 4")

    def test_of_hits_answers_each_in_order(self):
        targets = [f"/{number}" for number in range(150)]
        for target in targets:
            self.origin.once("GET", target, ok(target.encode(), FRESH))
            self.client.get(target)
        with self.client.connect() as connection:
            connection.send(b"".join(make_request("GET", target) for target in targets))
            for target in targets:
                self.assert_hit(connection.read_response(), target)

    def test_of_hits_and_misses_answers_each_in_order(self):
        for number in range(20):
            self.origin.once("GET", f"/{number}", ok(str(number), FRESH))
            if number % 3 == 0:
                self.client.get(f"/{number}")
        with self.client.connect() as connection:
            connection.send(b"".join(make_request("GET", f"/{number}") for number in range(20)))
            for number in range(20):
                self.assert_body(connection.read_response(), 200, str(number))

    def test_does_not_hold_back_a_hit_while_the_next_one_waits(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/slow", [gate, ok(b"slow", FRESH)])
        self.client.get("/doctors/5/")
        with self.client.connect() as connection:
            connection.send(GET + GET + make_request("GET", "/slow") + GET)
            for _ in range(2):
                self.assert_hit(connection.read_response(), b"version 1")
            gate.wait_for_arrivals()
            gate.open()
            self.assert_body(connection.read_response(), 200, b"slow")
            self.assert_hit(connection.read_response(), b"version 1")

    def test_of_heads_and_conditions_keeps_the_framing(self):
        self.origin.once("GET", "/e", ok(b"content", FRESH, ("ETag", '"1"')))
        self.client.get("/e")
        with self.client.connect() as connection:
            connection.send((make_request("HEAD", "/e") + make_request("GET", "/e", {"If-None-Match": '"1"'}) + make_request("GET", "/e")) * 5)
            for _ in range(5):
                self.assertEqual(connection.read_response("HEAD").header("content-length"), "7")
                self.assertEqual(connection.read_response().status, 304)
                self.assert_hit(connection.read_response(), b"content")

    def test_behind_a_close_is_not_answered(self):
        self.client.get("/doctors/5/")
        with self.client.connect() as connection:
            connection.send(GET + make_request("GET", "/doctors/5/", {"Connection": "close"}) + GET)
            for _ in range(2):
                response = connection.read_response()
            self.assertTrue(response.will_close)
            self.assertTrue(connection.is_closed_by_peer())

    def test_with_a_half_closed_connection_is_answered_whole(self):
        with self.client.connect() as connection:
            connection.send(GET + GET + PATCH)
            connection.half_close()
            for body in (b"version 1", b"version 1", b"made 2"):
                self.assert_body(connection.read_response(), 200, body)
            self.assertTrue(connection.is_closed_by_peer())

    def test_behind_chunked_content_is_answered(self):
        self.origin.once("POST", "/echo", lambda exchange: exchange.play(ok(exchange.request.body)))
        with self.client.connect() as connection:
            connection.send(make_request("POST", "/echo", {"Transfer-Encoding": "chunked"}) + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n" + GET)
            self.assert_body(connection.read_response(), 200, b"abcde")
            self.assert_body(connection.read_response(), 200, b"version 1")

    def test_with_an_empty_line_before_each_request_is_answered(self):
        with self.client.connect() as connection:
            connection.send(b"\r\n" + GET + b"\r\n" + GET)
            for _ in range(2):
                self.assert_body(connection.read_response(), 200, b"version 1")

    def test_of_garbage_behind_a_request_answers_the_request_and_refuses_the_rest(self):
        with self.client.connect() as connection:
            connection.send(GET + b"what is this?\r\n\r\n")
            self.assert_body(connection.read_response(), 200, b"version 1")
            self.assertEqual(connection.read_response().status, 400)
            self.assertTrue(connection.is_closed_by_peer())


class ChunksWithTrailers(Scenario):
    def test_reach_a_client_that_reads_trailers(self):
        self.origin.once("GET", "/", chunked(b"a", fields=[("Cache-Control", "no-store")], trailers=[("X-Sum", "1")]))
        response = self.client.request("GET", "/", {"TE": "trailers", "Connection": "TE"})
        self.assert_body(response, 200, b"a")
        self.assertEqual(response.trailers, [("X-Sum", "1")])

    def test_are_kept_from_a_client_that_does_not(self):
        self.origin.once("GET", "/", chunked(b"a", fields=[("Cache-Control", "no-store")], trailers=[("X-Sum", "1")]))
        response = self.client.get("/")
        self.assert_body(response, 200, b"a")
        self.assertEqual(response.trailers, [])


if __name__ == "__main__":
    unittest.main()
