"""Answers that nobody else may have: whoever asks for them never waits for one another's, neither the first time nor later (hit-for-miss)."""

import threading
import unittest

from harness import Scenario, head, http_date, not_modified, ok, respond

CROWD = 64
NO_STORE = ("Cache-Control", "no-store")


class Crowd(Scenario):
    """CROWD clients that ask for the same, and an origin that tells them apart: `answer 00` is for the first that stood before it."""

    # Not the pool is to decide: it is divided among the workers, and the kernel may give one of them all the clients.
    pool = ("--set", f"origins.origin.pool.max={2 * CROWD}")

    def begin(self):
        connections = [self.client.connect() for _ in range(CROWD)]
        for connection in connections:
            self.addCleanup(connection.close)
            connection.send_request("GET", "/")
        return connections

    def assert_each_has_its_own(self, connections):
        responses = [connection.read_response() for connection in connections]
        for response in responses:
            self.assertEqual((response.status, response.is_complete, response.cache_status.stored, response.cache_status.collapsed), (200, True, False, False), response)
        self.assertEqual(sorted(response.body for response in responses), [f"answer {number:02}".encode() for number in range(CROWD)])
        return responses

    def hold_all_but_the_head_of_the_first(self, fields):
        """Returns two gates: one before the head of the first answer; one before its content, and before all of the others."""
        first, rest = self.origin.gate(), self.origin.gate()
        lock, numbers = threading.Lock(), iter(range(CROWD))

        def answer(exchange):
            with lock:
                number = next(numbers)
            content = f"answer {number:02}".encode()
            begun = head(200, ("Date", http_date()), ("Content-Length", len(content)), *fields)
            exchange.play([first, begun, rest, content] if number == 0 else [rest, begun, content])

        self.origin.always("GET", "/", answer)
        return first, rest

    def ask_before_anybody_knows(self, fields):
        """One asks and the others wait for it, until its head says that it is of no use to them: then all stand before the origin at once."""
        first, rest = self.hold_all_but_the_head_of_the_first(fields)
        seen = self.origin.count("GET", "/")
        connections = self.begin()
        first.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_fill_waiting", CROWD)
        self.assertEqual(self.origin.count("GET", "/") - seen, 1)
        first.open()
        rest.wait_for_arrivals(CROWD)
        rest.open()
        responses = self.assert_each_has_its_own(connections)
        # RFC 9211 2.6: all but the one asked after waiting for it.
        self.assertEqual(sum(response.cache_status.waited_in_vain for response in responses), CROWD - 1)

    def ask_once_it_is_known(self, fields):
        """Not even one head is sent before all of them stand there."""
        nothing, rest = self.hold_all_but_the_head_of_the_first(fields)
        connections = self.begin()
        nothing.wait_for_arrivals()
        rest.wait_for_arrivals(CROWD - 1)
        nothing.open()
        rest.open()
        self.assert_each_has_its_own(connections)


class AnAnswerThatIsNotShared(Crowd):
    # Remembered for as long as a slow machine may need between the two times.
    arguments = (*Crowd.pool, "--set", "timeouts.uncacheable=10m")

    def assert_holds_nobody_up(self, *fields):
        self.ask_before_anybody_knows(fields)
        self.ask_once_it_is_known(fields)

    def test_because_of_no_store_holds_nobody_up(self):
        self.assert_holds_nobody_up(NO_STORE)

    def test_because_it_is_private_holds_nobody_up(self):
        self.assert_holds_nobody_up(("Cache-Control", "private, max-age=60"))

    def test_because_it_sets_a_cookie_holds_nobody_up(self):
        self.assert_holds_nobody_up(("Cache-Control", "max-age=60"), ("Set-Cookie", "session=1"))

    def test_because_it_varies_by_everything_holds_nobody_up(self):
        self.assert_holds_nobody_up(("Cache-Control", "max-age=60"), ("Vary", "*"))


class AnAnswerThatIsNotSharedBeforeOneWorker(AnAnswerThatIsNotShared):
    workers = 1


class AnAnswerThatIsNotRemembered(Crowd):
    """What the memory is for: without it one asks first each time, and all the others wait for the head of its answer."""

    arguments = (*Crowd.pool, "--set", "timeouts.uncacheable=0")

    def test_holds_all_up_until_its_head_comes(self):
        for _ in range(2):
            self.ask_before_anybody_knows([NO_STORE])


