"""The origin is gone: what is served all the same, what never is, and how both are told (RFC 9111 4.2.4, RFC 5861)."""

import unittest

from harness import DROP, PATIENCE, SILENCE, Scenario, ScriptedOrigin, http_date, not_modified, ok, respond, wait_until

LIFETIME, OLD = 60, 100  # seconds: what is stored is stale for 40 already, unless a test says otherwise


class Disconnected(Scenario):
    def store(self, control=f"max-age={LIFETIME}", *fields, target="/a/", date=-OLD):
        self.origin.once("GET", target, respond(200, b"old", ("Cache-Control", control), *fields, date=date))
        self.assertTrue(self.client.get(target).cache_status.stored)

    def lose_the_origin(self):
        """Its port refuses connections, until `self.successor.listen()`."""
        self.origin.stop_listening()
        self.origin.close_connections()
        self.successor = ScriptedOrigin(port=self.origin.port, listening=False)
        self.addCleanup(self.successor.verify)
        self.addCleanup(self.successor.close)

    def assert_served_stale(self, response, detail=None):
        """With the age that it has, and no less freshness than that leaves."""
        self.assert_hit(response, b"old")
        self.assertEqual((response.status, response.cache_status.detail), (200, detail))
        self.assertTrue(OLD <= response.age <= OLD + PATIENCE, response.age)
        self.assertEqual(response.cache_status.ttl, LIFETIME - response.age)

    def assert_refused(self, response, status=502, error="connection_refused"):
        self.assert_proxy_error(response, status, error)
        self.assertIsNone(response.age)


class MaxStale(Disconnected):
    """RFC 9111 5.2.1.2: the client's own word, for which the origin is not even asked."""

    def test_takes_what_is_stale_so_long(self):
        self.store()
        self.lose_the_origin()
        for control in ("max-stale", "max-stale=1000"):
            with self.subTest(control):
                self.assert_served_stale(self.client.get("/a/", cache_control=control))

    def test_answers_a_head_and_a_condition_as_well(self):
        self.store(f"max-age={LIFETIME}", ("ETag", '"1"'))
        self.lose_the_origin()
        response = self.client.head("/a/", cache_control="max-stale")
        self.assertEqual((response.status, response.cache_status.hit, response.header("content-length")), (200, True, "3"))
        self.assertGreaterEqual(response.age, OLD)
        response = self.client.get("/a/", cache_control="max-stale", if_none_match='"1"')
        self.assertEqual((response.status, response.cache_status.hit), (304, True))

    def test_that_is_too_short_is_an_error_of_the_origin(self):
        self.store()
        self.lose_the_origin()
        self.assert_refused(self.client.get("/a/", cache_control="max-stale=10"))

    def test_does_not_bring_back_what_is_not_stored(self):
        self.lose_the_origin()
        self.assert_refused(self.client.get("/a/", cache_control="max-stale"))

    def test_is_no_word_of_other_clients(self):
        self.store()
        self.lose_the_origin()
        self.assert_served_stale(self.client.get("/a/", cache_control="max-stale"))
        self.assert_refused(self.client.get("/a/"))


class StaleIfError(Disconnected):
    """RFC 5861 4: the origin was asked first."""

    def test_of_the_response_serves_everybody(self):
        self.store(f"max-age={LIFETIME}, stale-if-error=600")
        self.lose_the_origin()
        for _ in range(3):
            self.assert_served_stale(self.client.get("/a/"), "origin-error")

    def test_of_the_request_serves_who_says_it(self):
        self.store()
        self.lose_the_origin()
        self.assert_served_stale(self.client.get("/a/", cache_control="stale-if-error=600"), "origin-error")
        self.assert_refused(self.client.get("/a/"))

    def test_that_is_over_is_an_error_of_the_origin(self):
        self.store(f"max-age={LIFETIME}, stale-if-error=10")
        self.lose_the_origin()
        self.assert_refused(self.client.get("/a/"))
        self.assert_refused(self.client.get("/a/", cache_control="stale-if-error=10"))

    def test_answers_a_condition_as_well(self):
        self.store(f"max-age={LIFETIME}, stale-if-error=600", ("ETag", '"1"'))
        self.lose_the_origin()
        response = self.client.get("/a/", if_none_match='"1"')
        self.assertEqual((response.status, response.cache_status.hit, response.cache_status.detail), (304, True, "origin-error"))
        self.assertGreaterEqual(response.age, OLD)

    def test_serves_what_is_fresh_where_only_the_client_wished_for_a_newer_one(self):
        """RFC 9111 4.2.4 forbids nothing there, and 5.2.1.1 is a wish; but no-cache is a must (5.2.1.4)."""
        self.store(date=-30)
        self.lose_the_origin()
        response = self.client.get("/a/", cache_control="max-age=10")
        self.assert_hit(response, b"old")
        self.assertEqual(response.cache_status.detail, "origin-error")
        self.assertTrue(30 <= response.age <= 30 + PATIENCE, response.age)
        self.assert_refused(self.client.get("/a/", cache_control="no-cache"))

    def test_ends_when_the_origin_is_back(self):
        self.store(f"max-age={LIFETIME}, stale-if-error=600", ("ETag", '"1"'))
        self.lose_the_origin()
        self.assert_served_stale(self.client.get("/a/"), "origin-error")
        self.successor.listen()
        self.successor.once("GET", "/a/", not_modified(("ETag", '"1"'), ("Date", http_date())))
        self.assert_forwarded(self.client.get("/a/"), "stale", b"old")
        self.assertEqual(self.successor.last().header("if-none-match"), '"1"')
        hit = self.client.get("/a/")
        self.assert_hit(hit, b"old")
        self.assertTrue(0 <= hit.age <= PATIENCE, hit.age)


