"""What is not stored, though it might be tempting (RFC 9111 3)."""

import re
import unittest

from harness import Scenario, chunked, ok, respond, wait_until


class ASharedCache(Scenario):
    def assert_not_stored(self, detail, *fields, request=(), status=200):
        self.origin.once("GET", "/", respond(status, b"one", *fields), respond(status, b"two", *fields))
        for body in (b"one", b"two"):
            response = self.client.request("GET", "/", request)
            self.assertEqual(response.body, body)
            self.assertFalse(response.cache_status.stored, response)
            if body == b"one":
                self.assertEqual(response.cache_status.detail, detail)

    def assert_stored(self, *fields, request=(), status=200):
        self.origin.once("GET", "/", respond(status, b"one", *fields))
        self.assertTrue(self.client.request("GET", "/", request).cache_status.stored)
        self.assert_hit(self.client.request("GET", "/", request), b"one")

    def test_does_not_store_no_store(self):
        self.assert_not_stored("no-store", ("Cache-Control", "no-store, max-age=60"))

    def test_keeps_what_it_has_where_a_newer_answer_is_not_to_be_stored(self):
        """RFC 9111 5.2.2.5 speaks of the newer one alone."""
        for number, control in enumerate(("no-store", "no-store, max-age=0")):
            with self.subTest(control):
                target = f"/{number}"
                self.origin.once("GET", target, ok(b"old", max_age=600), respond(200, b"newer", ("Cache-Control", control)))
                self.client.get(target)
                self.assert_hit(self.client.get(target), b"old")
                self.assert_body(self.client.get(target, cache_control="no-cache"), 200, b"newer")
                self.assert_hit(self.client.get(target), b"old")

    def test_stores_no_store_with_must_understand_where_it_understands_the_status(self):
        """RFC 9111 5.2.2.3"""
        self.assert_stored(("Cache-Control", "max-age=60, no-store, must-understand"))

    def test_does_not_store_must_understand_with_a_status_that_nobody_knows(self):
        self.assert_not_stored("status", ("Cache-Control", "max-age=60, must-understand"), status=299)

    def test_does_not_store_private(self):
        self.assert_not_stored("private", ("Cache-Control", "private, max-age=60"))

    def test_does_not_store_answers_to_authorization(self):
        self.assert_not_stored("authorization", ("Cache-Control", "max-age=60"), request={"Authorization": "Token a"})

    def test_stores_answers_to_authorization_that_are_public(self):
        self.assert_stored(("Cache-Control", "public, max-age=60"), request={"Authorization": "Token a"})

    def test_stores_answers_to_authorization_with_s_maxage(self):
        self.assert_stored(("Cache-Control", "s-maxage=60"), request={"Authorization": "Token a"})

    def test_does_not_store_set_cookie(self):
        self.assert_not_stored("set-cookie", ("Cache-Control", "max-age=60"), ("Set-Cookie", "session=1"))

    def test_does_not_store_what_the_request_forbids(self):
        self.origin.once("GET", "/", ok(b"one", max_age=60), ok(b"two", max_age=60))
        self.assertFalse(self.client.get("/", cache_control="no-store").cache_status.stored)
        self.assert_forwarded(self.client.get("/"), "uri-miss", b"two")

    def test_does_not_store_a_500_without_a_word_of_the_origin(self):
        self.assert_not_stored("status", status=500)

    def test_does_not_store_partial_content(self):
        self.origin.once("GET", "/", respond(206, b"34", ("Content-Range", "bytes 3-4/10"), ("Cache-Control", "max-age=60")), ok(b"0123456789", max_age=60))
        self.client.get("/", range="bytes=3-4")
        self.assert_body(self.client.get("/"), 200, b"0123456789")

    def test_does_not_store_what_is_neither_fresh_nor_has_a_validator(self):
        self.assert_not_stored("no-freshness", ("Cache-Control", "max-age=0"))

    def test_does_not_store_too_many_groups(self):
        names = ", ".join(f'"g{number}"' for number in range(100))
        self.assert_not_stored("groups", ("Cache-Control", "max-age=60"), ("Cache-Groups", names))

    def test_does_not_store_groups_that_cannot_be_read(self):
        self.assert_not_stored("groups", ("Cache-Control", "max-age=60"), ("Cache-Groups", '"a", nonsense('))

    def test_lets_a_crowd_of_clients_each_have_their_own(self):
        self.origin.always("GET", "/me", lambda exchange: exchange.play(respond(200, exchange.request.header("authorization").encode(), ("Cache-Control", "max-age=60"))))
        for user in ("a", "b", "a", "b"):
            self.assert_body(self.client.get("/me", authorization=f"Token {user}"), 200, f"Token {user}")

    def test_answers_authorization_from_what_is_stored_for_everybody(self):
        """RFC 9111 3.5 speaks of storing, not of reuse."""
        self.origin.once("GET", "/", ok(b"public", max_age=60))
        self.client.get("/")
        self.assert_hit(self.client.get("/", authorization="Token a"), b"public")


