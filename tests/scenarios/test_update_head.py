"""What the origin's answer to a HEAD means for a stored response to GET (RFC 9111 4.3.5)."""

import unittest

from harness import Scenario, http_date, ok, respond


class AHead(Scenario):
    def store(self, date=-100):
        """Stale; with `date=True` fresh."""
        self.origin.once("GET", "/a/", ok(b"old", ("ETag", '"1"'), ("X-Version", "one"), ("X-Kept", "yes"), max_age=60, date=date))
        self.client.get("/a/")

    def answer(self, *fields, body=b"old", status=200, **request):
        """HEAD, answered by the origin with these fields and the Content-Length of `body`."""
        self.origin.once("HEAD", "/a/", respond(status, body, *fields))
        response = self.client.head("/a/", **request)
        self.assertEqual((response.status, self.origin.count("HEAD")), (status, 1))
        return response

    def assert_get_asks_the_origin(self):
        self.origin.once("GET", "/a/", ok(b"new", ("ETag", '"2"'), max_age=60))
        self.assert_body(self.client.get("/a/"), 200, b"new")

    def test_for_what_is_stale_is_asked_of_the_origin_and_stays_a_head(self):
        self.store()
        self.assert_forwarded(self.answer(("ETag", '"1"')), "stale", b"")

    def test_with_the_same_validator_and_length_makes_it_fresh_again(self):
        self.store()
        self.answer(("ETag", '"1"'), ("Cache-Control", "max-age=600"))
        hit = self.client.get("/a/")
        self.assert_hit(hit, b"old")
        self.assertIn(hit.cache_status.ttl, range(590, 601))
        self.assertLess(hit.age, 10)
        self.assertEqual(self.proxy.metric("sidecache_head_updates_total", result="renewed"), 1)

    def test_with_the_same_validator_and_length_renews_the_fields_that_it_has(self):
        """RFC 9111 3.2: the others stay."""
        self.store()
        self.answer(("ETag", '"1"'), ("X-Version", "two"), ("Cache-Control", "max-age=600"))
        hit = self.client.get("/a/")
        self.assert_hit(hit, b"old")
        self.assertEqual([hit.header(name) for name in ("x-version", "x-kept", "content-length", "etag")], ["two", "yes", "3", '"1"'])

    def test_that_is_no_200_renews_nothing(self):
        self.store()
        self.answer(("ETag", '"1"'), ("X-Version", "two"), ("Cache-Control", "max-age=600"), status=410)
        self.assert_get_asks_the_origin()

    def test_with_another_validator_ends_its_freshness(self):
        self.store(date=True)
        self.answer(("ETag", '"2"'), ("Cache-Control", "max-age=600"), cache_control="no-cache")
        self.assertEqual(self.proxy.metric("sidecache_head_updates_total", result="outdated"), 1)
        self.assert_get_asks_the_origin()

    def test_without_a_validator_brings_nothing_back_that_a_write_has_ended(self):
        """It says no more than that the new row is as long as the old one (S7)."""
        self.store(date=True)
        self.origin.once("PATCH", "/a/", ok(b"{}"))
        self.client.request("PATCH", "/a/", body=b"{}")
        self.answer(("Cache-Control", "max-age=600"))
        self.assert_get_asks_the_origin()

    def test_with_another_length_ends_its_freshness(self):
        self.store(date=True)
        self.answer(("ETag", '"1"'), ("Cache-Control", "max-age=600"), body=b"longer", cache_control="no-cache")
        self.assert_get_asks_the_origin()


class OfItsOwnRequest(AHead):
    def test_what_it_may_not_store_or_share_leaves_what_is_stored(self):
        self.store(date=True)
        for request in ({"cache_control": "no-cache, no-store"}, {"cache_control": "no-cache", "authorization": "Basic eDp5"}):
            self.origin.once("HEAD", "/a/", respond(200, b"old", ("ETag", '"1"'), ("Cache-Control", "max-age=60")))
            self.client.head("/a/", **request)
            self.assert_hit(self.client.get("/a/"), b"old")

    def test_that_the_origin_takes_back_is_gone(self):
        self.store(date=True)
        self.answer(("ETag", '"1"'), ("Cache-Control", "no-store"), cache_control="no-cache")
        self.assert_get_asks_the_origin()


class AFailure(Scenario):
    def test_of_a_head_is_answered_by_what_is_stored_where_that_may_be_stale(self):
        """RFC 5861 4, as for GET."""
        self.origin.once("GET", "/a/", ok(b"old", ("Cache-Control", "stale-if-error=600"), max_age=60, date=-100))
        self.client.get("/a/")
        self.origin.once("HEAD", "/a/", respond(503))
        response = self.client.head("/a/")
        self.assert_hit(response, b"")
        self.assertEqual((response.status, response.header("content-length")), (200, "3"))


class ALastModified(Scenario):
    def test_of_the_head_that_differs_ends_the_freshness_of_the_get(self):
        self.origin.once("GET", "/a/", ok(b"old", ("Last-Modified", http_date(-1000)), max_age=60))
        self.client.get("/a/")
        self.origin.once("HEAD", "/a/", respond(200, b"old", ("Last-Modified", http_date(-10)), ("Cache-Control", "max-age=600")))
        self.client.head("/a/", cache_control="no-cache")
        self.origin.once("GET", "/a/", ok(b"new", max_age=60))
        self.assert_body(self.client.get("/a/"), 200, b"new")


if __name__ == "__main__":
    unittest.main()
