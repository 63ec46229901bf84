#!/usr/bin/env python3
"""hit_ratio as a program: what it tells of a trace, when it fails, and what plot.py makes of it. The policies have tests of their own, policies_test.cpp.

    hit_ratio_test.py --bin build/release/benchmarks/hit_ratio
"""

import argparse
import gzip
import importlib.util
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
OVERHEAD = 48  # bytes that the store counts for its index
YARDSTICKS = ("LRU", "S3-FIFO", "SIEVE", "W-TinyLFU", "GDSF")
binary = None


class HitRatio(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sidecache-hit-ratio-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def trace(self, requests, name="made.txt.gz"):
        path = self.folder / name
        path.write_bytes(gzip.compress("".join("%s %d\n" % request for request in requests).encode()))
        return path

    def run_it(self, *arguments):
        return subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)

    def compare(self, *arguments):
        """The only trace of what was written, and what was told. Fails unless the exit status is what the verdicts say."""
        told = self.run_it(*arguments, "--json", self.folder / "all.json")
        self.assertEqual((told.returncode, told.stderr), (1 if "\nnot yet " in told.stdout else 0, ""), told.stdout)
        (trace,) = json.loads((self.folder / "all.json").read_text())["traces"]
        return trace, told.stdout

    def test_tells_hits_of_requests_and_of_bytes(self):
        # There is room for all: `a` is hit twice, `b` once. W-TinyLFU keeps a hundredth of the room for its window, and lacks it for one of them.
        trace, told = self.compare(self.trace([("a", 1000), ("b", 500), ("a", 1000), ("a", 1000), ("b", 500)]), "--share", "1")
        self.assertEqual((trace["trace"], trace["requests"], trace["objects"], trace["footprint"]), ("made", 5, 2, 1500 + 2 * OVERHEAD))
        for name in ("sidecache", "LRU", "FIFO", "S3-FIFO", "SIEVE", "GDSF"):
            (cell,) = trace["policies"][name]
            self.assertEqual(cell, {"share": 1.0, "objects": 3 / 5, "bytes": 2500 / 4000}, name)
        self.assertIn("hits, % of bytes", told)

    def test_tells_of_bytes_only_where_objects_have_sizes(self):
        trace, told = self.compare(self.trace([("a", 1), ("b", 1), ("a", 1)]), "--share", "1", "--unknown-size", "952")
        self.assertEqual(trace["footprint"], 2000)
        self.assertNotIn("hits, % of bytes", told)

    def test_budgets_are_shares_of_the_footprint(self):
        # Round and round through ten: LRU and FIFO hit nothing with room for nine, and everything but the first round with room for ten.
        requests = [("key%d" % (count % 10), 1) for count in range(100)]
        trace, _ = self.compare(self.trace(requests), "--share", "0.9,1")
        self.assertEqual([cell["objects"] for cell in trace["policies"]["LRU"]], [0, 0.9])
        self.assertEqual([cell["objects"] for cell in trace["policies"]["FIFO"]], [0, 0.9])

    def test_stores_nothing_larger_than_the_cap_by_any_policy(self):
        trace, _ = self.compare(self.trace([("a", 1000), ("b", 1001)] * 10), "--share", "1", "--cap", "1000")
        for name in YARDSTICKS:
            self.assertEqual(trace["policies"][name][0]["objects"], 9 / 20, name)
        trace, _ = self.compare(self.trace([("a", 1000), ("b", 1001)] * 10), "--share", "1", "--cap", "0")
        self.assertEqual(trace["policies"]["LRU"][0]["objects"], 18 / 20)

    def test_compares_with_the_best_of_the_yardsticks(self):
        requests = [("key%d" % (count * count % 97), 100 + count % 97 * 20) for count in range(3000)]
        trace, told = self.compare(self.trace(requests), "--share", "0.2")
        best = max(YARDSTICKS, key=lambda name: trace["policies"][name][0]["objects"])
        points = 100 * (trace["policies"]["sidecache"][0]["objects"] - trace["policies"][best][0]["objects"])
        self.assertIn("%+.2f points beside %s; asked: -1 or more" % (points, best), told)

    def test_allows_three_points_where_few_objects_are_most_of_the_bytes(self):
        requests = [("key%d" % count, 10_000 if count == 7 else 1 + count % 2) for count in range(100)] * 2
        trace, told = self.compare(self.trace(requests), "--share", "1")
        self.assertEqual(trace["margin"], 3)
        self.assertIn("asked: -3 or more", told)

    def test_asks_the_store_under_many_threads(self):
        requests = [("key%d" % (count * count % 997), 100) for count in range(20_000)]
        objects = len(set(requests))
        trace, told = self.compare(self.trace(requests), "--share", "1", "--threads", "3")
        alone, together = (trace["policies"][name][0]["objects"] for name in ("sidecache", "sidecache, 3 threads"))
        self.assertLessEqual(alone - together, 2 * objects / len(requests))  # at worst each of them misses each
        self.assertIn("threads less one", told)

    def test_says_what_is_wrong_with_a_trace(self):
        wrong = self.folder / "wrong.txt"
        wrong.write_text("a 10\nb ten\n")
        told = self.run_it(wrong)
        self.assertEqual((told.returncode, told.stderr), (2, "hit_ratio: %s:2: expected 'key size', got 'b ten'\n" % wrong))

    def test_says_that_figures_cannot_be_written(self):
        told = self.run_it(self.trace([("a", 1)]), "--share", "1", "--json", self.folder / "none" / "all.json")
        self.assertEqual((told.returncode, told.stderr), (2, "hit_ratio: %s: cannot be written\n" % (self.folder / "none" / "all.json")))

    @unittest.skipUnless(importlib.util.find_spec("matplotlib"), "python3-matplotlib is not installed")
    def test_is_plotted(self):
        self.compare(self.trace([("a", 1000), ("b", 500), ("a", 1000)]), "--share", "0.5,1", "--threads", "2")
        picture = self.folder / "plots" / "made.png"
        subprocess.run([sys.executable, FOLDER / "plot.py", self.folder / "all.json", picture], timeout=60, check=True)
        self.assertEqual(picture.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=lambda path: str(Path(path).resolve()))
    binary = parser.parse_args().bin
    unittest.main(argv=sys.argv[:1])
