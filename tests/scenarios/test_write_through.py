"""The answer to a write that is stored as what a GET would bring (RFC 9110 9.3.3): only where no other write came between (CONSISTENCY 1.1 write-through; S9, T6)."""

import unittest

from harness import Scenario, chunked, ok, respond

FRESH = ("Cache-Control", "max-age=60")


class WriteThrough(Scenario):
    target = "/notes/5/"

    def answer(self, body, *fields):
        return respond(200, body, FRESH, ("Content-Location", self.target), *fields)

    def write(self, body, method="PATCH", **headers):
        return self.client.request(method, self.target, [(name.replace("_", "-"), value) for name, value in headers.items()], body)

    def assert_counted(self, stored=0, refused=0):
        self.assertEqual([self.proxy.metric("sidecache_write_answers_total", result=result) for result in ("stored", "refused")], [stored, refused])

    def assert_asks(self, body=b"asked", **headers):
        self.origin.once("GET", self.target, ok(body, max_age=60))
        self.assert_body(self.client.get(self.target, **headers), 200, body)

    def test_of_a_patch_answers_the_next_get_and_says_so(self):
        self.origin.once("PATCH", self.target, self.answer(b"new"))
        response = self.write(b"{}")
        self.assert_forwarded(response, "method", b"new")
        self.assertFalse(response.cache_status.stored)  # its last byte decides: not known yet (RFC 9211 2.5)
        self.assert_counted(stored=1)
        self.assert_hit(self.client.get(self.target), b"new")
        self.assert_hit(self.client.head(self.target), b"")

    def test_of_an_answer_that_comes_in_pieces_is_there_before_its_last_byte_is(self):
        """Chunks that the origin sends one by one: the clock ticks again at the end, and that is its epoch (S16)."""
        gate = self.origin.gate()
        self.origin.once("PATCH", self.target, chunked(b"one ", gate, b"two", fields=(FRESH, ("Content-Location", self.target))))
        writing = self.in_background(self.write, b"{}")
        gate.wait_for_arrivals()
        gate.open()
        self.assert_body(writing.result(), 200, b"one two")
        self.assert_hit(self.client.get(self.target), b"one two")

    def test_of_a_put_is_not_stored(self):
        """RFC 9110 9.3.4."""
        self.origin.once("PUT", self.target, self.answer(b"new"))
        self.assert_body(self.write(b"{}", "PUT"), 200, b"new")
        self.assert_asks()
        self.assert_counted()

    def test_of_overlapping_writes_is_stored_by_neither(self):
        """Which of them came last in the database, nobody here knows (S9): four orders of commit and answer."""
        for number, (first_ends_first, method) in enumerate([(True, "PATCH"), (False, "PATCH"), (True, "POST"), (False, "POST")]):
            with self.subTest(first_ends_first=first_ends_first, method=method):
                self.target = f"/notes/{number}/"
                gates = [self.origin.gate(), self.origin.gate()]
                self.origin.once(method, self.target, [gates[0], self.answer(b"first")], [gates[1], self.answer(b"second")])
                writing = []
                for gate in gates:
                    writing.append(self.in_background(self.write, b"{}", method))
                    gate.wait_for_arrivals()
                order = [0, 1] if first_ends_first else [1, 0]
                gates[order[0]].open()
                writing[order[0]].result()
                # The one that was answered first began when none was under way that had not ended: its answer may stand until the other's tick.
                gates[order[1]].open()
                writing[order[1]].result()
                self.assert_asks()

    def test_is_ended_by_the_next_write(self):
        self.origin.once("PATCH", self.target, self.answer(b"new"))
        self.write(b"{}")
        self.origin.once("DELETE", "/notes/", respond(204))
        self.client.delete("/notes/")  # everything below it
        self.assert_asks()

    def test_overtaken_by_a_write_of_what_is_above_it_is_not_stored(self):
        """That names a group of the answer which the write itself does not."""
        gate = self.origin.gate()
        self.origin.once("PATCH", self.target, [gate, self.answer(b"new")])
        writing = self.in_background(self.write, b"{}")
        gate.wait_for_arrivals()
        self.origin.once("DELETE", "/notes/", respond(204))
        self.client.delete("/notes/")
        gate.open()
        self.assert_body(writing.result(), 200, b"new")
        self.assert_counted(refused=1)
        self.assert_asks()

    def test_is_not_stored_while_another_write_may_yet_take_effect(self):
        self.origin.once("PUT", self.target, respond(202))
        self.write(b"{}", "PUT")
        self.origin.once("PATCH", self.target, self.answer(b"new"))
        self.assert_body(self.write(b"{}"), 200, b"new")
        self.assert_counted()  # held: not worth storing from the start
        self.assert_asks()

    def test_beside_a_write_of_another_row_is_stored(self):
        """Both name the collection, to which neither answer belongs."""
        gate = self.origin.gate()
        self.origin.once("PATCH", self.target, [gate, self.answer(b"new")])
        writing = self.in_background(self.write, b"{}")
        gate.wait_for_arrivals()
        self.origin.once("PATCH", "/notes/6/", respond(200, b"six"))
        self.client.patch("/notes/6/")
        gate.open()
        self.assert_body(writing.result(), 200, b"new")
        self.assert_hit(self.client.get(self.target), b"new")

    def test_obeys_what_the_answer_and_the_request_say(self):
        for number, (fields, headers) in enumerate([([("Cache-Control", "no-store")], {}), ([("Set-Cookie", "a=1")], {}), ([("Vary", "*")], {}),
                                                    ([], {"authorization": "Basic eDp5"}), ([], {"cache_control": "no-store"}), ([("Age", "5")], {})]):
            with self.subTest(fields=fields, headers=headers):
                self.target = f"/notes/{number}/"
                self.origin.once("PATCH", self.target, self.answer(b"new", *fields))
                self.assert_body(self.write(b"{}", **headers), 200, b"new")
                self.assert_asks()

    def test_is_found_by_the_fields_that_its_vary_names(self):
        self.origin.once("PATCH", self.target, self.answer(b"hallo", ("Vary", "Accept-Language")))
        self.write(b"{}", accept_language="de")
        self.assert_hit(self.client.get(self.target, accept_language="de"), b"hallo")
        self.assert_asks(b"hello", accept_language="en")


