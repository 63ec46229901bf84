"""A stored response answers, and how old it says that it is."""

import unittest

from harness import Scenario, http_date, ok, respond


class AHit(Scenario):
    def test_is_served_without_asking_the_origin_again(self):
        self.origin.once("GET", "/doctors/", ok(b"[1]", ("ETag", '"1"'), ("X-Of-The-App", "kept"), max_age=60))
        first = self.client.get("/doctors/")
        self.assert_forwarded(first, "uri-miss", b"[1]")
        self.assertTrue(first.cache_status.stored)
        self.assertEqual(first.cache_status.fwd_status, 200)
        second = self.client.get("/doctors/")
        self.assert_hit(second, b"[1]")
        self.assertEqual(second.header("x-of-the-app"), "kept")
        self.assertEqual(second.header("etag"), '"1"')
        self.assertIsNone(second.cache_status.fwd)
        self.assertFalse(second.cache_status.stored)

    def test_is_shared_by_all_workers(self):
        self.origin.once("GET", "/", ok(b"one", max_age=60))
        self.client.get("/")
        for _ in range(16):
            self.assert_hit(self.client.get("/"), b"one")


if __name__ == "__main__":
    unittest.main()
