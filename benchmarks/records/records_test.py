#!/usr/bin/env python3
"""What is asked is the mix that was promised, and figures are read, compared and judged right."""

import itertools
import sys
import unittest
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "load")]

import figures  # noqa: E402
import full_store  # noqa: E402
import results  # noqa: E402
from freshness import Writes, list_of  # noqa: E402
from mix import MIXES, THINKING, Person, Sizes  # noqa: E402

METRICS = """# HELP sidecache_requests_total Exchanges
sidecache_requests_total{route="/api/doctors/{id}/",outcome="hit",status_class="2xx"} %d
sidecache_requests_total{route="/api/doctors/",outcome="collapsed",status_class="2xx"} 5
sidecache_requests_total{route="/api/doctors/",outcome="pass",status_class="2xx"} 20
sidecache_origin_queries_total{route="/api/doctors/"} %d
sidecache_memory_bytes 1.5e+06
sidecache_memory_limit_bytes 2e+06
sidecache_memory_entries 50
sidecache_memory_evictions_total %d
"""
OF = {"date": "2024-06-03", "cpu": "CPU", "cpus": 2, "users": 50, "seconds": 30, "warm_up": 10, "iterations": 1, "patients": 1000,
      "config": "sidecache.yaml", "command": "before_after.py"}


def sample(ms=10.0, kind="doctors", queries=2, cache="", error=None):
    return {"ms": ms, "kind": kind, "queries": queries, "cache": cache, "error": error}


def bare_turn(*times, queries=20.0):
    return figures.Turn([sample(float(ms)) for ms in times], 2.0, api_cpu=0.5, load_cpu=0.1, others_cpu=0.01, queries_per_request=queries)


def cached_turn(*times, hit_ratio=0.9, queries=1.0, resident=30e6, stored=5e6):
    turn = bare_turn(*times, queries=queries)
    turn.proxy_cpu, turn.hit_ratio, turn.resident, turn.stored = 0.02, hit_ratio, resident, stored
    return turn


def full_turn(resident=300e6, stored=250e6, budget=256e6, evicted=9):
    turn = cached_turn(10, resident=resident, stored=stored)
    turn.budget, turn.evicted = budget, evicted
    return turn


def verdicts_on(bare, cached, full, is_counted=True):
    return [*figures.judge_speed(figures.medians(bare), figures.medians(cached), is_counted), *figures.judge_memory(figures.medians(cached), full)]


def failures(bare, cached, full=full_turn()):
    return [verdict.text for verdict in verdicts_on(bare, cached, full) if not verdict.is_good]


class Asked(unittest.TestCase):
    def test_lists_and_details_are_three_to_one_with_a_few_per_cent_of_writes(self):
        weights = Counter()
        for kind in MIXES["readers"]:
            weights[kind.shape] += kind.weight
            if kind.shape == "write":  # and is followed by a read
                weights["list" if kind.name == "assign" else "detail"] += kind.weight
        self.assertEqual(sum(weights.values()), 1000)
        self.assertEqual(weights["list"], 3 * weights["detail"])
        self.assertTrue(10 <= weights["write"] <= 50)

    def test_staff_write_more_and_read_more_that_is_private(self):
        mix, weights = MIXES["staff"], Counter()
        for kind in mix:
            weights[kind.shape] += kind.weight
        self.assertEqual(sum(weights.values()) + weights["write"], 1000)
        self.assertEqual(weights["write"], 100)
        private = {"patients", "appointments", "medical records", "lab results", "patient", "appointment", "permissions"}
        self.assertEqual(sum(kind.weight for kind in mix if kind.name in private), 436)

    def test_the_same_seed_makes_the_same_requests_and_pauses(self):
        def life(seed, number):
            person = Person(seed, number)
            return [(person.next_request(), person.next_pause()) for _ in range(200)]

        self.assertEqual(life(1, 2), life(1, 2))
        self.assertNotEqual(life(1, 2), life(1, 3))
        self.assertNotEqual(life(1, 2), life(2, 2))

    def test_each_write_is_followed_by_a_read_of_its_row_or_of_the_page_that_shows_it(self):
        for mix, kinds in MIXES.items():
            person = Person(1, 1, mix=mix)
            requests = [person.next_request() for _ in range(10000)]
            written = [(write, read) for write, read in itertools.pairwise(requests) if write.method != "GET"]
            self.assertEqual({write.kind for write, _ in written}, {kind.name for kind in kinds if kind.shape == "write"})
            for write, read in written:
                shown_by = "/api/jobs/needs/" if write.kind == "assign" else write.target
                self.assertEqual((read.method, read.target, read.user), ("GET", shown_by, write.user))

    def test_rows_are_those_that_were_seeded_and_private_ones_are_asked_for_with_a_token(self):
        sizes = Sizes(doctors=3, patients=4, appointments=10, departments=2, jobs=6, people=3)
        most = {"doctors": 3, "patients": 4, "appointments": 10, "departments": 2, "jobs": 6, "medical-records": 5, "lab-results": 5}
        people = [Person(5, 0, sizes, mix) for mix in MIXES]
        for person in people * 2000:
            request = person.next_request()
            name, *rest = request.target.split("?")[0].strip("/").split("/")[1:]
            self.assertIn(request.target.partition("page=")[2], ("", "1", "2") if name == "doctors" else ("", "1"))
            if rest and rest[0].isdigit():
                self.assertTrue(1 <= int(rest[0]) <= most[name], request)
            if name in ("patients", "appointments", "jobs", "medical-records", "lab-results", "me") or request.method != "GET":
                self.assertIsNotNone(request.user, request)
            else:
                self.assertEqual(request.user is None, request.kind != "read again", request)

    def test_thinking_takes_as_long_as_is_said(self):
        person = Person(1, 1)
        pauses = [person.next_pause() for _ in range(1000)]
        self.assertTrue(THINKING[0] <= min(pauses) < max(pauses) <= THINKING[1])


