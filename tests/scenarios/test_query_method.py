"""The QUERY method (RFC 10008): safe, with content that is part of the key, cached like GET."""

import threading
import unittest

from harness import DROP, PATIENCE, Scenario, chunk, chunked, head, http_date, last_chunk, make_request, not_modified, ok, respond, wait_until

FRESH = ("Cache-Control", "max-age=60")
JSON = ("Content-Type", "application/json")
CROWD = 20


class Queries(Scenario):
    def query(self, body=b'{"a":1}', *fields, target="/search/", **named):
        return self.client.request("QUERY", target, [JSON, *fields], body, **named)

    def store(self, body=b'{"a":1}', answer=b"result", *fields, target="/search/", **named):
        self.origin.once("QUERY", target, ok(answer, *(fields or (FRESH,)), **named))
        self.assert_forwarded(self.query(body, target=target), "uri-miss", answer)


class AStoredResult(Queries):
    def test_answers_the_same_question(self):
        self.store()
        hit = self.query()
        self.assert_hit(hit, b"result")
        self.assertIn(hit.age, range(0, 10))
        self.assertEqual(self.origin.last().body, b'{"a":1}')
        self.assertEqual(self.origin.last().header("content-type"), "application/json")

    def test_answers_no_other_question(self):
        """RFC 10008 2.7: content and related metadata are in the key."""
        self.store()
        others = {
            "content": (b'{"a":2}', [JSON]),
            "whitespace": (b'{"a": 1}', [JSON]),
            "no content": (b"", [JSON]),
            "type": (b'{"a":1}', [("Content-Type", "application/sql")]),
            "no type": (b'{"a":1}', []),
            "coding": (b'{"a":1}', [JSON, ("Content-Encoding", "gzip")]),
            "language": (b'{"a":1}', [JSON, ("Content-Language", "de")]),
        }
        for name, (body, fields) in others.items():
            with self.subTest(name):
                self.origin.once("QUERY", "/search/", ok(name.encode(), FRESH))
                self.assert_forwarded(self.client.request("QUERY", "/search/", fields, body), "uri-miss", name)
                self.assert_hit(self.client.request("QUERY", "/search/", fields, body), name)
        self.assert_hit(self.query(), b"result")

    def test_answers_no_other_target(self):
        self.store()
        self.store(target="/search/?page=2", answer=b"page 2")
        self.store(target="/other/", answer=b"other")
        self.assert_hit(self.query(), b"result")
        self.assert_hit(self.query(target="/search/?page=2"), b"page 2")

    def test_never_answers_a_get_nor_a_get_it(self):
        self.store(b"", b"of the query")
        self.origin.once("GET", "/search/", ok(b"of the get", FRESH))
        self.origin.once("HEAD", "/search/", ok(b"", FRESH))
        self.assertEqual(self.client.head("/search/").cache_status.fwd, "uri-miss")
        self.assert_forwarded(self.client.get("/search/"), "uri-miss", b"of the get")
        self.assert_hit(self.client.get("/search/"), b"of the get")
        self.assert_hit(self.query(b""), b"of the query")

    def test_is_not_stored_for_the_resource_that_it_names(self):
        """RFC 10008 2.3, 2.4: claims of the origin that a client may follow, with a request of its own."""
        self.store(b"{}", b"result", FRESH, ("Content-Location", "/results/17"), ("Location", "/queries/42"), ("Accept-Query", "application/json"))
        hit = self.query(b"{}")
        self.assert_hit(hit, b"result")
        self.assertEqual((hit.header("content-location"), hit.header("location"), hit.header("accept-query")), ("/results/17", "/queries/42", "application/json"))
        for target in ("/results/17", "/queries/42"):
            self.origin.once("GET", target, ok(b"by itself", FRESH))
            self.assert_forwarded(self.client.get(target), "uri-miss", b"by itself")

    def test_is_found_whatever_the_framing(self):
        self.store()
        with self.client.connect() as connection:
            connection.send(make_request("QUERY", "/search/", [JSON, ("Transfer-Encoding", "chunked")]))
            connection.send(chunk(b'{"a"') + chunk(b":1}") + last_chunk())
            self.assert_hit(connection.read_response(), b"result")
            connection.send_slowly(make_request("QUERY", "/search/", [JSON], b'{"a":1}'))
            self.assert_hit(connection.read_response(), b"result")

    def test_varies_like_that_of_a_get(self):
        self.origin.once("QUERY", "/search/", *(ok(body, FRESH, ("Vary", "Accept")) for body in (b"csv", b"json")))
        for kind in ("csv", "json"):
            self.assert_body(self.query(b"q", ("Accept", kind)), 200, kind)
        for kind in ("csv", "json"):
            self.assert_hit(self.query(b"q", ("Accept", kind)), kind)

    def test_that_may_not_be_stored_is_not(self):
        for control in ("no-store", "private, max-age=60"):
            self.origin.once("QUERY", "/search/", *(ok(body, ("Cache-Control", control)) for body in (b"1", b"2")))
            for body in (b"1", b"2"):
                self.assert_body(self.query(control.encode()), 200, body)

    def test_that_no_store_asked_for_is_not_kept(self):
        self.origin.once("QUERY", "/search/", *(ok(body, FRESH) for body in (b"1", b"2")))
        for body in (b"1", b"2"):
            self.assert_body(self.query(b"q", ("Cache-Control", "no-store")), 200, body)
            self.assertEqual(self.origin.last().body, b"q")

    def test_of_an_authorized_request_is_shared_only_where_the_origin_says_so(self):
        self.origin.once("QUERY", "/search/", *(ok(body, FRESH) for body in (b"1", b"2")))
        for body in (b"1", b"2"):
            self.assert_body(self.query(b"q", ("Authorization", "Token a")), 200, body)

    def test_of_only_if_cached_is_had_without_the_origin(self):
        self.store()
        self.assert_hit(self.query(b'{"a":1}', ("Cache-Control", "only-if-cached")), b"result")
        self.assertEqual(self.query(b"other", ("Cache-Control", "only-if-cached")).status, 504)


