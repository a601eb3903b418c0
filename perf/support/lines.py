# SPDX-License-Identifier: BSD-3-Clause
"""Timing, options and output that baselines share: one JSON line per measurement."""
import json
import time


def timed(call, repeats):
    """Seconds of each of several calls, after one that is not counted."""
    result = call()
    seconds = []
    for _ in range(repeats):
        spent, result = seconds_of_one(call)
        seconds.append(spent)
    return seconds, result


def seconds_of_one(call):
    """Seconds and result of one call."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def print_line(**fields):
    print(json.dumps(fields), flush=True)


def add_run_options(parser, cases, precision):
    """Options of every bench; those of kovar take the same."""
    add = parser.add_argument
    add("--case", required=True, choices=cases)
    add("--precision", default=precision, choices=("float", "double"))
    add("--threads", type=int, default=1, help="default 1")
    add("--repeats", type=int, default=9, help="timed calls; default 9")
    add("--seed", type=int, default=1, help="of the inputs; default 1")


def run_fields(arguments, program):
    """What every line says of its run."""
    return {"program": program, "case": arguments.case,
            "precision": arguments.precision, "threads": arguments.threads,
            "repeats": arguments.repeats, "seed": arguments.seed}
