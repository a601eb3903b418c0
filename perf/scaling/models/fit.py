# SPDX-License-Identifier: BSD-3-Clause
"""Binned fits of the headline problem. Sections are those of the
specification (section 7.4: everything is bound by reading).

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


def _sweep(problem, layout, entries, vectors):
    """One pass: 8 bytes for each entry that a rank has, vectors of all
    parameters, and the sum of derivatives over ranks."""
    return [Bytes(8.0 * entries / layout.ranks, "sweep"),
            Bytes(vectors * 8.0 * problem.n, "copy"),
            Steps("launch", 8),
            Message("sum_to_all", 8.0 * problem.n),
            Message("sum_to_all", 8.0 * 4)]


def products(sizes, layout, found):
    """A value with its gradient, or a product with the Hessian, reads
    variations and external Hessian once; with H x carried the variations
    alone."""
    q = Problem(sizes, found)
    both = q.variations + q.upper
    return [
        Phase("gradient", tuple(_sweep(q, layout, both, 6))),
        Phase("product", tuple(_sweep(q, layout, both, 6))),
        Phase("carried", tuple(_sweep(q, layout, q.variations, 10)))]


def hessian(sizes, layout, found):
    """Packs of directions: a pack reads everything once and is bound by
    4 flops for each entry and direction."""
    q = Problem(sizes, found)
    packs = found.get("n_columns", q.n) / LANES
    both = q.variations + q.upper
    return [Phase("hessian", (
        Bytes(packs * 8.0 * both / layout.ranks, "sweep"),
        Flops("packs", packs * LANES * 4.0 * both / layout.ranks),
        Message("sum_to_all", 8.0 * LANES * q.n, packs)))]


def run(sizes, layout, found):
    """A whole fit without the dense Hessian: as many products and values as
    the record tells (31 and 6 at scale 0.1)."""
    q = Problem(sizes, found)
    n_products = found.get("hessian_products", 31)
    n_values = found.get("values", 6)
    both = q.variations + q.upper
    one = _sweep(q, layout, both, 6)
    carried = _sweep(q, layout, q.variations, 10)
    bytes_of_file = 12.0 * both
    return [
        Phase("read", (Bytes(bytes_of_file, "file"),
                       Bytes(4 * bytes_of_file / layout.ranks, "touch"))),
        Phase("fit", tuple(one * int(n_products + 1)
                           + carried * int(n_values))),
        Phase("write", (Steps("file", 1),))]


def covariance(sizes, layout):
    """Of all parameters on a grid of ranks: Hessian, factor, inverse."""
    q = Problem(sizes, {})
    return hessian(sizes, layout, {}) + [
        Phase("factor", tuple(dense.grid_cholesky(q.n, layout.ranks))),
        Phase("inverse", tuple(dense.grid_inverse_of_factor(
            q.n, layout.ranks)))]
