#!/usr/bin/env python3
"""Figures come out, and what must fail fails: with made-up figures, and in a short run where the programs are built.

    fleet_test.py [--build build/release]
"""

import argparse
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from dataclasses import replace
from pathlib import Path

import fleet  # it also says where benchmarks/load and the scenarios' harness are

import claims  # noqa: I001
import costs
import faults
import report
import slow_node
from asking import Answers, read_told
from costs import ALONE, READS, WRITES
from judge import Verdict
from nodes import SlowRelay
from rounds import Cell, Series
from slow_node import NodeFigures, Phase, Plan
from watch import Look, hit_share
from wrk import Load

LOAD = Load(requests=1000, microseconds=500_000, bytes=1_300_000, p50_us=600, p99_us=900, max_us=5000,
            connect_errors=0, read_errors=0, write_errors=0, timeouts=0, bad_statuses=0)
ANSWERS = Answers(requests=1000, unanswered=0, bad=0, waited=0, p50_ms=4, p99_ms=9, max_ms=20, lag_p99_ms=0.1, statuses={200: 1100})
READ = replace(ANSWERS, p50_ms=0.2, p99_ms=2)
PLAN = Plan("0,1", None, writes=600, reads=100, seconds=30, rounds=1, delay=0.2, lease=2, deadline=4, pool=256)
REFUSED = "sidecache --set redis.consistency=verified ended with 2 before it listened; it said:\nsidecache: expected strict or bounded, got 'verified'\n"
build = fleet.ROOT / "build" / "release"


def series(candidate, *costs_us, problems=(), p50_us=600):
    return Series(candidate, True, "reads", [Cell(replace(LOAD, p50_us=p50_us), cost, 0.9, 0.01) for cost in costs_us], problems=list(problems))


def failures(verdicts):
    return [str(verdict) for verdict in verdicts if verdict.is_counted and not verdict.is_good]


def look(at, resident=30 << 20, lag=0.0):
    names = ("node 1", "node 2", "node 3", "redis-server", "bystander")
    return Look(at, dict.fromkeys(names, resident), dict.fromkeys(names, at / 10), dict.fromkeys(names[:3], lag), dict.fromkeys(names[:3], 1.0), dict.fromkeys(names[:3], 0.0))


def phase(is_slow, writes=ANSWERS, reads=READ, looks=None, bystander=READ):
    nodes = [NodeFigures("node %d" % number, writes, reads if number < 3 else None, 0.99) for number in (1, 2, 3)]
    return Phase(is_slow, 600, nodes, looks or [look(at) for at in range(32)], ("node 1", "node 2", "node 3", "redis-server", "bystander"), (), (1, 31), bystander)


def judged(slow, **of_plan):
    return claims.judge(replace(PLAN, **of_plan), [phase(False)], [phase(False), slow])


class WhatAnOpenLoopTells(unittest.TestCase):
    TOLD = {"requests": 10, "unanswered": 1, "closed": 3, "bad": 0, "bytes": 99, "p50_us": 1500, "p90_us": 2, "p99_us": 2500, "p999_us": 3, "max_us": 4000,
            "lag_p99_us": 80, "waited": 2, "statuses": {"200": 8, "503": 3}}

    def test_is_read_in_milliseconds_and_by_status(self):
        answers = read_told(json.dumps(self.TOLD))
        self.assertEqual((answers.p50_ms, answers.p99_ms, answers.max_ms, answers.lag_p99_ms), (1.5, 2.5, 4, 0.08))
        self.assertEqual((answers.count(200), answers.count(503), answers.count(504), answers.lost, answers.waited), (8, 3, 0, 1, 2))

    def test_is_all_good_only_where_each_was_answered_200(self):
        self.assertTrue(ANSWERS.are_all_good)
        self.assertFalse(replace(ANSWERS, unanswered=1).are_all_good)
        self.assertFalse(replace(ANSWERS, statuses={200: 9, 503: 1}).are_all_good)
        self.assertFalse(replace(ANSWERS, statuses={}).are_all_good)


