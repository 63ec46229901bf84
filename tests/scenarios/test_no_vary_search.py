"""No-Vary-Search: queries that the application says are one (draft-ietf-httpbis-no-vary-search)."""

import unittest

from harness import Scenario, http_date, not_modified, ok, respond, wait_until

FRESH = ("Cache-Control", "max-age=60")
UTM = ("No-Vary-Search", 'params=("utm_source" "utm_medium")')
ONLY_ID = ("No-Vary-Search", 'except=("id")')


class Searches(Scenario):
    def store(self, target, body, *fields, **named):
        self.origin.once("GET", target, ok(body, FRESH, *fields, **named))
        self.assert_body(self.client.get(target), 200, body)

    def assert_not_shared(self, target, body=b"another", *fields):
        self.origin.once("GET", target, ok(body, FRESH, *fields))
        self.assert_body(self.client.get(target), 200, body)


class AResponse(Searches):
    def test_answers_queries_that_differ_in_what_it_says_does_not_matter(self):
        self.store("/d/?page=2&utm_source=mail", b"page 2", UTM)
        for target in ("/d/?page=2&utm_source=mail", "/d/?page=2", "/d/?utm_source=web&page=2&utm_medium=x", "/d/?p%61ge=%32&utm_sourc%65=y"):
            hit = self.client.get(target)
            self.assert_hit(hit, b"page 2")
            self.assertEqual(hit.header("no-vary-search"), UTM[1])

    def test_answers_no_query_that_differs_in_what_matters(self):
        self.store("/d/?page=2&utm_source=mail", b"page 2", UTM)
        for target in ("/d/?page=3&utm_source=mail", "/d/", "/d/?page=2&utm=1", "/e/?page=2", "/d/?page=2&UTM_SOURCE=x"):
            self.assert_not_shared(target, target.encode(), UTM)
        self.assert_hit(self.client.get("/d/?page=2"), b"page 2")

    def test_may_name_what_matters_instead(self):
        self.store("/d/?id=5&any=1", b"five", ONLY_ID)
        self.assert_hit(self.client.get("/d/?id=5&other=2"), b"five")
        self.assert_not_shared("/d/?id=6&any=1", b"six", ONLY_ID)
        self.assert_hit(self.client.get("/d/?id=6"), b"six")

    def test_without_a_word_of_it_answers_its_own_query_alone(self):
        """Also where the path is known to have others."""
        self.store("/d/?page=1&utm_source=a", b"marked", UTM)
        self.assert_not_shared("/d/?page=2&utm_source=a", b"a")
        self.assert_not_shared("/d/?page=2&utm_source=b", b"b")
        self.assert_hit(self.client.get("/d/?page=2&utm_source=a"), b"a")
        self.assert_hit(self.client.get("/d/?page=2&utm_source=b"), b"b")
        self.assert_hit(self.client.get("/d/?page=1&utm_source=c"), b"marked")

    def test_whose_word_cannot_be_read_answers_its_own_query_alone(self):
        for number, value in enumerate(("params", "params=?1", 'params=("utm_source"', 'params=("utm_source"), except=("page")', 'params=("%ff")')):
            self.store(f"/d{number}/?utm_source=a", b"a", ("No-Vary-Search", value))
            self.assert_not_shared(f"/d{number}/?utm_source=b", b"b")

    def test_is_found_under_each_of_the_latest_specs(self):
        specs = [("No-Vary-Search", f'params=("p{number}")') for number in range(5)]
        for number, spec in enumerate(specs):
            self.store(f"/d/?q={number}&p{number}=x", b"%d" % number, spec)
        for number in range(1, 5):
            self.assert_hit(self.client.get(f"/d/?q={number}&p{number}=y"), b"%d" % number)
        self.assert_not_shared("/d/?q=0&p0=y", b"forgotten")
        self.assert_not_shared("/d/?q=1&p2=y", b"of another spec")

    def test_takes_the_place_of_one_that_did_not_say_it_yet(self):
        self.origin.once("GET", "/d/?utm_source=a", ok(b"old", FRESH, date=-100), ok(b"new", FRESH, UTM))
        for body in (b"old", b"new"):
            self.assert_body(self.client.get("/d/?utm_source=a"), 200, body)
        for source in "ab":
            self.assert_hit(self.client.get(f"/d/?utm_source={source}"), b"new")

    def test_varies_beside_it(self):
        self.origin.once("GET", "/d/?utm_source=a", *(ok(body, FRESH, UTM, ("Vary", "Accept")) for body in (b"csv", b"json")))
        for kind in ("csv", "json"):
            self.assert_body(self.client.get("/d/?utm_source=a", accept=kind), 200, kind)
        for kind in ("csv", "json"):
            self.assert_hit(self.client.get("/d/?utm_source=b", accept=kind), kind)
        self.origin.once("GET", "/d/?utm_source=b", ok(b"xml", FRESH, UTM, ("Vary", "Accept")))
        self.assert_forwarded(self.client.get("/d/?utm_source=b", accept="xml"), "vary-miss", b"xml")

    def test_answers_head_and_conditions(self):
        self.store("/d/?utm_source=a", b"content", UTM, ("ETag", '"1"'))
        self.assertTrue(self.client.head("/d/?utm_source=b").cache_status.hit)
        self.assertEqual(self.client.get("/d/?utm_source=c", if_none_match='"1"').status, 304)

    def test_of_other_credentials_is_not_shared(self):
        self.origin.once("GET", "/d/?utm_source=a", ok(b"mine", FRESH, UTM))
        self.assert_body(self.client.get("/d/?utm_source=a", authorization="Token a"), 200, b"mine")
        self.assert_not_shared("/d/?utm_source=b", b"theirs", UTM)

    def test_of_another_host_is_not_shared(self):
        self.origin.once("GET", "/d/?utm_source=a", ok(b"a", FRESH, UTM), ok(b"b", FRESH, UTM))
        for host in "ab":
            self.assert_body(self.client.request("GET", "/d/?utm_source=a", host=f"{host}.example"), 200, host)
        for host in "ab":
            self.assert_hit(self.client.request("GET", "/d/?utm_source=z", host=f"{host}.example"), host)

    def test_to_a_query_is_shared_by_queries_of_the_same_content(self):
        self.origin.once("QUERY", "/d/?utm_source=a", ok(b"result", FRESH, UTM))
        self.client.request("QUERY", "/d/?utm_source=a", body=b"q")
        self.assert_hit(self.client.request("QUERY", "/d/?utm_source=b", body=b"q"), b"result")
        self.origin.once("QUERY", "/d/?utm_source=b", ok(b"other", FRESH, UTM))
        self.assert_body(self.client.request("QUERY", "/d/?utm_source=b", body=b"r"), 200, b"other")
        self.assert_not_shared("/d/?utm_source=b", b"of a get")


