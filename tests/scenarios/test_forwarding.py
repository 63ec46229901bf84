"""What the origin gets to see of a request, and the client of a response (RFC 9110 7.6)."""

import re
import unittest

from harness import Scenario, make_request, ok, respond


class Forwarding(Scenario):
    def forwarded(self, headers=(), method="POST", target="/", body=b"{}", host="app.example", version="1.1"):
        """The request as the origin got it."""
        self.origin.once(method, target, respond(200, b"", ("Cache-Control", "no-store")))
        self.client.request(method, target, headers, body, host=host, version=version)
        return self.origin.last()


class ARequest(Forwarding):
    def test_keeps_method_target_and_content(self):
        request = self.forwarded(method="PATCH", target="/a%20b/?q=%C3%A4&x", body=b"\x00\xff" * 1000)
        self.assertEqual((request.method, request.target, request.body), ("PATCH", "/a%20b/?q=%C3%A4&x", b"\x00\xff" * 1000))

    def test_goes_to_the_path_that_is_keyed(self):
        for target, forwarded in (("/a/../b/./c", "/b/c"), ("/%7Efoo/x%2Fy", "/~foo/x%2Fy"), ("//a", "//a"), ("/a/%2e%2e/b?q=../%7E", "/b?q=../%7E")):
            for method, body in (("GET", None), ("POST", b"{}")):
                with self.subTest(target, method=method):
                    self.origin.once(method, forwarded, respond(200, b"", ("Cache-Control", "no-store")))
                    self.client.request(method, target, (), body)
                    self.assertEqual(self.origin.last().target, forwarded)

    def test_keeps_its_host(self):
        self.assertEqual(self.forwarded().all("host"), ["app.example"])
        self.assertEqual(self.forwarded(method="GET", body=None).all("host"), ["app.example"])

    def test_of_absolute_form_becomes_a_path_and_its_host(self):
        """And never makes an open proxy: it goes to the one origin."""
        for body in (b"{}", None):
            with self.subTest(body):
                method = "POST" if body else "GET"
                self.origin.once(method, "/a?b", respond(200, b""))
                self.client.request(method, "http://elsewhere.example:81/a?b", body=body, host="app.example")
                self.assertEqual(self.origin.last().all("host"), ["elsewhere.example:81"])

    def test_keeps_its_fields_in_order_and_spelling(self):
        request = self.forwarded([("X-B", "1"), ("x-a", "2"), ("X-B", "3"), ("Cookie", "a=1"), ("Authorization", "Token t")])
        names = [(name, value) for name, value in request.headers if name in ("X-B", "x-a", "Cookie", "Authorization")]
        self.assertEqual(names, [("X-B", "1"), ("x-a", "2"), ("X-B", "3"), ("Cookie", "a=1"), ("Authorization", "Token t")])

    def test_loses_what_was_for_one_connection(self):
        request = self.forwarded([("Connection", "keep-alive, X-Mine"), ("X-Mine", "1"), ("Keep-Alive", "timeout=5"), ("Proxy-Connection", "keep-alive"), ("Proxy-Authorization", "Basic x"), ("TE", "gzip"), ("Upgrade", "nothing")])
        for name in ("x-mine", "keep-alive", "proxy-connection", "proxy-authorization", "te", "upgrade"):
            self.assertIsNone(request.header(name), name)
        self.assertNotIn("X-Mine", request.header("connection") or "")

    def test_gets_via(self):
        self.assertEqual(self.forwarded().header("via"), "1.1 sidecache")
        self.assertEqual(self.forwarded({"Via": "1.1 edge"}).header("via"), "1.1 edge, 1.1 sidecache")

    def test_gets_one_framing(self):
        with self.client.connect() as connection:
            self.origin.once("POST", "/", ok(b""))
            connection.send(make_request("POST", "/", {"Transfer-Encoding": "chunked"}) + b"3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n")
            connection.read_response()
        request = self.origin.last()
        self.assertEqual((request.body, request.header("transfer-encoding"), request.header("content-length")), (b"abc", "chunked", None))
        self.assertEqual(request.trailers, [("X-Sum", "1")])
        self.assertEqual(self.forwarded(body=b"abc").header("content-length"), "3")

    def test_without_content_says_so_where_the_method_has_a_meaning_for_it(self):
        request = self.forwarded(body=b"")
        self.assertEqual(request.header("content-length"), "0")

    def test_without_content_of_a_get_has_no_length(self):
        request = self.forwarded(method="GET", body=None)
        self.assertEqual((request.header("content-length"), request.header("transfer-encoding")), (None, None))

    def test_has_one_hop_less_to_go(self):
        self.assertEqual(self.forwarded({"Max-Forwards": "5"}, method="OPTIONS", body=None).header("max-forwards"), "4")
        last = self.client.request("OPTIONS", "/", {"Max-Forwards": "0"})
        self.assertEqual((last.status, last.header("cache-status")), (200, "sidecache"))  # it did not go forward
        self.assertEqual(self.origin.count(), 1)

    def test_to_trace_is_not_forwarded(self):
        response = self.client.request("TRACE", "/")
        self.assertEqual(response.status, 405)
        self.assertIn("GET", response.header("allow"))

    def test_of_options_for_the_whole_server_is_forwarded(self):
        self.assertEqual(self.forwarded(method="OPTIONS", target="*", body=None).target, "*")


