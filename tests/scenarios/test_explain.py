"""GET /explain at the admin door: why a URL would hit, miss, not be stored or be validated."""

import json
import unittest
from urllib.parse import urlencode

from harness import CacheStatus, Client, Scenario, ok, respond

FRESH = ("Cache-Control", "max-age=600")


class Explained(Scenario):
    def ask(self, url, *headers, status=200, host="test", **parameters):
        pairs = [("url", url), *parameters.items(), *(("header", header) for header in headers)]
        if host is not None:
            pairs.append(("host", host))
        response = self.proxy.admin("/explain?" + urlencode(pairs))
        self.assertEqual((response.status, response.header("content-type"), response.header("cache-control")), (status, "application/json", "no-store"), response)
        return json.loads(response.body)

    def assert_foretold(self, target, told, **headers):
        """What was told is what then happens."""
        foretold, became = CacheStatus(told["decision"]["cache_status"]), self.client.get(target, **headers).cache_status
        self.assertEqual((foretold.hit, foretold.fwd, foretold.detail), (became.hit, became.fwd, became.detail))


class WhatIsStored(Explained):
    def test_is_a_hit_with_its_arithmetic(self):
        self.origin.once("GET", "/doctors/5/", ok(b"{}", FRESH, ("Age", "100"), ("ETag", '"1"')))
        told = self.ask("/doctors/5/")
        self.assertEqual((told["would"], told["stored"], told["storage"]["judgement"]), ("fetch", None, "unknown"))
        self.assertEqual(told["decision"]["fwd"], "uri-miss")
        self.client.get("/doctors/5/")
        told = self.ask("/doctors/5/")
        self.assertEqual(list(told)[0], "summary")
        self.assertEqual(told["would"], "hit")
        self.assertTrue(told["summary"].startswith("A response is stored, fresh for "), told["summary"])
        freshness = {name: part["seconds"] for name, part in told["freshness"].items()}
        self.assertEqual((freshness["lifetime"], told["freshness"]["lifetime"]["source"]), (600, "max-age"))
        self.assertEqual(freshness["current_age"], freshness["corrected_initial_age"] + freshness["resident_time"])
        self.assertEqual(freshness["ttl"], 600 - freshness["current_age"])
        self.assertEqual((told["stored"]["status"], told["stored"]["bytes"], told["stored"]["etag"]), (200, 2, "strong"))
        self.assertEqual(told["key"]["text"], "GET origin test /doctors/5/")
        self.assert_foretold("/doctors/5/", told)

    def test_is_asked_of_by_path_by_url_and_for_a_head(self):
        self.origin.once("GET", "/a?b=1&c=2", ok(b"{}", FRESH))
        self.client.get("/a?b=1&c=2")
        for url, host, more in (("/a?b=1&c=2", "test", {}), ("/a?c=2&b=1", "TEST", {}), ("http://test/a?b=1&c=2", None, {}), ("https://test/a?b=1&c=2", None, {}),
                                ("/a?b=1&c=2", "test", {"method": "HEAD"})):
            with self.subTest(url, host=host):
                self.assertEqual(self.ask(url, host=host, **more)["would"], "hit")
        self.assertEqual(self.ask("/a?b=1&c=2", host="elsewhere")["would"], "fetch")

    def test_in_parts_is_a_hit_within_them_and_else_completed(self):
        """RFC 9111 3.3."""
        part = respond(206, b"01234", ("Content-Range", "bytes 0-4/10"), FRESH, ("ETag", '"1"'))
        rest = respond(206, b"56789", ("Content-Range", "bytes 5-9/10"), FRESH, ("ETag", '"1"'))
        self.origin.once("GET", "/", part, rest)
        self.client.get("/", range="bytes=0-4")
        told = self.ask("/", "Range: bytes=1-2")
        self.assertEqual((told["would"], told["decision"]["status"]), ("hit", 206))
        self.assertTrue(told["summary"].startswith("Parts of a response are stored, fresh for "), told["summary"])
        self.assert_foretold("/", told, range="bytes=1-2")
        told = self.ask("/")
        self.assertEqual((told["would"], told["decision"]["fwd"]), ("complete", "partial"))
        self.assert_foretold("/", told)
        self.assertEqual(self.ask("/")["would"], "hit")

    def test_and_stale_is_validated(self):
        self.origin.once("GET", "/", ok(b"{}", ("Cache-Control", "max-age=60"), ("ETag", '"1"'), date=-100), respond(304, b"", ("ETag", '"1"')))
        self.client.get("/")
        told = self.ask("/")
        self.assertEqual((told["would"], told["decision"]["clause"]), ("validate", "RFC 9111 §4.2.4"))
        self.assertIn("stale since ", told["summary"])
        self.assertEqual(self.ask("/", "Cache-Control: max-stale")["would"], "stale hit")
        self.assertEqual(self.client.get("/").cache_status.fwd_status, 304)

    def test_and_invalidated_by_a_write_is_told_with_the_group(self):
        self.origin.once("GET", "/doctors/", ok(b"[]", FRESH, ("ETag", '"1"')), ok(b"[]", FRESH))
        self.origin.once("PATCH", "/doctors/5/", ok(b"{}"))
        self.client.get("/doctors/")
        self.client.patch("/doctors/5/")
        told = self.ask("/doctors/")
        self.assertEqual((told["would"], told["consistency"]["trust"], told["decision"]["clause"]), ("validate", "invalidated", "epochs"))
        self.assertIn('a write invalidated its group "own /doctors" at clock 1', told["summary"])
        self.assertEqual([group["group"] for group in told["consistency"]["groups"] if group["is_invalidated"]], ["own /doctors"])
        self.assert_foretold("/doctors/", told)

    def test_varies(self):
        self.origin.once("GET", "/", ok(b"de", FRESH, ("Vary", "Accept-Language, Cookie")))
        self.client.get("/", accept_language="de", cookie="session=hunter2")
        told = self.ask("/", "Accept-Language: de", "Cookie: session=hunter2")
        self.assertEqual(told["would"], "hit")
        self.assertEqual(told["vary"]["variants"][0]["fields"], {"accept-language": "de", "cookie": "(masked)"})
        told = self.ask("/", "Accept-Language: en")
        self.assertEqual((told["would"], told["decision"]["fwd"], told["vary"]["specs"]), ("fetch", "vary-miss", [["accept-language", "cookie"]]))


