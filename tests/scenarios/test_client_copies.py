"""`clients: revalidate`: what browsers keep, and how they ask about it; what is judged are the origin's own fields."""

import json
import unittest

from harness import Client, Scenario, Sidecache, chunked, http_date, not_modified, ok, respond, wait_until

TOLD = "private, no-cache"
EXPIRES = ("Expires", "Sun, 06 Nov 2044 08:49:37 GMT")


class Copies(Scenario):
    config = """
principals: {user: {cookie: sessionid}}
routes:
  - {path: "/mine/{rest...}", principal: user, clients: revalidate}
  - {path: "/live/{rest...}", cache: off, clients: revalidate}
  - {path: "/origin/{rest...}", fresh: 10m, clients: origin}
  - {path: "/none/{rest...}", fresh: 10m}
  - {path: "/stale/{rest...}", clients: revalidate, stale: {while_revalidate: 10m}}
  - {path: "/{rest...}", clients: revalidate}
"""

    def browse(self, target, copy, **headers):
        """As a browser that has `copy`, a response: it asks about it if it can."""
        if copy.header("etag"):
            headers["if_none_match"] = copy.header("etag")
        elif copy.header("last-modified"):
            headers["if_modified_since"] = copy.header("last-modified")
        return self.client.get(target, **headers)

    def assert_told(self, response, control=TOLD):
        self.assertEqual(response.all("cache-control"), [control], response.headers)
        for name in ("expires", "pragma", "cdn-cache-control", "sidecache-cache-control"):
            self.assertIsNone(response.header(name), response.headers)

    def assert_made_tag(self, response):
        self.assertRegex(response.header("etag") or "", r'^"sc-[0-9a-f]{32}"$')

    def assert_not_modified_from_store(self, response, copy):
        self.assertEqual((response.status, response.body, response.cache_status.hit), (304, b"", True), response)
        self.assertEqual(response.header("etag"), copy.header("etag"))
        self.assert_told(response)

    def stored(self, target="/a/", **headers):
        """The hit that a second client gets."""
        copy = self.client.get(target, **headers)
        self.assert_hit(copy)
        return copy


