#!/usr/bin/env python3
"""Figures are read, compared and judged right."""

import importlib.util
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2] / "tests" / "scenarios")]

import plot  # noqa: E402
import report  # noqa: E402
from candidates import PEERS, TEMPLATES, Candidate  # noqa: E402
from harness import wait_until  # noqa: E402
from judge import judge, ratio  # noqa: E402
from process import DidNotStart, HeldPort, Process, machine_cpu_seconds  # noqa: E402
from open_loop import Timing  # noqa: E402
from rounds import Cell, Series, without_condition  # noqa: E402
from workloads import API_REQUEST, WORKLOADS, Asked, Workload  # noqa: E402
from wrk import Load, read_told  # noqa: E402

LOAD = Load(requests=1000, microseconds=500000, bytes=1300000, p50_us=600, p99_us=900, max_us=5000,
            connect_errors=0, read_errors=0, write_errors=0, timeouts=0, bad_statuses=0)
TIMING = Timing(requests=500, unanswered=0, closed=0, bad=0, bytes=512_000, p50_us=50, p90_us=70, p99_us=90, p999_us=200, max_us=500, lag_p99_us=3)
GATE = Workload("1k", "hits", Asked(1.25, "limit"), is_gate=True)
AIM = Workload("100k", "hits", Asked(1.0, "nginx"))


def series(candidate, *costs, problems=()):
    cells = [Cell(LOAD, cost, 0.9, 0.01) for cost in costs]
    return Series(candidate, candidate != "limit", "1k", cells, 1 << 20, 2 << 20, list(problems))


def failures(verdicts):
    return [str(verdict) for verdict in verdicts if verdict.is_counted and not verdict.is_good]


class WhatWrkTells(unittest.TestCase):
    def test_is_the_line_of_json_among_its_own_words(self):
        told = 'Running 1s test\n  Latency  0.6ms\n\n{"requests": 1000, "microseconds": 500000, "bytes": 1300000, "p50_us": 600, "p99_us": 900, ' \
               '"max_us": 5000, "connect_errors": 0, "read_errors": 0, "write_errors": 0, "timeouts": 0, "bad_statuses": 0}\n'
        self.assertEqual(read_told(told), LOAD)
        self.assertEqual(LOAD.per_second, 2000)

    def test_without_figures_is_an_error_that_shows_its_words(self):
        with self.assertRaisesRegex(RuntimeError, "unable to connect"):
            read_told("unable to connect to 127.0.0.1:1\n")

    def test_counts_only_where_every_response_came_and_was_good(self):
        self.assertEqual(LOAD.problems(GATE), [])
        for name in ("connect_errors", "read_errors", "write_errors", "timeouts", "bad_statuses"):
            self.assertEqual(replace(LOAD, **{name: 3}).problems(GATE), ["3 " + name.replace("_", " ")])
        self.assertEqual(replace(LOAD, requests=0, bytes=0).problems(GATE), ["no response"])

    def test_counts_only_where_the_bytes_are_those_of_whole_responses(self):
        short, long = replace(LOAD, bytes=1000 * 1000), replace(LOAD, bytes=2300000)
        self.assertIn("each should have 1024 and a head", short.problems(GATE)[0])
        self.assertIn("each should have 1024 and a head", long.problems(GATE)[0])
        cut_off = replace(LOAD, bytes=1000 * (1024 + 200) + 64 * 1000)  # begun, when wrk let go
        self.assertEqual(cut_off.problems(GATE), [])


