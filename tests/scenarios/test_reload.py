"""SIGHUP: the configuration is read again, and the cache is kept."""

import unittest

from harness import Scenario, ok


class AReload(Scenario):
    config = "routes:\n  - {path: /on/, fresh: 10m}\n"

    def test_takes_a_new_rule_into_account(self):
        self.origin.once("GET", "/on/", ok(b"a"), ok(b"b"))
        self.client.get("/on/")
        self.assert_hit(self.client.get("/on/"), b"a")
        self.proxy.reload("routes:\n  - {path: /on/, cache: off}\n")
        self.assert_forwarded(self.client.get("/on/"), "bypass", b"b")

    def test_keeps_what_is_stored(self):
        self.origin.once("GET", "/kept/", ok(b"a", max_age=600))
        self.client.get("/kept/")
        self.proxy.reload("routes:\n  - {path: /new/, fresh: 10m}\n")
        self.assert_hit(self.client.get("/kept/"), b"a")
        self.origin.once("GET", "/new/", ok(b"n"))
        self.client.get("/new/")
        self.assert_hit(self.client.get("/new/"), b"n")

    def test_reaches_every_worker(self):
        self.origin.always("GET", "/on/", ok(b"a"))
        self.proxy.reload("routes:\n  - {path: /on/, cache: off}\n")
        for _ in range(16):
            self.assert_forwarded(self.client.get("/on/"), "bypass")

    def test_reaches_connections_that_stand(self):
        self.origin.always("GET", "/on/", ok(b"a"))
        with self.client.connect() as connection:
            connection.get("/on/")
            self.assert_hit(connection.get("/on/"))
            self.proxy.reload("routes:\n  - {path: /on/, cache: off}\n")
            self.assert_forwarded(connection.get("/on/"), "bypass")

    def test_of_a_bad_file_is_refused_and_the_old_one_stays(self):
        self.origin.once("GET", "/on/", ok(b"a"))
        self.client.get("/on/")
        self.proxy.reload("routes:\n  - {path: /on/, cahce: off}\n", event="reload_refused")
        self.proxy.wait_for_log("did you mean 'cache'")
        self.assert_hit(self.client.get("/on/"), b"a")
        self.proxy.reload("routes:\n  - {path: /on/, cache: off}\n")
        self.origin.once("GET", "/on/", ok(b"b"))
        self.assert_forwarded(self.client.get("/on/"), "bypass", b"b")

    def test_leaves_an_exchange_under_way_with_the_rules_that_it_began_with(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/on/", [gate, ok(b"a")])
        asking = self.in_background(self.client.get, "/on/")
        gate.wait_for_arrivals()
        self.proxy.reload("routes:\n  - {path: /on/, cache: off}\n")
        gate.open()
        self.assert_body(asking.result(), 200, b"a")
        self.assertTrue(asking.result().cache_status.stored)

    def test_that_changes_how_groups_are_named_makes_all_that_is_stored_a_validator(self):
        """Entries would lack the groups that the new rules name (S25)."""
        self.origin.once("GET", "/kept/", ok(b"a", max_age=600), ok(b"b", max_age=600))
        self.client.get("/kept/")
        self.proxy.reload("limits: {groups: 32}\n")
        self.assert_forwarded(self.client.get("/kept/"), "stale", b"b")
        self.assert_hit(self.client.get("/kept/"), b"b")

    def test_of_new_limits_holds_for_new_connections(self):
        self.proxy.reload("limits: {target: 64B}\n")
        self.assertEqual(self.client.get("/" + "a" * 100).status, 414)

    def test_may_come_many_times(self):
        self.origin.once("GET", "/kept/", ok(b"a", max_age=600))
        self.client.get("/kept/")
        for number in range(10):
            self.proxy.reload(f"routes:\n  - {{path: /n{number}/, fresh: 10m}}\n")
        self.assert_hit(self.client.get("/kept/"), b"a")


if __name__ == "__main__":
    unittest.main()
