"""Many who ask for the same: one fill for all, streamed while it comes; and each alone where that is right."""

import unittest

from harness import DROP, RESET, Scenario, chunk, head, http_date, last_chunk, ok, respond

CROWD = 64
FRESH = ("Cache-Control", "max-age=60")
NO_STORE = ("Cache-Control", "no-store")


def begun_answer(length=None, *fields):
    """The head of a response whose content is still to come."""
    framing = ("Transfer-Encoding", "chunked") if length is None else ("Content-Length", length)
    return head(200, ("Date", http_date()), *(fields or (FRESH,)), framing)


class ACrowd(Scenario):
    """All of them wait for one fill, and see it come."""

    def begin(self, count=CROWD, target="/", version="1.1"):
        connections = [self.client.connect() for _ in range(count)]
        for connection in connections:
            self.addCleanup(connection.close)
            connection.send_request("GET", target, version=version)
        return connections

    def test_at_a_cold_key_costs_the_origin_one_request(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, ok(b"for all", FRESH)])
        connections = self.begin()
        gate.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_client_connections", CROWD)
        gate.open()
        responses = [connection.read_response() for connection in connections]
        for response in responses:
            self.assert_body(response, 200, b"for all")
        self.assertEqual(self.origin.count(), 1)
        self.assertEqual(sum(response.cache_status.fwd == "uri-miss" and not response.cache_status.collapsed for response in responses), 1)
        self.assertEqual(sum(response.cache_status.hit or response.cache_status.collapsed for response in responses), CROWD - 1)

    def test_sees_the_first_bytes_before_the_origin_has_sent_the_last(self):
        for name, first, last in (("length", [begun_answer(9), b"first"], b"last"), ("chunks", [begun_answer(), chunk(b"first")], chunk(b"last") + last_chunk())):
            with self.subTest(name):
                gate = self.origin.gate()
                self.origin.once("GET", f"/{name}", [*first, gate, last])
                begun = [connection.begin_response() for connection in self.begin(target=f"/{name}")]
                for each in begun:
                    self.assertEqual(each.read(5), b"first")
                gate.open()
                for each in begun:
                    self.assert_body(each.finish(), 200, b"firstlast")
                statuses = [each.response.cache_status for each in begun]
                self.assertEqual(sum(status.collapsed for status in statuses), CROWD - 1)
                self.assertEqual(sum(not status.collapsed for status in statuses), 1)

    def test_of_which_some_come_late_sees_all_from_the_beginning(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [begun_answer(), chunk(b"first"), gate, chunk(b"last"), last_chunk()])
        begun = []
        for _ in range(5):
            begun.append(self.begin(1)[0].begin_response())
            self.assertEqual(begun[-1].read(5), b"first")
        gate.open()
        for each in begun:
            self.assert_body(each.finish(), 200, b"firstlast")
        self.assert_hit(self.client.get("/"), b"firstlast")

    def test_is_served_although_the_first_client_leaves(self):
        for name, leave in (("close", "close"), ("reset", "reset")):
            with self.subTest(name):
                gate = self.origin.gate()
                self.origin.once("GET", f"/{name}", [begun_answer(9), b"first", gate, b"last"])
                leader, *followers = self.begin(4, f"/{name}")
                leader.begin_response().read(5)
                begun = [follower.begin_response() for follower in followers]
                for each in begun:
                    self.assertEqual(each.read(5), b"first")
                getattr(leader, leave)()
                gate.open()
                for each in begun:
                    self.assert_body(each.finish(), 200, b"firstlast")
                self.assert_hit(self.client.get(f"/{name}"), b"firstlast")

    def test_is_served_although_the_first_client_leaves_before_the_head(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, ok(b"for all", FRESH)])
        leader = self.begin(1)[0]
        gate.wait_for_arrivals()
        followers = self.begin(3)
        self.proxy.wait_for_metric("sidecache_client_connections", 4)
        leader.reset()
        gate.open()
        for follower in followers:
            self.assert_body(follower.read_response(), 200, b"for all")

    def test_finds_stored_what_all_its_clients_have_left(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [begun_answer(9), b"first", gate, b"last"])
        for connection in self.begin(3):
            connection.begin_response().read(5)
            connection.reset()
        gate.open()
        self.assert_body(self.client.get("/"), 200, b"firstlast")
        self.assertEqual(self.origin.count(), 1)

    def test_sees_a_broken_response_where_the_origin_dies(self):
        """Never a clean end: neither by length, nor in chunks, nor to HTTP/1.0 by the end of the connection."""
        answers = {"length": ([begun_answer(100), b"first"], "1.1"), "chunks": ([begun_answer(), chunk(b"first")], "1.1"), "old": ([begun_answer(), chunk(b"first")], "1.0")}
        for end in (DROP, RESET):
            for name, (first, version) in answers.items():
                with self.subTest(name, end=end.__name__):
                    target = f"/{name}/{end.__name__}"
                    gate = self.origin.gate()
                    self.origin.once("GET", target, [*first, gate, end])
                    begun = [connection.begin_response() for connection in self.begin(8, target, version)]
                    for each in begun:
                        self.assertEqual(each.read(5), b"first")
                    gate.open()
                    for each in begun:
                        response = each.finish()
                        self.assertEqual((response.is_complete, response.body), (False, b"first"))
                    self.origin.once("GET", target, ok(b"whole", FRESH))
                    self.assert_forwarded(self.client.get(target), "uri-miss", b"whole")

    def test_gets_an_error_each_where_the_origin_dies_before_the_head(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, b"HTTP/1.1 200 OK\r\n", DROP])
        connections = self.begin(8)
        gate.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_client_connections", 8)
        self.origin.always("GET", "/", [b"HTTP/1.1 200 OK\r\n", DROP])  # for who came after it
        gate.open()
        for connection in connections:
            self.assert_proxy_error(connection.read_response(), 502, "http_response_incomplete")

    def test_with_conditions_of_their_own_gets_each_its_own_answer(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, ok(b"content", FRESH, ("ETag", '"1"'))])
        has_it, has_not = self.client.connect(), self.client.connect()
        has_it.send_request("GET", "/", {"If-None-Match": '"1"'})
        has_not.send_request("GET", "/", {"If-None-Match": '"2"'})
        gate.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_client_connections", 2)
        gate.open()
        self.assertEqual(has_it.read_response().status, 304)
        self.assert_body(has_not.read_response(), 200, b"content")
        for connection in (has_it, has_not):
            connection.close()


