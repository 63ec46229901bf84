"""Ranges out of the store: of a complete response, of a part, and of a part that is completed (RFC 9111 3.3, 3.4; RFC 9110 14.2)."""

import re
import unittest

from harness import Scenario, ok, respond

CONTENT = b"0123456789"


def part_of(content, *fields):
    """A 206 of the one range that is asked for; all of it where none is."""

    def answer(exchange):
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", exchange.request.header("range") or "")
        if asked is None:
            exchange.play(ok(content, *fields, max_age=60))
            return
        first, last = asked.groups()
        begin = int(first) if first else len(content) - int(last)
        end = min(int(last) + 1, len(content)) if first and last else len(content)
        exchange.play(respond(206, content[begin:end], ("Content-Range", f"bytes {begin}-{end - 1}/{len(content)}"), ("Cache-Control", "max-age=60"), *fields))

    return answer


class Ranges(Scenario):
    def assert_part(self, target, asked, content, content_range):
        """Out of the store."""
        with self.subTest(asked, target=target):
            seen = self.origin.count()
            response = self.client.get(target, range=f"bytes={asked}")
            self.assert_hit(response)
            self.assertEqual((response.status, response.body, response.header("content-range")), (206, content, f"bytes {content_range}/10"))
            self.assertEqual(self.origin.count(), seen)


class OfACompleteResponse(Ranges):
    def store(self, *fields, target="/"):
        self.origin.once("GET", target, ok(CONTENT, *fields, max_age=60))
        self.client.get(target)

    def test_are_answered_out_of_the_store(self):
        """RFC 9110 14.1.2: from first to last, to the end, and so many of the end; with a validator and without."""
        for target, fields in (("/tagged", [("ETag", '"1"')]), ("/bare", [])):
            self.store(*fields, target=target)
            self.assert_part(target, "0-1", b"01", "0-1")
            self.assert_part(target, "1-", b"123456789", "1-9")
            self.assert_part(target, "-1", b"9", "9-9")

    def test_have_the_fields_of_the_stored_response(self):
        """RFC 9110 15.3.7."""
        self.store(("ETag", '"1"'), ("X-Of-The-App", "kept"), ("Content-Type", "text/plain"))
        response = self.client.get("/", range="bytes=0-1")
        self.assert_hit(response, b"01")
        self.assertEqual([response.header(name) for name in ("etag", "x-of-the-app", "content-type", "content-length")], ['"1"', "kept", "text/plain", "2"])
        self.assertIsNotNone(response.age)

    def test_leave_the_whole_of_it_stored(self):
        self.store(("ETag", '"1"'))
        self.assert_part("/", "0-1", b"01", "0-1")
        self.assert_hit(self.client.get("/"), CONTENT)


class OfAPart(Ranges):
    def store(self, *fields, target="/", asked="-5"):
        self.origin.once("GET", target, part_of(CONTENT, *fields))
        response = self.client.get(target, range=f"bytes={asked}")
        self.assertEqual(response.status, 206)
        return response

    def test_that_lie_within_it_are_answered_out_of_the_store(self):
        """RFC 9111 3.3: an incomplete response answers ranges that are wholly within it."""
        for target, fields in (("/tagged", [("ETag", '"1"')]), ("/bare", [])):
            self.assertEqual(self.store(*fields, target=target).body, b"56789")
            self.assert_part(target, "-5", b"56789", "5-9")
            self.assert_part(target, "6-8", b"678", "6-8")
            self.assert_part(target, "6-", b"6789", "6-9")
            self.assert_part(target, "-1", b"9", "9-9")

    def test_that_do_not_lie_within_it_are_asked_of_the_origin(self):
        self.store(("ETag", '"1"'))
        self.origin.once("GET", "/", part_of(CONTENT, ("ETag", '"1"')))
        response = self.client.get("/", range="bytes=2-3")
        self.assertEqual((response.status, response.body, response.header("content-range")), (206, b"23", "bytes 2-3/10"))

    def test_are_completed_by_asking_for_the_rest(self):
        """RFC 9111 3.4: under the same strong validator; RFC 9110 13.1.5: which If-Range makes sure of."""
        self.store(("ETag", '"1"'), asked="0-4")
        self.origin.once("GET", "/", part_of(CONTENT, ("ETag", '"1"')))
        self.assert_body(self.client.get("/"), 200, CONTENT)
        asked = self.origin.last()
        self.assertEqual(asked.header("if-range"), '"1"')
        self.assertIn(asked.header("range"), ("bytes=5-", "bytes=5-9", "bytes=-5"))
        self.assert_hit(self.client.get("/"), CONTENT)

    def test_without_a_validator_are_never_completed(self):
        """RFC 9110 15.3.7.3: nothing would say that the rest is of the same representation."""
        self.store(asked="0-4")
        self.origin.once("GET", "/", ok(b"another content", max_age=60))
        self.assert_body(self.client.get("/"), 200, b"another content")
        self.assertIsNone(self.origin.last().header("range"))

    def test_are_never_completed_with_what_has_another_validator(self):
        self.store(("ETag", '"1"'), asked="0-4")
        self.origin.always("GET", "/", ok(b"abcdefghij", ("ETag", '"2"'), max_age=60))
        self.assert_body(self.client.get("/"), 200, b"abcdefghij")


if __name__ == "__main__":
    unittest.main()
