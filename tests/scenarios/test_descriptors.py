"""File descriptors: as many as the system gives, and what happens where they are too few."""

import json
import os
import time
import unittest
from pathlib import Path

from harness import Client, Scenario, Sidecache, ok, respond, wait_until

FRESH = ("Cache-Control", "max-age=600")
WARNING = ("sidecache: this process may open {} files, and limits.connections with origins.*.pool.max wants {}: "
           "raise the limit (ulimit -n) or lower them")


def limited(proxy, soft, hard):
    """Started by a shell that lowers its own limits first."""
    proxy.command = ["sh", "-c", 'ulimit -S -n "$1" && ulimit -H -n "$2" && shift 2 && exec "$@"', "sh", str(soft), str(hard), *proxy.command]
    proxy.start()
    return proxy


def limits_of(proxy):
    """Soft and hard."""
    line = next(line for line in Path(f"/proc/{proxy.pid}/limits").read_text().splitlines() if line.startswith("Max open files"))
    return tuple(int(number) for number in line.split()[3:5])


class ALowSoftLimit(Scenario):
    arguments = ("--set", "limits.connections=100", "--set", "origins.origin.pool.max=20")

    def make_proxy(self):
        return limited(Sidecache(self.origin.url, *self.arguments, start=False), 64, 200)

    def test_is_raised_to_the_hard_one(self):
        self.assertEqual(limits_of(self.proxy), (200, 200))
        self.assertEqual(self.proxy.metric("process_max_fds"), 200)

    def test_is_not_worth_a_word_where_the_hard_one_is_enough(self):
        self.proxy.stop()
        self.assertNotIn("may open", self.proxy.stderr.text())


class TooFewForTheLimits(Scenario):
    arguments = ("--set", "limits.connections=100", "--set", "origins.origin.pool.max=20")

    def make_proxy(self):
        return limited(Sidecache(self.origin.url, *self.arguments, start=False), 64, 183)

    def test_are_told_at_the_start_in_one_line(self):
        self.assertEqual(self.proxy.wait_for_log("may open"), WARNING.format(183, 184))
        self.proxy.stop()
        self.assertEqual(self.proxy.stderr.text().count("may open"), 1)


class UsedUp(Scenario):
    """All descriptors are taken by connections that rest, and more clients wait for theirs."""

    limit = 64
    waiting_clients = 12

    def make_proxy(self):
        return limited(Sidecache(self.origin.url, workers=self.workers, start=False), self.limit, self.limit)

    def open_descriptors(self):
        return len(os.listdir(f"/proc/{self.proxy.pid}/fd"))

    def setUp(self):
        super().setUp()
        # Neither a connection to the origin nor one to the admin door may go meanwhile and leave a descriptor.
        self.origin.always("GET", "/stored", ok(b"a", FRESH, ("Connection", "close")))
        self.admin = self.connect(Client(self.proxy.admin_address))
        self.connections = [self.connect(self.client)]
        self.assert_body(self.connections[0].get("/stored"), 200, b"a")
        # An answer of our own and a write: the undefined behaviour sanitizer takes a descriptor to look at an object whose kind it meets for the first time.
        self.assertEqual(self.connections[0].get("/none", cache_control="only-if-cached").status, 504)
        self.origin.once("POST", "/elsewhere", respond(200, b"", ("Connection", "close")))
        self.assertEqual(self.connections[0].request("POST", "/elsewhere", body=b"{}").status, 200)
        self.asked = self.origin.count()
        self.proxy.reload()  # and a line of the log, likewise
        wait_until(lambda: self.metric("sidecache_origin_connections") == 0, "the end of the connection to the origin")
        while self.open_descriptors() < self.limit:
            self.connections.append(self.connect(self.client))
            self.assert_hit(self.connections[-1].get("/stored"), b"a")
        self.waiting = [self.connect(self.client) for _ in range(self.waiting_clients)]  # by the kernel, not by the proxy
        for connection in self.waiting:
            connection.send_request("GET", "/stored")

    def connect(self, client):
        connection = client.connect()
        self.addCleanup(connection.close)
        return connection

    def metric(self, name):
        text = self.admin.get("/metrics").body.decode()
        return float(next(line for line in text.splitlines() if line.startswith(name + " ")).split()[1])

    def free(self, count):
        for connection in self.connections[-count:]:
            connection.close()
        del self.connections[-count:]

    def cpu_seconds(self):
        return self.metric("process_cpu_seconds_total")

    def test_leaves_hits_on_open_connections_as_they_are(self):
        for connection in self.connections:
            self.assert_hit(connection.get("/stored"), b"a")

    def test_is_503_for_what_needs_a_connection_to_the_origin(self):
        for connection in self.connections:
            self.assert_proxy_error(connection.get("/missing"), 503, "connection_limit_reached")
            self.assert_proxy_error(connection.request("POST", "/stored", body=b"{}"), 503, "connection_limit_reached")
            self.assert_hit(connection.get("/stored"), b"a")  # the write has not left
        self.assertEqual(self.origin.count(), self.asked)
        self.assertFalse(json.loads(self.admin.get("/readyz").body)["origin"]["failing"], "nobody has asked the origin")

    def test_is_no_reason_to_spin(self):
        """To look for a free one now and then costs nothing; to try without a pause takes all the time there is."""
        begun, before = time.monotonic(), self.cpu_seconds()
        self.assertFalse(self.waiting[0].has_bytes_within(1))
        self.assertLess(self.cpu_seconds() - before, 0.25 * (time.monotonic() - begun))

    def test_leaves_the_admin_door_open_to_whoever_is_connected(self):
        self.assertEqual(self.admin.get("/healthz").status, 200)
        self.assertEqual(self.metric("process_open_fds"), self.limit)
        self.assertEqual(self.metric("process_max_fds"), self.limit)

    def test_ends_when_connections_end(self):
        at_the_same_time = 4  # one to the origin for each worker, a new client, and one that is about to be closed
        self.origin.always("GET", "/missing", respond(200, b"b", ("Cache-Control", "no-store"), ("Connection", "close")))
        self.origin.once("POST", "/other", ok(b"done", ("Connection", "close")))
        self.free(self.waiting_clients + at_the_same_time)
        for connection in self.waiting:
            self.assert_hit(connection.read_response(), b"a")
        for connection in (*self.connections, *self.waiting):
            self.assert_body(connection.get("/missing"), 200, b"b")
        self.assert_body(self.client.post("/other"), 200, b"done")
        self.assert_hit(self.client.get("/stored"), b"a")

    def test_does_not_delay_the_end_of_the_process(self):
        self.proxy.terminate()
        self.assertEqual(self.proxy.wait_for_exit(), 0)


if __name__ == "__main__":
    unittest.main()
