"""What a write ends is fetched again before anybody asks, where the route wants that and it was asked for often (`refresh_on_write`)."""

import json
import unittest

from harness import DROP, Client, Scenario, chunked, not_modified, ok, respond, wait_until

CONFIG = """
writes: {{refresh: {{concurrency: {concurrency}, rate: 1000}}}}
principals: {{user: {{header: Authorization}}}}
routes:
  - {{path: "/hot/{{rest...}}", refresh_on_write: {on}}}
  - {{path: "/mine/{{rest...}}", principal: user, refresh_on_write: {on}}}
"""


class Written(Scenario):
    target = "/hot/1/"

    def store(self, target=target, hits=2, body=b"old", fields=(), **headers):
        self.origin.once("GET", target, ok(body, *fields, max_age=600))
        self.client.get(target, **headers)
        for _ in range(hits):
            self.assert_hit(self.client.get(target, **headers), body)

    def write(self, target=target):
        self.origin.once("PATCH", target, ok(b""))
        self.client.patch(target)

    def metric(self, name, **labels):
        return self.proxy.metric(f"sidecache_write_refreshes_{name}", **labels)

    def wait_for_stored(self, count):
        self.proxy.wait_for_metric("sidecache_memory_insertions_total", count)

    def make_sure_that_writes_are_looked_at(self):
        """Another one is written and fetched again: whatever was to be fetched before it has been."""
        target = "/hot/marker/"
        self.store(target)
        self.origin.once("GET", target, ok(b"seen", max_age=600))  # it may be asked for before the writer has its answer
        self.write(target)
        self.origin.wait_for(2, "GET", target)


