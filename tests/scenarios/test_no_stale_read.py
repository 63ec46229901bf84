"""Many writers and readers at once, on one node: see harness/checker.py."""

import unittest

from harness import Scenario, respond
from harness.checker import Checker


class NoStaleRead(Checker, Scenario):
    def run_on_one_node(self, kind):
        self.run_for(kind)
        self.assert_much_was_reused()
        self.assertGreater(self.proxy.metric("sidecache_write_refreshes_total"), 0)

    def test_happens_where_the_origin_commits_before_it_answers(self):
        self.run_on_one_node("before the answer")

    def test_happens_where_the_origin_commits_before_its_last_byte(self):
        self.run_on_one_node("before the last byte")


class TheCheckerItself(Checker, Scenario):
    """Fails where there is something to be found."""

    writers_may_fail = True

    def assert_fails(self, what):
        with self.assertRaisesRegex(AssertionError, what):
            self.run_for("before the answer", seconds=1, least_writes=0)

    def test_fails_where_a_read_is_stale(self):
        self.get = lambda exchange: exchange.play(respond(200, ",".join(["0"] * len(self.shown(exchange.request.path, self.database.committed()))), ("Cache-Control", "no-store")))
        self.assert_fails("[1-9][0-9]* of [0-9]+ reads were stale")

    def test_fails_where_a_write_was_refused_and_reached_the_origin(self):
        def refuse(exchange):
            self.database.receive(int(exchange.request.path.strip("/").split("/")[1]), int(exchange.request.body))
            exchange.play(respond(503, b""))

        self.patch = refuse
        self.assert_fails("refused, and yet they reached the origin")

    def test_fails_where_a_read_takes_longer_than_it_may(self):
        self.reads_within = 1e-6
        self.assert_fails("not less than or equal to 1e-06")

    def test_fails_where_a_write_takes_longer_than_it_may(self):
        self.writes_within = 1e-6
        self.assert_fails("not less than or equal to 1e-06")

    def test_fails_where_too_little_was_written(self):
        with self.assertRaisesRegex(AssertionError, "not greater than 1000000"):
            self.run_for("before the answer", seconds=0.1, least_writes=1_000_000)


if __name__ == "__main__":
    unittest.main()
