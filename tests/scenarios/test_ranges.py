"""Range answered from what is stored (RFC 9110 14, 13.1.5), and what writes, principals and other versions do to stored parts (RFC 9111 3.3, 3.4; S4, S7)."""

import re
import unittest

from harness import DROP, Scenario, chunked, head, not_modified, ok, respond, wait_until

CONTENT = b"0123456789"
LONG = bytes(range(256)) * 1024  # 256 KiB: several chunks


def parts_of(content, *fields, max_age=60):
    """The origin of `content`: a 206 for one range, unless If-Range names another ETag; else all of it."""
    tag = dict((name.lower(), value) for name, value in fields).get("etag")

    def answer(exchange):
        request = exchange.request
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.header("range") or "")
        if asked is None or (request.header("if-range") or tag) != tag:
            exchange.play(ok(content, *fields, max_age=max_age))
            return
        first, last = asked.groups()
        begin = int(first) if first else len(content) - int(last)
        end = min(int(last) + 1, len(content)) if first and last else len(content)
        exchange.play(respond(206, content[begin:end], ("Content-Range", f"bytes {begin}-{end - 1}/{len(content)}"), ("Cache-Control", f"max-age={max_age}"), *fields))

    return answer


def read_multipart(response):
    """[(Content-Range, Content-Type, bytes)]"""
    boundary = re.fullmatch(r"multipart/byteranges; boundary=([0-9a-f]{32})", response.header("content-type")).group(1).encode()
    pieces = (b"\r\n" + response.body).split(b"\r\n--" + boundary)
    assert pieces[0] == b"" and pieces[-1] == b"--\r\n", pieces
    parts = []
    for piece in pieces[1:-1]:
        fields, content = piece.removeprefix(b"\r\n").split(b"\r\n\r\n", 1)
        named = dict(line.decode().split(": ") for line in fields.split(b"\r\n"))
        parts.append((named["Content-Range"], named.get("Content-Type"), content))
    return parts


class Ranges(Scenario):
    def store(self, *fields, body=CONTENT, target="/a/", **named):
        self.origin.once("GET", target, ok(body, *fields, **({"max_age": 60} | named)))
        self.client.get(target)

    def assert_part(self, response, content, content_range):
        self.assertTrue(response.is_complete)
        self.assertEqual((response.status, response.body, response.header("content-range")), (206, content, f"bytes {content_range}"), response.cache_status)

    def part(self, asked, **fields):
        return self.client.get("/a/", range=f"bytes={asked}", **fields)