class RefreshOnWrite(Written):
    config = CONFIG.format(concurrency=2, on="true")

    def test_the_next_reader_finds_it_in_memory(self):
        self.store(accept_language="de", fields=[("Vary", "Accept-Language")])
        self.origin.once("GET", self.target, ok(b"new", ("Vary", "Accept-Language"), max_age=600))
        before = self.proxy.metric("sidecache_memory_insertions_total")
        self.write()
        self.wait_for_stored(before + 1)
        self.assertEqual((self.metric("total"), self.metric("paid_total")), (1, 0))
        self.assert_hit(self.client.get(self.target, accept_language="de"), b"new")
        self.assert_hit(self.client.get(self.target, accept_language="de"), b"new")
        self.assertEqual((self.metric("total"), self.metric("paid_total")), (1, 1))
        first, second = self.origin.seen("GET", self.target)
        self.assertEqual(second.header("accept-language"), "de")
        self.assertEqual(second.header("x-request-id"), first.header("x-request-id") + "-refresh")
        self.assertEqual(self.proxy.metric("sidecache_write_refresh_candidates"), 1)

    def test_as_often_as_it_is_written_and_asked_for(self):
        self.store()
        for stored, body in enumerate((b"second", b"third"), 2):
            self.origin.once("GET", self.target, ok(body, max_age=600))
            self.write()
            self.wait_for_stored(stored)
            self.assert_hit(self.client.get(self.target), body)
            self.assert_hit(self.client.get(self.target), body)
        ids = [request.header("x-request-id") for request in self.origin.seen("GET", self.target)]
        self.assertEqual(ids[1:], [ids[0] + "-refresh"] * 2)

    def test_not_where_too_few_have_asked(self):
        self.store(hits=1)
        self.write()
        self.make_sure_that_writes_are_looked_at()
        wait_until(lambda: self.metric("left_total", reason="cold") == 1, "it to be left")
        self.assertEqual(self.origin.count("GET", self.target), 1)
        self.origin.once("GET", self.target, ok(b"new", max_age=600))
        self.assert_forwarded(self.client.get(self.target), "stale", b"new")

    def test_not_before_the_last_byte_of_the_answer(self):
        """The clock ticks at the head of it and at its end (S16): what is fetched between would be of no use."""
        self.store()
        gate = self.origin.gate()
        self.origin.once("PATCH", self.target, chunked(b"one ", gate, b"two"))
        writing = self.in_background(self.client.patch, self.target)
        gate.wait_for_arrivals()
        self.make_sure_that_writes_are_looked_at()
        self.assertEqual(self.origin.count("GET", self.target), 1)
        self.origin.once("GET", self.target, ok(b"new", max_age=600))
        gate.open()
        writing.result()
        self.origin.wait_for(2, "GET", self.target)
        wait_until(lambda: self.client.get(self.target).body == b"new", "the new one")

    def test_in_the_name_of_a_peer_that_is_believed_no_more(self):
        """Whom `forwarded.trust` names is asked when it is fetched again, not when the request came."""
        trusting = self.config + "forwarded: {trust: [127.0.0.1]}\n"
        self.proxy.write_config(trusting)
        self.proxy.reload()
        self.store(x_forwarded_for="10.0.0.1")
        self.assertEqual(self.origin.last("GET").header("x-forwarded-for"), "10.0.0.1, 127.0.0.1")
        self.proxy.write_config(self.config)
        self.proxy.reload()
        self.origin.once("GET", self.target, ok(b"new", max_age=600))
        self.write()
        self.origin.wait_for(2, "GET", self.target)
        self.assertEqual(self.origin.last("GET").header("x-forwarded-for"), "127.0.0.1")

    def test_with_its_validators(self):
        tag = ("ETag", '"1"')
        self.store(fields=[tag])
        self.origin.once("GET", self.target, not_modified(tag))
        self.write()
        self.proxy.wait_for_metric("sidecache_validations_confirmed_total", 1, which="asked")
        self.assertEqual(self.origin.last("GET").header("if-none-match"), '"1"')
        self.assert_hit(self.client.get(self.target), b"old")
        self.assertEqual(self.metric("paid_total"), 1)

    def test_shared_by_who_comes_meanwhile(self):
        self.store()
        gate = self.origin.gate()
        self.origin.once("GET", self.target, [gate, ok(b"new", max_age=600)])
        self.write()
        gate.wait_for_arrivals()
        reading = self.in_background(self.client.get, self.target)
        self.proxy.wait_for_metric("sidecache_fill_waiting", 1)
        gate.open()
        response = reading.result()
        self.assert_body(response, 200, b"new")
        self.assertTrue(response.cache_status.collapsed)
        self.assertEqual(self.metric("paid_total"), 1)

    def test_overtaken_by_another_write_serves_nobody(self):
        self.store()
        gate = self.origin.gate()
        self.origin.once("GET", self.target, [gate, ok(b"between", max_age=600)])
        self.write()
        gate.wait_for_arrivals()
        self.write()
        self.origin.once("GET", self.target, ok(b"new", max_age=600))
        self.assert_body(self.client.get(self.target), 200, b"new")
        gate.open()
        self.make_sure_that_writes_are_looked_at()
        self.assert_hit(self.client.get(self.target), b"new")

    def test_that_fails_leaves_it_to_the_next_reader(self):
        self.store()
        self.origin.once("GET", self.target, [b"HTTP/1.1 200 OK\r\nContent-Le", DROP])
        self.write()
        self.origin.wait_for(2, "GET", self.target)
        self.origin.once("GET", self.target, ok(b"new", max_age=600))
        self.assert_forwarded(wait_until(lambda: (response := self.client.get(self.target)).status == 200 and response, "an answer"), "stale", b"new")

    def test_of_an_announcement_too(self):
        self.store(fields=[("Cache-Groups", '"staff"')])
        self.origin.once("GET", self.target, ok(b"new", max_age=600))
        told = Client(self.proxy.admin_address).post("/invalidate", json.dumps({"groups": ["staff"]}).encode(), content_type="application/json")
        self.assertEqual(told.status, 200)
        self.origin.wait_for(2, "GET", self.target)

    def test_in_the_name_of_who_asked_and_for_nobody_else(self):
        target = "/mine/1/"
        private = [("Cache-Control", "private, max-age=600")]
        self.origin.once("GET", target, respond(200, b"ann's", *private))
        for _ in range(3):
            self.assert_body(self.client.get(target, authorization="Token ann"), 200, b"ann's")
        self.origin.once("GET", target, respond(200, b"ann's new", *private))
        before = self.proxy.metric("sidecache_memory_insertions_total")
        self.write(target)
        self.wait_for_stored(before + 1)
        self.assertEqual(self.origin.last("GET").header("authorization"), "Token ann")
        self.origin.once("GET", target, respond(200, b"bob's", *private))
        self.assert_body(self.client.get(target, authorization="Token bob"), 200, b"bob's")
        self.assert_hit(self.client.get(target, authorization="Token ann"), b"ann's new")

    def test_not_with_a_credential_that_was_refused_meanwhile(self):
        target = "/mine/1/"
        self.origin.once("GET", target, respond(200, b"ann's", ("Cache-Control", "private, max-age=600")))
        for _ in range(3):
            self.client.get(target, authorization="Token ann")
        self.origin.once("GET", "/mine/2/", respond(401, b"no"))
        self.client.get("/mine/2/", authorization="Token ann")
        self.write(target)
        self.make_sure_that_writes_are_looked_at()
        wait_until(lambda: self.metric("left_total", reason="ended") == 1, "it to be left")
        self.assertEqual(self.origin.count("GET", target), 1)

    def test_not_with_a_credential_for_what_serves_others_as_well(self):
        """Others would be read for in its name: the answer is everybody's."""
        target = "/mine/1/"
        self.origin.once("GET", target, respond(200, b"all", ("Cache-Control", "public, max-age=600")))
        self.client.get(target, authorization="Token ann")
        for _ in range(3):
            self.assert_hit(self.client.get(target, authorization="Token bob"), b"all")
        self.assertEqual(self.proxy.metric("sidecache_write_refresh_candidates"), 0)

    def test_not_with_a_cookie_that_the_route_knows_nothing_of(self):
        self.store(hits=0, cookie="sessionid=1")
        self.assertEqual(self.proxy.metric("sidecache_write_refresh_candidates"), 0)

    def test_until_a_reload_ends_it(self):
        self.store()
        self.assertEqual(self.proxy.metric("sidecache_write_refresh_candidates"), 1)
        self.proxy.write_config(CONFIG.format(concurrency=2, on="false"))
        self.proxy.hang_up()
        wait_until(lambda: self.proxy.metric("sidecache_write_refresh_candidates") == 0, "no request is kept")


