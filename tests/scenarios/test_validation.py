"""Asking the origin whether what is stored still holds (RFC 9111 4.3), and what may bring back what a write has ended (S5 to S8)."""

import unittest

from harness import Scenario, http_date, not_modified, ok, respond


class Validation(Scenario):
    def store(self, *fields, body=b"old", date=-100):
        self.origin.once("GET", "/a/", ok(body, *fields, max_age=60, date=date))
        self.client.get("/a/")

    def test_sends_the_validators_that_are_stored(self):
        modified = http_date(-1000)
        self.store(("ETag", '"1"'), ("Last-Modified", modified))
        self.origin.once("GET", "/a/", not_modified(("ETag", '"1"'), ("Date", http_date())))
        self.assert_body(self.client.get("/a/"), 200, b"old")
        asked = self.origin.last()
        self.assertEqual((asked.header("if-none-match"), asked.header("if-modified-since")), ('"1"', modified))

    def test_does_not_send_the_clients_own_conditions(self):
        """The answer would speak of the client's copy, not of ours (S6)."""
        self.store(("ETag", '"1"'))
        self.origin.once("GET", "/a/", ok(b"new", ("ETag", '"2"'), max_age=60))
        self.assert_body(self.client.get("/a/", if_none_match='"y"', if_modified_since=http_date()), 200, b"new")
        asked = self.origin.last()
        self.assertEqual(asked.header("if-none-match"), '"1"')
        self.assertIsNone(asked.header("if-modified-since"))

    def test_that_succeeds_takes_the_new_fields_and_keeps_the_content(self):
        self.store(("ETag", '"1"'), ("X-Version", "one"), ("X-Kept", "yes"))
        self.origin.once("GET", "/a/", not_modified(("ETag", '"1"'), ("Cache-Control", "max-age=600"), ("X-Version", "two"), ("X-More", "three"), ("Date", http_date())))
        for is_hit in (False, True):
            response = self.client.get("/a/")
            self.assert_body(response, 200, b"old")
            self.assertEqual(response.cache_status.hit, is_hit)
            self.assertEqual([response.header(name) for name in ("x-version", "x-kept", "x-more", "content-length")], ["two", "yes", "three", "3"])
        self.assertIn(response.cache_status.ttl, range(590, 601))

    def test_that_succeeds_keeps_the_length_of_the_content(self):
        """RFC 9111 3.2: Content-Length is no news, whatever the 304 says."""
        self.store(("ETag", '"1"'))
        self.origin.once("GET", "/a/", not_modified(("ETag", '"1"'), ("Date", http_date()), ("Content-Length", "36")))
        for is_hit in (False, True):
            response = self.client.get("/a/")
            self.assert_body(response, 200, b"old")
            self.assertEqual((response.cache_status.hit, response.header("content-length")), (is_hit, "3"))

    def test_that_succeeds_counts_age_anew(self):
        self.store(("ETag", '"1"'), ("Age", "50"))
        self.origin.once("GET", "/a/", not_modified(("ETag", '"1"'), ("Date", http_date())))
        self.client.get("/a/")
        hit = self.client.get("/a/")
        self.assert_hit(hit, b"old")
        self.assertLess(hit.age, 10)

    def test_that_brings_a_new_response_replaces_the_old_one(self):
        self.store(("ETag", '"1"'))
        self.origin.once("GET", "/a/", ok(b"new", ("ETag", '"2"'), max_age=60))
        self.assert_forwarded(self.client.get("/a/"), "stale", b"new")
        self.assert_hit(self.client.get("/a/"), b"new")

    def test_answered_304_about_something_else_fetches_all_of_it(self):
        self.store(("ETag", '"1"'))
        self.origin.once("GET", "/a/", not_modified(("ETag", '"other"')), ok(b"new", ("ETag", '"other"'), max_age=60))
        self.assert_body(self.client.get("/a/"), 200, b"new")
        self.assertIsNone(self.origin.last().header("if-none-match"))

    def test_by_a_weak_etag_confirms_what_is_only_stale(self):
        """RFC 9110 13.1.2: If-None-Match is compared weakly; a 304 without a tag means the one that was sent."""
        for number, named in enumerate(((), (("ETag", 'W/"1"'),))):
            with self.subTest(named=named):
                target = f"/weak/{number}"
                self.origin.once("GET", target, ok(b"old", ("ETag", 'W/"1"'), max_age=60, date=-100), not_modified(("Date", http_date()), *named))
                self.client.get(target)
                self.assert_forwarded(self.client.get(target), "stale", b"old")
                self.assertEqual(self.origin.last().header("if-none-match"), 'W/"1"')
                self.assert_hit(self.client.get(target), b"old")

    def test_by_a_last_modified_of_the_same_second_confirms_what_is_only_stale(self):
        then = http_date(-100)
        self.origin.once("GET", "/a/", ok(b"old", ("Last-Modified", then), max_age=60, date=then), not_modified(("Date", http_date())))
        self.client.get("/a/")
        self.assert_forwarded(self.client.get("/a/"), "stale", b"old")
        self.assert_hit(self.client.get("/a/"), b"old")

    def test_by_a_weak_etag_confirms_nothing_once_a_write_came_between(self):
        """Trusted when the origin was asked, not when it answered (S5)."""
        self.store(("ETag", 'W/"1"'))
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", [gate, not_modified(("Date", http_date()))], ok(b"new", ("ETag", 'W/"2"'), max_age=60))
        asking = self.in_background(self.client.get, "/a/")
        gate.wait_for_arrivals()
        self.origin.once("PUT", "/a/", ok(b""))
        self.client.put("/a/")
        gate.open()
        self.assert_body(asking.result(), 200, b"new")
        self.assertIsNone(self.origin.last("GET").header("if-none-match"))

    def test_by_a_weak_etag_confirms_nothing_in_a_group_that_was_written_since(self):
        """The group is told by the 304 alone, and what is stored was fetched before its write."""
        self.store(("ETag", 'W/"1"'))
        self.origin.once("POST", "/b/", respond(200, b"", ("Cache-Group-Invalidation", '"ward"')))
        self.client.post("/b/")
        ward = ("Cache-Groups", '"ward"')
        self.origin.once("GET", "/a/", not_modified(("Date", http_date()), ward), ok(b"new", ward, max_age=60))
        self.assert_body(self.client.get("/a/"), 200, b"new")

    def test_is_asked_for_at_each_request_by_no_cache(self):
        self.origin.once("GET", "/a/", respond(200, b"a", ("Cache-Control", "no-cache"), ("ETag", '"1"')))
        self.client.get("/a/")
        for _ in range(3):
            self.origin.once("GET", "/a/", not_modified(("ETag", '"1"'), ("Date", http_date())))
            self.assert_forwarded(self.client.get("/a/"), "stale", b"a")

    def test_by_the_request_refreshes_what_is_stored(self):
        self.store(("ETag", '"1"'), date=-30)
        self.origin.once("GET", "/a/", not_modified(("ETag", '"1"'), ("Date", http_date())))
        self.assert_forwarded(self.client.get("/a/", cache_control="max-age=0"), "request", b"old")
        hit = self.client.get("/a/")
        self.assert_hit(hit, b"old")
        self.assertLess(hit.age, 20)

    def test_of_the_head_of_a_stored_get_never_confirms_it(self):
        """A HEAD without validators and with equal length says nothing of the content (S7)."""
        self.store(body=b"old")
        self.origin.once("HEAD", "/a/", respond(200, b"", ("Cache-Control", "max-age=60")))
        self.client.head("/a/")
        self.origin.once("GET", "/a/", ok(b"new", max_age=60))
        self.assert_body(self.client.get("/a/"), 200, b"new")


    def test_that_succeeds_takes_a_new_content_type(self):
        self.store(("ETag", '"1"'), ("Content-Type", "text/plain"))
        self.origin.once("GET", "/a/", not_modified(("ETag", '"1"'), ("Date", http_date()), ("Content-Type", "application/json"), ("Content-Encoding", "gzip")))
        for _ in range(2):
            response = self.client.get("/a/")
            self.assert_body(response, 200, b"old")
            self.assertEqual((response.header("content-type"), response.header("content-encoding")), ("application/json", None))

    def test_that_sets_a_cookie_sets_it_for_who_asked_alone(self):
        self.store(("ETag", '"1"'))
        self.origin.once("GET", "/a/", not_modified(("ETag", '"1"'), ("Date", http_date()), ("Set-Cookie", "session=1")))
        self.assertEqual(self.client.get("/a/").header("set-cookie"), "session=1")
        hit = self.client.get("/a/")
        self.assert_hit(hit, b"old")
        self.assertIsNone(hit.header("set-cookie"))