class RequestIds(Forwarding):
    def test_are_passed_on(self):
        self.assertEqual(self.forwarded({"X-Request-ID": "abc-1"}).all("x-request-id"), ["abc-1"])

    def test_are_made_where_there_is_none(self):
        one, two = self.forwarded().header("x-request-id"), self.forwarded(method="GET", body=None).header("x-request-id")
        self.assertTrue(re.fullmatch("[0-9a-f]{32}", one) and re.fullmatch("[0-9a-f]{32}", two))
        self.assertNotEqual(one, two)

    def test_of_traces_are_passed_on(self):
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        request = self.forwarded({"traceparent": trace, "tracestate": "a=b"})
        self.assertEqual((request.header("traceparent"), request.header("tracestate")), (trace, "a=b"))


class WhatTheAccessLogTellsOfTraces(Scenario):
    def test_is_what_is_valid(self):
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        valid = [trace, trace.replace("00-", "cc-", 1) + "-later"]
        invalid = ["garbage", trace.upper(), trace + "-more", trace[:-1], trace.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
                   trace.replace("b7ad6b7169203331", "0" * 16), trace.replace("00-", "ff-", 1)]
        self.origin.always("GET", "/", ok(b"", ("Cache-Control", "no-store")))
        for value in valid + invalid:
            self.client.request("GET", "/", {"traceparent": value})
        self.client.request("GET", "/", [("traceparent", trace), ("traceparent", trace)])
        told = [line.get("traceparent") for line in self.proxy.access_log(len(valid + invalid) + 1)]
        self.assertCountEqual(told, valid + [None] * (len(invalid) + 1))  # of several workers, in no order


class AnotherRequestId(Forwarding):
    arguments = ("--set", "headers.request_id=X-Correlation-ID")

    def test_has_the_name_that_the_operator_gave_it(self):
        self.assertEqual(self.forwarded({"X-Correlation-ID": "c-1"}).all("x-correlation-id"), ["c-1"])
        self.assertIsNone(self.origin.last().header("x-request-id"))


class APeerThatIsNotTrusted(Forwarding):
    CLAIMS = {"X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "443", "X-Forwarded-Prefix": "/x", "X-Real-IP": "10.0.0.1", "Forwarded": "for=10.0.0.1;proto=https",
              "X-Original-URL": "/admin/", "X-Rewrite-URL": "/admin/", "X-Host": "evil.example", "X-Forwarded-User": "root"}

    def test_has_its_claims_overwritten(self):
        for method, body in (("POST", b"{}"), ("GET", None)):
            request = self.forwarded(self.CLAIMS, method=method, body=body)
            self.assertEqual(request.all("x-forwarded-for"), ["127.0.0.1"])
            self.assertEqual(request.all("x-forwarded-proto"), ["http"])
            self.assertEqual(request.all("x-forwarded-host"), ["app.example"])
            self.assertEqual(request.all("forwarded"), ["for=127.0.0.1;host=app.example;proto=http"])
            for name in ("x-forwarded-port", "x-forwarded-prefix", "x-forwarded-user", "x-real-ip", "x-original-url", "x-rewrite-url", "x-host"):
                self.assertIsNone(request.header(name), name)

    def test_does_not_choose_the_key_of_what_is_stored(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60))
        self.client.request("GET", "/", self.CLAIMS)
        self.assert_hit(self.client.get("/"), b"a")


