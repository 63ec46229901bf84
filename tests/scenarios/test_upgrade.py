"""Upgrade (RFC 9110 §7.8): a tunnel only after the origin's 101 to who asked for it, then bytes both ways until an end."""

import threading
import time
import unittest

from harness import PATIENCE, Scenario, head, make_request, respond
from harness_wire import WireOrigin, connect

ASK = make_request("GET", "/socket", {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
                                      "Sec-WebSocket-Version": "13"})
AGREE = head(101, ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
             reason="Switching Protocols")


class TunnelScenario(Scenario):
    def make_origin(self):
        return WireOrigin()

    def connect(self):
        wire = connect(self.proxy.address)
        self.addCleanup(wire.close)
        return wire

    def ask(self, client, request=ASK):
        client.send(request)
        return client.read_head()


class ATunnel(TunnelScenario):
    def test_carries_bytes_both_ways_after_101(self):
        def play(wire):
            asked = wire.read_head()
            assert asked.first_line == "GET /socket HTTP/1.1", asked.first_line
            assert asked.header("connection").lower() == "upgrade", asked.fields
            assert asked.header("upgrade") == "websocket", asked.fields
            assert asked.header("sec-websocket-key") == "dGhlIHNhbXBsZSBub25jZQ==", asked.fields
            wire.send(AGREE)
            for _ in range(3):
                wire.send(b"<" + wire.read(4) + b">")

        self.origin.play = play
        client = self.connect()
        answer = self.ask(client)
        self.assertEqual((answer.status, answer.header("cache-status")), (101, "sidecache; fwd=bypass; fwd-status=101"))
        self.assertEqual((answer.header("connection").lower(), answer.header("upgrade")), ("upgrade", "websocket"))
        self.assertEqual(answer.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        self.assertIsNone(answer.header("content-length"))
        self.assertIsNone(answer.header("transfer-encoding"))
        for message in (b"ping", b"\0\xff\r\n", b"GET "):
            client.send(message)
            self.assertEqual(client.read(6), b"<" + message + b">")

    def test_passes_megabytes_both_ways_at_once(self):
        data = bytes(range(256)) * 8192  # 2 MiB

        def play(wire):
            wire.read_head()
            wire.send(AGREE)
            sending = self.in_background(wire.send, data)
            assert wire.read(len(data)) == data
            sending.result()
            wire.half_close()
            wire.read_to_end()

        self.origin.play = play
        client = self.connect()
        self.ask(client)
        sending = self.in_background(client.send, data)
        self.assertEqual(client.read(len(data)), data)
        sending.result()
        client.half_close()
        self.assertEqual(client.read_to_end(), b"")

    def test_passes_what_the_client_sent_before_101_and_not_before_it(self):
        def play(wire):
            wire.read_head()
            assert wire.is_silent_for(0.3), "bytes of the new protocol before anybody agreed to it"
            wire.send(AGREE)
            wire.send(wire.read(5))

        self.origin.play = play
        client = self.connect()
        self.assertEqual(self.ask(client, ASK + b"early").status, 101)
        self.assertEqual(client.read(5), b"early")

    def test_passes_what_the_origin_sent_together_with_101(self):
        def play(wire):
            wire.read_head()
            wire.send(AGREE + b"welcome")
            wire.read(3)

        self.origin.play = play
        client = self.connect()
        self.assertEqual(self.ask(client).status, 101)
        self.assertEqual(client.read(7), b"welcome")
        client.send(b"bye")

    def test_goes_on_one_way_when_the_client_has_ended_the_other(self):
        def play(wire):
            wire.read_head()
            wire.send(AGREE)
            assert wire.read_to_end() == b"question"
            wire.send(b"answer")

        self.origin.play = play
        client = self.connect()
        self.ask(client)
        client.send(b"question")
        client.half_close()
        self.assertEqual(client.read_to_end(), b"answer")

    def test_goes_on_one_way_when_the_origin_has_ended_the_other(self):
        heard = []

        def play(wire):
            wire.read_head()
            wire.send(AGREE + b"last words")
            wire.half_close()
            heard.append(wire.read_to_end())

        self.origin.play = play
        client = self.connect()
        self.ask(client)
        self.assertEqual(client.read_to_end(), b"last words")
        client.send(b"still here")
        client.close()
        self.origin.close()
        self.assertEqual(heard, [b"still here"])

    def test_ends_for_the_origin_when_the_client_is_gone(self):
        ended = []

        def play(wire):
            wire.read_head()
            wire.send(AGREE)
            ended.append(wire.read_to_end())

        self.origin.play = play
        client = self.connect()
        self.ask(client)
        client.reset()
        self.origin.close()
        self.assertEqual(ended, [b""])

    def test_hints_may_come_before_101(self):
        def play(wire):
            wire.read_head()
            wire.send(head(103, ("Link", "<a>"), reason="Early Hints") + AGREE + b"x")

        self.origin.play = play
        client = self.connect()
        self.assertEqual(self.ask(client).status, 103)
        self.assertEqual(client.read_head().status, 101)
        self.assertEqual(client.read(1), b"x")

    def test_is_one_line_of_the_access_log(self):
        def play(wire):
            wire.read_head()
            wire.send(AGREE)

        self.origin.play = play
        client = self.connect()
        self.ask(client)
        client.close()
        (line,) = self.proxy.access_log(1)
        self.assertEqual((line["status"], line["path"]), (101, "/socket"))


class ATunnelAtTheEnd(TunnelScenario):
    arguments = ("--set", "timeouts.drain=300ms")
    exit_code = 1  # what was open was cut

    def test_does_not_hold_up_the_end_of_the_proxy(self):
        ended = []

        def play(wire):
            wire.read_head()
            wire.send(AGREE)
            ended.append(wire.read_to_end())

        self.origin.play = play
        client = self.connect()
        self.assertEqual(self.ask(client).status, 101)
        self.proxy.terminate()
        self.assertEqual(client.read_to_end(), b"")
        self.proxy.stop(self.exit_code)
        self.origin.close()
        self.assertEqual(ended, [b""])


class ATunnelInSilence(TunnelScenario):
    arguments = ("--set", "timeouts.tunnel=1s")

    def play_with(self, speak):
        def play(wire):
            wire.read_head()
            wire.send(AGREE)
            speak(wire)

        self.origin.play = play
        client = self.connect()
        self.assertEqual(self.ask(client).status, 101)
        return client

    def test_is_closed_at_both_ends_when_nobody_says_anything(self):
        heard = []
        client = self.play_with(lambda wire: heard.append(wire.read_to_end()))
        began = time.monotonic()
        self.assertEqual(client.read_to_end(), b"")
        self.assertGreater(time.monotonic() - began, 0.8)
        self.origin.close()
        self.assertEqual(heard, [b""])

    def drip(self, wire, count=12):
        """Bytes for well over the deadline, with less than it between them. The sleep is the scenario, not a wait for an answer."""
        for number in range(count):
            time.sleep(0.2)
            wire.send(b"%c" % (97 + number))

    def test_goes_on_while_only_the_origin_speaks(self):
        def speak(wire):
            self.drip(wire)
            assert wire.is_silent_for(0), "the proxy ended the client's half in the client's name"
            wire.half_close()
            wire.read_to_end()

        client = self.play_with(speak)
        self.assertEqual(client.read_to_end(), b"abcdefghijkl")

    def test_goes_on_while_only_the_client_speaks(self):
        heard, is_over = [], threading.Event()

        def speak(wire):
            heard.append(wire.read(12))
            is_over.wait(PATIENCE)

        client = self.play_with(speak)
        self.addCleanup(is_over.set)
        self.drip(client)
        self.assertTrue(client.is_silent_for(0), "the proxy ended the origin's half in the origin's name")
        is_over.set()
        self.assertEqual(client.read_to_end(), b"")
        self.origin.close()
        self.assertEqual(heard, [b"abcdefghijkl"])

    def test_goes_on_while_the_origin_answers_a_client_that_has_ended_its_half(self):
        client = self.play_with(self.drip)
        client.half_close()
        self.assertEqual(client.read_to_end(), b"abcdefghijkl")


class ARefusedUpgrade(Scenario):
    fields = {"Connection": "Upgrade", "Upgrade": "websocket"}

    def test_is_an_ordinary_response_on_an_ordinary_connection(self):
        self.origin.once("GET", "/socket", respond(200, b"no socket here"), respond(403, b"not you"),
                         respond(426, b"h2c", ("Upgrade", "h2c"), ("Connection", "Upgrade")))
        self.origin.once("GET", "/next", respond(200, b"next"))
        with self.client.connect() as connection:
            for status, body in ((200, b"no socket here"), (403, b"not you"), (426, b"h2c")):
                self.assert_body(connection.request("GET", "/socket", self.fields), status, body)
            self.assert_body(connection.get("/next"), 200, b"next")

    def test_is_not_stored_and_not_shared(self):
        self.origin.once("GET", "/socket", *[respond(200, b"no", ("Cache-Control", "max-age=60"))] * 2)
        for _ in range(2):
            self.assert_forwarded(self.client.request("GET", "/socket", self.fields), "bypass", b"no")

    def test_is_asked_of_the_origin_also_where_a_page_is_stored(self):
        self.origin.once("GET", "/socket", respond(200, b"page", ("Cache-Control", "max-age=60")), respond(403, b"not you"))
        self.client.get("/socket")
        self.assert_body(self.client.request("GET", "/socket", self.fields), 403, b"not you")
        self.assert_hit(self.client.get("/socket"), b"page")

    def test_http_inside_a_tunnel_is_not_asked_for(self):
        # Writes in it would pass unseen and leave what they replace in the store (RFC 9113 has removed this upgrade).
        fields = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA"}
        self.origin.once("GET", "/page", respond(200, b"page"))
        self.assert_body(self.client.request("GET", "/page", fields), 200, b"page")
        self.assertIsNone(self.origin.last().header("upgrade"))

    def test_leaves_what_came_early_to_be_the_next_request(self):
        self.origin.once("GET", "/socket", respond(403, b"not you"))
        self.origin.once("GET", "/next", respond(200, b"next"))
        with self.client.connect() as connection:
            connection.send(ASK + b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assert_body(connection.read_response(), 403, b"not you")
            self.assert_body(connection.read_response(), 200, b"next")

    def test_an_origin_that_closes_instead_is_502(self):
        self.origin.once("GET", "/socket", lambda exchange: exchange.close())
        response = self.client.request("GET", "/socket", self.fields)
        self.assertEqual(response.status, 502)


class NobodyAsked(Scenario):
    """101 to a request that asked for no upgrade: what follows would be in a protocol that the client does not speak."""

    config = "routes: [{path: '/raw/{rest...}', cache: off}]\n"

    def unasked(self, method, target, headers=(), body=None, version="1.1"):
        self.origin.once(method, target, [AGREE, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"])
        self.origin.once("GET", "/next", respond(200, b"next"))
        with self.client.connect() as connection:
            connection.send_request(method, target, headers, body, version=version)
            response = connection.begin_response(method)
            self.assertEqual(response.status, 502, f"{method} {target}")
            told = response.finish()
            if method != "HEAD":
                self.assert_proxy_error(told, 502, "http_protocol_error")
        self.assert_body(self.client.get("/next"), 200, b"next")

    def test_is_502_for_a_read_through_the_cache(self):
        self.unasked("GET", "/page")

    def test_is_502_for_a_read_past_the_cache(self):
        self.unasked("GET", "/raw/page")

    def test_is_502_for_a_head_request(self):
        self.unasked("HEAD", "/page")

    def test_is_502_for_a_range(self):
        self.unasked("GET", "/page", {"Range": "bytes=0-1"})

    def test_is_502_for_options(self):
        self.unasked("OPTIONS", "/page")

    def test_is_502_for_a_write(self):
        self.unasked("POST", "/rows", body=b"{}")
        self.unasked("DELETE", "/rows/1")

    def test_is_502_while_content_still_comes(self):
        for framing in (("Content-Length", "1000"), ("Transfer-Encoding", "chunked")):
            for method in ("GET", "POST"):
                self.origin.once(method, "/rows", AGREE, read_body=False)
                with self.client.connect() as connection:
                    connection.send_request(method, "/rows", [framing, ("Connection", "Upgrade"), ("Upgrade", "websocket")])
                    self.origin.wait_for(1, method, "/rows")
                    connection.send(b"5\r\nhello\r\n")
                    self.assertEqual(connection.begin_response(method).status, 502, f"{method} {framing}")
        self.origin.once("GET", "/next", respond(200, b"next"))
        self.assert_body(self.client.get("/next"), 200, b"next")

    def test_is_502_where_only_half_of_the_words_were_said(self):
        self.unasked("GET", "/raw/page", {"Upgrade": "websocket"})
        self.unasked("GET", "/raw/other", {"Connection": "Upgrade"})

    def test_is_502_for_http_1_0_which_knows_no_upgrade(self):
        self.unasked("GET", "/raw/page", {"Connection": "Upgrade", "Upgrade": "websocket"}, version="1.0")

    def test_the_words_are_not_forwarded_for_who_did_not_say_both(self):
        self.origin.once("GET", "/raw/page", respond(200, b"page"))
        self.client.get("/raw/page", upgrade="websocket")
        asked = self.origin.last()
        self.assertIsNone(asked.header("upgrade"))
        self.assertNotIn("upgrade", (asked.header("connection") or "").lower())


if __name__ == "__main__":
    unittest.main()
