#!/usr/bin/env python3
"""The dashboard, the rules and the alerts, against what the proxy publishes and with Debian's Prometheus.

    dashboards.py --bin build/release/sidecache

A scripted origin, the proxy before it with its query door, a fleet of it with a Redis, and traffic of every kind; Prometheus scrapes all of them each second with
the rules loaded. Then every query of every panel and variable, the expression of every rule and what every alert measures must return a number, above 0 where the
traffic moves what it names, and so must the left side of every `or`, whose right side would give a number where the left one is misspelled. Besides, promtool
judges the metrics, the configuration and the rules, and runs their unit tests. Everything is on free ports of loopback.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("SIDECACHE_TEST_PATIENCE", "60")
sys.path.insert(0, str(ROOT / "tests" / "scenarios"))

import expressions
import fleet
import queries
from grafana import Dashboard, sections_of
from harness import PATIENCE, Client, wait_until
from load import CAUSES, COUNTED, OUTCOMES, ROUTES, STILL, Load
from prometheus import SCRAPE, Prometheus, Refused

FOLDER = ROOT / "dashboards"
RULES = FOLDER / "prometheus"
RECORDED = re.compile(r"[a-z_]+:[a-z0-9_]+:[a-z0-9_]+")  # level:metric:operations
RUNBOOKS = "{{ $externalLabels.runbooks }}docs/operations.md#"
SEVERITIES = {"critical", "warning", "info"}
STEP = 15  # seconds between two points of a panel that shows six hours


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def tell(self, name, complaint=None):
        """One line; `complaint` is what is wrong, if anything."""
        if complaint:
            self.failed += 1
            print(f"FAILED  {name}: {complaint}", flush=True)
        else:
            self.passed += 1
            print(f"ok      {name}", flush=True)


# --- Without a proxy -----------------------------------------------------------------------------------------------------


def run_promtool(*arguments, text=None):
    """None, or what it complains of."""
    done = subprocess.run(["promtool", *map(str, arguments)], input=text, capture_output=True, text=True, timeout=PATIENCE)
    return None if done.returncode == 0 else (done.stdout + done.stderr).strip()


def check_files(tally):
    tally.tell("promtool check rules", run_promtool("check", "rules", RULES / "rules.yml", RULES / "alerts.yml"))
    tally.tell("promtool check config", run_promtool("check", "config", RULES / "prometheus.yml"))
    tally.tell("promtool test rules", run_promtool("test", "rules", RULES / "rules_test.yml"))
    dashboard = Dashboard.read(FOLDER / "grafana" / "sidecache.json")
    tally.tell("the dashboard is well formed", "; ".join(dashboard.complaints()))
    return dashboard


def check_names(tally, dashboard, rules):
    """What expressions name is in docs/metrics.md, or is recorded."""
    kinds = expressions.metrics_of((ROOT / "docs" / "metrics.md").read_text())
    recorded = {rule["name"] for rule in rules if rule["type"] == "recording"}
    asked = [expression for _, _, expression in dashboard.targets()] + [selector for _, selector, _ in dashboard.queries()] + [rule["query"] for rule in rules]
    for name in sorted(set().union(*map(expressions.metrics_in, asked))):
        tally.tell(f"name {name}", None if name in recorded or expressions.is_told(name, kinds) else "neither in docs/metrics.md nor recorded")


# --- Of the rules, as Prometheus has read them ---------------------------------------------------------------------------


def complaints_of_recording(rule):
    if not RECORDED.fullmatch(rule["name"]):
        yield "its name is not of the form level:metric:operations"


def complaints_of_alert(alert, tests, readme, operations):
    name, severity, annotations = alert["name"], alert["labels"].get("severity"), alert["annotations"]
    if severity not in SEVERITIES:
        yield f"its severity is {severity}"
    for wanted in ("summary", "description"):
        if not annotations.get(wanted):
            yield f"no {wanted}"
    if annotations.get("runbook_url") != RUNBOOKS + name.lower():
        yield f"its runbook_url is {annotations.get('runbook_url')}"
    if name.lower() not in sections_of(operations):
        yield f"docs/operations.md has no section {name}"
    if f'ALERTS{{alertname="{name}", alertstate="firing"' not in tests:
        yield "no unit test in which it fires"
    if f"alertname: {name}\n        exp_alerts: []" not in tests:
        yield "no unit test in which it does not fire"
    if f"| `{name}` | {severity} |" not in readme:
        yield "dashboards/README.md does not list it with its severity"


def check_rules(tally, rules):
    tests, readme = (RULES / "rules_test.yml").read_text(), (FOLDER / "README.md").read_text()
    operations = (ROOT / "docs" / "operations.md").read_text()
    for rule in rules:
        complaints = complaints_of_recording(rule) if rule["type"] == "recording" else complaints_of_alert(rule, tests, readme, operations)
        tally.tell(f"{'rule' if rule['type'] == 'recording' else 'alert'} {rule['name']}", "; ".join(complaints))


# --- With data -----------------------------------------------------------------------------------------------------------


def wait_for_data(prometheus):
    """Past three scrapes of the traffic and an evaluation of every rule after them. Returns the rules."""
    wait_until(lambda: prometheus.has_data('count_over_time(up{job="sidecache"}[1h]) >= 3'), "three scrapes")
    scraped = prometheus.ask("time()")[0][1]

    def evaluated():
        rules = prometheus.rules()
        return min(datetime.fromisoformat(rule["lastEvaluation"]).timestamp() for rule in rules) > scraped and rules

    return wait_until(evaluated, "an evaluation of every rule")


def expressions_of_rules(rules):
    for rule in rules:
        if rule["type"] == "recording":
            yield f"data of rule {rule['name']}", rule["query"]
            yield f"series {rule['name']}", rule["name"]
        else:
            for part in expressions.measured(rule["query"]):
                yield f"data of alert {rule['name']}: {part}", part


def expressions_of_panels(tally, prometheus, dashboard):
    """With everything chosen; those of a row that is repeated, for each value alone."""
    chosen = {"__rate_interval": f"{expressions.rate_interval(SCRAPE, STEP)}s"}
    values = {}
    for variable, selector, label in dashboard.queries():
        values[variable] = prometheus.values_of(expressions.substituted(selector, chosen), label)
        tally.tell(f"variable {variable}", None if values[variable] else "has no values")
        chosen[variable] = expressions.alternatives(values[variable])
    tally.tell("the routes of the traffic", None if ROUTES <= set(values["route"]) else f"{values['route']}")
    for repeated, name, expression in dashboard.targets():
        if repeated is None:
            yield f"panel {name}", expressions.substituted(expression, chosen)
        else:
            for value in values[repeated]:
                yield f"panel {name}, {repeated} {value}", expressions.substituted(expression, {**chosen, repeated: expressions.alternatives([value])})


def complaint_of(prometheus, name, expression):
    try:
        if not prometheus.has_data(expression):
            return f"no data for {expression}"
        if not (expressions.names_in(f"{name} {expression}") & STILL or prometheus.moves(expression)):
            return f"no data above 0 for {expression}"
        for part in expressions.left_of_or(expression):
            if not prometheus.moves(part):
                return f"no data above 0 left of `or`: {part}"
    except Refused as error:
        return f"{error}, in {expression}"


def check_data(tally, prometheus, wanted, patience):
    """Each must have data within this time, all together; what a refused expression says is told at once."""
    until = time.monotonic() + patience
    waiting = list(wanted)
    while waiting:
        left = []
        for name, expression in waiting:
            complaint = complaint_of(prometheus, name, expression)
            if complaint and "no data" in complaint and time.monotonic() < until:
                left.append((name, expression))
            else:
                tally.tell(name, complaint)
        waiting = left
        if waiting:
            time.sleep(SCRAPE / 2)  # the next scrape is not sooner


def check_that_it_can_fail(tally, prometheus, wanted):
    """The last ones are of panels, with a name of a label's value that there is not: what stands right of `or` still gives them a number."""
    broken = [("a metric that nobody publishes", "sum(rate(sidecache_no_such_metric_total[1m]))"), ("a quotient of nothing", "0 * sidecache_build_info / 0")]
    broken += [("what is no PromQL", "sum(rate("), ("what is always 0", "0 * sum(sidecache_build_info)")]
    for name, expression in wanted:
        if name.startswith("panel") and " or " in expression and "hit|" in expression:
            broken.append((f"{name} with another name for hits", re.sub(r'outcome=~"[a-z_|]+"', 'outcome=~"hits"', expression)))
            if not prometheus.has_data(broken[-1][1]):
                tally.tell(broken[-1][0], "it has no number even so, and shows nothing of the check")
    for name, expression in broken:
        tally.tell(f"{name} would be a failure", None if complaint_of(prometheus, name, expression) else "it passes as data")


