"""/readyz: listening and not draining. An origin that is down is shown there, and does not make it fail."""

import json
import unittest

from harness import SILENCE, Scenario, ScriptedOrigin, ok, respond


class Readiness(Scenario):
    arguments = ("--set", "origins.origin.timeouts.first_byte=300ms")

    def assert_told(self, failing):
        response = self.proxy.admin("/readyz")
        told = json.loads(response.body)
        self.assertEqual((response.status, told["ready"], told["draining"], told["origin"]["failing"]), (200, True, False, failing))

    def test_shows_an_origin_that_is_down_and_one_that_is_back(self):
        self.assert_told(failing=False)  # nobody has asked it
        self.origin.once("GET", "/", ok(b"up"))
        self.client.get("/")
        self.assert_told(failing=False)
        self.origin.close()
        self.assertEqual(self.client.post("/", body=b"{}").status, 502)
        self.assert_told(failing=True)
        successor = ScriptedOrigin(port=self.origin.port)
        self.addCleanup(successor.verify)
        self.addCleanup(successor.close)
        successor.once("GET", "/back", ok(b"up"))
        self.assertEqual(self.client.get("/back").status, 200)
        self.assert_told(failing=False)

    def test_shows_an_origin_that_takes_connections_and_does_not_answer(self):
        self.origin.once("GET", "/", SILENCE, ok(b"up"))
        self.assertEqual(self.client.get("/").status, 504)
        self.assert_told(failing=True)
        self.assertEqual(self.client.get("/").status, 200)
        self.assert_told(failing=False)

    def test_takes_an_error_for_an_answer_and_a_client_that_leaves_for_nothing(self):
        self.origin.once("GET", "/", respond(500))
        self.client.get("/")
        self.assert_told(failing=False)
        self.origin.once("POST", "/left", SILENCE, read_body=False)
        with self.client.connect() as connection:
            connection.send_request("POST", "/left", [("Content-Length", "1000")])
            connection.send(b"x" * 10)
            self.origin.wait_for(1, "POST")
        self.proxy.access_log(2)
        self.assert_told(failing=False)


if __name__ == "__main__":
    unittest.main()
