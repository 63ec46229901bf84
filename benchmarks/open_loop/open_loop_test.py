#!/usr/bin/env python3
"""The open-loop generator asks when it should, and does not overlook what a stall kept back.

    open_loop_test.py --bin build/release/benchmarks/open_loop
"""

import argparse
import json
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
binary = None


class Server:
    """Answers each request of each connection with what `answer(number)` returns, which may take its time."""

    def __init__(self, answer):
        self.answer = answer
        self.received = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            received = b""
            while True:
                data = connection.recv(65536)
                if not data:
                    return
                received += data
                while b"\r\n\r\n" in received:
                    head, _, received = received.partition(b"\r\n\r\n")
                    with self.lock:
                        self.received.append(head)
                        number = len(self.received)
                    answer = self.answer(number)
                    if answer is None:
                        return
                    connection.sendall(answer)

    def close(self):
        self.listener.close()


class OpenLoop(unittest.TestCase):
    def run_it(self, answer, *arguments, requests=REQUEST):
        self.server = Server(answer)
        self.addCleanup(self.server.close)
        with tempfile.NamedTemporaryFile() as file:
            file.write(requests)
            file.flush()
            told = subprocess.run([binary, "--port", str(self.server.port), "--requests", file.name, "--warm-up", "0", *arguments],
                                  capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        return json.loads(told.stdout)

    def test_asks_at_the_rate_that_it_is_told_by_turns(self):
        told = self.run_it(lambda _: RESPONSE, "--rate", "500", "--seconds", "2", requests=REQUEST + REQUEST.replace(b"/ ", b"/other "))
        self.assertTrue(850 <= told["requests"] <= 1150, told)  # a Poisson process: 1000, give or take five times 32
        self.assertEqual((told["unanswered"], told["closed"], told["bad"], told["bytes"]), (0, 0, 0, 5 * told["requests"]))
        self.assertEqual(len(self.server.received), told["requests"])
        targets = [head.split()[1] for head in self.server.received]
        self.assertTrue(abs(targets.count(b"/") - targets.count(b"/other")) <= 1)

    def test_counts_a_stall_for_each_request_that_was_due_in_it(self):
        one_at_a_time = threading.Lock()

        def answer(number):
            with one_at_a_time:
                if number == 100:
                    time.sleep(0.5)
            return RESPONSE

        told = self.run_it(answer, "--rate", "200", "--seconds", "2", "--connections", "4")
        # A quarter of all were due in that half second; a closed loop of four would have seen four slow ones, one in a hundred.
        self.assertGreater(told["p90_us"], 150_000, told)
        self.assertLess(told["p50_us"], 100_000, told)

    def test_tells_what_is_never_answered_and_how_long_it_was_waited_for(self):
        told = self.run_it(lambda number: RESPONSE if number < 50 else b"", "--rate", "200", "--seconds", "0.5", "--connections", "200")
        self.assertGreater(told["unanswered"], 20)
        self.assertGreater(told["max_us"], 2_000_000)

    def test_tells_who_closes_and_who_answers_something_else_and_goes_on(self):
        told = self.run_it(lambda number: None if number == 10 else RESPONSE, "--rate", "200", "--seconds", "0.5", "--connections", "2")
        self.assertEqual((told["closed"], told["unanswered"]), (1, 1))
        self.assertGreater(told["requests"], 50)
        told = self.run_it(lambda number: b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n" if number == 10 else RESPONSE, "--rate", "200", "--seconds", "0.5")
        self.assertEqual(told["bad"], 1)

    def test_reads_heads_and_content_in_whatever_pieces_they_come(self):
        class Slow(Server):
            def serve(self, connection):
                with connection:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    while connection.recv(65536):
                        for byte in RESPONSE:
                            connection.sendall(bytes([byte]))

        self.server = Slow(None)
        self.addCleanup(self.server.close)
        with tempfile.NamedTemporaryFile() as file:
            file.write(REQUEST)
            file.flush()
            told = json.loads(subprocess.run([binary, "--port", str(self.server.port), "--requests", file.name, "--rate", "50", "--seconds", "1", "--warm-up", "0"],
                                             capture_output=True, text=True, check=True, timeout=60).stdout)
        self.assertEqual((told["unanswered"], told["bad"], told["bytes"]), (0, 0, 5 * told["requests"]))

    def test_takes_answers_of_any_status_where_it_is_told_to(self):
        refusal = b"HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 3\r\n\r\nno\n"
        told = self.run_it(lambda number: refusal if number % 10 == 0 else RESPONSE, "--rate", "200", "--seconds", "1", "--connections", "4", "--any-status")
        refused = told["statuses"]["503"]
        self.assertEqual((told["bad"], told["unanswered"]), (0, 0))
        self.assertEqual((refused, told["statuses"]["200"] + refused), (told["requests"] // 10, told["requests"]))
        self.assertEqual(told["closed"], refused)  # each was the last of its connection

    def test_opens_more_connections_only_while_all_others_are_busy(self):
        def run(delay, most):
            connections = set()

            class Counted(Server):
                def serve(self, connection):
                    connections.add(connection.fileno())
                    super().serve(connection)

            def answer(_):
                time.sleep(delay)
                return RESPONSE

            self.server = Counted(answer)
            self.addCleanup(self.server.close)
            with tempfile.NamedTemporaryFile() as file:
                file.write(REQUEST)
                file.flush()
                told = subprocess.run([binary, "--port", str(self.server.port), "--requests", file.name, "--rate", "100", "--seconds", "1", "--warm-up", "0",
                                       "--connections", "2", "--most-connections", str(most), "--any-status"], capture_output=True, text=True, check=True, timeout=60)
            return json.loads(told.stdout), len(connections)

        told, connections = run(0.3, 1000)  # thirty at a time
        self.assertGreater(connections, 15)
        self.assertLess(told["p90_us"], 600_000, told)
        self.assertEqual(told["waited"], 0)
        told, connections = run(0.05, 0)
        self.assertEqual(connections, 2)
        self.assertGreater(told["waited"], 20)

    def test_sleeps_where_it_is_told_to_and_asks_as_often(self):
        def used():
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            return usage.ru_utime + usage.ru_stime

        before = used()
        told = self.run_it(lambda _: RESPONSE, "--rate", "200", "--seconds", "2", "--sleep")
        self.assertLess(used() - before, 1, "of two seconds")
        self.assertTrue(300 <= told["requests"] <= 500, told)  # 400, give or take five times 20
        self.assertEqual((told["unanswered"], told["bad"]), (0, 0))

    def test_waits_at_the_end_as_long_as_it_is_told_to(self):
        told = self.run_it(lambda number: RESPONSE if number < 5 else b"", "--rate", "50", "--seconds", "0.5", "--patience", "0.2", "--sleep")
        self.assertGreater(told["unanswered"], 5)
        self.assertLess(told["max_us"], 2_000_000)

    def test_says_what_it_expects(self):
        told = subprocess.run([binary, "--port", "1", "--requests", "/nowhere"], capture_output=True, text=True, check=False)
        self.assertNotEqual(told.returncode, 0)
        self.assertIn("--requests", told.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    arguments, rest = parser.parse_known_args()
    binary = arguments.bin
    unittest.main(argv=[sys.argv[0], *rest])