class AnAnswerThatSaysNoStore(Scenario):
    """Once that is known no fill is made for the next, which would be for nobody: they go past the cache, until one says otherwise."""

    def fills(self):
        return self.proxy.metric("sidecache_fills_total")

    def assert_passes(self, detail="no-store", **headers):
        before = self.fills()
        response = self.client.get("/", **headers)
        self.assert_forwarded(response, "uri-miss", b"mine")
        self.assertEqual((response.cache_status.detail, response.cache_status.stored, self.fills() - before), (detail, False, 0), response)

    def test_makes_a_fill_the_first_time_alone(self):
        self.origin.always("GET", "/", respond(200, b"mine", NO_STORE))
        self.client.get("/")
        self.assertEqual(self.fills(), 1)
        for _ in range(3):
            self.assert_passes()
        self.origin.once("GET", "/another", ok(b"page"))
        self.client.get("/another")  # of another key
        self.assertEqual(self.fills(), 2)

    def test_until_one_may_be_stored_and_the_next_of_these_is(self):
        self.origin.once("GET", "/", *[respond(200, b"mine", NO_STORE)] * 2, *[ok(b"page", max_age=60)] * 2)
        self.client.get("/")
        self.assert_passes()
        response = self.client.get("/")  # it was to go past the cache
        self.assert_body(response, 200, b"page")
        self.assertEqual((response.cache_status.detail, response.cache_status.stored), ("uncacheable", False))
        response = self.client.get("/")
        self.assert_body(response, 200, b"page")
        self.assertTrue(response.cache_status.stored)
        self.assert_hit(self.client.get("/"), b"page")

    def test_stays_watched_once_another_may_be_stored(self):
        """Between answers that nobody may have, the second that everybody may have is stored."""
        mine, page = respond(200, b"mine", NO_STORE), ok(b"page", max_age=60)
        self.origin.once("GET", "/", mine, page, mine, mine, page)
        for _ in range(4):
            self.client.get("/")
        self.assertTrue(self.client.get("/").cache_status.stored)
        self.assert_hit(self.client.get("/"), b"page")

    def test_that_is_a_failure_says_nothing_of_it(self):
        self.origin.once("GET", "/", respond(200, b"mine", NO_STORE), respond(500, b"oops"), respond(200, b"mine", NO_STORE))
        self.client.get("/")
        self.assertEqual(self.client.get("/").status, 500)
        self.assert_passes()

    def test_is_of_one_key_with_what_it_leaves_to_a_status_that_is_understood(self):
        """RFC 9111 5.2.2.3: no-store beside must-understand may be stored."""
        self.origin.once("GET", "/", respond(200, b"mine", NO_STORE), *[respond(200, b"page", ("Cache-Control", "no-store, must-understand, max-age=60"))] * 2)
        for _ in range(2):
            self.client.get("/")
        self.assertTrue(self.client.get("/").cache_status.stored)


class OneOddClient(Scenario):
    """What it got says nothing of what the others would get."""

    def crowd_is_of_one_fill(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, ok(b"page", max_age=60)])
        crowd = [self.in_background(self.client.get, "/") for _ in range(8)]
        self.proxy.wait_for_metric("sidecache_fill_waiting", 8)
        gate.open()
        for each in crowd:
            self.assert_body(each.result(), 200, b"page")

    def test_whose_request_was_at_fault_leaves_the_others_to_share(self):
        self.origin.once("GET", "/", respond(406, b"not that"))
        self.assertEqual(self.client.get("/", accept="x/y").status, 406)
        self.crowd_is_of_one_fill()

    def test_who_was_refused_leaves_one_that_brings_what_may_be_stored(self):
        """Nobody waits for anybody, and the first that may be shared is stored, and ends that."""
        self.origin.once("GET", "/", respond(401, b"who?"), ok(b"page", max_age=60))
        self.assertEqual(self.client.get("/").status, 401)
        response = self.client.get("/")
        self.assert_body(response, 200, b"page")
        self.assertTrue(response.cache_status.stored)
        self.assert_hit(self.client.get("/"), b"page")

    def test_who_was_refused_leaves_what_is_stored_to_be_validated(self):
        tag = ("ETag", '"1"')
        self.origin.once("GET", "/", ok(b"page", tag, max_age=60, date=-100), respond(401, b"who?"), not_modified(tag, ("Cache-Control", "max-age=600")))
        self.client.get("/")
        self.assertEqual(self.client.get("/").status, 401)
        self.assert_body(self.client.get("/"), 200, b"page")
        self.assertEqual(self.origin.last().header("if-none-match"), '"1"')
        self.assert_hit(self.client.get("/"), b"page")


if __name__ == "__main__":
    unittest.main()
