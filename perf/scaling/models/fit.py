# SPDX-License-Identifier: BSD-3-Clause
"""Binned fits of the headline problem. Sections are those of the
specification (section 8: everything is bound by reading).

sizes: scale (1: 76,800 bins, 108,334 parameters). found, where it is known:
n_parameters, n_variations, n_upper, hessian_products, values.
"""
from cost import Bytes, Flops, Message, Phase, Steps

from . import dense

LANES = 8  # directions of a pack


class Problem:
    def __init__(self, sizes, found):
        scale = sizes["scale"]
        side = scale**0.5
        self.n = found.get("n_parameters", 108_334 * side)
        self.bins = found.get("n_bins", 76_800 * side)
        self.variations = found.get("n_variations", 62e6 * scale)
        self.upper = found.get("n_upper", 164.5e6 * scale)


def _sweep(problem, layout, upper, vectors):
    """One pass: 8 bytes for each entry that a rank has, of the variations
    forward and, from the cache, backward; vectors of all parameters, sums of
    each thread's own from the cache, and their sum over ranks."""
    own = 2 * 8.0 * problem.n * layout.threads
    variations = 8.0 * problem.variations / layout.ranks
    return [Bytes(variations, "forward"), Bytes(variations + own, "backward"),
            Bytes(8.0 * upper / layout.ranks, "symmetric"),
            Bytes(vectors * 8.0 * problem.n, "copy"),
            Steps("launch", 8),
            Message("sum_to_all", 8.0 * problem.n),
            Message("sum_to_all", 8.0 * 4)]


def products(sizes, layout, found):
    """A value with its gradient, or a product with the Hessian, reads
    variations and external Hessian once; with H x carried the variations
    alone."""
    q = Problem(sizes, found)
    return [
        Phase("gradient", tuple(_sweep(q, layout, q.upper, 3))),
        Phase("product", tuple(_sweep(q, layout, q.upper, 4))),
        Phase("carried", tuple(_sweep(q, layout, 0, 6)))]


def hessian(sizes, layout, found):
    """Packs of directions: a pack reads everything once and is bound by
    4 flops for each entry and direction."""
    q = Problem(sizes, found)
    packs = sizes.get("columns", q.n) / LANES
    both = q.variations + q.upper
    return [Phase("hessian", (
        Bytes(packs * 8.0 * both / layout.ranks, "symmetric"),
        Flops("packs", packs * LANES * 4.0 * both / layout.ranks),
        Message("sum_to_all", 8.0 * LANES * q.n, packs)))]


def fit(sizes, layout, found):
    """A whole fit: as many products and values as the record tells (31 and 6
    at scale 0.1). Values along a step carry H x. Each point makes the diagonal
    of the Hessian for the preconditioner: a sweep over the variations."""
    q = Problem(sizes, found)
    one = _sweep(q, layout, q.upper, 4)
    carried = _sweep(q, layout, 0, 6)
    n_products = int(found.get("hessian_products", 31))
    n_values = int(found.get("values", 6))
    vectors = [Bytes(10 * 8.0 * q.n, "copy")]  # of conjugate gradients
    points = int(found.get("iterations", n_values - 1)) + 1
    variations = 8.0 * q.variations / layout.ranks
    diagonal = [Bytes(variations, "forward"), Bytes(variations, "backward"),
                Message("sum_to_all", 8.0 * q.n)]
    return [Phase("fit", tuple((one + vectors) * n_products + one
                               + carried * (n_values - 1)
                               + diagonal * points))]


def covariance(sizes, layout):
    """Of all parameters on a grid of ranks: Hessian, factor, inverse."""
    q = Problem(sizes, {})
    return hessian(sizes, layout, {}) + [
        Phase("factor", tuple(dense.grid_cholesky(q.n, layout.ranks))),
        Phase("inverse", tuple(dense.grid_inverse_of_factor(
            q.n, layout.ranks)))]
