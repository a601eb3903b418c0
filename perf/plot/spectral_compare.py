#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draw the record of perf/spectral/compare.py: time per matrix by size, and single cases.

    spectral_compare.py spectral_compare.json --output=DIR
"""
import os
import sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

sys.path.append(os.path.join(os.path.dirname(__file__), os.pardir))
from support.picture import (  # noqa: E402
    COLOURS, draw_record, line_with_ratios, ratio_text)

NAMES = {"kovar": "kovar", "torch": "PyTorch", "numpy": "NumPy"}
TITLES = {"values": "One eigenvalue of given matrices",
          "spectrum": "All eigenvalues of given matrices",
          "predict": "Model, value only",
          "gradient": "Model, value and gradient", "training": "Training"}


def lines_by_size(axes, results):
    """Microseconds per matrix over d; what others take, as a multiple."""
    for precision, style in (("float", "-"), ("double", "--")):
        chosen = sorted((r for r in results
                         if r["case"]["precision"] == precision),
                        key=lambda r: r["case"]["d"])
        for program in COLOURS:
            found = [r for r in chosen if program in r["seconds"]]
            if not found:
                continue
            # All sizes of a record share the number of matrices a repeat.
            line_with_ratios(
                axes, [r["case"]["d"] for r in found],
                [r["seconds"][program] for r in found],
                [r["ratios"].get(program) for r in found],
                1e6 / found[0]["n_matrices"], style,
                (0, 6 if precision == "double" else -13),
                color=COLOURS[program],
                label=f"{NAMES[program]}, {precision}")
    axes.set_yscale("log")
    axes.margins(x=0.12, y=0.15)
    axes.set_xticks(sorted({r["case"]["d"] for r in results}))
    axes.set_xlabel("matrix size d")
    axes.set_ylabel("microseconds per matrix")


def bars(axes, results):
    """One bar per program and precision: cases of a single size."""
    entries = [(r, p) for r in results for p in COLOURS if p in r["seconds"]]
    training = results[0]["case"]["case"] == "training"
    most = 0.0
    for y, (r, program) in enumerate(entries):
        factor = 1.0 if training else 1e6 / r["n_matrices"]
        cell = {k: v * factor for k, v in r["seconds"][program].items()}
        most = max(most, cell["max"])
        axes.barh(y, cell["median"], 0.75, color=COLOURS[program], xerr=[
            [cell["median"] - cell["min"]], [cell["max"] - cell["median"]]],
            error_kw={"elinewidth": 0.8, "capsize": 2})
        label = f"{cell['median']:.3g}"
        if program in r["ratios"]:
            label += f"  ({ratio_text(r['ratios'][program]['median'])})"
        axes.annotate(label, (cell["max"], y), (4, 0), va="center",
                      textcoords="offset points", fontsize=8)
    axes.set_yticks(range(len(entries)), [
        f"{NAMES[p]}, {r['case']['precision']}" for r, p in entries])
    axes.set_ylim(len(entries) - 0.5, -0.5)
    axes.set_xlim(0, most * 1.3)
    axes.set_xlabel("seconds" if training else "microseconds per matrix")


def draw(record):
    by_case = {}
    for result in record["results"]:
        by_case.setdefault(result["case"]["case"], []).append(result)
    figure, all_axes = plt.subplots(
        1, len(by_case), figsize=(1 + 4.2 * len(by_case), 4.4), squeeze=False,
        layout="constrained")
    for axes, (name, results) in zip(all_axes[0], by_case.items()):
        sizes = sorted({r["case"]["d"] for r in results})
        title = TITLES[name]
        if len(sizes) == 1:
            bars(axes, results)
            title += f", d = {sizes[0]}"
        else:
            lines_by_size(axes, results)
            axes.legend(frameon=False, fontsize=8)
        axes.set_title(title, loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    threads, first = record["threads"], record["programs"][0]
    figure.suptitle(
        f"{NAMES[first]} on {threads} thread{'s' * (threads > 1)}, median and"
        f" range of {record['rounds']} paired rounds; 2x: takes twice as long"
        f" as {NAMES[first]}", fontsize=10, x=0.01, ha="left")
    return figure


if __name__ == "__main__":
    sys.exit(draw_record(draw, "spectral_compare", __doc__))