class Freshness(unittest.TestCase):
    new, old = "2024-06-03T08:00:00.000001Z", "2024-06-03T08:00:00Z"

    def setUp(self):
        self.writes = Writes()
        self.writes.answered("/api/doctors/7/", {"id": 7, "updated_at": self.new}, now=10.0)

    def test_a_read_that_began_after_the_answer_to_a_write_shows_it(self):
        self.assertEqual(self.writes.older_row("/api/doctors/7/", {"id": 7, "updated_at": self.old}, 10.5), 7)
        self.assertIsNone(self.writes.older_row("/api/doctors/7/", {"id": 7, "updated_at": self.new}, 10.5))

    def test_a_read_that_began_before_may_show_either(self):
        self.assertIsNone(self.writes.older_row("/api/doctors/7/", {"id": 7, "updated_at": self.old}, 9.5))

    def test_lists_and_searches_are_looked_at_row_by_row(self):
        rows = {"results": [{"id": 6, "updated_at": self.old}, {"id": 7, "updated_at": self.old}]}
        self.assertEqual(self.writes.older_row("/api/doctors/?search=x", rows, 11.0), 7)
        self.assertIsNone(self.writes.older_row("/api/appointments/", rows, 11.0))

    def test_what_shows_no_rows_is_left_alone(self):
        self.assertEqual(list_of("/api/appointments/12/"), "/api/appointments/")
        for target in ("/api/doctors/7/stats/", "/api/jobs/needs/?bu=1", "/api/departments/"):
            self.assertIsNone(list_of(target))


class Assigned(unittest.TestCase):
    """The page of needs shows people, and not when they were sent."""

    def setUp(self):
        self.writes = Writes()
        self.write([1, 2], "2024-06-03T08:00:01Z", 10.0)

    def write(self, people, updated_at, now):
        self.writes.begun("/api/jobs/7/", {"people": people})
        self.writes.answered("/api/jobs/7/", {"id": 7, "people": sorted(people), "updated_at": updated_at}, now)

    def older_job(self, people, asked_at):
        rows = [{"id": 6, "people": []}, {"id": 7, "people": [{"id": each} for each in people]}]
        return self.writes.older_row("/api/jobs/needs/?bu=1", {"results": rows}, asked_at)

    def test_a_page_asked_for_after_the_answer_shows_who_was_sent(self):
        self.assertIsNone(self.older_job([2, 1], 10.5))
        self.assertEqual(self.older_job([3], 10.5), 7)
        self.assertEqual(self.older_job([], 10.5), 7)

    def test_one_asked_for_before_may_show_anybody(self):
        self.assertIsNone(self.older_job([3], 9.5))

    def test_the_newest_of_several_counts_in_whatever_order_they_were_answered(self):
        self.write([4], "2024-06-03T08:00:03Z", 11.0)
        self.write([5], "2024-06-03T08:00:02Z", 12.0)
        self.assertEqual([self.older_job(people, 12.5) for people in ([4], [5], [1, 2])], [None, 7, 7])

    def test_who_is_being_sent_meanwhile_may_be_shown_or_not(self):
        self.writes.begun("/api/jobs/7/", {"people": [5]})
        self.assertEqual([self.older_job(people, 12.0) for people in ([5], [1, 2], [3])], [None, None, 7])
        self.writes.answered("/api/jobs/7/", {"id": 7, "people": [5], "updated_at": "2024-06-03T08:00:04Z"}, 13.0)
        self.assertEqual([self.older_job(people, 12.0) for people in ([5], [1, 2], [3])], [None, None, 7])
        self.assertEqual([self.older_job(people, 13.5) for people in ([5], [1, 2])], [None, 7])

    def test_the_row_of_a_job_is_looked_at_like_any_other(self):
        self.assertEqual(list_of("/api/jobs/7/"), "/api/jobs/")
        self.assertEqual(self.writes.older_row("/api/jobs/7/", {"id": 7, "updated_at": "2024-06-03T08:00:00Z"}, 10.5), 7)


