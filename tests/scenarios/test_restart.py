"""A new process takes the addresses over while clients go on (CONSISTENCY T13): one process at a time, and no stale read."""

import os
import random
import socket
import tempfile
import threading
import time
import unittest

from harness import Client, Scenario, Sidecache, make_request, ok, respond, run_sidecache, wait_until
from harness.checker import ROWS, Database

FRESH = ("Cache-Control", "max-age=600")
IN_USE = "the address is in use"


class Restarted(Scenario):
    """The proxy listens on two addresses that its successors take over."""

    arguments = ("--set", "log.access=off")
    # Clients connect from 127.0.0.1: none of them can happen to get the address for its own end while nobody listens on it.
    host = "127.0.0.2"

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sidecache-test-")
        self.addCleanup(folder.cleanup)
        self.door = os.path.join(folder.name, "door")
        self.processes = []
        self.addCleanup(lambda: [process.kill() for process in self.processes])
        super().setUp()

    def make_process(self, port):
        """Not started yet."""
        process = Sidecache(self.origin.url, *self.arguments, listen=(f"{self.host}:{port}", f"unix:{self.door}"), start=False)
        self.processes.append(process)
        return process

    def make_proxy(self):
        first = self.make_process(0)
        first.start()
        return first

    def make_successor(self):
        return self.make_process(self.client.address[1])

    def connect(self):
        connection = self.client.connect()
        self.addCleanup(connection.close)
        return connection

    def begin_slow_exchange(self):
        """One that the drain waits for, until its gate is opened."""
        gate = self.origin.gate()
        self.origin.once("GET", "/slow", [gate, respond(200, b"finished", ("Cache-Control", "no-store"))])
        connection = self.connect()
        connection.send_request("GET", "/slow")
        gate.wait_for_arrivals()
        return connection, gate

    def drain(self):
        """SIGTERM; what is under way goes on, and nobody listens any more: it is not the port that keeps a successor out."""
        self.proxy.terminate()
        wait_until(lambda: self.proxy.admin("/readyz").status == 503, "the admin door to say that it drains")
        wait_until(self.is_port_free, "the end of the listening sockets")

    def is_port_free(self):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(self.client.address)
                return True
            except OSError:
                return False

    def assert_finished(self, connection):
        response = connection.read_response()
        self.assert_body(response, 200, b"finished")
        self.assertTrue(response.will_close)
        self.assertTrue(connection.is_closed_by_peer())

    def assert_ended(self, proxy):
        self.assertEqual(proxy.wait_for_exit(), 0, proxy.told())
        proxy.stop()


class WhileTheOldProcessDrains(Restarted):
    def setUp(self):
        super().setUp()
        self.origin.once("GET", "/a", ok(b"old", FRESH))
        self.slow, self.gate = self.begin_slow_exchange()
        self.kept = self.connect()
        self.assert_body(self.kept.get("/a"), 200, b"old")

    def drain_within(self, request):
        """The drain begins when the proxy has read half of this request; then the other half comes."""
        half = len(request) // 2
        self.kept.send(make_request("GET", "/a") + request[:half])
        self.assert_hit(self.kept.read_response(), b"old")  # and what was sent together with it has been read
        self.drain()
        self.kept.send(request[half:])

    def take_over(self):
        """The old process ends, and the next one begins."""
        self.gate.open()
        self.assert_finished(self.slow)
        self.assert_ended(self.proxy)
        successor = self.make_successor()
        successor.start()
        self.proxy = successor

    def test_no_other_is_let_in(self):
        self.drain()
        for address in (f"{self.host}:{self.client.address[1]}", f"unix:{self.door}"):
            refused = run_sidecache("--origin", self.origin.url, "--listen", address)
            self.assertEqual((refused.returncode, refused.stdout), (2, ""))
            self.assertEqual(refused.stderr, f"sidecache: cannot listen on {address}: {IN_USE}\n")
        self.assertTrue(self.kept.is_closed_by_peer())
        self.take_over()
        self.origin.always("GET", "/a", ok(b"new", FRESH))
        self.assert_forwarded(self.connect().get("/a"), "uri-miss", b"new")
        self.assert_hit(Client(self.door).get("/a"), b"new")

    def test_a_read_on_a_kept_connection_is_not_answered_from_the_store(self):
        self.origin.once("GET", "/a", ok(b"new", FRESH))
        self.drain_within(make_request("GET", "/a"))
        response = self.kept.read_response()
        self.assertFalse(response.cache_status.hit, response)
        self.assert_body(response, 200, b"new")
        self.assertTrue(self.kept.is_closed_by_peer())
        self.take_over()

    def test_a_write_on_a_kept_connection_is_left_to_the_next(self):
        write = make_request("PATCH", "/a", body=b"new")
        self.drain_within(write)
        response = self.kept.read_response("PATCH")
        self.assertEqual((response.status, response.is_complete, response.header("cache-status")), (503, True, "sidecache"))
        self.assertTrue(self.kept.is_closed_by_peer())
        self.assertEqual(self.origin.count("PATCH"), 0)
        self.take_over()
        self.origin.once("GET", "/a", ok(b"old", FRESH), ok(b"new", FRESH))
        self.origin.once("PATCH", "/a", ok(b"done"))
        with self.client.connect() as again:
            self.assert_body(again.get("/a"), 200, b"old")
            again.send(write)
            self.assert_body(again.read_response("PATCH"), 200, b"done")
            self.assert_body(again.get("/a"), 200, b"new")
            self.assert_hit(again.get("/a"), b"new")


