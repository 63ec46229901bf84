"""Cache-Status (RFC 9211): each reason why a request went forward, and what became of the response."""

import unittest

from harness import Scenario, http_date, not_modified, ok, respond


class AReasonToForward(Scenario):
    config = "routes:\n  - {path: /off/, cache: off}\n"

    def test_is_uri_miss_where_nothing_is_stored(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60))
        response = self.client.get("/")
        self.assert_forwarded(response, "uri-miss")
        self.assertEqual((response.cache_status.name, response.cache_status.fwd_status), ("sidecache", 200))

    def test_is_vary_miss_where_another_variant_is_stored(self):
        answer = ok(b"a", ("Vary", "Accept"), max_age=60)
        self.origin.once("GET", "/", answer, answer)
        self.client.get("/", accept="text/html")
        self.assert_forwarded(self.client.get("/", accept="text/plain"), "vary-miss")

    def test_is_stale_where_what_is_stored_is(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60, date=-100), ok(b"b", max_age=60))
        self.client.get("/")
        self.assert_forwarded(self.client.get("/"), "stale", b"b")

    def test_is_stale_with_a_detail_after_a_write(self):
        self.origin.once("GET", "/a/", ok(b"a", max_age=60), ok(b"b", max_age=60))
        self.origin.once("PATCH", "/a/", ok(b""))
        self.client.get("/a/")
        self.client.patch("/a/")
        response = self.client.get("/a/")
        self.assert_forwarded(response, "stale", b"b")
        self.assertEqual(response.cache_status.detail, "invalidated")

    def test_is_request_where_the_client_asked_for_it(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60), ok(b"b", max_age=60))
        self.client.get("/")
        self.assert_forwarded(self.client.get("/", cache_control="no-cache"), "request", b"b")

    def test_is_request_where_the_client_asked_so_in_the_old_way(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60), ok(b"b", max_age=60))
        self.client.get("/")
        self.assert_forwarded(self.client.get("/", pragma="no-cache"), "request", b"b")

    def test_is_method_for_a_write_and_for_options(self):
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"):
            self.origin.once(method, "/", ok(b"", max_age=60))
            response = self.client.request(method, "/")
            self.assert_forwarded(response, "method")
            self.assertFalse(response.cache_status.stored)

    def test_is_bypass_on_a_route_that_is_off(self):
        self.origin.once("GET", "/off/", ok(b"a", max_age=60), ok(b"b", max_age=60))
        for body in (b"a", b"b"):
            response = self.client.get("/off/")
            self.assert_forwarded(response, "bypass", body)
            self.assertEqual(response.cache_status.detail, "route-off")

    def test_is_partial_for_a_range_that_is_not_wholly_stored(self):
        """RFC 9211 2.2."""
        part = respond(206, b"34", ("Content-Range", "bytes 3-4/10"), ("Cache-Control", "max-age=60"))
        self.origin.once("GET", "/", part, respond(206, b"56", ("Content-Range", "bytes 5-6/10")))
        self.client.get("/", range="bytes=3-4")
        self.assert_forwarded(self.client.get("/", range="bytes=5-6"), "partial", b"56")

    def test_is_bypass_for_a_get_with_content(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60), ok(b"b", max_age=60))
        for body in (b"a", b"b"):
            self.assert_forwarded(self.client.request("GET", "/", body=b"{}"), "bypass", body)


class WhatBecameOfIt(Scenario):
    def test_is_stored_with_the_time_to_live(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60))
        status = self.client.get("/").cache_status
        self.assertTrue(status.stored)
        self.assertIn(status.ttl, range(55, 61))

    def test_is_a_time_to_live_that_sinks_below_nothing(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60, date=-100))
        self.client.get("/")
        self.assertIn(self.client.get("/", cache_control="max-stale").cache_status.ttl, range(-45, -39))

    def test_is_neither_stored_nor_alive_where_it_may_not_be(self):
        self.origin.once("GET", "/", respond(200, b"a", ("Cache-Control", "no-store")))
        status = self.client.get("/").cache_status
        self.assertFalse(status.stored)
        self.assertIsNone(status.ttl)
        self.assertEqual(status.detail, "no-store")

    def test_is_304_where_the_origin_confirmed_what_is_stored(self):
        self.origin.once("GET", "/", ok(b"a", ("ETag", '"1"'), max_age=60, date=-100), not_modified(("ETag", '"1"'), ("Cache-Control", "max-age=60"), ("Date", http_date())))
        self.client.get("/")
        response = self.client.get("/")
        self.assert_forwarded(response, "stale", b"a")
        self.assertEqual(response.status, 200)
        self.assertEqual(response.cache_status.fwd_status, 304)
        self.assertTrue(response.cache_status.stored)

    def test_is_told_after_what_the_caches_before_told(self):
        self.origin.once("GET", "/", ok(b"a", ("Cache-Status", "inner; hit; ttl=5"), max_age=60))
        for own in ("fwd=uri-miss", "hit"):
            members = self.client.get("/").header("cache-status").split(", ")
            self.assertEqual(members[0], "inner; hit; ttl=5")
            self.assertIn(own, members[1])


class WithoutTheField(Scenario):
    arguments = ("--set", "headers.cache_status=false", "--set", "headers.x_cache=true", "--set", "headers.server_timing=false")

    def test_x_cache_tells_hit_and_miss(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60))
        first, second = self.client.get("/"), self.client.get("/")
        self.assertEqual((first.header("x-cache"), second.header("x-cache")), ("MISS", "HIT"))
        self.assertIsNone(first.header("cache-status"))
        self.assertIsNone(first.header("server-timing"))


if __name__ == "__main__":
    unittest.main()
