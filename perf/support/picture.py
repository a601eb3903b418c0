# SPDX-License-Identifier: BSD-3-Clause
"""What the pictures of comparisons share: colours, and from a record to files."""
import argparse
import json
import os
import sys

COLOURS = {"kovar": "#0072B2", "torch": "#E69F00", "numpy": "#999999"}


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