class StaleIfErrorOfTheRoute(Disconnected):
    config = "routes:\n  - {path: '/kept/{rest...}', stale: {if_error: 1h}}\n"

    def test_serves_what_is_stored_below_it(self):
        self.store(target="/kept/a/")
        self.store(target="/a/")
        self.lose_the_origin()
        self.assert_served_stale(self.client.get("/kept/a/"), "origin-error")
        self.assert_refused(self.client.get("/a/"))

    def test_gives_way_to_what_the_response_says(self):
        self.store(f"max-age={LIFETIME}, stale-if-error=10", target="/kept/a/")
        self.lose_the_origin()
        self.assert_refused(self.client.get("/kept/a/"))


class OnlyIfCached(Disconnected):
    """RFC 9111 5.2.1.7"""

    def assert_none(self, response):
        self.assertEqual((response.status, response.is_complete, response.age), (504, True, None))
        self.assertRegex(response.header("proxy-status"), "^sidecache; details=")

    def test_serves_what_is_fresh(self):
        self.store(date=-30)
        self.lose_the_origin()
        response = self.client.get("/a/", cache_control="only-if-cached")
        self.assert_hit(response, b"old")
        self.assertTrue(30 <= response.age <= 30 + PATIENCE, response.age)

    def test_is_answered_504_for_what_is_stale_or_not_stored(self):
        self.store()
        self.lose_the_origin()
        self.assert_none(self.client.get("/a/", cache_control="only-if-cached"))
        self.assert_none(self.client.get("/b/", cache_control="only-if-cached"))
        self.assert_none(self.client.get("/a/", cache_control="only-if-cached, stale-if-error=600"))

    def test_with_max_stale_serves_what_is_stale(self):
        self.store()
        self.lose_the_origin()
        self.assert_served_stale(self.client.get("/a/", cache_control="only-if-cached, max-stale=1000"))
        self.assert_none(self.client.get("/a/", cache_control="only-if-cached, max-stale=10"))


class Forbidden(Disconnected):
    """Stale responses that must not be served (RFC 9111 4.2.4), whatever the client, the route and the response itself allow besides."""

    config = "routes: [{path: '/{rest...}', stale: {while_revalidate: 1h, if_error: 1h}}]\n"
    FORBIDDING = {
        "must-revalidate": f"max-age={LIFETIME}, must-revalidate",    # 5.2.2.2
        "proxy-revalidate": f"max-age={LIFETIME}, proxy-revalidate",  # 5.2.2.8
        "s-maxage": f"s-maxage={LIFETIME}",                           # 5.2.2.10
        "no-cache": "max-age=600, no-cache",                          # 5.2.2.4
    }
    ALLOWING = ("max-age=1000", "max-stale", "stale-if-error=600", "max-stale=1000, stale-if-error=600")

    def store_all(self):
        for name, control in self.FORBIDDING.items():
            self.store(f"{control}, stale-while-revalidate=600, stale-if-error=600", ("ETag", '"1"'), target=f"/{name}")

    def assert_all_refused(self, status, error):
        """Asked side by side, since an origin that says nothing takes its time for each."""
        asked = [(name, control, self.in_background(self.client.get, f"/{name}", cache_control=control)) for name in self.FORBIDDING for control in self.ALLOWING]
        for name, control, response in asked:
            with self.subTest(name, request=control):
                self.assert_refused(response.result(), status, error)


