# SPDX-License-Identifier: BSD-3-Clause
"""Timing and output that the baselines share: one JSON line per measurement."""
import json
import time


def timed(call, repeats):
    """Seconds of each of several calls, after one that is not counted."""
    result = call()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - start)
    return seconds, result


def print_line(**fields):
    print(json.dumps(fields), flush=True)


def add_case_options(parser, cases):
    """Options that name a case; the bench of kovar takes the same."""
    add = parser.add_argument
    add("--case", required=True, choices=cases)
    add("--d", type=int, default=45, help="matrix size; default 45")
    add("--k", type=int, help="eigenvalue, 0 the smallest; default d/2")
    add("--n", type=int, default=2000,
        help="matrices per repeat; default 2000")
    add("--precision", default="float", choices=("float", "double"))
    add("--threads", type=int, default=1, help="default 1")
    add("--repeats", type=int, default=9, help="timed calls; default 9")
    add("--seed", type=int, default=1, help="of the inputs; default 1")


def case_fields(arguments, program, k):
    """What every line says of its case."""
    return {"program": program, "case": arguments.case, "d": arguments.d,
            "k": k, "n": arguments.n, "precision": arguments.precision,
            "threads": arguments.threads, "repeats": arguments.repeats,
            "seed": arguments.seed}
