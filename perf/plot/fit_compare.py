#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draw the record of perf/fit/compare.py: calls and whole fits beside SciPy.

    fit_compare.py fit_compare.json --output=DIR
"""
import os
import sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

sys.path.append(os.path.join(os.path.dirname(__file__), os.pardir))
from support.picture import COLOURS, draw_record, ratio_text  # noqa: E402

SCIPY = COLOURS["torch"]


def bars(axes, groups, unit):
    """Groups (label, kovar, other or None, ratio or None) of medians with their range."""
    for i, (_, ours, other, ratio) in enumerate(groups):
        for cell, shift, colour in ((ours, -0.2, COLOURS["kovar"]),
                                    (other, 0.2, SCIPY)):
            if cell is None:
                continue
            middle = cell["median"] * unit
            axes.bar(i + shift, middle, 0.38, color=colour, yerr=[
                [middle - cell["min"] * unit], [cell["max"] * unit - middle]],
                capsize=2)
        if ratio:
            axes.annotate(ratio_text(ratio["median"]),
                          (i + 0.2, other["max"] * unit), (0, 3),
                          textcoords="offset points", ha="center", fontsize=8)
    axes.set_xticks(range(len(groups)), [g[0] for g in groups])
    axes.set_yscale("log")


def draw(record):
    by_case = {"products": [], "fit": []}
    for result in record["results"]:
        by_case[result["case"]["case"]].append(result)
    figure, (calls, fits) = plt.subplots(1, 2, figsize=(9, 3.6),
                                         layout="constrained")
    for result in by_case["products"]:
        seconds = result["seconds"]
        bars(calls, [
            ("value and\ngradient", seconds["kovar_gradient"],
             seconds["scipy_gradient"], result["ratios"]["gradient"]),
            ("the same,\nH x carried", seconds["carried"], None, None),
            ("Hessian\nproduct", seconds["kovar_product"],
             seconds["scipy_product"], result["ratios"]["product"])], 1e3)
        calls.set_title(f"{result['n_parameters']:,} parameters,"
                        f" {result['case']['threads']} threads", fontsize=10)
    calls.set_ylabel("milliseconds")
    found = sorted(by_case["fit"], key=lambda r: r["case"]["decades"])
    bars(fits, [(f"10^±{r['case']['decades']:g}", r["seconds"]["kovar"],
                 r["seconds"]["trust_krylov"], r["ratios"]["fit"])
                for r in found], 1)
    if found:
        fits.set_title(f"Fits of {found[0]['n_parameters']:,} parameters",
                       fontsize=10)
    fits.set_xlabel("units of parameters")
    fits.set_ylabel("seconds")
    for name, colour in (("kovar", COLOURS["kovar"]),
                         ("SciPy (fits: trust-krylov calling kovar)", SCIPY)):
        fits.bar(0, 0, color=colour, label=name)
    fits.legend(fontsize=8, frameon=False)
    return figure


if __name__ == "__main__":
    sys.exit(draw_record(draw, "fit_compare", __doc__))