class WhatMustNotBeStale(Forbidden):
    def test_is_an_error_where_the_origin_is_gone(self):
        self.store_all()
        self.lose_the_origin()
        self.assert_all_refused(502, "connection_refused")

    def test_is_an_error_where_the_origin_closes_the_connection(self):
        self.store_all()
        self.origin.always("GET", None, DROP)
        self.assert_all_refused(502, "connection_terminated")

    def test_is_served_as_long_as_it_is_fresh(self):
        names = [name for name in self.FORBIDDING if name != "no-cache"]
        for name in names:
            self.store(self.FORBIDDING[name], target=f"/{name}", date=-30)
        self.lose_the_origin()
        for name in names:
            with self.subTest(name):
                hit = self.client.get(f"/{name}")
                self.assert_hit(hit, b"old")
                self.assertTrue(30 <= hit.age <= 30 + PATIENCE, hit.age)


class WhatMustNotBeStaleOfASilentOrigin(Forbidden):
    arguments = ("--set", "origins.origin.timeouts.first_byte=1s")

    def test_is_an_error_where_the_origin_says_nothing(self):
        self.store_all()
        self.origin.always("GET", None, SILENCE)
        self.assert_all_refused(504, "http_response_timeout")


class ACrowdWithinStaleWhileRevalidate(Disconnected):
    """RFC 5861 3, over two workers: nobody waits, and the origin is asked once for each key."""

    CROWD = 64
    CONTROL = f"max-age={LIFETIME}, stale-while-revalidate=600"

    def connect(self, count):
        connections = [self.client.connect() for _ in range(count)]
        for connection in connections:
            self.addCleanup(connection.close)
        return connections

    def assert_all_served_stale(self, connections, targets=("/a/",)):
        """All ask before one of them reads."""
        for number, connection in enumerate(connections):
            connection.send_request("GET", targets[number % len(targets)])
        for connection in connections:
            self.assert_served_stale(connection.read_response())

    def wait_for_new(self, target="/a/"):
        wait_until(lambda: self.client.get(target).body == b"new", f"the new response of {target}")

    def test_has_one_refresh_for_a_key(self):
        self.store(self.CONTROL)
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", [gate, ok(b"new", max_age=600)])
        connections = self.connect(self.CROWD)
        for _ in range(3):
            self.assert_all_served_stale(connections)
        gate.wait_for_arrivals()
        gate.open()
        self.wait_for_new()
        self.assertEqual((self.origin.count(), self.proxy.metric("sidecache_refreshes_total")), (2, 1))

    def test_has_one_refresh_for_each_of_many_keys(self):
        targets = [f"/{number}/" for number in range(16)]
        gate = self.origin.gate()
        for target in targets:
            self.store(self.CONTROL, target=target)
            self.origin.once("GET", target, [gate, ok(b"new", max_age=600)])
        connections = self.connect(self.CROWD)
        for _ in range(3):
            self.assert_all_served_stale(connections, targets)
        gate.wait_for_arrivals(len(targets))
        gate.open()
        for target in targets:
            self.wait_for_new(target)
            self.assertEqual(self.origin.count("GET", target), 2)
        self.assertEqual(self.proxy.metric("sidecache_refreshes_total"), len(targets))

    def test_has_one_refresh_also_while_its_answer_is_stored(self):
        """Who looked before it was stored and asks after it starts no second one."""
        self.store(self.CONTROL)
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", [gate, ok(b"new", max_age=600)])

        def ask_until_new(connection):
            return wait_until(lambda: connection.get("/a/").body == b"new", "the new response")

        crowd = [self.in_background(ask_until_new, connection) for connection in self.connect(16)]
        gate.wait_for_arrivals()
        gate.open()
        for each in crowd:
            each.result()
        self.assertEqual((self.origin.count(), self.proxy.metric("sidecache_refreshes_total")), (2, 1))

    def test_is_served_though_the_origin_is_gone_and_has_the_new_one_when_it_is_back(self):
        self.store(self.CONTROL)
        self.lose_the_origin()
        connections = self.connect(self.CROWD)
        for _ in range(3):
            self.assert_all_served_stale(connections)
        self.successor.listen()
        self.successor.once("GET", "/a/", ok(b"new", max_age=600))
        self.wait_for_new()
        self.assertEqual(self.successor.count(), 1)


if __name__ == "__main__":
    unittest.main()
