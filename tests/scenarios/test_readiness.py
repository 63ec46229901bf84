"""/readyz: listening and not draining. An origin that is down is shown there, and does not make it fail."""

import json
import unittest

from harness import Scenario, ok


class Readiness(Scenario):
    def ready(self):
        response = self.proxy.admin("/readyz")
        return response.status, json.loads(response.body)

    def test_shows_an_origin_that_is_down_and_one_that_is_back(self):
        self.origin.once("GET", "/", ok(b"up"))
        self.client.get("/")
        status, told = self.ready()
        self.assertEqual((status, told["ready"], told["draining"], told["origin"]["failing"]), (200, True, False, False))
        self.origin.close()
        self.assertEqual(self.client.post("/", body=b"{}").status, 502)
        status, told = self.ready()
        self.assertEqual((status, told["ready"], told["origin"]["failing"]), (200, True, True))


if __name__ == "__main__":
    unittest.main()
