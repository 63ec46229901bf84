"""Vary: several variants of one URI (RFC 9111 4.1)."""

import unittest

from harness import Scenario, ok


def by_language(exchange):
    language = exchange.request.header("accept-language") or "none"
    exchange.play(ok(language.encode(), ("Vary", "Accept-Language"), max_age=60))


class Variants(Scenario):
    def test_are_stored_side_by_side(self):
        self.origin.once("GET", "/", by_language, by_language)
        self.assert_forwarded(self.client.get("/", accept_language="de"), "uri-miss", b"de")
        self.assert_forwarded(self.client.get("/", accept_language="en"), "vary-miss", b"en")
        self.assert_hit(self.client.get("/", accept_language="de"), b"de")
        self.assert_hit(self.client.get("/", accept_language="en"), b"en")

    def test_differ_where_the_field_is_absent(self):
        self.origin.once("GET", "/", by_language, by_language)
        self.client.get("/", accept_language="de")
        self.assert_forwarded(self.client.get("/"), "vary-miss", b"none")
        self.assert_hit(self.client.get("/"), b"none")
        self.assert_hit(self.client.get("/", accept_language="de"), b"de")

    def test_are_all_invalidated_by_one_write(self):
        self.origin.once("GET", "/a/", by_language, by_language)
        self.origin.once("PATCH", "/a/", ok(b""))
        for language in ("de", "en"):
            self.client.get("/a/", accept_language=language)
        self.client.patch("/a/")
        new = ok(b"new", ("Vary", "Accept-Language"), max_age=60)
        self.origin.once("GET", "/a/", new, new)
        for language in ("de", "en"):
            self.assert_body(self.client.get("/a/", accept_language=language), 200, b"new")

    def test_of_the_old_kind_are_not_found_under_a_new_vary(self):
        """The latest response says by what it varies."""
        self.origin.once("GET", "/", ok(b"all", max_age=60, date=-100), by_language)
        self.client.get("/", accept_language="de")
        self.assert_body(self.client.get("/", accept_language="de"), 200, b"de")
        self.assert_hit(self.client.get("/", accept_language="de"), b"de")
        self.origin.once("GET", "/", by_language)
        self.assert_forwarded(self.client.get("/", accept_language="en"), "vary-miss", b"en")

    def test_by_one_field_are_never_found_by_another(self):
        """Absence is a value too: of no Cookie, and of no Accept-Encoding."""
        self.origin.once("GET", "/", ok(b"nobody's", ("Vary", "Cookie"), max_age=60), ok(b"zipped", ("Vary", "Accept-Encoding"), max_age=60), ok(b"bob's", ("Vary", "Cookie"), max_age=60))
        self.client.get("/")
        self.client.get("/", cookie="user=alice", accept_encoding="gzip")
        self.assert_body(self.client.get("/", cookie="user=bob"), 200, b"bob's")
        self.assert_hit(self.client.get("/"), b"nobody's")

    def test_by_two_fields_need_both_to_be_the_same(self):
        def answer(exchange):
            request = exchange.request
            text = f"{request.header('accept-language')} {request.header('x-plan')}"
            exchange.play(ok(text.encode(), ("Vary", "Accept-Language"), ("Vary", "X-Plan"), max_age=60))

        self.origin.once("GET", "/", answer, answer, answer)
        for language, plan in (("de", "a"), ("de", "b"), ("en", "a")):
            self.client.request("GET", "/", {"Accept-Language": language, "X-Plan": plan})
        for language, plan in (("de", "a"), ("de", "b"), ("en", "a")):
            self.assert_hit(self.client.request("GET", "/", {"Accept-Language": language, "X-Plan": plan}), f"{language} {plan}")

    def test_by_three_fields_need_all_of_them_in_whatever_order(self):
        def answer(exchange):
            text = " ".join(exchange.request.header(name) or "-" for name in ("foo", "bar", "baz"))
            exchange.play(ok(text.encode(), ("Vary", "Foo, Bar, Baz"), max_age=60))

        self.origin.once("GET", "/", answer, answer, answer)
        self.client.request("GET", "/", [("Foo", "1"), ("Bar", "abc"), ("Baz", "789")])
        self.assert_forwarded(self.client.request("GET", "/", [("Foo", "1"), ("Baz", "789"), ("Bar", "abcde")]), "vary-miss", b"1 abcde 789")
        self.assert_forwarded(self.client.request("GET", "/", [("Baz", "789")]), "vary-miss", b"- - 789")
        self.assert_hit(self.client.request("GET", "/", [("Baz", "789"), ("Bar", "abc"), ("Foo", "1")]), b"1 abc 789")

    def test_of_which_two_are_fetched_at_the_same_time_are_never_mixed(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", [gate, by_language])
        self.origin.always("GET", "/", by_language)
        german = self.in_background(self.client.get, "/", accept_language="de")
        gate.wait_for_arrivals()
        english = self.in_background(self.client.get, "/", accept_language="en")
        self.proxy.wait_for_metric("sidecache_client_connections", 2)
        gate.open()
        self.assert_body(german.result(), 200, b"de")
        self.assert_body(english.result(), 200, b"en")


    def test_have_no_case_where_the_field_has_none(self):
        answer = ok(b"a", ("Vary", "Accept-Language, Accept"), max_age=60)
        self.origin.once("GET", "/", answer, answer)
        self.client.get("/", accept_language="en, de", accept="Text/HTML;Level=A")
        self.assert_hit(self.client.get("/", accept_language="eN, De", accept="text/html;level=A"), b"a")
        self.assert_forwarded(self.client.get("/", accept_language="eN, De", accept="text/html;level=a"), "vary-miss")

    def test_by_coding_keep_apart_who_refuses_one(self):
        """RFC 9110 12.5.3: `*` takes what is not named, and identity is taken unless it is refused."""

        def answer(exchange):
            exchange.play(ok(exchange.request.header("accept-encoding").encode(), ("Vary", "Accept-Encoding"), max_age=60))

        refusals = ("*", "*, gzip;q=0", "gzip", "gzip, identity;q=0")
        self.origin.once("GET", "/", *[answer] * len(refusals))
        for text in refusals * 2:
            self.assert_body(self.client.get("/", accept_encoding=text), 200, text)


def by_lookup(exchange):
    """An application with German and English, whose default is English."""
    asked = (exchange.request.header("accept-language") or "").split(",")
    ranges = sorted(asked, key=lambda text: -float(text.partition(";q=")[2] or 1))
    language = next((tag for text in ranges if (tag := text.strip()[:2].lower()) in ("de", "en")), "en")
    exchange.play(ok(language.encode(), ("Vary", "Accept-Language"), ("Content-Language", language), max_age=60))


class ByTheLanguagesOfTheApplication(Scenario):
    arguments = ("--set", "keys.languages=[de, en]")

    def test_are_one_for_all_who_get_the_same_language(self):
        self.origin.once("GET", "/", by_lookup, by_lookup, by_lookup)
        self.assert_body(self.client.get("/", accept_language="en;q=0.9, de"), 200, b"de")
        for text in ("de, en", "DE", "de-CH, en;q=0.5", "fr;q=0.5, de;q=1.0"):
            self.assert_hit(self.client.get("/", accept_language=text), b"de")
        self.assert_forwarded(self.client.get("/", accept_language="en, de"), "vary-miss", b"en")
        self.assert_forwarded(self.client.get("/", accept_language="fr"), "vary-miss", b"en")
        self.assert_hit(self.client.get("/", accept_language="it, es;q=0.2"), b"en")

    def test_are_one_for_a_crowd_that_gets_the_same_language(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/", by_lookup)
        self.client.get("/", accept_language="fr")
        self.origin.once("GET", "/", [gate, by_lookup])
        crowd = [self.in_background(self.client.get, "/", accept_language=text) for text in ("de", "de, en", "en;q=0.1, de")]
        gate.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_fill_waiting", 3)
        gate.open()
        for each in crowd:
            self.assert_body(each.result(), 200, b"de")

    def test_are_not_stored_where_the_application_chose_otherwise(self):
        french = ok(b"fr", ("Vary", "Accept-Language"), ("Content-Language", "fr"), max_age=60)
        self.origin.once("GET", "/", french, by_lookup)
        response = self.client.get("/", accept_language="fr, de")
        self.assert_body(response, 200, b"fr")
        self.assertEqual((response.cache_status.stored, response.cache_status.detail), (False, "language"))
        self.assert_body(self.client.get("/", accept_language="de"), 200, b"de")


class LanguagesInAnyOrder(Scenario):
    arguments = ("--set", "keys.language_order=ignore")

    def test_are_one_where_they_weigh_the_same(self):
        self.origin.once("GET", "/", by_language, by_language)
        self.assert_body(self.client.get("/", accept_language="de, en"), 200, b"de, en")
        self.assert_hit(self.client.get("/", accept_language="EN,de"), b"de, en")
        self.assert_forwarded(self.client.get("/", accept_language="de;q=0.5, en"), "vary-miss", b"de;q=0.5, en")
        self.assert_hit(self.client.get("/", accept_language="en, de;q=0.5"), b"de;q=0.5, en")


class SeveralSpecs(Scenario):
    def test_lead_to_the_most_recent_response_that_fits(self):
        """RFC 9111 4: not to that of the spec that came last."""
        def once(body, vary, date):
            self.origin.once("GET", "/", ok(body, ("Vary", vary), max_age=600, date=date))

        once(b"v1", "Accept", -30)
        self.client.get("/", accept="a", accept_language="en")
        once(b"v2", "Accept-Language", -20)
        self.client.get("/", accept="a", accept_language="en", cache_control="no-cache")
        once(b"other", "Accept", -10)
        self.client.get("/", accept="b", accept_language="de")
        self.assert_hit(self.client.get("/", accept="a", accept_language="en"), b"v2")


class CappedVariants(Scenario):
    arguments = ("--set", "limits.variants=2")

    def test_drop_the_oldest(self):
        self.origin.always("GET", "/", by_language)
        for language in ("a", "b", "c"):
            self.client.get("/", accept_language=language)
        for language in ("b", "c"):
            self.assert_hit(self.client.get("/", accept_language=language), language)
        self.assert_forwarded(self.client.get("/", accept_language="a"), "vary-miss", b"a")
        self.assertGreaterEqual(self.proxy.metric("sidecache_variants_dropped_total"), 1)


class WrittenByTheProxy(Scenario):
    def test_fields_make_a_response_one_clients_alone(self):
        for number, name in enumerate(("X-Forwarded-For", "Forwarded", "Via", "X-Request-ID", "Accept, x-forwarded-for")):
            target = f"/{number}"
            self.origin.always("GET", target, ok(b"a", ("Cache-Control", "max-age=60"), ("Vary", name)))
            for _ in range(2):
                self.assertFalse(self.client.get(target).cache_status.hit, name)

    def test_fields_that_say_the_same_of_everybody_do_not_count(self):
        self.origin.once("GET", "/", ok(b"a", ("Cache-Control", "max-age=60"), ("Vary", "X-Forwarded-Proto, X-Forwarded-Host")))
        self.client.get("/", x_forwarded_proto="https")
        self.assert_hit(self.client.get("/", x_forwarded_proto="http", x_forwarded_host="b"), b"a")


class AmbiguousFields(Scenario):
    def test_go_past_the_cache(self):
        self.origin.always("GET", "/", ok(b"a", ("Cache-Control", "max-age=60"), ("Vary", "X-Tenant")))
        for headers in ({"X_Tenant": "b"}, {"Connection": "X-Tenant", "X-Tenant": "b"}):
            for _ in range(2):
                self.assert_forwarded(self.client.request("GET", "/", headers), "bypass")
        self.assert_forwarded(self.client.get("/"), "uri-miss")
        self.assert_hit(self.client.request("GET", "/", {"Connection": "X-Other"}), b"a")


class VaryStar(Scenario):
    def test_is_never_stored(self):
        self.origin.once("GET", "/", ok(b"1", ("Vary", "*"), max_age=60), ok(b"2", ("Vary", "*"), max_age=60))
        first = self.client.get("/")
        self.assertFalse(first.cache_status.stored)
        self.assertEqual(first.cache_status.detail, "vary-star")
        self.assert_body(self.client.get("/"), 200, b"2")


if __name__ == "__main__":
    unittest.main()
