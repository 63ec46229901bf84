#!/usr/bin/env python3
"""Plots what hit_ratio has written: hits over the budget, a panel for each trace, and one more of bytes where objects have sizes.

    plot.py hit_ratio.json hit_ratio.png
"""

import argparse
import json
from pathlib import Path

# As in the tables; what is not here is drawn in grey.
COLOURS = {"sidecache": "#2f6db5", "LRU": "#8c8c8c", "FIFO": "#c7c7c7", "S3-FIFO": "#dd8452", "SIEVE": "#55a868", "W-TinyLFU": "#c44e52", "GDSF": "#8172b3"}

OF = {"objects": "hits (% of requests)", "bytes": "hits (% of bytes)"}


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("json", type=Path, help="what hit_ratio --json wrote")
    parser.add_argument("png", type=Path)
    return parser.parse_args()


def panels(traces):
    """(trace, which of the two ratios), in the order of the panels."""
    return [(trace, of) for trace in traces for of in OF if of == "objects" or trace["has_sizes"]]


def draw(axes, trace, of):
    for name, cells in trace["policies"].items():
        is_ours = name.startswith("sidecache")
        axes.plot([100 * cell["share"] for cell in cells], [100 * cell[of] for cell in cells], label=name, marker="o", markersize=3, zorder=3 if is_ours else 2,
                  color=COLOURS.get(name, COLOURS["sidecache"] if is_ours else "#555555"), linewidth=2.4 if is_ours else 1.2,
                  linestyle="--" if name not in COLOURS else "-")
    axes.set_xscale("log")
    shares = [100 * cell["share"] for cell in trace["policies"]["sidecache"]]
    axes.set_xticks(shares, labels=["%g" % share for share in shares])
    axes.minorticks_off()
    axes.set_xlabel("budget (% of the footprint)")
    axes.set_ylabel(OF[of])
    axes.set_title(trace["trace"], fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)


def plot(path, traces):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawn = panels(traces)
    figure, all_axes = pyplot.subplots(1, len(drawn), figsize=(2 + 3.6 * len(drawn), 4.2), squeeze=False)
    for axes, (trace, of) in zip(all_axes[0], drawn):
        draw(axes, trace, of)
    all_axes[0][-1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5), fontsize=8, edgecolor="none")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


if __name__ == "__main__":
    arguments = read_arguments()
    plot(arguments.png, json.loads(arguments.json.read_text())["traces"])