class AWrite(Queries):
    def test_of_the_same_path_ends_what_its_queries_stored(self):
        for method in ("PUT", "PATCH", "DELETE", "POST", "PURGE"):
            with self.subTest(method):
                target = f"/{method}/5/"
                self.store(target=target)
                self.origin.once(method, target, ok(b""))
                self.client.request(method, target, body=b"{}")
                self.store_again(target)

    def test_below_it_ends_what_a_collections_query_stored(self):
        self.store(target="/api/doctors/?page=1")
        self.origin.once("PATCH", "/api/doctors/5/", ok(b""))
        self.client.patch("/api/doctors/5/")
        self.store_again("/api/doctors/?page=1")

    def test_ends_nothing_where_it_is_a_query(self):
        self.origin.once("GET", "/search/", ok(b"page", FRESH))
        self.client.get("/search/")
        self.store()
        self.store(b"other", b"others")
        self.assert_hit(self.client.get("/search/"), b"page")
        self.assert_hit(self.query(), b"result")
        self.assertEqual(self.proxy.metric("sidecache_epoch"), 0)

    def test_is_what_an_unknown_method_is_still(self):
        self.origin.once("GET", "/search/", ok(b"old", FRESH), ok(b"new", FRESH))
        self.client.get("/search/")
        self.origin.once("query", "/search/", ok(b""))
        self.client.request("query", "/search/", body=b"q")
        self.assert_body(self.client.get("/search/"), 200, b"new")

    def test_that_comes_between_makes_an_overtaken_result_useless(self):
        gate = self.origin.gate()
        self.origin.once("QUERY", "/search/", [gate, ok(b"old", FRESH)])
        self.origin.once("PUT", "/search/", ok(b""))
        asking = self.in_background(self.query)
        gate.wait_for_arrivals()
        self.client.put("/search/")
        gate.open()
        self.assert_body(asking.result(), 200, b"old")
        self.store_again("/search/")

    def store_again(self, target):
        self.origin.once("QUERY", target, ok(b"new", FRESH))
        self.assert_body(self.query(target=target), 200, b"new")


