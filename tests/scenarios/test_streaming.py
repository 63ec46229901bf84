"""Contents of any size pass piece by piece, in both directions, whole and unchanged, and nobody runs ahead of who reads."""

import contextlib
import itertools
import os
import re
import socket
import threading
import unittest
import zlib

from harness import DROP, PATIENCE, Gate, NotHttp, Scenario, chunk, chunked, head, last_chunk, ok, respond
from harness_wire import Ended, WireOrigin, connect

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

# Builds with sanitizers are slow and large: with SIDECACHE_TEST_SCALE=0.02 the great contents are that part of their size and memory is not judged.
SCALE = float(os.environ.get("SIDECACHE_TEST_SCALE") or 1)
BLOCK = bytes(range(256)) * 4096 + b"odd"
BLOCK_COUNT = int(GIB * SCALE) // len(BLOCK)
GREAT_SIZE = BLOCK_COUNT * len(BLOCK)
PEAK_LIMIT = 64 * MIB


def kernel_buffer_limit():
    """The most that the kernel keeps of one connection on both sides of the proxy."""
    limits = 0
    for name in ("tcp_rmem", "tcp_wmem"):
        with open(f"/proc/sys/net/ipv4/{name}") as settings:
            limits += int(settings.read().split()[2])
    return limits


