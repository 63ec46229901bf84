"""Which query strings are one and the same to the cache."""

import json
import unittest
from urllib.parse import urlencode

from harness import Scenario, ok, respond


class Keys(Scenario):
    config = """
keys:
  drop: [utm_*, fbclid]
  defaults: {page: 1, ordering: name}
  clamp: {page_size: 100}
"""

    def assert_same(self, first, *others):
        self.origin.once("GET", first, ok(b"one", max_age=60))
        self.assert_forwarded(self.client.get(first), "uri-miss", b"one")
        for other in others:
            self.assert_hit(self.client.get(other), b"one")

    def assert_different(self, *targets):
        for target in targets:
            self.origin.once("GET", target, ok(target.encode(), max_age=60))
            self.assert_forwarded(self.client.get(target), "uri-miss", target)
        for target in targets:
            self.assert_hit(self.client.get(target), target)


class TheQuery(Keys):
    def test_is_sorted_by_name(self):
        self.assert_same("/d/?b=2&a=1", "/d/?a=1&b=2")

    def test_reaches_the_origin_as_it_came(self):
        self.assert_same("/d/?b=2&utm_source=x&a=1&page=1&page_size=500")

    def test_keeps_the_order_of_equal_names(self):
        self.assert_different("/d/?a=1&a=2", "/d/?a=2&a=1")

    def test_loses_the_parameters_that_change_no_answer(self):
        self.assert_same("/d/?a=1", "/d/?utm_source=mail&a=1", "/d/?a=1&fbclid=x&utm_medium=y")

    def test_of_which_nothing_is_left_is_as_good_as_none(self):
        self.assert_same("/d/", "/d/?utm_source=mail", "/d/?page=1", "/d/?ordering=name&page=1")

    def test_loses_parameters_with_their_default(self):
        self.assert_same("/d/?a=1", "/d/?page=1&a=1")

    def test_keeps_parameters_with_another_value(self):
        self.assert_different("/d/?page=2", "/d/?page=3", "/d/?page=01", "/d/")

    def test_clamps_numbers(self):
        self.assert_same("/d/?page_size=100", "/d/?page_size=101", "/d/?page_size=100000")

    def test_keeps_numbers_under_the_clamp(self):
        self.assert_different("/d/?page_size=99", "/d/?page_size=100", "/d/?page_size=many")

    def test_tells_an_escaped_separator_from_a_separator(self):
        self.assert_different("/d/?a=1%26b=2", "/d/?a=1&b=2", "/d/?a=1%3Db")

    def test_tells_a_name_without_value_from_none(self):
        self.assert_different("/d/?a", "/d/")


