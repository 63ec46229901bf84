#!/usr/bin/env python3
"""The tests of dashboards can fail: what they read, and what they complain of. Needs no Prometheus and no proxy."""

import contextlib
import copy
import io
import tempfile
import unittest
from pathlib import Path

import dashboards
import expressions
import grafana
import prometheus

PAGE = """
| name | kind | labels | help |
|---|---|---|---|
| `sidecache_requests_total` | counter | route | Exchanges. |
| `sidecache_duration_seconds` | histogram | route | Time. |
"""


class WhatAnAlertMeasures(unittest.TestCase):
    def test_is_left_of_its_threshold(self):
        self.assertEqual(expressions.measured("job:a:rate5m > 0.2"), ["job:a:rate5m"])
        self.assertEqual(expressions.measured('up{job="a > 1 and b"} == 0'), ['up{job="a > 1 and b"}'])

    def test_is_each_of_several(self):
        self.assertEqual(expressions.measured('a{x=">"} > 0.2 and b < -1'), ['a{x=">"}', "b"])

    def test_may_have_comparisons_within(self):
        self.assertEqual(expressions.measured("(count(up > 0 and a) or vector(0)) == 0"), ["(count(up > 0 and a) or vector(0))"])

    def test_is_not_guessed(self):
        for alert in ("absent(up)", "a > b", "a > 1 or b > 1", "a > 1 and b"):
            with self.subTest(alert), self.assertRaises(ValueError):
                expressions.measured(alert)


class TheLeftOfAnOr(unittest.TestCase):
    def left_of(self, expression):
        return list(expressions.left_of_or(expression))

    def test_is_what_a_number_may_stand_in_for(self):
        self.assertEqual(self.left_of("count(a) or vector(0)"), ["count(a)"])
        self.assertEqual(self.left_of("a or b or c"), ["a", "b"])

    def test_is_found_at_any_depth(self):
        self.assertEqual(self.left_of('(sum by (job) (rate(a{b="x or y"}[5m])) or 0 * c) / d'), ['sum by (job) (rate(a{b="x or y"}[5m]))'])
        self.assertEqual(self.left_of("max(f(a, b or c))"), ["b"])

    def test_is_not_there_without_one(self):
        self.assertEqual(self.left_of('sum(origin{color="red or blue"} and on (job) floor_or_so)'), [])


class Names(unittest.TestCase):
    def test_in_an_expression_are_those_of_the_proxy_and_recorded_ones(self):
        told = 'sum by (route) (rate(sidecache_a_total{route="sidecache_b"}[5m])) / job:c:rate5m and on (job) process_d'
        self.assertEqual(expressions.metrics_in(told), {"sidecache_a_total", "job:c:rate5m", "process_d"})

    def test_are_told_by_the_page(self):
        kinds = expressions.metrics_of(PAGE)
        for name in ("sidecache_requests_total", "sidecache_duration_seconds_bucket", "sidecache_duration_seconds_count"):
            self.assertTrue(expressions.is_told(name, kinds), name)
        for name in ("sidecache_requests", "sidecache_duration_seconds", "sidecache_requests_total_bucket", "sidecache_no_such_metric_total"):
            self.assertFalse(expressions.is_told(name, kinds), name)


class Variables(unittest.TestCase):
    def test_are_put_in_as_grafana_does(self):
        variables = {"route": expressions.alternatives(["/a/{id}/", "other"]), "__rate_interval": "16s"}
        self.assertEqual(expressions.substituted('rate(a{route=~"$route"}[$__rate_interval]) ${route}', variables), r'rate(a{route=~"(/a/\\{id\\}/|other)"}[16s]) (/a/\\{id\\}/|other)')
        self.assertEqual(expressions.alternatives(["a.b"]), r"a\\.b")

    def test_that_are_unknown_are_not_passed_over(self):
        with self.assertRaises(ValueError):
            expressions.substituted("rate(a[$__interval])", {})

    def test_are_asked_for_by_label(self):
        self.assertEqual(expressions.label_values('label_values(a{b=~"$b"}, route)'), ('a{b=~"$b"}', "route"))
        with self.assertRaises(ValueError):
            expressions.label_values("query_result(a)")

    def test_of_an_interval_span_four_scrapes(self):
        self.assertEqual((expressions.rate_interval(15, 15), expressions.rate_interval(1, 15)), (60, 16))


