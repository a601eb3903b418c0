# SPDX-License-Identifier: BSD-3-Clause
"""What the pictures of comparisons share: colours, and from a record to files."""
import argparse
import json
import os
import sys

COLOURS = {"kovar": "#0072B2", "torch": "#E69F00", "numpy": "#999999",
           "gpytorch": "#D55E00", "pull_request": "#CC79A7",
           "automatic": "#E69F00", "custom": "#009E73", "potri": "#56B4E9"}


def ratio_text(x):
    return f"{x:.0f}x" if x >= 10 else f"{x:.1f}x"


def line_with_ratios(axes, where, cells, ratios, factor, style="-",
                     offset=(0, 6), **look):
    """Medians with ranges over sizes; ratios (or None) written at the points."""
    middle = [c["median"] * factor for c in cells]
    error = [[(c["median"] - c["min"]) * factor for c in cells],
             [(c["max"] - c["median"]) * factor for c in cells]]
    axes.errorbar(where, middle, yerr=error, fmt="o" + style, capsize=2,
                  markersize=4, **look)
    for x, y, ratio in zip(where, middle, ratios):
        if ratio:
            axes.annotate(ratio_text(ratio["median"]), (x, y), offset,
                          textcoords="offset points", ha="center", fontsize=8,
                          color=look["color"])


def draw_record(draw, name, description):
    """The main function of a script: draw(record) as NAME.png and NAME.svg.

    Returns the exit code: 0 done, 2 no record of compare.py.
    """
    parser = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("record", help=f"{name}.json")
    parser.add_argument("--output", default=".", metavar="DIR")
    arguments = parser.parse_args()
    try:
        with open(arguments.record, encoding="utf-8") as file:
            figure = draw(json.load(file))
    except (OSError, ValueError, KeyError) as error:
        print(f"{arguments.record}: not a record of compare.py ({error})",
              file=sys.stderr)
        return 2
    os.makedirs(arguments.output, exist_ok=True)
    for ending in ("png", "svg"):
        figure.savefig(os.path.join(arguments.output, f"{name}.{ending}"),
                       dpi=150)
    return 0