class APartition(Searches):
    config = 'principals: {user: {cookie: sessionid}}\nroutes: [{path: "/{rest...}", principal: user}]\n'

    def get(self, name, target):
        return self.client.request("GET", target, {"Cookie": f"sessionid={name}"})

    def answer(self, control):
        return lambda exchange: exchange.play(ok(exchange.request.header("cookie"), ("Cache-Control", control), UTM))

    def test_shares_only_within_itself(self):
        for control in ("private, max-age=60", "max-age=60"):
            target = f"/{len(control)}/?utm_source="
            self.origin.once("GET", target + "a", *[self.answer(control)] * 2)
            for name in ("ann", "bob"):
                self.assert_body(self.get(name, target + "a"), 200, f"sessionid={name}")
            for name in ("bob", "ann"):
                self.assert_hit(self.get(name, target + "b"), f"sessionid={name}")
            self.origin.once("GET", target + "c", self.answer(control))
            self.assert_body(self.get("eve", target + "c"), 200, "sessionid=eve")

    def test_shares_with_all_what_is_public(self):
        self.origin.once("GET", "/d/?utm_source=a", self.answer("public, max-age=60"))
        self.get("ann", "/d/?utm_source=a")
        for name in ("ann", "bob"):
            self.assert_hit(self.get(name, "/d/?utm_source=b"), b"sessionid=ann")

    def test_that_has_ended_shares_nothing_any_more(self):
        self.origin.once("GET", "/d/?utm_source=a", self.answer("private, max-age=60"))
        self.get("ann", "/d/?utm_source=a")
        self.origin.once("GET", "/e/", respond(401))
        self.get("ann", "/e/")
        self.origin.once("GET", "/d/?utm_source=b", respond(401))
        self.assertEqual(self.get("ann", "/d/?utm_source=b").status, 401)

    def test_never_collapses_with_another(self):
        self.origin.once("GET", "/d/?page=1", self.answer("private, max-age=60"))
        self.get("ann", "/d/?page=1")
        gate = self.origin.gate()
        self.origin.once("GET", "/d/?utm_source=a", *[[gate, self.answer("private, max-age=60")]] * 2)
        asking = [self.in_background(self.get, name, "/d/?utm_source=a") for name in ("ann", "bob")]
        gate.wait_for_arrivals(2)
        gate.open()
        self.assertEqual([each.result().body for each in asking], [b"sessionid=ann", b"sessionid=bob"])