class OfACompleteResponse(Ranges):
    def test_several_come_as_multipart_in_the_order_asked_for(self):
        self.store(("Content-Type", "text/plain"), ("ETag", '"1"'), body=LONG)
        response = self.part("200000-200003,-2,10-12")
        self.assert_hit(response)
        self.assertEqual((response.status, response.header("content-range"), response.header("etag")), (206, None, '"1"'))
        self.assertEqual(int(response.header("content-length")), len(response.body))
        self.assertEqual(read_multipart(response), [
            ("bytes 200000-200003/262144", "text/plain", LONG[200000:200004]),
            ("bytes 262142-262143/262144", "text/plain", LONG[-2:]),
            ("bytes 10-12/262144", "text/plain", LONG[10:13])])

    def test_that_span_chunks_come_whole(self):
        self.origin.once("GET", "/a/", chunked(*[LONG[at:at + 5000] for at in range(0, len(LONG), 5000)], fields=(("Cache-Control", "max-age=60"),)))
        self.client.get("/a/")
        self.assert_part(self.part("4090-200000"), LONG[4090:200001], "4090-200000/262144")

    def test_beyond_its_end_get_416(self):
        """RFC 9110 15.5.17."""
        self.store(("ETag", '"1"'), ("Content-Type", "text/plain"))
        response = self.part("10-")
        self.assert_body(response, 416, b"")
        self.assertEqual([response.header(name) for name in ("content-range", "etag", "content-type", "cache-control", "age")], ["bytes */10", None, None, None, None])
        self.assertTrue(response.cache_status.hit)
        self.assertIsNotNone(response.header("date"))

    def test_that_mean_nothing_are_ignored(self):
        self.store()
        for asked in ("bytes=5-2", "items=0-1", "bytes=", "bytes 0-1", "bytes=0-1,x"):
            with self.subTest(asked):
                self.assert_body(self.client.get("/a/", range=asked), 200, CONTENT)

    def test_of_a_head_or_with_if_range_alone_are_ignored(self):
        self.store(("ETag", '"1"'))
        response = self.client.head("/a/", range="bytes=0-1")
        self.assert_hit(response)
        self.assertEqual((response.status, response.header("content-length")), (200, "10"))
        self.assert_body(self.client.get("/a/", if_range='"other"'), 200, CONTENT)

    def test_with_if_range_are_of_that_version_alone(self):
        """RFC 9110 13.1.5: else all of it."""
        self.store(("ETag", '"1"'))
        self.assert_part(self.part("0-1", if_range='"1"'), b"01", "0-1/10")
        for other in ('"2"', 'W/"1"', "Sat, 21 Nov 2026 12:00:00 GMT"):
            with self.subTest(other):
                self.assert_body(self.part("0-1", if_range=other), 200, CONTENT)

    def test_come_second_to_what_the_client_has(self):
        """RFC 9110 13.2.2."""
        self.store(("ETag", '"1"'))
        self.assert_body(self.part("0-1", if_none_match='"1"'), 304, b"")
        self.assert_part(self.part("0-1", if_none_match='"2"'), b"01", "0-1/10")

    def test_of_a_stale_one_are_answered_once_it_was_validated(self):
        self.store(("ETag", '"1"'), date=-100)
        self.origin.once("GET", "/a/", not_modified(("ETag", '"1"'), ("Cache-Control", "max-age=60")))
        response = self.part("2-3")
        self.assert_part(response, b"23", "2-3/10")
        self.assert_forwarded(response, "stale")
        asked = self.origin.last()
        self.assertEqual((asked.header("range"), asked.header("if-none-match")), (None, '"1"'))
        self.assert_hit(self.client.get("/a/"), CONTENT)

    def test_of_what_a_write_replaced_are_of_the_new_one(self):
        """S4: a range is a way to reuse like any other."""
        self.store(("ETag", '"1"'))
        self.origin.once("PUT", "/a/", ok(b""))
        self.client.put("/a/")
        self.origin.once("GET", "/a/", ok(b"abcdefghij", ("ETag", '"2"'), max_age=60))
        self.assert_part(self.part("2-3"), b"cd", "2-3/10")

    def test_are_answered_stale_where_the_origin_is_gone(self):
        """RFC 5861 4."""
        self.store(("Cache-Control", "stale-if-error=600"), date=-100)
        self.origin.stop_listening()
        self.origin.close_connections()
        response = self.part("2-3")
        self.assert_part(response, b"23", "2-3/10")
        self.assertTrue(response.cache_status.hit)

    def test_only_if_cached_are_answered_or_refused(self):
        self.assertEqual(self.part("0-1", cache_control="only-if-cached").status, 504)
        self.store()
        self.assert_part(self.part("0-1", cache_control="only-if-cached"), b"01", "0-1/10")


class WhileItArrives(Ranges):
    def test_a_range_is_answered_as_soon_as_its_bytes_are_here(self):
        """The client asks for a part of what is stale; the origin sends all of a new version, and stops in the middle of it."""
        self.store(("ETag", '"1"'), date=-100)
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", [head(200, ("Content-Length", "10"), ("Cache-Control", "max-age=60")), b"abcdef", gate, b"ghij"])
        self.assert_part(self.part("2-4"), b"cde", "2-4/10")
        late = self.in_background(self.part, "8-9")
        gate.open()
        self.assert_part(late.result(), b"ij", "8-9/10")
        # Who reads along has its bytes before all of it is stored.
        wait_until(lambda: self.client.get("/a/").cache_status.hit, "what came to be stored")
        self.assert_hit(self.client.get("/a/"), b"abcdefghij")

    def test_a_range_of_what_breaks_off_before_it_is_no_whole_answer(self):
        self.store(date=-100)
        self.origin.once("GET", "/a/", [head(200, ("Content-Length", "10"), ("Cache-Control", "max-age=60")), b"abcdef", DROP])
        broken = self.part("7-9")
        self.assertFalse(broken.is_complete and broken.status == 206)


