#!/usr/bin/env python3
"""The bare epoll responder answers right: figures that are divided by its cost would else mean nothing.

    limit_test.py --bin build/release/benchmarks/limit
"""

import argparse
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "scenarios"), str(ROOT / "benchmarks" / "load")]

from harness import Connection, wait_until  # noqa: E402
from process import Process  # noqa: E402

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
binary = None


class Limit(unittest.TestCase):
    def start(self, *arguments):
        folder = tempfile.TemporaryDirectory(prefix="sidecache-limit-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.process = Process([binary, *arguments], self.folder, 0)
        self.addCleanup(self.process.stop)
        self.port = self.process.wait_for_port()

    def connect(self):
        connection = Connection(("127.0.0.1", self.port))
        self.addCleanup(connection.close)
        return connection

    def is_asleep(self):
        return Path("/proc/%d/stat" % self.process.pids()[0]).read_text().rpartition(")")[2].split()[0] == "S"

    def insist_on(self, connection, responses, size):
        for _ in range(responses):
            response = connection.read_response()
            self.assertEqual((response.status, len(response.body), response.is_complete), (200, size, True))

    def test_answers_with_the_fields_and_the_size_that_it_is_told(self):
        self.start("--size", "5000", "--field", "Cache-Control: max-age=60", "--field", "Vary: Accept")
        response = self.connect().get("/")
        self.assertEqual((response.status, len(response.body)), (200, 5000))
        self.assertEqual((response.header("Cache-Control"), response.header("Vary")), ("max-age=60", "Accept"))

    def test_answers_each_of_many_pipelined_requests(self):
        self.start()
        connection = self.connect()
        connection.send(REQUEST * 3000)
        self.insist_on(connection, 3000, 1024)
        self.assertFalse(connection.has_bytes_within(0.05))

    def test_answers_a_write_without_content_as_it_does_a_read(self):
        self.start()
        connection = self.connect()
        for method in (b"POST", b"PATCH", b"DELETE"):
            connection.send(method + b" /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            self.insist_on(connection, 1, 1024)
        self.assertFalse(connection.has_bytes_within(0.05))

    def test_confirms_what_is_asked_about_and_counts_that(self):
        counter = tempfile.NamedTemporaryFile(prefix="sidecache-limit-counter-")
        self.addCleanup(counter.close)
        self.start("--confirm", "--field", 'ETag: "a"', "--counter", counter.name)
        connection = self.connect()
        for condition, status, size in (("", 200, 1024), ('If-None-Match: "a"\r\n', 304, 0), ("", 200, 1024)):
            connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n%s\r\n" % condition.encode())
            response = connection.read_response()
            self.assertEqual((response.status, len(response.body), response.header("ETag")), (status, size, '"a"'))
        counts = Path(counter.name).read_bytes()
        self.assertEqual([int.from_bytes(part, "little") for part in (counts[:8], counts[8:])], [3, 1])
        connection.send(REQUEST * 2)
        self.assertTrue(connection.is_closed_by_peer())

    def test_finds_the_end_of_a_head_wherever_reads_divide_it(self):
        self.start()
        connection = self.connect()
        for cut in range(1, len(REQUEST)):
            connection.send(REQUEST + REQUEST[:cut])
            self.insist_on(connection, 1, 1024)  # the first has been read, and what follows with it or after it
            connection.send(REQUEST[cut:])
            self.insist_on(connection, 1, 1024)
        connection.send_slowly(REQUEST * 3)
        self.insist_on(connection, 3, 1024)

    def test_a_client_that_takes_nothing_keeps_nobody_else_waiting_and_gets_all_in_the_end(self):
        self.start("--size", "100000")
        slow, other = self.connect(), self.connect()
        sending = threading.Thread(target=slow.send, args=(REQUEST * 1000,))
        sending.start()
        other.send(REQUEST * 10)
        self.insist_on(other, 10, 100000)
        self.insist_on(slow, 1000, 100000)
        sending.join()
        slow.send(REQUEST)
        self.insist_on(slow, 1, 100000)
        wait_until(self.is_asleep, "the responder to sleep: nothing is left to do")

    def test_counts_what_it_answers(self):
        self.start("--counter", "answered")
        connection = self.connect()
        connection.send(REQUEST * 7)
        self.insist_on(connection, 7, 1024)
        self.assertEqual(int.from_bytes((self.folder / "answered").read_bytes(), "little"), 7)

    def test_a_connection_that_ends_leaves_nothing_open(self):
        self.start()
        descriptors = Path("/proc/%d/fd" % self.process.pids()[0])
        before = len(list(descriptors.iterdir()))
        for _ in range(200):
            with Connection(("127.0.0.1", self.port)) as connection:
                connection.get("/")
        wait_until(lambda: len(list(descriptors.iterdir())) == before, "as many descriptors as before")

    def test_each_worker_is_a_thread_with_a_socket_of_its_own(self):
        self.start("--workers", "3")
        self.assertEqual(len(list(Path("/proc/%d/task" % self.process.pids()[0]).iterdir())), 3)
        for _ in range(30):  # the kernel spreads them
            self.assertEqual(self.connect().get("/").status, 200)

    def test_says_what_address_it_expects(self):
        for wrong in ("8080", "localhost:8080", "127.0.0.1:", "127.0.0.1:80a", "127.0.0.1:70000"):
            told = subprocess.run([binary, "--listen", wrong], capture_output=True, text=True, timeout=10, check=False)
            self.assertEqual(told.returncode, 2)
            self.assertIn("expected an address such as 127.0.0.1:0, got '%s'" % wrong, told.stderr)

    def test_says_that_an_address_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            told = subprocess.run([binary, "--listen", "127.0.0.1:%d" % taken.getsockname()[1]], capture_output=True, text=True, timeout=10, check=False)
        self.assertEqual((told.returncode, told.stderr), (2, "limit: bind: Address already in use\n"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=lambda path: str(Path(path).resolve()))
    binary = parser.parse_args().bin
    unittest.main(argv=sys.argv[:1])