class WhoMayNotShare(Scenario):
    def test_streams_what_is_one_clients_alone_to_that_client_alone(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [begun_answer(9, NO_STORE), b"first", gate, b"last"], respond(200, b"other", NO_STORE))
        with self.client.connect() as one:
            one.send_request("GET", "/")
            begun = one.begin_response()
            self.assertEqual(begun.read(5), b"first")
            self.assert_body(self.client.get("/"), 200, b"other")
            gate.open()
            self.assert_body(begun.finish(), 200, b"firstlast")

    def test_does_not_share_an_answer_to_somebody_elses_authorization(self):
        gate = self.origin.gate()

        def by_user(exchange):
            exchange.play([gate, ok(exchange.request.header("authorization").encode(), max_age=60)])

        self.origin.always("GET", "/me", by_user)
        threads = [self.in_background(self.client.get, "/me", authorization=f"Token {user}") for user in range(8)]
        gate.wait_for_arrivals()
        gate.open()
        for user, thread in enumerate(threads):
            self.assert_body(thread.result(), 200, f"Token {user}")

    def test_asks_alone_with_no_cache(self):
        """A fill that began before the request was sent is not what no-cache asks for (S24)."""
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, ok(b"old", FRESH)], ok(b"new", FRESH))
        waiting = self.in_background(self.client.get, "/")
        gate.wait_for_arrivals()
        self.assert_body(self.client.get("/", cache_control="no-cache"), 200, b"new")
        gate.open()
        self.assert_body(waiting.result(), 200, b"old")
        self.assert_hit(self.client.get("/"), b"new")

    def test_asks_alone_with_no_store(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, ok(b"shared", FRESH)], ok(b"alone", FRESH))
        waiting = self.in_background(self.client.get, "/")
        gate.wait_for_arrivals()
        self.assert_body(self.client.get("/", cache_control="no-store"), 200, b"alone")
        gate.open()
        self.assert_body(waiting.result(), 200, b"shared")

    def test_asks_alone_for_another_variant(self):
        gate = self.origin.gate()

        def by_language(exchange):
            exchange.play(ok(exchange.request.header("accept-language").encode(), FRESH, ("Vary", "Accept-Language")))

        self.origin.once("GET", "/", [gate, by_language], by_language)
        with self.client.connect() as german, self.client.connect() as english:
            german.send_request("GET", "/", {"Accept-Language": "de"})
            gate.wait_for_arrivals()
            english.send_request("GET", "/", {"Accept-Language": "en"})
            self.proxy.wait_for_metric("sidecache_client_connections", 2)
            gate.open()
            self.assert_body(german.read_response(), 200, b"de")
            self.assert_body(english.read_response(), 200, b"en")


