#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draw the record of perf/gp/compare.py: times over those of kovar, by size, and single cases.

    gp_compare.py gp_compare.json --output=DIR
"""
import os
import sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

sys.path.append(os.path.join(os.path.dirname(__file__), os.pardir))
from support.picture import (  # noqa: E402
    COLOURS, draw_record, line_with_ratios, ratio_text)

NAMES = {"kovar": "kovar", "gpytorch": "GPyTorch",
         "pull_request": "GPyTorch, pull request 2682",
         "automatic": "PyTorch, automatic", "custom": "PyTorch, closed form",
         "potri": "PyTorch, closed form by potri"}
TITLES = {"value": "Value", "gradient": "Value and all gradients"}
SINGLE = {"fit": "Fit and predictions", "batch": "Batch, value and gradients"}


def lines_over_n(axes, results, alone):
    """What others take, as a multiple of kovar, whose milliseconds stand at 1."""
    results = sorted(results, key=lambda r: r["case"]["n"])
    for program in NAMES:
        found = [r for r in results if program in r["ratios"]]
        if found:
            line_with_ratios(
                axes, [r["case"]["n"] for r in found],
                [r["ratios"][program] for r in found], [None] * len(found), 1,
                color=COLOURS[program], label=NAMES[program])
    first = next(iter(results[0]["seconds"]))
    sizes = [r["case"]["n"] for r in results]
    axes.plot(sizes, [1] * len(sizes), "o-", markersize=4,
              color=COLOURS[first], label=NAMES[first])
    for r in results:
        axes.annotate(f"{r['seconds'][first]['median'] * 1e3:.3g} ms",
                      (r["case"]["n"], 1), (0, 6), textcoords="offset points",
                      ha="center", fontsize=8, color=COLOURS[first])
    alone = sorted(alone, key=lambda r: r["case"]["n"])
    if alone:
        axes.plot([r["case"]["n"] for r in alone],
                  [1 / r["gradient_over_lapack"]["median"] for r in alone],
                  ":", color="black", label="LAPACK's potrf and potri alone")
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.margins(x=0.12)
    axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
    axes.minorticks_off()
    axes.set_xlabel("points n")
    axes.set_ylabel(f"time over that of {NAMES[first]}")


def bars(axes, results):
    """Seconds of a case of one size: a bar per program, precision and threads."""
    entries = [(r, p) for r in results for p in NAMES if p in r["seconds"]]
    most = max(r["seconds"][p]["max"] for r, p in entries)
    labels = []
    for y, (r, program) in enumerate(entries):
        cell, case = r["seconds"][program], r["case"]
        axes.barh(y, cell["median"], 0.75, color=COLOURS[program], xerr=[
            [cell["median"] - cell["min"]], [cell["max"] - cell["median"]]],
            error_kw={"elinewidth": 0.8, "capsize": 2})
        text = f"{cell['median']:.3g}"
        if program in r["ratios"]:
            text += f"  ({ratio_text(r['ratios'][program]['median'])})"
        axes.annotate(text, (cell["max"], y), (4, 0), va="center",
                      textcoords="offset points", fontsize=8)
        labels.append(f"{NAMES[program]},\n{case['precision']}, "
                      f"{case['threads']} thread" + "s" * (case["threads"] > 1))
    axes.set_yticks(range(len(entries)), labels, fontsize=8)
    axes.set_ylim(len(entries) - 0.5, -0.5)
    axes.set_xlim(0, most * 1.35)
    axes.set_xlabel("seconds")


def draw(record):
    panels = {}
    for r in record["results"]:
        name = r["case"]["case"]
        if name in TITLES:
            key = tuple(r["case"][k] for k in ("case", "precision", "threads"))
            panels.setdefault(key, []).append(r)
        elif name in SINGLE:
            panels.setdefault((name,), []).append(r)
    panels = dict(sorted(panels.items(), key=lambda p: p[0][0] in SINGLE))
    n_columns = min(4, len(panels))
    n_rows = -(-len(panels) // n_columns)
    figure, all_axes = plt.subplots(
        n_rows, n_columns, figsize=(1 + 3.9 * n_columns, 4.4 * n_rows),
        squeeze=False, layout="constrained")
    for axes in all_axes.flat[len(panels):]:
        axes.set_axis_off()
    for axes, (key, results) in zip(all_axes.flat, panels.items()):
        axes.spines[["top", "right"]].set_visible(False)
        if key[0] in SINGLE:
            bars(axes, results)
            axes.set_title(SINGLE[key[0]], loc="left", fontsize=10)
            continue
        name, precision, threads = key
        alone = [r for r in record["results"] if name == "gradient"
                 and r["case"]["case"] == "lapack"
                 and r["case"]["precision"] == precision
                 and r["case"]["threads"] == threads]
        lines_over_n(axes, results, alone)
        axes.set_title(f"{TITLES[name]}, {precision}, {threads} thread"
                       + "s" * (threads > 1), loc="left", fontsize=10)
    if all_axes[0][0].get_legend_handles_labels()[0]:
        all_axes[0][0].legend(frameon=False, fontsize=8, ncols=2,
                              loc="upper center",
                              bbox_to_anchor=(0.5, -0.13))
    figure.suptitle(
        f"Median and range of {record['rounds']} paired rounds; 3x: takes"
        f" three times as long as {NAMES[record['programs'][0]]}",
        fontsize=10, x=0.01, ha="left")
    return figure


if __name__ == "__main__":
    sys.exit(draw_record(draw, "gp_compare", __doc__))
