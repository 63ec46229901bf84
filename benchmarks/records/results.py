"""Shows what was measured before and after: lines and tables to read, a page, a plot, JSON for whoever compares."""

import json
import os
import re
import shlex
import time
from pathlib import Path
from statistics import median

import figures
from report import QUIET, cpu_model

ROOT = Path(__file__).resolve().parents[2]

BEGIN, END = "<!-- before_after.py writes from here -->", "<!-- to here -->"
PAGE = """# Results

Of one machine and one day each: what holds elsewhere are the ratios. README.md says how to measure.

%s
%s
""" % (BEGIN, END)

COLOURS = {"bare API": "#c44e52", "sidecache": "#2f6db5"}


def conditions(arguments, command):
    return {
        "date": time.strftime("%Y-%m-%d %H:%M %z"), "cpu": cpu_model(), "cpus": len(os.sched_getaffinity(0)),
        "users": arguments.users, "seconds": arguments.seconds, "warm_up": arguments.warm_up, "iterations": arguments.iterations,
        "patients": arguments.patients, "config": arguments.config.name, "command": command,
    }


def tell_conditions(of):
    return "%(date)s; %(cpu)s, %(cpus)d CPUs; iterations: %(iterations)d, of %(seconds)g s after %(warm_up)g s; %(users)d users, " \
           "%(patients)d patients, %(config)s" % of


def tell_command(arguments):
    """As it was typed, but for folders of this machine."""

    def told(word):
        name, equals, value = word.rpartition("=")
        path = Path(value)
        if path.is_absolute():
            value = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
        return name + equals + value

    return shlex.join(["benchmarks/records/before_after.py", *map(told, arguments)])


def show(number):
    if number is None:
        return "-"
    if isinstance(number, int):
        return str(number)
    return "%.0f" % number if number >= 1000 else "%.1f" % number if number >= 10 else "%.2f" % number


def tell_turn(iteration, mix, candidate, turn):
    told = ", ".join("%s %s" % (name, show(number)) for name, number in turn.figures().items() if number is not None)
    wrong = "".join("\n    " + error for error in dict.fromkeys(turn.errors[:5]))
    return "iteration %d, %s, %s: %s%s" % (iteration, mix, candidate, told, wrong)


def rows(bare, cached):
    """Medians; the ratio is the median of those within each iteration."""
    yield ("", "bare API", "sidecache", "ratio")
    before, after = figures.medians(bare), figures.medians(cached)
    for name in before:
        pairs = [(was.figures()[name], now.figures()[name]) for was, now in zip(bare, cached)]
        are_comparable = name != "errors" and all(was and now is not None for was, now in pairs)
        ratio = "%.3f" % median(now / was for was, now in pairs) if are_comparable else "-"
        yield (name, show(before[name]), show(after[name]), ratio)


def kind_rows(bare, cached):
    yield ("", "share %", "p50 ms before", "after", "p95 ms before", "after", "queries of one", "hits %")
    for kind, share, p50, p95, new_p50, new_p95, queries, hits in figures.by_kind(bare, cached):
        yield (kind, show(100 * share), show(p50), show(new_p50), show(p95), show(new_p95), show(queries), "-" if hits is None else "%.1f" % (100 * hits))


def table(lines):
    lines = list(lines)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in enumerate(zip(line, widths)))
                     for line in lines)


def markdown(lines):
    head, *rest = lines
    return "\n".join("| %s |" % " | ".join(line) for line in (head, ["---"] + ["---:"] * (len(head) - 1), *rest))


def tell_queries(bare, cached):
    told = tuple(figures.queries_without("needs", turns) for turns in (bare, cached))
    return "Queries per request without the slow page (needs): %.2f before, %.2f after." % told


def tell_mix(mix, bare, cached):
    return "\n\n".join((
        "%s: medians of %d turns" % (mix.capitalize(), len(bare)), table(rows(bare, cached)),
        "By kind of request, all turns together", table(kind_rows(bare, cached)), tell_queries(bare, cached),
    ))