class ValidationWhereCookiesAreShared(Scenario):
    arguments = ("--set", "set_cookie=share")

    def test_takes_the_cookie_of_the_304(self):
        self.origin.once("GET", "/", ok(b"a", ("ETag", '"1"'), ("Set-Cookie", "a=1"), max_age=60, date=-100))
        self.client.get("/")
        self.origin.once("GET", "/", not_modified(("ETag", '"1"'), ("Date", http_date()), ("Set-Cookie", "a=2")))
        for _ in range(2):
            response = self.client.get("/")
            self.assert_body(response, 200, b"a")
            self.assertEqual(response.all("set-cookie"), ["a=2"])


class AfterAWrite(Scenario):
    def store_and_write(self, *fields, date=True):
        self.origin.once("GET", "/a/", ok(b"old", *fields, max_age=600, date=date))
        self.origin.once("PUT", "/a/", ok(b""))
        self.client.get("/a/")
        self.assert_hit(self.client.get("/a/"), b"old")
        self.client.put("/a/")

    def test_a_strong_etag_confirms_what_was_stored(self):
        self.store_and_write(("ETag", '"1"'))
        self.origin.once("GET", "/a/", not_modified(("ETag", '"1"'), ("Date", http_date())))
        self.assert_forwarded(self.client.get("/a/"), "stale", b"old")
        self.assert_hit(self.client.get("/a/"), b"old")

    def test_a_weak_etag_is_not_asked_about(self):
        self.store_and_write(("ETag", 'W/"1"'))
        self.origin.once("GET", "/a/", ok(b"new", max_age=60))
        self.assert_body(self.client.get("/a/"), 200, b"new")
        self.assertIsNone(self.origin.last().header("if-none-match"))

    def test_a_last_modified_of_the_same_second_is_not_asked_about(self):
        now = http_date()
        self.store_and_write(("Last-Modified", now), date=now)
        self.origin.once("GET", "/a/", ok(b"new", max_age=60))
        self.assert_body(self.client.get("/a/"), 200, b"new")
        self.assertIsNone(self.origin.last().header("if-modified-since"))

    def test_a_last_modified_well_before_the_date_confirms(self):
        self.store_and_write(("Last-Modified", http_date(-1000)))
        self.origin.once("GET", "/a/", not_modified(("Date", http_date())))
        self.assert_forwarded(self.client.get("/a/"), "stale", b"old")
        self.assert_hit(self.client.get("/a/"), b"old")

    def test_without_validators_all_of_it_is_fetched(self):
        self.store_and_write()
        self.origin.once("GET", "/a/", ok(b"new", max_age=60))
        self.assert_body(self.client.get("/a/"), 200, b"new")
        asked = self.origin.last()
        self.assertIsNone(asked.header("if-none-match"))
        self.assertIsNone(asked.header("if-modified-since"))

    def test_a_304_that_names_another_etag_does_not_confirm(self):
        self.store_and_write(("ETag", '"1"'))
        self.origin.once("GET", "/a/", not_modified(("ETag", '"2"')), ok(b"new", ("ETag", '"2"'), max_age=60))
        self.assert_body(self.client.get("/a/"), 200, b"new")

    def test_nothing_of_it_is_a_client_told_to_have(self):
        """No 304 of our own out of what a write has ended (S4)."""
        self.store_and_write(("ETag", '"1"'))
        self.origin.once("GET", "/a/", ok(b"new", ("ETag", '"2"'), max_age=60))
        self.assert_body(self.client.get("/a/", if_none_match='"1"'), 200, b"new")

    def test_nothing_of_it_answers_a_head(self):
        self.store_and_write(("ETag", '"1"'))
        self.origin.once("HEAD", "/a/", respond(200, b"", ("ETag", '"2"')))
        self.assertEqual(self.client.head("/a/").header("etag"), '"2"')

    def test_nothing_of_it_is_served_stale(self):
        for control in ("max-stale=1000", "stale-if-error=1000"):
            with self.subTest(control):
                self.store_and_write(("Cache-Control", "stale-while-revalidate=600, stale-if-error=600"))
                self.origin.once("GET", "/a/", respond(503, b"down"))
                self.assertEqual(self.client.get("/a/", cache_control=control).status, 503)

    def test_a_304_asked_for_before_a_second_write_does_not_outlive_it(self):
        self.store_and_write(("ETag", '"1"'))
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", [gate, not_modified(("ETag", '"1"'), ("Date", http_date()))])
        asking = self.in_background(self.client.get, "/a/")
        gate.wait_for_arrivals()
        self.origin.once("PUT", "/a/", ok(b""))
        self.client.put("/a/")
        gate.open()
        self.assert_body(asking.result(), 200, b"old")  # sent before the write: either is right
        self.origin.once("GET", "/a/", ok(b"new", ("ETag", '"2"'), max_age=60))
        self.assert_body(self.client.get("/a/"), 200, b"new")


