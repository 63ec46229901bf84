"""`headers.groups: false`: clients hear nothing of groups, which name rows; the cache does as before."""

import unittest

from harness import Scenario, chunked, head, http_date, not_modified, ok, respond, wait_until

GROUPS = [("Cache-Groups", '"patient-5"'), ("Surrogate-Key", "patient-5"), ("Cache-Tag", "patient-5"), ("xkey", "patient-5")]
NAMES = ("cache-groups", "cache-group-invalidation", "surrogate-key", "cache-tag", "xkey")


class GroupFields(Scenario):
    config = "headers: {groups: false}\nroutes: [{path: /off/, cache: off}, {path: /asks/, clients: revalidate}]"

    def assert_told_nothing(self, response):
        self.assertTrue(response.is_complete, response)
        self.assertEqual([name for name in NAMES if response.header(name) is not None], [], response)
        self.assertEqual(response.header("x-other"), "stays", response)

    def get(self, target, *fields, **headers):
        self.origin.once("GET", target, ok(b"old", *GROUPS, *fields, ("X-Other", "stays"), max_age=600))
        response = self.client.get(target, **headers)
        self.assert_told_nothing(response)
        return response

    def test_are_kept_from_clients_of_what_is_stored(self):
        for target in ("/a/", "/asks/"):
            self.get(target)
            for response in (self.client.get(target), self.client.head(target)):
                self.assert_told_nothing(response)
                self.assertTrue(response.cache_status.hit)

    def test_are_kept_from_clients_of_what_passes(self):
        self.get("/off/")
        self.origin.once("GET", "/a/", respond(200, b"alone", ("Cache-Control", "no-store"), *GROUPS, ("X-Other", "stays")))
        self.assert_told_nothing(self.client.get("/a/"))

    def test_of_a_304_are_kept_from_clients(self):
        tag = ("ETag", '"1"')
        self.get("/a/", tag)
        self.assert_told_nothing(self.client.get("/a/", if_none_match='"1"'))
        self.origin.once("GET", "/a/", not_modified(tag, *GROUPS, ("X-Other", "stays"), ("Date", http_date())))
        self.assert_told_nothing(self.client.get("/a/", cache_control="no-cache"))
        self.assert_told_nothing(self.client.get("/a/"))

    def test_in_trailers_are_kept_from_clients(self):
        body = chunked(b"x", fields=[("Cache-Control", "max-age=600"), ("X-Other", "stays")], trailers=[("Cache-Groups", '"patient-5"'), ("X-Sum", "1")])
        for method in ("GET", "POST"):
            self.origin.once(method, "/a/", body)
            response = self.client.request(method, "/a/", [("TE", "trailers"), ("Connection", "TE")], b"{}" if method == "POST" else None)
            self.assert_told_nothing(response)
            self.assertEqual(response.trailers, [("X-Sum", "1")])

    def test_of_an_answer_to_head_are_kept_from_clients(self):
        for target in ("/a/", "/off/"):
            self.origin.once("HEAD", target, head(200, ("Content-Length", "3"), ("Cache-Control", "max-age=600"), ("Date", http_date()), *GROUPS, ("X-Other", "stays")))
            self.assert_told_nothing(self.client.head(target))

    def test_of_a_part_are_kept_from_clients(self):
        part = respond(206, b"01", ("Content-Range", "bytes 0-1/3"), ("ETag", '"1"'), ("Cache-Control", "max-age=600"), *GROUPS, ("X-Other", "stays"))
        self.origin.once("GET", "/a/", part)
        for _ in range(2):  # as it comes, and out of the store
            response = self.client.get("/a/", range="bytes=0-1")
            self.assertEqual((response.status, response.body), (206, b"01"))
            self.assert_told_nothing(response)
        self.assertEqual(self.origin.count("GET", "/a/"), 1)

    def test_of_what_answers_for_an_origin_that_fails_are_kept_from_clients(self):
        self.origin.once("GET", "/a/", respond(200, b"old", ("Cache-Control", "max-age=60, stale-if-error=600"), *GROUPS, ("X-Other", "stays"), date=-100),
                         respond(503, b"down", *GROUPS))
        self.client.get("/a/")
        response = self.client.get("/a/")
        self.assert_body(response, 200, b"old")
        self.assert_told_nothing(response)

    def test_of_an_interim_response_are_kept_from_clients(self):
        hints = head(103, ("Link", "</style.css>; rel=preload"), *GROUPS, reason="Early Hints")
        for method, target in (("GET", "/a/"), ("GET", "/off/"), ("POST", "/a/")):
            self.origin.once(method, target, [hints, ok(b"new", ("X-Other", "stays"), max_age=60)])
            response = self.client.request(method, target, [], b"{}" if method == "POST" else None)
            self.assert_told_nothing(response)
            self.assertEqual([(each.status, [name for name in NAMES if each.header(name) is not None]) for each in response.interim], [(103, [])])

    def test_count_as_before(self):
        self.get("/a/")
        self.origin.once("PATCH", "/b/", respond(200, b"", ("Cache-Group-Invalidation", '"patient-5"'), ("X-Other", "stays")))
        self.assert_told_nothing(self.client.patch("/b/"))
        self.origin.once("GET", "/a/", ok(b"new", max_age=600))
        self.assert_forwarded(self.client.get("/a/"), "stale", b"new")


class ToldOtherwise(Scenario):
    config = "headers: {groups: true}"

    def test_are_kept_from_clients_of_what_was_stored_before_a_reload_said_so(self):
        self.origin.once("GET", "/a/", ok(b"old", *GROUPS, max_age=600))
        self.client.get("/a/")
        self.origin.always("GET", "/a/", ok(b"new", *GROUPS, max_age=600))
        self.proxy.write_config(GroupFields.config)
        self.proxy.hang_up()
        answer = wait_until(lambda: (response := self.client.get("/a/")).body == b"new" and response, "the new configuration")
        self.assertEqual([name for name in NAMES if answer.header(name) is not None], [])

    def test_are_passed_on_by_default(self):
        self.origin.once("GET", "/a/", ok(b"old", *GROUPS, max_age=600))
        for _ in range(2):
            response = self.client.get("/a/")
            self.assertEqual([response.header(name) for name, _ in GROUPS], [value for _, value in GROUPS])


if __name__ == "__main__":
    unittest.main()