class ACrowd(Queries):
    def begin(self, bodies):
        connections = [self.client.connect() for _ in bodies]
        for connection, body in zip(connections, bodies):
            self.addCleanup(connection.close)
            connection.send_request("QUERY", "/search/", [JSON], body)
        return connections

    def test_that_asks_the_same_costs_the_origin_one_request(self):
        gate = self.origin.gate()
        self.origin.once("QUERY", "/search/", [gate, ok(b"for all", FRESH)])
        connections = self.begin([b"q"] * CROWD)
        gate.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_fill_waiting", CROWD)
        gate.open()
        responses = [connection.read_response() for connection in connections]
        for response in responses:
            self.assert_body(response, 200, b"for all")
        self.assertEqual(sum(response.cache_status.collapsed for response in responses), CROWD - 1)

    def test_that_asks_different_things_is_not_collapsed(self):
        barrier = threading.Barrier(CROWD)

        def answer(exchange):
            barrier.wait(PATIENCE)
            exchange.play(ok(exchange.request.body, FRESH))

        self.origin.always("QUERY", "/search/", answer)
        bodies = [b"%d" % number for number in range(CROWD)]
        for body, connection in zip(bodies, self.begin(bodies)):
            self.assert_body(connection.read_response(), 200, body)

    def test_whose_answer_is_nobody_elses_gets_one_each(self):
        gate = self.origin.gate()
        self.origin.once("QUERY", "/search/", [gate, ok(b"mine", ("Cache-Control", "no-store"))])
        connections = self.begin([b"q"] * 5)
        gate.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_fill_waiting", 5)
        self.origin.always("QUERY", "/search/", lambda exchange: exchange.play(ok(exchange.request.body, ("Cache-Control", "no-store"))))
        gate.open()
        self.assertEqual(sorted(connection.read_response().body for connection in connections), [b"mine"] + [b"q"] * 4)

    def test_is_served_although_the_first_client_leaves(self):
        gate = self.origin.gate()
        self.origin.once("QUERY", "/search/", [gate, ok(b"for all", FRESH)])
        leader, = self.begin([b"q"])
        gate.wait_for_arrivals()
        follower, = self.begin([b"q"])
        self.proxy.wait_for_metric("sidecache_fill_waiting", 2)
        leader.reset()
        gate.open()
        self.assert_body(follower.read_response(), 200, b"for all")


class Validation(Queries):
    def test_sends_the_content_again(self):
        self.store(b"q", b"result", ("Cache-Control", "max-age=60"), ("ETag", '"1"'), date=-100)
        self.origin.once("QUERY", "/search/", not_modified(("ETag", '"1"'), FRESH, ("Date", http_date())))
        confirmed = self.query(b"q")
        self.assert_forwarded(confirmed, "stale", b"result")
        self.assertEqual(confirmed.cache_status.fwd_status, 304)
        asked = self.origin.last()
        self.assertEqual((asked.body, asked.header("if-none-match"), asked.header("content-length")), (b"q", '"1"', "1"))
        self.assert_hit(self.query(b"q"), b"result")

    def test_in_the_background_sends_it_too(self):
        self.store(b"q", b"old", ("Cache-Control", "max-age=60, stale-while-revalidate=600"), date=-100)
        self.origin.once("QUERY", "/search/", ok(b"new", FRESH))
        self.assert_hit(self.query(b"q"), b"old")
        wait_until(lambda: self.query(b"q").body == b"new", "the new result")
        self.assertEqual(self.origin.last().body, b"q")

    def test_of_a_client_is_answered_304(self):
        """RFC 10008 2.6: as for a GET of the equivalent resource."""
        self.store(b"q", b"result", FRESH, ("ETag", '"1"'), ("Last-Modified", http_date(-1000)))
        for condition in (("If-None-Match", '"1"'), ("If-Modified-Since", http_date(-900))):
            with self.subTest(condition[0]):
                response = self.query(b"q", condition)
                self.assertEqual((response.status, response.header("etag"), response.cache_status.hit), (304, '"1"', True))
        for condition in (("If-None-Match", '"2"'), ("If-Modified-Since", http_date(-2000))):
            self.assert_hit(self.query(b"q", condition), b"result")

    def test_of_a_client_is_not_that_of_the_fill(self):
        self.origin.once("QUERY", "/search/", ok(b"result", FRESH, ("ETag", '"1"')))
        self.assertEqual(self.query(b"q", ("If-None-Match", '"1"')).status, 304)
        self.assertIsNone(self.origin.last().header("if-none-match"))
        self.assert_hit(self.query(b"q"), b"result")

    def test_by_precondition_or_range_is_left_to_the_origin(self):
        self.store(b"q")
        for field in (("If-Match", '"1"'), ("Range", "bytes=0-1")):
            self.origin.once("QUERY", "/search/", respond(412, b"no"))
            self.assert_forwarded(self.query(b"q", field), "bypass", b"no")
            self.assertEqual((self.origin.last().body, self.origin.last().header(field[0])), (b"q", field[1]))


