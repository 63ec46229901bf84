"""/api/drugs/{code}/interactions/, which asks another service."""

import logging
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.test import SimpleTestCase, override_settings

from drug_register.server import make_server
from sidecache_django.tests.support import shown

WARFARIN = "/api/drugs/B01AA03/interactions/"


@contextmanager
def served(server):
    """A server of this process, by its address."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def register_at(address: str, seconds: float = 20):
    return override_settings(DRUG_REGISTER_URL=address, DRUG_REGISTER_SECONDS=seconds)


def saying(content: bytes, status: int = 200):
    """A server that says this, whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments) -> None:
            """Nobody reads it."""

    return served(ThreadingHTTPServer(("127.0.0.1", 0), Handler))


@contextmanager
def dripping():
    """Answers with a byte of a header line now and then, for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        is_over = threading.Event()

        def drip() -> None:
            try:
                connection, _ = listening.accept()
                with connection:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                    while not is_over.wait(0.02):
                        connection.sendall(b"x")
            except OSError:
                pass  # the client has had enough

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            is_over.set()
            thread.join()


class RegisterTests(SimpleTestCase):
    def setUp(self):
        logging.disable(logging.ERROR)  # Django logs each 502
        self.addCleanup(logging.disable, logging.NOTSET)

    def ask(self, address: str, target: str = WARFARIN, seconds: float = 20):
        with register_at(address, seconds):
            return self.client.get(target)

    def test_the_answer_is_what_the_register_says(self):
        with served(make_server("127.0.0.1", 0)) as address:
            response = self.ask(address)
        self.assertEqual(response.status_code, 200)
        answer = response.json()
        self.assertEqual((answer["code"], answer["name"]), ("B01AA03", "warfarin"))
        self.assertIn(
            {"code": "M01AE01", "name": "ibuprofen", "severity": "severe", "effect": "More bleeding."},
            answer["interactions"],
        )

    def test_everybody_may_keep_it_for_five_minutes_and_no_query_is_made(self):
        with served(make_server("127.0.0.1", 0)) as address:
            response = self.ask(address)
        self.assertEqual(response["Cache-Control"], "public, max-age=300")
        self.assertEqual(response["Vary"], "Accept")
        self.assertEqual(response["X-Query-Count"], "0")
        self.assertEqual(shown(response), {"drug register"})

    def test_a_register_below_a_path(self):
        answer = b'{"code": "B01AA03", "name": "warfarin", "interactions": []}'
        with saying(answer) as address:
            self.assertEqual(self.ask(address + "/v2/").status_code, 200)

    def test_a_drug_that_the_register_does_not_know_is_not_found(self):
        with served(make_server("127.0.0.1", 0)) as address:
            for code in ("X00", "b01aa03", "%2e%2e", "a%2Fb", "%E2%82%AC"):
                with self.subTest(code):
                    response = self.ask(address, f"/api/drugs/{code}/interactions/")
                    self.assertEqual(response.status_code, 404)

    def assert_failure(self, response, status: int):
        self.assertEqual(response.status_code, status)
        self.assertEqual(response["Content-Type"], "application/json")
        self.assertEqual(response["Cache-Control"], "no-store")
        self.assertIn("register", response.json()["detail"])

    def test_an_answer_that_is_not_what_was_asked_for_is_a_502(self):
        for content, status in (
            (b"oh no", 500),
            (b"{}", 403),
            (b"<html>", 200),
            (b"[]", 200),
            (b'{"code": "B01AA03"}', 200),
            (b"x" * 300_000, 200),
            (b"\xff\xfe", 200),
        ):
            with self.subTest(content[:20]), saying(content, status) as address:
                self.assert_failure(self.ask(address), 502)

    def test_nobody_there_is_a_502(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        self.assert_failure(self.ask(address), 502)

    def test_no_answer_within_the_deadline_is_a_504(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            address = f"http://127.0.0.1:{listening.getsockname()[1]}"
            self.assert_failure(self.ask(address, seconds=0.1), 504)

    def test_an_answer_that_drips_does_not_begin_the_deadline_anew(self):
        with dripping() as address:
            self.assert_failure(self.ask(address, seconds=0.3), 504)

    def test_without_a_register_it_is_a_503(self):
        self.assert_failure(self.ask(""), 503)
