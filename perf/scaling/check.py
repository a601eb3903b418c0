#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Hold the cost model against records: predicted over measured, run by run.

    check.py R --machine=perf/scaling/machines/two_cores.json
    check.py R --machine=M.json --phases --tolerance=0.3

Exit code: 0 every run is within the tolerance, 1 one is not, 2 wrong usage.
"""
import argparse
import sys

from cost import read_machine
from models import layout_of, phases_of
from record import BadRecord, read_records

SHOWN = 0.05  # share of a run from which on --phases lists a phase


def compared(record, machine):
    """(name, measured, predicted) of each phase that has a model; the time
    measured is that of the slowest rank."""
    layout = layout_of(record)
    predicted = {p.name: machine.seconds(p, layout) for p in phases_of(
        record["module"], record["case"], record["sizes"], layout,
        record["found"])}
    return [(p["name"], p["max"], predicted[p["name"]])
            for p in record["phases"] if p["name"] in predicted]


def totals(phases):
    return sum(p[1] for p in phases), sum(p[2] for p in phases)


def row(cells):
    print("| " + " | ".join(cells) + " |")


def print_table(records, machine, with_phases, tolerance):
    """How many runs are beyond the tolerance."""
    row(["series", "ranks x threads", "measured, s", "model, s", "ratio"])
    row(["---", "---", "---:", "---:", "---:"])
    n_beyond = 0
    for record in records:
        phases = compared(record, machine)
        if not phases:
            continue
        measured, predicted = totals(phases)
        ratio = predicted / measured
        is_near = 1 / (1 + tolerance) <= ratio <= 1 + tolerance
        n_beyond += not is_near
        row([record["series"], f"{record['ranks']} x {record['threads']}",
             f"{measured:.3g}", f"{predicted:.3g}",
             f"{ratio:.2f}" + ("" if is_near else " !")])
        if with_phases:
            for name, one, other in phases:
                if max(one, other) > SHOWN * measured:
                    row(["", name, f"{one:.3g}", f"{other:.3g}",
                         f"{other / one:.2f}"])
    return n_beyond


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("records", nargs="+", help="folders of records, or records")
    add("--machine", required=True, metavar="FILE")
    add("--phases", action="store_true", help="phases too, from"
        f" {100 * SHOWN:.0f} %% of a run on")
    add("--tolerance", type=float, default=0.3, help="of the ratio, either"
        " way; default %(default)s")
    arguments = parser.parse_args()
    try:
        records = read_records(arguments.records)
        machine = read_machine(arguments.machine)
    except (BadRecord, OSError, ValueError) as error:
        parser.error(str(error))
    if not records:
        parser.error("no records in " + ", ".join(arguments.records)
                     + "; run.py makes them")
    n_beyond = print_table(records, machine, arguments.phases,
                           arguments.tolerance)
    if n_beyond:
        print(f"\n{n_beyond} of {len(records)} runs are off by more than"
              f" {100 * arguments.tolerance:.0f} %", file=sys.stderr)
    return 1 if n_beyond else 0


if __name__ == "__main__":
    sys.exit(main())
