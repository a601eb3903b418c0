#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Time numpy.linalg on a stack of matrices and print one JSON line per call."""
import argparse

import numpy as np

import cases
from lines import add_case_options, case_fields, print_line, timed


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    add_case_options(parser, ("values", "spectrum"))
    parser.add_argument("--operations", default="eigvalsh", metavar="NAMES",
                        help="eigvalsh, eigh or both; default eigvalsh")
    return parser.parse_args()


def main():
    """Threads come from OPENBLAS_NUM_THREADS, which numpy reads at import."""
    arguments = parse_arguments()
    dtype = {"float": np.float32, "double": np.float64}[arguments.precision]
    matrices = cases.random_matrices(arguments.n, arguments.d,
                                     arguments.seed).astype(dtype)
    fields = case_fields(arguments, "numpy",
                         cases.middle(arguments.k, arguments.d))
    fields["version"] = np.__version__
    for name in arguments.operations.split(","):
        def call():
            found = getattr(np.linalg, name)(matrices)
            return found if name == "eigvalsh" else found.eigenvalues

        seconds, found = timed(call, arguments.repeats)
        if arguments.case == "values":
            found = found[:, fields["k"]]
        print_line(**fields, operation=f"numpy.linalg.{name}",
                   seconds=seconds, check=cases.check_of(found))


if __name__ == "__main__":
    main()
