#!/usr/bin/env python3
"""Plots what peers.py has written: what a request costs beside the limit, and p99 under the open loop.

    plot.py build/benchmarks/peers.json peers.png
"""

import argparse
import json
from pathlib import Path
from statistics import median

COLOURS = {"limit": "#c7c7c7", "sidecache": "#2f6db5", "nginx": "#55a868", "haproxy": "#dd8452", "varnish": "#8172b3", "trafficserver": "#c44e52"}


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("json", type=Path, help="what peers.py wrote")
    parser.add_argument("png", type=Path)
    return parser.parse_args()


def costs(workload):
    """CPU per request by candidate, as a multiple of the limit's; of those that were measured."""
    return {each["candidate"]: each["figures"]["times_limit"] for each in workload["candidates"] if each["figures"] and each["figures"]["times_limit"]}


def latencies(workload):
    """By candidate: shares of capacity and p99 in microseconds, medians over rounds."""
    return {each["candidate"]: sorted((float(share), median(timing["p99_us"] for _, timing in runs)) for share, runs in each["timings"].items())
            for each in workload["candidates"] if each["timings"]}


def draw_costs(axes, workloads):
    names = [name for name in COLOURS if any(name in costs(workload) for workload in workloads)]
    width = 0.8 / max(len(names), 1)
    for place, name in enumerate(names):
        at = [(row + (place - (len(names) - 1) / 2) * width, costs(workload)[name]) for row, workload in enumerate(workloads) if name in costs(workload)]
        axes.bar([x for x, _ in at], [cost for _, cost in at], width=width, color=COLOURS[name], label=name)
    axes.set_xticks(range(len(workloads)), labels=[workload["name"] for workload in workloads], rotation=30, ha="right")
    axes.set_ylabel("CPU per request, x a bare responder's")
    axes.set_yscale("log")
    axes.set_yticks([1, 2, 5, 10, 20], labels=["1", "2", "5", "10", "20"])
    axes.minorticks_off()
    axes.legend(fontsize=8, edgecolor="none", ncols=3)


def draw_latencies(axes, workload):
    for name, points in latencies(workload).items():
        axes.plot([100 * share for share, _ in points], [p99 for _, p99 in points], marker="o", markersize=4, color=COLOURS[name], label=name,
                  linewidth=2.4 if name == "sidecache" else 1.2)
    axes.set_yscale("log")
    axes.set_xlabel("% of capacity")
    axes.set_ylabel("p99, microseconds, open loop")
    axes.set_title(workload["name"], fontsize=11)


def plot(path, workloads):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    timed = [workload for workload in workloads if latencies(workload)]
    figure, panels = pyplot.subplots(1, 1 + len(timed), figsize=(7.5 + 3.6 * len(timed), 4.4), squeeze=False, gridspec_kw={"width_ratios": [2.2] + [1] * len(timed)})
    draw_costs(panels[0][0], workloads)
    for axes, workload in zip(panels[0][1:], timed):
        draw_latencies(axes, workload)
    for axes in panels[0]:
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def main():
    arguments = read_arguments()
    plot(arguments.png, json.loads(arguments.json.read_text())["workloads"])


if __name__ == "__main__":
    main()
