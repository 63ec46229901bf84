#!/usr/bin/env python3
"""The comparison of the query door with redis-server: it is judged right, and it works: queries_test.py --bin build/release/sidecache"""

import argparse
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import queries  # noqa: E402
from queries import WORKLOADS, Cell, Plan, Redis, Series, Sidecache, Workload, judge, measure, read_told  # noqa: E402

ASKED = Workload("get", "GET", queries.GET, asked=1.0, reads=1)
PROGRAM = None


def series(candidate, *costs, problems=()):
    return Series(candidate, [Cell(cost, 0.9, 0.01, 100_000, 0.3, 0.4) for cost in costs], list(problems))


class WhatRedisBenchmarkTells(unittest.TestCase):
    def test_is_the_last_row_of_its_csv(self):
        told = 'ignored\n"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"\n"GET","109343.5","0.3","0.1","0.31","0.4","0.43","1.2"\n'
        self.assertEqual(read_told(told), (109343.5, 0.31, 0.43))

    def test_without_figures_is_an_error_that_shows_its_words(self):
        with self.assertRaisesRegex(RuntimeError, "Could not connect"):
            read_told("Could not connect to Redis at 127.0.0.1:1")


class Judged(unittest.TestCase):
    def judged(self, ours, redis, workload=ASKED, **named):
        verdicts = judge(workload, [series("redis-server", redis), series("sidecache", ours, **named)])
        return [str(verdict) for verdict in verdicts if verdict.is_counted and not verdict.is_good]

    def test_a_command_may_cost_what_it_costs_redis_and_the_margin(self):
        self.assertEqual(self.judged(11.4, 10), [])
        self.assertEqual(self.judged(11.6, 10), ["FAILED  get: sidecache uses 1.16 x the CPU of redis-server; asked: 1.00, at most 1.15 passes"])

    def test_what_nobody_asks_is_only_told(self):
        self.assertEqual(self.judged(30, 10, workload=Workload("set", "SET", queries.SET)), [])

    def test_a_wrong_answer_fails(self):
        self.assertEqual(self.judged(5, 10, problems=["3 keys were found"]), ["FAILED  get: sidecache: 3 keys were found"])


class Measured(unittest.TestCase):
    def test_both_answer_each_workload_right(self):
        cpus = sorted(os.sched_getaffinity(0))
        plan = Plan(rounds=1, seconds=0.05, server_cpu=cpus[0], load_cpu=cpus[-1], fewest=1600)
        for workload in WORKLOADS:
            with self.subTest(workload.name):
                everyone = measure(workload, [Redis(), Sidecache(PROGRAM)], plan, lambda _: None)
                self.assertEqual([(each.candidate, each.problems, len(each.cells)) for each in everyone], [("redis-server", [], 1), ("sidecache", [], 1)])
                self.assertEqual(len(queries.show(everyone, False).splitlines()), 3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    arguments, rest = parser.parse_known_args()
    PROGRAM = arguments.bin.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