class AWrite(Searches):
    def test_ends_what_is_shared(self):
        self.store("/d/?utm_source=a", b"old", UTM)
        self.origin.once("POST", "/d/", respond(201))
        self.client.post("/d/")
        self.origin.once("GET", "/d/?utm_source=b", ok(b"new", FRESH, UTM))
        self.assert_forwarded(self.client.get("/d/?utm_source=b"), "stale", b"new")
        self.assert_hit(self.client.get("/d/?utm_source=a"), b"new")


class Validation(Searches):
    def test_of_what_is_shared_confirms_it_for_all(self):
        self.store("/d/?utm_source=a", b"content", UTM, ("ETag", '"1"'), date=-100)
        self.origin.once("GET", "/d/?utm_source=b", not_modified(("ETag", '"1"'), FRESH, ("Date", http_date())))
        self.assert_forwarded(self.client.get("/d/?utm_source=b"), "stale", b"content")
        self.assertEqual(self.origin.last().header("if-none-match"), '"1"')
        for source in "abc":
            self.assert_hit(self.client.get(f"/d/?utm_source={source}"), b"content")

    def test_in_the_background_is_done_once_for_all(self):
        self.store("/d/?utm_source=a", b"old", UTM, ("Cache-Control", "stale-while-revalidate=600"), date=-100)
        gate = self.origin.gate()
        self.origin.once("GET", "/d/?utm_source=0", [gate, ok(b"new", FRESH, UTM)])
        for number in range(8):
            self.assert_hit(self.client.get(f"/d/?utm_source={number}"), b"old")
        gate.open()
        wait_until(lambda: self.client.get("/d/?utm_source=z").body == b"new", "the new response")
        self.assertEqual(self.origin.count(), 2)


class ACrowd(Searches):
    def begin(self, count):
        connections = [self.client.connect() for _ in range(count)]
        for number, connection in enumerate(connections):
            self.addCleanup(connection.close)
            connection.send_request("GET", f"/d/?page=2&utm_source={number}")
            if number == 0:
                self.origin.wait_for(2)
        self.proxy.wait_for_metric("sidecache_fill_waiting", count)
        return connections

    def test_that_differs_in_what_does_not_matter_costs_one_request_once_that_is_known(self):
        self.store("/d/?page=1", b"page 1", UTM)
        gate = self.origin.gate()
        self.origin.once("GET", "/d/?page=2&utm_source=0", [gate, ok(b"page 2", FRESH, UTM)])
        connections = self.begin(20)
        gate.open()
        for connection in connections:
            self.assert_body(connection.read_response(), 200, b"page 2")

    def test_never_shares_an_answer_that_does_not_say_so_any_more(self):
        self.store("/d/?page=1", b"page 1", UTM)
        gate = self.origin.gate()
        self.origin.always("GET", None, lambda exchange: exchange.play(ok(exchange.request.target, FRESH)))
        self.origin.once("GET", "/d/?page=2&utm_source=0", [gate, ok(b"/d/?page=2&utm_source=0", FRESH)])
        connections = self.begin(10)
        gate.open()
        for number, connection in enumerate(connections):
            self.assert_body(connection.read_response(), 200, f"/d/?page=2&utm_source={number}")

    def test_never_shares_an_answer_that_says_less_than_the_last_one(self):
        self.store("/d/?page=1", b"page 1", UTM)
        gate = self.origin.gate()
        less = ("No-Vary-Search", 'params=("utm_medium")')
        self.origin.always("GET", None, lambda exchange: exchange.play(ok(exchange.request.target, FRESH, less)))
        self.origin.once("GET", "/d/?page=2&utm_source=0", [gate, ok(b"/d/?page=2&utm_source=0", FRESH, less)])
        connections = self.begin(10)
        gate.open()
        for number, connection in enumerate(connections):
            self.assert_body(connection.read_response(), 200, f"/d/?page=2&utm_source={number}")


if __name__ == "__main__":
    unittest.main()
