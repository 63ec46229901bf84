"""A stored response answers the next request without the origin."""

import unittest

from harness import Scenario, chunked, http_date, ok, respond


class AHit(Scenario):
    def test_is_served_without_asking_the_origin_again(self):
        self.origin.once("GET", "/doctors/", ok(b"[1]", ("ETag", '"1"'), ("X-Of-The-App", "kept"), max_age=60))
        first = self.client.get("/doctors/")
        self.assert_forwarded(first, "uri-miss", b"[1]")
        self.assertTrue(first.cache_status.stored)
        self.assertEqual(first.cache_status.fwd_status, 200)
        second = self.client.get("/doctors/")
        self.assert_hit(second, b"[1]")
        self.assertEqual(second.header("x-of-the-app"), "kept")
        self.assertEqual(second.header("etag"), '"1"')
        self.assertIsNone(second.cache_status.fwd)
        self.assertFalse(second.cache_status.stored)

    def test_is_shared_by_all_workers(self):
        self.origin.once("GET", "/", ok(b"one", max_age=60))
        self.client.get("/")
        for _ in range(16):
            self.assert_hit(self.client.get("/"), b"one")

    def test_is_served_many_times_on_one_connection(self):
        self.origin.once("GET", "/", ok(b"one", max_age=60))
        with self.client.connect() as connection:
            connection.get("/")
            for _ in range(100):
                self.assert_hit(connection.get("/"), b"one")

    def test_has_the_date_and_the_expires_of_the_origin(self):
        """RFC 9110 6.6.1: Date tells when the origin made it; Age tells the rest (RFC 9111 5.1)."""
        date, expires = http_date(-30), http_date(600)
        self.origin.once("GET", "/", respond(200, b"a", ("Expires", expires), date=date))
        self.client.get("/")
        hit = self.client.get("/")
        self.assert_hit(hit, b"a")
        self.assertEqual((hit.all("date"), hit.all("expires")), ([date], [expires]))
        self.assertGreaterEqual(hit.age, 30)

    def test_has_a_length_where_the_origin_sent_chunks(self):
        self.origin.once("GET", "/", chunked(b"one ", b"two", fields=[("Cache-Control", "max-age=60")]))
        self.assertEqual(self.client.get("/").body, b"one two")
        hit = self.client.get("/")
        self.assert_hit(hit, b"one two")
        self.assertEqual(hit.header("content-length"), "7")
        self.assertIsNone(hit.header("transfer-encoding"))

    def test_has_no_content_where_the_stored_response_had_none(self):
        self.origin.once("GET", "/empty", ok(b"", max_age=60))
        self.origin.once("GET", "/204", respond(204, b"", ("Cache-Control", "max-age=60")))
        for path, status in (("/empty", 200), ("/204", 204)):
            self.client.get(path)
            hit = self.client.get(path)
            self.assert_hit(hit, b"")
            self.assertEqual(hit.status, status)

    def test_is_large_where_the_stored_response_was(self):
        body = bytes(range(256)) * 8192  # 2 MiB
        self.origin.once("GET", "/", ok(body, max_age=60))
        self.assertEqual(self.client.get("/").body, body)
        self.assert_hit(self.client.get("/"), body)

    def test_is_a_404_or_a_redirection_where_that_was_stored(self):
        self.origin.once("GET", "/none", respond(404, b"none", ("Cache-Control", "max-age=60")))
        self.origin.once("GET", "/moved", respond(301, b"", ("Cache-Control", "max-age=60"), ("Location", "/new")))
        for path, status in (("/none", 404), ("/moved", 301)):
            self.client.get(path)
            hit = self.client.get(path)
            self.assert_hit(hit)
            self.assertEqual(hit.status, status)
        self.assertEqual(hit.header("location"), "/new")


class HeadRequests(Scenario):
    def test_are_answered_from_a_stored_get(self):
        self.origin.once("GET", "/", ok(b"twelve bytes", ("ETag", '"1"'), max_age=60))
        self.client.get("/")
        response = self.client.head("/")
        self.assert_hit(response, b"")
        self.assertEqual((response.status, response.header("content-length"), response.header("etag")), (200, "12", '"1"'))
        self.assertIsNotNone(response.age)

    def test_are_forwarded_while_nothing_is_stored(self):
        self.origin.once("HEAD", "/", respond(200, b"", ("Cache-Control", "max-age=60")), respond(200, b"", ("Cache-Control", "max-age=60")))
        for _ in range(2):
            response = self.client.head("/")
            self.assert_forwarded(response, "uri-miss")
            self.assertFalse(response.cache_status.stored)

    def test_never_make_a_get_answer_empty(self):
        self.origin.once("HEAD", "/", respond(200, b"", ("Cache-Control", "max-age=60")))
        self.origin.once("GET", "/", ok(b"content", max_age=60))
        self.client.head("/")
        self.assert_body(self.client.get("/"), 200, b"content")

    def test_leave_the_connection_ready_for_the_next_request(self):
        self.origin.once("GET", "/", ok(b"content", max_age=60))
        with self.client.connect() as connection:
            connection.get("/")
            connection.request("HEAD", "/")
            self.assert_hit(connection.get("/"), b"content")


class OnlyIfCached(Scenario):
    def test_is_answered_from_the_store(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60))
        self.client.get("/")
        self.assert_hit(self.client.get("/", cache_control="only-if-cached"), b"a")

    def test_is_answered_504_and_never_forwarded_where_nothing_is_stored(self):
        self.assertEqual(self.client.get("/", cache_control="only-if-cached").status, 504)
        self.assertEqual(self.origin.count(), 0)

    def test_is_answered_504_where_what_is_stored_is_stale(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60, date=-100))
        self.client.get("/")
        self.assertEqual(self.client.get("/", cache_control="only-if-cached").status, 504)

    def test_is_answered_504_after_a_write(self):
        self.origin.once("GET", "/a/", ok(b"a", max_age=60))
        self.origin.once("PUT", "/a/", ok(b""))
        self.client.get("/a/")
        self.client.put("/a/")
        self.assertEqual(self.client.get("/a/", cache_control="only-if-cached").status, 504)
        self.assertEqual(self.client.get("/a/", cache_control="only-if-cached, max-stale=1000").status, 504)


if __name__ == "__main__":
    unittest.main()