class OfSeveralThatARequestWouldChoose(Scenario):
    """RFC 9111 4.3.4: a 304 with a strong ETag freshens every stored response of the key that has it and that the request's fields choose."""

    def store(self, vary, etag, body, **headers):
        self.origin.once("GET", "/a/", ok(body, ("ETag", etag), ("Vary", vary), max_age=60, date=-100))
        self.client.get("/a/", **headers)

    def test_all_that_have_its_etag_are_fresh_again(self):
        self.store("Accept", '"1"', b"one", accept="a", accept_language="en")
        self.store("Accept-Language", '"1"', b"one", accept="b", accept_language="de")
        # This one would have either: by Accept what the first stored, by Accept-Language what the second did.
        self.origin.once("GET", "/a/", respond(304, b"", ("ETag", '"1"'), ("X-Version", "two"), ("Cache-Control", "max-age=600")))
        self.assert_body(self.client.get("/a/", accept="a", accept_language="de"), 200, b"one")
        for headers in ({"accept": "a", "accept_language": "en"}, {"accept": "b", "accept_language": "de"}):
            with self.subTest(headers):
                hit = self.client.get("/a/", **headers)
                self.assert_hit(hit, b"one")
                self.assertEqual(hit.header("x-version"), "two")

    def test_others_are_left_as_they_are(self):
        self.store("Accept", '"1"', b"one", accept="a", accept_language="en")
        self.store("Accept-Language", '"2"', b"two", accept="b", accept_language="de")
        self.origin.once("GET", "/a/", respond(304, b"", ("ETag", '"2"'), ("Cache-Control", "max-age=600")))
        self.assert_body(self.client.get("/a/", accept="a", accept_language="de"), 200, b"two")
        self.origin.once("GET", "/a/", ok(b"new", ("ETag", '"3"'), ("Vary", "Accept"), max_age=60))
        self.assert_body(self.client.get("/a/", accept="a", accept_language="en"), 200, b"new")

    def test_a_weak_etag_names_nothing_that_was_not_asked_about(self):
        """S5: what a write ended would live again by the Last-Modified that was never sent."""
        old = http_date(-1000)
        self.origin.once("GET", "/a/", ok(b"old", ("ETag", 'W/"x"'), ("Last-Modified", old), ("Vary", "Accept-Language"), max_age=60))
        self.client.get("/a/", accept="b", accept_language="de")
        self.origin.once("PUT", "/a/", ok(b""))
        self.client.put("/a/")
        self.origin.once("GET", "/a/", ok(b"new", ("ETag", '"x"'), ("Vary", "Accept"), max_age=60))
        self.client.get("/a/", accept="a", accept_language="de")
        self.origin.once("GET", "/a/", respond(304, b"", ("ETag", 'W/"x"'), ("Cache-Control", "max-age=60")), ok(b"new", ("ETag", '"x"'), ("Vary", "Accept"), max_age=60))
        self.client.get("/a/", accept="a", accept_language="de", cache_control="no-cache")
        self.origin.always("GET", "/a/", ok(b"new", ("ETag", '"x"'), ("Vary", "Accept"), max_age=60))
        self.assert_body(self.client.get("/a/", accept="c", accept_language="de"), 200, b"new")

    def test_that_is_taken_back_by_the_304_is_gone(self):
        """It says no-store now: what was stored serves nobody any more."""
        self.origin.once("GET", "/a/", ok(b"old", ("ETag", '"1"'), max_age=60))
        self.client.get("/a/")
        self.origin.once("GET", "/a/", respond(304, b"", ("ETag", '"1"'), ("Cache-Control", "no-store")))
        self.assert_body(self.client.get("/a/", cache_control="no-cache"), 200, b"old")
        self.origin.once("GET", "/a/", ok(b"new", max_age=60))
        self.assert_body(self.client.get("/a/"), 200, b"new")


