#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draw the record of perf/gp/compare.py: time over n, and kovar beside LAPACK alone.

    gp_compare.py gp_compare.json --output=DIR
"""
import os
import sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

sys.path.append(os.path.join(os.path.dirname(__file__), os.pardir))
from support.picture import (  # noqa: E402
    COLOURS, draw_record, line_with_ratios)

NAMES = {"kovar": "kovar", "gpytorch": "GPyTorch",
         "pull_request": "GPyTorch, pull request 2682",
         "automatic": "PyTorch, automatic", "custom": "PyTorch, closed form",
         "potri": "PyTorch, closed form by potri"}
TITLES = {"value": "Value", "gradient": "Value and all gradients"}


def lines_over_n(axes, results, alone):
    """Milliseconds over n; what others take as a multiple; LAPACK dotted."""
    results = sorted(results, key=lambda r: r["case"]["n"])
    for program in NAMES:
        found = [r for r in results if program in r["seconds"]]
        if found:
            line_with_ratios(
                axes, [r["case"]["n"] for r in found],
                [r["seconds"][program] for r in found],
                [r["ratios"].get(program) for r in found], 1e3,
                color=COLOURS[program], label=NAMES[program])
    alone = sorted(alone, key=lambda r: r["case"]["n"])
    if alone:
        axes.plot([r["case"]["n"] for r in alone],
                  [r["seconds"]["median"] * 1e3 for r in alone], ":",
                  color="black", label="LAPACK's potrf and potri alone")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.margins(x=0.12, y=0.1)
    sizes = sorted({r["case"]["n"] for r in results})
    axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
    axes.minorticks_off()
    axes.set_xlabel("points n")
    axes.set_ylabel("milliseconds")


def draw(record):
    panels = {}
    for r in record["results"]:
        if r["case"]["case"] in TITLES:
            key = tuple(r["case"][k] for k in ("case", "precision", "threads"))
            panels.setdefault(key, []).append(r)
    figure, all_axes = plt.subplots(
        1, len(panels), figsize=(1 + 3.9 * len(panels), 4.6), squeeze=False,
        layout="constrained")
    for axes, ((name, precision, threads), results) in zip(
            all_axes[0], panels.items()):
        alone = [r for r in record["results"]
                 if r["case"]["case"] == "lapack"
                 and r["case"]["precision"] == precision
                 and r["case"]["threads"] == threads]
        lines_over_n(axes, results, alone if name == "gradient" else [])
        axes.set_title(f"{TITLES[name]}, {precision}, {threads} thread"
                       + "s" * (threads > 1), loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    all_axes[0][0].legend(frameon=False, fontsize=8)
    figure.suptitle(
        f"Median and range of {record['rounds']} paired rounds; 3x: takes"
        f" three times as long as {NAMES[record['programs'][0]]}",
        fontsize=10, x=0.01, ha="left")
    return figure


if __name__ == "__main__":
    sys.exit(draw_record(draw, "gp_compare", __doc__))
