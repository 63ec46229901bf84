"""Many writers and readers at once, on one node: see harness/checker.py."""

import unittest

from harness import Scenario
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


if __name__ == "__main__":
    unittest.main()
