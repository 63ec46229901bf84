#!/usr/bin/env python3
"""The benchmarks of single steps run, do what they are called, and what promises to allocate nothing does not. Of speed nothing is judged.

    micro_test.py --bin build/release/benchmarks/micro
"""

import argparse
import json
import subprocess
import sys
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SUBJECTS = {path.stem for path in FOLDER.glob("*.cpp")} - {"main"}
# With warm buffers, whatever the input. What fills and stores may allocate, and a scrape does.
ALLOCATE_NOTHING = ("parse/", "key/", "lookup/", "reuse/decide/", "reuse/assess_request/", "reuse/client_has_it/", "patch/", "metrics/record/", "metrics/log",
                    "epochs/stamp", "epochs/is_reusable/", "resp/request/", "query/get/")
binary = None


class Micro(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        told = subprocess.run([binary, "--benchmark_min_time=0.001", "--benchmark_format=json"], capture_output=True, text=True, timeout=240, check=True)
        told = json.loads(told.stdout)["benchmarks"]
        cls.wrong = {each["name"]: each["error_message"] for each in told if each.get("error_occurred")}  # these have no figures
        cls.benchmarks = [each for each in told if each["name"] not in cls.wrong]

    def named(self, beginning):
        found = [each for each in self.benchmarks if each["name"].startswith(beginning)]
        self.assertTrue(found, "no benchmark is called %s" % beginning)
        return found

    def test_each_file_has_benchmarks_of_its_name_and_no_other(self):
        self.assertEqual({each["name"].split("/")[0] for each in self.benchmarks} - {"control"}, SUBJECTS)

    def test_no_two_have_one_name(self):
        names = [each["name"] for each in self.benchmarks]
        self.assertEqual(sorted(names), sorted(set(names)))

    def test_each_did_what_it_is_called(self):
        self.assertEqual(self.wrong, {})

    def test_each_tells_its_time_and_its_allocations(self):
        for each in self.benchmarks:
            with self.subTest(each["name"]):
                self.assertGreater(each["iterations"], 0)
                self.assertGreater(each["real_time"], 0)
                self.assertGreaterEqual(each["allocations"], 0)

    def test_an_allocation_is_counted(self):
        self.assertEqual([each["allocations"] for each in self.named("control/one_allocation")], [1])
        self.assertEqual([each["allocations"] for each in self.named("control/nothing")], [0])

    def test_what_promises_to_allocate_nothing_does_not(self):
        for beginning in ALLOCATE_NOTHING:
            self.assertEqual({each["name"]: each["allocations"] for each in self.named(beginning) if each["allocations"] != 0}, {})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=lambda path: str(Path(path).resolve()))
    binary = parser.parse_args().bin
    unittest.main(argv=sys.argv[:1])
