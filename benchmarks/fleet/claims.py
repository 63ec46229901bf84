"""What is claimed of a fleet with one slow node, judged and shown: T21."""

from statistics import median

import report
from judge import Verdict

# Reads at the others are unchanged, if their p99 is at most so much longer than with no node slow, or than that of who shares the machine and not the fleet: what a burst of others' work does
# to every process on its CPUs is no matter of the fleet's. Beside so much else on two CPUs p99s of one kind differ by as much.
READS_TIMES, READS_MORE_MS = 1.5, 1.0
# Nothing is unbounded that is no greater in the last third of what is measured than in the second, but for so much.
GROWTH, GROWTH_BYTES = 1.15, 16 << 20
# A mirror that has lost the stream catches up by reading the table, and its lag falls back each time: what only grows never does.
LAG_GROWTH, LAG_SECONDS, LAG_FALLS = 1.25, 1.0, 0.8  # times; of writes; of the greatest in the second third
LONG_ENOUGH = 20  # seconds: in less, what fills up to its limit may be on its way yet

COLUMNS = ("", "writes", "200", "503", "504", "other", "none", "p50 ms", "p99 ms", "max ms", "reads", "p50 ms", "p99 ms", "hits", "pool", "lag", "trusted", "tables",
           "removals", "MiB", "CPU")
OF_NODES, OF_WRITES, OF_READS = len(COLUMNS) - 3, COLUMNS.index("reads") - 1, COLUMNS.index("hits") + 1 - COLUMNS.index("reads")


def rows(is_slow, phases):
    """Of all phases of a kind: counts are sums; latencies, shares and CPU are medians; what is called greatest is that of all."""
    phases = [phase for phase in phases if phase.is_slow == is_slow]
    if not phases:
        return
    names = [node.name for node in phases[0].nodes]
    for part in phases[0].parts:
        cells = ["-"] * OF_NODES
        if part in names:
            nodes = [phase.nodes[names.index(part)] for phase in phases]
            cells = [*write_cells(nodes), *read_cells([node.reads for node in nodes], [node.hits for node in nodes]), *mirror_cells(part, phases, nodes)]
        elif part == "bystander":
            cells = [*["-"] * OF_WRITES, *read_cells([phase.bystander for phase in phases]), *["-"] * (OF_NODES - OF_WRITES - OF_READS)]
        resident = _most(phases, "resident", part)
        busy = median(phase.busy(part) for phase in phases)
        yield [part + (" (slow)" if is_slow and part == names[-1] else ""), *cells, _show("%.1f", resident and resident / 2**20), "%.0f %%" % (100 * busy)]
    yield ["open loops", *["-"] * (OF_NODES + 1), "%.0f %%" % (100 * median(phase.busy(*phase.loops) for phase in phases))]


def write_cells(nodes):
    written = [node.writes for node in nodes]
    others = sum(count for answers in written for status, count in answers.statuses.items() if status not in (200, 503, 504))
    return ["%d" % sum(answers.requests for answers in written), *("%d" % sum(answers.count(status) for answers in written) for status in (200, 503, 504)),
            "%d" % others, "%d" % sum(answers.lost for answers in written),
            "%.2f" % median(answers.p50_ms for answers in written), "%.2f" % median(answers.p99_ms for answers in written), "%.0f" % max(answers.max_ms for answers in written)]


def read_cells(read, hits=()):
    read, hits = [answers for answers in read if answers], [share for share in hits if share is not None]
    if not read:
        return ["-"] * OF_READS
    return ["%d" % sum(answers.requests for answers in read), "%.2f" % median(answers.p50_ms for answers in read),
            "%.2f" % median(answers.p99_ms for answers in read), _show("%.1f %%", 100 * median(hits) if hits else None)]


def mirror_cells(name, phases, nodes):
    trusted = [each for phase in phases for each in phase.seen("trusted", name)]
    return [*(_show("%.0f", _most(phases, figure, name)) for figure in ("waiting", "lag")),
            _show("%.0f %%", 100 * sum(trusted) / len(trusted) if trusted else None),
            "%d" % sum(node.tables for node in nodes), "%d" % sum(node.removals for node in nodes)]


NONE_SLOW = report.Form(COLUMNS, lambda _, phases: rows(False, phases))
ONE_SLOW = report.Form(COLUMNS, lambda _, phases: rows(True, phases))


def tell_disturbance(phases):
    others = [phase.others() for phase in phases]
    return "Others used %.0f %% of a CPU in the median phase, %.0f %% in the worst" % (100 * median(others), 100 * max(others)) + (
        ": a quiet machine." if median(others) < report.QUIET else ": not for figures to keep.")


def judge(plan, trials, phases):
    verdicts = [judge_rate(plan, trials, phases)]
    if not phases:
        return verdicts
    none_slow, one_slow = ([phase for phase in phases if phase.is_slow == is_slow] for is_slow in (False, True))
    return verdicts + [judge_healthy(none_slow), judge_reads(none_slow, one_slow), judge_writes(plan, one_slow), judge_answers(one_slow),
                       *judge_growth(plan, one_slow)]