class WhoHasToValidate(Scenario):
    """`no-cache`, or stale already when it comes: an answer that nobody else may have (RFC 9111 5.2.2.4)."""

    arguments = ("--set", "origins.origin.pool.max=100")
    CROWD = 16

    def assert_serves_the_crowd(self, *fields):
        """Who waited in vain for the first answer shares a later one, which was asked for after all of them had come."""
        first = self.origin.gate()
        answer = respond(200, b"a", ("ETag", '"1"'), *fields)
        self.origin.once("GET", "/", [first, answer])
        self.origin.always("GET", "/", answer)
        crowd = [self.in_background(self.client.get, "/") for _ in range(self.CROWD)]
        first.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_fill_waiting", self.CROWD)
        self.assertEqual(self.origin.count(), 1)
        first.open()
        for each in crowd:
            self.assert_body(each.result(), 200, b"a")
        self.assertGreater(self.origin.count(), 1)

    def test_because_of_no_cache_is_served_by_later_answers(self):
        self.assert_serves_the_crowd(("Cache-Control", "no-cache"))

    def test_because_it_is_stale_at_once_is_served_by_later_answers(self):
        self.assert_serves_the_crowd(("Cache-Control", "max-age=0"))

    def test_again_and_again_is_asked_side_by_side_from_the_start(self):
        """Who comes after the origin was asked for another one does not wait for that answer, which is of no use to it."""
        answer = respond(200, b"a", ("ETag", '"1"'), ("Cache-Control", "no-cache"))
        self.origin.once("GET", "/", answer)
        self.client.get("/")
        barrier = self.origin.gate()
        self.origin.always("GET", "/", [barrier, respond(304, b"", ("ETag", '"1"'), ("Cache-Control", "no-cache"))])
        crowd = []
        for count in range(1, self.CROWD + 1):
            crowd.append(self.in_background(self.client.get, "/"))
            barrier.wait_for_arrivals(count)
        barrier.open()
        for each in crowd:
            self.assert_body(each.result(), 200, b"a")


class ACrowdWithALaggard(Scenario):
    """Somebody who does not read holds nobody up for long."""

    arguments = ("--set", "timeouts.send=1s", "--set", "memory.max_object=4MiB", "--memory", "64MiB")
    SIZE = 3_900_000

    def laggard_and_follower(self, *answer):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [*answer[:1], gate, *answer[1:]])
        laggard, follower = self.client.connect(), self.client.connect()
        for connection in (laggard, follower):
            self.addCleanup(connection.close)
            connection.send_request("GET", "/")
            connection.begun = connection.begin_response()
            connection.begun.read(5)
        gate.open()
        return laggard, follower

    def test_at_the_head_of_it_does_not_stop_what_is_stored(self):
        _, follower = self.laggard_and_follower(begun_answer(self.SIZE + 5) + b"first", b"x" * self.SIZE)
        self.assertEqual(len(follower.begun.finish().body), self.SIZE + 5)
        self.assertEqual(len(self.client.get("/").body), self.SIZE + 5)

    def test_is_cut_off_where_the_response_has_grown_too_large_to_store(self):
        pieces = [chunk(b"x" * 100_000)] * 150
        laggard, follower = self.laggard_and_follower(begun_answer() + chunk(b"first"), *pieces, last_chunk())
        response = follower.begun.finish()
        self.assertTrue(response.is_complete)
        self.assertEqual(len(response.body), 15_000_005)
        self.assertFalse(laggard.begun.finish().is_complete)


class AResponseThatGrowsTooLarge(Scenario):
    arguments = ("--set", "memory.max_object=64KiB")

    def test_is_fetched_again_by_who_comes_late(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [begun_answer(), *[chunk(b"x" * 10_000)] * 20, gate, last_chunk()], respond(200, b"own", FRESH))
        with self.client.connect() as first:
            first.send_request("GET", "/")
            begun = first.begin_response()
            begun.read(200_000)
            self.assert_body(self.client.get("/"), 200, b"own")
            gate.open()
            self.assertEqual(len(begun.finish().body), 200_000)
            self.assertTrue(begun.response.is_complete)

    def test_is_fetched_by_each_where_its_length_tells_at_once(self):
        gate = self.origin.gate()
        body = b"x" * 100_000
        self.origin.always("GET", "/", [gate, respond(200, body, FRESH)])
        crowd = [self.in_background(self.client.get, "/") for _ in range(8)]
        gate.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_client_connections", 8)
        gate.open()
        for each in crowd:
            self.assert_body(each.result(), 200, body)


class WhoHasWaitedLongEnough(Scenario):
    arguments = ("--set", "timeouts.follow=200ms")

    def test_asks_alone(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, ok(b"late", FRESH)], ok(b"alone", FRESH))
        waiting = self.in_background(self.client.get, "/")
        gate.wait_for_arrivals()
        self.assert_body(self.client.get("/"), 200, b"alone")
        gate.open()
        self.assert_body(waiting.result(), 200, b"late")


class FewFollowers(Scenario):
    arguments = ("--set", "limits.followers=1")

    def test_wait_on_one_fill_and_the_next_asks_alone(self):
        gate = self.origin.gate()
        self.origin.always("GET", "/", [gate, ok(b"content", FRESH)])
        crowd = [self.in_background(self.client.get, "/") for _ in range(3)]
        gate.wait_for_arrivals(2)
        self.proxy.wait_for_metric("sidecache_client_connections", 3)
        gate.open()
        for each in crowd:
            self.assert_body(each.result(), 200, b"content")
        self.assertEqual(self.origin.count(), 2, "one leads, one follows, one asks alone")


if __name__ == "__main__":
    unittest.main()
