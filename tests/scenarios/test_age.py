"""How old a response says that it is, and for how long it is fresh (RFC 9111 4.2)."""

import unittest

from harness import Scenario, ok, respond


class Age(Scenario):
    def ages(self, *fields, max_age=600, date=True):
        """Age and ttl of a hit on a response with these fields."""
        self.origin.once("GET", "/", ok(b"a", *fields, max_age=max_age, date=date))
        self.client.get("/")
        hit = self.client.get("/")
        self.assert_hit(hit)
        return hit.age, hit.cache_status.ttl

    def assert_near(self, pair, age, ttl):
        """Within a few seconds, which a slow machine may need."""
        self.assertTrue(age <= pair[0] <= age + 5, pair)
        self.assertEqual(pair[0] + pair[1], age + ttl)

    def test_begins_at_nothing(self):
        self.assert_near(self.ages(), 0, 600)

    def test_counts_on_from_the_age_that_the_origin_told(self):
        self.assert_near(self.ages(("Age", "100")), 100, 500)

    def test_counts_from_a_date_in_the_past(self):
        self.assert_near(self.ages(date=-200), 200, 400)

    def test_is_the_greater_of_the_age_told_and_of_the_date(self):
        self.assert_near(self.ages(("Age", "300"), date=-200), 300, 300)

    def test_is_never_negative(self):
        self.assert_near(self.ages(date=500), 0, 600)

    def test_is_told_once_where_the_origin_told_one(self):
        self.origin.once("GET", "/", ok(b"a", ("Age", "100"), max_age=600))
        for _ in range(2):
            self.assertEqual(len(self.client.get("/").all("age")), 1)

    def test_of_a_miss_is_not_told_unless_the_origin_did(self):
        self.origin.once("GET", "/", ok(b"a", max_age=600))
        self.assertIsNone(self.client.get("/").age)

    def test_is_at_the_end_of_freshness_no_longer_fresh(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60, date=-61), ok(b"b", max_age=60))
        self.client.get("/")
        self.assert_forwarded(self.client.get("/"), "stale", b"b")


class Freshness(Scenario):
    def ttl_of(self, *fields, date=True, target="/"):
        self.origin.once("GET", target, respond(200, b"a", *fields, date=date))
        return self.client.get(target).cache_status.ttl

    def test_comes_from_s_maxage_before_max_age(self):
        self.assertIn(self.ttl_of(("Cache-Control", "max-age=5, s-maxage=500")), range(495, 501))

    def test_comes_from_max_age_before_expires(self):
        self.assertIn(self.ttl_of(("Cache-Control", "max-age=500"), ("Expires", "Thu, 01 Jan 1970 00:00:00 GMT")), range(495, 501))

    def test_comes_from_expires(self):
        self.assertIn(self.ttl_of(("Expires", "Fri, 01 Jan 2100 00:00:00 GMT")), range(10**9, 4 * 10**9))

    def test_comes_from_expires_in_any_case(self):
        """RFC 9111 4.2: dates are matched without regard to case."""
        for number, date in enumerate(("FRI, 01 jan 2100 00:00:00 gMT", "tHURSDAY, 01-JAN-70 00:00:00 gmt", "fri JAN  1 00:00:00 2100")):
            with self.subTest(date):
                self.assertIn(self.ttl_of(("Expires", date), target=f"/{number}"), range(10**8, 4 * 10**9))


class MaxStaleAndItsLike(Scenario):
    def store(self, date, control="max-age=60"):
        self.origin.once("GET", "/", respond(200, b"old", ("Cache-Control", control), date=date))
        self.client.get("/")

    def test_max_stale_takes_what_is_stale_so_long(self):
        self.store(date=-100)
        hit = self.client.get("/", cache_control="max-stale=1000")
        self.assert_hit(hit, b"old")
        self.assertLess(hit.cache_status.ttl, 0)

    def test_max_stale_does_not_take_what_is_stale_for_longer(self):
        self.store(date=-100)
        self.origin.once("GET", "/", ok(b"new"))
        self.assert_forwarded(self.client.get("/", cache_control="max-stale=10"), "stale", b"new")

    def test_max_stale_gives_way_to_must_revalidate(self):
        self.store(date=-100, control="max-age=60, must-revalidate")
        self.origin.once("GET", "/", ok(b"new"))
        self.assert_forwarded(self.client.get("/", cache_control="max-stale=1000"), "stale", b"new")

    def test_max_age_refuses_what_is_older(self):
        self.store(date=-30)
        self.assert_hit(self.client.get("/", cache_control="max-age=59"), b"old")
        self.origin.once("GET", "/", ok(b"new", max_age=60))
        self.assert_forwarded(self.client.get("/", cache_control="max-age=10"), "request", b"new")

    def test_min_fresh_refuses_what_is_soon_stale(self):
        self.store(date=-30)
        self.assert_hit(self.client.get("/", cache_control="min-fresh=5"), b"old")
        self.origin.once("GET", "/", ok(b"new", max_age=60))
        self.assert_forwarded(self.client.get("/", cache_control="min-fresh=55"), "request", b"new")


if __name__ == "__main__":
    unittest.main()