class ADashboard(unittest.TestCase):
    def setUp(self):
        source = {"type": "prometheus", "uid": "${datasource}"}

        def panel(number, x):
            return {"id": number, "type": "stat", "title": f"panel {number}", "description": "Do this.", "datasource": source, "gridPos": {"x": x, "y": 0, "w": 12, "h": 8},
                    "fieldConfig": {"defaults": {"unit": "s"}}, "targets": [{"refId": "A", "datasource": source, "expr": 'a{route="$route"}'}]}

        route = {"name": "route", "type": "query", "datasource": source, "query": {"query": "label_values(a, route)"}}
        self.told = {"templating": {"list": [route]}, "panels": [panel(1, 0), panel(2, 12)]}

    def complaints(self, change):
        told = copy.deepcopy(self.told)
        change(told)
        return list(grafana.Dashboard(told).complaints())

    def test_that_is_well_has_no_complaints(self):
        self.assertEqual(self.complaints(lambda told: None), [])

    def test_is_complained_of(self):
        for name, change in {
            "overlap": lambda told: told["panels"][1]["gridPos"].update(x=11),
            "have the id 1": lambda told: told["panels"][1].update(id=1),
            "wider than the grid": lambda told: told["panels"][1]["gridPos"].update(w=13),
            "no description": lambda told: told["panels"][0].update(description=""),
            "no unit": lambda told: told["panels"][0]["fieldConfig"]["defaults"].pop("unit"),
            "no query": lambda told: told["panels"][0].update(targets=[]),
            "queries of one name": lambda told: told["panels"][0].update(targets=told["panels"][0]["targets"] * 2),
            "data source is not the variable": lambda told: told["panels"][0]["targets"][0].update(datasource={"uid": "mine"}),
            "$instance is no variable": lambda told: told["panels"][0]["targets"][0].update(expr='a{instance="$instance"}'),
        }.items():
            with self.subTest(name):
                complaints = self.complaints(change)
                self.assertTrue(complaints and all(name in complaint for complaint in complaints), complaints)

    def test_has_the_panels_of_collapsed_rows_too(self):
        told = {**self.told, "panels": [{"id": 9, "type": "row", "title": "Route $route", "repeat": "route", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}, "panels": self.told["panels"]}]}
        self.assertEqual([(repeated, name) for repeated, name, _ in grafana.Dashboard(told).targets()], [("route", "Route $route / panel 1 A"), ("route", "Route $route / panel 2 A")])


class Answers:
    """A Prometheus that knows one metric, after some asking."""

    def __init__(self, after=0):
        self.asked, self.after = 0, after

    def has_data(self, expression):
        self.asked += 1
        if expression == "what?":
            raise prometheus.Refused("parse error")
        return "known" in expression.split() and self.asked > self.after or expression == "sidecache_origin_waiting"

    def moves(self, expression):
        return expression.startswith("known")


class Data(unittest.TestCase):
    def check(self, *wanted, answers=None, patience=0.0):
        tally = dashboards.Tally()
        with contextlib.redirect_stdout(io.StringIO()) as told:
            dashboards.check_data(tally, answers or Answers(), [(f"panel {each}", each) for each in wanted], patience)
        return tally.passed, tally.failed, told.getvalue()

    def test_that_is_there_is_ok(self):
        self.assertEqual(self.check("known"), (1, 0, "ok      panel known\n"))

    def test_that_is_missing_is_a_failure(self):
        self.assertEqual(self.check("known", "unknown"), (1, 1, "ok      panel known\nFAILED  panel unknown: no data for unknown\n"))

    def test_that_is_zero_is_a_failure_where_the_traffic_moves_it(self):
        self.assertEqual(self.check("0 * known"), (0, 1, "FAILED  panel 0 * known: no data above 0 for 0 * known\n"))
        self.assertEqual(self.check("sidecache_origin_waiting")[:2], (1, 0))

    def test_that_is_only_right_of_an_or_is_a_failure(self):
        self.assertEqual(self.check("known or 0")[:2], (1, 0))
        self.assertEqual(self.check("known + (unknown or known)"), (0, 1, "FAILED  panel known + (unknown or known): no data above 0 left of `or`: unknown\n"))

    def test_is_waited_for(self):
        self.assertEqual(self.check("known", answers=Answers(after=1), patience=60)[:2], (1, 0))

    def test_that_is_refused_is_a_failure_at_once(self):
        self.assertEqual(self.check("what?", patience=60), (0, 1, "FAILED  panel what?: parse error, in what?\n"))


class TheSampleConfiguration(unittest.TestCase):
    def test_is_used_with_other_targets_and_shorter_intervals(self):
        text = prometheus.configured(dashboards.RULES / "prometheus.yml", ["127.0.0.1:1", "127.0.0.1:2"])
        for wanted in ("scrape_interval: 1s", '["127.0.0.1:1", "127.0.0.1:2"]', f"- {dashboards.RULES}/alerts.yml"):
            self.assertIn(wanted, text)

    def test_that_has_changed_is_not_used_by_half(self):
        with tempfile.TemporaryDirectory() as folder:
            sample = Path(folder) / "prometheus.yml"
            sample.write_text((dashboards.RULES / "prometheus.yml").read_text().replace("scrape_interval: 15s", "scrape_interval: 30s"))
            with self.assertRaises(ValueError):
                prometheus.configured(sample, ["127.0.0.1:1"])


class AnAlert(unittest.TestCase):
    def complaints(self, name="SidecacheDown", **labels_and_annotations):
        alert = {"name": name, "labels": {"severity": "critical"}, "annotations": {"summary": "s", "description": "d", "runbook_url": dashboards.RUNBOOKS + name.lower()}}
        alert["annotations"].update(labels_and_annotations)
        tests = 'alertname: SidecacheDown\n        exp_alerts: []\n ALERTS{alertname="SidecacheDown", alertstate="firing"}'
        return list(dashboards.complaints_of_alert(alert, tests, "| `SidecacheDown` | critical | x |", "### SidecacheDown\n"))

    def test_that_is_told_and_tested_is_well(self):
        self.assertEqual(self.complaints(), [])

    def test_that_nobody_tests_or_tells_is_complained_of(self):
        self.assertEqual(len(self.complaints("SidecacheOther")), 4)

    def test_without_a_runbook_of_its_own_is_complained_of(self):
        self.assertEqual(self.complaints(runbook_url="docs/operations.md"), ["its runbook_url is docs/operations.md"])


if __name__ == "__main__":
    unittest.main()