class OfAPrincipal(Scenario):
    config = """
principals: {user: {cookie: sessionid}}
routes: [{path: "/{rest...}", principal: user}]
"""

    def test_serves_who_wrote_alone(self):
        self.origin.once("PATCH", "/me/", respond(200, b"a's", ("Cache-Control", "private, max-age=60"), ("Content-Location", "/me/")))
        self.client.patch("/me/", cookie="sessionid=a")
        self.assert_hit(self.client.get("/me/", cookie="sessionid=a"), b"a's")
        self.origin.once("GET", "/me/", ok(b"b's", ("Cache-Control", "private"), max_age=60))
        self.assert_body(self.client.get("/me/", cookie="sessionid=b"), 200, b"b's")


class WhereTheRouteGivesItsWord(Scenario):
    config = """
principals: {user: {header: Authorization}}
routes:
  - {path: "/rows/{id}/", write_through: true, fresh: 1m}
  - {path: "/mine/{id}/", write_through: true, fresh: 1m, principal: user}
"""

    def test_the_answer_to_any_of_the_three_answers_the_next_get(self):
        for method in ("PUT", "PATCH", "POST"):
            with self.subTest(method=method):
                target = f"/rows/{method}/"
                self.origin.once("GET", target, ok(b"old"))
                self.client.get(target)
                self.origin.once(method, target, respond(200, b"new", ("Content-Type", "application/json")))
                self.client.request(method, target, body=b"{}")
                hit = self.client.get(target)
                self.assert_hit(hit, b"new")
                self.assertEqual(hit.header("content-type"), "application/json")
                self.assertGreater(hit.cache_status.ttl, 0)

    def test_an_answer_that_must_not_be_stored_is_not(self):
        for number, control in enumerate(("no-store", "private", "no-cache")):
            with self.subTest(control=control):
                target = f"/rows/{number}/"
                self.origin.once("PUT", target, respond(200, b"new", ("Cache-Control", control)))
                self.client.put(target)
                self.origin.once("GET", target, ok(b"asked"))
                self.assert_body(self.client.get(target), 200, b"asked")

    def test_it_is_for_who_wrote_alone(self):
        target = "/mine/1/"
        self.origin.once("PATCH", target, respond(200, b"ann's", ("Cache-Control", "private")))
        self.client.patch(target, authorization="Token ann")
        self.assert_hit(self.client.get(target, authorization="Token ann"), b"ann's")
        self.origin.once("GET", target, respond(200, b"bob's", ("Cache-Control", "private")))
        self.assert_body(self.client.get(target, authorization="Token bob"), 200, b"bob's")

    def test_not_where_another_write_came_between(self):
        target = "/rows/1/"
        gate = self.origin.gate()
        self.origin.once("PUT", target, [gate, respond(200, b"first")])
        self.origin.once("PATCH", target, respond(200, b"second", ("Cache-Control", "no-store")))
        writing = self.in_background(self.client.put, target)
        gate.wait_for_arrivals()
        self.client.patch(target)
        gate.open()
        writing.result()
        self.origin.once("GET", target, ok(b"asked"))
        self.assert_body(self.client.get(target), 200, b"asked")


if __name__ == "__main__":
    unittest.main()
