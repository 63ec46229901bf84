#!/usr/bin/env python3
"""The counts are read right from what callgrind and strace write, and judged right."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import callgrind
import counts
import history
import strace

PROFILE = """\
positions: line
events: Ir

fn=(1) sidecache::door::Connection::look()
16 400
cfn=(2) operator new(unsigned long)
calls=3 50
16 900

fn=(2)
50 30
cob=(7) /lib/libc.so
cfi=(8) malloc.c
cfn=(3) malloc
calls=3 +4
* 600
+3 7

fn=(3)
54 560
cfn=(4) malloc'2
calls=1 60
54 40
"""


class Callgrind(unittest.TestCase):
    def test_only_own_instructions_are_summed(self):
        self.assertEqual(400 + 30 + 7 + 560, callgrind.Profile(PROFILE).instructions)

    def test_allocations_are_counted_once_each(self):
        self.assertEqual(3, callgrind.Profile(PROFILE).allocations)

    def test_the_worker_is_the_thread_that_serves_connections(self):
        other = PROFILE.replace("door::Connection::look", "telemetry::LogOutput::run")
        files = {"callgrind.out": "", "callgrind.out-01": other, "callgrind.out-02": PROFILE}
        self.assertIn("sidecache::door::Connection::look()", callgrind.read_workers(files).functions)
        with self.assertRaises(RuntimeError):
            callgrind.read_workers({"callgrind.out-01": other})

    def test_of_two_workers_both_must_have_served_and_are_summed(self):
        files = {"callgrind.out-02": PROFILE, "callgrind.out-03": PROFILE}
        both, one = callgrind.read_workers(files, 2), callgrind.Profile(PROFILE)
        self.assertEqual((2 * one.instructions, 2 * one.allocations), (both.instructions, both.allocations))
        with self.assertRaises(RuntimeError):
            callgrind.read_workers({"callgrind.out-02": PROFILE}, 2)

    def test_locks_are_counted_whoever_takes_them(self):
        taken = PROFILE.replace("(3) malloc\ncalls=3", "(3) pthread_mutex_lock@@GLIBC_2.2.5\ncalls=3")
        self.assertEqual((0, 3), (callgrind.Profile(PROFILE).locks, callgrind.Profile(taken).locks))


class Strace(unittest.TestCase):
    def test_the_worker_is_the_thread_that_sends(self):
        files = {
            "strace.out.1": 'execve("sidecache") = 0\n' * 9 + "+++ exited with 0 +++\n",
            "strace.out.2": 'epoll_wait(5, [], 128, -1) = 1\nrecvfrom(9, "GET", 2048, 0) = 3\nsendmsg(9, {}, 0) = 3\n--- SIGTERM ---\n',
        }
        self.assertEqual({"epoll_wait": 1, "recvfrom": 1, "sendmsg": 1}, dict(strace.read_workers(files)))
        self.assertFalse(strace.is_complete(files))

    def test_ticks_are_left_out_however_often_the_timer_is_set_anew(self):
        tick, hit = ["epoll_wait", "timerfd_settime"], ["epoll_wait", "recvmsg", "sendmsg"]
        for names in (hit + hit, tick + hit + tick + hit, hit + tick + ["timerfd_settime"] + tick + hit, hit + hit + tick):
            self.assertEqual({"epoll_wait": 2, "recvmsg": 2, "sendmsg": 2}, dict(strace.count_without_ticks(names)), names)


class Judgement(unittest.TestCase):
    def test_a_count_over_its_budget_fails(self):
        self.assertEqual((True, True), (counts.judge("hit", "allocations", 1.0, 0)[1], counts.judge("hit", "system_calls", 3.1, 3)[1]))

    def test_instructions_may_exceed_it_by_two_in_a_hundred(self):
        self.assertEqual((False, True), (counts.judge("hit", "instructions", 1020, 1000)[1], counts.judge("hit", "instructions", 1021, 1000)[1]))

    def test_ticks_of_the_timer_are_forgiven_where_the_origin_is_waited_for(self):
        self.assertEqual((False, True), (counts.judge("pass", "system_calls", 10.3, 10)[1], counts.judge("pass", "system_calls", 10.4, 10)[1]))

    def test_one_more_lock_for_each_request_fails_however_many_ticks_there_are(self):
        self.assertEqual((False, True), (counts.judge("hit", "locks", 4.3, 4)[1], counts.judge("hit", "locks", 5.0, 4)[1]))

    def test_a_budget_that_is_too_wide_is_told(self):
        self.assertEqual(("lower the budget", False), (counts.judge("hit", "instructions", 890, 1000)[0][-16:], counts.judge("hit", "instructions", 890, 1000)[1]))


class Budgets(unittest.TestCase):
    EARLIER = [{"hit": {"instructions": 90, "allocations": 0}}, {"hit": {"instructions": 100, "allocations": 0}}]

    def test_may_stay_fall_and_be_added(self):
        self.assertEqual([], history.raised({"hit": {"instructions": 90, "allocations": 0}}, self.EARLIER))
        self.assertEqual([], history.raised({"hit": {"instructions": 80, "allocations": 0}, "pass": {"instructions": 7}}, self.EARLIER))

    def test_may_not_rise_above_the_lowest_that_they_ever_were(self):
        self.assertEqual([("hit", "instructions", 95, 90)], history.raised({"hit": {"instructions": 95, "allocations": 0}}, self.EARLIER))

    def test_may_not_go(self):
        self.assertEqual([("hit", "allocations", None, 0)], history.raised({"hit": {"instructions": 90}}, self.EARLIER))

    def test_are_read_from_each_commit(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "budgets.json"
            history.git(folder, "init", "--quiet")
            for number in (2, 1):
                path.write_text(json.dumps({"hit": {"instructions": number}}))
                history.git(folder, "add", path.name)
                history.git(folder, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "Set")
            self.assertEqual([{"hit": {"instructions": 1}}, {"hit": {"instructions": 2}}], history.earlier_versions(path))
            # The last commit alone says nothing of what stood there before.
            history.git(folder, "clone", "--quiet", "--depth", "1", "file://" + folder, folder + "/shallow")
            self.assertIsNone(history.earlier_versions(Path(folder) / "shallow" / path.name))

    def test_have_no_history_outside_a_repository(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIsNone(history.earlier_versions(Path(folder) / "budgets.json"))


if __name__ == "__main__":
    sys.exit(unittest.main())
