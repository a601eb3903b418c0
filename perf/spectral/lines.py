# SPDX-License-Identifier: BSD-3-Clause
"""Options that name a case, and what every line says of it."""
import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), os.pardir))
from support.lines import (  # noqa: E402, F401
    add_run_options, print_line, run_fields, timed)


def add_case_options(parser, cases):
    """Options that name a case; the bench of kovar takes the same."""
    add_run_options(parser, cases, "float")
    add = parser.add_argument
    add("--d", type=int, default=45, help="matrix size; default 45")
    add("--k", type=int, help="eigenvalue, 0 the smallest; default d/2")
    add("--n", type=int, default=2000,
        help="matrices per repeat; default 2000")


def case_fields(arguments, program, k):
    """What every line says of its case."""
    return {**run_fields(arguments, program), "d": arguments.d, "k": k,
            "n": arguments.n}