class Costs(unittest.TestCase):
    def test_of_reads_are_compared_within_rounds_and_may_be_missed_by_the_margin(self):
        self.assertEqual(failures(costs.judge(READS, [series(ALONE, 10, 20), series("strict, 2 nodes", 10.9, 21.8)])), [])
        failed = failures(costs.judge(READS, [series(ALONE, 10, 20), series("strict, 2 nodes", 11.2, 22.4)]))
        self.assertEqual(failed, ["FAILED  reads: with Redis healthy, a hit at a node of strict, 2 nodes costs 1.12 x the CPU of one node's; asked: 1, at most 1.10 passes"])

    def test_of_reads_that_ask_redis_are_told_and_fail_nothing(self):
        verdicts = costs.judge(READS, [series(ALONE, 10), series("verified, 2 nodes", 40)])
        self.assertEqual(failures(verdicts), [])
        self.assertTrue(any("not yet" in str(verdict) and "4.00 x" in str(verdict) for verdict in verdicts))

    def test_of_a_mode_that_the_proxy_refuses_are_told_as_that_and_fail_nothing(self):
        everyone = [series(ALONE, 10), series("verified, 2 nodes", problems=[REFUSED])]
        self.assertEqual(list(costs.rows(READS, everyone))[1], ["verified, 2 nodes: refused"] + ["-"] * 7)
        verdicts = costs.judge(READS, everyone)
        self.assertEqual(failures(verdicts), [])
        self.assertIn("this proxy refuses it: sidecache: expected strict or bounded, got 'verified'", str(verdicts[1]))

    def test_of_who_does_not_start_for_another_reason_fail(self):
        everyone = [series(ALONE, 10), series("strict, 2 nodes", problems=["ended with 1 before it listened; it said:\n"])]
        self.assertEqual(list(costs.rows(READS, everyone))[1][0], "strict, 2 nodes: failed")
        self.assertEqual(len(failures(costs.judge(READS, everyone))), 1)

    def test_of_a_wrong_answer_fail(self):
        failed = failures(costs.judge(READS, [series(ALONE, 10), series("strict, 2 nodes", 10, problems=["2 timeouts"])]))
        self.assertEqual(failed, ["FAILED  reads: strict, 2 nodes: 2 timeouts"])

    def test_of_a_write_are_what_it_takes_longer_than_at_one_node(self):
        one, many = WRITES
        everyone = [series(ALONE, 50, p50_us=150), series("strict, 2 nodes", 200, p50_us=900)]
        self.assertIn("ok      one write: strict, 2 nodes: p50 0.90 ms, of one node 0.15 ms: intent, tick and confirmation take 0.75 ms; asked: at most 2",
                      map(str, costs.judge(one, everyone)))
        self.assertEqual(len(costs.judge(many, everyone)), 2)  # that the answers are right

    def test_stand_in_a_row_as_wide_as_its_columns(self):
        for cells in costs.rows(READS, [series(ALONE, 10), series("strict, 2 nodes")]):
            self.assertEqual(len(cells), len(costs.COLUMNS))


