"""Nodes that share what was invalidated by a real Redis (CONSISTENCY 1.3-1.5): each scenario before two or more of them."""

import json
import re
import time
import unittest
from pathlib import Path

from harness import Client, ok, respond, wait_until
from harness.fleet import FleetScenario

FRESH = ("Cache-Control", "max-age=600")


class Fleet(FleetScenario):
    def store(self, target, body, *indexes):
        """At these nodes, or at all."""
        for index in indexes or range(len(self.clients)):
            self.origin.once("GET", target, respond(200, body, FRESH, ("ETag", f'"{body}"')))
            self.assert_body(self.clients[index].get(target), 200, body)
            self.assert_hit(self.clients[index].get(target), body)

    def write(self, target, index=0, status=200):
        self.origin.once("PATCH", target, respond(status, b"{}", ("Content-Type", "application/json")))
        response = self.clients[index].request("PATCH", target, (), b"{}")
        self.assertEqual((response.status, response.is_complete), (status, True), response)

    def assert_ended(self, target, index):
        self.origin.once("GET", target, ok("new", max_age=600))
        response = self.clients[index].get(target)
        self.assert_body(response, 200, "new")
        self.assertEqual(response.cache_status.detail, "invalidated", response)


class AWrite(Fleet):
    nodes = 3

    def test_at_one_node_ends_what_all_have_stored_before_it_is_answered(self):
        self.store("/doctors/5/", "old")
        self.store("/doctors/6/", "other")
        self.write("/doctors/5/", 1)
        for index in range(3):
            self.assert_ended("/doctors/5/", index)
            self.assert_hit(self.clients[index].get("/doctors/6/"), "other")

    def test_that_is_refused_by_the_origin_ends_nothing(self):
        self.store("/doctors/5/", "old")
        self.write("/doctors/5/", 0, status=403)
        for client in self.clients:
            self.assert_hit(client.get("/doctors/5/"), "old")

    def test_whose_outcome_is_unknown_ends_and_holds_at_all_nodes(self):
        self.store("/doctors/5/", "old")
        self.write("/doctors/5/", 0, status=504)
        for client in self.clients:
            for body in ("seen", "seen again"):
                self.origin.once("GET", "/doctors/5/", ok(body, max_age=600))
                self.assert_body(client.get("/doctors/5/"), 200, body)

    def test_by_purge_or_at_the_admin_door_is_heard_of_by_all(self):
        self.store("/doctors/5/", "old")
        told = Client(self.proxies[2].admin_address).request("POST", "/invalidate", (), b'{"paths": ["/doctors/5/"]}')
        self.assertEqual((told.status, json.loads(told.body)["groups"]), (200, 2), told)
        for index in range(3):
            self.assert_ended("/doctors/5/", index)

    def test_is_never_soft(self):
        told = Client(self.proxies[0].admin_address).request("POST", "/invalidate", (), b'{"paths": ["/doctors/5/"], "soft": true}')
        self.assertEqual(told.status, 501, told)

    def test_waits_for_a_node_that_is_gone_for_a_lease_and_a_half_at_most(self):
        self.store("/doctors/5/", "old", 0, 1)
        self.kill_node(2)
        began = time.monotonic()
        self.write("/doctors/5/", 0)
        self.assertLess(time.monotonic() - began, 4)
        for index in range(2):
            self.assert_ended("/doctors/5/", index)
        wait_until(lambda: self.proxies[0].metric("sidecache_fleet_members") == 2, "the node that is gone to be forgotten")

    def test_of_a_node_that_left_is_not_waited_for(self):
        self.proxies[2].stop()
        self.wait_for_trust(0, 1, members=2)
        self.store("/doctors/5/", "old", 0, 1)
        self.write("/doctors/5/", 0)
        self.assert_ended("/doctors/5/", 1)
        self.assertEqual(self.proxies[0].metric("sidecache_fleet_removals_total"), 0)


class Metrics(Fleet):
    def test_of_a_fleet_are_those_that_are_documented(self):
        document = (Path(__file__).resolve().parents[2] / "docs" / "metrics.md").read_text()
        documented = set(re.findall(r"^\| `(sidecache_fleet_\w+)` \| (\w+) \|", document, re.MULTILINE))
        shown = set(re.findall(r"^# TYPE (sidecache_fleet_\w+) (\w+)$", self.proxies[0].admin("/metrics").body.decode(), re.MULTILINE))
        self.assertEqual(shown, documented)
        self.assertGreater(len(shown), 5)


class WithoutRedis(Fleet):
    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=1s")

    def test_what_is_stored_is_validated_and_writes_are_refused_before_they_are_sent(self):
        self.store("/doctors/5/", "old")
        self.redis.kill()
        self.wait_for_doubt(0, 1)
        for client in self.clients:
            self.origin.once("GET", "/doctors/5/", respond(304, b"", ("ETag", '"old"'), FRESH))
            response = client.get("/doctors/5/")
            self.assert_body(response, 200, "old")
            self.assertEqual(response.cache_status.fwd_status, 304, response)
        refused = self.clients[0].request("PATCH", "/doctors/5/", (), b"{}")  # of which the origin hears nothing
        self.assertEqual((refused.status, refused.header("retry-after")), (503, "1"), refused)
        self.assertEqual(self.proxies[0].metric("sidecache_fleet_writes_refused_total"), 1)

        self.redis.restart()
        self.wait_for_trust()
        self.store("/doctors/7/", "seven")
        self.write("/doctors/7/", 1)
        self.assert_ended("/doctors/7/", 0)

    def test_only_the_node_that_is_cut_off_validates(self):
        self.store("/doctors/5/", "old")
        self.relays[1].refuse()
        self.relays[1].cut()
        self.wait_for_doubt(1)
        self.assert_hit(self.clients[0].get("/doctors/5/"), "old")
        self.write("/doctors/5/", 0)
        self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
        self.assert_body(self.clients[1].get("/doctors/5/"), 200, "new")
        self.relays[1].accept()
        self.wait_for_trust()
        self.store("/doctors/8/", "eight")

    def test_readiness_tells_of_it_and_does_not_fail(self):
        ready = self.proxies[0].admin("/readyz")
        self.assertEqual((ready.status, json.loads(ready.body)["fleet"]), (200, {"trusted": True, "members": 2}))
        self.redis.kill()
        self.wait_for_doubt(0)
        ready = self.proxies[0].admin("/readyz")
        self.assertEqual((ready.status, json.loads(ready.body)["fleet"]["trusted"]), (200, False))
        self.proxies[0].wait_for_log("until it answers, everything is validated")


class Bounded(Fleet):
    redis_options = ("--set", "redis.consistency=bounded", "--set", "redis.lease=500ms", "--set", "redis.deadline=1s")

    def test_a_write_ends_at_once_at_its_own_node_and_within_a_lease_at_the_others(self):
        self.store("/doctors/5/", "old")
        self.write("/doctors/5/", 0)
        self.assert_ended("/doctors/5/", 0)
        self.origin.always("GET", "/doctors/5/", ok("new", max_age=600))
        wait_until(lambda: self.clients[1].get("/doctors/5/").body == b"new", "the other node to have heard of it")


if __name__ == "__main__":
    unittest.main()