class Figures(unittest.TestCase):
    def test_a_percentile_is_the_smallest_that_so_many_do_not_exceed(self):
        self.assertEqual([figures.percentile(range(1, 101), part) for part in (0.5, 0.95, 0.99, 1)], [50, 95, 99, 100])
        self.assertEqual(figures.percentile([7], 0.5), 7)
        self.assertEqual(figures.percentile([3, 1, 2], 0.5), 2)

    def test_metrics_are_told_apart_by_their_labels_even_with_braces_in_them(self):
        series = figures.read_metrics(METRICS % (75, 40, 5))
        self.assertEqual(figures.sum_of(series, "sidecache_requests_total"), 100)
        self.assertEqual(figures.sum_of(series, "sidecache_requests_total", outcome="hit", status_class="2xx"), 75)
        self.assertEqual(figures.sum_of(series, "sidecache_requests_total", route="/api/doctors/{id}/"), 75)
        self.assertEqual(figures.sum_of(series, "sidecache_memory_bytes"), 1500000)

    def test_hits_and_queries_are_those_between_two_looks(self):
        turn = bare_turn(1)
        figures.proxied(figures.read_metrics(METRICS % (0, 10, 2)), figures.read_metrics(METRICS % (75, 40, 5)), turn)
        self.assertEqual((turn.hit_ratio, turn.queries_per_request, turn.stored), (1.0, 0.4, 1.5e6))
        self.assertEqual((turn.budget, turn.evicted), (2e6, 3))
        figures.proxied({}, figures.read_metrics(METRICS % (75, 40, 5)), turn)
        self.assertEqual(turn.hit_ratio, 0.8)

    def test_of_a_turn(self):
        of = cached_turn(1, 2, 3, 94).figures()
        self.assertEqual([of[name] for name in ("requests/s", "average ms", "median ms", "min ms", "max ms", "p95 ms")], [2, 25, 2, 1, 94, 94])
        self.assertEqual((of["hit ratio %"], of["MB beside the stored"]), (90, 25))
        self.assertIsNone(bare_turn(1).figures()["hit ratio %"])

    def test_medians_of_turns_but_errors_are_added_up(self):
        turns = [bare_turn(1), bare_turn(5), bare_turn(100)]
        turns[0].samples[0]["error"] = turns[2].samples[0]["error"] = "status 500"
        of = figures.medians(turns)
        self.assertEqual((of["average ms"], of["errors"], of["hit ratio %"]), (5, 2, None))

    def test_a_hit_is_what_the_nearest_cache_says(self):
        for text, expected in (("sidecache; hit; ttl=5", True), ("sidecache; fwd=miss; collapsed", True), ("sidecache; fwd=miss; stored", False),
                               ("other; hit, sidecache; fwd=miss", False), ("", False)):
            self.assertEqual(figures.is_hit(text), expected, text)

    def test_what_a_stored_answer_once_cost_is_not_counted_again(self):
        turn = bare_turn()
        turn.samples = [sample(queries=2, cache="sidecache; hit"), sample(queries=4), sample(queries=700, kind="needs")]
        self.assertEqual(figures.queries_without("needs", [turn]), 2.0)


class Filled(unittest.TestCase):
    """Before the turn with a full store."""

    def test_it_is_full_when_it_is_near_its_budget_and_half_as_much_has_gone(self):
        for stored, evicted, expected in ((1.5e6, 26, False), (1.9e6, 25, False), (1.9e6, 26, True)):
            series = figures.read_metrics((METRICS % (75, 40, evicted)).replace("1.5e+06", str(stored)))
            self.assertEqual(full_store.is_evicting(series), expected, (stored, evicted))

    def test_each_list_is_another_one(self):
        targets = [full_store.target_of(number) for number in range(100)]
        self.assertEqual(len(set(targets)), 100)
        self.assertEqual({target.split("=")[1].split("&")[0] for target in targets}, {str(size) for size in range(10, 41)})


