#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draw the record of perf/gsn/compare.py: time by phase, total, memory.

    gsn_compare.py gsn_compare.json --output=DIR
"""
import os
import sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

sys.path.append(os.path.join(os.path.dirname(__file__), os.pardir))
from support.picture import COLOURS, draw_record  # noqa: E402

NAMES = {"kovar": "kovar", "torch": "PyTorch", "numpy": "NumPy/SciPy"}
STAGES = ("trial statistics", "noise covariance", "noise scoring",
          "data covariance", "data scoring", "loop", "other")
LEAST = 0.01  # of the computing of any program, else a phase is not drawn
LOSSES = {"whole_trial": "of the trials lost",
          "per_unit": "of the responses lost"}


def pretty(x):
    return f"{x:.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:#.2g}"


def bars(axes, record, lines, names, log):
    """One group of horizontal bars per line, first program on top."""
    programs = record["programs"]
    height = 0.8 / len(programs)
    shown = [record["summary"][line][p] for line in lines for p in programs]
    most = max(cell["max"] for cell in shown)
    least = min([cell["median"] for cell in shown if cell["median"] > 0],
                default=most or 1)
    for k, program in enumerate(programs):
        cells = [record["summary"][line][program] for line in lines]
        where = [i + (k - (len(programs) - 1) / 2) * height
                 for i in range(len(lines))]
        middle = [cell["median"] for cell in cells]
        error = [[c["median"] - c["min"] for c in cells],
                 [c["max"] - c["median"] for c in cells]]
        axes.barh(where, middle, height * 0.92, color=COLOURS[program],
                  label=NAMES[program])
        if record["repeats"] > 1:
            axes.errorbar(middle, where, xerr=error, fmt="none",
                          ecolor="black", elinewidth=0.8, capsize=2)
        for y, cell in zip(where, cells):
            if cell["median"] > 0:
                axes.annotate(pretty(cell["median"]), (cell["max"], y),
                              (4, 0), textcoords="offset points",
                              va="center", fontsize=8)
    axes.set_yticks(range(len(lines)), names)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)
    if log:
        axes.set_xscale("log")
        axes.set_xlim(least / 2, most * 3)
    else:
        axes.set_xlim(0, most * 1.18)


def title(record):
    case, runs = record["case"], record["repeats"]
    lost = ""
    if case.get("path") in LOSSES:
        lost = f"{100 * case['missing']:g} % {LOSSES[case['path']]}, "
    return (f"GSN, {case['units']} units, {case['conditions']} conditions, "
            f"{case['trials']} trials, {lost}{case['threads']} threads, double"
            + (f": median and range of {runs} paired runs" if runs > 1
               else ": one run"))


def draw(record):
    summary = record["summary"]
    shown = [stage for stage in STAGES if stage in summary
             and any(summary[stage][p]["median"]
                     > LEAST * summary["computing"][p]["median"]
                     for p in record["programs"])]
    figure, axes = plt.subplot_mosaic(
        [["stages", "wall"], ["stages", "peak"], ["legend", "legend"]],
        figsize=(10, 4.8), width_ratios=[3, 2], height_ratios=[9, 8, 1],
        layout="constrained")
    bars(axes["stages"], record, shown,
         [stage.replace(" ", "\n") for stage in shown], log=True)
    axes["stages"].set_title("Time by phase", loc="left")
    axes["stages"].set_xlabel("seconds, logarithmic")
    bars(axes["wall"], record, ["wall", "computing"],
         ["whole\nprocess", "computing"], log=False)
    axes["wall"].set_title("Total time", loc="left")
    axes["wall"].set_xlabel("seconds")
    bars(axes["peak"], record, ["peak"], [""], log=False)
    axes["peak"].set_title("Peak memory", loc="left")
    axes["peak"].set_xlabel("MiB")
    handles, labels = axes["peak"].get_legend_handles_labels()
    axes["legend"].legend(handles, labels, loc="center", ncol=len(labels),
                          frameon=False)
    axes["legend"].axis("off")
    figure.suptitle(title(record))
    return figure


if __name__ == "__main__":
    sys.exit(draw_record(draw, "gsn_compare", __doc__))