class Judged(unittest.TestCase):
    def test_a_ratio_compares_within_rounds_and_takes_the_median(self):
        self.assertEqual(ratio(series("sidecache", 10, 20, 90), series("limit", 10, 10, 30)), 2.0)
        self.assertIsNone(ratio(series("sidecache"), series("limit")))

    def test_what_is_asked_of_a_gate_may_be_missed_by_the_margin_alone(self):
        self.assertEqual(failures(judge(GATE, [series("limit", 10), series("sidecache", 15.9)])), [])
        failed = failures(judge(GATE, [series("limit", 10), series("sidecache", 16.1)]))
        self.assertEqual(failed, ["FAILED  1k: sidecache uses 1.61 x the CPU of limit; asked: 1.25, at most 1.60 passes"])

    def test_a_gate_fails_beside_a_cheaper_cache(self):
        everyone = [series("limit", 10), series("sidecache", 12), series("nginx", 10.8), series("varnish", 11.5)]
        failed = failures(judge(GATE, everyone))
        self.assertEqual(failed, ["FAILED  1k: sidecache uses 1.11 x the CPU of nginx; asked: less than 1, at most 1.10 passes"])

    def test_an_aim_is_told_and_fails_nothing(self):
        verdicts = judge(AIM, [series("sidecache", 12), series("nginx", 10)])
        self.assertEqual(failures(verdicts), [])
        self.assertIn("not yet 100k: sidecache uses 1.20 x the CPU of nginx; asked: 1.00", map(str, verdicts))

    def test_a_wrong_answer_fails_whoever_gave_it(self):
        failed = failures(judge(AIM, [series("sidecache", 12), series("nginx", 10, problems=["2 timeouts", "2 timeouts"])]))
        self.assertEqual(failed, ["FAILED  100k: nginx: 2 timeouts"])
        self.assertEqual(failures(judge(AIM, [series("sidecache", problems=["no hit"])])), ["FAILED  100k: sidecache: no hit"])


class Timed(unittest.TestCase):
    @staticmethod
    def series(candidate, *p99):
        made = series(candidate, 10)
        made.timings = {0.5: [(50_000, replace(TIMING, p99_us=each)) for each in p99]}
        return made

    def test_the_p99_of_an_open_loop_is_compared_with_the_best_peers_by_medians(self):
        everyone = [self.series("limit", 1), self.series("sidecache", 80, 300, 90), self.series("nginx", 100), self.series("varnish", 95)]
        self.assertIn("ok      1k: p99 at 50 % of capacity: 90 us, of the best peer 95 us; asked: below every peer's", map(str, judge(GATE, everyone)))
        everyone[1] = self.series("sidecache", 96)
        verdicts = judge(GATE, everyone)
        self.assertIn("not yet 1k: p99 at 50 % of capacity: 96 us, of the best peer 95 us; asked: below every peer's", map(str, verdicts))
        self.assertEqual(failures(verdicts), [])

    def test_what_was_not_answered_is_a_problem(self):
        self.assertEqual(TIMING.problems(GATE), [])
        self.assertEqual(replace(TIMING, unanswered=2, bad=1).problems(GATE), ["2 unanswered", "1 bad"])

    def test_rows_hold_rates_and_latencies_of_each_share(self):
        row = list(report.timed_rows(GATE, [self.series("sidecache", 80)]))[0]
        self.assertEqual(row, ["sidecache", "-", "-", "-", "-", "50000", "50", "80", "200", "-", "-", "-", "-", "3"])

    def test_capacity_is_that_of_one_cpu(self):
        self.assertEqual(series("sidecache", 10, 20, 8).capacity, 100_000)


class Requests(unittest.TestCase):
    def test_popular_urls_are_asked_for_more_often_and_all_are_distinct(self):
        workload = Workload("zipf", "many", Asked(1, "limit"), request=b"GET /?page=2 HTTP/1.1\r\n\r\n", urls=100)
        distinct, requests = workload.distinct_requests(), workload.requests(20_000)
        self.assertEqual(len(set(distinct)), 100)
        counts = [requests.count(distinct[place]) for place in (0, 9, 99)]
        self.assertTrue(counts[0] > 5 * counts[1] > 20 * counts[2] > 0, counts)
        self.assertEqual(requests, workload.requests(20_000))

    def test_who_knows_the_response_asks_for_it_whole_first(self):
        workload = next(each for each in WORKLOADS if each.is_known)
        self.assertEqual((workload.status, workload.answered_size), (304, 0))
        self.assertEqual(without_condition(workload.request), API_REQUEST)