class Judged(unittest.TestCase):
    def test_all_that_is_asked_is_met(self):
        self.assertEqual(failures([bare_turn(300)], [cached_turn(10)]), [])

    def test_each_that_is_missed_is_told(self):
        for bare, cached, told in (
            (bare_turn(300), cached_turn(10, hit_ratio=0.8), "hit ratio: 80.0 %; asked: over 80 %"),
            (bare_turn(300), cached_turn(200), "p95: 200.0 ms, the bare API's is 300.0 ms; asked: under 200 ms where the bare API's is above"),
            (bare_turn(150), cached_turn(10), "p95: 10.0 ms, the bare API's is 150.0 ms; asked: under 200 ms where the bare API's is above"),
            (bare_turn(300), cached_turn(10, queries=4.2), "origin queries per request: 4.20, the bare API's are 20.00: 79.0 % less; asked: 80 %"),
            (bare_turn(300), cached_turn(10, resident=55e6), "resident memory beside what is stored: 50.0 MB, with 5.0 MB stored; asked: under 50 MB"),
        ):
            self.assertEqual(failures([bare], [cached]), [told])

    def test_a_full_store_is_judged_beside_its_budget(self):
        beside = "resident memory beside the budget: 50.0 MB, with 250.0 MB stored of 256.0 MB and 9 responses evicted; asked: under 50 MB"
        self.assertEqual(failures([bare_turn(300)], [cached_turn(10)], full_turn(resident=306e6)), [beside])

    def test_one_that_is_not_full_or_evicts_nothing_or_answers_wrong_fails(self):
        wrong = full_turn()
        wrong.samples[0]["error"] = "status 500"
        for full, told in ((full_turn(stored=200e6), "78 % of its budget, 0 errors"), (full_turn(evicted=0), "98 % of its budget, 0 errors"),
                           (wrong, "98 % of its budget, 1 errors")):
            self.assertEqual(failures([bare_turn(300)], [cached_turn(10)], full), ["the store stayed full, evicted, and answered right: " + told])

    def test_a_quick_run_tells_of_speed_and_fails_for_none_of_it(self):
        verdicts = verdicts_on([bare_turn(1)], [cached_turn(300, hit_ratio=0.1, queries=20)], full_turn(resident=400e6), is_counted=False)
        self.assertEqual([verdict.is_good for verdict in verdicts], [False, False, False, True, False, True])
        self.assertEqual([verdict.is_counted for verdict in verdicts], [False, False, False, True, True, True])

    def test_a_wrong_answer_fails_whoever_gave_it(self):
        wrong = bare_turn(300)
        wrong.samples[0]["error"] = "status 500"
        for bare, cached, is_good in ((bare_turn(300), cached_turn(10), True), (wrong, cached_turn(10), False), (bare_turn(300), wrong, False)):
            verdict = figures.judge_answers("staff", figures.medians([bare]), figures.medians([cached]))
            self.assertEqual(verdict.is_good, is_good, verdict.text)


class Shown(unittest.TestCase):
    def test_ratios_are_medians_of_those_within_each_iteration(self):
        bare, cached = [bare_turn(100), bare_turn(200), bare_turn(300)], [cached_turn(10), cached_turn(10), cached_turn(60)]
        rows = {row[0]: row[1:] for row in results.rows(bare, cached)}
        self.assertEqual(rows["p95 ms"], ("200.0", "10.0", "0.100"))
        self.assertEqual(rows["hit ratio %"], ("-", "90.0", "-"))

    def test_the_page_keeps_what_stands_around_its_part(self):
        def write(old):
            bare, cached = [bare_turn(300)], [cached_turn(10)]
            both = {"readers": (bare, cached), "staff": ([bare_turn(400)], [cached_turn(100)])}
            return results.page(old, OF, both, verdicts_on(bare, cached, full_turn()))

        new = write("")
        self.assertIn("| p95 ms | 300.0 | 10.0 | 0.033 |", new)
        self.assertIn("| p95 ms | 400.0 | 100.0 | 0.250 |", new[new.index("Under the mix `staff`"):])
        self.assertEqual(write(new), new)
        self.assertEqual(write("# Before\n\n" + new + "after\n"), "# Before\n\n" + new + "after\n")
        self.assertTrue(write("# Of others\n").startswith("# Of others\n\n" + results.BEGIN))

    def test_the_command_is_told_without_folders_of_this_machine(self):
        told = results.tell_command(["--bin", str(results.ROOT / "build/release/sidecache"), "--config=/home/me/my sidecache.yaml", "--users", "8"])
        self.assertEqual(told, "benchmarks/records/before_after.py --bin build/release/sidecache '--config=my sidecache.yaml' --users 8")

    def test_a_disturbed_run_says_so(self):
        self.assertIn("a quiet machine", results.tell_disturbance([bare_turn(1)]))
        busy = bare_turn(1)
        busy.others_cpu = 0.7
        self.assertIn("no figures to keep", results.tell_disturbance([busy]))


if __name__ == "__main__":
    unittest.main()