def check_traffic(tally, load):
    """That it was of every kind, and that the proxy told so."""
    for label, name, wanted in (("outcome", "sidecache_requests_total", OUTCOMES), ("cause", "sidecache_invalidations_total", CAUSES)):
        for value in sorted(wanted):
            tally.tell(f"traffic: {label} {value}", None if load.proxy.metric(name, **{label: value}) > 0 else "none")
    for name in COUNTED:
        tally.tell(f"traffic: {name}", None if load.proxy.metric(name) > 0 else "none")
    for whose, moved, of in (("the fleet's", fleet.MOVED, load.fleet), ("the query door's", queries.MOVED, load.proxy)):
        for name, labels in moved:
            tally.tell(" ".join(["traffic:", whose, name, *labels.values()]), None if of.metric(name, **labels) > 0 else "none")
    tally.tell("the traffic went on to the end", load.failure and f"{type(load.failure).__name__}: {load.failure}")


def check_running(tally, dashboard, patience):
    with Load() as load:
        with Prometheus(RULES / "prometheus.yml", targets=["%s:%d" % proxy.admin_address for proxy in load.proxies]) as prometheus:
            rules = wait_for_data(prometheus)
            check_names(tally, dashboard, rules)
            check_rules(tally, rules)
            wanted = [*expressions_of_rules(rules), *expressions_of_panels(tally, prometheus, dashboard)]
            check_data(tally, prometheus, wanted, patience)
            check_that_it_can_fail(tally, prometheus, wanted)
            for rule in prometheus.rules():
                if rule["health"] != "ok":
                    tally.tell(f"evaluation of {rule['name']}", rule.get("lastError") or rule["health"])
            check_traffic(tally, load)
            for what, proxy in (("", load.proxy), (" of a node", load.fleet.nodes[0])):
                metrics = Client(proxy.admin_address).get("/metrics").body.decode()
                tally.tell(f"promtool check metrics{what}", run_promtool("check", "metrics", text=metrics))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=Path)
    parser.add_argument("--patience", type=float, default=60, metavar="SECONDS", help="for data, of all expressions together [60]")
    arguments = parser.parse_args()
    os.environ["SIDECACHE_BIN"] = str(arguments.bin.resolve())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended too

    tally = Tally()
    try:
        check_running(tally, check_files(tally), arguments.patience)
    except (AssertionError, OSError, RuntimeError, ValueError) as error:
        tally.tell("the run", f"{type(error).__name__}: {error}")
    print(f"\n{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
