"""Which query strings are one and the same to the cache."""

import unittest

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
