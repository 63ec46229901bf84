#!/usr/bin/env python3
"""The cache lines that pass between workers are read right from what sidecache_lines writes, and judged right."""

import contextlib
import io
import sys
import unittest
from collections import Counter
from unittest import mock

import alternating
import gate
import history
import lines
import passings

REPORT = """\
worker 0 %d
worker 1 %d
left out 0
read 12 1a5,200 1b0
write 3 - 1a5,200
write 4 - 1a5,200
end
"""

NAMES = """\
0x00000000000001a4: std::mutex::lock() at /usr/include/c++/12/bits/std_mutex.h:99
 (inlined by) sidecache::memory::Shard::find(sidecache::policy::Hash128, std::basic_string_view<char, std::char_traits<char> >) at /elsewhere/build/tsan/../../cache/memory/shard.cpp:28 (discriminator 2)
0x00000000000001af: sidecache::(anonymous namespace)::go(int) at /usr/include/made/of/it.h:7
0x00000000000001ff: std::_Function_handler<void (int), bool>::call(int) at /usr/include/c++/12/functional:5
"""


class Report(unittest.TestCase):
    def test_is_the_sum_of_both_workers(self):
        self.assertEqual(30, passings.read_workers({passings.FILE: REPORT % (10, 20)}, 2).lines)

    def test_tells_which_code_took_a_line_after_which(self):
        by_code = passings.Passings(REPORT % (10, 9)).by_code
        self.assertEqual({("read", ("1a5", "200"), ("1b0",)): 12, ("write", (), ("1a5", "200")): 7}, by_code)

    def test_that_is_missing_cut_off_or_of_fewer_workers_is_none(self):
        for files in ({}, {passings.FILE: (REPORT % (1, 2)).replace("end\n", "")}, {passings.FILE: (REPORT % (1, 2)).replace("worker 1 2\n", "")}):
            with self.assertRaises(RuntimeError):
                passings.read_workers(files, 2)

    def test_of_a_directory_that_was_too_small_is_none(self):
        with self.assertRaisesRegex(RuntimeError, "too small"):
            passings.Passings((REPORT % (1, 2)).replace("left out 0", "left out 1"))


class Names(unittest.TestCase):
    PLACES = passings.read_names(NAMES, ["1a5", "1b0", "200"])

    def test_are_without_arguments_and_from_the_root_of_this_tree(self):
        self.assertEqual(["std::mutex::lock (/usr/include/c++/12/bits/std_mutex.h:99)", "memory::Shard::find (cache/memory/shard.cpp:28)"], self.PLACES["1a5"])
        self.assertEqual(["go (/usr/include/made/of/it.h:7)"], self.PLACES["1b0"])
        self.assertEqual(["std::_Function_handler::call (/usr/include/c++/12/functional:5)"], self.PLACES["200"])

    def test_of_a_place_are_our_own_functions_behind_what_they_called(self):
        self.assertEqual("std::mutex::lock < memory::Shard::find (cache/memory/shard.cpp:28)", passings.name_place(("1a5", "200"), self.PLACES))
        self.assertEqual("go (/usr/include/made/of/it.h:7)", passings.name_place(("1b0",), self.PLACES))
        self.assertEqual("(somewhere)", passings.name_place((), self.PLACES))


class Gate(unittest.TestCase):
    """lines.py with runs that leave reports of so many lines for each hit."""

    def told(self, lines_per_hit, earlier=()):
        def run(each, program, tool, hits):
            # At start, lines pass as well: they cancel.
            return {passings.FILE: REPORT % (500, round(lines_per_hit[each.name] * hits))}

        output = io.StringIO()
        budgets = {"hit_shared": {"lines": 7.0}, "hit_apart": {"lines": 0}, "hit_alone": {"lines": 0}}
        with (mock.patch.object(gate.scenario, "run", run), mock.patch.object(gate.json, "loads", lambda text: budgets),
              mock.patch.object(history, "earlier_versions", lambda path: list(earlier)), contextlib.redirect_stdout(output)):
            return lines.main(["--bin", "sidecache_lines"]), output.getvalue()

    AS_ALLOWED = {"hit_shared": 7.0, "hit_apart": 0, "hit_alone": 0}

    def test_passes_what_is_within_its_budgets(self):
        status, output = self.told(self.AS_ALLOWED)
        self.assertEqual((0, "4 passed, 0 failed"), (status, output.splitlines()[-1]), output)

    def test_fails_where_a_line_more_passes_for_each_hit(self):
        for name in self.AS_ALLOWED:
            status, output = self.told({**self.AS_ALLOWED, name: self.AS_ALLOWED[name] + 1})
            self.assertEqual((1, "3 passed, 1 failed"), (status, output.splitlines()[-1]), output)
            self.assertIn("FAILED  %-15s" % name, output)

    def test_forgives_a_tick_now_and_then(self):
        self.assertEqual(0, self.told({**self.AS_ALLOWED, "hit_alone": 0.04})[0])

    def test_fails_where_one_of_both_workers_takes_a_line_each_time(self):
        self.assertEqual(1, self.told({**self.AS_ALLOWED, "hit_apart": 0.5})[0])

    def test_fails_where_a_budget_was_raised(self):
        status, output = self.told(self.AS_ALLOWED, [{"hit_shared": {"lines": 6.0}}])
        self.assertEqual(1, status)
        self.assertIn("the budget is 7.0, and was 6.0", output)

    def test_tells_of_a_budget_that_is_too_wide(self):
        self.assertIn("lower the budget", self.told({**self.AS_ALLOWED, "hit_shared": 6.0})[1])


class Workers(unittest.TestCase):
    class Process:
        """Two workers, 6 and 7 their epoll sets, and two connections of which the second one is the second worker's."""

        port = 8080
        FILES = {
            "net/tcp": "  sl  local_address rem_address   st\n"
                       "   0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 5 1\n"
                       "   1: 0100007F:1F90 0100007F:C350 01 0:0 0:0 0 0 0 255 1\n"
                       "   2: 0100007F:C350 0100007F:1F90 01 0:0 0:0 0 0 0 9 1\n",
            "fdinfo/7": "pos:\t0\ntfd:        5 events: 8000001b data:     55814ce4a380  pos:0 ino:ff sdev:9\n",
        }

        def process_file(self, name):
            return self.FILES[name]

    def test_are_known_by_the_sockets_that_they_wait_for(self):
        client = mock.Mock()
        client.socket.getsockname.return_value = ("127.0.0.1", 50000)
        inode = alternating.inode_of(self.Process(), client)
        self.assertEqual((255, {255}), (inode, alternating.waits_for(self.Process(), 7)))
        client.socket.getsockname.return_value = ("127.0.0.1", 50001)
        self.assertIsNone(alternating.inode_of(self.Process(), client))


if __name__ == "__main__":
    sys.exit(unittest.main())