class AnOriginThatFails(Queries):
    workers = 1

    def test_is_asked_again_where_it_had_closed_the_connection(self):
        """RFC 10008 2: idempotent."""
        for fields, body in (((), b"q"), ((("Cache-Control", "no-store"),), b"r")):
            self.origin.once("GET", "/", ok(b"", ("Cache-Control", "no-store")))
            self.client.get("/")
            self.origin.once("QUERY", "/search/", DROP, ok(b"result", FRESH))
            self.assert_body(self.query(body, *fields), 200, b"result")
            self.assertEqual([request.body for request in self.origin.seen("QUERY")[-2:]], [body, body])

    def test_is_covered_by_a_stale_result(self):
        self.store(b"q", b"old", ("Cache-Control", "max-age=60, stale-if-error=600"), date=-100)
        self.origin.once("QUERY", "/search/", respond(503, b"busy"))
        self.assert_hit(self.query(b"q"), b"old")

    def test_is_told(self):
        self.origin.stop_listening()
        self.origin.close_connections()
        with self.client.connect() as connection:
            for _ in range(2):  # the content was read: the connection goes on
                connection.send_request("QUERY", "/search/", [JSON], b"q")
                self.assert_proxy_error(connection.read_response(), 502, "connection_refused")


class AnOriginThatDoesNotReadTheContent(Queries):
    arguments = ("--set", "limits.query_content=16MiB", "--set", "limits.content=16MiB", "--set", "origins.origin.timeouts.between_bytes=500ms")
    content = b"x" * (16 << 20)  # more than sockets take

    def test_is_504(self):
        is_over = threading.Event()
        self.addCleanup(is_over.set)
        self.origin.once("QUERY", "/search/", lambda exchange: is_over.wait(PATIENCE), read_body=False)
        self.assert_proxy_error(self.query(self.content), 504, "connection_write_timeout")
        self.assertEqual(self.origin.count("QUERY"), 1)

    def test_may_say_why_and_close(self):
        def refuse(exchange):
            exchange.read_piece()
            exchange.play([head(413, ("Content-Length", 9), ("Connection", "close")), b"too large"])
            exchange.close()

        self.origin.once("QUERY", "/search/", refuse, read_body=False)
        self.assertEqual(self.query(self.content).status, 413)