def tell_disturbance(turns):
    others = [turn.others_cpu for turn in turns]
    told = "Others used %.0f %% of a CPU in the median turn, %.0f %% in the worst" % (100 * median(others), 100 * max(others))
    return told + (": a quiet machine." if median(others) < QUIET else ": no figures to keep.")


def page(old, of, both, verdicts):
    """The page with what stands between its marks replaced. `both`: the bare API's turns and sidecache's, by mix, first the one that is judged."""
    (judged, (bare, cached)), *others = both.items()
    told = "\n\n".join((
        "## The records API before and after", tell_conditions(of) + ".", "    " + of["command"],
        tell_disturbance([turn for of_mix in both.values() for of_one in of_mix for turn in of_one]),
        "Medians of %d turns of each; the ratio is the median of those within each iteration. Under the mix `%s`:" % (len(bare), judged),
        *_tables(bare, cached),
        "\n".join("    %s" % verdict for verdict in verdicts),
        "![Latencies and queries per request of the bare API and behind sidecache](before_after.png)",
        *(part for mix, of_both in others for part in ("Under the mix `%s`, of which nothing is asked but right answers:" % mix, *_tables(*of_both))),
    ))
    if BEGIN not in old or END not in old:
        old = (old.rstrip("\n") + "\n\n%s\n%s\n" % (BEGIN, END)) if old else PAGE
    return re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: "%s\n\n%s\n\n%s" % (BEGIN, told, END), old, count=1, flags=re.DOTALL)


def _tables(bare, cached):
    return markdown(rows(bare, cached)), "By kind of request, all turns together:", markdown(kind_rows(bare, cached)), tell_queries(bare, cached)


def write_page(path, of, both, verdicts):
    path.write_text(page(path.read_text() if path.exists() else "", of, both, verdicts))


def write_json(path, of, turns, full, verdicts):
    shown = {mix: {name: [{**turn.figures(), "CPU % of others": 100 * turn.others_cpu} for turn in of_one] for name, of_one in of_mix.items()}
             for mix, of_mix in turns.items()}
    text = json.dumps({"conditions": of, "turns": shown, "full store": full.figures(), "verdicts": [str(verdict) for verdict in verdicts]}, indent=1)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


def plot(path, bare, cached):
    """How many requests took how long, and the queries that one cost the database."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure, (latency, queries) = pyplot.subplots(1, 2, figsize=(10, 4.2), gridspec_kw={"width_ratios": (2.6, 1)})
    both = (("bare API", bare), ("sidecache", cached))
    for name, turns in both:
        times = sorted(sample["ms"] for turn in turns for sample in turn.samples)
        latency.step(times, [100 * (rank + 1) / len(times) for rank in range(len(times))], where="post", color=COLOURS[name], label=name, linewidth=1.8)
    latency.axhline(95, color="#888888", linewidth=0.8, linestyle="--")
    latency.axvline(figures.ASKED_P95_MS, color="#888888", linewidth=0.8, linestyle="--")
    latency.set_xscale("log")
    latency.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda number, _: "%g" % number))
    latency.set_xlabel("answered within (ms)")
    latency.set_ylabel("requests (%)")
    latency.set_ylim(0, 101)
    latency.set_title("Latency; dashed: 95 %% and %.0f ms" % figures.ASKED_P95_MS, fontsize=11)
    latency.legend(loc="lower right", framealpha=1, edgecolor="none")
    costs = [median(turn.queries_per_request for turn in turns) for _, turns in both]
    bars = queries.bar([name for name, _ in both], costs, color=[COLOURS[name] for name, _ in both], width=0.55)
    queries.bar_label(bars, [show(cost) for cost in costs], padding=3)
    queries.set_ylabel("origin queries per request")
    queries.set_ylim(0, 1.15 * max(costs) or 1)
    queries.set_title("Database", fontsize=11)
    for axes in (latency, queries):
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