def judge_rate(plan, trials, phases):
    if not phases:
        tried = ", ".join("%.0f" % trial.rate for trial in trials)
        return Verdict("rate: this machine drives no rate that was tried, with no node slow: %s writes/s" % tried, False)
    rate = phases[0].rate
    told = "rate: %.0f writes/s hold with no node slow, each answered 200 and p99 within a quarter of a lease; asked: %.0f" % (rate, plan.writes)
    return Verdict(told, rate >= plan.writes, is_counted=False)  # of the machine


def judge_healthy(phases):
    bad = sum(node.writes.lost + sum(count for status, count in node.writes.statuses.items() if status != 200) for phase in phases for node in phase.nodes)
    return Verdict("no node slow: %d writes were not answered 200; asked: 0" % bad, bad == 0)


def judge_reads(none_slow, one_slow):
    without, beside = (median(max(node.reads.p99_ms for node in phase.nodes if node.reads) for phase in phases) for phases in (none_slow, one_slow))
    of_bystander = [median(phase.bystander.p99_ms for phase in phases) for phases in (none_slow, one_slow)]
    lost = sum(0 if node.reads.are_all_good else 1 for phase in one_slow for node in phase.nodes if node.reads)
    told = "one node slow: p99 of reads at the others %.2f ms, of who is in no fleet %.2f ms; without it %.2f and %.2f ms; asked: unchanged, at most %.1f x or %.0f ms more than one of these passes" % (
        beside, of_bystander[1], without, of_bystander[0], READS_TIMES, READS_MORE_MS)
    told += ", and all answered 200" + ("" if not lost else ": some were not")
    return Verdict(told, lost == 0 and any(beside <= max(READS_TIMES * least, least + READS_MORE_MS) for least in (without, of_bystander[1])))


def judge_writes(plan, one_slow):
    longest = max(node.writes.max_ms for phase in one_slow for node in phase.nodes)
    waited = sum(node.writes.waited for phase in one_slow for node in phase.nodes)
    told = "one node slow: longest write %.0f ms; asked: at most 1.5 L + D = %.0f ms" % (longest, 1000 * plan.bound)
    told += "" if not waited else " (%d waited for a connection of their own first)" % waited
    return Verdict(told, longest <= 1000 * plan.bound)


def judge_answers(one_slow):
    answers = [node.writes for phase in one_slow for node in phase.nodes]
    counts = {status: sum(each.count(status) for each in answers) for status in (200, 503, 504)}
    others = sum(sum(each.statuses.values()) for each in answers) - sum(counts.values())
    lost = sum(each.lost for each in answers)
    told = "one node slow: writes answered 200: %d, 503: %d, 504: %d, otherwise: %d, not at all: %d; asked: none otherwise, none not at all" % (*counts.values(), others, lost)
    return Verdict(told, others == 0 and lost == 0)


def judge_growth(plan, one_slow):
    """What grows as long as it is slow would have no bound."""
    is_counted = plan.seconds >= LONG_ENOUGH
    servers = [part for part in one_slow[0].parts if part.startswith("node ") or part == "redis-server"]
    for part in servers:
        second, last = (max(values, default=0) for values in thirds(one_slow, "resident", part))
        told = "one node slow: %s takes %.1f MiB at most in the last third, %.1f in the second; asked: no more, %.2f x or %d MiB more pass" % (
            part, last / 2**20, second / 2**20, GROWTH, GROWTH_BYTES >> 20)
        yield Verdict(told, last <= max(GROWTH * second, second + GROWTH_BYTES), is_counted)
    for part in servers:
        if not part.startswith("node "):
            continue
        second, last = thirds(one_slow, "lag", part)
        greatest, least, before = max(last, default=0), min(last, default=0), max(second, default=0)
        told = "one node slow: the mirror of %s lags by %.0f to %.0f ticks in the last third, by at most %.0f in the second; asked: no more, or that it falls back to %.1f x that" % (
            part, least, greatest, before, LAG_FALLS)
        yield Verdict(told, greatest <= max(LAG_GROWTH * before, before + LAG_SECONDS * one_slow[0].rate) or least <= LAG_FALLS * before, is_counted)


def thirds(phases, figure, part):
    """What was seen in the second and in the last third of what is measured, of all phases."""
    def within(phase, begin, end):
        first, last = phase.measured
        return phase.seen(figure, part, (first + begin * (last - first), first + end * (last - first)))

    return [[value for phase in phases for value in within(phase, *third)] for third in ((1 / 3, 2 / 3), (2 / 3, 1))]


def _most(phases, figure, part):
    """None where it never was seen."""
    return max((value for phase in phases for value in phase.seen(figure, part)), default=None)


def _show(form, number):
    return "-" if number is None else form % number