class TheContent(Queries):
    arguments = ("--set", "limits.query_content=100B", "--set", "limits.content=1000B", "--set", "timeouts.content_gap=1s")

    def test_at_the_limit_is_part_of_the_key(self):
        self.store(b"x" * 100)
        self.assert_hit(self.query(b"x" * 100), b"result")

    def test_over_the_limit_passes_uncached(self):
        self.origin.once("QUERY", "/search/", *(ok(body, FRESH) for body in (b"1", b"2")))
        for body in (b"1", b"2"):
            response = self.query(b"x" * 101)
            self.assert_forwarded(response, "bypass", body)
            self.assertEqual((response.cache_status.detail, response.cache_status.stored), ("content-too-large", False))
            self.assertEqual(self.origin.last().body, b"x" * 101)

    def test_over_the_limit_in_chunks_passes_uncached_and_whole(self):
        answers = {"at once": (lambda connection, data: connection.send(data)), "slowly": (lambda connection, data: connection.send_slowly(data))}
        for sizes in ((101,), (60, 60), (100, 1), (1,) * 150):
            for name, send in answers.items():
                with self.subTest(name, sizes=sizes):
                    self.origin.once("QUERY", "/search/", ok(b"passed", FRESH))
                    content = bytes(65 + index % 26 for index in range(sum(sizes)))
                    pieces, rest = [], content
                    for size in sizes:
                        pieces.append(chunk(rest[:size]))
                        rest = rest[size:]
                    with self.client.connect() as connection:
                        connection.send(make_request("QUERY", "/search/", [JSON, ("Transfer-Encoding", "chunked")]))
                        send(connection, b"".join(pieces) + last_chunk())
                        response = connection.read_response()
                        self.assert_forwarded(response, "bypass", b"passed")
                        self.assertEqual(response.cache_status.detail, "content-too-large")
                        self.assertEqual(self.origin.last().body, content)
                        self.origin.once("GET", "/next", respond(200, b"next"))
                        self.assert_body(connection.get("/next"), 200, b"next")

    def test_over_the_limit_flows_while_it_comes(self):
        def answer(exchange):
            exchange.read_body()
            exchange.play(ok(exchange.request.body))

        self.origin.once("QUERY", "/search/", answer, read_body=False)
        with self.client.connect() as connection:
            connection.send(make_request("QUERY", "/search/", [JSON, ("Transfer-Encoding", "chunked")]) + chunk(b"a" * 101))
            self.origin.wait_for(1, "QUERY")  # before its end
            connection.send(chunk(b"b") + last_chunk())
            self.assert_body(connection.read_response(), 200, b"a" * 101 + b"b")

    def test_over_the_limit_of_all_content_is_refused(self):
        self.assertEqual(self.query(b"x" * 1001).status, 413)

    def test_that_breaks_off_reaches_nobody(self):
        breaks = {
            "length": make_request("QUERY", "/search/", [JSON, ("Content-Length", 10)]) + b"half",
            "chunks": make_request("QUERY", "/search/", [JSON, ("Transfer-Encoding", "chunked")]) + chunk(b"half"),
        }
        for name, text in breaks.items():
            with self.subTest(name, by="leaving"), self.client.connect() as connection:
                connection.send(text)
                connection.half_close()
                self.assertEqual(connection.read_response().status, 400)
                self.assertTrue(connection.is_closed_by_peer())
            with self.subTest(name, by="silence"), self.client.connect() as connection:
                connection.send(text)
                self.assertEqual(connection.read_response().status, 408)
        with self.subTest("bad framing"), self.client.connect() as connection:
            connection.send(make_request("QUERY", "/search/", [JSON, ("Transfer-Encoding", "chunked")]) + b"zz\r\n")
            self.assertEqual(connection.read_response().status, 400)
        self.assertEqual(self.origin.count(), 0)

    def test_is_invited_by_the_proxy_itself(self):
        """RFC 9110 10.1.1: the origin has no say before the key is known."""
        self.store(b"q")
        for framing, content in ((("Content-Length", 1), b"q"), (("Transfer-Encoding", "chunked"), chunk(b"q") + last_chunk())):
            with self.client.connect() as connection:
                connection.send_request("QUERY", "/search/", [JSON, framing, ("Expect", "100-continue")])
                self.assertEqual(connection.read_interim().status, 100)
                connection.send(content)
                self.assert_hit(connection.read_response(), b"result")
        self.origin.once("QUERY", "/search/", ok(b"new", FRESH))
        with self.client.connect() as connection:
            connection.send_request("QUERY", "/search/", [JSON, ("Content-Length", 3), ("Expect", "100-continue")])
            self.assertEqual(connection.read_interim().status, 100)
            connection.send(b"new")
            self.assert_body(connection.read_response(), 200, b"new")
        self.assertIsNone(self.origin.last().header("expect"))

    def test_is_invited_once_where_it_turns_out_too_large(self):
        self.origin.once("QUERY", "/search/", ok(b"passed"))
        with self.client.connect() as connection:
            connection.send_request("QUERY", "/search/", [JSON, ("Transfer-Encoding", "chunked"), ("Expect", "100-continue")])
            self.assertEqual(connection.read_interim().status, 100)
            connection.send(chunk(b"x" * 101) + last_chunk())
            response = connection.read_response()
            self.assert_body(response, 200, b"passed")
            self.assertEqual(response.interim, [])
        self.assertIsNone(self.origin.last().header("expect"))

    def test_that_is_here_already_is_not_invited(self):
        self.store(b"q")
        with self.client.connect() as connection:
            connection.send_request("QUERY", "/search/", [JSON, ("Expect", "100-continue")], b"q")
            response = connection.read_response()
            self.assert_hit(response, b"result")
            self.assertEqual(response.interim, [])

    def test_goes_without_the_trailers_behind_it(self):
        """They are not in the key (RFC 9112 7.1.2: they may be left out where the coding goes)."""
        self.origin.once("QUERY", "/search/", ok(b"result", FRESH))
        with self.client.connect() as connection:
            connection.send(make_request("QUERY", "/search/", [JSON, ("Transfer-Encoding", "chunked")]) + chunk(b"q") + last_chunk(("Content-Type", "text/evil")))
            self.assert_body(connection.read_response(), 200, b"result")
        self.assertEqual((self.origin.last().trailers, self.origin.last().body), ([], b"q"))
        self.assert_hit(self.query(b"q"), b"result")


