"""private="..." and no-cache="...": fields that are the first client's alone in a response that is everybody's (RFC 9111 5.2.2.4, 5.2.2.7)."""

import unittest

from harness import Scenario, chunked, http_date, not_modified, ok, respond

FORMS = ("private", "no-cache")


def control(form, names="X-Own, Set-Cookie"):
    return ("Cache-Control", f'max-age=600, {form}="{names}"')


OWN = (("X-Own", "mine"), ("Set-Cookie", "session=1"), ("Set-Cookie", "theme=2"), ("X-Shared", "ours"))


class FieldsOfOneClient(Scenario):
    def own_of(self, response):
        return response.all("x-own") + response.all("set-cookie")

    def assert_all_fields(self, response):
        self.assertEqual((self.own_of(response), response.all("x-shared")), (["mine", "session=1", "theme=2"], ["ours"]))

    def assert_shared_fields_alone(self, response):
        self.assertEqual((self.own_of(response), response.all("x-shared")), ([], ["ours"]))

    def test_are_sent_to_the_first_and_to_nobody_else(self):
        for form in FORMS:
            with self.subTest(form):
                self.origin.once("GET", f"/{form}", respond(200, b"a", control(form), *OWN))
                first = self.client.get(f"/{form}")
                self.assertTrue(first.cache_status.stored)
                self.assert_all_fields(first)
                for response in (self.client.get(f"/{form}"), self.client.head(f"/{form}")):
                    self.assert_hit(response)
                    self.assert_shared_fields_alone(response)
                    self.assertEqual(response.header("cache-control"), control(form)[1])

    def test_are_sent_to_one_of_a_crowd_that_shares_a_fill(self):
        for form in FORMS:
            with self.subTest(form):
                gate = self.origin.gate()
                self.origin.once("GET", f"/{form}", [gate, respond(200, b"a", control(form), *OWN)])
                crowd = [self.in_background(self.client.get, f"/{form}") for _ in range(21)]
                gate.wait_for_arrivals()
                self.proxy.wait_for_metric("sidecache_fill_waiting", 21)
                gate.open()
                responses = [each.result() for each in crowd]
                for response in responses:
                    self.assert_body(response, 200, b"a")
                leaders = [response for response in responses if not response.cache_status.collapsed]
                followers = [response for response in responses if response.cache_status.collapsed]
                self.assertEqual((len(leaders), len(followers)), (1, 20))
                self.assert_all_fields(leaders[0])
                for response in followers:
                    self.assert_shared_fields_alone(response)

    def test_are_sent_beside_a_304_of_ours(self):
        self.origin.once("GET", "/", respond(200, b"a", control("private"), ("ETag", '"1"'), *OWN))
        response = self.client.get("/", if_none_match='"1"')
        self.assertEqual(response.status, 304)
        self.assert_all_fields(response)
        response = self.client.get("/", if_none_match='"1"')
        self.assertEqual((response.status, response.cache_status.hit), (304, True))
        self.assert_shared_fields_alone(response)

    def test_are_sent_to_who_caused_a_validation_and_to_nobody_else(self):
        self.origin.once("GET", "/", respond(200, b"a", control("private"), ("ETag", '"1"'), *OWN, date=-1000))
        self.client.get("/")
        news = (("ETag", '"1"'), ("Date", http_date()), ("X-Own", "newer"), ("Set-Cookie", "session=2"))
        self.origin.once("GET", "/", not_modified(*news))
        response = self.client.get("/")
        self.assert_forwarded(response, "stale", b"a")
        self.assertEqual(self.own_of(response), ["newer", "session=2"])
        hit = self.client.get("/")
        self.assert_hit(hit, b"a")
        self.assert_shared_fields_alone(hit)

    def test_are_left_out_from_the_304_on_that_names_them(self):
        self.origin.once("GET", "/", ok(b"a", ("ETag", '"1"'), ("X-Own", "before"), ("X-Shared", "ours"), max_age=60, date=-100))
        self.client.get("/")
        self.origin.once("GET", "/", not_modified(("ETag", '"1"'), ("Date", http_date()), control("private")))
        for _ in range(2):
            response = self.client.get("/")
            self.assert_body(response, 200, b"a")
            self.assert_shared_fields_alone(response)

    def test_are_nobodys_in_a_refresh_in_the_background(self):
        refreshed = ("Cache-Control", 'max-age=600, stale-while-revalidate=600, private="X-Own, Set-Cookie"')
        self.origin.once("GET", "/", respond(200, b"old", refreshed, *OWN, date=-1000), respond(200, b"new", refreshed, *OWN))
        self.client.get("/")
        self.assert_shared_fields_alone(self.client.get("/"))  # stale, and being refreshed
        self.origin.wait_for(2)
        self.assert_shared_fields_alone(self.client.get("/"))

    def test_are_left_out_of_the_trailers_of_who_shares_a_fill(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", chunked(b"abc", gate, fields=[control("private")], trailers=(("X-Own", "mine"), ("X-Rows", "3"))))
        begun = []
        for _ in range(2):
            connection = self.client.connect()
            self.addCleanup(connection.close)
            connection.send_request("GET", "/", {"TE": "trailers", "Connection": "TE"})
            begun.append(connection.begin_response())
            self.assertEqual(begun[-1].read(3), b"abc")
        gate.open()
        follower = [each.finish() for each in begun][1]
        self.assertTrue(follower.cache_status.collapsed)
        self.assertEqual(follower.trailers, [("X-Rows", "3")])


class FieldsThatCannotBeLeftOut(Scenario):
    def test_make_the_directive_count_as_without_names(self):
        for number, names in enumerate(("Vary", "X-Own, Cache-Control", "Date", "ETag", "Content-Type", "Surrogate-Key", "")):
            with self.subTest(names):
                self.origin.once("GET", f"/{number}", respond(200, b"a", control("private", names), ("X-Own", "1")))
                response = self.client.get(f"/{number}")
                self.assertEqual((response.header("x-own"), response.cache_status.stored, response.cache_status.detail), ("1", False, "private"))

    def test_make_no_cache_validate_each_reuse(self):
        self.origin.once("GET", "/", respond(200, b"a", control("no-cache", "X-Own, Vary"), ("ETag", '"1"')), not_modified(("ETag", '"1"'), ("Date", http_date())))
        self.client.get("/")
        self.assert_forwarded(self.client.get("/"), "stale", b"a")


class InThePartitionOfACredential(Scenario):
    config = """
principals: {user: {cookie: sessionid}}
routes:
  - {path: "/{rest...}", principal: user}
"""

    def get(self, name, target="/"):
        return self.client.request("GET", target, {"Cookie": f"sessionid={name}"})

    def test_private_fields_are_kept_and_those_of_no_cache_left_out(self):
        control = ("Cache-Control", 'max-age=600, private="X-Own", no-cache="X-Once"')
        fields = (control, ("X-Own", "mine"), ("X-Once", "now"))
        self.origin.once("GET", "/", respond(200, b"a", *fields), respond(200, b"b", *fields))
        for name, body in (("ann", b"a"), ("bob", b"b")):
            response = self.get(name)
            self.assert_body(response, 200, body)
            self.assertEqual((response.header("x-own"), response.header("x-once")), ("mine", "now"))
            hit = self.get(name)
            self.assert_hit(hit, body)
            self.assertEqual((hit.header("x-own"), hit.header("x-once")), ("mine", None))

    def test_private_fields_of_what_serves_everybody_reach_nobody_else(self):
        self.origin.once("GET", "/", respond(200, b"a", ("Cache-Control", 's-maxage=600, private="X-Own"'), ("X-Own", "mine")))
        self.assertEqual(self.get("ann").header("x-own"), "mine")
        for name in ("ann", "bob"):
            hit = self.get(name)
            self.assert_hit(hit, b"a")
            self.assertIsNone(hit.header("x-own"))


class ACookieThatIsLeftOut(Scenario):
    def test_lets_the_rest_be_shared(self):
        self.origin.once("GET", "/", respond(200, b"a", control("no-cache", "Set-Cookie"), ("Set-Cookie", "session=1")))
        self.assertEqual(self.client.get("/").header("set-cookie"), "session=1")
        hit = self.client.get("/")
        self.assert_hit(hit, b"a")
        self.assertIsNone(hit.header("set-cookie"))


if __name__ == "__main__":
    unittest.main()
