"""The answer to a POST that says by its Content-Location that it is what a GET of the same URI would bring (RFC 9110 9.3.3)."""

import unittest

from harness import Scenario, ok, respond


class AnAnswerToAPost(Scenario):
    def post(self, *fields, target="/notes/"):
        self.origin.once("POST", target, respond(200, b"posted", *fields))
        self.assert_forwarded(self.client.post(target), "method", b"posted")

    def assert_get_asks_the_origin(self, target="/notes/"):
        self.origin.once("GET", target, ok(b"asked", max_age=60))
        self.assert_body(self.client.get(target), 200, b"asked")

    def test_answers_a_get_of_its_content_location(self):
        for number, prefix in enumerate(("", "http://test")):
            with self.subTest(prefix):
                target = f"/notes/{number}/"
                self.post(("Cache-Control", "max-age=60"), ("Content-Location", prefix + target), target=target)
                hit = self.client.get(target)
                self.assert_hit(hit, b"posted")
                self.assertEqual(hit.header("content-location"), prefix + target)

    def test_takes_the_place_of_what_was_stored_before(self):
        self.origin.once("GET", "/notes/", ok(b"old", max_age=60))
        self.client.get("/notes/")
        self.post(("Cache-Control", "max-age=60"), ("Content-Location", "/notes/"))
        self.assert_hit(self.client.get("/notes/"), b"posted")

    def test_is_no_answer_to_a_get_without_a_content_location(self):
        self.post(("Cache-Control", "max-age=60"))
        self.assert_get_asks_the_origin()

    def test_is_no_answer_to_a_get_where_its_content_location_is_another(self):
        self.post(("Cache-Control", "max-age=60"), ("Content-Location", "/notes/7/"))
        self.assert_get_asks_the_origin()
        self.assert_get_asks_the_origin("/notes/7/")

    def test_is_no_answer_to_a_get_without_explicit_freshness(self):
        self.post(("Last-Modified", "Thu, 01 Jan 2015 00:00:00 GMT"), ("Content-Location", "/notes/"))
        self.assert_get_asks_the_origin()

    def test_is_no_answer_to_another_post(self):
        for _ in range(2):
            self.post(("Cache-Control", "max-age=60"), ("Content-Location", "/notes/"))


if __name__ == "__main__":
    unittest.main()
