"""Writes of which nobody knows whether they were done: what they name is ended, and held for a while (S17, S18)."""

import unittest

from harness import DROP, RESET, SILENCE, Scenario, head, ok, respond, wait_until

FRESH = ("Cache-Control", "max-age=600")
TARGET = "/doctors/5/"


class Unknown(Scenario):
    def setUp(self):
        super().setUp()
        # The proxy listens to the origin for a write's late answer: without connections there is none to wait for.
        self.addCleanup(self.origin.close_connections)

    def store(self):
        self.origin.once("GET", TARGET, ok(b"old", FRESH))
        self.client.get(TARGET)
        self.assert_hit(self.client.get(TARGET), b"old")

    def assert_held(self):
        """Answered, and never reused."""
        for body in (b"one", b"two", b"three"):
            self.origin.once("GET", TARGET, ok(body, FRESH))
            response = self.client.get(TARGET)
            self.assert_body(response, 200, body)
            self.assertFalse(response.cache_status.stored, response)

    def assert_not_held(self):
        self.origin.once("GET", TARGET, ok(b"new", FRESH))
        self.assert_body(self.client.get(TARGET), 200, b"new")
        self.assert_hit(self.client.get(TARGET), b"new")

    def begin_write(self, method="PATCH"):
        connection = self.client.connect()
        self.addCleanup(connection.close)
        connection.send_request(method, TARGET, body=b"{}")
        return connection


class AWriteThat(Unknown):
    arguments = ("--set", "origins.origin.timeouts.first_byte=1s", "--set", "origins.origin.timeouts.between_bytes=1s")

    def test_the_origin_does_not_answer_is_held(self):
        self.store()
        self.origin.once("PATCH", TARGET, DROP)
        self.assert_proxy_error(self.client.patch(TARGET), 502, "connection_terminated")
        self.assert_held()
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="unknown_outcome"), 1)

    def test_is_of_unknown_outcome_tells_so_where_nothing_was_stored(self):
        self.origin.once("PATCH", TARGET, DROP)
        self.client.patch(TARGET)
        self.origin.once("GET", TARGET, ok(b"new", FRESH))
        self.assertEqual(self.client.get(TARGET).cache_status.detail, "held")

    def test_the_origin_resets_is_held(self):
        self.store()
        self.origin.once("PATCH", TARGET, RESET)
        self.assertEqual(self.client.patch(TARGET).status, 502)
        self.assert_held()

    def test_times_out_is_answered_504_and_held(self):
        self.store()
        self.origin.once("PATCH", TARGET, SILENCE)
        self.assert_proxy_error(self.client.patch(TARGET), 504, "http_response_timeout")
        self.assert_held()

    def test_is_answered_garbage_is_held(self):
        self.store()
        self.origin.once("PATCH", TARGET, [b"what?\r\n\r\n", DROP])
        self.assert_proxy_error(self.client.patch(TARGET), 502, "http_protocol_error")
        self.assert_held()

    def test_is_answered_half_a_head_is_held(self):
        self.store()
        self.origin.once("PATCH", TARGET, [b"HTTP/1.1 200 OK\r\nContent-", DROP])
        self.assert_proxy_error(self.client.patch(TARGET), 502, "http_response_incomplete")
        self.assert_held()

    def test_is_answered_with_content_that_breaks_off_is_held(self):
        """CONSISTENCY 1.1 write, 3: truncated."""
        for name, begin in (("length", head(200, ("Content-Length", 100)) + b"{}"), ("chunks", head(200, ("Transfer-Encoding", "chunked")) + b"2\r\n{}\r\n")):
            with self.subTest(name):
                self.origin.once("PATCH", TARGET, [begin, DROP])
                self.assertFalse(self.client.patch(TARGET).is_complete)
                self.assert_held()

    def test_is_answered_with_content_that_stops_is_held(self):
        gate = self.origin.gate()
        self.origin.once("PATCH", TARGET, [head(200, ("Content-Length", 100)) + b"{}", gate])
        self.assertFalse(self.client.patch(TARGET).is_complete)
        self.assert_held()

    def test_is_answered_after_its_time_is_heard_to_the_end(self):
        gate = self.origin.gate()
        self.origin.once("PATCH", TARGET, [gate, ok(b"{}")])
        self.assertEqual(self.client.patch(TARGET).status, 504)
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="unknown_outcome"), 1)
        gate.open()
        self.proxy.wait_for_metric("sidecache_epoch", 2)

    def test_never_reached_the_origin_ends_nothing(self):
        self.store()
        self.origin.stop_listening()
        self.origin.close_connections()
        self.assertEqual(self.client.patch(TARGET).status, 502)
        self.assert_hit(self.client.get(TARGET), b"old")

    def test_breaks_off_while_its_content_is_sent_is_held(self):
        self.store()
        self.origin.once("PATCH", TARGET, ok(b""), read_body=True)
        with self.client.connect() as writer:
            writer.send(b"PATCH /doctors/5/ HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n{")
            self.origin.wait_for(1, "PATCH")
            writer.reset()
        self.proxy.wait_for_metric("sidecache_invalidations_total", 1, cause="unknown_outcome")
        self.assert_held()