class InABudget(Written):
    config = CONFIG.format(concurrency=1, on="true")

    def test_one_at_a_time_the_most_asked_for_first(self):
        """One group ends them both."""
        group = [("Cache-Groups", '"staff"')]
        self.store("/hot/warm/", hits=3, fields=group)
        self.store("/hot/hot/", hits=9, fields=group)
        gate = self.origin.gate()
        self.origin.once("GET", "/hot/hot/", [gate, ok(b"new", max_age=600)])
        self.origin.once("GET", "/hot/warm/", ok(b"new", max_age=600))
        self.origin.once("PATCH", "/hot/1/", respond(204, b"", ("Cache-Group-Invalidation", '"staff"')))
        self.client.patch("/hot/1/")
        gate.wait_for_arrivals()
        self.assertEqual(self.origin.count("GET", "/hot/warm/"), 1)
        gate.open()
        self.origin.wait_for(2, "GET", "/hot/warm/")


class Unasked(Written):
    config = CONFIG.format(concurrency=2, on="false")

    def test_nothing_is_kept_and_nothing_fetched_again(self):
        self.store(hits=9)
        self.write()
        self.origin.once("GET", self.target, ok(b"new", max_age=600))
        self.assert_forwarded(self.client.get(self.target), "stale", b"new")
        self.assertEqual((self.proxy.metric("sidecache_write_refresh_candidates"), self.metric("total")), (0, 0))


if __name__ == "__main__":
    unittest.main()