def peak_resident_bytes(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmHWM:\s*(\d+) kB", status.read())[1]) * KIB


class WireScenario(Scenario):
    """With an origin that is played by hand: `self.play` is set by the test before it asks."""

    send_buffer = receive_buffer = None

    def make_origin(self):
        return WireOrigin(send_buffer=self.send_buffer, receive_buffer=self.receive_buffer)

    def tell(self, figure):
        if os.environ.get("SIDECACHE_TEST_VERBOSE"):
            print(f"{self.id()}: {figure}", flush=True)

    def connect(self, **options):
        wire = connect(self.proxy.address, **options)
        self.addCleanup(wire.close)
        return wire


class GreatContents(WireScenario):
    @classmethod
    def setUpClass(cls):
        cls.crc = 0
        for _ in range(BLOCK_COUNT):
            cls.crc = zlib.crc32(BLOCK, cls.crc)

    def assert_great(self, content):
        self.assertTrue(content.is_whole)
        self.assertEqual((content.size, content.crc), (GREAT_SIZE, self.crc))

    def assert_small_process(self):
        if SCALE != 1:
            return
        peak = peak_resident_bytes(self.proxy.pid)
        self.tell(f"peak of resident memory {peak / MIB:.1f} MiB")
        self.assertLess(peak, PEAK_LIMIT)

    def send_great(self, wire, is_chunked):
        piece = chunk(BLOCK) if is_chunked else BLOCK
        for _ in range(BLOCK_COUNT):
            wire.send(piece)
        if is_chunked:
            wire.send(last_chunk())

    def download(self, is_chunked):
        def play(wire):
            wire.read_head()
            wire.send(head(200, ("Transfer-Encoding", "chunked") if is_chunked else ("Content-Length", GREAT_SIZE), ("Cache-Control", "max-age=60")))
            self.send_great(wire, is_chunked)

        self.origin.play = play
        client = self.connect()
        client.send(b"GET /great HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = client.read_head()
        self.assertEqual((answer.status, answer.length), (200, "chunked" if is_chunked else GREAT_SIZE))
        self.assert_great(client.content(answer.length).finish())
        self.assert_small_process()

    def upload(self, is_chunked):
        received = []

        def play(wire):
            asked = wire.read_head()
            received.append((asked.length, wire.content(asked.length).finish()))
            wire.send(head(201, ("Content-Length", 4)) + b"done")

        self.origin.play = play
        client = self.connect()
        framing = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: %d" % GREAT_SIZE
        client.send(b"POST /great HTTP/1.1\r\nHost: a\r\n" + framing + b"\r\n\r\n")
        self.send_great(client, is_chunked)
        answer = client.read_head()
        self.assertEqual((answer.status, client.read(4)), (201, b"done"))
        ((length, content),) = received
        self.assertEqual(length, "chunked" if is_chunked else GREAT_SIZE)
        self.assert_great(content)
        self.assert_small_process()

    def test_a_gibibyte_with_content_length_comes_down_whole_in_little_memory(self):
        self.download(is_chunked=False)

    def test_a_gibibyte_in_chunks_comes_down_whole_in_little_memory(self):
        self.download(is_chunked=True)

    def test_a_gibibyte_with_content_length_goes_up_whole_in_little_memory(self):
        self.upload(is_chunked=False)

    def test_a_gibibyte_in_chunks_goes_up_whole_in_little_memory(self):
        self.upload(is_chunked=True)


class BackPressure(WireScenario):
    """Kernel buffers at both ends are small, so that what goes missing in between is the proxy's; they grow when it was measured."""

    send_buffer = receive_buffer = 16 * KIB
    # The kernel grows a socket's buffers as it likes, up to its own limits; what the proxy itself may hold comes on top.
    limit = kernel_buffer_limit() + 8 * MIB
    size = limit + 32 * MIB

    def send_until_stuck(self, wire, data):
        """Sends until nobody takes more for half a second; how much that was."""
        wire.sock.settimeout(0.5)
        sent = 0
        view = memoryview(data)
        try:
            while sent < len(data):
                sent += wire.sock.send(view[sent : sent + 64 * KIB])
        except socket.timeout:
            pass
        wire.sock.settimeout(PATIENCE)
        self.tell(f"{sent / MIB:.2f} MiB sent before anything was read")
        return sent

    def end_of_measurement(self, *wires):
        for wire in wires:
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                wire.sock.setsockopt(socket.SOL_SOCKET, option, 4 * MIB)

    def slow_reader(self, method, framing, *fields):
        content = BLOCK * (self.size // len(BLOCK))
        stuck = []
        is_stuck = threading.Event()

        def play(wire):
            wire.read_head()
            wire.send(head(200, framing or ("Content-Length", len(content)), *fields))
            whole = b"%x\r\n" % len(content) + content + b"\r\n" + last_chunk() if framing else content
            sent = self.send_until_stuck(wire, whole)
            stuck.append(sent)
            self.end_of_measurement(wire)
            is_stuck.set()
            wire.send(whole[sent:])

        self.origin.play = play
        client = self.connect(receive_buffer=16 * KIB)
        client.send(f"{method} /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".encode())
        self.assertTrue(is_stuck.wait(PATIENCE), "the origin is never held back")
        self.assertLess(stuck[0], self.limit)
        self.end_of_measurement(client)
        answer = client.read_head()
        got = client.content(answer.length).finish()
        self.assertEqual((got.size, got.crc), (len(content), zlib.crc32(content)))

    def test_an_origin_waits_for_a_client_that_reads_nothing(self):
        self.slow_reader("GET", None, ("Cache-Control", "max-age=60"))

    def test_an_origin_that_does_not_say_how_much_it_has_waits_as_well(self):
        self.slow_reader("GET", ("Transfer-Encoding", "chunked"), ("Cache-Control", "max-age=60"))

    def test_an_origin_whose_answer_is_not_stored_waits_as_well(self):
        self.slow_reader("GET", ("Transfer-Encoding", "chunked"), ("Cache-Control", "no-store"))

    def test_an_origin_that_answers_a_write_waits_as_well(self):
        self.slow_reader("POST", None)

    def test_a_client_waits_for_an_origin_that_reads_nothing(self):
        content = BLOCK * (self.size // len(BLOCK))
        is_stuck = threading.Event()
        received = []

        def play(wire):
            asked = wire.read_head()
            assert is_stuck.wait(PATIENCE), "the client is never held back"
            self.end_of_measurement(wire)
            received.append(wire.content(asked.length).finish())
            wire.send(head(204))

        self.origin.play = play
        client = self.connect()
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * KIB)
        client.send(b"PUT /slow HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(content))
        sent = self.send_until_stuck(client, content)
        self.end_of_measurement(client)
        is_stuck.set()
        self.assertLess(sent, self.limit)
        client.send(content[sent:])
        self.assertEqual(client.read_head().status, 204)
        self.assertEqual((received[0].size, received[0].crc), (len(content), zlib.crc32(content)))


class WhoDoesNotGoOn(WireScenario):
    """Who reads nothing any more is cut after its deadline, and holds up nobody for longer."""

    arguments = ("--set", "memory.max_object=64KiB", "--set", "timeouts.send=1s", "--set", "origins.origin.timeouts.between_bytes=1s",
                 "--set", "timeouts.content_gap=1s")
    send_buffer = receive_buffer = 64 * KIB
    content = BLOCK * 24

    def test_a_follower_that_reads_nothing_does_not_stop_its_leader(self):
        gate = Gate()

        def play(wire):
            wire.read_head()
            wire.send(head(200, ("Transfer-Encoding", "chunked"), ("Cache-Control", "max-age=60")) + chunk(b"first"))
            gate.pass_through()
            for _ in range(24):
                wire.send(chunk(BLOCK))
            wire.send(last_chunk())

        self.origin.play = play
        leader, follower = self.connect(), self.connect(receive_buffer=16 * KIB)
        for client in (leader, follower):
            client.send(b"GET /shared HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(client.read_head().status, 200)
        gate.open()
        got = leader.content("chunked").finish()
        self.assertEqual((got.size, got.crc), (5 + len(self.content), zlib.crc32(b"first" + self.content)))
        self.assertEqual(self.origin.connections, 1)

    def test_a_client_that_reads_nothing_is_cut(self):
        def play(wire):
            wire.read_head()
            wire.send(head(200, ("Content-Length", len(self.content))))
            with contextlib.suppress(Ended):
                wire.send(self.content)
                raise AssertionError("somebody took it all")

        self.origin.play = play
        client = self.connect(receive_buffer=16 * KIB)
        client.send(b"OPTIONS /rows HTTP/1.1\r\nHost: a\r\n\r\n")  # of a write, the rest would be heard for nobody
        self.assertEqual(self.proxy.access_log(1)[0]["status"], 200)
        answer = client.read_head()
        with self.assertRaises(Ended):
            client.content(answer.length).finish()

    def test_an_origin_that_reads_nothing_of_an_upload_is_504(self):
        self.origin.play = lambda wire: (wire.read_head(), self.is_over.wait(PATIENCE))
        self.is_over = threading.Event()
        self.addCleanup(self.is_over.set)
        client = self.connect()
        client.send(b"PUT /rows/1 HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(self.content))
        with contextlib.suppress(Ended):
            client.send(self.content)
        self.assertEqual(client.read_head().status, 504)

    def test_an_origin_that_stops_in_the_middle_breaks_the_response(self):
        is_over = threading.Event()
        self.addCleanup(is_over.set)

        def play(wire):
            wire.read_head()
            wire.send(head(200, ("Content-Length", 10)) + b"half")
            is_over.wait(PATIENCE)

        self.origin.play = play
        client = self.connect()
        client.send(b"GET /stops HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(client.read_head().status, 200)
        with self.assertRaises(Ended):
            client.content(10).finish()

    def test_a_client_that_stops_in_the_middle_is_408(self):
        heard = []

        def play(wire):
            asked = wire.read_head()
            try:
                wire.content(asked.length).finish()
            except Ended:
                heard.append("broken")

        self.origin.play = play
        client = self.connect()
        client.send(b"PUT /rows/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
        self.assertEqual(client.read_head().status, 408)
        self.origin.close()
        self.assertEqual(heard, ["broken"])


class LargerThanMayBeStored(Scenario):
    arguments = ("--set", "memory.max_object=64KiB")
    content = BLOCK  # 1 MiB

    def read_all_at_once(self, count):
        readers = [self.in_background(lambda: self.client.get("/large")) for _ in range(count)]
        for response in [reader.result() for reader in readers]:
            self.assertTrue(response.is_complete, response)
            self.assertEqual((response.status, len(response.body), zlib.crc32(response.body)), (200, len(self.content), zlib.crc32(self.content)))

    def test_a_response_of_known_length_is_streamed_and_fetched_again_each_time(self):
        self.origin.once("GET", "/large", *[ok(self.content, max_age=60)] * 2)
        for _ in range(2):
            response = self.client.get("/large")
            self.assertFalse(response.cache_status.stored, response)
            self.assert_body(response, 200, self.content)

    def test_a_response_of_unknown_length_is_streamed_and_fetched_again_each_time(self):
        pieces = [self.content[at : at + 10_000] for at in range(0, len(self.content), 10_000)]
        self.origin.once("GET", "/large", *[chunked(*pieces, fields=[("Cache-Control", "max-age=60")])] * 2)
        for _ in range(2):
            response = self.client.get("/large")
            self.assertFalse(response.cache_status.hit, response)
            self.assert_body(response, 200, self.content)

    def test_several_clients_at_once_each_get_all_of_a_response_of_known_length(self):
        self.origin.always("GET", "/large", ok(self.content, max_age=60))
        self.read_all_at_once(8)

    def test_several_clients_at_once_each_get_all_of_a_response_of_unknown_length(self):
        pieces = [self.content[at : at + 10_000] for at in range(0, len(self.content), 10_000)]
        self.origin.always("GET", "/large", chunked(*pieces, fields=[("Cache-Control", "max-age=60")]))
        self.read_all_at_once(8)

    def test_a_slow_client_does_not_hold_up_who_comes_later(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/large", [head(200, ("Content-Length", len(self.content)), ("Cache-Control", "max-age=60")),
                                           self.content[:100_000], gate, self.content[100_000:]], ok(self.content, max_age=60))
        with self.client.connect() as slow:
            slow.send_request("GET", "/large")
            begun = slow.begin_response()
            begun.read(100_000)
            self.assert_body(self.client.get("/large"), 200, self.content)
            gate.open()
            self.assert_body(begun.finish(), 200, self.content)

    def test_what_just_fits_is_stored(self):
        content = b"x" * (64 * KIB)
        self.origin.once("GET", "/fits", ok(content, max_age=60))
        self.assert_body(self.client.get("/fits"), 200, content)
        self.assert_hit(self.client.get("/fits"), content)


class Pieces(Scenario):
    """Server-sent events and their like: what the origin has sent is with the client before the origin sends more."""

    fields = (("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked"))

    def play_events(self, method, target, *fields, send=None):
        gates = [self.origin.gate() for _ in range(3)]
        self.origin.once(method, target, [head(200, *self.fields, *fields), gates[0], chunk(b"data: 1\n\n"), gates[1],
                                          chunk(b"data: 2\n\n"), gates[2], last_chunk()])
        with self.client.connect() as connection:
            connection.send_request(method, target, body=send)
            begun = connection.begin_response(method)
            self.assertEqual((begun.status, begun.header("content-type")), (200, "text/event-stream"))
            gates[0].open()
            self.assertEqual(begun.read_some(), b"data: 1\n\n")
            gates[1].open()
            self.assertEqual(begun.read_some(), b"data: 2\n\n")
            gates[2].open()
            self.assertEqual(begun.finish().body, b"data: 1\n\ndata: 2\n\n")
            self.assertTrue(begun.response.is_complete)

    def test_each_piece_of_a_response_that_may_be_stored_comes_at_once(self):
        self.play_events("GET", "/events", ("Cache-Control", "max-age=60"))

    def test_each_piece_of_a_response_that_may_not_be_stored_comes_at_once(self):
        self.play_events("GET", "/events", ("Cache-Control", "no-store"))

    def test_each_piece_of_the_answer_to_a_write_comes_at_once(self):
        self.play_events("POST", "/events", send=b"{}")

    def test_followers_read_along_while_it_comes(self):
        gates = [self.origin.gate() for _ in range(2)]
        self.origin.once("GET", "/shared", [head(200, ("Transfer-Encoding", "chunked"), ("Cache-Control", "max-age=60")), chunk(b"first"), gates[0],
                                            chunk(b"second"), gates[1], last_chunk()])
        with self.client.connect() as leader, self.client.connect() as follower:
            leader.send_request("GET", "/shared")
            first = leader.begin_response()
            self.assertEqual(first.read_some(), b"first")
            follower.send_request("GET", "/shared")
            second = follower.begin_response()
            self.assertTrue(second.response.cache_status.collapsed or second.response.cache_status.hit, second.response)
            self.assertEqual(second.read_some(), b"first")
            gates[0].open()
            self.assertEqual((first.read_some(), second.read_some()), (b"second", b"second"))
            gates[1].open()
            for begun in (first, second):
                self.assert_body(begun.finish(), 200, b"firstsecond")

    def test_a_fill_goes_on_when_its_first_client_leaves(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/left", [head(200, ("Content-Length", 8), ("Cache-Control", "max-age=60")), b"half", gate, b"half"])
        with self.client.connect() as leader:
            leader.send_request("GET", "/left")
            leader.begin_response().read(4)
            leader.reset()
        gate.open()
        self.assert_body(self.client.get("/left"), 200, b"halfhalf")

    def test_each_piece_of_an_upload_is_with_the_origin_before_the_next_is_sent(self):
        arrived = [threading.Event() for _ in range(2)]

        def read_pieces(exchange):
            for event in arrived:
                exchange.read_piece()
                event.set()
            exchange.read_body()
            exchange.play(respond(200, b"all"))

        self.origin.once("POST", "/pieces", read_pieces, read_body=False)
        with self.client.connect() as connection:
            connection.send_request("POST", "/pieces", [("Transfer-Encoding", "chunked")])
            for event, data in zip(arrived, (b"one", b"two")):
                connection.send(chunk(data))
                self.assertTrue(event.wait(PATIENCE), f"{data} did not arrive")
            connection.send(last_chunk())
            self.assert_body(connection.read_response(), 200, b"all")
        self.assertEqual(self.origin.last().body, b"onetwo")

    def test_question_and_answer_may_flow_at_the_same_time(self):
        def echo(exchange):
            exchange.send_head(200, ("Transfer-Encoding", "chunked"))
            while piece := exchange.read_piece():
                exchange.send_chunk(piece.upper())
            exchange.end_chunks()

        self.origin.once("POST", "/echo", echo, read_body=False)
        with self.client.connect() as connection:
            connection.send_request("POST", "/echo", [("Transfer-Encoding", "chunked")])
            begun = connection.begin_response()
            for data in (b"one", b"two", b"three"):
                connection.send(chunk(data))
                self.assertEqual(begun.read_some(), data.upper())
            connection.send(last_chunk())
            self.assert_body(begun.finish(), 200, b"ONETWOTHREE")


class AnAnswerThatNobodyReadsAnyMore(Scenario):
    """That to a write is heard to its end, which may be when it commits, but not for longer than it may take to settle."""

    arguments = ("--set", "writes.settle=300ms")

    def test_is_no_longer_asked_for(self):
        for method, body in (("GET", None), ("POST", b"{}")):
            is_left = threading.Event()

            def play_on(exchange, is_left=is_left):
                exchange.send_head(200, ("Transfer-Encoding", "chunked"), ("Cache-Control", "no-store"))
                try:
                    while True:
                        exchange.send_chunk(BLOCK)
                finally:
                    is_left.set()

            self.origin.once(method, "/endless", play_on)
            with self.client.connect() as connection:
                connection.send_request(method, "/endless", body=body)
                connection.begin_response(method).read_some()
                connection.reset()
            self.assertTrue(is_left.wait(PATIENCE), f"the origin of {method} still sends")


class Trailers(Scenario):
    trailers = (("Content-Digest", "sha-256=:x:"), ("X-Rows", "3"))

    def ask(self, method, target, *fields, body=None):
        with self.client.connect() as connection:
            return connection.request(method, target, fields, body)

    def test_a_client_that_reads_trailers_gets_those_of_a_response_that_is_stored(self):
        self.origin.once("GET", "/t", chunked(b"abc", fields=[("Cache-Control", "max-age=60")], trailers=self.trailers))
        response = self.ask("GET", "/t", ("TE", "trailers"), ("Connection", "TE"))
        self.assert_body(response, 200, b"abc")
        self.assertEqual(response.trailers, list(self.trailers))

    def test_a_client_that_reads_trailers_gets_those_of_a_response_that_passes(self):
        self.origin.once("POST", "/t", chunked(b"abc", trailers=self.trailers))
        response = self.ask("POST", "/t", ("TE", "trailers"), ("Connection", "TE"), body=b"{}")
        self.assert_body(response, 200, b"abc")
        self.assertEqual(response.trailers, list(self.trailers))
        self.assertEqual(self.origin.last().header("te"), "trailers")

    def test_a_client_that_does_not_say_so_gets_none(self):
        self.origin.once("GET", "/t", chunked(b"abc", fields=[("Cache-Control", "no-store")], trailers=self.trailers))
        self.origin.once("POST", "/t", chunked(b"abc", trailers=self.trailers))
        for method in ("GET", "POST"):
            response = self.ask(method, "/t")
            self.assert_body(response, 200, b"abc")
            self.assertEqual(response.trailers, [])

    def test_a_client_of_http_1_0_gets_none(self):
        self.origin.once("GET", "/t", chunked(b"abc", fields=[("Cache-Control", "max-age=60")], trailers=self.trailers))
        response = self.client.request("GET", "/t", {"TE": "trailers"}, version="1.0")
        self.assert_body(response, 200, b"abc")
        self.assertTrue(response.is_close_delimited)

    def test_fields_that_decide_something_are_dropped_from_trailers(self):
        forbidden = (("Content-Length", "9"), ("Set-Cookie", "a=b"), ("Cache-Control", "no-store"), ("Transfer-Encoding", "chunked"),
                     ("Host", "evil"))
        self.origin.once("GET", "/t", chunked(b"abc", fields=[("Cache-Control", "no-store")], trailers=forbidden + self.trailers))
        response = self.ask("GET", "/t", ("TE", "trailers"), ("Connection", "TE"))
        self.assert_body(response, 200, b"abc")
        self.assertEqual(response.trailers, list(self.trailers))

    def test_trailers_of_a_request_reach_the_origin(self):
        self.origin.once("POST", "/t", respond(200, b"ok"))
        with self.client.connect() as connection:
            connection.send_request("POST", "/t", [("Transfer-Encoding", "chunked"), ("Trailer", "X-Rows")])
            connection.send(chunk(b"abc") + last_chunk(*self.trailers, ("Authorization", "evil"), ("Content-Length", "9")))
            self.assert_body(connection.read_response(), 200, b"ok")
        self.assertEqual((self.origin.last().body, self.origin.last().trailers), (b"abc", list(self.trailers)))


class Framing(Scenario):
    config = "routes: [{path: '/raw/{rest...}', cache: off}]\n"

    def test_a_chunked_request_goes_to_the_origin_in_chunks(self):
        self.origin.once("POST", "/c", respond(200, b"ok"))
        with self.client.connect() as connection:
            connection.send_request("POST", "/c", [("Transfer-Encoding", "chunked")])
            connection.send(b"3;a=b\r\nabc\r\n" + chunk(b"defg") + last_chunk())
            self.assert_body(connection.read_response(), 200, b"ok")
        asked = self.origin.last()
        self.assertEqual((asked.header("transfer-encoding"), asked.header("content-length"), asked.body), ("chunked", None, b"abcdefg"))

    def test_a_request_with_content_length_keeps_it(self):
        self.origin.once("POST", "/l", respond(200, b"ok"))
        self.assert_body(self.client.post("/l", b"x" * 100_000), 200, b"ok")
        asked = self.origin.last()
        self.assertEqual((asked.header("transfer-encoding"), asked.header("content-length"), len(asked.body)), (None, "100000", 100_000))

    def close_delimited(self, *fields):
        return [head(200, ("Connection", "close"), *fields), b"to the ", b"end", DROP]

    def test_a_response_that_ends_with_its_connection_becomes_chunked(self):
        self.origin.once("GET", "/close", self.close_delimited(("Cache-Control", "max-age=60")))
        self.origin.once("GET", "/raw/close", self.close_delimited())
        self.origin.once("GET", "/raw/next", respond(200, b"next"))
        with self.client.connect() as connection:
            for target in ("/close", "/raw/close"):
                response = connection.get(target)
                self.assert_body(response, 200, b"to the end")
                self.assertEqual(response.header("transfer-encoding"), "chunked")
            self.assert_body(connection.get("/raw/next"), 200, b"next")
        self.assert_hit(self.client.get("/close"), b"to the end")

    def test_a_response_of_an_http_1_0_origin_becomes_chunked(self):
        self.origin.once("GET", "/old", [head(200, version="1.0"), b"old", DROP])
        response = self.client.get("/old")
        self.assertEqual((response.version, response.header("transfer-encoding")), ("1.1", "chunked"))
        self.assert_body(response, 200, b"old")

    def test_a_client_of_http_1_0_reads_to_the_end_of_its_connection(self):
        self.origin.once("GET", "/close", self.close_delimited())
        self.origin.once("GET", "/chunked", chunked(b"some ", b"chunks"))
        for target, body in (("/close", b"to the end"), ("/chunked", b"some chunks")):
            response = self.client.request("GET", target, {"Connection": "keep-alive"}, version="1.0")
            self.assert_body(response, 200, body)
            self.assertTrue(response.is_close_delimited)
            self.assertIsNone(response.header("transfer-encoding"))
            self.assertTrue(response.will_close)

    def test_a_client_of_http_1_0_keeps_its_connection_where_the_length_is_known(self):
        self.origin.once("GET", "/a", ok(b"a", max_age=60))
        with self.client.connect() as connection:
            for _ in range(3):
                response = connection.request("GET", "/a", {"Connection": "keep-alive"}, version="1.0")
                self.assert_body(response, 200, b"a")
                self.assertEqual(response.header("connection"), "keep-alive")

    cuts = {"length": [head(200, ("Content-Length", 10), ("Cache-Control", "max-age=60")), b"half"],
            "chunks": [head(200, ("Transfer-Encoding", "chunked"), ("Cache-Control", "max-age=60")), chunk(b"half")]}

    def test_a_response_that_is_cut_short_is_visibly_broken_and_not_stored(self):
        for target in ("/cut", "/raw/cut"):
            for kind, begin in self.cuts.items():
                for version in ("1.1", "1.0"):
                    with self.subTest(target=target, kind=kind, version=version), self.client.connect() as connection:
                        gate = self.origin.gate()
                        self.origin.once("GET", f"{target}/{kind}", [begin, gate, DROP])
                        connection.send_request("GET", f"{target}/{kind}", version=version)
                        begun = connection.begin_response()
                        begun.read(4)
                        gate.open()
                        self.assertFalse(begun.finish().is_complete)
                self.origin.once("GET", f"{target}/{kind}", respond(200, b"whole"))
                self.assert_body(self.client.get(f"{target}/{kind}"), 200, b"whole")

    def test_a_response_that_is_cut_short_at_once_is_an_answer_all_the_same(self):
        # Not a bare reset, which many clients take for a reason to send the request again: 502, or what came, visibly broken.
        for target, (kind, begin), _ in itertools.product(("/cut", "/raw/cut"), self.cuts.items(), range(10)):
            self.origin.once("GET", f"{target}/{kind}", [b"".join(begin), DROP])
            try:
                response = self.client.get(f"{target}/{kind}")
            except NotHttp as error:
                self.fail(f"no answer at all to {target}/{kind}: {error}")
            if response.is_complete:
                self.assert_proxy_error(response, 502, "http_response_incomplete")

    def test_head_has_the_length_of_get_and_no_content(self):
        self.origin.once("HEAD", "/h", head(200, ("Content-Length", 1234)))
        self.origin.once("HEAD", "/h", head(200, ("Transfer-Encoding", "chunked")))
        self.origin.once("HEAD", "/h", head(200))
        self.origin.once("GET", "/raw/next", respond(200, b"next"))
        with self.client.connect() as connection:
            lengths = [connection.request("HEAD", "/h").header("content-length") for _ in range(3)]
            self.assertEqual(lengths, ["1234", None, None])
            self.assert_body(connection.get("/raw/next"), 200, b"next")
        self.assertEqual(self.origin.connections, 1, "nor does the proxy wait for content of the origin")

    def test_204_and_304_have_no_content(self):
        self.origin.once("GET", "/raw/204", head(204))
        self.origin.once("DELETE", "/row", head(204))
        self.origin.once("GET", "/raw/304", head(304, ("ETag", '"1"')))
        self.origin.once("GET", "/raw/304l", head(304, ("ETag", '"1"'), ("Content-Length", 55)))
        self.origin.once("GET", "/raw/next", respond(200, b"next"))
        with self.client.connect() as connection:
            for method, target, status in (("GET", "/raw/204", 204), ("DELETE", "/row", 204)):
                response = connection.request(method, target)
                self.assert_body(response, status, b"")
                self.assertIsNone(response.header("content-length"))
                self.assertIsNone(response.header("transfer-encoding"))
            for target in ("/raw/304", "/raw/304l"):
                response = connection.get(target, if_none_match='"1"')
                self.assert_body(response, 304, b"")
                self.assertIsNone(response.header("transfer-encoding"))
                self.assertNotEqual(response.header("content-length"), "0", "a GET would be told another length")
            self.assert_body(connection.get("/raw/next"), 200, b"next")
        self.assertEqual(self.origin.connections, 1)

    def test_a_client_that_has_ended_its_half_gets_its_answer(self):
        self.origin.once("GET", "/half", respond(200, b"answer"))
        self.origin.once("POST", "/half", respond(200, b"answer"))
        for method, body in (("GET", None), ("POST", b"{}")):
            with self.client.connect() as connection:
                connection.send_request(method, "/half", body=body)
                connection.half_close()
                self.assert_body(connection.read_response(method), 200, b"answer")
                self.assertTrue(connection.is_closed_by_peer())

    def test_the_access_log_counts_content_both_ways(self):
        self.origin.once("POST", "/c", chunked(b"answer", b"ed"))
        with self.client.connect() as connection:
            connection.send_request("POST", "/c", [("Transfer-Encoding", "chunked")])
            connection.send(chunk(b"que") + chunk(b"stion") + last_chunk())
            self.assert_body(connection.read_response(), 200, b"answered")
        (line,) = self.proxy.access_log(1)
        self.assertEqual((line["bytes_in"], line["bytes_out"]), (8, 8))

    def test_an_empty_response_is_empty(self):
        self.origin.once("GET", "/raw/e", head(200, ("Content-Length", 0)), chunked())
        with self.client.connect() as connection:
            for _ in range(2):
                self.assert_body(connection.get("/raw/e"), 200, b"")


class EarlyAnswers(Scenario):
    """The origin's final answer comes while the client still sends content."""

    def upload_until_refused(self, connection, is_chunked):
        """Sends 64 MiB, or until the other side has closed."""
        for _ in range(64):
            try:
                connection.sock.sendall(chunk(BLOCK) if is_chunked else BLOCK)
            except OSError:
                return
        if is_chunked:
            connection.send(last_chunk())

    def early(self, answer, is_chunked):
        self.origin.once("POST", "/early", answer, read_body=False)
        with self.client.connect() as connection:
            framing = ("Transfer-Encoding", "chunked") if is_chunked else ("Content-Length", 64 * len(BLOCK))
            connection.send_request("POST", "/early", [framing])
            sending = self.in_background(self.upload_until_refused, connection, is_chunked)
            response = connection.read_response()
            connection.close()
        sending.result()
        return response

    def refuse_and_close(self, exchange):
        exchange.read_piece()
        exchange.play([head(413, ("Content-Length", 9), ("Connection", "close")), b"too large"])
        exchange.close()

    def answer_and_read_on(self, exchange):
        exchange.read_piece()
        exchange.play(respond(200, b"enough"))
        exchange.wait_for_close()

    def test_an_origin_may_refuse_and_close_while_content_still_comes(self):
        for is_chunked in (False, True):
            response = self.early(self.refuse_and_close, is_chunked)
            self.assert_body(response, 413, b"too large")
            self.assertTrue(response.will_close)

    def test_an_origin_may_answer_and_read_on(self):
        for is_chunked in (False, True):
            response = self.early(self.answer_and_read_on, is_chunked)
            self.assert_body(response, 200, b"enough")
            self.assertTrue(response.will_close)

    def test_an_origin_that_resets_without_an_answer_is_502(self):
        def reset(exchange):
            exchange.read_piece()
            exchange.reset()

        response = self.early(reset, True)
        self.assertEqual(response.status, 502)

    def test_a_client_that_sends_all_before_it_reads_finds_the_early_answer(self):
        self.origin.once("POST", "/early", self.refuse_and_close, read_body=False)
        with self.client.connect() as connection:
            connection.send_request("POST", "/early", [("Content-Length", 64 * len(BLOCK))])
            self.upload_until_refused(connection, False)
            self.assert_body(connection.read_response(), 413, b"too large")

    def test_content_that_nobody_wanted_is_no_request(self):
        # All of it was here already, or comes later: neither is read as what comes next on the connection.
        content = b"GET /evil HTTP/1.1\r\nHost: a\r\n\r\n" * 1000
        refuse = [head(413, ("Content-Length", 9)), b"too large"]
        for at in (0, 10, 20_000):
            self.origin.once("POST", "/early", refuse, read_body=False)
            with self.client.connect() as connection:
                connection.send_request("POST", "/early", [("Content-Length", len(content))])
                connection.send(content[:at])
                self.assert_body(connection.read_response(), 413, b"too large")
                connection.send(content[at:])
                self.assertEqual(connection.read_rest(), b"")
        self.assertEqual(self.origin.count("GET"), 0)

    def test_the_next_request_is_served_after_an_early_answer(self):
        self.early(self.refuse_and_close, True)
        self.origin.once("POST", "/next", respond(200, b"next"))
        self.assert_body(self.client.post("/next"), 200, b"next")

    def test_a_client_that_leaves_in_the_middle_takes_its_origin_connection_along(self):
        left = threading.Event()

        def read_all(exchange):
            try:
                exchange.read_body()
            finally:
                left.set()

        self.origin.once("POST", "/left", read_all, read_body=False)
        with self.client.connect() as connection:
            connection.send_request("POST", "/left", [("Content-Length", "1000")])
            connection.send(b"x" * 10)
            self.origin.wait_for(1, "POST", "/left")
        self.assertTrue(left.wait(PATIENCE), "the origin still waits for content that nobody sends")
        self.assertLess(len(self.origin.last().body), 1000)

    def test_content_larger_than_the_limit_is_413(self):
        self.proxy.stop()
        self.arguments = ("--set", "limits.content=1KiB")
        self.proxy = self.make_proxy()
        self.client = self.proxy.client()
        response = self.client.post("/large", b"x" * 1025)
        self.assertEqual((response.status, self.origin.connections), (413, 0))
        self.origin.once("POST", "/large", lambda exchange: exchange.read_body(), read_body=False)
        with self.client.connect() as connection:
            connection.send_request("POST", "/large", [("Transfer-Encoding", "chunked")])
            connection.send(chunk(b"x" * 1000) + chunk(b"x" * 1000) + last_chunk())
            self.assertEqual(connection.read_response().status, 413)


if __name__ == "__main__":
    unittest.main()
