"""Reuse past freshness: stale-while-revalidate and stale-if-error (RFC 5861)."""

import unittest

from harness import DROP, SILENCE, Scenario, http_date, not_modified, ok, respond, wait_until


class StaleWhileRevalidate(Scenario):
    def store(self, control="max-age=60, stale-while-revalidate=600", *fields):
        self.origin.once("GET", "/a/", respond(200, b"old", ("Cache-Control", control), *fields, date=-100))
        self.client.get("/a/")

    def wait_for_new(self, body):
        return wait_until(lambda: (hit := self.client.get("/a/")).body == body and hit, f"{body} in the store")

    def test_answers_at_once_and_refreshes_once_in_the_background(self):
        self.store()
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", [gate, ok(b"new", max_age=60)])
        for _ in range(8):
            hit = self.client.get("/a/")
            self.assert_hit(hit, b"old")
            self.assertLess(hit.cache_status.ttl, 0)
        gate.wait_for_arrivals()
        self.assertEqual(self.origin.count("GET"), 2)
        gate.open()
        self.assert_hit(self.wait_for_new(b"new"), b"new")
        self.assertEqual(self.proxy.metric("sidecache_refreshes_total"), 1)

    def test_answers_a_head_too_and_leaves_the_refresh_to_a_get(self):
        self.store()
        hit = self.client.head("/a/")
        self.assertEqual((hit.status, hit.header("content-length"), hit.cache_status.hit), (200, "3", True))
        self.origin.once("GET", "/a/", ok(b"new", max_age=60))
        self.assert_hit(self.client.get("/a/"), b"old")
        self.assert_hit(self.wait_for_new(b"new"), b"new")
        self.assertEqual(self.origin.count("HEAD"), 0)

    def test_refreshes_with_validators(self):
        self.store("max-age=60, stale-while-revalidate=600", ("ETag", '"1"'))
        self.origin.once("GET", "/a/", not_modified(("ETag", '"1"'), ("Cache-Control", "max-age=60"), ("Date", http_date())))
        self.assert_hit(self.client.get("/a/"), b"old")
        wait_until(lambda: (self.client.get("/a/").cache_status.ttl or -1) > 0, "a fresh response")
        self.assertEqual(self.origin.last().header("if-none-match"), '"1"')

    def test_ends_with_its_time(self):
        self.store("max-age=60, stale-while-revalidate=10")
        self.origin.once("GET", "/a/", ok(b"new", max_age=60))
        self.assert_forwarded(self.client.get("/a/"), "stale", b"new")

    def test_does_not_count_for_a_client_that_wants_a_younger_one(self):
        self.store()
        self.origin.once("GET", "/a/", ok(b"new", max_age=60))
        self.assert_body(self.client.get("/a/", cache_control="max-age=30"), 200, b"new")

    def test_ends_with_a_write(self):
        self.store()
        self.origin.once("PATCH", "/a/", ok(b""))
        self.client.patch("/a/")
        self.origin.once("GET", "/a/", ok(b"new", max_age=60))
        self.assert_forwarded(self.client.get("/a/"), "stale", b"new")

    def test_refreshed_before_a_write_is_not_reused_after_it(self):
        self.store()
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", [gate, ok(b"old again", max_age=60)])
        self.origin.once("PATCH", "/a/", ok(b""))
        self.assert_hit(self.client.get("/a/"), b"old")
        gate.wait_for_arrivals()
        self.client.patch("/a/")
        self.origin.once("GET", "/a/", ok(b"new", max_age=60))
        self.assert_body(self.client.get("/a/"), 200, b"new")
        gate.open()
        self.assert_hit(self.client.get("/a/"), b"new")
        self.assert_hit(self.client.get("/a/"), b"new")

    def test_goes_on_after_a_refresh_that_failed(self):
        self.store()
        self.origin.once("GET", "/a/", [b"HTTP/1.1 200 OK\r\n", DROP])
        self.assert_hit(self.client.get("/a/"), b"old")
        wait_until(lambda: self.origin.count("GET") == 2, "the refresh")
        self.origin.always("GET", "/a/", ok(b"new", max_age=60))
        self.wait_for_new(b"new")


class ACrowdOfAFailingOrigin(Scenario):
    arguments = ("--set", "limits.followers=1", "--set", "origins.origin.pool.max=50")

    def test_is_answered_to_the_last_one(self):
        self.origin.once("GET", "/a/", respond(200, b"old", ("Cache-Control", "max-age=60, stale-if-error=600"), date=-100))
        self.client.get("/a/")
        gate = self.origin.gate()
        self.origin.always("GET", "/a/", [gate, DROP])
        crowd = [self.in_background(self.client.get, "/a/") for _ in range(6)]
        gate.wait_for_arrivals(4)  # one for two of them, and one for each other
        gate.open()
        for each in crowd:
            self.assert_hit(each.result(), b"old")


