"""Shows what was measured: tables to read, tables for RESULTS.md, JSON for whoever compares."""

import json
import os
import platform
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from judge import ratio
from open_loop import SHARES

COLUMNS = ("", "CPU us/request", "x limit", "spread", "CPU busy", "requests/s", "p50 ms", "p99 ms", "MiB before", "MiB after")

QUIET = 0.05  # CPUs that others use


def figures(workload, series, limit):
    """The medians over all rounds; None where there are none."""
    if not series.cells:
        return None

    def middle(of):
        return median(of(cell) for cell in series.cells)

    def latency(of):
        # wrk corrects latencies by the mean time between responses, which says nothing of those that come sixteen at a time.
        return middle(of) / 1000 if workload.pipelined == 1 else None

    costs = [cell.cpu_us for cell in series.cells]
    return {
        "cpu_us": median(costs),
        "times_limit": ratio(series, limit) if limit and limit.cells else None,
        "spread": (max(costs) - min(costs)) / median(costs) if median(costs) else 0.0,
        "busy": middle(lambda cell: cell.busy),
        "per_second": middle(lambda cell: cell.load.per_second),
        "p50_ms": latency(lambda cell: cell.load.p50_us),
        "p99_ms": latency(lambda cell: cell.load.p99_us),
        "resident_before": series.resident_before,
        "resident_after": series.resident_after,
    }


def rows(workload, everyone):
    limit = _limit_of(everyone)
    for series in everyone:
        of = figures(workload, series, limit)
        name = series.candidate + (" (!)" if series.problems and of else "")
        if of is None:
            yield [name] + ["-"] * (len(COLUMNS) - 1)
            continue
        yield [
            name, _show("%.2f", of["cpu_us"]), _show("%.2f", of["times_limit"]), "%.0f %%" % (100 * of["spread"]), "%.0f %%" % (100 * of["busy"]),
            "%.0f" % of["per_second"], _show("%.2f", of["p50_ms"]), _show("%.2f", of["p99_ms"]),
            "%.1f" % (of["resident_before"] / 2**20), "%.1f" % (of["resident_after"] / 2**20),
        ]


def _limit_of(everyone):
    return next((series for series in everyone if series.candidate == "limit"), None)


def _show(form, number):
    return "-" if number is None else form % number


def timed_rows(workload, everyone):
    for series in everyone:
        cells = [series.candidate]
        for share in SHARES:
            runs = series.timings.get(share, [])
            cells += ["%.0f" % runs[0][0] if runs else "-"]
            cells += [_show("%.0f", series.timing(share, figure)) for figure in ("p50_us", "p99_us", "p999_us")]
        lags = [series.timing(share, "lag_p99_us") for share in SHARES if series.timings.get(share)]
        yield cells + [_show("%.0f", max(lags, default=None))]


@dataclass(frozen=True)
class Form:
    columns: tuple
    rows: object


COSTS = Form(COLUMNS, rows)
TIMED = Form(("", *("%s at %.0f %%" % (figure, 100 * share) for share in SHARES for figure in ("requests/s", "p50", "p99", "p99.9")), "own lag, p99"), timed_rows)


def table(workload, everyone, form=COSTS):
    lines = [form.columns, *form.rows(workload, everyone)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(form.columns))]
    return "\n".join("  ".join(cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in enumerate(zip(line, widths)))
                     for line in lines)


def markdown(workload, everyone, form=COSTS):
    lines = [form.columns, ["---"] + ["---:"] * (len(form.columns) - 1), *form.rows(workload, everyone)]
    return "\n".join("| %s |" % " | ".join(line) for line in lines)


def conditions(plan, candidates):
    """Under which the figures hold."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "cpu": cpu_model(),
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "versions": {candidate.name: candidate.version() for candidate in candidates if candidate.name != "limit"},
    }


def tell_conditions(of):
    return "%s, %d CPUs, Linux %s; %d rounds of %d s; %s" % (
        of["cpu"], of["cpus"], of["kernel"], of["rounds"], of["seconds"], "; ".join(of["versions"].values()))


def tell_disturbance(measured):
    """Whether the machine was quiet enough for figures to keep."""
    others = [cell.others for _, everyone in measured for series in everyone for cell in series.cells]
    if not others:
        return "Nothing was measured."
    told = "Others used %.0f %% of a CPU in the median round, %.0f %% in the worst" % (100 * median(others), 100 * max(others))
    return told + (": a quiet machine." if median(others) < QUIET else ": good for the verdicts, not for figures to keep.")


def write_json(path, of_conditions, measured, verdicts):
    """`measured`: pairs of a workload and its series."""
    workloads = []
    for workload, everyone in measured:
        limit = _limit_of(everyone)
        workloads.append({
            "name": workload.name, "what": workload.what, "connections": workload.connections, "pipelined": workload.pipelined, "size": workload.size,
            "candidates": [{"figures": figures(workload, series, limit), **asdict(series)} for series in everyone],
        })
    text = json.dumps({"conditions": of_conditions, "workloads": workloads, "verdicts": [asdict(verdict) for verdict in verdicts]}, indent=1)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