class AClientsOwnCondition(Scenario):
    def store(self, *fields):
        self.origin.once("GET", "/", ok(b"content", *fields, max_age=60))
        self.client.get("/")

    def test_is_answered_304_out_of_the_store(self):
        self.store(("ETag", '"1"'), ("X-App", "kept"))
        response = self.client.get("/", if_none_match='"0", "1"')
        self.assert_hit(response, b"")
        self.assertEqual((response.status, response.header("etag"), response.header("content-length")), (304, '"1"', None))
        self.assertIsNotNone(response.header("date"))
        self.assertIsNotNone(response.header("cache-control"))

    def test_is_answered_304_weakly_compared(self):
        self.store(("ETag", 'W/"1"'))
        self.assertEqual(self.client.get("/", if_none_match='"1"').status, 304)
        self.assertEqual(self.client.get("/", if_none_match="*").status, 304)

    def test_is_answered_200_where_the_client_has_something_else(self):
        self.store(("ETag", '"1"'))
        self.assert_hit(self.client.get("/", if_none_match='"2"'), b"content")

    def test_is_answered_304_by_date(self):
        modified = http_date(-1000)
        self.store(("Last-Modified", modified))
        self.assertEqual(self.client.get("/", if_modified_since=modified).status, 304)
        self.assertEqual(self.client.get("/", if_modified_since=http_date(-2000)).status, 200)

    def test_by_date_does_not_count_beside_an_etag(self):
        self.store(("ETag", '"1"'), ("Last-Modified", http_date(-1000)))
        self.assertEqual(self.client.get("/", if_none_match='"2"', if_modified_since=http_date()).status, 200)

    def test_by_an_etag_counts_whatever_the_date_says(self):
        """RFC 9110 13.2.2"""
        self.store(("ETag", '"1"'), ("Last-Modified", http_date(-1000)))
        response = self.client.get("/", if_none_match='"1"', if_modified_since=http_date(-10000))
        self.assert_hit(response, b"")
        self.assertEqual(response.status, 304)

    def test_is_answered_304_by_a_fill_as_well(self):
        self.origin.once("GET", "/", ok(b"content", ("ETag", '"1"'), max_age=60))
        response = self.client.get("/", if_none_match='"1"')
        self.assertEqual((response.status, response.body), (304, b""))
        self.assert_hit(self.client.get("/"), b"content")

    def test_on_what_is_never_stored_is_left_to_the_origin(self):
        private = respond(200, b"mine", ("Cache-Control", "private"), ("ETag", '"1"'))
        self.origin.once("GET", "/", private)
        self.assertIn(self.client.get("/", if_none_match='"1"').status, (200, 304))
        self.origin.once("GET", "/", not_modified(("ETag", '"1"'), ("Cache-Control", "private")), private)
        self.assertEqual(self.client.get("/", if_none_match='"1"').status, 304)
        self.assertEqual(self.origin.last().header("if-none-match"), '"1"')
        self.assert_body(self.client.get("/", if_none_match='"2"'), 200, b"mine")

    def test_of_a_head_is_answered_304(self):
        self.store(("ETag", '"1"'))
        self.assertEqual(self.client.head("/", if_none_match='"1"').status, 304)

    def test_leaves_the_connection_ready_for_the_next_request(self):
        self.store(("ETag", '"1"'))
        with self.client.connect() as connection:
            for _ in range(3):
                self.assertEqual(connection.get("/", if_none_match='"1"').status, 304)
                self.assert_hit(connection.get("/"), b"content")

    def test_of_the_unsafe_kind_goes_to_the_origin(self):
        self.store(("ETag", '"1"'))
        self.origin.once("GET", "/", respond(412, b""))
        self.assertEqual(self.client.get("/", if_match='"2"').status, 412)


if __name__ == "__main__":
    unittest.main()
