"""POST /invalidate at the admin door: writes that did not pass the proxy, announced after their commit."""

import json
import unittest

from harness import Client, Scenario, ok

FRESH = ("Cache-Control", "max-age=600")


class Announced(Scenario):
    def setUp(self):
        super().setUp()
        self.door = Client(self.proxy.admin_address)

    def announce(self, body, status=200, **headers):
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        response = self.door.post("/invalidate", text, content_type="application/json", **headers)
        self.assertEqual((response.status, response.header("content-type")), (status, "application/json"), response)
        return json.loads(response.body)

    def store(self, *targets, fields=()):
        for target in targets:
            self.origin.once("GET", target, ok(b"old", FRESH, *fields))
            self.client.get(target)
            self.assert_hit(self.client.get(target), "old")

    def assert_ended(self, *targets):
        for target in targets:
            self.origin.once("GET", target, ok(b"new", FRESH))
            response = self.client.get(target)
            self.assert_body(response, 200, b"new")
            self.assertEqual(response.cache_status.detail, "invalidated", target)

    def assert_left(self, *targets):
        for target in targets:
            self.assert_hit(self.client.get(target), "old")


class AnAnnouncement(Announced):
    def test_of_groups_ends_what_is_in_them(self):
        self.store("/statistics/", fields=[("Cache-Groups", '"staff", "rooms"')])
        self.store("/patients/", fields=[("Surrogate-Key", "wards")])
        self.store("/rooms/")
        self.assertEqual(self.announce({"groups": ["staff", "wards"]}), {"epoch": 1, "groups": 2})
        self.assert_ended("/statistics/", "/patients/")
        self.assert_left("/rooms/")

    def test_of_a_path_ends_it_and_all_below_it_in_every_variant(self):
        self.store("/doctors/5/", "/doctors/5/stats/", "/doctors/5/?x=1", "/doctors/", "/doctors/6/")
        self.assertEqual(self.announce({"paths": ["/doctors/5/"]}), {"epoch": 1, "groups": 2})
        self.assert_ended("/doctors/5/", "/doctors/5/stats/", "/doctors/5/?x=1")
        self.assert_left("/doctors/", "/doctors/6/")

    def test_of_everything_ends_everything(self):
        self.store("/a/", "/b/c/")
        self.announce({"everything": True})
        self.assert_ended("/a/", "/b/c/")

    def test_ends_a_fill_that_is_under_way(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/doctors/", [gate, ok(b"old", FRESH)], ok(b"new", FRESH))
        reading = self.in_background(self.client.get, "/doctors/")
        gate.wait_for_arrivals()
        self.announce({"paths": ["/doctors/"]})
        gate.open()
        self.assertEqual(reading.result().status, 200)
        self.assert_body(self.client.get("/doctors/"), 200, b"new")

    def test_is_counted_and_moves_the_clock(self):
        self.announce({"groups": ["a"]})
        self.assertEqual(self.announce({"groups": ["a"]})["epoch"], 2)
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="announced"), 2)
        self.assertEqual(self.proxy.metric("sidecache_epoch"), 2)

    def test_that_is_unclear_is_refused_and_ends_nothing(self):
        self.store("/a/")
        for body in (b"", b"{}", b"[]", b'{"everything": false}', b'{"paths": ["/a/"], "group": []}', b'{"paths": ["/a/"], "paths": []}', b'{"paths": ["a"]}', b'{"paths": ["/a/"]'):
            with self.subTest(body):
                self.assertIn("xpected", self.announce(body, 400)["detail"])
        self.assert_left("/a/")
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="announced"), 0)

    def test_of_more_than_64_KiB_is_refused(self):
        self.store("/a/")
        names = [f"group {number} of a very long list" for number in range(3000)]
        self.assertIn("64 KiB", self.announce({"groups": names, "everything": True}, 413)["detail"])
        self.assert_left("/a/")
        self.assertEqual(self.announce({"groups": names[:1500]})["groups"], 1500)

    def test_is_a_post_and_not_of_a_page_in_a_browser(self):
        for method in ("GET", "PUT", "DELETE"):
            response = self.door.request(method, "/invalidate")
            self.assertEqual((response.status, response.header("allow")), (405, "POST"))
        self.announce({"everything": True}, 403, origin="http://elsewhere.example")
        self.assertEqual(self.proxy.metric("sidecache_epoch"), 0)


if __name__ == "__main__":
    unittest.main()
