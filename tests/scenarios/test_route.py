"""Routes of the configuration: whether something is cached, for how long, and under which name it is counted."""

import unittest

from harness import Scenario, ok, respond


class Routes(Scenario):
    config = """
routes:
  - {path: "/api/doctors/{id}/", fresh: 10m}
  - {path: /api/doctors/, fresh: 5m}
  - {path: /api/live/, cache: off}
  - {path: "/api/zero/", fresh: 0}
  - {path: "/api/{rest...}", fresh: 1h}
"""

    def ttl_of(self, target, *fields):
        self.origin.once("GET", target, respond(200, b"a", *fields))
        return self.client.get(target).cache_status.ttl

    def test_replace_the_freshness_of_the_origin(self):
        self.assertIn(self.ttl_of("/api/doctors/5/", ("Cache-Control", "max-age=5")), range(595, 601))
        self.assertIn(self.ttl_of("/api/doctors/"), range(295, 301))
        self.assert_hit(self.client.get("/api/doctors/"), b"a")

    def test_are_tried_in_order(self):
        self.assertIn(self.ttl_of("/api/patients/9/notes/"), range(3595, 3601))

    def test_do_not_replace_no_store_private_and_vary_star(self):
        for number, field in enumerate((("Cache-Control", "no-store"), ("Cache-Control", "private"), ("Vary", "*"))):
            target = f"/api/doctors/{number}/"
            self.origin.once("GET", target, respond(200, b"a", field), respond(200, b"b", field))
            for body in (b"a", b"b"):
                self.assert_body(self.client.get(target), 200, body)

    def test_do_not_make_an_error_of_the_server_fresh(self):
        self.origin.once("GET", "/api/doctors/", respond(500, b"a"), respond(200, b"b"))
        self.assertEqual(self.client.get("/api/doctors/").status, 500)
        self.assert_body(self.client.get("/api/doctors/"), 200, b"b")

    def test_that_are_off_forward_everything(self):
        self.origin.once("GET", "/api/live/", ok(b"a", max_age=60), ok(b"b", max_age=60))
        for body in (b"a", b"b"):
            self.assert_forwarded(self.client.get("/api/live/"), "bypass", body)

    def test_match_the_path_as_it_is_normalised(self):
        self.origin.once("GET", "/api/live/", ok(b"a", max_age=60), ok(b"b", max_age=60))
        for body in (b"a", b"b"):
            self.assert_forwarded(self.client.get("/api/%6cive/"), "bypass", body)

    def test_match_without_the_query(self):
        self.assertIn(self.ttl_of("/api/doctors/?search=x"), range(295, 301))

    def test_leave_what_none_matches_to_the_origin(self):
        self.assertIn(self.ttl_of("/other/", ("Cache-Control", "max-age=60")), range(55, 61))

    def test_are_labels_of_the_metrics(self):
        for target in ("/api/doctors/5/", "/api/doctors/6/", "/api/doctors/", "/other/"):
            self.origin.once("GET", target, ok(b"a", max_age=60))
            self.client.get(target)
        self.proxy.access_log(4)
        for label, count in (("/api/doctors/{id}/", 2), ("/api/doctors/", 1), ("other", 1), ("/api/live/", 0)):
            self.assertEqual(self.proxy.metric("sidecache_requests_total", route=label), count, label)
        self.assertNotIn("/api/doctors/5/", self.proxy.admin("/metrics").body.decode())


class ARouteThatIgnoresReloads(Scenario):
    config = """
routes:
  - {path: "/calm/{rest...}", reload: ignore}
"""
    RELOADS = ({"Cache-Control": "no-cache"}, {"Cache-Control": "max-age=0"}, {"Cache-Control": "min-fresh=1000"}, {"Pragma": "no-cache"})

    def test_answers_them_out_of_the_store(self):
        self.origin.once("GET", "/calm/a/", ok(b"a", max_age=60))
        self.client.get("/calm/a/")
        for headers in self.RELOADS:
            with self.subTest(headers):
                self.assert_hit(self.client.request("GET", "/calm/a/", headers), b"a")

    def test_lets_them_share_a_fill(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/calm/a/", [gate, ok(b"a", max_age=60)])
        crowd = [self.in_background(self.client.request, "GET", "/calm/a/", headers) for headers in ({}, *self.RELOADS)]
        gate.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_fill_waiting", len(crowd))
        gate.open()
        for each in crowd:
            self.assert_body(each.result(), 200, b"a")

    def test_is_none_of_the_others(self):
        self.origin.once("GET", "/a/", ok(b"a", max_age=60), ok(b"b", max_age=60))
        self.client.get("/a/")
        self.assert_forwarded(self.client.get("/a/", cache_control="no-cache"), "request", b"b")

    def test_still_stores_nothing_for_no_store_and_obeys_only_if_cached(self):
        self.origin.once("GET", "/calm/a/", ok(b"a", max_age=60))
        self.assertFalse(self.client.get("/calm/a/", cache_control="no-store").cache_status.stored)
        self.assertEqual(self.client.get("/calm/a/", cache_control="only-if-cached").status, 504)

    def test_does_not_outlive_a_write(self):
        self.origin.once("GET", "/calm/a/", ok(b"a", max_age=60), ok(b"b", max_age=60))
        self.origin.once("PUT", "/calm/a/", ok(b""))
        self.client.get("/calm/a/")
        self.client.put("/calm/a/")
        self.assert_body(self.client.get("/calm/a/", cache_control="no-cache"), 200, b"b")


if __name__ == "__main__":
    unittest.main()
