"""What two HTTP parsers could read differently is refused, and nothing of it reaches the origin (RFC 9112, DESIGN 6)."""

import unittest

from harness import Scenario, make_request, ok

HOST = b"Host: test\r\n"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: test\r\n\r\n"


def post(*lines, body=b""):
    return b"POST / HTTP/1.1\r\n" + HOST + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def get(*lines, target=b"/", version=b"HTTP/1.1", host=HOST):
    return b"GET " + target + b" " + version + b"\r\n" + host + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


BAD = {
    # Framing (RFC 9112 6).
    "both framings": post(b"Content-Length: 4", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "both framings the other way round": post(b"Transfer-Encoding: chunked", b"Content-Length: 4", body=b"0\r\n\r\n"),
    "two lengths": post(b"Content-Length: 4", b"Content-Length: 5", body=b"1234"),
    "the same length twice": post(b"Content-Length: 4", b"Content-Length: 4", body=b"1234"),
    "a list of lengths": post(b"Content-Length: 4, 4", body=b"1234"),
    "a length with a sign": post(b"Content-Length: +4", body=b"1234"),
    "a negative length": post(b"Content-Length: -4", body=b"1234"),
    "a length in hexadecimal": post(b"Content-Length: 0x4", body=b"1234"),
    "an empty length": post(b"Content-Length:", body=b"1234"),
    "a length with a space": post(b"Content-Length: 4 4", body=b"1234"),
    "a length that overflows": post(b"Content-Length: 18446744073709551620", body=b"1234"),
    "chunked twice": post(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"),
    "chunked in two lines": post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "chunked not last": post(b"Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n"),
    "identity": post(b"Transfer-Encoding: identity", body=b"1234"),
    "nearly chunked": post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "chunked with a parameter": post(b"Transfer-Encoding: chunked;q=1", body=b"0\r\n\r\n"),
    "chunked in quotes": post(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"),
    "chunked after an empty member": post(b"Transfer-Encoding: , chunked", body=b"0\r\n\r\n"),
    "chunked after a control character": post(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"),
    "chunked in HTTP/1.0": b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an empty coding": post(b"Transfer-Encoding:", body=b"0\r\n\r\n"),
    "a length with an underscore": post(b"Content_Length: 4", body=b"1234"),
    "a coding with an underscore": post(b"Transfer_Encoding: chunked", body=b"0\r\n\r\n"),
    "a forwarding field with an underscore": get(b"X_Forwarded_For: 10.0.0.1"),
    # Lines (RFC 9112 2.2, 5).
    "a space before the colon": post(b"Content-Length : 4", body=b"1234"),
    "a tab before the colon": post(b"Transfer-Encoding\t: chunked", body=b"0\r\n\r\n"),
    "a folded line": get(b"X-A: b", b" c"),
    "a folded line that begins the section": b"GET / HTTP/1.1\r\n " + HOST + b"\r\n",
    "a folded line with a tab": get(b"X-A: b", b"\tc"),
    "a bare line feed": b"GET / HTTP/1.1\nHost: test\n\n",
    "a bare line feed among fields": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: b\nX-B: c\r\n\r\n",
    "a bare carriage return": get(b"X-A: b\rX-B: c"),
    "a NUL in a value": get(b"X-A: b\x00c"),
    "a control character in a value": get(b"X-A: b\x01c"),
    "a DEL in a value": get(b"X-A: b\x7fc"),
    "an empty name": get(b": value"),
    "a name with a space": get(b"X A: b"),
    "a name in brackets": get(b"X(A): b"),
    "a line without colon": get(b"what is this"),
    # The request line (RFC 9112 3).
    "two spaces": b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space at the end": b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n",
    "a tab for a space": b"GET\t/\tHTTP/1.1\r\n" + HOST + b"\r\n",
    "a space at the beginning": b" GET / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "no version": b"GET /\r\n" + HOST + b"\r\n",
    "a version in small letters": get(version=b"http/1.1"),
    "a version with too many digits": get(version=b"HTTP/1.10"),
    "another protocol": get(version=b"ICAP/1.0"),
    "a method that is no token": b"G(T / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a target that is no path": get(target=b"hidden"),
    "a target with a fragment": get(target=b"/a#b"),
    "a target with a control character": get(target=b"/a\x01b"),
    "a target with bytes beyond ASCII": get(target=b"/\xc3\xa4"),
    "a star for a GET": get(target=b"*"),
    "a target of another scheme": get(target=b"ftp://test/"),
    "a target without host": get(target=b"http:///path"),
    "a target with a user": get(target=b"http://user@test/"),
    # Host (RFC 9112 3.2).
    "no Host": get(host=b""),
    "two Hosts": get(b"Host: test"),
    "two different Hosts": get(b"Host: other"),
    "a Host with a space": get(host=b"Host: a b\r\n"),
    "a Host with a path": get(host=b"Host: test/path\r\n"),
    "a Host with a user": get(host=b"Host: user@test\r\n"),
    "a Host with a port that is none": get(host=b"Host: test:8a\r\n"),
    "a Host list": get(host=b"Host: a, b\r\n"),
    # Connection (RFC 9110 7.6.1).
    "Connection that names the length": post(b"Connection: content-length", b"Content-Length: 4", body=b"1234"),
    "Connection that names the host": get(b"Connection: host"),
    "Connection that is no list": get(b"Connection: (close)"),
    # No HTTP at all.
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n",
    "binary": bytes(range(14, 32)) + b"\r\n\r\n",
}

OTHERS = {
    "a coding that is not known": (post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), 501),
    "CONNECT": (b"CONNECT test:80 HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    "a method without end": (b"A" * 100 + b" / HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/2 with a path": (get(version=b"HTTP/2.0"), 505),
    "HTTP/3": (get(version=b"HTTP/3.0"), 505),
    "https": (get(target=b"https://test/"), 421),
    "an expectation": (post(b"Expect: a-miracle", b"Content-Length: 4", body=b"1234"), 417),
}


class BadRequests(Scenario):
    def assert_refused(self, name, data, status):
        with self.subTest(name), self.client.connect() as connection:
            connection.send(data + HIDDEN)
            response = connection.read_response()
            self.assertEqual(response.status, status, response)
            self.assertEqual(response.header("cache-status"), "sidecache")
            self.assertTrue(response.will_close)
            self.assertTrue(connection.is_closed_by_peer(), "more than one answer")
        self.assertEqual(self.origin.requests, [])

    def test_are_answered_400_and_the_origin_sees_nothing(self):
        for name, data in BAD.items():
            self.assert_refused(name, data, 400)
        self.assertEqual(self.proxy.metric("sidecache_bad_requests_total"), len(BAD))

    def test_are_answered_with_the_status_that_is_theirs(self):
        for name, (data, status) in OTHERS.items():
            self.assert_refused(name, data, status)

    def test_are_answered_the_same_when_they_come_byte_by_byte(self):
        for name in ("both framings", "two lengths", "a folded line", "a space before the colon", "a bare line feed among fields", "two Hosts"):
            with self.subTest(name), self.client.connect() as connection:
                connection.send_slowly(BAD[name])
                self.assertEqual(connection.read_response().status, 400)
        self.assertEqual(self.origin.requests, [])

    def test_do_not_spoil_the_next_connection(self):
        self.origin.once("GET", "/", ok(b"a", max_age=60))
        self.assert_refused("both framings", BAD["both framings"], 400)
        self.origin.requests.clear()
        self.assert_body(self.client.get("/"), 200, b"a")


class BadContent(Scenario):
    """Its head is forwarded by then; the rest is not, and the origin cannot take it for whole."""

    BAD = {
        "a size that is none": b"zz\r\n1234\r\n0\r\n\r\n",
        "a size with a prefix": b"0x4\r\n1234\r\n0\r\n\r\n",
        "a negative size": b"-4\r\n1234\r\n0\r\n\r\n",
        "a size with a space before it": b" 4\r\n1234\r\n0\r\n\r\n",
        "a size that overflows": b"FFFFFFFFFFFFFFFFF\r\n1234\r\n0\r\n\r\n",
        "an empty size": b"\r\n1234\r\n0\r\n\r\n",
        "a size before a bare line feed": b"4\n1234\r\n0\r\n\r\n",
        "a chunk without its end": b"4\r\n12345\r\n0\r\n\r\n",
        "a chunk that ends with a line feed": b"4\r\n1234\n0\r\n\r\n",
        "an extension with a line feed": b"4;a\nb\r\n1234\r\n0\r\n\r\n",
        "a trailer without colon": b"4\r\n1234\r\n0\r\nwhat is this\r\n\r\n",
        "a folded trailer": b"4\r\n1234\r\n0\r\nX-A: b\r\n c\r\n\r\n",
    }

    def test_is_answered_400_and_never_whole_to_the_origin(self):
        def never(exchange):
            raise AssertionError(f"the origin took it for whole: {exchange.request.body}")

        self.origin.always("POST", "/", never)
        for name, body in self.BAD.items():
            with self.subTest(name), self.client.connect() as connection:
                connection.send(make_request("POST", "/", {"Transfer-Encoding": "chunked"}) + body + HIDDEN)
                self.assertEqual(connection.read_response().status, 400)
                self.assertTrue(connection.is_closed_by_peer(), "more than one answer")
        self.assertEqual(self.origin.count("GET"), 0)


class OddButGood(Scenario):
    """What is unusual and right is answered."""

    GOOD = {
        "a higher minor version": get(version=b"HTTP/1.2"),
        "white space around a value": get(b"X-A: \t b \t"),
        "an empty value": get(b"X-A:"),
        "bytes beyond ASCII in a value": get(b"X-A: \xc3\xa4"),
        "a port": get(host=b"Host: test:8080\r\n"),
        "IPv6": get(host=b"Host: [::1]:8080\r\n"),
        "an absolute target": get(target=b"http://test/"),
        "an absolute target with another Host": get(target=b"http://test/", host=b"Host: other\r\n"),
        "an absolute target in large letters": get(target=b"HTTP://TEST/"),
        "an absolute target without path": get(target=b"http://test"),
        "a length of nothing": get(b"Content-Length: 0"),
    }

    def test_is_answered(self):
        self.origin.always("GET", "/", ok(b"a", ("Cache-Control", "no-store")))
        for name, data in self.GOOD.items():
            with self.subTest(name), self.client.connect() as connection:
                connection.send(data)
                self.assert_body(connection.read_response(), 200, b"a")

    def test_chunks_are_answered(self):
        self.origin.always("POST", "/", lambda exchange: exchange.play(ok(exchange.request.body)))
        for name, body in {"extensions": b'4;a=b;c="d;e"\r\n1234\r\n0;x\r\n\r\n', "zeros": b"0004\r\n1234\r\n00\r\n\r\n", "trailers": b"4\r\n1234\r\n0\r\nX-A: b\r\n\r\n"}.items():
            with self.subTest(name), self.client.connect() as connection:
                connection.send(make_request("POST", "/", {"Transfer-Encoding": "Chunked"}) + body)
                self.assert_body(connection.read_response(), 200, b"1234")


class ContentFramedWrong(Scenario):
    def test_from_its_beginning_reaches_no_origin_and_holds_nothing(self):
        self.origin.once("GET", "/a/", ok(b"a", ("Cache-Control", "max-age=600")))
        self.client.get("/a/")
        for content in (b"zz\r\n", b"5;a\n12345\r\n", b"fffffffffffffffff\r\n", b"1\r\nxy\r\n"):
            with self.subTest(content), self.client.connect() as connection:
                connection.send(make_request("POST", "/a/", {"Transfer-Encoding": "chunked"}) + content)
                self.assertEqual(connection.read_response().status, 400)
                self.assertTrue(connection.is_closed_by_peer())
        self.assertEqual(self.origin.count(), 1)
        self.assert_hit(self.client.get("/a/"), b"a")


if __name__ == "__main__":
    unittest.main()
