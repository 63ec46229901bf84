"""How long what is stored stays past its freshness: as a validator for the time of `stale.keep`, then not at all."""

import time
import unittest

from harness import Scenario, not_modified, ok

KEEP = """
memory: {sweep: 1s}
routes:
  - {path: /short/, stale: {keep: 1s}}
  - {path: /graced/, stale: {if_error: 200s, keep: 0s}}
  - {path: /none/, stale: {keep: 0s}}
"""


def parts_that_are_missing(exchange):
    """Of "abcd", whose "cd" is there."""
    exchange.play([b"HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\nContent-Range: bytes 0-1/4\r\nETag: \"1\"\r\nCache-Control: max-age=60\r\n\r\nab"])


class WhatIsStale(Scenario):
    config = KEEP
    tag = ("ETag", '"1"')

    def store(self, target, *fields):
        """Stale for 40 s when it comes."""
        self.origin.once("GET", target, ok(b"old", self.tag, *fields, max_age=60, date=-100))
        self.client.get(target)

    def assert_validates(self, target):
        self.origin.once("GET", target, not_modified(self.tag))
        self.assert_forwarded(self.client.get(target), "stale", b"old")
        self.assertEqual(self.origin.last().header("if-none-match"), '"1"')

    def assert_is_gone(self, target):
        self.origin.once("GET", target, ok(b"new", max_age=60))
        self.assert_forwarded(self.client.get(target), "uri-miss", b"new")
        self.assertIsNone(self.origin.last().header("if-none-match"))

    def test_is_asked_about_where_nothing_else_is_said(self):
        self.store("/other/")
        self.assert_validates("/other/")

    def test_is_as_if_it_had_never_been_stored_after_its_time(self):
        self.store("/short/")
        time.sleep(1.1)
        self.assert_is_gone("/short/")

    def test_is_kept_while_it_may_answer_for_a_failing_origin(self):
        self.store("/graced/")
        self.assert_validates("/graced/")

    def test_is_kept_for_the_time_that_it_names_itself(self):
        self.store("/none/", ("Cache-Control", "stale-if-error=200"))
        self.assert_validates("/none/")

    def test_must_never_be_used_so_gains_no_time_by_what_the_route_allows(self):
        self.store("/graced/", ("Cache-Control", "must-revalidate"))
        self.assert_is_gone("/graced/")

    def test_leaves_memory_though_nobody_asks_for_it(self):
        self.origin.once("GET", "/none/", ok(b"old", ("Vary", "Accept-Language"), max_age=1, date=False))  # the second of a Date may be over when it comes
        self.client.get("/none/")
        self.store("/other/")
        self.proxy.wait_for_metric("sidecache_memory_expirations_total", 2)  # the variant and the mark that leads to it
        self.assertEqual(self.proxy.metric("sidecache_memory_entries"), 1)

    def test_and_cannot_be_used_at_all_is_not_said_to_be_stored(self):
        self.origin.once("GET", "/none/", ok(b"old", self.tag, ("Cache-Control", "no-cache")))
        response = self.client.get("/none/")
        self.assertEqual((response.cache_status.stored, response.cache_status.detail), (False, "no-freshness"))

    def test_takes_its_parts_along(self):
        self.origin.once("GET", "/short/", [b"HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\nContent-Range: bytes 0-1/4\r\nETag: \"1\"\r\nAge: 71\r\nCache-Control: max-age=60\r\n\r\nab"])
        self.assertTrue(self.client.get("/short/", range="bytes=0-1").cache_status.stored)
        time.sleep(1.1)
        self.origin.once("GET", "/short/", [b"HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\nContent-Range: bytes 2-3/4\r\nETag: \"1\"\r\nCache-Control: max-age=60\r\n\r\ncd"])
        self.assert_forwarded(self.client.get("/short/", range="bytes=2-3"), "uri-miss", b"cd")
        self.assertEqual(self.proxy.metric("sidecache_parts_total", result="completed"), 0)
        self.origin.once("GET", "/short/", parts_that_are_missing)
        self.assert_body(self.client.get("/short/"), 200, b"abcd")
        self.assertEqual(self.origin.last().header("range"), "bytes=0-1")


if __name__ == "__main__":
    unittest.main()