class StaleIfError(Scenario):
    arguments = ("--set", "origins.origin.timeouts.first_byte=1s")

    def store(self, control="max-age=60, stale-if-error=600"):
        self.origin.once("GET", "/a/", respond(200, b"old", ("Cache-Control", control), date=-100))
        self.client.get("/a/")

    def test_answers_for_an_origin_that_fails(self):
        self.store()
        for name, answer in (("500", respond(500, b"oh")), ("503", respond(503, b"oh")), ("cut", [b"HTTP/1.1 200 OK\r\n", DROP]), ("late", SILENCE), ("garbage", b"what?\r\n\r\n")):
            with self.subTest(name):
                self.origin.once("GET", "/a/", answer)
                response = self.client.get("/a/")
                self.assert_hit(response, b"old")
                self.assertEqual((response.status, response.cache_status.detail), (200, "origin-error"))

    def test_answers_for_an_origin_that_is_gone(self):
        self.store()
        self.origin.stop_listening()
        self.origin.close_connections()
        self.assert_hit(self.client.get("/a/"), b"old")

    def test_answers_also_who_asks_by_themselves(self):
        """After an answer that could not be shared; over the followers that one fill may have; and who does not want to be stored."""
        self.store()
        self.origin.once("GET", "/a/", respond(401, b"who?"), SILENCE)
        self.assertEqual(self.client.get("/a/").status, 401)
        self.assert_hit(self.client.get("/a/"), b"old")
        self.origin.once("GET", "/a/", respond(503, b"down"))
        self.assert_hit(self.client.get("/a/", cache_control="no-store"), b"old")

    def test_answers_without_a_validator_too(self):
        self.store()
        self.origin.once("GET", "/b/", respond(200, b"old", ("Cache-Control", "max-age=0, stale-if-error=600")))
        self.client.get("/b/")
        self.origin.once("GET", "/b/", respond(503, b"down"))
        self.assert_hit(self.client.get("/b/"), b"old")

    def test_does_not_hide_what_is_no_failure(self):
        self.store()
        self.origin.once("GET", "/a/", respond(404, b"gone"))
        self.assertEqual(self.client.get("/a/").status, 404)

    def test_ends_with_its_time(self):
        self.store("max-age=60, stale-if-error=10")
        self.origin.once("GET", "/a/", respond(503, b"down"))
        self.assertEqual(self.client.get("/a/").status, 503)

    def test_gives_way_to_must_revalidate(self):
        self.store("max-age=60, stale-if-error=600, must-revalidate")
        self.origin.once("GET", "/a/", respond(503, b"down"))
        self.assertEqual(self.client.get("/a/").status, 503)

    def test_ends_with_a_write(self):
        self.store()
        self.origin.once("PATCH", "/a/", ok(b""))
        self.client.patch("/a/")
        self.origin.once("GET", "/a/", respond(503, b"down"), [b"HTTP/1.1 200 OK\r\n", DROP])
        self.assertEqual(self.client.get("/a/").status, 503)
        self.assertEqual(self.client.get("/a/").status, 502)

    def test_leaves_the_stored_response_to_be_asked_about_again(self):
        self.store()
        self.origin.once("GET", "/a/", respond(503, b"down"), ok(b"new", max_age=60))
        self.assert_hit(self.client.get("/a/"), b"old")
        self.assert_forwarded(self.client.get("/a/"), "stale", b"new")


class StaleByTheRoute(Scenario):
    config = "routes:\n  - {path: '/{rest...}', stale: {while_revalidate: 1h, if_error: 1h}}\n"

    def test_holds_where_the_response_does_not_say(self):
        self.origin.once("GET", "/a/", ok(b"old", max_age=60, date=-100), respond(503, b"down"))
        self.client.get("/a/")
        self.assert_hit(self.client.get("/a/"), b"old")
        self.origin.wait_for(2)

    def test_is_refreshed_at_a_cost_that_is_counted(self):
        self.origin.once("GET", "/a/", ok(b"old", ("X-Query-Count", "40"), max_age=60, date=-100), ok(b"new", ("X-Query-Count", "7"), max_age=60))
        self.client.get("/a/")
        self.assert_hit(self.client.get("/a/"), b"old")
        self.proxy.wait_for_metric("sidecache_origin_queries_total", 47)
        self.assertEqual(self.proxy.metric("sidecache_origin_requests_total"), 2)
        self.assertEqual(self.proxy.metric("sidecache_requests_total"), 2)

    def test_gives_way_to_what_the_response_says(self):
        self.origin.once("GET", "/a/", respond(200, b"old", ("Cache-Control", "max-age=60, stale-while-revalidate=0, stale-if-error=0"), date=-100), respond(503, b"down"))
        self.client.get("/a/")
        self.assertEqual(self.client.get("/a/").status, 503)


if __name__ == "__main__":
    unittest.main()