class AnObjectThatIsTooLarge(Scenario):
    arguments = ("--set", "memory.max_object=64KiB")

    def test_is_streamed_through_and_not_stored(self):
        body = b"x" * 300_000
        self.origin.once("GET", "/", ok(body, max_age=60), ok(body, max_age=60))
        for _ in range(2):
            response = self.client.get("/")
            self.assert_body(response, 200, body)
            self.assertFalse(response.cache_status.stored)

    def test_is_not_stored_where_its_length_was_not_told(self):
        def answer(exchange):
            exchange.send_head(200, ("Cache-Control", "max-age=60"), ("Transfer-Encoding", "chunked"))
            for _ in range(30):
                exchange.send_chunk(b"x" * 10_000)
            exchange.end_chunks()

        self.origin.once("GET", "/", answer, answer)
        for _ in range(2):
            self.assert_body(self.client.get("/"), 200, b"x" * 300_000)


    def test_takes_no_room_of_the_store_while_the_rest_of_it_streams(self):
        gate, last = self.origin.gate(), self.origin.gate()
        self.origin.once("GET", "/", chunked(b"x" * 50_000, gate, b"y" * 50_000, last, b"z", fields=[("Cache-Control", "max-age=60")]))
        with self.client.connect() as connection:
            connection.send_request("GET", "/")
            gate.wait_for_arrivals()
            self.proxy.wait_for_metric("sidecache_memory_bytes", 50_000)  # it might be kept yet
            gate.open()
            last.wait_for_arrivals()
            self.proxy.wait_for_metric("sidecache_memory_bytes", 0)
            last.open()
            self.assert_body(connection.read_response(), 200, b"x" * 50_000 + b"y" * 50_000 + b"z")


class AFullStore(Scenario):
    arguments = ("--memory", "32MiB")
    LARGE = b"x" * 1024 * 1024
    MEAN = 64 * 1024

    def setUp(self):
        super().setUp()
        self.origin.always("GET", re.compile(r"/small\?\d+"), ok(b"s" * self.MEAN, max_age=600))
        for number in range(32 * 1024 * 1024 // self.MEAN + 8):
            self.client.get(f"/small?{number}")
        self.assertGreater(self.proxy.metric("sidecache_memory_evictions_total"), 0)

    def test_takes_what_is_large_when_it_was_missed_often_enough_for_its_room(self):
        self.origin.always("GET", "/large", ok(self.LARGE, max_age=600))
        before = self.proxy.metric("sidecache_memory_evictions_total")
        refused = 0
        while not (response := self.client.get("/large")).cache_status.stored and refused < 20:
            refused += 1
            self.assert_body(response, 200, self.LARGE)
            self.assertEqual(response.cache_status.detail, "not-admitted")
            self.assertEqual(self.proxy.metric("sidecache_memory_refusals_total"), refused)
            self.assertEqual(self.proxy.metric("sidecache_memory_evictions_total"), before, "room was made for what is not kept")
        self.assertTrue(7 <= refused <= 8, refused)  # it takes the room of sixteen: two for each time
        self.assert_hit(self.client.get("/large"), self.LARGE)

    def test_counts_the_misses_of_clients_who_have_it_too(self):
        self.origin.always("GET", "/large", ok(self.LARGE, ("ETag", '"v"'), max_age=600))
        for _ in range(9):
            self.client.get("/large", if_none_match='"v"')  # answered when the head is there
        wait_until(lambda: self.client.get("/large").cache_status.hit, "a hit")
        self.assertLessEqual(self.origin.count("GET", "/large"), 9)

    def test_weighs_what_does_not_tell_its_length_as_it_grows(self):
        self.origin.always("GET", "/large", chunked(self.LARGE, fields=[("Cache-Control", "max-age=600")]))
        for _ in range(7):
            self.assert_body(self.client.get("/large"), 200, self.LARGE)
        self.assertEqual(self.proxy.metric("sidecache_memory_refusals_total"), 7)
        for _ in range(2):
            self.client.get("/large")
        self.assert_hit(self.client.get("/large"), self.LARGE)


class SharedCookies(Scenario):
    arguments = ("--set", "set_cookie=share")

    def test_are_stored_where_the_operator_says_so(self):
        self.origin.once("GET", "/", ok(b"one", ("Set-Cookie", "a=1"), max_age=60))
        self.client.get("/")
        hit = self.client.get("/")
        self.assert_hit(hit, b"one")
        self.assertEqual(hit.header("set-cookie"), "a=1")


if __name__ == "__main__":
    unittest.main()