class AnAnswerThatIsNotStored(Explained):
    config = "routes:\n  - {path: /quiet/, cache: off}\n"

    def test_is_told_with_its_reason(self):
        for path, fields, header, reason in (
            ("/no-store/", [("Cache-Control", "no-store")], None, "no-store"),
            ("/private/", [("Cache-Control", "private, max-age=60")], None, "private"),
            ("/cookie/", [FRESH, ("Set-Cookie", "a=hunter2")], None, "set-cookie"),
            ("/authorization/", [FRESH], "Token hunter2", "authorization"),
            ("/vary/", [FRESH, ("Vary", "*")], None, "vary-star"),
        ):
            with self.subTest(path):
                self.origin.always("GET", path, ok(b"{}", *fields))
                headers = {"authorization": header} if header else {}
                self.client.get(path, **headers)
                told = self.ask(path, *([f"Authorization: {header}"] if header else []))
                self.assertEqual((told["would"], told["storage"]["judgement"], told["storage"]["is_remembered"]), ("pass", reason, True))
                self.assertLessEqual(told["storage"]["remembered_for"], 10)
                self.assertIn(told["storage"]["because"], told["summary"])
                self.assertNotIn("hunter2", json.dumps(told))
                self.assertEqual(self.client.get(path, **headers).cache_status.detail, reason)

    def test_since_its_route_is_off_names_the_route(self):
        told = self.ask("/quiet/")
        self.assertEqual((told["would"], told["route"]["path"], told["route"]["cache"], told["decision"]["clause"]), ("pass", "/quiet/", False, "routes: cache"))

    def test_since_a_write_of_unknown_outcome_holds_its_groups(self):
        self.origin.once("PUT", "/doctors/5/", respond(504))
        self.client.put("/doctors/5/")
        told = self.ask("/doctors/5/")
        self.assertEqual((told["would"], told["storage"]["judgement"]), ("fetch", "held"))
        self.assertIn("not stored for ", told["summary"])
        held = {group["group"]: group["held_for"] for group in told["consistency"]["groups"]}
        self.assertGreater(held["own /doctors/5"], 0)
        self.assertEqual(held["*"], 0)


