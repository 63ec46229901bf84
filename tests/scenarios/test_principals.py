"""Who asks: a partition of the cache for each credential or role, and never a response across two of them."""

import base64
import hashlib
import hmac
import json
import random
import re
import tempfile
import threading
import time
import unittest
from pathlib import Path

from harness import Scenario, Sidecache, head, ok, respond, wait_until

FRESH = ("Cache-Control", "max-age=600")
PRIVATE = ("Cache-Control", "private, max-age=600")
PUBLIC = ("Cache-Control", "public, max-age=600")


def session(name):
    return {"Cookie": f"csrftoken=x; sessionid={name}"}


def told(*fields, status=200):
    """An answer whose content names who asked, by the session's cookie."""

    def answer(exchange):
        found = re.search(r"sessionid=([^;]*)", exchange.request.header("cookie") or "")
        exchange.play(respond(status, (found.group(1) if found else "nobody").encode(), *fields))

    return answer


class BySession(Scenario):
    config = """
principals: {user: {cookie: sessionid}}
routes:
  - {path: /logout/, cache: off, principal: user, ends_principal: true}
  - {path: "/{rest...}", principal: user}
"""

    def get(self, name, target="/"):
        return self.client.request("GET", target, session(name) if name else {})

    def test_private_responses_are_stored_for_each_by_itself(self):
        self.origin.once("GET", "/", told(PRIVATE), told(PRIVATE))
        for name in ("ann", "bob"):
            self.assert_forwarded(self.get(name), "uri-miss", name)
        for name in ("ann", "bob", "ann"):
            self.assert_hit(self.get(name), name)

    def test_so_are_those_that_say_nothing_of_whom_they_are_for(self):
        self.origin.once("GET", "/", told(FRESH), told(FRESH), told(FRESH))
        for name in ("ann", "bob", None):
            self.assert_forwarded(self.get(name), "uri-miss", name or "nobody")
        for name in ("ann", "bob", None):
            self.assert_hit(self.get(name), name or "nobody")

    def test_public_responses_are_stored_once_for_all(self):
        for control in ("public, max-age=600", "s-maxage=600"):
            with self.subTest(control):
                self.origin.once("GET", f"/{control[0]}", ok(b"all", ("Cache-Control", control)))
                self.assert_body(self.get("ann", f"/{control[0]}"), 200, b"all")
                for name in ("bob", None, "ann"):
                    self.assert_hit(self.get(name, f"/{control[0]}"), b"all")

    def test_private_responses_to_nobody_in_particular_are_not_stored(self):
        self.origin.once("GET", "/", told(PRIVATE), told(PRIVATE))
        for _ in range(2):
            self.assertFalse(self.get(None).cache_status.hit)

    def test_what_was_not_public_never_serves_another_although_it_came_first(self):
        self.origin.once("GET", "/", told(FRESH), told(PRIVATE))
        self.assert_body(self.get(None), 200, b"nobody")
        self.assert_body(self.get("ann"), 200, b"ann")

    def test_other_cookies_do_not_count_although_the_application_says_vary(self):
        self.origin.once("GET", "/", told(PRIVATE, ("Vary", "Cookie, Accept")))
        self.assert_body(self.get("ann"), 200, b"ann")
        for cookies in ("sessionid=ann", "lang=de; sessionid=ann; a=b"):
            self.assert_hit(self.client.request("GET", "/", {"Cookie": cookies}), b"ann")

    def test_other_fields_that_vary_count_as_ever(self):
        self.origin.once("GET", "/", told(PRIVATE, ("Vary", "Cookie, Accept")), told(PRIVATE, ("Vary", "Cookie, Accept")))
        for accept in ("text/html", "application/json"):
            self.assert_body(self.client.request("GET", "/", {**session("ann"), "Accept": accept}), 200, b"ann")

    def test_public_responses_that_vary_by_cookie_do_count_all_cookies(self):
        self.origin.once("GET", "/", told(PUBLIC, ("Vary", "Cookie")), told(PUBLIC, ("Vary", "Cookie")))
        self.assert_body(self.get("ann"), 200, b"ann")
        self.assert_body(self.get("bob"), 200, b"bob")
        self.assert_hit(self.get("ann"), b"ann")

    def test_what_can_be_read_in_two_ways_is_forwarded_and_not_stored(self):
        unclear = ("sessionid=ann; sessionid=bob", "SessionID=ann", "a=b,sessionid=ann", "session%69d=ann", "sessionid\xa0=ann", "sessionid=bob; sessionid\xa0=ann")
        self.origin.always("GET", "/", ok(b"whoever", PRIVATE))
        for cookies in unclear:
            for _ in range(2):
                response = self.client.request("GET", "/", {"Cookie": cookies})
                self.assertEqual((response.cache_status.fwd, response.cache_status.detail), ("bypass", "principal-unclear"), cookies)

    def test_a_credential_that_is_not_named_is_forwarded_and_not_stored(self):
        self.origin.always("GET", "/", ok(b"whoever", PRIVATE))
        for _ in range(2):
            response = self.client.request("GET", "/", {**session("ann"), "Authorization": "Token of-bob"})
            self.assertEqual(response.cache_status.detail, "principal-unclear")

    def test_set_cookie_is_not_stored(self):
        self.origin.once("GET", "/", told(PRIVATE, ("Set-Cookie", "a=b")), told(PRIVATE))
        self.assert_body(self.get("ann"), 200, b"ann")
        self.assertIsNone(self.get("ann").header("set-cookie"))

    def test_followers_have_their_own_fill(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, told(PRIVATE)], [gate, told(PRIVATE)])
        asked = [(name, self.in_background(self.get, name)) for name in ("ann", "bob") * 10]
        wait_until(lambda: self.origin.count() == 2, "both fills")
        gate.open()
        for name, thread in asked:
            self.assert_body(thread.result(), 200, name)

    def test_a_write_ends_what_every_partition_holds(self):
        self.origin.once("GET", "/a/", told(PRIVATE), told(PRIVATE), told(PRIVATE), told(PRIVATE))
        self.origin.once("PUT", "/a/", ok(b""))
        for name in ("ann", "bob"):
            self.get(name, "/a/")
        self.client.request("PUT", "/a/", session("ann"), b"x")
        for name in ("ann", "bob"):
            self.assertFalse(self.get(name, "/a/").cache_status.hit)

    def assert_ended_by(self, end, status):
        """What was stored for ann serves her no more after `end`; bob keeps his."""
        self.origin.once("GET", "/a", told(PRIVATE), told(PRIVATE), told(PRIVATE))
        for name in ("ann", "bob"):
            self.assert_body(self.get(name, "/a"), 200, name)
        self.assertEqual(end().status, status)
        self.assertFalse(self.get("ann", "/a").cache_status.hit)
        self.assert_hit(self.get("bob", "/a"), b"bob")
        self.assert_hit(self.get("ann", "/a"), b"ann")
        self.assertEqual(self.proxy.metric("sidecache_principals_ended_total"), 1)

    def test_an_answer_of_401_ends_the_partition(self):
        self.origin.once("GET", "/b", told(status=401))
        self.assert_ended_by(lambda: self.get("ann", "/b"), 401)

    def test_a_refusal_is_of_who_asked_though_it_says_that_it_is_public(self):
        for number, (status, control) in enumerate(((401, "public, max-age=60"), (401, "s-maxage=60"), (403, "public, max-age=60"), (403, "s-maxage=60"))):
            target = f"/{number}"
            refused = told(("Cache-Control", control), status=status)
            self.origin.once("GET", target, refused, refused, told(PRIVATE))
            self.assert_body(self.get(None, target), status, "nobody")
            self.assert_body(self.get("ann", target), status, "ann")
            self.assert_body(self.get("bob", target), 200, "bob")

    def test_an_answer_of_403_to_a_write_ends_the_partition(self):
        self.origin.once("POST", "/b", told(status=403))
        self.assert_ended_by(lambda: self.client.request("POST", "/b", session("ann"), b"x"), 403)

    def test_a_logout_ends_the_partition(self):
        self.origin.once("GET", "/logout/", told(status=302))
        self.assert_ended_by(lambda: self.get("ann", "/logout/"), 302)

    def test_a_cookie_set_anew_ends_the_partition(self):
        self.origin.once("GET", "/b", told(("Set-Cookie", "sessionid=\"\"; Max-Age=0")))
        self.assert_ended_by(lambda: self.get("ann", "/b"), 200)

    def test_a_fill_that_a_401_overtook_serves_its_client_alone(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/a", [gate, told(PRIVATE)], told(PRIVATE))
        self.origin.once("GET", "/b", told(status=401))
        slow = self.in_background(self.get, "ann", "/a")
        wait_until(lambda: self.origin.count() == 1, "the fill")
        self.get("ann", "/b")
        gate.open()
        self.assert_body(slow.result(), 200, b"ann")
        self.assertFalse(self.get("ann", "/a").cache_status.hit)

    def test_credentials_stand_nowhere(self):
        self.origin.always("GET", "/", told(PRIVATE, ("Vary", "Cookie")))
        self.get("s3cr3t-of-ann")
        self.get("s3cr3t-of-ann")
        self.proxy.access_log(2)
        self.assertNotIn("s3cr3t", self.proxy.told())
        self.assertNotIn("s3cr3t", self.proxy.admin("/metrics").body.decode())


class OnOtherRoutes(Scenario):
    config = """
principals: {user: {cookie: sessionid}}
routes: [{path: "/api/{rest...}", principal: user}]
"""

    def test_a_cookie_set_anew_ends_the_partition_too(self):
        self.origin.once("GET", "/api/", told(PRIVATE), told(PRIVATE))
        self.origin.once("POST", "/accounts/logout/", told(("Set-Cookie", "sessionid=; Max-Age=0")))
        self.client.request("GET", "/api/", session("ann"))
        self.client.request("POST", "/accounts/logout/", session("ann"), b"x")
        self.assertFalse(self.client.request("GET", "/api/", session("ann")).cache_status.hit)


class ByHeader(Scenario):
    config = """
principals: {user: {header: X-Api-Key}}
routes: [{path: "/{rest...}", principal: user}]
"""

    def test_beside_cookies_that_are_not_named_nothing_private_is_stored(self):
        self.origin.always("GET", "/", told(PRIVATE))
        for name in ("ann", "bob"):
            self.assert_body(self.client.request("GET", "/", {"X-Api-Key": "shared", **session(name)}), 200, name)
        self.origin.once("GET", "/a", ok(b"of the key", PRIVATE))
        self.client.request("GET", "/a", {"X-Api-Key": "one"})
        self.assert_hit(self.client.request("GET", "/a", {"X-Api-Key": "one"}), b"of the key")

    def test_a_name_that_the_application_may_read_as_the_one_that_counts_goes_past_the_cache(self):
        self.origin.always("GET", "/", ok(b"whoever", FRESH))
        for _ in range(2):
            self.assertEqual(self.client.request("GET", "/", {"X_Api_Key": "ann"}).cache_status.fwd, "bypass")
        self.assert_forwarded(self.client.get("/"), "uri-miss")


class Rechecked(Scenario):
    config = """
principals: {user: {cookie: sessionid, recheck: 2s}}
routes: [{path: "/{rest...}", principal: user, stale: {while_revalidate: 1h, if_error: 1h}}]
"""

    def test_is_a_credential_that_cannot_be_judged_here(self):
        etag = ("ETag", '"1"')
        self.origin.once("GET", "/", told(PRIVATE, etag), respond(304, b"", etag, PRIVATE), respond(401, b"gone"))
        self.assert_body(self.client.request("GET", "/", session("ann")), 200, b"ann")
        self.assert_hit(self.client.request("GET", "/", session("ann")), b"ann")
        time.sleep(2.1)
        response = self.client.request("GET", "/", session("ann"))
        self.assertEqual((response.cache_status.fwd, response.cache_status.fwd_status, response.body), ("stale", 304, b"ann"))
        self.assert_hit(self.client.request("GET", "/", session("ann")), b"ann")
        time.sleep(2.1)
        self.assertEqual(self.client.request("GET", "/", session("ann")).status, 401)

    def test_responses_for_all_are_not(self):
        self.origin.once("GET", "/", ok(b"all", PUBLIC))
        self.client.request("GET", "/", session("ann"))
        time.sleep(2.1)
        self.assert_hit(self.client.request("GET", "/", session("ann")), b"all")


class AShorterRecheck(Scenario):
    def make_proxy(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "sidecache.yaml"
        self.configure("1h")
        return Sidecache(self.origin.url, "--config", str(self.path), workers=self.workers)

    def configure(self, recheck):
        self.path.write_text(f"""
principals: {{user: {{cookie: sessionid, recheck: {recheck}}}}}
routes: [{{path: /logout/, cache: off, principal: user, ends_principal: true}}, {{path: "/{{rest...}}", principal: user}}]
""")

    def test_does_not_let_what_was_ended_live_again(self):
        self.origin.once("GET", "/", told(PRIVATE), told(PRIVATE))
        self.origin.once("POST", "/logout/", told())
        self.client.request("GET", "/", session("ann"))
        self.configure("2s")
        self.proxy.reload()
        self.client.request("POST", "/logout/", session("ann"), b"x")
        time.sleep(2.2)
        self.assertFalse(self.client.request("GET", "/", session("ann")).cache_status.hit)


class WhatTheOriginSaysOfSharing(Scenario):
    config = """
principals: {user: {cookie: sessionid}}
routes: [{path: "/{rest...}", principal: user}]
"""

    def get(self, name, target="/", **fields):
        return self.client.get(target, cookie=f"sessionid={name}", **fields)

    def of_whoever_asks(self, control, tag='"row-7"'):
        """The tag is that of the row, the content names who asks, and the application forgot Vary."""
        def answer(exchange):
            fields = (("ETag", tag), ("Cache-Control", control))
            if exchange.request.header("if-none-match") == tag:
                return exchange.play(respond(304, b"", *fields))
            exchange.play(respond(200, f"of {exchange.request.header('cookie')}", *fields))
        return answer

    def test_s_maxage_0_is_no_word_for_sharing(self):
        """It keeps shared caches from reusing it; a partition is a private one, and goes by max-age (RFC 9111 5.2.2.10)."""
        self.origin.always("GET", "/", self.of_whoever_asks("max-age=60, s-maxage=0, proxy-revalidate"))
        for name in ("ann", "bob"):
            self.assert_body(self.get(name), 200, f"of sessionid={name}")
        for name in ("ann", "bob"):
            self.assert_hit(self.get(name), f"of sessionid={name}")
        self.assertEqual([each.header("if-none-match") for each in self.origin.seen("GET", "/")], [None, None])

    def test_s_maxage_above_0_is_one(self):
        self.origin.once("GET", "/", ok(b"for all", ("Cache-Control", "s-maxage=60")))
        self.assert_body(self.get("ann"), 200, b"for all")
        self.assert_hit(self.get("bob"), b"for all")

    def test_of_what_was_stored_of_both_kinds_the_most_recent_answers(self):
        """RFC 9111 4."""
        self.origin.once("GET", "/", ok(b"v1", ("Cache-Control", "private"), max_age=60, date=-20), ok(b"v2", ("Cache-Control", "public"), max_age=60, date=-10))
        self.assert_body(self.get("ann"), 200, b"v1")
        self.assert_body(self.get("bob"), 200, b"v2")
        self.assert_hit(self.get("ann"), b"v2")

    def test_of_which_all_are_stale_one_is_validated_and_shared(self):
        """What stands in the partition, and is not what answers, keeps nobody from a fill."""
        self.origin.once("GET", "/", ok(b"v1", ("Cache-Control", "private"), ("ETag", '"1"'), max_age=60, date=-100),
                         ok(b"v2", ("Cache-Control", "public"), ("ETag", '"2"'), max_age=60, date=-90),
                         respond(304, b"", ("Cache-Control", "public, max-age=60"), ("ETag", '"2"')))
        self.assert_body(self.get("ann"), 200, b"v1")
        self.assert_body(self.get("bob"), 200, b"v2")
        self.assert_forwarded(self.get("ann"), "stale", b"v2")
        self.assertEqual(self.origin.last().header("if-none-match"), '"2"')
        self.assert_hit(self.get("ann"), b"v2")
        self.assert_hit(self.get("bob"), b"v2")

    def test_what_is_fresh_answers_before_what_is_stale(self):
        self.origin.once("GET", "/", ok(b"v1", ("Cache-Control", "private"), ("ETag", '"1"'), max_age=60, date=-100), ok(b"v2", ("Cache-Control", "public"), max_age=60, date=-10))
        self.assert_body(self.get("ann"), 200, b"v1")
        self.assert_body(self.get("bob"), 200, b"v2")
        self.assert_hit(self.get("ann"), b"v2")


SECRET = "a secret of the tests, of forty characters"


def token(by=SECRET, **claims):
    def encoded(data):
        return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=")

    text = encoded({"alg": "HS256", "typ": "JWT"}) + b"." + encoded({"exp": int(time.time()) + 600, **claims})
    return {"Authorization": "Bearer " + (text + b"." + encoded(hmac.new(by.encode(), text, hashlib.sha256).digest())).decode()}


class OfTokens(Scenario):
    """Its principal is the role that a token claims."""

    claim = "/role"

    def make_proxy(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.secret = Path(folder.name) / "secret"
        self.secret.write_text(SECRET + "\n")
        self.config = f"""
principals: {{role: {{jwt: Authorization, claim: {self.claim}, secret: "{self.secret}", recheck: 2s}}}}
routes: [{{path: "/{{rest...}}", principal: role}}]
"""
        return super().make_proxy()


class ByRole(OfTokens):
    def get(self, target="/", **claims):
        return self.client.request("GET", target, token(**claims))

    def test_all_of_one_role_share_what_is_stored(self):
        self.origin.once("GET", "/", ok(b"for doctors", PRIVATE, ("Vary", "Authorization")), ok(b"for receptionists", PRIVATE, ("Vary", "Authorization")))
        self.assert_body(self.get(sub="ann", role="doctor"), 200, b"for doctors")
        self.assert_hit(self.get(sub="bob", role="doctor"), b"for doctors")
        self.assert_forwarded(self.get(sub="carl", role="receptionist"), "uri-miss", b"for receptionists")

    def test_a_session_beside_the_token_makes_it_less_than_certain_whose_answer_it_is(self):
        """A gateway's token, and an application that goes by its own session."""
        self.origin.always("GET", "/", lambda exchange: exchange.play(ok(exchange.request.header("cookie").encode(), PRIVATE)))
        for name in ("ann", "bob"):
            response = self.client.request("GET", "/", {**token(sub=name, role="doctor"), "Cookie": f"sessionid={name}"})
            self.assert_body(response, 200, f"sessionid={name}")
            self.assertEqual(response.cache_status.detail, "private")

    def test_of_one_role_many_at_once_share_one_fill(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, ok(b"for doctors", PRIVATE)])
        asked = [self.in_background(self.get, sub=str(number), role="doctor") for number in range(10)]
        wait_until(lambda: self.origin.count() == 1, "the fill")
        gate.open()
        for each in asked:
            self.assert_body(each.result(), 200, b"for doctors")

    def test_a_follower_whose_token_is_refused_while_it_waits_asks_for_itself(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, ok(b"for doctors", PRIVATE)], respond(401, b"revoked"))
        self.origin.once("GET", "/b", respond(401, b"revoked"))
        ann, bob = token(sub="ann", role="doctor"), token(sub="bob", role="doctor")
        leading = self.in_background(self.client.request, "GET", "/", bob)
        wait_until(lambda: self.origin.count() == 1, "the fill")
        following = self.in_background(self.client.request, "GET", "/", ann)
        wait_until(lambda: self.proxy.metric("sidecache_fill_waiting") == 2, "both to wait")
        self.assertEqual(self.client.request("GET", "/b", ann).status, 401)
        gate.open()
        self.assert_body(leading.result(), 200, b"for doctors")
        self.assertEqual(following.result().status, 401)

    def test_it_needs_no_recheck(self):
        self.origin.once("GET", "/", ok(b"for doctors", PRIVATE))
        self.get(role="doctor")
        time.sleep(2.1)
        self.assert_hit(self.get(role="doctor"))

    def test_a_token_that_is_not_believed_is_forwarded(self):
        self.origin.once("GET", "/", ok(b"for doctors", PRIVATE))
        self.origin.always("GET", "/", respond(401, b"no"))
        self.get(role="doctor")
        good = token(role="doctor")["Authorization"]
        for value in (token(role="doctor", exp=int(time.time()) - 1)["Authorization"], good[:-4] + "AAAA", "Bearer x", "Token y", token(sub="ann")["Authorization"]):
            response = self.client.request("GET", "/", {"Authorization": value})
            self.assertEqual((response.status, response.cache_status.detail), (401, "principal-unclear"), value)

    def test_a_token_expires_while_it_is_used(self):
        self.origin.once("GET", "/", ok(b"for doctors", PRIVATE), respond(401, b"expired"))
        short = token(role="doctor", exp=int(time.time()) + 3)
        self.assert_body(self.client.request("GET", "/", short), 200, b"for doctors")
        self.assert_hit(self.client.request("GET", "/", short))
        time.sleep(3.1)
        self.assertEqual(self.client.request("GET", "/", short).status, 401)

    def test_a_token_that_the_origin_refuses_is_served_nothing_stored_any_more(self):
        ann, bob = token(sub="ann", role="doctor"), token(sub="bob", role="doctor")
        self.origin.once("GET", "/", ok(b"for doctors", PRIVATE), respond(401, b"revoked"))
        self.origin.once("GET", "/b", respond(401, b"revoked"))
        self.client.request("GET", "/", ann)
        self.assertEqual(self.client.request("GET", "/b", ann).status, 401)
        response = self.client.request("GET", "/", ann)
        self.assertEqual((response.status, response.cache_status.detail), (401, "principal-refused"))
        self.assert_hit(self.client.request("GET", "/", bob), b"for doctors")

    def test_after_a_403_only_for_a_while(self):
        self.origin.once("GET", "/", ok(b"for doctors", PRIVATE))
        self.origin.once("GET", "/b", respond(403, b"not this one"))
        ann = token(sub="ann", role="doctor")
        self.client.request("GET", "/", ann)
        self.client.request("GET", "/b", ann)
        time.sleep(2.1)
        self.assert_hit(self.client.request("GET", "/", ann), b"for doctors")

    def test_keys_that_a_reload_takes_away_are_believed_no_more(self):
        self.origin.once("GET", "/", ok(b"for doctors", PRIVATE), respond(401, b"no"))
        ann = token(role="doctor")
        self.client.request("GET", "/", ann)
        self.assert_hit(self.client.request("GET", "/", ann))
        self.secret.write_text("another secret of the tests, of so many characters\n")
        self.proxy.reload()
        self.assertEqual(self.client.request("GET", "/", ann).status, 401)


class ByToldRole(Scenario):
    config = """
principals: {role: {cookie: sessionid, role_header: X-User-Role, recheck: 2s}}
routes: [{path: "/{rest...}", principal: role}]
"""

    def roles(self, exchange):
        name = re.search(r"sessionid=([^;]*)", exchange.request.header("cookie") or "").group(1)
        role = {"ann": "doctor", "bob": "doctor", "carl": "receptionist"}[name]
        exchange.play(ok(role.encode(), PRIVATE, ("X-User-Role", role)))

    def get(self, name, target="/"):
        return self.client.request("GET", target, session(name))

    def test_is_bound_to_the_credential_that_it_was_told_of(self):
        self.origin.always("GET", "/", self.roles)
        self.assertEqual(self.get("ann").cache_status.detail, "principal-without-role")
        self.assert_forwarded(self.get("ann"), "uri-miss", b"doctor")
        self.assert_hit(self.get("ann"), b"doctor")
        self.assertEqual(self.get("bob").cache_status.detail, "principal-without-role")
        self.assert_hit(self.get("bob"), b"doctor")
        self.assert_body(self.get("carl"), 200, b"receptionist")
        self.assert_forwarded(self.get("carl"), "uri-miss", b"receptionist")

    def test_is_never_passed_on(self):
        self.origin.always("GET", "/", self.roles)
        for _ in range(3):
            self.assertIsNone(self.get("ann").header("x-user-role"))

    def test_is_not_passed_on_beside_the_head_either(self):
        role = ("X-User-Role", "doctor")
        for method, target, control in (("GET", "/stored", PRIVATE), ("GET", "/not", ("Cache-Control", "no-store")), ("POST", "/", PRIVATE)):
            with self.subTest(method + target):
                content = b"1\r\na\r\n0\r\nX-User-Role: doctor\r\nX-Other: b\r\n\r\n"
                self.origin.once(method, target, [head(103, role, ("Link", "</x>")), head(200, role, control, ("Transfer-Encoding", "chunked")) + content])
                response = self.client.request(method, target, {**session("ann"), "TE": "trailers", "Connection": "TE"}, b"{}" if method == "POST" else None)
                self.assertEqual([each.header("x-user-role") for each in (response, *response.interim)], [None, None])
                self.assertEqual([each.header("link") for each in response.interim], ["</x>"])
                self.assertEqual(response.trailers, [("X-Other", "b")])

    def test_has_to_be_told_again(self):
        self.origin.always("GET", "/", self.roles)
        for _ in range(2):
            self.get("ann")
        self.assert_hit(self.get("ann"))
        time.sleep(2.1)
        self.assertEqual(self.get("ann").cache_status.detail, "principal-without-role")
        self.assert_hit(self.get("ann"))

    def test_is_forgotten_when_the_origin_refuses_the_credential(self):
        self.origin.always("GET", "/", self.roles)
        self.origin.once("GET", "/b", respond(401, b"no"))
        for _ in range(2):
            self.get("ann")
        self.get("ann", "/b")
        self.assertEqual(self.get("ann").cache_status.detail, "principal-without-role")


class CredentialsAtRandom(Scenario):
    """Every content names its principal, or says that it is for all."""

    controls = ("private, max-age=5", "max-age=5", "max-age=1, stale-while-revalidate=2", "private, no-cache", "no-store", "public, max-age=1", "s-maxage=2", "max-age=5, s-maxage=0", "", "private, max-age=0", "must-revalidate, max-age=1")
    varies = (None, None, "Cookie", "Authorization, Cookie", "Accept", "*")

    def answer(self, exchange):
        request = exchange.request
        cookie = re.search(r"sessionid=([^;]*)", request.header("cookie") or "")
        who = f"{request.header('authorization')}/{cookie.group(1) if cookie else None}"
        with self.lock:
            control = self.random.choice(self.controls)
            vary = self.random.choice(self.varies)
            status = self.random.choice((200,) * 12 + (304, 401, 403, 404, 500))
            wait = self.random.random() * 0.02
        time.sleep(wait)
        if ("public" in control or "s-maxage" in control) and status not in (401, 403):
            who, vary = "all", None
        fields = [("ETag", f'"{who}"'), ("Cache-Control", control)] + ([("Vary", vary)] if vary else [])
        if self.random.random() < 0.2:
            exchange.send(head(103, ("Link", f"</{who}.css>")))
        if status == 304:
            if request.header("if-none-match") == f'"{who}"':
                return exchange.play(respond(304, b"", *fields))
            status = 200
        return exchange.play(respond(status, f"{who} {request.target}".encode(), *fields))

    def ask_for_a_while(self, seed):
        rng = random.Random(seed)
        hits = 0
        end = time.monotonic() + 6
        with self.client.connect() as connection:
            while time.monotonic() < end:
                headers = {}
                cookie, authorization = rng.choice((None, "a", "b", "c")), rng.choice((None, None, "Token a", "Token b"))
                if cookie:
                    headers["Cookie"] = rng.choice((f"sessionid={cookie}", f"x=y; sessionid={cookie}; z={rng.random()}"))
                if authorization:
                    headers["Authorization"] = authorization
                target = f"/{rng.randrange(4)}"
                if rng.random() < 0.02:
                    connection.request("PUT", target, headers, b"x")
                    continue
                if rng.random() < 0.1:
                    headers["Cache-Control"] = rng.choice(("no-cache", "max-stale=10", "max-age=0"))
                response = connection.request("GET", target, headers)
                body = response.body.decode()
                hints = [each.header("link") for each in response.interim]
                self.assertIn(hints, ([], [f"</{authorization}/{cookie}.css>"], ["</all.css>"]), headers)
                if response.status in (200, 401, 403, 404, 500):
                    self.assertIn(body, (f"{authorization}/{cookie} {target}", f"all {target}"), (headers, response))
                hits += bool(response.cache_status.hit)
        return hits

    def hits_of_all(self):
        self.random, self.lock = random.Random(1), threading.Lock()
        self.origin.always("GET", re.compile(r"/\d"), self.answer)
        self.origin.always("PUT", re.compile(r"/\d"), ok(b""))
        asking = [self.in_background(self.ask_for_a_while, seed) for seed in range(12)]
        return sum(each.result() for each in asking)


class NeverAcrossPrincipals(CredentialsAtRandom):
    config = """
principals: {user: {cookie: sessionid, header: Authorization, recheck: 2s}}
routes: [{path: "/{rest...}", principal: user, stale: {while_revalidate: 2s, if_error: 10s}}]
"""

    def test_is_a_response_of_one_given_to_another(self):
        self.assertGreater(self.hits_of_all(), 0, "nothing was reused: this test has shown nothing")


class WithoutPrincipals(CredentialsAtRandom):
    """What RFC 9111 alone makes of an application that forgets Vary."""

    def test_it_is_and_is_found(self):
        with self.assertRaises(AssertionError):
            self.hits_of_all()


class TokensAtRandom(OfTokens):
    """Partitions of roles that verified tokens claim, beside tokens that claim the same and are forged, out of date or of no role. Ranges, HEAD, conditions and
    writes whose answers are stored among them. Every content names the role that it is for; a refusal names the user."""

    controls = ("private, max-age=5", "max-age=5", "max-age=5, s-maxage=0", "max-age=1, stale-while-revalidate=2", "private, no-cache", "private, max-age=0", "public, max-age=1")

    def setUp(self):
        super().setUp()
        self.random, self.lock = random.Random(1), threading.Lock()
        past = int(time.time()) - 5
        told = [(user, role, token(iss="us", sub=user, role=role), True) for user, role in (("ann", "doctor"), ("bob", "doctor"), ("carl", "nurse"), ("dora", "nurse"))]
        for role in ("doctor", "nurse"):
            told += [(f"forger of {role}", role, token(by="another secret of the tests, of so many characters", sub="eve", role=role), False),
                     (f"late {role}", role, token(sub="fay", role=role, exp=past), False)]
        told.append(("nobody", "none", token(sub="gus"), False))
        self.told = {each["Authorization"]: (user, role, is_good) for user, role, each, is_good in told}

    def content(self, role, target):
        return f"{target} is for {role}s".ljust(30).encode()

    def answer(self, exchange):
        request = exchange.request
        user, role, is_good = self.told[request.header("authorization")]
        with self.lock:
            control = self.random.choice(self.controls)
            # Seldom: whoever is refused goes alone for `recheck`.
            status = self.random.choice((200,) * 400 + (403,)) if is_good else self.random.choice((401, 403))
            vary = self.random.choice((None, "Authorization"))
        if status != 200:
            return exchange.play(respond(status, f"{user} is refused", ("Cache-Control", control)))
        if "public" in control:
            role, vary = "all", None
        fields = [("Cache-Control", control), ("ETag", f'"{role}"'), ("Content-Location", request.target)] + ([("Vary", vary)] if vary else [])
        if request.header("if-none-match") == f'"{role}"':
            return exchange.play(respond(304, b"", *fields))
        content = self.content(role, request.target)
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.header("range") or "")
        if asked and request.method == "GET" and (request.header("if-range") or f'"{role}"') == f'"{role}"':
            first, last = int(asked.group(1)), int(asked.group(2))
            return exchange.play(respond(206, content[first:last + 1], ("Content-Range", f"bytes {first}-{last}/30"), *fields))
        return exchange.play(respond(200, content, *fields))

    def assert_is_for(self, authorization, target, response):
        user, role, is_good = self.told[authorization]
        may_see = [self.content(each, target) for each in (role, "all")]
        if not is_good:
            self.assertEqual((response.status in (401, 403), bool(response.cache_status.hit)), (True, False), (user, response))
        if response.status in (401, 403):
            self.assertIn(response.body.decode(), (f"{user} is refused", ""), (user, response))
        elif response.status == 206:
            first, last = re.match(r"bytes (\d+)-(\d+)/30", response.header("content-range")).groups()
            self.assertIn(response.body, [content[int(first):int(last) + 1] for content in may_see], (user, response))
        elif response.status == 200:
            self.assertIn(response.body, [*may_see, b""], (user, response))
            self.assertIn(response.header("etag"), (f'"{role}"', '"all"'), (user, response))

    def ask_for_a_while(self, seed):
        rng = random.Random(seed)
        hits = 0
        end = time.monotonic() + 6
        with self.client.connect() as connection:
            while time.monotonic() < end:
                authorization = rng.choice(list(self.told))
                headers = {"Authorization": authorization}
                target = f"/{rng.randrange(4)}"
                method = rng.choice(("GET",) * 10 + ("HEAD", "PATCH"))
                if method == "GET" and rng.random() < 0.4:
                    first = rng.randrange(20)
                    headers["Range"] = f"bytes={first}-{first + rng.randrange(10)}"
                if rng.random() < 0.1:
                    headers["Cache-Control"] = rng.choice(("no-cache", "max-stale=10", "max-age=0"))
                if rng.random() < 0.1:
                    headers["If-None-Match"] = rng.choice(('"doctor"', '"nurse"'))
                response = connection.request(method, target, headers, b"{}" if method == "PATCH" else None)
                self.assert_is_for(authorization, target, response)
                hits += bool(response.cache_status.hit)
        return hits

    def hits_of_all(self):
        for method in ("GET", "HEAD", "PATCH"):
            self.origin.always(method, re.compile(r"/\d"), self.answer)
        asking = [self.in_background(self.ask_for_a_while, seed) for seed in range(12)]
        return sum(each.result() for each in asking)


class NeverAcrossTokens(TokensAtRandom):
    def test_is_what_one_role_got_given_to_another_or_to_a_token_that_is_not_valid(self):
        self.assertGreater(self.hits_of_all(), 0, "nothing was reused: this test has shown nothing")


class WithAClaimThatTellsNobodyApart(TokensAtRandom):
    claim = "/iss"

    def test_it_is_and_is_found(self):
        with self.assertRaises(AssertionError):
            self.hits_of_all()


if __name__ == "__main__":
    unittest.main()
