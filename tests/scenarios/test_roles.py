"""Roles change, and single users are refused: nothing of that reaches the others of the role (a partition that several credentials share)."""

import random
import re
import threading
import time
import unittest

from harness import DROP, Scenario, ok, respond

PRIVATE = ("Cache-Control", "private, max-age=60")


class AToldRole(Scenario):
    config = """
principals: {role: {cookie: sessionid, role_header: X-User-Role, recheck: 60s}}
routes: [{path: "/{rest...}", principal: role}]
"""

    def setUp(self):
        super().setUp()
        self.role_of = {"ann": "nurse", "bob": "nurse"}
        self.origin.always("GET", "/hello/", lambda exchange: exchange.play(self.answer(exchange, b"hello")))
        for name in self.role_of:
            self.send("GET", name, "/hello/")  # each has told its role

    def answer(self, exchange, body, *fields, status=200, control=PRIVATE):
        name = re.search(r"sessionid=([^;]*)", exchange.request.header("cookie")).group(1)
        return respond(status, body, control, ("X-User-Role", self.role_of[name]), *fields)

    def told(self, body, *fields, **named):
        return lambda exchange: exchange.play(self.answer(exchange, body, *fields, **named))

    def send(self, method, name, target="/a/", **fields):
        return self.client.request(method, target, [("Cookie", f"sessionid={name}"), *((key.replace("_", "-"), value) for key, value in fields.items())], b"{}" if method == "PATCH" else None)

    def assert_is_not_bobs(self, body=b"for nurses"):
        self.origin.once("GET", "/a/", self.told(body))
        self.assert_body(self.send("GET", "bob"), 200, body)

    def test_that_changes_with_an_answer_keeps_it_out_of_the_old_role(self):
        self.role_of["ann"] = "doctor"
        self.origin.once("GET", "/a/", self.told(b"for doctors"))
        self.assert_body(self.send("GET", "ann"), 200, b"for doctors")
        self.assert_is_not_bobs()

    def test_that_changes_while_others_wait_leaves_each_to_ask_by_itself(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", [gate, self.told(b"for doctors")], self.told(b"for nurses"))
        ann = self.in_background(self.send, "GET", "ann")
        gate.wait_for_arrivals()
        bob = self.in_background(self.send, "GET", "bob")
        self.proxy.wait_for_metric("sidecache_fill_waiting", 2)
        self.role_of["ann"] = "doctor"
        gate.open()
        self.assert_body(ann.result(), 200, b"for doctors")
        self.assert_body(bob.result(), 200, b"for nurses")

    def test_that_changes_with_a_304_takes_what_was_stored_out_of_the_old_role(self):
        self.origin.once("GET", "/a/", self.told(b"as it was", ("ETag", '"1"')))
        self.send("GET", "ann")
        self.role_of["ann"] = "doctor"
        self.origin.once("GET", "/a/", self.told(b"", ("ETag", '"1"'), status=304))
        self.assert_body(self.send("GET", "ann", cache_control="no-cache"), 200, b"as it was")
        self.assert_is_not_bobs()

    def test_that_changes_with_a_head_renews_nothing(self):
        self.origin.once("GET", "/a/", self.told(b"as it was", ("ETag", '"1"')))
        self.send("GET", "ann")
        self.role_of["ann"] = "doctor"
        self.origin.once("HEAD", "/a/", self.told(b"as it was", ("ETag", '"1"')))
        self.send("HEAD", "ann", cache_control="no-cache")
        self.assert_is_not_bobs()

    def test_that_changes_with_the_answer_to_a_write_keeps_it_out_of_the_old_role(self):
        self.role_of["ann"] = "doctor"
        self.origin.once("PATCH", "/a/", self.told(b"for doctors", ("Content-Location", "/a/")))
        self.assert_body(self.send("PATCH", "ann"), 200, b"for doctors")
        self.assert_is_not_bobs()

    def test_that_changes_with_a_part_keeps_it_out_of_the_old_role(self):
        self.role_of["ann"] = "doctor"
        self.origin.once("GET", "/a/", self.told(b"01", ("Content-Range", "bytes 0-1/10"), status=206))
        self.send("GET", "ann", range="bytes=0-1")
        self.origin.once("GET", "/a/", self.told(b"ab", ("Content-Range", "bytes 0-1/10"), status=206))
        self.assert_body(self.send("GET", "bob", range="bytes=0-1"), 206, b"ab")

    def test_is_not_refused_with_one_of_its_users(self):
        for status in (401, 403):
            with self.subTest(status):
                self.send("GET", "ann", "/hello/")
                self.origin.once("GET", "/a/", self.told(b"ann is suspended", status=status))
                self.assert_body(self.send("GET", "ann"), status, b"ann is suspended")
                self.assert_is_not_bobs(b"for nurses %d" % status)
                self.origin.once("PUT", "/a/", respond(204))
                self.send("PUT", "bob")


class OfEverybody(Scenario):
    config = AToldRole.config

    def test_what_is_public_serves_every_role_all_the_same(self):
        self.origin.once("GET", "/hello/", ok(b"hello", PRIVATE, ("X-User-Role", "nurse")))
        self.client.get("/hello/", cookie="sessionid=ann")
        self.origin.once("GET", "/a/", ok(b"for all", ("Cache-Control", "public, max-age=60"), ("X-User-Role", "doctor")))
        self.client.get("/a/", cookie="sessionid=ann")
        self.assert_hit(self.client.get("/a/"), b"for all")


class PermissionsThatChange(Scenario):
    config = """
principals:
  role: {cookie: sessionid, role_header: X-User-Role, recheck: 60s}
  user: {header: Authorization, recheck: 60s}
routes:
  - {path: "/admin/{rest...}", ends_principal: all}
  - {path: "/mine/{rest...}", principal: user}
  - {path: "/{rest...}", principal: role}
"""

    def store(self):
        self.origin.once("GET", "/mine/", ok(b"before", PRIVATE), ok(b"after", PRIVATE))
        self.origin.once("GET", "/a/", *[ok(body, PRIVATE, ("X-User-Role", "nurse")) for body in (b"before", b"before", b"after", b"after")])
        self.client.get("/mine/", authorization="Token a")
        self.assert_hit(self.client.get("/mine/", authorization="Token a"), b"before")
        for _ in range(2):
            self.client.get("/a/", cookie="sessionid=ann")
        self.assert_hit(self.client.get("/a/", cookie="sessionid=ann"), b"before")

    def assert_all_has_ended(self):
        self.assert_body(self.client.get("/mine/", authorization="Token a"), 200, b"after")
        self.assert_body(self.client.get("/a/", cookie="sessionid=ann"), 200, b"after")  # its role is told anew
        self.assert_body(self.client.get("/a/", cookie="sessionid=ann"), 200, b"after")
        self.assert_hit(self.client.get("/a/", cookie="sessionid=ann"), b"after")

    def test_end_every_partition(self):
        self.store()
        self.origin.once("PATCH", "/admin/users/7/", respond(200, b"{}"))
        self.client.patch("/admin/users/7/")
        self.assert_all_has_ended()

    def test_perhaps_end_every_partition(self):
        """Its outcome is unknown: it may have been done."""
        for answer in (respond(500), DROP):
            with self.subTest(answer):
                self.store()
                self.origin.once("PATCH", "/admin/users/7/", answer)
                self.assertGreaterEqual(self.client.patch("/admin/users/7/").status, 500)
                self.assert_all_has_ended()
                self.origin.once("PATCH", "/admin/users/8/", respond(200, b"{}"))
                self.client.patch("/admin/users/8/")

    def test_that_the_origin_refused_end_nothing(self):
        self.origin.once("GET", "/mine/", ok(b"before", PRIVATE))
        self.client.get("/mine/", authorization="Token a")
        self.origin.once("PATCH", "/admin/users/7/", respond(403))
        self.client.patch("/admin/users/7/")
        self.assert_hit(self.client.get("/mine/", authorization="Token a"), b"before")

    def test_that_are_only_read_end_nothing(self):
        self.origin.once("GET", "/mine/", ok(b"before", PRIVATE))
        self.client.get("/mine/", authorization="Token a")
        self.origin.once("GET", "/admin/users/7/", respond(200, b"{}"))
        self.client.get("/admin/users/7/")
        self.assert_hit(self.client.get("/mine/", authorization="Token a"), b"before")

    def test_are_not_bound_to_a_role_that_was_told_before(self):
        gate = self.origin.gate()
        nurse = ok(b"before", PRIVATE, ("X-User-Role", "nurse"))
        self.origin.once("GET", "/a/", [gate, nurse], ok(b"after", PRIVATE))
        asking = self.in_background(self.client.get, "/a/", cookie="sessionid=ann")
        gate.wait_for_arrivals()
        self.origin.once("PATCH", "/admin/users/7/", respond(200, b"{}"))
        self.client.patch("/admin/users/7/")
        gate.open()
        asking.result()
        self.assertEqual(self.client.get("/a/", cookie="sessionid=ann").cache_status.detail, "principal-without-role")

    def test_end_what_is_filling_as_well(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/mine/", [gate, ok(b"before", PRIVATE)], ok(b"after", PRIVATE))
        asking = self.in_background(self.client.get, "/mine/", authorization="Token a")
        gate.wait_for_arrivals()
        self.origin.once("PATCH", "/admin/users/7/", respond(200, b"{}"))
        self.client.patch("/admin/users/7/")
        gate.open()
        asking.result()
        self.assert_body(self.client.get("/mine/", authorization="Token a"), 200, b"after")


class NeverAcrossRoles(Scenario):
    """At random, with ranges, HEAD, 304 and answers to writes that are stored: every content names the role that it is for, or the one user whom it refuses."""

    config = AToldRole.config.replace("60s", "1s")
    # Ann's role changes all the time; bob and carl have one each, and must see no other.
    roles = {"ann": ("nurse", "doctor"), "bob": ("nurse",), "carl": ("receptionist",)}

    def answer(self, exchange):
        request = exchange.request
        name = re.search(r"sessionid=([^;]*)", request.header("cookie")).group(1)
        with self.lock:
            role = self.random.choice(self.roles[name])
            status = self.random.choice((200,) * 12 + (401, 403))
            control = self.random.choice(("private, max-age=2", "max-age=2", "private, max-age=1, stale-while-revalidate=2", "private, no-cache", "private, max-age=0"))
        fields = [("Cache-Control", control), ("X-User-Role", role), ("ETag", f'"{role}"'), ("X-Is-For", role), ("Content-Location", request.target)]
        if status != 200:
            return exchange.play(respond(status, f"{name} is refused", *fields))
        if request.header("if-none-match") == f'"{role}"':
            return exchange.play(respond(304, b"", *fields))
        content = (role + " " * 20)[:20].encode()
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.header("range") or "")
        if asked and (request.header("if-range") or f'"{role}"') == f'"{role}"':
            first, last = int(asked.group(1)), int(asked.group(2))
            return exchange.play(respond(206, content[first:last + 1], ("Content-Range", f"bytes {first}-{last}/20"), *fields))
        exchange.play(respond(200, content, *fields))

    def assert_is_for(self, name, response):
        if response.status in (401, 403):
            self.assertIn(response.body.decode(), (f"{name} is refused", ""), (name, response))
        elif response.status != 304:
            self.assertIn(response.header("x-is-for"), self.roles[name], (name, response))
            whole = any(response.body in (role + " " * 20)[:20].encode() for role in self.roles[name])
            self.assertTrue(whole, (name, response.body, response))

    def ask_for_a_while(self, seed):
        rng = random.Random(seed)
        hits = 0
        end = time.monotonic() + 5
        with self.client.connect() as connection:
            while time.monotonic() < end:
                name = rng.choice(("ann", "bob", "carl"))
                headers = {"Cookie": f"sessionid={name}"}
                target = f"/{rng.randrange(3)}"
                method = rng.choice(("GET",) * 8 + ("HEAD", "PATCH"))
                if method == "GET" and rng.random() < 0.4:
                    first = rng.randrange(12)
                    headers["Range"] = f"bytes={first}-{first + rng.randrange(8)}"
                if rng.random() < 0.1:
                    headers["Cache-Control"] = rng.choice(("no-cache", "max-age=0"))
                response = connection.request(method, target, headers, b"{}" if method == "PATCH" else None)
                self.assert_is_for(name, response)
                hits += bool(response.cache_status.hit)
        return hits

    def test_is_a_response_for_one_given_to_another(self):
        self.random, self.lock = random.Random(1), threading.Lock()
        for method in ("GET", "HEAD", "PATCH"):
            self.origin.always(method, re.compile(r"/\d"), self.answer)
        asking = [self.in_background(self.ask_for_a_while, seed) for seed in range(8)]
        self.assertGreater(sum(each.result() for each in asking), 50)


if __name__ == "__main__":
    unittest.main()
