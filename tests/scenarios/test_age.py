"""How old a response says that it is, and for how long it is fresh (RFC 9111 4.2)."""

import time
import unittest

from harness import Scenario, ok, respond, wait_until


class Age(Scenario):
    def ages(self, *fields, max_age=600, date=True, target="/"):
        """Age and ttl of a hit on a response with these fields."""
        self.origin.once("GET", target, ok(b"a", *fields, max_age=max_age, date=date))
        self.client.get(target)
        hit = self.client.get(target)
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

    def test_of_a_list_is_its_first_member(self):
        """RFC 9111 5.1, in one line and in two."""
        for number, (lines, age) in enumerate(((["0, 300"], 0), (["0", "300"], 0), (["0, 0"], 0), (["0", "0"], 0), (["300", "300"], 300), (["300, 0"], 300), (["300", "0"], 300))):
            with self.subTest(lines):
                self.assert_near(self.ages(*[("Age", line) for line in lines], target=f"/{number}"), age, 600 - age)

    def test_that_is_no_whole_number_is_ignored(self):
        """RFC 9111 5.1 and 1.2.2: digits and nothing else."""
        for number, text in enumerate(("old", "-7200", "7200.0", "7200;foo=bar", "7200;foo=111")):
            with self.subTest(text):
                self.assert_near(self.ages(("Age", text), target=f"/{number}"), 0, 600)

    def test_of_2_to_the_31_and_more_is_stale(self):
        """RFC 9111 1.2.2"""
        for text in ("2147483647", "2147483648", "2147483649", "99999999999999999999"):
            with self.subTest(text):
                self.origin.once("GET", f"/{text}", ok(b"a", ("Age", text), max_age=3600), ok(b"b", max_age=3600))
                self.client.get(f"/{text}")
                self.assert_forwarded(self.client.get(f"/{text}"), "stale", b"b")

    def test_counts_the_time_that_the_answer_took(self):
        """RFC 9111 4.2.3: the answer may have been made as early as the request was sent."""
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, ok(b"a", max_age=600)])
        asking = self.in_background(self.client.get, "/")
        gate.wait_for_arrivals()
        arrived = time.monotonic()
        wait_until(lambda: time.monotonic() > arrived + 1.2, "more than a second")
        gate.open()
        self.assert_body(asking.result(), 200, b"a")
        hit = self.client.get("/")
        self.assert_hit(hit, b"a")
        self.assert_near((hit.age, hit.cache_status.ttl), 1, 599)

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


    def test_comes_from_expires_in_each_of_the_three_formats(self):
        """RFC 9110 5.6.7, up to the end of 32 bits and beyond."""
        later = time.gmtime(time.time() + 1000)
        for number, form in enumerate(("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y")):
            with self.subTest(form):
                self.assertIn(self.ttl_of(("Expires", time.strftime(form, later)), target=f"/{number}"), range(990, 1001))
        for date in ("Tue, 19 Jan 2038 14:14:08 GMT", "Sun, 21 Nov 2286 04:46:39 GMT"):
            with self.subTest(date):
                self.assertIn(self.ttl_of(("Expires", date), target=f"/{date[-8:-4]}{date[12:16]}"), range(10**6, 10**10))

    def test_is_none_with_an_expires_that_is_no_date(self):
        """RFC 9111 5.3: it counts as in the past; a recipient need not guess (RFC 9110 5.6.7)."""
        wrong = {
            "another zone": "Thu, 18 Aug 2050 02:01:18 UTC",
            "a zone elsewhere": "Thu, 18 Aug 2050 02:01:18 AEST",
            "a year of two digits": "Thu, 18 Aug 50 02:01:18 GMT",
            "no comma": "Thu 18 Aug 2050 02:01:18 GMT",
            "two spaces": "Thu, 18  Aug  2050 02:01:18 GMT",
            "hyphens": "Thu, 18-Aug-2050 02:01:18 GMT",
            "periods": "Thu, 18 Aug 2050 02.01.18 GMT",
            "an hour of one digit": "Thu, 18 Aug 2050 2:01:18 GMT",
        }
        lines = {name: [text] for name, text in wrong.items()} | {"two lines": ["Thu, 18 Aug 2050 02:01:18 GMT"] * 2}
        for name, values in lines.items():
            with self.subTest(name):
                target = "/" + name.replace(" ", "-")
                self.assertIsNone(self.ttl_of(*[("Expires", value) for value in values], target=target))
                self.origin.once("GET", target, ok(b"b", max_age=60))
                self.assert_body(self.client.get(target), 200, b"b")


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