class OneSlowNode(unittest.TestCase):
    def test_that_changes_nothing_passes(self):
        verdicts = judged(phase(True))
        self.assertEqual(failures(verdicts), [])
        self.assertEqual(sum(verdict.is_counted for verdict in verdicts), 11)

    def test_fails_where_reads_at_the_others_take_longer(self):
        self.assertEqual(failures(judged(phase(True, reads=replace(READ, p99_ms=2.9)))), [])
        failed = failures(judged(phase(True, reads=replace(READ, p99_ms=3.2))))
        self.assertEqual(len(failed), 1)
        self.assertIn("p99 of reads at the others 3.20 ms, of who is in no fleet 2.00 ms; without it 2.00 and 2.00 ms", failed[0])
        as_beside = replace(READ, p99_ms=3.0)
        self.assertEqual(failures(judged(phase(True, reads=replace(READ, p99_ms=4.4), bystander=as_beside))), [])
        self.assertEqual(len(failures(judged(phase(True, reads=replace(READ, p99_ms=4.6), bystander=as_beside)))), 1)

    def test_fails_where_a_read_is_refused(self):
        self.assertIn("some were not", failures(judged(phase(True, reads=replace(READ, statuses={200: 9, 503: 1}))))[0])

    def test_fails_where_a_write_takes_longer_than_the_bound(self):
        self.assertEqual(failures(judged(phase(True, writes=replace(ANSWERS, max_ms=6999)))), [])
        failed = failures(judged(phase(True, writes=replace(ANSWERS, max_ms=7001, waited=4))))
        self.assertEqual(failed, ["FAILED  one node slow: longest write 7001 ms; asked: at most 1.5 L + D = 7000 ms "
                                  "(12 waited for a connection of their own first)"])

    def test_tells_what_is_refused_and_fails_where_something_is_never_answered(self):
        verdicts = judged(phase(True, writes=replace(ANSWERS, statuses={200: 900, 503: 90, 504: 10})))
        self.assertEqual(failures(verdicts), [])
        self.assertTrue(any("200: 2700, 503: 270, 504: 30, otherwise: 0, not at all: 0" in str(verdict) for verdict in verdicts))
        self.assertEqual(len(failures(judged(phase(True, writes=replace(ANSWERS, unanswered=1))))), 1)
        self.assertEqual(len(failures(judged(phase(True, writes=replace(ANSWERS, statuses={200: 900, 502: 1}))))), 1)

    def test_fails_where_memory_or_lag_grow_as_long_as_it_is_slow(self):
        growing = phase(True, looks=[look(at, resident=(30 + 3 * at) << 20) for at in range(32)])
        self.assertEqual(len(failures(judged(growing))), 4)
        lagging = phase(True, looks=[look(at, lag=200.0 * at) for at in range(32)])
        self.assertEqual(len(failures(judged(lagging))), 3)
        self.assertEqual(failures(judged(growing, seconds=8)), [])  # in so short a run that is only told
        falling_back = phase(True, looks=[look(at, lag=25_000 + 3000.0 * (at % 9)) for at in range(32)])
        self.assertEqual(failures(judged(falling_back)), [])
        full = phase(True, looks=[look(at, resident=min(30 + 30 * at, 200) << 20, lag=min(1000.0 * at, 5000)) for at in range(32)])
        self.assertEqual(failures(judged(full)), [])

    def test_fails_where_writes_are_refused_without_it(self):
        phases = [phase(False, writes=replace(ANSWERS, statuses={200: 1000, 503: 1})), phase(True)]
        self.assertEqual(failures(claims.judge(PLAN, [], phases)), ["FAILED  no node slow: 3 writes were not answered 200; asked: 0"])

    def test_fails_where_no_rate_holds_and_tells_where_a_lower_one_does(self):
        self.assertEqual(failures(claims.judge(PLAN, [phase(False)], [])),
                         ["FAILED  rate: this machine drives no rate that was tried, with no node slow: 600 writes/s"])
        verdicts = judged(phase(True), writes=5000)
        self.assertEqual(failures(verdicts), [])
        self.assertIn("not yet rate: 600 writes/s hold", str(verdicts[0]))

    def test_is_shown_in_rows_as_wide_as_their_columns(self):
        for is_slow in (False, True):
            found = list(claims.rows(is_slow, [phase(is_slow), phase(is_slow)]))
            self.assertEqual([cells[0] for cells in found], ["node 1", "node 2", "node 3 (slow)" if is_slow else "node 3", "redis-server", "bystander", "open loops"])
            self.assertEqual({len(cells) for cells in found}, {len(claims.COLUMNS)})
            self.assertEqual(found[0][1:4], ["2000", "2200", "0"])
        self.assertIn("node 3 (slow)", report.table(None, [phase(True)], claims.ONE_SLOW))


class Faults(unittest.TestCase):
    RUN = {"test": "RedisFails.test_it_is_killed_and_started_again", "kind": "before the answer", "nodes": 3, "reads": 1000, "reused": 900, "stale": 0, "slowest_read": 0.124,
           "writes": 50, "refused": 3, "unheard": 1, "slowest_write": 2.01, "recovered": 0.5}

    def test_stand_in_a_table_in_the_words_of_their_scenarios(self):
        head, line, two, three = faults.table([self.RUN, {**self.RUN, "nodes": 2, "recovered": None}]).split("\n")
        self.assertEqual({line.count("|") for line in (head, line, two, three)}, {len(faults.COLUMNS) + 1})
        self.assertEqual(three, "| redis fails: it is killed and started again | 3 | 1000 | 90 % | 0 | 0.12 | 50 | 3 | 1 | 2.01 | 0.50 |")
        self.assertTrue(two.endswith("| 2.01 | - |"))


