"""What /metrics counts after a known sequence of requests."""

import unittest

from harness import DROP, Scenario, http_date, not_modified, ok, respond

FRESH = ("Cache-Control", "max-age=600")


class Metrics(Scenario):
    def test_add_up_to_the_requests_that_were_answered(self):
        expected = {}

        def count(outcome, status_class):
            expected[outcome, status_class] = expected.get((outcome, status_class), 0) + 1

        self.origin.always("GET", "/fresh", ok(b"12345", FRESH))
        self.client.get("/fresh"), count("miss", "2xx")
        for _ in range(5):
            self.client.get("/fresh"), count("hit", "2xx")
        self.origin.once("GET", "/validated", ok(b"a", ("ETag", '"1"'), max_age=60, date=-100), not_modified(("ETag", '"1"'), FRESH, ("Date", http_date())))
        self.client.get("/validated"), count("miss", "2xx")
        self.client.get("/validated", cache_control="max-stale"), count("hit_stale", "2xx")
        self.client.get("/validated"), count("revalidated", "2xx")
        self.client.get("/validated", if_none_match='"1"'), count("hit", "3xx")
        self.origin.once("POST", "/write", respond(201), respond(422))
        self.client.post("/write"), count("pass", "2xx")
        self.client.post("/write"), count("pass", "4xx")
        self.origin.once("GET", "/broken", [b"HTTP/1.1 200", DROP])
        self.client.get("/broken"), count("error", "5xx")
        with self.client.connect() as connection:
            connection.send(b"what is this?\r\n\r\n")
            connection.read_response(), count("error", "4xx")
        with self.client.connect() as leader, self.client.connect() as follower:
            gate = self.origin.gate()
            self.origin.once("GET", "/shared", [b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\na", gate, b"b"])
            begun = []
            for connection in (leader, follower):
                connection.send_request("GET", "/shared")
                begun.append(connection.begin_response())
                begun[-1].read(1)
            gate.open()
            for each in begun:
                each.finish()
        count("miss", "2xx"), count("collapsed", "2xx")

        total = sum(expected.values())
        self.proxy.access_log(total)
        for (outcome, status_class), number in expected.items():
            for name in ("sidecache_requests_total", "sidecache_request_duration_seconds_count"):
                self.assertEqual(self.proxy.metric(name, outcome=outcome, status_class=status_class), number, (name, outcome, status_class))
        self.assertEqual(self.proxy.metric("sidecache_requests_total"), total)
        self.assertEqual(self.proxy.metric("sidecache_request_duration_seconds_count"), total)
        self.assertEqual(self.proxy.metric("sidecache_errors_total", error="http_response_incomplete"), 1)
        self.assertEqual(self.proxy.metric("sidecache_bad_requests_total"), 1)
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="write"), 1)
        # GETs of /fresh, /validated twice, /broken and /shared.
        self.assertEqual(self.proxy.metric("sidecache_fills_total"), 5)

    def test_count_the_content_that_was_sent_and_received(self):
        self.origin.once("GET", "/", ok(b"x" * 1000, FRESH))
        self.origin.once("POST", "/", ok(b"y" * 50))
        self.client.get("/")
        self.client.get("/")
        self.client.head("/")
        self.client.post("/", b"z" * 300)
        self.proxy.access_log(4)
        self.assertEqual(self.proxy.metric("sidecache_sent_bytes_total"), 2050)
        self.assertEqual(self.proxy.metric("sidecache_received_bytes_total"), 300)

    def test_count_the_queries_that_the_origin_told(self):
        self.origin.once("GET", "/", ok(b"a", FRESH, ("X-Query-Count", "7")))
        for _ in range(3):
            self.client.get("/")
        self.proxy.access_log(3)
        self.assertEqual(self.proxy.metric("sidecache_origin_queries_total"), 7)
        self.assertEqual(self.proxy.metric("sidecache_origin_requests_total"), 1)

    def test_tell_of_connections(self):
        self.origin.always("GET", "/", ok(b"a", FRESH))
        with self.client.connect() as one, self.client.connect() as two:
            one.get("/"), two.get("/")
            self.assertEqual(self.proxy.metric("sidecache_client_connections"), 2)
        self.assertEqual(self.proxy.metric("sidecache_client_connections_accepted_total"), 2)
        self.assertEqual(self.proxy.metric("sidecache_origin_connections_opened_total"), 1)

    def test_are_well_formed(self):
        text = self.proxy.admin("/metrics").body.decode()
        names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
        described = {line.split()[2] for line in text.splitlines() if line.startswith("# HELP")}
        self.assertEqual(names, described)
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            name = line.partition("{")[0].split()[0]
            base = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
            self.assertTrue(name in names or base in names, line)
            float(line.rpartition(" ")[2])


class TheAdminDoor(Scenario):
    def test_says_that_it_is_healthy_and_ready(self):
        for path in ("/healthz", "/readyz"):
            response = self.proxy.admin(path)
            self.assertEqual((response.status, response.header("content-type")), (200, "application/json"))

    def test_knows_nothing_else(self):
        self.assertEqual(self.proxy.admin("/").status, 404)

    def test_is_not_found_at_the_clients_door(self):
        self.origin.once("GET", "/metrics", respond(404, b"the application's"))
        self.assertEqual(self.client.get("/metrics").body, b"the application's")


if __name__ == "__main__":
    unittest.main()
