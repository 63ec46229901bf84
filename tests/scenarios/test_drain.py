"""SIGTERM: what is open is finished, nothing new is taken, and the process ends."""

import json
import re
import time
import unittest

from harness import PATIENCE, SILENCE, Scenario, Sidecache, head, make_request, ok, respond, wait_until

FRESH = ("Cache-Control", "max-age=600")


class Draining(Scenario):
    def begin(self):
        """An exchange that the origin holds, and SIGTERM in the midst of it."""
        self.gate = self.origin.gate()
        self.origin.once("GET", "/slow", [self.gate, ok(b"finished", FRESH)])
        connection = self.client.connect()
        self.addCleanup(connection.close)
        connection.send_request("GET", "/slow")
        self.gate.wait_for_arrivals()
        self.proxy.terminate()
        self.wait_for_drain()
        return connection

    def wait_for_drain(self):
        wait_until(lambda: self.proxy.admin("/readyz").status == 503, "the admin door to say that it drains")

    def assert_refuses(self):
        def is_refused():
            try:
                with self.client.connect() as connection:
                    connection.send_request("GET", "/")
                    return connection.is_closed_by_peer()
            except ConnectionError:
                return True

        self.assertTrue(is_refused())

    def test_finishes_the_exchange_under_way(self):
        connection = self.begin()
        self.gate.open()
        response = connection.read_response()
        self.assert_body(response, 200, b"finished")
        self.assertTrue(response.will_close)
        self.assertEqual(self.proxy.wait_for_exit(), 0)

    def test_takes_no_new_connections(self):
        self.begin()
        self.assert_refuses()
        self.gate.open()

    def test_keeps_the_admin_door_open_and_says_so(self):
        self.begin()
        ready = self.proxy.admin("/readyz")
        self.assertEqual((ready.status, json.loads(ready.body)["draining"]), (503, True))
        self.assertEqual(self.proxy.admin("/healthz").status, 200)
        self.assertEqual(self.proxy.admin("/metrics").status, 200)
        self.gate.open()

    def test_closes_connections_that_rest(self):
        with self.client.connect() as idle:
            self.origin.once("GET", "/a", ok(b"a", FRESH))
            idle.get("/a")
            self.begin()
            self.assertTrue(idle.is_closed_by_peer())
        self.gate.open()

    def test_finishes_a_response_that_streams(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [head(200, FRESH, ("Content-Length", 9)) + b"first", gate, b"last"])
        with self.client.connect() as connection:
            connection.send_request("GET", "/")
            begun = connection.begin_response()
            begun.read(5)
            self.proxy.terminate()
            self.wait_for_drain()
            gate.open()
            self.assert_body(begun.finish(), 200, b"firstlast")
        self.assertEqual(self.proxy.wait_for_exit(), 0)

    def test_finishes_a_write_under_way(self):
        gate = self.origin.gate()
        self.origin.once("PATCH", "/", [gate, ok(b"done")])
        writing = self.in_background(self.client.patch, "/")
        gate.wait_for_arrivals()
        self.proxy.terminate()
        self.wait_for_drain()
        gate.open()
        self.assert_body(writing.result(), 200, b"done")
        self.assertEqual(self.proxy.wait_for_exit(), 0)

    def test_takes_no_further_write_on_a_connection_that_stands(self):
        """Whoever takes over would not hear of it (S26)."""
        gate = self.origin.gate()
        self.origin.once("GET", "/slow", [gate, ok(b"finished", FRESH)])
        with self.client.connect() as connection:
            connection.send(make_request("GET", "/slow") + make_request("PATCH", "/", body=b"{}"))
            gate.wait_for_arrivals()
            self.proxy.terminate()
            self.wait_for_drain()
            gate.open()
            self.assert_body(connection.read_response(), 200, b"finished")
            self.assertIn(connection.read_rest()[:12], (b"", b"HTTP/1.1 503"))
        self.assertEqual(self.origin.count("PATCH"), 0)

    def test_reuses_nothing_any_more(self):
        """The process that takes over does not tell this one of its writes (S26)."""
        self.origin.once("GET", "/a", ok(b"old", FRESH))
        self.client.get("/a")
        gate = self.origin.gate()
        self.origin.once("GET", "/slow", [gate, ok(b"finished", FRESH)])
        self.origin.always("GET", "/a", ok(b"new", FRESH))
        with self.client.connect() as connection:
            connection.send(make_request("GET", "/slow") + make_request("GET", "/a"))
            gate.wait_for_arrivals()
            self.proxy.terminate()
            self.wait_for_drain()
            gate.open()
            self.assert_body(connection.read_response(), 200, b"finished")
            self.assertNotIn(b"old", connection.read_rest())

    def test_without_anything_open_ends_at_once(self):
        self.proxy.terminate()
        self.assertEqual(self.proxy.wait_for_exit(), 0)

    def test_is_begun_by_a_second_signal_no_second_time(self):
        connection = self.begin()
        self.proxy.terminate()
        self.gate.open()
        self.assert_body(connection.read_response(), 200, b"finished")
        self.assertEqual(self.proxy.wait_for_exit(), 0)