class UnderWritesAndReads(Restarted):
    """Clients keep their connections as long as they may, over TCP and the Unix socket, through several processes."""

    arguments = (*Restarted.arguments, "--set", "origins.origin.pool.max=100")
    restarts = 3

    def setUp(self):
        super().setUp()
        self.database = Database("before the answer")
        self.lock = threading.Lock()
        self.is_over = False
        self.reads = self.hits = self.writes = self.refusals = 0
        self.arrived, self.unsent, self.stale = set(), [], []
        self.origin.always("GET", None, self.show)
        self.origin.always("PATCH", None, self.change)

    # The origin.

    def dawdle(self):
        """The origin's own time: it decides no order that the test relies on."""
        time.sleep(random.random() * 0.004)

    def show(self, exchange):
        versions = self.database.committed()
        self.dawdle()
        path = exchange.request.path.strip("/").split("/")
        exchange.play(respond(200, ",".join(map(str, versions)) if len(path) == 1 else str(versions[int(path[1])]), FRESH))

    def change(self, exchange):
        row, version = int(exchange.request.path.strip("/").split("/")[1]), int(exchange.request.body)
        with self.lock:
            self.arrived.add((row, version))
        self.dawdle()
        self.database.commit(row, version)
        self.dawdle()
        exchange.play(respond(200, b"done"))

    # The clients. Each has one connection, and makes another where that is closed.

    def work(self, address, step):
        connection = None
        while not self.is_over:
            try:
                connection = connection or Client(address).connect()
            except (ConnectionError, FileNotFoundError):
                time.sleep(0.005)  # nobody listens yet
                continue
            if not step(connection):
                connection.close()
                connection = None
        if connection:
            connection.close()

    def write(self, connection):
        """True while the connection may be used again."""
        row = random.randrange(ROWS)
        version = self.database.begin(row)
        connection.send_request("PATCH", f"/rows/{row}/", body=str(version).encode())
        if connection.is_closed_by_peer():
            self.note_unsent(row, version)
            return False
        begun = connection.begin_response("PATCH")
        if begun.status == 200:
            self.database.is_answered(row, version)
        response = begun.finish()
        self.assertTrue(response.is_complete)
        if response.status == 503:
            self.note_unsent(row, version)
        else:
            self.assertEqual((response.status, response.body), (200, b"done"))
            with self.lock:
                self.writes += 1
        time.sleep(random.random() * 0.02)
        return not response.will_close

    def note_unsent(self, row, version):
        with self.lock:
            self.unsent.append((row, version))

    def read(self, connection):
        row = random.randrange(-1, ROWS)
        target = "/rows/" if row < 0 else f"/rows/{row}/"
        floor = self.database.floor()
        connection.send_request("GET", target)
        if connection.is_closed_by_peer():
            return False
        response = connection.read_response()
        self.assertEqual((response.status, response.is_complete), (200, True), response)
        shown = [int(number) for number in response.body.split(b",")]
        wanted = floor if row < 0 else [floor[row]]
        with self.lock:
            self.reads += 1
            self.hits += response.cache_status.hit
            if any(version < least for version, least in zip(shown, wanted)):
                self.stale.append(f"{target} showed {shown}, answered before were {wanted}: {response.cache_status}")
        return not response.will_close

    # The supervisor.

    def start_successor(self):
        """Tries again and again, as a supervisor does, until it is let in."""
        while True:
            successor = self.make_successor()
            try:
                successor.start()
                return successor
            except AssertionError:
                successor.stderr.join()
                self.assertIn(IN_USE, successor.told())
                self.refusals += 1

    def wait_for_work(self):
        """By this process."""
        hits, writes = self.hits, self.writes
        wait_until(lambda: self.hits >= hits + 50 and self.writes >= writes + 10, "hits and writes")

    def test_no_read_is_stale_and_no_write_is_lost(self):
        clients = [self.in_background(self.work, (self.client.address, self.door)[number % 2], step)
                   for step, count in ((self.write, 3), (self.read, 6)) for number in range(count)]
        self.addCleanup(setattr, self, "is_over", True)
        for _ in range(self.restarts):
            self.wait_for_work()
            slow, gate = self.begin_slow_exchange()
            self.drain()
            old, before = self.proxy, self.refusals
            starting = self.in_background(self.start_successor)
            wait_until(lambda: self.refusals > before, "a refusal while the old process drains")
            gate.open()
            self.assert_finished(slow)
            self.proxy = starting.result()
            self.assert_ended(old)
        self.wait_for_work()
        self.is_over = True
        for client in clients:
            client.result()
        self.assertEqual(self.stale, [], f"{len(self.stale)} of {self.reads} reads were stale")
        self.assertEqual([write for write in self.unsent if write in self.arrived], [], "writes that were not answered reached the origin")


if __name__ == "__main__":
    unittest.main()