class WhoAsks(Explained):
    config = "principals: {user: {cookie: sessionid}}\nroutes:\n  - {path: /out/, cache: off, principal: user, ends_principal: true}\n  - {path: '/{rest...}', principal: user}\n"

    def as_user(self, name):
        return f"Cookie: sessionid={name}"

    def test_has_a_partition_that_is_told_without_its_credential(self):
        self.origin.once("GET", "/", ok(b"ann's", ("Cache-Control", "private, max-age=600"), ("Vary", "Cookie")))
        self.client.get("/", cookie="sessionid=hunter2")
        told = self.ask("/", self.as_user("hunter2"))
        self.assertEqual((told["would"], told["principal"]["kind"], told["principal"]["name"], told["route"]["principal"]), ("hit", "known", "user", "user"))
        self.assertEqual(told["storage"]["judgement"], "store")
        self.assertEqual((told["key"]["text"], told["vary"]["variants"][0]["fields"]), ("GET origin test /", {"cookie": "(of the principal)"}))
        self.assertNotIn("hunter2", json.dumps(told))
        self.assertEqual(self.ask("/", self.as_user("bob"))["would"], "fetch")
        told = self.ask("/")
        self.assertEqual((told["would"], told["principal"]["kind"]), ("fetch", "anonymous"))

    def test_shares_what_the_origin_says_serves_everybody(self):
        self.origin.once("GET", "/", ok(b"all", ("Cache-Control", "public, max-age=600"), ("Vary", "Accept")))
        self.client.get("/", cookie="sessionid=ann", accept="a")
        told = self.ask("/", self.as_user("bob"), "Accept: a")
        self.assertEqual((told["would"], told["vary"]["variants"][0]["fields"], told["vary"]["variants"][0]["is_of_this_request"]), ("hit", {"accept": "a"}, True))

    def test_and_cannot_be_told_for_certain_goes_past_the_cache(self):
        told = self.ask("/", "Cookie: sessionid=ann; sessionid=bob")
        self.assertEqual((told["would"], told["principal"]["kind"], told["decision"]["clause"]), ("pass", "alone", "principals"))
        self.origin.once("GET", "/", ok(b"{}"))
        self.assertEqual(self.client.get("/", cookie="sessionid=ann; sessionid=bob").cache_status.text, told["decision"]["cache_status"].replace("bypass", "bypass; fwd-status=200"))

    def test_and_has_logged_out_is_told_so(self):
        self.origin.once("GET", "/", ok(b"ann's", ("Cache-Control", "private, max-age=600")))
        self.origin.once("POST", "/out/", respond(204))
        self.client.get("/", cookie="sessionid=ann")
        self.client.post("/out/", cookie="sessionid=ann")
        told = self.ask("/", self.as_user("ann"))
        self.assertNotEqual(told["would"], "hit")
        self.assertEqual(told["decision"]["clause"], "principals")


class AWrite(Explained):
    def test_is_told_with_what_it_would_invalidate_and_does_nothing(self):
        self.origin.once("GET", "/doctors/5/", ok(b"{}", FRESH))
        self.client.get("/doctors/5/")
        told = self.ask("/doctors/", method="POST")
        self.assertEqual(told["would"], "write")
        self.assertEqual([group["group"] for group in told["invalidates"]["groups"]], ["own /doctors", "own /", "absent", "tree /doctors"])
        self.assert_hit(self.client.get("/doctors/5/"))
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total"), 0)


class Explaining(Explained):
    config = "routes: []\n"

    def test_counts_nothing_and_asks_nobody(self):
        for _ in range(3):
            self.ask("/a/")
            self.ask("/a/", method="POST")
        self.assertEqual(self.proxy.metric("sidecache_requests_total"), 0)
        self.assertEqual(self.proxy.metric("sidecache_fills_total"), 0)
        self.assertEqual(self.origin.requests, [])

    def test_goes_on_while_a_fill_waits_for_the_origin(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/slow", [gate, ok(b"{}")])
        waiting = self.in_background(self.client.get, "/slow")
        gate.wait_for_arrivals()
        self.assertEqual(self.ask("/slow")["would"], "fetch")
        gate.open()
        self.assertEqual(waiting.result().status, 200)

    def test_refuses_what_is_unclear_with_what_was_expected(self):
        for query, expected in (
            ("", "url is missing"),
            ("url=/a", "The host is missing"),
            ("url=/a&host=test&verbose=1", "not known"),
            ("url=a&host=test", "neither a path"),
            ("url=/a%20b&host=test", "must be escaped"),
            ("url=/a%0d%0ab&host=test", "control character"),
            ("url=http://%5B/", "no host name"),
        ):
            with self.subTest(query):
                response = self.proxy.admin("/explain?" + query)
                self.assertEqual(response.status, 400)
                self.assertIn(expected, json.loads(response.body)["detail"])

    def test_never_repeats_a_secret(self):
        self.origin.once("GET", "/?token=hunter2", ok(b"hunter2", ("Cache-Control", "public, max-age=60"), ("Vary", "Cookie, Authorization"), ("Set-Cookie", "a=hunter2"), ("ETag", '"hunter2"')))
        self.client.get("/?token=hunter2", cookie="a=hunter2", authorization="Token hunter2")
        told = self.ask("/?token=hunter2", "Cookie: a=hunter2", "Authorization: Token hunter2", "X-Api-Key: hunter2")
        self.assertEqual(told["would"], "hit")
        self.assertNotIn("hunter2", json.dumps(told))

    def test_follows_a_reload(self):
        self.assertEqual(self.ask("/a/")["would"], "fetch")
        self.proxy.reload("routes:\n  - {path: /a/, cache: off}\n")
        self.assertEqual(self.ask("/a/")["would"], "pass")

    def test_is_for_get_and_head(self):
        door = Client(self.proxy.admin_address)
        self.assertEqual(door.head("/explain?url=/&host=test").status, 200)
        response = door.post("/explain?url=/&host=test")
        self.assertEqual((response.status, response.header("allow")), (405, "GET, HEAD"))
        self.assertIn("/explain", self.proxy.admin("/").body.decode())


if __name__ == "__main__":
    unittest.main()