class AWriteThatTimedOut(Scenario):
    arguments = ("--set", "origins.origin.timeouts.first_byte=500ms", "--set", "timeouts.drain=2s")

    def test_does_not_delay_the_drain(self):
        """Nobody waits for its answer, and nothing is reused any more."""
        self.origin.once("PATCH", "/", SILENCE)
        self.assertEqual(self.client.patch("/").status, 504)
        self.proxy.terminate()
        self.assertEqual(self.proxy.wait_for_exit(), 0)


class NobodyReadsWhatItSays(Scenario):
    """stderr is a pipe that is full."""

    arguments = ("--set", "log.slow=1ms", "--set", "log.access=off")

    def start_proxy(self):
        proxy = Sidecache(self.origin.url, *self.arguments, reads_stderr=False)
        self.addCleanup(proxy.kill)
        return proxy

    def test_and_it_serves_and_ends_all_the_same(self):
        def slow(exchange):
            time.sleep(0.002)
            exchange.play(respond(200, b"slow", ("Cache-Control", "no-store")))

        self.origin.always("GET", re.compile(r"/x*"), slow)
        proxy = self.start_proxy()
        target = "/" + "x" * 2000
        with proxy.client().connect() as connection:
            for number in range(2000):  # into a pipe of 64 KiB
                self.assert_body(connection.get(target), 200, b"slow")
                if number % 50 == 49 and proxy.metric("sidecache_log_dropped_total") > 0:
                    break
            self.assertGreater(proxy.metric("sidecache_log_dropped_total"), 0)
            self.assert_body(connection.get(target), 200, b"slow")
        proxy.hang_up()
        proxy.terminate()
        self.assertEqual(proxy.process.wait(PATIENCE), 0)


class TheDrainTimeout(Scenario):
    exit_code = 1
    arguments = ("--set", "timeouts.drain=200ms", "--set", "origins.origin.pool.max=2")

    def make_proxy(self):
        return Sidecache(self.origin.url, *self.arguments, workers=1)

    def test_cuts_what_is_still_open(self):
        self.origin.once("GET", "/", [head(200, FRESH, ("Content-Length", 100)) + b"begun", SILENCE])
        with self.client.connect() as connection:
            connection.send_request("GET", "/")
            begun = connection.begin_response()
            begun.read(5)
            self.proxy.terminate()
            self.assertFalse(begun.finish().is_complete)
        self.assertEqual(self.proxy.wait_for_exit(), 1)
        self.proxy.wait_for_log("drain_cut")

    def test_cuts_requests_that_wait_for_a_connection(self):
        """They are told, not sent on to the origin after all."""
        held = 8
        self.origin.always("POST", "/", SILENCE)
        connections = [self.client.connect() for _ in range(held)]
        for connection in connections:
            self.addCleanup(connection.close)
            connection.send_request("POST", "/", body=b"{}")
        self.proxy.wait_for_metric("sidecache_origin_waiting", held - 2)
        self.proxy.terminate()
        self.assertEqual(self.proxy.wait_for_exit(), 1)
        self.assertEqual(self.origin.count(), 2)
        self.assertEqual(len(self.proxy.access_log(held)), held)

    def test_cuts_a_request_that_has_no_answer_yet(self):
        self.origin.once("POST", "/", SILENCE)
        with self.client.connect() as connection:
            connection.send_request("POST", "/", body=b"{}")
            self.origin.wait_for(1)
            self.proxy.terminate()
            connection.read_rest()
        self.assertEqual(self.proxy.wait_for_exit(), 1)


class TheNextProcess(Scenario):
    """Takes the address over while the old one drains or after it."""

    def test_can_listen_once_the_old_one_has_ended(self):
        self.origin.once("GET", "/", ok(b"a", FRESH), ok(b"b", FRESH))
        self.client.get("/")
        host, port = self.proxy.address
        self.proxy.stop()
        again = Sidecache(self.origin.url, listen=(f"{host}:{port}",))
        self.addCleanup(again.kill)
        self.assert_body(again.client().get("/"), 200, b"b")
        again.stop()


if __name__ == "__main__":
    unittest.main()