class ARate(unittest.TestCase):
    def test_holds_while_all_are_answered_200_and_none_waits_long(self):
        self.assertTrue(phase(False).holds(2))
        self.assertTrue(phase(False, writes=replace(ANSWERS, p99_ms=499)).holds(2))
        for bad in (replace(ANSWERS, p99_ms=501), replace(ANSWERS, unanswered=1), replace(ANSWERS, statuses={200: 1, 504: 1})):
            self.assertFalse(phase(False, writes=bad).holds(2))

    def test_is_the_highest_that_holds_of_some_and_of_what_is_between(self):
        def found(most):
            tried = []
            return slow_node.highest_that(lambda share: tried.append(share) or share <= most), tried

        self.assertEqual(found(1), (1, [1]))
        self.assertEqual(found(0.75)[1], [1, 0.8, 0.6, 0.7, 0.75])
        self.assertAlmostEqual(found(0.75)[0], 0.75)
        self.assertEqual(found(0.61)[0], 0.6)
        self.assertEqual(found(0)[0], None)

    def test_gets_as_many_connections_as_writes_may_wait(self):
        self.assertEqual(PLAN.bound, 7)
        self.assertEqual(PLAN.most_connections(100), 800)
        self.assertEqual(PLAN.most_connections(1), 64)
        self.assertLess(PLAN.most_connections(1e9), 1e9)


class Requests(unittest.TestCase):
    def test_write_each_row_once_and_nothing_that_is_read(self):
        targets = [request.split()[1] for request in slow_node.writes(random.Random(1))]
        self.assertEqual(len(set(targets)), slow_node.ROWS)
        self.assertTrue(all(target.startswith(b"/api/doctors/") for target in targets))
        self.assertTrue(all(request.split()[1].startswith(b"/api/patients/") for request in slow_node.reads()))
        methods = [request.split()[0] for request in slow_node.writes(random.Random(1))]
        self.assertEqual(methods.count(b"PATCH"), methods.count(b"POST"))

    def test_of_writes_have_no_content_and_are_not_stored(self):
        for workload in WRITES:
            self.assertFalse(workload.is_hit)
            self.assertEqual(len(set(workload.requests())), workload.urls)
            self.assertTrue(all(b"Content-Length: 0\r\n" in request for request in workload.requests()))


class Watched(unittest.TestCase):
    def test_hits_are_those_of_what_was_read_meanwhile(self):
        def told(hits, misses, passed):
            form = 'sidecache_requests_total{route="",outcome="%s",status_class="2xx"}'
            return {form % "hit": hits, form % "miss": misses, form % "pass": passed}

        self.assertEqual(hit_share(told(10, 10, 0), told(100, 20, 500)), 0.9)
        self.assertIsNone(hit_share(told(1, 1, 0), told(1, 1, 9)))
        self.assertIsNone(hit_share(None, told(1, 1, 9)))

    def test_windows_are_thirds_of_what_is_measured(self):
        climbing = phase(True, looks=[look(at, resident=at) for at in range(32)])
        self.assertEqual(claims.thirds([climbing], "resident", "node 1"), [list(range(11, 22)), list(range(21, 32))])
        self.assertEqual(claims.thirds([climbing], "resident", "nobody"), [[], []])

    def test_who_has_no_part_in_it_is_told_as_a_disturbance(self):
        looks = [replace(look(at), cpu={**look(at).cpu, "machine": 2.0 * at, "this program": 0.1 * at}) for at in range(1, 32)]
        self.assertAlmostEqual(phase(True, looks=looks).others(), 2 - 0.5 - 0.1)
        self.assertIn("140 % of a CPU in the median phase", claims.tell_disturbance([phase(True, looks=looks)]))
        self.assertIn("a quiet machine", claims.tell_disturbance([phase(True)]))

    def test_cpu_is_what_was_used_between_the_first_look_and_the_last(self):
        self.assertAlmostEqual(phase(True).busy("node 1", "node 2"), 0.2)
        self.assertEqual(phase(True).busy("nobody"), 0)


