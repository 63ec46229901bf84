"""What a fleet costs where all is well: reads of what a node has stored, and writes, beside the same of one node without Redis in the same rounds."""

from dataclasses import dataclass
from statistics import median

import report
from candidates import Sidecache
from judge import Verdict, ratio
from nodes import FleetNode
from rounds import measure
from workloads import UNCACHEABLE, Asked, Workload

ALONE = "one node"
READS_COST = 1.1  # times those of one node: figures are good to 5 %, and to 10 % where rounds are short
WRITES_COST_MS = 2.0  # that intent, tick and confirmation add to a write, where nobody is slow

REFUSED = "ended with 2 before it listened"  # the configuration has problems

COLUMNS = ("", "CPU us/request", "x one node", "spread", "CPU busy", "requests/s", "p50 ms", "p99 ms")


@dataclass(frozen=True)
class WritesWorkload(Workload):
    """Of rows in turn, without content: what is measured is what becomes of the answer."""

    def distinct_requests(self):
        return [patch(number) for number in range(self.urls)]

    def requests(self, count=0, seed=0):
        return self.distinct_requests()


def patch(number):
    return b"PATCH /api/doctors/%d/ HTTP/1.1\r\nHost: records.example\r\nUser-Agent: fleet\r\nContent-Length: 0\r\n\r\n" % number


READS = Workload("reads", "hits of 1 KB", Asked(READS_COST, ALONE))
WRITES = tuple(
    WritesWorkload(name, what, Asked(READS_COST, ALONE), request=patch(0), fields=UNCACHEABLE, connections=connections, urls=500)
    for name, what, connections in (("one write", "writes, one at a time", 1), ("writes", "writes, as many as it takes", 64))
)


class OneNode(Sidecache):
    name = ALONE


def reading_candidates(program, modes, others_cpu):
    return [OneNode(program), *(FleetNode(program, mode, 2, others_cpu) for mode in modes)]


def writing_candidates(program, modes, others_cpu):
    strict = [FleetNode(program, "strict", 3, others_cpu)] if "strict" in modes else []
    found = reading_candidates(program, modes, others_cpu)
    place = next((place for place, candidate in enumerate(found) if getattr(candidate, "mode", "") == "strict"), 0)
    return found[:place + 1] + strict + found[place + 1:]


def measure_reads(program, modes, plan, tell):
    return [(READS, measure(READS, reading_candidates(program, modes, plan.load_cpu), plan, tell))]


def measure_writes(program, modes, plan, tell):
    return [(workload, measure(workload, writing_candidates(program, modes, plan.load_cpu), plan, tell)) for workload in WRITES]


def is_refused(series):
    """Its configuration is: so says a proxy of a mode that it does not know."""
    return not series.cells and any(REFUSED in problem for problem in series.problems)


def rows(workload, everyone):
    alone = next((series for series in everyone if series.candidate == ALONE), None)
    for series in everyone:
        of = report.figures(workload, series, alone)
        if of is None:
            yield [series.candidate + (": refused" if is_refused(series) else ": failed")] + ["-"] * (len(COLUMNS) - 1)
            continue
        times = "-" if of["times_limit"] is None else "%.2f" % of["times_limit"]
        yield [series.candidate + (" (!)" if series.problems else ""), "%.2f" % of["cpu_us"], times, "%.0f %%" % (100 * of["spread"]), "%.0f %%" % (100 * of["busy"]),
               "%.0f" % of["per_second"], "%.2f" % of["p50_ms"], "%.2f" % of["p99_ms"]]


FORM = report.Form(COLUMNS, rows)


def judge(workload, everyone):
    """The verdicts on one workload."""
    named = {series.candidate: series for series in everyone}
    verdicts = [_judge_answers(workload, series) for series in everyone]
    alone = named.get(ALONE)
    for series in everyone:
        if series is alone or not series.cells or alone is None or not alone.cells:
            continue
        verdicts.append(_judge_read(series, alone) if workload is READS else _judge_write(workload, series, alone))
    return [verdict for verdict in verdicts if verdict is not None]


def _judge_answers(workload, series):
    if is_refused(series):
        reason = series.problems[0].strip().splitlines()[-1]
        return Verdict("%s: %s: this proxy refuses it: %s" % (workload.name, series.candidate, reason), False, is_counted=False)
    if series.problems:
        return Verdict("%s: %s: %s" % (workload.name, series.candidate, "; ".join(dict.fromkeys(series.problems))), False)
    return Verdict("%s: %s: %d right answers" % (workload.name, series.candidate, sum(cell.load.requests for cell in series.cells)), True)


def _judge_read(series, alone):
    times = ratio(series, alone)
    told = "reads: with Redis healthy, a hit at a node of %s costs %.2f x the CPU of one node's; asked: 1, at most %.2f passes" % (series.candidate, times, READS_COST)
    return Verdict(told, times <= READS_COST, is_counted="verified" not in series.candidate)  # that asks Redis, and says so


def _judge_write(workload, series, alone):
    if workload.connections > 1:
        return None
    own, others = (median(cell.load.p50_us for cell in each.cells) / 1000 for each in (series, alone))
    told = "%s: %s: p50 %.2f ms, of one node %.2f ms: intent, tick and confirmation take %.2f ms; asked: at most %.0f" % (
        workload.name, series.candidate, own, others, own - others, WRITES_COST_MS)
    return Verdict(told, own - others <= WRITES_COST_MS, is_counted=False)
