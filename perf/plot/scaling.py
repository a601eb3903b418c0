#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draw records of perf/scaling: time with its ideal line, efficiency, share
per phase, and the cost model against measurement.

    scaling.py R --output=DIR
    scaling.py R --machine=perf/scaling/machines/two_cores.json --output=DIR

scaling.png and .svg: a row for each series. With --machine, model.png and
.svg: predicted over measured seconds of every phase.
"""
import argparse
import os
import sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, os.pardir, "scaling"))
from check import compared, totals  # noqa: E402
from cost import read_machine  # noqa: E402
from record import BadRecord, read_records  # noqa: E402

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00",
           "#F0E442", "#999999")
LEAST = 0.02  # of a run, else a phase is among the others


def by_series(records):
    groups = {}
    for record in records:
        groups.setdefault(record["series"], []).append(record)
    return groups


def label_of(record):
    return f"{record['ranks']} x {record['threads']}"


def workers(record):
    return record["ranks"] * record["threads"]


def by_threads(records):
    """Lines of a series: records of as many threads a rank."""
    lines = {}
    for record in records:
        lines.setdefault(record["threads"], []).append(record)
    return lines


def ideal(record, first):
    """Seconds if all workers were of use; weak series stay as they are."""
    if record["scaling"] == "weak":
        return first["seconds"]["max"]
    return first["seconds"]["max"] * workers(first) / workers(record)


def draw_time(axes, records, machine):
    first = records[0]
    counts = sorted({workers(r) for r in records})
    axes.plot(counts, [ideal({**first, "ranks": n, "threads": 1}, first)
                       for n in counts], ":", color="black", label="ideal")
    for (threads, line), colour in zip(by_threads(records).items(), COLOURS):
        where = [workers(r) for r in line]
        mean = [r["seconds"]["mean"] for r in line]
        most = [r["seconds"]["max"] for r in line]
        axes.errorbar(where, most, yerr=[[m - a for a, m in zip(mean, most)],
                                         [0] * len(most)], fmt="o-",
                      color=colour, markersize=4, capsize=2,
                      label=f"{threads} thread{'s' * (threads > 1)} a rank")
        if machine:
            axes.plot(where, [totals(compared(r, machine))[1] for r in line],
                      "x--", color=colour, markersize=5, linewidth=0.8)
    if machine:
        axes.plot([], [], "x--", color="black", markersize=5, linewidth=0.8,
                  label="model")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(counts, [str(n) for n in counts])
    low, high = axes.get_ylim()
    ends = [low / 1.2, high * 1.2]
    marks = [m * 10.0**e for e in range(-6, 7) for m in (1, 2, 3, 5, 7)]
    marks = [m for m in marks if ends[0] <= m <= ends[1]]
    axes.set_yticks(marks, [f"{m:g}" for m in marks])
    axes.set_ylim(*ends)
    axes.minorticks_off()
    axes.set_xlabel("ranks x threads")
    axes.set_ylabel("seconds, slowest rank")
    axes.legend(fontsize=7, frameon=False)


def draw_efficiency(axes, records):
    first = records[0]
    labels = [label_of(r) for r in records]
    shares = [100 * ideal(r, first) / r["seconds"]["max"] for r in records]
    axes.bar(labels, shares, 0.6, color=COLOURS[0])
    for at, share in enumerate(shares):
        axes.annotate(f"{share:.0f}", (at, share), (0, 2), ha="center",
                      textcoords="offset points", fontsize=8)
    axes.axhline(100, color="black", linestyle=":", linewidth=1)
    axes.set_ylim(0, max(120, 1.1 * max(shares)))
    axes.set_ylabel("efficiency, %")
    axes.set_xlabel("ranks x threads of a rank")


def draw_shares(axes, records):
    """Phases of the slowest ranks, stacked."""
    names = [p["name"] for p in records[0]["phases"]]
    shown = [name for name in names if any(
        p["max"] > LEAST * r["seconds"]["max"]
        for r in records for p in r["phases"] if p["name"] == name)]
    base = [0.0] * len(records)
    labels = [label_of(r) for r in records]
    for name, colour in zip([*shown, "other"], COLOURS):
        shares = [100 / r["seconds"]["max"] * sum(
            p["max"] for p in r["phases"]
            if p["name"] == name or (name == "other"
                                     and p["name"] not in shown))
            for r in records]
        if max(shares) == 0:
            continue
        axes.bar(labels, shares, 0.6, bottom=base, color=colour, label=name)
        base = [b + s for b, s in zip(base, shares)]
    axes.set_ylabel("share per phase, %")
    axes.set_xlabel("ranks x threads of a rank")
    axes.legend(fontsize=7, frameon=False, loc="center left",
                bbox_to_anchor=(1, 0.5))


def draw_series(records, machine):
    groups = by_series(records)
    figure, rows = plt.subplots(len(groups), 3, squeeze=False,
                                figsize=(12, 2.9 * len(groups)),
                                layout="constrained")
    for axes, (name, group) in zip(rows, groups.items()):
        for one in axes:
            one.spines[["top", "right"]].set_visible(False)
        draw_time(axes[0], group, machine)
        draw_efficiency(axes[1], group)
        draw_shares(axes[2], group)
        sizes = ", ".join(f"{k} {v:,}" for k, v in group[0]["sizes"].items()
                          if k != "seed")
        axes[0].set_title(f"{name}: {sizes}", loc="left", fontsize=9)
    return figure


def draw_model(records, machine):
    figure, axes = plt.subplots(figsize=(5.5, 5), layout="constrained")
    modules = sorted({r["module"] for r in records})
    for module, colour in zip(modules, COLOURS):
        points, sums = [], []
        for record in records:
            if record["module"] == module:
                phases = compared(record, machine)
                points += [p[1:] for p in phases if min(p[1:]) > 0]
                if phases:
                    sums.append(totals(phases))
        axes.plot(*zip(*points), ".", color=colour, markersize=4, alpha=0.5)
        axes.plot(*zip(*sums), "o", color=colour, markersize=6, label=module)
    ends = axes.get_xlim()
    for factor, style in ((1, "-"), (1.3, ":"), (1 / 1.3, ":")):
        axes.plot(ends, [factor * x for x in ends], style, color="black",
                  linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("measured, seconds")
    axes.set_ylabel("model, seconds")
    axes.set_title("Runs (large) and their phases (small); dotted: 30 %",
                   loc="left", fontsize=9)
    axes.legend(frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="+", help="folders, or records")
    parser.add_argument("--machine", metavar="FILE")
    parser.add_argument("--output", default=".", metavar="DIR")
    arguments = parser.parse_args()
    try:
        records = read_records(arguments.records)
        machine = arguments.machine and read_machine(arguments.machine)
    except (BadRecord, OSError, ValueError) as error:
        print(f"scaling.py: {error}", file=sys.stderr)
        return 2
    if not records:
        print("scaling.py: no records in " + ", ".join(arguments.records),
              file=sys.stderr)
        return 2
    os.makedirs(arguments.output, exist_ok=True)
    figures = {"scaling": draw_series(records, machine)}
    if machine:
        figures["model"] = draw_model(records, machine)
    for name, figure in figures.items():
        for ending in ("png", "svg"):
            figure.savefig(os.path.join(arguments.output,
                                        f"{name}.{ending}"), dpi=130)
    return 0


if __name__ == "__main__":
    sys.exit(main())
