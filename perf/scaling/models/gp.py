# SPDX-License-Identifier: BSD-3-Clause
"""Exact Gaussian processes. Sections are those of the specification.

sizes: rows, features, steps (of Adam), restarts.
"""
import math

from cost import ALL, ROOT, Bytes, Flops, Message, Phase, Steps

from . import dense

KERNEL = 20  # flops of a profile, beside 3 for each column (section 3.3)


def value_and_gradient(n, d, who=ALL):
    """Covariance, Cholesky factor, inverse, contraction (section 3.3): n^3 +
    O(n^2 d)."""
    return [Flops("covariance", n * n / 2 * (3 * d + KERNEL), n, who),
            *dense.cholesky(n, who),
            *dense.inverse_of_factor(n, who),
            Flops("contraction", n * n / 2 * (3 * d + KERNEL), n, who)]


def value(n, d, who=ALL):
    return [Flops("covariance", n * n / 2 * (3 * d + KERNEL), n, who),
            *dense.cholesky(n, who)]


def fit(sizes, layout, found):
    """`kovar gp fit --optimizer=adam`: ranks share the starts; one evaluation
    more than there are steps. Rank 0 then evaluates the value once more and
    makes factor and inverse for the leave-one-out scores (section 6)."""
    n, d = sizes["rows"], sizes["features"]
    starts = math.ceil((sizes.get("restarts", 0) + 1) / layout.ranks)
    evaluations = starts * (sizes["steps"] + 1)
    numbers = n * (d + 1)
    return [
        Phase("read", (Steps("number_read", numbers),)),
        Phase("fit", tuple(value_and_gradient(n, d) * evaluations)),
        Phase("predict and write", (
            *value(n, d, ROOT), *value(n, d, ROOT),
            *dense.inverse_of_factor(n, ROOT), Bytes(2 * 8.0 * n * n, "touch",
                                                     ROOT),
            Steps("file", 1)))]


def distributed(sizes, layout, found):
    """One value with all gradients over a grid of ranks: owned tiles of the
    covariance are evaluated and contracted where they lie."""
    n, d, p = sizes["rows"], sizes["features"], layout.ranks
    sweep = n * n / 2 * (3 * d + KERNEL) / p
    return [
        Phase("covariance", (Flops("covariance", sweep, n),)),
        Phase("factor", tuple(dense.grid_cholesky(n, p))),
        Phase("inverse", tuple(dense.grid_inverse_of_factor(n, p))),
        Phase("contraction", (
            Flops("contraction", sweep, n),
            Bytes(8.0 * n * n / p),
            Message("sum_to_all", 8.0 * n),
            Message("sum_to_all", 8.0 * (d + 3))))]


def ranks(sizes, layout, found):
    """What kovar_gp_bench --case=ranks times; sizes: rows, features, tests
    (points that are predicted). The derivatives by the inputs pass over the
    inverse once more."""
    n, d, p = sizes["rows"], sizes["features"], layout.ranks
    covariance, factor, inverse, contraction = (
        phase.parts for phase in distributed(sizes, layout, found))
    n_tests = sizes["tests"]
    return [
        Phase("value", covariance + factor),
        Phase("gradient", covariance + factor + inverse + 2 * contraction),
        Phase("predict", (
            Flops("covariance", n * n_tests * (3 * d + KERNEL) / p, n),
            *dense.grid_solve(n, n_tests, p)))]


def memory_per_rank(sizes, layout):
    """Bytes: one square (section 3.2), and the points on every rank."""
    n, d = sizes["rows"], sizes["features"]
    return 8.0 * n * n / layout.ranks + 8.0 * n * (d + 2)