class OfARoute(Keys):
    """What a route says of its queries is added to what is said of all."""
    config = """
keys: {drop: [utm_*], defaults: {page: 1}, clamp: {page_size: 100}}
routes:
  - {path: /zero/, keys: {drop: [from], defaults: {page: 0, ordering: name}}}
  - {path: /few/, keys: {clamp: {page_size: 10, offset: 1000}}}
  - {path: "/search/{rest...}", keys: {drop: [trace]}}
"""

    def test_parameters_lose_the_defaults_of_that_route(self):
        self.assert_same("/zero/", "/zero/?page=0", "/zero/?page=0&ordering=name", "/zero/?ordering=name")
        self.assert_different("/few/?page=0", "/few/?ordering=name", "/few/")
        self.assert_different("/other/?page=0", "/other/?ordering=name", "/other/")

    def test_a_default_replaces_that_of_all_routes(self):
        self.assert_different("/zero/?page=1", "/zero/")
        self.assert_same("/few/", "/few/?page=1")
        self.assert_same("/other/", "/other/?page=1")

    def test_numbers_are_clamped_by_that_route(self):
        self.assert_same("/few/?page_size=10", "/few/?page_size=11", "/few/?page_size=100", "/few/?page_size=5000")
        self.assert_same("/few/?offset=1000", "/few/?offset=1001")
        self.assert_different("/few/?page_size=9", "/few/?page_size=8")

    def test_a_clamp_touches_no_other_route(self):
        for path in ("/zero/", "/other/"):
            self.assert_different(*(f"{path}?{query}" for query in ("page_size=10", "page_size=11", "page_size=99", "offset=1000", "offset=1001")))
            self.assert_same(f"{path}?page_size=100", f"{path}?page_size=101")

    def test_parameters_are_dropped_beside_those_that_all_routes_drop(self):
        self.assert_same("/zero/?q=1", "/zero/?from=mail&q=1", "/zero/?utm_source=x&q=1&from=y")
        self.assert_different("/few/?from=a", "/few/?from=b")

    def test_many_who_ask_for_the_same_in_different_spellings_share_a_fill(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/zero/?page=0", [gate, ok(b"for all", max_age=60)])
        leader = self.in_background(self.client.get, "/zero/?page=0")
        gate.wait_for_arrivals()
        followers = [self.in_background(self.client.get, target) for target in ("/zero/", "/zero/?ordering=name", "/zero/?from=x&page=0")]
        self.proxy.wait_for_metric("sidecache_fill_waiting", 1 + len(followers))
        gate.open()
        self.assert_forwarded(leader.result(), "uri-miss", b"for all")
        for follower in followers:
            self.assert_body(follower.result(), 200, b"for all")
            self.assertTrue(follower.result().cache_status.collapsed, follower.result())

    def test_a_query_with_content_is_keyed_by_it_too(self):
        self.origin.once("QUERY", "/search/?trace=1", ok(b"found", max_age=60))
        self.origin.once("QUERY", "/few/?trace=1", ok(b"one", max_age=60))
        self.origin.once("QUERY", "/few/?trace=2", ok(b"two", max_age=60))

        def ask(target):
            return self.client.request("QUERY", target, [("Content-Type", "application/json")], b"{}")

        self.assert_forwarded(ask("/search/?trace=1"), "uri-miss", b"found")
        self.assert_hit(ask("/search/?trace=2"), b"found")
        self.assert_forwarded(ask("/few/?trace=1"), "uri-miss", b"one")
        self.assert_forwarded(ask("/few/?trace=2"), "uri-miss", b"two")

    def test_a_write_invalidates_what_is_stored_whatever_its_query_was(self):
        self.origin.once("GET", "/zero/?page=0", ok(b"old", max_age=60))
        self.origin.once("POST", "/zero/?page=7", respond(201))
        self.origin.once("GET", "/zero/?ordering=name", ok(b"new", max_age=60))
        self.client.get("/zero/?page=0")
        self.client.request("POST", "/zero/?page=7", body=b"{}")
        self.assert_forwarded(self.client.get("/zero/?ordering=name"), "stale", b"new")
        self.assert_hit(self.client.get("/zero/"), b"new")

    def test_an_explanation_goes_by_it(self):
        self.origin.once("GET", "/zero/?page=0", ok(b"a", max_age=60))
        self.client.get("/zero/?page=0")

        def ask(target):
            told = json.loads(self.proxy.admin("/explain?" + urlencode({"url": target, "host": "test"})).body)
            return told["would"], told["key"]["text"]

        self.assertEqual(ask("/zero/?ordering=name&from=x"), ("hit", "GET origin test /zero/"))
        self.assertEqual(ask("/zero/?page=1"), ("fetch", "GET origin test /zero/?page=1"))
        self.assertEqual(ask("/few/?page=1&page_size=50&from=x"), ("fetch", "GET origin test /few/?from=x&page_size=10"))
        self.assertEqual(ask("/other/?page=1&page_size=50&from=x"), ("fetch", "GET origin test /other/?from=x&page_size=50"))


class ThePath(Keys):
    def test_is_one_whatever_the_spelling_of_its_escapes(self):
        self.assert_same("/doctors/5/", "/%64octors/5/")

    def test_tells_a_slash_at_the_end_from_none(self):
        self.assert_different("/doctors/5/", "/doctors/5")

    def test_tells_doubled_slashes_parameters_and_escaped_slashes_apart(self):
        self.assert_different("/doctors/5/", "//doctors/5/", "/doctors//5/", "/doctors;v=1/5/", "/doctors%2F5/")

    def test_with_dot_segments_never_puts_another_answer_in_its_place(self):
        """Many origins do not resolve dots: their 404 of such a path is not that of the path that is meant."""
        for number, detour in enumerate(("/x/../{}/5/", "/{}/./5/", "/{}/x/%2e%2e/5/", "/../{}/5/", "/{}/%2E/5/", "/{}/5/x/..", "/{}/5/.")):
            with self.subTest(detour):
                meant = f"/doctors{number}/5/"
                self.origin.always("GET", meant, ok(b"the doctor", max_age=60))
                self.origin.always("GET", detour.format(f"doctors{number}"), respond(404, b"no such page", ("Cache-Control", "max-age=60")))
                self.client.get(detour.format(f"doctors{number}"))
                self.assert_body(self.client.get(meant), 200, b"the doctor")

    def test_with_broken_escapes_or_above_the_root_is_not_cached(self):
        for target in ("/a%", "/a%z", "/a%zz/", "/%0", "/../a"):
            with self.subTest(target):
                self.origin.once("GET", target, ok(b"a", max_age=60), ok(b"b", max_age=60))
                for body in (b"a", b"b"):
                    self.assert_body(self.client.get(target), 200, body)


class TheHost(Scenario):
    def test_separates_what_is_stored(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60), ok(b"b", max_age=60))
        self.client.request("GET", "/", host="a.example")
        self.client.request("GET", "/", host="b.example")
        self.assert_hit(self.client.request("GET", "/", host="a.example"), b"a")
        self.assert_hit(self.client.request("GET", "/", host="b.example"), b"b")

    def test_is_one_whatever_its_case_and_default_port(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60))
        self.client.request("GET", "/", host="a.example")
        self.assert_hit(self.client.request("GET", "/", host="A.Example:80"), b"a")

    def test_of_a_write_does_not_matter_to_what_it_invalidates(self):
        """Both names lead to one database (S13)."""
        self.origin.once("GET", "/d/5/", ok(b"old", max_age=60), ok(b"new", max_age=60))
        self.origin.once("PUT", "/d/5/", ok(b""))
        self.client.request("GET", "/d/5/", host="a.example")
        self.client.request("PUT", "/d/5/", body=b"{}", host="b.example")
        self.assert_body(self.client.request("GET", "/d/5/", host="a.example"), 200, b"new")


if __name__ == "__main__":
    unittest.main()
