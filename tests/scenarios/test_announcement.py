"""POST /invalidate at the admin door: writes that did not pass the proxy, announced after their commit."""

import json
import unittest

from harness import Client, Scenario, ok, respond, wait_until

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

    def test_of_a_uri_ends_it_alone(self):
        self.store("/doctors/5/", "/doctors/5/?x=1", "/doctors/5/stats/", "/doctors/")
        self.assertEqual(self.announce({"uris": ["/doctors/5/"]}), {"epoch": 1, "groups": 1})
        self.assert_ended("/doctors/5/", "/doctors/5/?x=1")
        self.assert_left("/doctors/5/stats/", "/doctors/")


class ASoftInvalidation(Announced):
    def test_makes_stale_what_may_answer_stale(self):
        self.store("/doctors/5/", fields=[("Cache-Control", "stale-while-revalidate=60")])
        gate = self.origin.gate()
        self.origin.once("GET", "/doctors/5/", [gate, ok(b"new", FRESH)])
        self.assertEqual(self.announce({"uris": ["/doctors/5/"], "soft": True}), {"epoch": 0, "groups": 1, "soft": True})
        response = self.client.get("/doctors/5/")
        self.assert_body(response, 200, b"old")
        self.assertTrue(response.cache_status.hit)
        self.assertLessEqual(response.cache_status.ttl, 0)
        gate.open()
        self.wait_for_body("/doctors/5/", b"new")
        self.assertEqual(self.proxy.metric("sidecache_soft_invalidations_total"), 1)

    def wait_for_body(self, target, body):
        wait_until(lambda: self.client.get(target).body == body, f"{target} is {body}")

    def test_has_all_else_validated(self):
        tag = ("ETag", '"1"')
        for target in ("/doctors/5/", "/doctors/5/stats/"):
            self.store(target, fields=[tag])
        self.announce({"paths": ["/doctors/5/"], "soft": True})
        for target in ("/doctors/5/", "/doctors/5/stats/"):
            self.origin.once("GET", target, respond(304, b"", tag, FRESH))
            self.assert_body(self.client.get(target), 200, b"old")
            self.assertEqual(self.origin.last().header("if-none-match"), '"1"')
            self.assert_hit(self.client.get(target), "old")

    def test_answers_for_an_origin_that_fails_where_that_is_allowed(self):
        self.store("/doctors/5/", fields=[("Cache-Control", "stale-if-error=60")])
        self.announce({"everything": True, "soft": True})
        self.origin.once("GET", "/doctors/5/", respond(503, b"down"))
        self.assert_body(self.client.get("/doctors/5/"), 200, b"old")

    def test_reaches_what_is_on_its_way(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/doctors/", [gate, ok(b"old", FRESH)], ok(b"new", FRESH))
        reading = self.in_background(self.client.get, "/doctors/")
        gate.wait_for_arrivals()
        self.announce({"uris": ["/doctors/"], "soft": True})
        gate.open()
        self.assert_body(reading.result(), 200, b"old")
        self.assert_body(self.client.get("/doctors/"), 200, b"new")
        self.assert_hit(self.client.get("/doctors/"), "new")

    def test_never_softens_what_a_write_has_ended(self):
        self.store("/doctors/5/", fields=[("Cache-Control", "stale-while-revalidate=60")])
        self.origin.once("PATCH", "/doctors/5/", ok(b"{}"))
        self.client.patch("/doctors/5/")
        self.announce({"everything": True, "soft": True})
        self.assert_ended("/doctors/5/")

    def test_leaves_others_alone(self):
        self.store("/doctors/5/", "/doctors/6/")
        self.announce({"uris": ["/doctors/5/"], "soft": True})
        self.assert_left("/doctors/6/")


class APurge(Announced):
    config = "purge: {allow: [127.0.0.1]}"

    def purge(self, target, status=200, **headers):
        response = self.client.request("PURGE", target, {name.replace("_", "-"): value for name, value in headers.items()})
        self.assertEqual((response.status, response.header("cache-status")), (status, "sidecache"))  # it does not go forward
        return json.loads(response.body)

    def test_ends_its_target_alone_in_every_variant(self):
        for accept in ("text/a", "text/b"):
            self.origin.once("GET", "/doctors/5/", ok(b"old", FRESH, ("Vary", "Accept")))
            self.client.get("/doctors/5/", accept=accept)
        self.store("/doctors/5/?x=1", "/doctors/")
        self.assertEqual(self.purge("/doctors/5/?y=2"), {"epoch": 1, "groups": 1})
        for accept in ("text/a", "text/b"):
            self.origin.once("GET", "/doctors/5/", ok(b"new", FRESH, ("Vary", "Accept")))
            self.assert_body(self.client.get("/doctors/5/", accept=accept), 200, b"new")
        self.assert_ended("/doctors/5/?x=1")
        self.assert_left("/doctors/")
        self.assertEqual(self.origin.count("PURGE"), 0)
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="purge"), 1)

    def test_may_be_soft(self):
        self.store("/doctors/5/", fields=[("Cache-Control", "stale-while-revalidate=60")])
        self.assertTrue(self.purge("/doctors/5/", Soft_Purge="1")["soft"])
        self.origin.once("GET", "/doctors/5/", ok(b"new", FRESH))
        self.assert_body(self.client.get("/doctors/5/"), 200, b"old")

    def test_leaves_the_connection_for_the_next_request(self):
        with self.client.connect() as connection:
            self.assertEqual(connection.request("PURGE", "/a/", body=b"content").status, 200)
            self.origin.once("GET", "/a/", ok(b"a", FRESH))
            self.assert_body(connection.get("/a/"), 200, b"a")


class APurgeFromElsewhere(Announced):
    config = "purge: {allow: [192.0.2.1]}\nforwarded: {trust: [127.0.0.1]}"

    def test_is_refused_and_not_forwarded(self):
        self.store("/doctors/5/")
        response = self.client.request("PURGE", "/doctors/5/", {"X-Forwarded-For": "192.0.2.1"})
        self.assertEqual(response.status, 403)
        self.assert_left("/doctors/5/")
        self.assertEqual(self.origin.count("PURGE"), 0)


class APurgeThatIsNotOurs(Announced):
    def test_is_a_write(self):
        self.store("/doctors/5/")
        self.origin.once("PURGE", "/doctors/5/", ok(b"origin"))
        self.assert_body(self.client.request("PURGE", "/doctors/5/"), 200, b"origin")
        self.assert_ended("/doctors/5/")


if __name__ == "__main__":
    unittest.main()