class OfAPart(Ranges):
    tagged = ("ETag", '"1"')

    def ask(self, asked, *fields, content=CONTENT, **sent):
        self.origin.once("GET", "/a/", parts_of(content, *(fields or (self.tagged,))))
        return self.part(asked, **sent)

    def assert_parts_are_held(self, *asked):
        seen = self.origin.count()
        for first, last in asked:
            response = self.part(f"{first}-{last}")
            self.assert_hit(response)
            self.assert_part(response, CONTENT[first:last + 1], f"{first}-{last}/10")
        self.assertEqual(self.origin.count(), seen)

    def test_goes_to_the_origin_as_it_was_asked_for(self):
        response = self.ask("2-4", if_range='"1"')
        self.assert_part(response, b"234", "2-4/10")
        self.assert_forwarded(response, "uri-miss")
        asked = self.origin.last()
        self.assertEqual((asked.header("range"), asked.header("if-range")), ("bytes=2-4", '"1"'))
        self.assertFalse(response.cache_status.stored)  # only beside what has all of its fields, and nothing is there
        self.assertEqual(self.proxy.metric("sidecache_parts_total"), 0)

    def test_and_another_are_put_together_with_what_is_missing_between(self):
        """RFC 9111 3.4: only what is missing is asked for, of that version alone."""
        self.ask("0-2")
        self.assert_forwarded(self.ask("7-9"), "partial")
        self.assert_parts_are_held((0, 2), (7, 9), (8, 8))
        response = self.ask("1-8")
        self.assert_part(response, b"12345678", "1-8/10")
        self.assert_forwarded(response, "partial")
        asked = self.origin.last()
        self.assertEqual((asked.header("range"), asked.header("if-range")), ("bytes=3-6", '"1"'))
        self.assert_hit(self.client.get("/a/"), CONTENT)  # nothing is missing any more
        for result, count in (("stored", 3), ("completed", 1)):
            self.proxy.wait_for_metric("sidecache_parts_total", count, result=result)

    def test_several_within_it_come_as_multipart(self):
        self.origin.once("GET", "/a/", parts_of(LONG, self.tagged, ("Content-Type", "text/plain")))
        self.part("0-9999")
        response = self.part("0-1,5000-5001")
        self.assert_hit(response)
        self.assertEqual(read_multipart(response), [("bytes 0-1/262144", "text/plain", LONG[:2]), ("bytes 5000-5001/262144", "text/plain", LONG[5000:5002])])

    def test_is_never_put_together_with_one_of_another_version(self):
        self.ask("0-4")
        other = b"abcdefghij"
        self.ask("5-9", ("ETag", '"2"'), content=other)
        response = self.part("5-9")
        self.assert_hit(response, b"fghij")
        self.assert_part(self.ask("0-4", ("ETag", '"2"'), content=other), b"abcde", "0-4/10")
        self.assert_hit(self.client.get("/a/"), other)

    def test_of_which_the_origin_has_another_version_is_fetched_whole(self):
        self.ask("0-4")
        self.origin.once("GET", "/a/", parts_of(b"abcdefghij", ("ETag", '"2"')))
        self.assert_body(self.client.get("/a/"), 200, b"abcdefghij")
        self.assertEqual(self.origin.last().header("if-range"), '"1"')
        self.assert_hit(self.client.get("/a/"), b"abcdefghij")

    def test_from_before_a_write_is_not_put_together_with_one_from_after_it(self):
        """S7, T4: also where the application forgot to change its tag."""
        self.ask("0-4")
        self.origin.once("PUT", "/a/", ok(b""))
        self.client.put("/a/")
        new = b"abcdefghij"
        self.assert_part(self.ask("5-9", content=new), b"fghij", "5-9/10")
        self.assert_part(self.ask("0-4", content=new), b"abcde", "0-4/10")
        self.assert_hit(self.client.get("/a/"), new)

    def test_that_a_write_overtakes_is_not_kept(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", [gate, parts_of(CONTENT, self.tagged)])
        asking = self.in_background(self.part, "0-4")
        gate.wait_for_arrivals()
        self.origin.once("PUT", "/a/", ok(b""))
        self.client.put("/a/")
        gate.open()
        self.assert_part(asking.result(), b"01234", "0-4/10")
        self.assert_part(self.ask("0-4", content=b"abcdefghij"), b"abcde", "0-4/10")

    def test_is_completed_for_all_who_ask_at_once(self):
        self.ask("0-4")
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", [gate, parts_of(CONTENT, self.tagged)])
        asking = [self.in_background(self.client.get, "/a/") for _ in range(8)]
        gate.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_fill_waiting", 8)
        gate.open()
        for each in asking:
            self.assert_body(each.result(), 200, CONTENT)

    def test_asked_for_by_many_is_fetched_once(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", [gate, parts_of(CONTENT, self.tagged)])
        asking = [self.in_background(self.part, "2-5") for _ in range(8)]
        gate.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_fill_waiting", 8)
        gate.open()
        for each in asking:
            self.assert_part(each.result(), b"2345", "2-5/10")

    def test_of_no_use_to_others_keeps_nobody_waiting(self):
        """no-store: each has its own."""
        def private(exchange):
            exchange.play(respond(206, b"01", ("Content-Range", "bytes 0-1/10"), ("Cache-Control", "no-store")))

        gate = self.origin.gate()
        self.origin.once("GET", "/a/", [gate, private], *[private] * 3)
        asking = [self.in_background(self.part, "0-1") for _ in range(4)]
        gate.wait_for_arrivals()
        self.proxy.wait_for_metric("sidecache_fill_waiting", 4)
        gate.open()
        for each in asking:
            self.assert_part(each.result(), b"01", "0-1/10")
        # And once that is known, nobody waits for anybody's head.
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", *[[gate, private]] * 3)
        asking = [self.in_background(self.part, "0-1") for _ in range(3)]
        gate.wait_for_arrivals(3)
        gate.open()
        for each in asking:
            self.assert_part(each.result(), b"01", "0-1/10")

    def test_that_is_no_answer_to_a_whole_request_is_not_given_to_one(self):
        """What an origin answers to a Range, a 416 above all, says nothing of a request without it, whatever its freshness."""
        self.origin.once("GET", "/a/", respond(416, b"", ("Content-Range", "bytes */10"), ("Cache-Control", "max-age=60")), ok(CONTENT, max_age=60))
        self.assertEqual(self.part("20-").status, 416)
        self.assert_body(self.client.get("/a/"), 200, CONTENT)

    def test_of_an_origin_that_knows_no_ranges_is_cut_from_what_it_sends(self):
        self.origin.once("GET", "/a/", ok(CONTENT, max_age=60))
        self.assert_part(self.part("2-3"), b"23", "2-3/10")
        self.assert_hit(self.client.get("/a/"), CONTENT)

    def test_of_which_the_origin_has_less_now_is_fetched_whole(self):
        """A 416 to a Range that nobody but the proxy sent is no answer to anybody, nor is it stored."""
        for number, asked in enumerate((None, "bytes=2-7")):
            with self.subTest(asked):
                target = f"/less/{number}/"
                gone = respond(416, b"", ("Content-Range", "bytes */5"), ("Cache-Control", "max-age=60"))
                self.origin.once("GET", target, parts_of(CONTENT, self.tagged), gone, ok(b"vwxyz", ("ETag", '"2"'), max_age=60))
                self.client.get(target, range="bytes=0-4")
                if asked is None:
                    self.assert_body(self.client.get(target), 200, b"vwxyz")
                else:
                    self.assert_part(self.client.get(target, range=asked), b"xyz", "2-4/5")
                self.assert_hit(self.client.get(target), b"vwxyz")

    def test_that_brings_more_than_it_announced_never_completes_an_answer(self):
        """The bytes too many would stand where those are that are held."""
        self.ask("0-4")
        self.ask("8-9")
        gate = self.origin.gate()
        self.origin.once("GET", "/a/", chunked(b"567XY", gate, status=206, fields=(("Content-Range", "bytes 5-7/10"), self.tagged, ("Cache-Control", "max-age=60"))))
        broken = self.in_background(self.client.get, "/a/")
        gate.wait_for_arrivals()
        gate.open()
        response = broken.result()
        self.assertFalse(response.is_complete and response.status == 200, response)

    def test_in_many_pieces_is_kept_as_few(self):
        self.origin.always("GET", "/a/", parts_of(LONG, self.tagged))
        for first in range(0, 300):
            self.assert_part(self.part(f"{first}-{first}"), LONG[first:first + 1], f"{first}-{first}/262144")
        seen = self.origin.count()
        response = self.part("0-299")
        self.assert_hit(response, LONG[:300])
        self.assertEqual(self.origin.count(), seen)

    def test_goes_when_the_whole_comes(self):
        """Else it would outlive what shows it to be old."""
        self.ask("0-4")
        self.origin.once("GET", "/a/", ok(b"abcdefghij", ("ETag", '"2"'), max_age=60))
        self.client.get("/a/", cache_control="no-cache")
        self.origin.once("HEAD", "/a/", respond(200, b"", ("ETag", '"3"')))
        self.client.head("/a/", cache_control="no-cache")  # the whole goes
        self.assert_part(self.ask("0-4", ("ETag", '"3"'), content=b"klmnopqrst"), b"klmno", "0-4/10")

    def test_goes_when_a_head_tells_of_another_version(self):
        self.ask("0-4")
        self.origin.once("HEAD", "/a/", respond(200, b"", ("ETag", '"2"')))
        self.client.head("/a/")
        self.assert_part(self.ask("0-4", ("ETag", '"2"'), content=b"abcdefghij"), b"abcde", "0-4/10")

    def test_of_another_unit_is_left_to_the_origin(self):
        """Some answer 200 with a Content-Range, which means nothing there (RFC 9110 14.4): no answer to a whole request."""
        self.origin.once("GET", "/a/", respond(200, b"[0,1]", ("Content-Range", "items 0-1/9"), ("Cache-Control", "max-age=60")), ok(b"[0,1,2]", max_age=60))
        self.assert_body(self.client.get("/a/", range="items=0-1"), 200, b"[0,1]")
        self.assert_body(self.client.get("/a/"), 200, b"[0,1,2]")

    def test_that_breaks_off_is_not_kept(self):
        self.origin.once("GET", "/a/", [head(206, ("Content-Range", "bytes 0-4/10"), ("Content-Length", "5"), self.tagged, ("Cache-Control", "max-age=60")), b"012", DROP])
        broken = self.part("0-4")
        self.assertFalse(broken.is_complete and broken.status == 206)
        self.assert_part(self.ask("0-4"), b"01234", "0-4/10")

    def test_whose_rest_breaks_off_looks_like_no_whole_answer(self):
        self.ask("0-4")
        self.origin.once("GET", "/a/", [head(206, ("Content-Range", "bytes 5-9/10"), ("Content-Length", "5"), self.tagged, ("Cache-Control", "max-age=60")), b"56", DROP])
        broken = self.client.get("/a/")
        self.assertFalse(broken.is_complete and broken.status == 200)

    def test_is_found_by_the_fields_that_its_vary_names(self):
        language = ("Vary", "Accept-Language")
        self.origin.once("GET", "/a/", parts_of(CONTENT, self.tagged, language), parts_of(b"abcdefghij", ("ETag", '"d"'), language))
        self.part("0-4", accept_language="en")
        self.assert_part(self.part("0-4", accept_language="de"), b"abcde", "0-4/10")
        for tongue, content in (("en", b"01234"), ("de", b"abcde")):
            response = self.part("0-4", accept_language=tongue)
            self.assert_hit(response, content)

    def test_lying_about_its_length_is_not_kept(self):
        self.origin.once("GET", "/a/", respond(206, b"01", ("Content-Range", "bytes 0-4/10"), ("Cache-Control", "max-age=60")))
        self.part("0-4")
        self.assert_part(self.ask("0-1"), b"01", "0-1/10")


class OfAPrincipal(Ranges):
    config = """
principals: {user: {cookie: sessionid}}
routes: [{path: "/{rest...}", principal: user}]
"""

    def test_parts_serve_nobody_else(self):
        for who in (b"a", b"b"):
            self.origin.once("GET", "/a/", parts_of(who * 10, ("ETag", '"%s"' % who.decode()), ("Cache-Control", "private")))
            self.assert_part(self.part("0-4", cookie=f"sessionid={who.decode()}"), who * 5, "0-4/10")
        for who in (b"a", b"b"):
            response = self.part("1-2", cookie=f"sessionid={who.decode()}")
            self.assert_hit(response, who * 2)


class LargerThanMayBeStored(Ranges):
    arguments = ("--set", "memory.max_object=64KiB")

    def test_parts_of_it_are_kept_up_to_the_limit(self):
        answer = parts_of(LONG, ("ETag", '"1"'))
        self.origin.always("GET", "/a/", answer)
        self.assert_part(self.part("0-29999"), LONG[:30000], "0-29999/262144")
        self.assert_part(self.part("100000-129999"), LONG[100000:130000], "100000-129999/262144")
        seen = self.origin.count()
        self.assert_hit(self.part("5-29000"))
        self.assert_hit(self.part("100005-129000"))
        self.assertEqual(self.origin.count(), seen)
        self.assert_part(self.part("200000-229999"), LONG[200000:230000], "200000-229999/262144")  # over it: the newest is kept
        seen = self.origin.count()
        self.assert_hit(self.part("200000-229999"))
        self.assertEqual(self.origin.count(), seen)
        self.assert_part(self.part("0-199999"), LONG[:200000], "0-199999/262144")  # never kept by itself
        seen = self.origin.count()
        self.assert_part(self.part("180000-249999"), LONG[180000:250000], "180000-249999/262144")  # with what is held too much: asked for as it is, once
        self.assertEqual(self.origin.count(), seen + 1)
        self.assert_body(self.client.get("/a/"), 200, LONG)


if __name__ == "__main__":
    unittest.main()