class APeerThatIsTrusted(Forwarding):
    arguments = ("--set", "forwarded.trust=[127.0.0.0/8]")

    def test_has_its_claims_kept_and_extended(self):
        request = self.forwarded(APeerThatIsNotTrusted.CLAIMS)
        self.assertEqual(request.header("x-forwarded-for"), "10.0.0.1, 127.0.0.1")
        self.assertEqual(request.header("x-forwarded-proto"), "https")
        self.assertEqual(request.header("x-forwarded-host"), "evil.example")
        self.assertEqual(request.header("forwarded"), "for=10.0.0.1;proto=https, for=127.0.0.1;host=app.example;proto=http")
        self.assertEqual(request.header("x-forwarded-port"), "443")
        self.assertEqual(request.header("x-real-ip"), "10.0.0.1")

    def test_keeps_apart_what_it_claims_to_be_of_different_schemes(self):
        self.origin.once("GET", "/", ok(b"http", max_age=60), ok(b"https", max_age=60))
        self.assert_body(self.client.get("/", x_forwarded_proto="http"), 200, b"http")
        self.assert_body(self.client.get("/", x_forwarded_proto="https"), 200, b"https")
        self.assert_hit(self.client.get("/", x_forwarded_proto="http"), b"http")

    def test_keeps_apart_whatever_else_it_claims_that_may_show_in_an_answer(self):
        claims = [{}] + [{name: value} for name, values in {
            "X-Forwarded-Host": ("a.example", "b.example"), "X-Forwarded-Port": ("443", "8443"), "X-Forwarded-Prefix": ("/a", "/b"), "X-Forwarded-User": ("ann", "bob"),
            "X-Original-URL": ("/a/", "/b/"), "X-Rewrite-URL": ("/a/", "/b/"), "X-Host": ("a.example", "b.example"), "X-Whatever-Else": (),
            "Forwarded": ("host=a.example", "for=10.0.0.1;host=b.example", 'for="a,b";proto=https', "for=10.0.0.1, for=10.0.0.2;secret=x"),
        }.items() for value in values]
        self.origin.once("GET", "/", *[ok(b"%d" % number, max_age=60) for number in range(len(claims))])
        for number, fields in enumerate(claims):
            self.assert_body(self.client.request("GET", "/", fields), 200, b"%d" % number)
        for number, fields in enumerate(claims):
            self.assert_hit(self.client.request("GET", "/", fields), b"%d" % number)

    def test_is_given_the_same_answer_for_every_address_that_it_claims(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60))
        self.assert_body(self.client.get("/"), 200, b"a")
        for fields in ({"X-Forwarded-For": "10.0.0.1"}, {"X-Real-IP": "10.0.0.2"}, {"Forwarded": 'for=10.0.0.3;by="[::1]:80", For=10.0.0.4'}):
            self.assert_hit(self.client.request("GET", "/", fields), b"a")


class APeerThatIsTrustedAndKeysThatAreShown(Scenario):
    arguments = ("--set", "forwarded.trust=[127.0.0.0/8]", "--set", "headers.cache_status_key=true")

    def test_show_no_token_that_it_claims(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60))
        fields = {"X-Forwarded-Access-Token": "hunter2", "X-Forwarded-Proto": "https"}
        for response in (self.client.request("GET", "/", fields), self.client.request("GET", "/", fields)):
            self.assertIn("x-forwarded-proto https", response.header("cache-status"))
            self.assertNotIn("hunter2", str(response.headers))


class TheHostOfTheOrigin(Forwarding):
    arguments = ("--set", "origins.origin.host=origin")

    def test_replaces_that_of_the_client_where_the_operator_says_so(self):
        request = self.forwarded()
        self.assertEqual(request.all("host"), [f"127.0.0.1:{self.origin.port}"])
        self.assertEqual(request.header("x-forwarded-host"), "app.example")


class AResponse(Scenario):
    def fields(self, *fields, is_stored=True):
        self.origin.once("GET", "/", ok(b"a", *fields, max_age=60) if is_stored else respond(200, b"a", ("Cache-Control", "no-store"), *fields))
        first = self.client.get("/")
        return [first, self.client.get("/")] if is_stored else [first]

    def test_loses_what_was_for_one_connection(self):
        fields = [("Connection", "X-Mine"), ("X-Mine", "1"), ("Keep-Alive", "timeout=5"), ("Proxy-Authenticate", "Basic"), ("X-Kept", "1")]
        for is_stored in (True, False):
            for response in self.fields(*fields, is_stored=is_stored):
                for name in ("x-mine", "keep-alive", "proxy-authenticate", "connection"):
                    self.assertIsNone(response.header(name), name)
                self.assertEqual(response.header("x-kept"), "1")
            self.origin.once("PATCH", "/", ok(b""))
            self.client.patch("/")

    def test_gets_via(self):
        for response in self.fields(("Via", "1.1 inner")):
            self.assertEqual(response.header("via"), "1.1 inner, 1.1 sidecache")

    def test_keeps_fields_that_stand_several_times(self):
        for response in self.fields(("Link", "</a>"), ("X-Other", "x"), ("Link", "</b>")):
            self.assertEqual(response.all("link"), ["</a>", "</b>"])

    def test_keeps_bytes_beyond_ascii(self):
        for response in self.fields(("X-Name", "M\xfcller")):
            self.assertEqual(response.header("x-name"), "M\xfcller")

    def test_tells_what_the_origin_took(self):
        first, second = self.fields()
        self.assertRegex(first.header("server-timing"), r"^sidecache-origin;dur=[0-9]+\.[0-9]$")
        self.assertIsNone(second.header("server-timing"))


if __name__ == "__main__":
    unittest.main()
