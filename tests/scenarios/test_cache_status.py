"""Cache-Status (RFC 9211): each reason why a request went forward, and what became of the response."""

import unittest

from harness import Scenario, http_date, not_modified, ok, respond, wait_until


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


class AKey(Scenario):
    """RFC 9211 2.7, where it is asked for."""
    config = """
headers: {cache_status_key: true}
keys: {drop: [utm_*], defaults: {page: 1}}
principals: {user: {cookie: sessionid}}
routes:
  - {path: /off/, cache: off}
  - {path: /mine/, principal: user, keys: {defaults: {page: 0}}}
"""

    def assert_key(self, response, key):
        self.assertEqual(response.cache_status.key, key, response.header("cache-status"))

    def test_is_told_of_what_was_looked_up_as_the_rules_make_it(self):
        self.origin.once("GET", "/a/?utm_source=x&b=2&a=1&page=1", ok(b"a", max_age=60))
        for target in ("/a/?utm_source=x&b=2&a=1&page=1", "/%61/?a=1&b=2", "/a/?b=2&a=1"):
            self.assert_key(self.client.get(target), "GET origin test /a/?a=1&b=2")
        hit = self.client.head("/a/?a=1&b=2")
        self.assert_hit(hit)
        self.assert_key(hit, "GET origin test /a/?a=1&b=2")

    def test_is_told_of_each_of_many_hits_in_one_write(self):
        targets = ("/a/", "/b/?q=1", "/c/")
        for target in targets:
            self.origin.once("GET", target, ok(target.encode(), max_age=60))
            self.client.get(target)
        with self.client.connect() as connection:
            connection.send(b"".join(b"GET %s HTTP/1.1\r\nHost: test\r\n\r\n" % target.encode() for target in targets))
            for target in targets:
                response = connection.read_response()
                self.assert_hit(response, target)
                self.assert_key(response, f"GET origin test {target}")

    def test_is_told_of_what_was_looked_up_in_vain(self):
        self.origin.once("GET", "/a/", respond(200, b"a", ("Cache-Control", "no-store")), respond(503, b"down"))
        self.assert_key(self.client.get("/a/"), "GET origin test /a/")
        failed = self.client.get("/a/")
        self.assertEqual(failed.status, 503)
        self.assert_key(failed, "GET origin test /a/")
        only_stored = self.client.get("/b/", cache_control="only-if-cached")
        self.assertEqual(only_stored.status, 504)
        self.assert_key(only_stored, "GET origin test /b/")

    def test_is_told_to_followers_of_a_fill(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/a/?page=1", [gate, ok(b"for all", max_age=60)])
        asking = [self.in_background(self.client.get, "/a/?page=1")]
        gate.wait_for_arrivals()
        asking.append(self.in_background(self.client.get, "/a/"))
        self.proxy.wait_for_metric("sidecache_fill_waiting", 2)
        gate.open()
        self.assertTrue(asking[1].result().cache_status.collapsed)
        for each in asking:
            self.assert_key(each.result(), "GET origin test /a/")

    def test_is_not_told_of_what_goes_past_the_cache(self):
        self.origin.once("GET", "/off/", ok(b"a"))
        self.origin.once("POST", "/a/", respond(201))
        self.origin.once("OPTIONS", "/a/", ok(b""))
        self.origin.once("GET", "/a/%zz", ok(b"a"))
        self.origin.once("GET", "/mine/", ok(b"a"))
        for response in (self.client.get("/off/"), self.client.post("/a/", b"{}"), self.client.request("OPTIONS", "/a/"), self.client.get("/a/%zz"), self.client.get("/mine/", authorization="x")):
            self.assertIn(response.cache_status.fwd, ("bypass", "method"))
            self.assert_key(response, None)

    def test_of_a_query_has_nothing_of_its_content(self):
        self.origin.once("QUERY", "/search/?a=1", ok(b"found", max_age=60))
        for _ in range(2):
            response = self.client.request("QUERY", "/search/?a=1", [("Content-Type", "application/json")], b'{"name": "Ann"}')
            self.assert_body(response, 200, b"found")
            self.assert_key(response, "QUERY origin test /search/?a=1")

    def test_has_nothing_of_who_asks_and_of_what_an_answer_varies_by(self):
        self.origin.once("GET", "/mine/?page=0", ok(b"ann's", ("Cache-Control", "private, max-age=60"), ("Vary", "Accept-Language")))
        for target in ("/mine/?page=0", "/mine/"):
            response = self.client.get(target, cookie="sessionid=hunter2", accept_language="de")
            self.assert_body(response, 200, b"ann's")
            self.assert_key(response, "GET origin test /mine/")

    def test_of_a_response_that_other_queries_share_is_that_of_the_own_query(self):
        self.origin.once("GET", "/a/?q=1&trace=1", ok(b"a", ("No-Vary-Search", 'params=("trace")'), max_age=60))
        for number in (1, 2):
            response = self.client.get(f"/a/?q=1&trace={number}")
            self.assert_body(response, 200, b"a")
            self.assert_key(response, f"GET origin test /a/?q=1&trace={number}")

    def test_is_a_string_whatever_was_asked_for(self):
        target = '/a/?q="x",;y=\\z&r=%22'
        self.origin.once("GET", target, ok(b"a", max_age=60))
        for _ in range(2):
            self.assert_key(self.client.get(target), f"GET origin test {target}")

    def test_that_is_long_is_cut(self):
        target = "/a/?q=" + "x-" * 150
        self.origin.once("GET", target, ok(b"a", max_age=60))
        for _ in range(2):
            key = self.client.get(target).cache_status.key
            self.assertEqual(key, f"GET origin test {target}"[:197] + "...")

    def test_hides_credentials_as_an_explanation_does(self):
        self.origin.once("GET", "/a/?token=hunter2", ok(b"a", max_age=60))
        for _ in range(2):
            self.assert_key(self.client.get("/a/?token=hunter2"), "GET origin test /a/?token=(masked)")

    def test_is_told_until_a_reload_takes_it_away(self):
        self.origin.once("GET", "/a/", ok(b"a", max_age=60))
        self.client.get("/a/")
        with self.client.connect() as connection:
            self.assert_key(connection.get("/a/"), "GET origin test /a/")
            self.proxy.reload("headers: {cache_status_key: false}\n")
            wait_until(lambda: connection.get("/a/").cache_status.key is None, "a response without a key")


class WithoutAKey(Scenario):
    def test_none_is_told(self):
        self.origin.once("GET", "/a/", ok(b"a", max_age=60))
        for _ in range(2):
            self.assertIsNone(self.client.get("/a/").cache_status.key)


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
