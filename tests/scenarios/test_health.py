"""/healthz: every worker's loop turned within two seconds. It is told by a thread that no worker can hold up."""

import json
import time
import unittest

from harness import Scenario, ok, run_sidecache, wait_until
from harness_threads import Stopped, busiest_thread

FRESH = ("Cache-Control", "max-age=600")


class AWorkerThatIsStuck(Scenario):
    arguments = ("--set", "log.access=off")

    def setUp(self):
        super().setUp()
        self.origin.once("GET", "/a", ok(b"a", FRESH))
        self.client.get("/a")

    def connect_to_each_worker(self):
        """{thread: a connection that it serves}. The kernel spreads connections over the workers as it likes."""
        served = {}
        for _ in range(100):
            connection = self.client.connect()
            self.addCleanup(connection.close)
            served.setdefault(busiest_thread(self.proxy.pid, lambda: [self.assert_hit(connection.get("/a"), b"a") for _ in range(200)]), connection)
            if len(served) == self.workers:
                return served
        self.fail(f"of {self.workers} workers only {len(served)} served a connection")

    def health(self):
        response = self.proxy.admin("/healthz")
        return response.status, json.loads(response.body)

    def wait_for_health(self, status, stuck):
        told = {"healthy": status == 200, "workers": self.workers, "stuck": stuck}
        wait_until(lambda: self.health() == (status, told), f"{status} {told}")

    def test_makes_healthz_answer_503_until_it_turns_again(self):
        (stuck, waiting), (_, served) = self.connect_to_each_worker().items()
        self.wait_for_health(200, 0)
        with Stopped(stuck):
            begun = time.monotonic()
            waiting.send_request("GET", "/a")
            self.wait_for_health(503, 1)
            self.assertGreater(time.monotonic() - begun, 1, "a pause is no hang")
            self.assert_hit(served.get("/a"), b"a")
            self.assertFalse(waiting.has_bytes_within(0))
        self.assert_hit(waiting.read_response(), b"a")
        self.wait_for_health(200, 0)

    def test_does_not_keep_the_admin_door_from_answering(self):
        first, second = self.connect_to_each_worker()
        with Stopped(first):
            with Stopped(second):
                self.wait_for_health(503, 2)
                self.assertEqual(self.proxy.admin("/metrics").status, 200)
                self.assertEqual(self.proxy.admin("/readyz").status, 200)
            self.wait_for_health(503, 1)
        self.wait_for_health(200, 0)

    def test_is_what_the_healthcheck_command_says(self):
        host, port = self.proxy.admin_address
        stuck, _ = self.connect_to_each_worker()
        with Stopped(stuck):
            self.wait_for_health(503, 1)
            done = run_sidecache("healthcheck", "--admin", f"{host}:{port}")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", "unhealthy: HTTP/1.1 503 Service Unavailable\n"))
        self.wait_for_health(200, 0)
        done = run_sidecache("healthcheck", "--admin", f"{host}:{port}")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