class Connections(Queries):
    def test_carry_pipelined_queries_and_reads(self):
        self.store(b"1", b"one")
        self.store(b"22", b"two")
        self.origin.once("GET", "/page", ok(b"page", FRESH))
        self.client.get("/page")
        get = make_request("GET", "/page")
        queries = [make_request("QUERY", "/search/", [JSON], body) for body in (b"1", b"22")]
        in_chunks = make_request("QUERY", "/search/", [JSON, ("Transfer-Encoding", "chunked")]) + chunk(b"22") + last_chunk()
        with self.client.connect() as connection:
            connection.send(b"".join([get, queries[0], get, queries[1], queries[0], in_chunks, get]))
            for body in (b"page", b"one", b"page", b"two", b"one", b"two", b"page"):
                self.assert_hit(connection.read_response(), body)

    def test_of_old_clients_are_served(self):
        self.store()
        response = self.query(version="1.0")
        self.assert_hit(response, b"result")
        self.origin.once("QUERY", "/search/", chunked(b"in ", b"chunks", fields=(FRESH,)))
        response = self.query(b"other", version="1.0")
        self.assert_body(response, 200, b"in chunks")
        self.assertTrue(response.will_close or response.is_close_delimited)

    def test_never_take_the_content_for_the_next_request(self):
        hidden = make_request("GET", "/evil")
        self.store(hidden, b"answered")
        with self.client.connect() as connection:
            connection.send(make_request("QUERY", "/search/", [JSON], hidden) * 2)
            for _ in range(2):
                self.assert_hit(connection.read_response(), b"answered")
        self.assertEqual(self.origin.count("GET"), 0)


class ARoute(Queries):
    config = "routes: [{path: '/off/{rest...}', cache: off}, {path: '/search/', fresh: 5m}]\n"

    def test_that_is_not_cached_passes_it(self):
        self.origin.once("QUERY", "/off/", *(ok(body, FRESH) for body in (b"1", b"2")))
        for body in (b"1", b"2"):
            response = self.query(target="/off/")
            self.assert_forwarded(response, "bypass", body)
            self.assertEqual(response.cache_status.detail, "route-off")

    def test_gives_its_freshness_to_it(self):
        self.origin.once("QUERY", "/search/", ok(b"result"))
        self.query()
        self.assertGreater(self.query().cache_status.ttl, 200)

    def test_loses_the_override_of_its_method(self):
        self.origin.once("QUERY", "/search/", ok(b"result"))
        self.query(b"q", ("X-HTTP-Method-Override", "DELETE"))
        self.assertIsNone(self.origin.last().header("x-http-method-override"))


class APartition(Queries):
    config = 'principals: {user: {cookie: sessionid}}\nroutes: [{path: "/{rest...}", principal: user}]\n'
    PRIVATE = ("Cache-Control", "private, max-age=60")

    def test_has_results_of_its_own(self):
        self.origin.once("QUERY", "/search/", *(ok(body, self.PRIVATE) for body in (b"anns", b"bobs")))
        for name in ("ann", "bob"):
            self.assert_forwarded(self.query(b"q", ("Cookie", f"sessionid={name}")), "uri-miss", name + "s")
        for name in ("ann", "bob"):
            self.assert_hit(self.query(b"q", ("Cookie", f"sessionid={name}")), name + "s")

    def test_that_ends_while_the_content_comes_answers_nothing_any_more(self):
        ann = ("Cookie", "sessionid=ann")
        self.origin.once("QUERY", "/search/", ok(b"anns", self.PRIVATE), respond(401, b"who?"))
        self.query(b"q", ann)
        with self.client.connect() as connection:
            connection.send(make_request("QUERY", "/search/", [JSON, ann, ("Content-Length", 1), ("Expect", "100-continue")]))
            self.assertEqual(connection.read_interim().status, 100)  # its head was judged
            self.origin.once("GET", "/e/", respond(401))
            self.client.request("GET", "/e/", [ann])
            connection.send(b"q")
            self.assert_body(connection.read_response(), 401, b"who?")


if __name__ == "__main__":
    unittest.main()