class ALargeWrite(Unknown):
    arguments = ("--set", "limits.content=1KiB")

    def test_that_is_refused_when_half_was_forwarded_is_held(self):
        self.store()
        self.origin.once("PATCH", TARGET, ok(b""), read_body=True)
        with self.client.connect() as writer:
            writer.send(b"PATCH /doctors/5/ HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
            self.origin.wait_for(1, "PATCH")
            writer.send(b"800\r\n" + b"x" * 0x800 + b"\r\n")
            self.assertEqual(writer.read_response().status, 413)
        self.assert_held()

    def test_that_is_refused_before_anything_was_forwarded_ends_nothing(self):
        self.store()
        self.assertEqual(self.client.patch(TARGET, b"x" * 2048).status, 413)
        self.assert_hit(self.client.get(TARGET), b"old")


class WhileItIsHeld(Unknown):
    def hold(self):
        self.origin.once("PATCH", TARGET, DROP)
        self.client.patch(TARGET)

    def test_a_304_confirms_for_one_answer_only(self):
        self.origin.once("GET", TARGET, ok(b"old", FRESH, ("ETag", '"1"')))
        self.client.get(TARGET)
        self.hold()
        for _ in range(3):
            self.origin.once("GET", TARGET, respond(304, b"", FRESH, ("ETag", '"1"')))
            self.assert_body(self.client.get(TARGET), 200, b"old")

    def test_nobody_shares_a_fill(self):
        self.hold()
        gate = self.origin.gate()
        self.origin.always("GET", TARGET, [gate, ok(b"a", FRESH)])
        crowd = [self.in_background(self.client.get, TARGET) for _ in range(8)]
        gate.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_client_connections", 8)
        gate.open()
        for each in crowd:
            response = each.result()
            self.assert_body(response, 200, b"a")
            self.assertFalse(response.cache_status.collapsed or response.cache_status.hit)
        self.assertEqual(self.origin.count("GET"), 8)

    def test_a_list_that_the_write_names_is_held_as_well(self):
        self.hold()
        self.origin.once("GET", "/doctors/?page=2", ok(b"a", FRESH), ok(b"b", FRESH))
        for body in (b"a", b"b"):
            self.assert_body(self.client.get("/doctors/?page=2"), 200, body)


class AReloadWhileItIsHeld(Unknown):
    config = "limits: {groups: 64}\n"

    def reload(self, text):
        self.proxy.write_config(text)
        self.proxy.hang_up()
        self.proxy.wait_for_log('"event":"reloaded"')

    def test_leaves_it_held(self):
        for text in (self.config, "limits: {groups: 32}\n"):
            with self.subTest(text):
                self.origin.once("PATCH", TARGET, DROP)
                self.client.patch(TARGET)
                self.reload(text)
                self.assert_held()


class NoRoomForHolds(Unknown):
    arguments = ("--set", "writes.holds=0")

    def test_holds_everything(self):
        self.origin.once("PATCH", TARGET, DROP)
        self.client.patch(TARGET)
        self.origin.once("GET", "/elsewhere/", ok(b"a", FRESH), ok(b"b", FRESH))
        for body in (b"a", b"b"):
            self.assert_body(self.client.get("/elsewhere/"), 200, body)


class AHold(Unknown):
    arguments = ("--set", "writes.settle=2s")

    def test_ends_with_its_time(self):
        self.store()
        self.origin.once("PATCH", TARGET, DROP)
        self.client.patch(TARGET)
        self.origin.always("GET", TARGET, ok(b"new", FRESH))
        self.assertFalse(self.client.get(TARGET).cache_status.stored)
        wait_until(lambda: self.client.get(TARGET).cache_status.hit, "the end of the hold")
        self.assertGreater(self.origin.count("GET"), 1)

    def test_counts_by_the_start_of_a_fill(self):
        """A fill begun within it and ended after it is not reused (S22)."""
        self.origin.once("PATCH", TARGET, DROP)
        self.client.patch(TARGET)
        gate = self.origin.gate()
        self.origin.once("GET", TARGET, [gate, ok(b"within", FRESH)])
        within = self.in_background(self.client.get, TARGET)
        gate.wait_for_arrivals()
        self.origin.always("GET", "/doctors/", ok(b"", FRESH))
        wait_until(lambda: self.client.get("/doctors/").cache_status.hit, "the end of the hold")
        gate.open()
        self.assert_body(within.result(), 200, b"within")
        self.origin.once("GET", TARGET, ok(b"after", FRESH))
        self.assert_body(self.client.get(TARGET), 200, b"after")
        self.assert_hit(self.client.get(TARGET), b"after")

    def test_leaves_others_alone(self):
        self.origin.once("PATCH", TARGET, DROP)
        self.client.patch(TARGET)
        self.origin.once("GET", "/patients/", ok(b"[]", FRESH))
        self.client.get("/patients/")
        self.assert_hit(self.client.get("/patients/"), b"[]")


class AClientThatLeaves(Unknown):
    def test_during_its_write_does_not_cancel_it(self):
        for name in ("close", "reset", "half_close"):
            with self.subTest(name):
                gate = self.origin.gate()
                self.origin.once("PATCH", TARGET, [gate, ok(b"{}")])
                writer = self.begin_write()
                gate.wait_for_arrivals()
                self.origin.once("GET", TARGET, ok(b"old", FRESH))
                self.assert_body(self.client.get(TARGET), 200, b"old")
                before = self.proxy.metric("sidecache_epoch")
                getattr(writer, name)()
                gate.open()
                self.proxy.wait_for_metric("sidecache_epoch", before + 1)
                self.assert_not_held()
                self.origin.once("PATCH", TARGET, ok(b""))
                self.client.patch(TARGET)

    def test_while_the_answer_drips_cancels_nothing(self):
        """The origin may commit as late as with its last byte: it is heard to that."""
        left, ended = self.origin.gate(), self.origin.gate()
        was_cut = []

        def drip(exchange):
            exchange.send(head(200, ("Transfer-Encoding", "chunked")) + b"2\r\n{}\r\n")
            left.pass_through()
            try:
                for _ in range(20_000):  # more than fits into any buffer on the way
                    exchange.send_chunk(b"x" * 1000)
                exchange.end_chunks()
            except Exception:
                was_cut.append(True)
                raise
            finally:
                ended.open()

        self.origin.once("PATCH", TARGET, drip)
        writer = self.begin_write()
        writer.begin_response().read(2)
        writer.reset()
        left.open()
        ended.pass_through()
        self.proxy.wait_for_metric("sidecache_epoch", 2)
        self.assertEqual(was_cut, [])
        self.assert_not_held()


if __name__ == "__main__":
    unittest.main()
