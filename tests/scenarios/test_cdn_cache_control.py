"""CDN-Cache-Control: the origin's word for caches like this one, before Cache-Control and Expires (RFC 9213)."""

import unittest

from harness import Scenario, http_date, not_modified, ok, respond

FRESH = ("Cache-Control", "max-age=600")
NO_STORE = ("Cache-Control", "no-store")


class CdnCacheControl(Scenario):
    def ask(self, targeted, *fields, target="/", date=True):
        """The answer to the first request, which has the field."""
        self.origin.once("GET", target, respond(200, b"one", ("CDN-Cache-Control", targeted), *fields, date=date))
        return self.client.get(target)

    def assert_fresh_for(self, seconds, targeted, *fields, target="/", date=True):
        """Within a few seconds, which a slow machine may need."""
        self.assertTrue(self.ask(targeted, *fields, target=target, date=date).cache_status.stored)
        hit = self.client.get(target)
        self.assert_hit(hit, b"one")
        self.assertTrue(seconds - 5 <= hit.cache_status.ttl <= seconds, hit)

    def assert_not_reused(self, targeted, *fields, target="/", date=True, detail=None):
        first = self.ask(targeted, *fields, target=target, date=date)
        if detail is not None:
            self.assertEqual((first.cache_status.stored, first.cache_status.detail), (False, detail))
        self.origin.once("GET", target, respond(200, b"two", NO_STORE))
        self.assert_body(self.client.get(target), 200, b"two")

    # Its own freshness (RFC 9111 4.2.1).

    def test_makes_a_response_fresh(self):
        self.assert_fresh_for(3600, "max-age=3600")

    def test_takes_a_lifetime_that_is_too_long_for_the_longest_there_is(self):
        """RFC 9111 1.2.2: 2^31 seconds stand for all that are more."""
        for text in ("2147483648", "99999999999"):
            with self.subTest(text):
                self.assert_fresh_for(2**31, f"max-age={text}", target=f"/{text}")

    def test_counts_against_the_age_that_the_origin_told(self):
        self.assert_fresh_for(2400, "max-age=3600", ("Age", "1200"), target="/young")
        self.assert_not_reused("max-age=3600", ("Age", "7200"), target="/old")

    def test_of_no_lifetime_is_not_reused(self):
        self.assert_not_reused("max-age=0", target="/alone")
        self.assert_not_reused("max-age=0", ("Expires", http_date(10000)), target="/expires")

    def test_counts_beside_a_directive_that_nobody_knows(self):
        self.assert_fresh_for(3600, "foobar, max-age=3600")

    # Before the others (RFC 9213 2.2).

    def test_stands_before_a_shorter_cache_control(self):
        self.assert_fresh_for(3600, "max-age=3600", ("Cache-Control", "max-age=1"))

    def test_stands_before_a_longer_cache_control(self):
        self.assert_not_reused("max-age=60", ("Cache-Control", "max-age=3600"), date=-100)

    def test_stands_before_expires(self):
        for number, expires in enumerate((http_date(-10000), "0")):
            with self.subTest(expires):
                self.assert_fresh_for(3600, "max-age=3600", ("Expires", expires), target=f"/{number}")

    def test_forbids_what_the_others_allow(self):
        for directive in ("private", "no-store"):
            with self.subTest(directive):
                self.assert_not_reused(directive, FRESH, ("Expires", http_date(600)), target=f"/{directive}", detail=directive)
        self.assert_not_reused("no-cache", FRESH, ("Expires", http_date(600)), target="/no-cache")

    def test_with_no_cache_is_validated_at_each_request(self):
        self.ask("no-cache", FRESH, ("ETag", '"1"'))
        for _ in range(2):
            self.origin.once("GET", "/", not_modified(("ETag", '"1"'), ("CDN-Cache-Control", "no-cache"), ("Date", http_date())))
            self.assert_forwarded(self.client.get("/"), "stale", b"one")
            self.assertEqual(self.origin.last().header("if-none-match"), '"1"')

    def test_allows_what_cache_control_forbids(self):
        self.assert_fresh_for(3600, "max-age=3600", NO_STORE)

    # A structured field, or nothing (RFC 9213 2.1, RFC 8941 3.2).

    def test_that_is_no_dictionary_says_nothing(self):
        for number, text in enumerate(("max-age=10000, &&&&&", "max-age =10000", "max-age= 10000", "MaX-aGe=10000")):
            with self.subTest(text):
                self.assert_fresh_for(600, text, FRESH, target=f"/fresh/{number}")
                self.assert_not_reused(text, NO_STORE, target=f"/no-store/{number}", detail="no-store")
                self.assert_not_reused(text, target=f"/alone/{number}")

    def test_with_a_text_for_a_number_gives_no_freshness(self):
        self.assert_not_reused('max-age="10000"', NO_STORE)

    # To the client.

    def test_is_passed_on(self):
        """RFC 9111 5.2: to whoever it concerns behind us."""
        self.assertEqual(self.ask("foo, max-age=600").header("cdn-cache-control"), "foo, max-age=600")
        hit = self.client.get("/")
        self.assert_hit(hit, b"one")
        self.assertEqual(hit.header("cdn-cache-control"), "foo, max-age=600")

    def test_reused_past_the_clients_own_freshness_tells_its_age_and_the_dates_of_the_origin(self):
        """RFC 9111 4 and 5.1: so that the client can tell that it is stale to it; RFC 9110 6.6.1: Date is when the origin made it."""
        date, expires = http_date(-100), http_date(-99)
        self.ask("max-age=10000", ("Cache-Control", "max-age=1"), ("Expires", expires), date=date)
        hit = self.client.get("/")
        self.assert_hit(hit, b"one")
        self.assertIn(hit.age, range(100, 111))
        self.assertEqual((hit.header("date"), hit.header("expires"), hit.header("cache-control")), (date, expires, "max-age=1"))


class SidecacheCacheControl(Scenario):
    """Our own name comes before that of all CDNs (RFC 9213 2.1: the target list goes from the most to the least specific)."""

    def ask(self, number, own, *fields):
        target = f"/{number}"
        self.origin.once("GET", target, respond(200, b"one", ("Sidecache-Cache-Control", own), ("CDN-Cache-Control", "max-age=7"), *fields))
        self.client.get(target)
        return target

    def test_counts_before_the_others(self):
        for number, (own, ttl) in enumerate((("max-age=60", 60), ("max-age=60 60", 7))):  # what does not parse is ignored (RFC 9213 2.2)
            hit = self.client.get(self.ask(number, own, FRESH))
            self.assert_hit(hit, b"one")
            self.assertTrue(ttl - 5 <= hit.cache_status.ttl <= ttl, hit)

    def test_forbids_what_the_others_allow(self):
        target = self.ask(0, "no-store", FRESH)
        self.origin.once("GET", target, respond(200, b"two", NO_STORE))
        self.assert_body(self.client.get(target), 200, b"two")


if __name__ == "__main__":
    unittest.main()
