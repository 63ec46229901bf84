"""How long what is stored stays past its freshness: as a validator for the time of `stale.keep`, then not at all."""

import unittest

from harness import Scenario, not_modified, ok

KEEP = """
memory: {sweep: 1s}
routes:
  - {path: /short/, stale: {keep: 10s}}
  - {path: /graced/, stale: {if_error: 200s, keep: 10s}}
  - {path: /none/, stale: {keep: 0s}}
"""


class WhatIsStale(Scenario):
    config = KEEP
    tag = ("ETag", '"1"')

    def store(self, target, age, *fields):
        """Fresh for a minute, and of that age."""
        self.origin.once("GET", target, ok(b"old", self.tag, *fields, max_age=60, date=-age))
        self.client.get(target)

    def assert_validates(self, target):
        self.origin.once("GET", target, not_modified(self.tag))
        self.assert_forwarded(self.client.get(target), "stale", b"old")
        self.assertEqual(self.origin.last().header("if-none-match"), '"1"')

    def assert_is_gone(self, target):
        self.origin.once("GET", target, ok(b"new", max_age=60))
        self.assert_forwarded(self.client.get(target), "uri-miss", b"new")
        self.assertIsNone(self.origin.last().header("if-none-match"))

    def test_is_asked_about_for_as_long_as_it_is_kept(self):
        self.store("/short/", age=65)
        self.assert_validates("/short/")

    def test_is_as_if_it_had_never_been_stored_afterwards(self):
        self.store("/short/", age=71)
        self.assert_is_gone("/short/")

    def test_is_kept_past_the_time_in_which_it_may_answer_for_a_failing_origin(self):
        self.store("/graced/", age=265)
        self.assert_validates("/graced/")
        self.store("/graced/?2", age=271)
        self.assert_is_gone("/graced/?2")

    def test_is_kept_past_the_times_that_it_names_itself(self):
        self.store("/short/", 265, ("Cache-Control", "stale-while-revalidate=200"))
        self.assert_validates("/short/")

    def test_must_never_be_used_stale_gains_no_time_by_those_of_the_route(self):
        self.store("/graced/", 75, ("Cache-Control", "must-revalidate"))
        self.assert_is_gone("/graced/")

    def test_is_kept_for_an_hour_where_nothing_is_said(self):
        self.store("/other/", age=3600 + 55)
        self.assert_validates("/other/")
        self.store("/other/?2", age=3600 + 61)
        self.assert_is_gone("/other/?2")

    def test_leaves_memory_though_nobody_asks_for_it(self):
        self.store("/none/", 61, ("Vary", "Accept-Language"))
        self.store("/other/", 61)
        self.proxy.wait_for_metric("sidecache_memory_expirations_total", 2)  # the variant and the mark that leads to it
        self.assertEqual(self.proxy.metric("sidecache_memory_entries"), 1)

    def test_takes_its_parts_along(self):
        self.origin.once("GET", "/short/", [b"HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\nContent-Range: bytes 0-1/4\r\nETag: \"1\"\r\nAge: 71\r\nCache-Control: max-age=60\r\n\r\nab"])
        self.client.get("/short/", range="bytes=0-1")
        self.origin.once("GET", "/short/", ok(b"abcd", self.tag, max_age=60))
        self.assert_forwarded(self.client.get("/short/"), "uri-miss", b"abcd")
        self.assertIsNone(self.origin.last().header("range"))


if __name__ == "__main__":
    unittest.main()