class Shown(unittest.TestCase):
    everyone = [series("limit", 10, 10), series("sidecache", 12, 15), series("nginx", problems=["it did not start"])]

    def test_rows_hold_medians_and_a_dash_for_who_has_none(self):
        rows = list(report.rows(GATE, self.everyone))
        self.assertEqual(rows[1], ["sidecache", "13.50", "1.35", "22 %", "90 %", "2000", "0.60", "0.90", "1.0", "2.0"])
        self.assertEqual(rows[2], ["nginx"] + ["-"] * 9)

    def test_latencies_of_pipelined_requests_are_left_out(self):
        rows = list(report.rows(replace(GATE, pipelined=16), self.everyone))
        self.assertEqual(rows[1][6:8], ["-", "-"])

    def test_a_disturbed_run_says_so(self):
        busy = series("limit", 10)
        busy.cells = [replace(busy.cells[0], others=0.7)]
        self.assertEqual(report.tell_disturbance([(GATE, self.everyone)]), "Others used 1 % of a CPU in the median round, 1 % in the worst: a quiet machine.")
        self.assertIn("not for figures to keep", report.tell_disturbance([(GATE, [busy])]))

    @unittest.skipUnless(importlib.util.find_spec("matplotlib"), "python3-matplotlib is not here")
    def test_a_plot_is_made_of_what_was_written(self):
        timed = Timed.series("sidecache", 80)
        with tempfile.TemporaryDirectory() as folder:
            written, drawn = Path(folder) / "peers.json", Path(folder) / "peers.png"
            report.write_json(written, {}, [(GATE, [series("limit", 10), timed])], [])
            subprocess.run([sys.executable, plot.__file__, written, drawn], check=True, timeout=60)
            self.assertTrue(drawn.read_bytes().startswith(b"\x89PNG"))
            workload = json.loads(written.read_text())["workloads"][0]
        self.assertEqual(plot.costs(workload), {"limit": 1.0, "sidecache": 1.0})
        self.assertEqual(plot.latencies(workload), {"sidecache": [(0.5, 80)]})

    def test_json_holds_every_round(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "new" / "peers.json"
            report.write_json(path, {"cpus": 2}, [(GATE, self.everyone)], judge(GATE, self.everyone))
            read = json.loads(path.read_text())
        sidecache = read["workloads"][0]["candidates"][1]
        self.assertEqual([cell["cpu_us"] for cell in sidecache["cells"]], [12, 15])
        self.assertEqual(sidecache["figures"]["times_limit"], 1.35)


class Processes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start(self, script):
        process = Process([sys.executable, "-c", script], self.folder, 0)
        self.addCleanup(process.stop)
        return process

    def wait_for_lines(self, process, count):
        wait_until(lambda: process.log.read_bytes().count(b"\n") >= count, "%d lines" % count)

    def test_cpu_time_and_memory_are_those_of_the_whole_family(self):
        busy = "import os, time; os.fork(); until = time.process_time() + 0.2\nwhile time.process_time() < until: pass\nprint(1, flush=True); time.sleep(60)"
        process = self.start(busy)
        self.wait_for_lines(process, 2)
        self.assertEqual(len(process.pids()), 2)
        self.assertTrue(0.4 <= process.cpu_seconds() < 2, process.cpu_seconds())
        self.assertGreater(process.resident_bytes(), 4 << 20)

    def test_the_machine_has_used_what_a_process_has(self):
        before = machine_cpu_seconds()
        until = time.process_time() + 0.2
        while time.process_time() < until:
            pass
        self.assertGreater(machine_cpu_seconds() - before, 0.15)

    def test_stop_ends_the_family(self):
        process = self.start("import os, signal, time; os.fork() or signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)")
        self.wait_for_lines(process, 2)
        pids = process.pids()
        self.assertEqual(len(pids), 2)
        process.stop()
        for pid in pids:
            state = Path("/proc/%d/stat" % pid)
            self.assertTrue(not state.exists() or state.read_text().rpartition(")")[2].split()[0] in "ZX")

    def test_who_ends_before_it_listens_is_an_error_that_shows_its_words(self):
        process = self.start("print('no such option')")
        with self.assertRaisesRegex(DidNotStart, "ended with 0 before it listened; it said:\nno such option"):
            process.wait_for_port(1)

    def test_a_held_port_can_be_listened_on_by_who_sets_reuseaddr(self):
        held = HeldPort()
        self.addCleanup(held.close)
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", held.number))
            listener.listen()
            socket.create_connection(("127.0.0.1", held.number), 5).close()


class Configurations(unittest.TestCase):
    def test_every_mark_in_the_files_of_peers_is_one_that_is_filled_in(self):
        for path in TEMPLATES.rglob("*"):
            if path.is_file():
                self.assertLessEqual(set(re.findall(r"@[A-Z]+@", path.read_text())), set(Candidate.MARKS), path)

    def test_every_file_that_a_peer_names_is_there(self):
        for peer in PEERS:
            for name in peer.files:
                self.assertTrue((TEMPLATES / name).is_file(), name)


if __name__ == "__main__":
    unittest.main()