class ASlowRelay(unittest.TestCase):
    def test_passes_on_at_once_until_it_is_told_to_be_slow_and_ends_when_told(self):
        with socket.create_server(("127.0.0.1", 0)) as echo, tempfile.TemporaryDirectory() as folder:
            relay = SlowRelay(Path(folder), ",".join(map(str, os.sched_getaffinity(0))), echo.getsockname()[1], 0.2)
            self.addCleanup(relay.stop)
            echo.accept()[0].close()  # whoever looked whether the relay listens
            with socket.create_connection(("127.0.0.1", relay.port), 10) as client:
                server, _ = echo.accept()
                threading.Thread(target=lambda: [server.sendall(server.recv(100)) for _ in range(3)], daemon=True).start()

                def ask():
                    began = time.monotonic()
                    client.sendall(b"?")
                    self.assertEqual(client.recv(100), b"?")
                    return time.monotonic() - began

                ask()
                self.assertLess(ask(), 0.35)
                relay.slow_down()
                self.assertGreaterEqual(ask(), 0.4)
                server.close()
            relay.stop()
            self.assertFalse(relay.process.is_alive)


class AShortRun(unittest.TestCase):
    def setUp(self):
        programs = [build / name for name in ("sidecache", "benchmarks/limit", "benchmarks/open_loop")]
        missing = [str(program) for program in (*programs, "wrk", "redis-server") if shutil.which(program) is None]
        if missing:
            self.skipTest("not built: " + ", ".join(missing))
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_it(self, *words):
        path = self.folder / "fleet.json"
        told = subprocess.run([sys.executable, fleet.__file__, "--build", build, "--json", path, "--rounds", "1", "--seconds", "1", "--slow-rounds", "1", *words],
                              capture_output=True, text=True, check=False, timeout=120)
        self.assertTrue(path.exists(), told.stdout + told.stderr)
        return told, json.loads(path.read_text())

    def program(self, text):
        path = self.folder / "program"
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return path

    def test_of_reads_tells_what_they_cost_in_each_mode(self):
        told, found = self.run_it("--only", "reads")
        everyone = {series["candidate"]: series for series in found["reads"][0]["series"]}
        self.assertEqual(list(everyone), [ALONE, "strict, 2 nodes", "bounded, 2 nodes", "verified, 2 nodes"])
        for name in list(everyone)[:3]:
            self.assertEqual((len(everyone[name]["cells"]), everyone[name]["problems"]), (1, []), told.stdout)
            self.assertGreater(everyone[name]["cells"][0]["cpu_us"], 0)
        self.assertIn("strict, 2 nodes", told.stdout)

    def test_of_a_slow_node_tells_how_writes_and_reads_fare(self):
        told, found = self.run_it("--only", "slow", "--slow-seconds", "2", "--writes", "60", "--reads", "30", "--delay", "50", "--lease", "0.6", "--deadline", "1.2")
        phases = found["slow"]["phases"]
        self.assertEqual([phase["is_slow"] for phase in phases], [False, True], told.stdout)
        for phase_told in phases:
            for node in phase_told["nodes"]:
                self.assertGreater(node["writes"]["requests"], 5, told.stdout)
        slow = phases[1]["nodes"][0]["writes"]
        self.assertGreater(slow["p50_ms"], 100)  # what the slow node has to hear of and to confirm
        self.assertIn("node 3 (slow)", told.stdout)

    def test_fails_where_no_node_starts(self):
        told, found = self.run_it("--only", "reads", "--modes", "strict", "--bin", self.program("exit 1\n"))
        self.assertEqual(told.returncode, 1, told.stdout + told.stderr)
        self.assertEqual([Verdict(**verdict).is_good for verdict in found["verdicts"]], [False, False])

    def test_says_what_is_missing(self):
        told = subprocess.run([sys.executable, fleet.__file__, "--build", self.folder], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(told.returncode, 1)
        self.assertIn("expected these programs, and they are not here: %s/sidecache" % self.folder.resolve(), told.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=build)
    arguments, rest = parser.parse_known_args()
    build = arguments.build.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