class ABrowser(Copies):
    def test_gets_a_copy_and_asks_about_it_without_the_origin(self):
        self.origin.once("GET", "/a/", ok(b"one", EXPIRES, ("Pragma", "x"), ("CDN-Cache-Control", "max-age=600"), ("Sidecache-Cache-Control", "max-age=600"), max_age=5))
        first = self.client.get("/a/")
        self.assert_body(first, 200, b"one")
        self.assert_told(first)
        copy = self.stored()
        self.assert_body(copy, 200, b"one")
        self.assert_told(copy)
        self.assert_made_tag(copy)
        for _ in range(3):
            self.assert_not_modified_from_store(self.browse("/a/", copy), copy)

    def test_that_asks_with_head_is_told_the_same(self):
        self.origin.once("GET", "/a/", ok(b"one", max_age=60))
        self.client.get("/a/")
        copy = self.stored()
        head = self.client.head("/a/")
        self.assertEqual((head.status, head.header("etag"), head.header("content-length")), (200, copy.header("etag"), "3"))
        self.assert_told(head)

    def test_gets_the_new_content_after_a_write(self):
        self.origin.once("GET", "/a/", ok(b"one", max_age=600), ok(b"two", max_age=600))
        self.origin.once("PATCH", "/a/", ok(b"{}"))
        self.client.get("/a/")
        copy = self.stored()
        self.client.patch("/a/")
        changed = self.browse("/a/", copy)
        self.assert_body(changed, 200, b"two")
        self.assertEqual(changed.cache_status.detail, "invalidated")
        self.assert_told(changed)
        newer = self.browse("/a/", copy)
        self.assert_hit(newer, b"two")
        self.assertNotEqual(newer.header("etag"), copy.header("etag"))
        self.assert_not_modified_from_store(self.browse("/a/", newer), newer)

    def test_keeps_its_copy_after_a_write_that_changed_nothing(self):
        self.origin.once("GET", "/a/", ok(b"one", max_age=600), ok(b"one", max_age=600))
        self.origin.once("PATCH", "/a/", ok(b"{}"))
        self.client.get("/a/")
        copy = self.stored()
        self.client.patch("/a/")
        asked = self.browse("/a/", copy)
        self.assertEqual((asked.status, asked.cache_status.fwd, asked.cache_status.fwd_status), (304, "stale", 200), asked)
        self.assert_not_modified_from_store(self.browse("/a/", copy), copy)

    def test_that_asks_again_because_of_a_write_has_its_tag_asked_of_nobody(self):
        """The origin does not know the tag: it is asked for all of it."""
        self.origin.once("GET", "/a/", ok(b"one", max_age=600), ok(b"two", max_age=600))
        self.origin.once("PATCH", "/a/", ok(b"{}"))
        self.client.get("/a/")
        copy = self.stored()
        self.client.patch("/a/")
        self.browse("/a/", copy)
        asked = self.origin.last("GET")
        self.assertIsNone(asked.header("if-none-match"))
        self.assertIsNone(asked.header("if-modified-since"))

    def test_with_a_copy_of_another_type_gets_the_new_one(self):
        self.origin.once("GET", "/a/", ok(b"1", ("Content-Type", "text/plain"), max_age=600), ok(b"1", ("Content-Type", "application/json"), max_age=600))
        self.origin.once("PATCH", "/a/", ok(b"{}"))
        self.client.get("/a/")
        copy = self.stored()
        self.client.patch("/a/")
        self.client.get("/a/")
        self.assert_hit(self.browse("/a/", copy), b"1")

    def test_has_the_tag_at_once_where_the_content_comes_with_its_head(self):
        self.origin.once("GET", "/a/", ok(b"one", max_age=600))
        first = self.client.get("/a/")
        self.assert_forwarded(first, "uri-miss", b"one")
        self.assert_made_tag(first)
        self.assert_not_modified_from_store(self.browse("/a/", first), first)

    def test_has_no_tag_of_a_content_that_is_still_on_its_way(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", chunked(b"on", gate, b"e", fields=(("Cache-Control", "max-age=600"),)))
        with self.client.connect() as connection:
            connection.send_request("GET", "/a/")
            begun = connection.begin_response()
            self.assertIsNone(begun.header("etag"))
            self.assert_told(begun.response)
            gate.open()
            self.assert_body(begun.finish(), 200, b"one")
        wait_until(lambda: self.client.get("/a/").cache_status.hit, "a stored response")
        copy = self.stored()
        self.assert_made_tag(copy)
        self.assert_not_modified_from_store(self.browse("/a/", copy), copy)

    def test_is_told_the_same_where_it_follows_somebody_elses_fill(self):
        head_gate, content_gate = self.origin.gate(), self.origin.gate()
        self.origin.once("GET", "/a/", [head_gate, *chunked(b"on", content_gate, b"e", fields=(("Cache-Control", "max-age=600"), EXPIRES))])
        asking = [self.in_background(self.client.get, "/a/") for _ in range(4)]
        head_gate.wait_for_arrivals()
        wait_until(lambda: self.proxy.metric("sidecache_fill_waiting") == 4, "all of them at one fill")
        head_gate.open()
        content_gate.wait_for_arrivals()
        content_gate.open()
        for each in asking:
            self.assert_body(each.result(), 200, b"one")
            self.assert_told(each.result())

    def test_has_the_tag_of_a_query_too(self):
        self.origin.once("QUERY", "/a/", ok(b"found", max_age=600))
        first = self.client.request("QUERY", "/a/", {"Content-Type": "text/plain"}, b"what")
        self.assert_body(first, 200, b"found")
        again = self.client.request("QUERY", "/a/", {"Content-Type": "text/plain", "If-None-Match": first.header("etag")}, b"what")
        self.assert_not_modified_from_store(again, first)


class TheOriginsWord(Copies):
    def test_its_own_tag_is_kept(self):
        for number, tag in enumerate(('"1"', 'W/"1"')):
            with self.subTest(tag):
                target = f"/own/{number}"
                self.origin.once("GET", target, ok(b"a", ("ETag", tag), max_age=600))
                self.assertEqual(self.client.get(target).all("etag"), [tag])
                copy = self.stored(target)
                self.assertEqual(copy.all("etag"), [tag])
                self.assert_not_modified_from_store(self.browse(target, copy), copy)

    def test_no_store_stays_as_it_is(self):
        fields = (("Cache-Control", "no-store, max-age=0"), EXPIRES, ("Pragma", "no-cache"))
        self.origin.once("GET", "/a/", ok(b"a", *fields), ok(b"b", *fields))
        for body in (b"a", b"b"):
            response = self.client.get("/a/")
            self.assert_body(response, 200, body)
            for name, value in fields:
                self.assertEqual(response.all(name), [value])
            self.assertIsNone(response.header("etag"))

    def test_no_store_for_clients_alone_is_told_to_them(self):
        self.origin.once("GET", "/a/", ok(b"a", ("Cache-Control", "no-store"), ("Sidecache-Cache-Control", "max-age=600")))
        self.client.get("/a/")
        hit = self.stored()
        self.assert_told(hit, "no-store")
        self.assertIsNone(hit.header("etag"))

    def test_no_transform_is_kept(self):
        self.origin.once("GET", "/a/", ok(b"a", ("Cache-Control", "public, no-transform, max-age=600")))
        self.client.get("/a/")
        self.assert_told(self.stored(), "private, no-cache, no-transform")

    def test_of_time_alone_decides_how_long_it_is_stored(self):
        self.origin.once("GET", "/a/", ok(b"a", max_age=600))
        self.client.get("/a/")
        self.assertIn(self.stored().cache_status.ttl, range(590, 601))

    def test_private_is_not_stored_and_told_so(self):
        self.origin.once("GET", "/a/", ok(b"a", ("Cache-Control", "private, max-age=600")), ok(b"b", ("Cache-Control", "private, max-age=600")))
        for body in (b"a", b"b"):
            response = self.client.get("/a/")
            self.assert_body(response, 200, body)
            self.assertFalse(response.cache_status.stored)
            self.assert_told(response)
            self.assertIsNone(response.header("etag"))

    def test_is_told_of_errors_and_redirects_too_but_no_tag_is_made(self):
        for status in (301, 404, 500):
            with self.subTest(status):
                target = f"/status/{status}"
                self.origin.once("GET", target, respond(status, b"x", ("Cache-Control", "max-age=600")))
                for response in (self.client.get(target), self.client.get(target)):
                    self.assertEqual(response.status, status)
                    self.assert_told(response)
                    self.assertIsNone(response.header("etag"))

    def test_is_left_as_it_is_by_other_routes(self):
        for route in ("origin", "none"):
            target = f"/{route}/a"
            self.origin.once("GET", target, ok(b"a", EXPIRES, ("Cache-Control", "public, max-age=60"), ("CDN-Cache-Control", "max-age=600")))
            for response in (self.client.get(target), self.client.get(target)):
                self.assert_body(response, 200, b"a")
                told = [response.all(name) for name in ("cache-control", "cdn-cache-control", "expires", "etag")]
                self.assertEqual(told, [["public, max-age=60"], ["max-age=600"], [EXPIRES[1]], []])


class AskingTheOrigin(Copies):
    def test_goes_by_its_own_validators_and_the_made_tag_stays(self):
        modified = http_date(-1000)
        self.origin.once("GET", "/stale/a", ok(b"one", ("Last-Modified", modified), ("Cache-Control", "max-age=60, stale-while-revalidate=0"), date=-100))
        first = self.client.get("/stale/a")
        self.assert_made_tag(first)
        self.origin.once("GET", "/stale/a", not_modified(("Date", http_date()), ("Cache-Control", "max-age=600"), EXPIRES))
        confirmed = self.browse("/stale/a", first)
        self.assertEqual((confirmed.status, confirmed.cache_status.fwd_status), (304, 304), confirmed)
        self.assertEqual(confirmed.header("etag"), first.header("etag"))
        self.assert_told(confirmed)
        asked = self.origin.last()
        self.assertEqual((asked.header("if-none-match"), asked.header("if-modified-since")), (None, modified))
        copy = self.stored("/stale/a")
        self.assert_body(copy, 200, b"one")
        self.assertEqual(copy.all("etag"), [first.header("etag")])
        self.assert_not_modified_from_store(self.browse("/stale/a", copy), copy)

    def test_answered_304_with_another_type_ends_the_made_tag(self):
        modified = http_date(-1000)
        self.origin.once("GET", "/a/", ok(b"one", ("Last-Modified", modified), ("Content-Type", "text/plain"), max_age=60, date=-100))
        first = self.client.get("/a/")
        self.assert_made_tag(first)
        self.origin.once("GET", "/a/", not_modified(("Date", http_date()), ("Content-Type", "application/json")))
        self.client.get("/a/")
        copy = self.stored()
        self.assertEqual((copy.header("content-type"), copy.header("etag")), ("application/json", None))
        self.assert_hit(self.browse("/a/", first), b"one")

    def test_by_its_own_tag_takes_no_notice_of_what_clients_are_told(self):
        self.origin.once("GET", "/a/", ok(b"one", ("ETag", '"1"'), max_age=60, date=-100))
        first = self.client.get("/a/")
        self.origin.once("GET", "/a/", not_modified(("ETag", '"1"'), ("Date", http_date()), ("Cache-Control", "max-age=600")))
        confirmed = self.browse("/a/", first)
        self.assertEqual((confirmed.status, confirmed.header("etag")), (304, '"1"'))
        self.assert_told(confirmed)
        self.assertIn(self.stored().cache_status.ttl, range(590, 601))

    def test_in_the_background_leaves_the_copy_good_until_the_content_is_another(self):
        self.origin.once("GET", "/stale/a", ok(b"one", max_age=60, date=-100))
        first = self.client.get("/stale/a")
        gate = self.origin.gate()
        self.origin.once("GET", "/stale/a", [gate, ok(b"two", max_age=600)])
        self.assert_not_modified_from_store(self.browse("/stale/a", first), first)
        gate.wait_for_arrivals()
        self.assertIsNone(self.origin.last().header("if-none-match"))
        gate.open()
        wait_until(lambda: self.browse("/stale/a", first).status == 200, "the new content")
        self.assert_hit(self.browse("/stale/a", first), b"two")

    def test_that_fails_may_leave_the_copy_good_too(self):
        self.origin.once("GET", "/a/", ok(b"one", ("Cache-Control", "max-age=60, stale-if-error=600"), date=-100), respond(503, b"down"))
        first = self.client.get("/a/")
        answer = self.browse("/a/", first)
        self.assertEqual((answer.status, answer.cache_status.detail), (304, "origin-error"), answer)
        self.assert_told(answer)


    def test_with_head_renews_what_is_stored_and_the_made_tag_stays(self):
        modified = ("Last-Modified", http_date(-1000))
        self.origin.once("GET", "/a/", ok(b"one", modified, max_age=60, date=-100))
        first = self.client.get("/a/")
        self.assert_made_tag(first)
        self.origin.once("HEAD", "/a/", ok(b"one", modified, EXPIRES, max_age=600))
        head = self.client.head("/a/")
        self.assert_forwarded(head, "stale")
        self.assert_told(head)
        copy = self.stored()
        self.assertEqual((copy.header("etag"), copy.cache_status.ttl > 500), (first.header("etag"), True))
        self.assert_told(copy)


class Ranges(Copies):
    def test_are_cut_out_of_what_is_stored_by_the_made_tag(self):
        self.origin.once("GET", "/a/", ok(b"0123456789", max_age=600), ok(b"abcdefghij", max_age=600))
        first = self.client.get("/a/")
        for asked, body in (("bytes=2-4", b"234"), ("bytes=-1", b"9")):
            part = self.client.get("/a/", range=asked, if_range=first.header("etag"))
            self.assert_hit(part, body)
            self.assertEqual((part.status, part.header("etag")), (206, first.header("etag")))
            self.assert_told(part)
        self.origin.once("PATCH", "/a/", ok(b"{}"))
        self.client.patch("/a/")
        self.client.get("/a/")
        whole = self.client.get("/a/", range="bytes=2-4", if_range=first.header("etag"))
        self.assert_hit(whole, b"abcdefghij")
        self.assertEqual(whole.status, 200)

    def test_of_the_origin_are_told_the_same(self):
        part = respond(206, b"234", ("Content-Range", "bytes 2-4/10"), ("ETag", '"1"'), ("Cache-Control", "public, max-age=600"), EXPIRES)
        self.origin.once("GET", "/a/", part)
        for _ in range(2):
            response = self.client.get("/a/", range="bytes=2-4")
            self.assert_body(response, 206, b"234")
            self.assert_told(response)
            self.assertEqual(response.all("etag"), ['"1"'])
        self.assertTrue(response.cache_status.hit, response)


class PastTheCache(Copies):
    def test_reads_are_told_the_same_and_get_no_tag(self):
        self.origin.once("GET", "/live/a", ok(b"a", EXPIRES, max_age=600))
        response = self.client.get("/live/a")
        self.assert_forwarded(response, "bypass", b"a")
        self.assert_told(response)
        self.assertIsNone(response.header("etag"))
        self.origin.once("HEAD", "/a/", ok(b"", ("Cache-Control", "public, max-age=600")))
        self.assert_told(self.client.head("/a/"))

    def test_a_304_of_the_origin_does_not_make_a_copy_fresh(self):
        self.origin.once("GET", "/live/a", not_modified(("ETag", '"1"'), ("Cache-Control", "max-age=600"), EXPIRES))
        response = self.client.get("/live/a", if_none_match='"1"')
        self.assertEqual((response.status, response.header("etag")), (304, '"1"'))
        self.assert_told(response)

    def test_answers_to_writes_stay_as_they_are(self):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for target in ("/a/", "/live/a"):
                self.origin.once(method, target, ok(b"a", EXPIRES, ("CDN-Cache-Control", "max-age=5"), max_age=600))
                response = self.client.request(method, target, body=b"{}")
                told = [response.header(name) for name in ("cache-control", "cdn-cache-control", "expires")]
                self.assertEqual(told, ["max-age=600", "max-age=5", EXPIRES[1]], method)

    def test_what_a_write_answers_for_the_next_read_is_told_to_that_one(self):
        self.origin.once("PATCH", "/a/", ok(b"new", ("Content-Location", "/a/"), max_age=600))
        written = self.client.patch("/a/")
        self.assertEqual((written.header("cache-control"), written.header("etag")), ("max-age=600", None))
        copy = self.stored()
        self.assert_body(copy, 200, b"new")
        self.assert_told(copy)
        self.assert_made_tag(copy)
        self.assert_not_modified_from_store(self.browse("/a/", copy), copy)

    def test_an_upgrade_stays_as_it_is(self):
        self.origin.once("GET", "/live/a", b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\nCache-Control: max-age=5\r\n\r\n")
        with self.client.connect() as connection:
            connection.send_request("GET", "/live/a", {"Connection": "upgrade", "Upgrade": "x"})
            begun = connection.begin_response()
            self.assertEqual((begun.status, begun.header("cache-control")), (101, "max-age=5"))


class OfAPartition(Copies):
    def test_a_copy_is_asked_about_by_its_own_client(self):
        self.origin.once("GET", "/mine/", ok(b"ann", ("Cache-Control", "private, max-age=600")), ok(b"bob", ("Cache-Control", "private, max-age=600")))
        ann, bob = (self.client.get("/mine/", cookie=f"sessionid={name}") for name in ("ann", "bob"))
        for copy in (ann, bob):
            self.assert_told(copy)
            self.assert_made_tag(copy)
        self.assert_not_modified_from_store(self.browse("/mine/", ann, cookie="sessionid=ann"), ann)
        self.assert_not_modified_from_store(self.browse("/mine/", bob, cookie="sessionid=bob"), bob)
        self.assert_hit(self.browse("/mine/", ann, cookie="sessionid=bob"), b"bob")

    def test_what_serves_everybody_is_still_stored_for_all(self):
        self.origin.once("GET", "/mine/", ok(b"all", ("Cache-Control", "public, max-age=600")))
        first = self.client.get("/mine/", cookie="sessionid=ann")
        self.assert_told(first)
        copy = self.stored("/mine/", cookie="sessionid=bob")
        self.assert_told(copy)
        self.assert_not_modified_from_store(self.browse("/mine/", copy, cookie="sessionid=ann"), copy)


class AProxyBeforeThisOne(Copies):
    """A second sidecache, as any shared cache between browsers and this one."""

    def test_keeps_no_copy_that_it_could_serve_without_asking(self):
        self.origin.once("GET", "/a/", ok(b"one", ("Cache-Control", "public, max-age=600"), ("CDN-Cache-Control", "max-age=600")))
        outer = self.make_outer()
        for _ in range(2):
            response = outer.get("/a/")
            self.assert_body(response, 200, b"one")
            self.assertFalse(response.cache_status.hit, response)
        self.assertEqual(self.origin.count("GET"), 1)

    def make_outer(self):
        outer = Sidecache(f"http://127.0.0.1:{self.proxy.address[1]}")
        self.addCleanup(outer.kill)
        self.addCleanup(outer.stop)
        return Client(outer.address)


class AReload(Copies):
    config = "routes:\n  - {path: /a/, clients: origin}\n"

    def test_counts_for_what_is_fetched_from_then_on(self):
        self.origin.once("GET", "/a/", ok(b"one", max_age=600))
        self.client.get("/a/")
        self.proxy.reload("routes:\n  - {path: /a/, clients: revalidate}\n")
        self.assertEqual(self.stored().header("cache-control"), "max-age=600")
        self.origin.once("PATCH", "/a/", ok(b""))
        self.client.patch("/a/")
        self.origin.once("GET", "/a/", ok(b"two", max_age=600))
        self.client.get("/a/")
        self.assert_told(self.stored())


class AnExplanation(Copies):
    def test_tells_of_the_route_and_of_the_tag(self):
        def explain(**headers):
            query = "&".join(["url=/a/", "host=test", *(f"header={name}:{value}" for name, value in headers.items())])
            return json.loads(self.proxy.admin("/explain?" + query).body)

        self.origin.once("GET", "/a/", ok(b"one", max_age=600))
        first = self.client.get("/a/")
        told = explain(**{"If-None-Match": first.header("etag")})
        self.assertEqual((told["route"]["clients"], told["stored"]["etag"], told["stored"]["made_etag"]), ("revalidate", "none", True))
        self.assertEqual((told["would"], told["decision"]["status"]), ("hit", 304))
        self.assertEqual(explain()["decision"]["status"], 200)


if __name__ == "__main__":
    unittest.main()
