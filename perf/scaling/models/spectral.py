# SPDX-License-Identifier: BSD-3-Clause
"""Models of the k-th eigenvalue. Sections are those of the specification.

sizes: rows, features, order, batch, epochs.
"""
import math

from cost import Bytes, Flops, Message, Phase, Steps


def sample_flops(d, p):
    """Value, vector and gradient of one sample (section 6): assembling and
    gradient p d (d + 1) each, tridiagonal form 4/3 d^3, transformation of one
    vector 2 d^2."""
    return d * (d * (4 / 3 * d + 2) + 2 * p * (d + 1))


def train(sizes, layout, found):
    """Each batch is shared by the ranks; the gradient is summed, every rank
    makes the step of Adam."""
    d, p = sizes["order"], sizes["features"]
    rows, batch = sizes["rows"], sizes["batch"]
    steps = sizes["epochs"] * math.ceil(rows / batch)
    on_rank = sizes["epochs"] * (
        rows // batch * math.ceil(batch / layout.ranks)
        + math.ceil(rows % batch / layout.ranks))
    parameters = p * d * (d + 1) / 2 + d
    return [
        Phase("read", (Steps("number_read", rows * (p + 1)),)),
        Phase("train", (
            Flops("eigenvalue_model", on_rank * sample_flops(d, p), d),
            Message("sum_to_all", 8.0 * (parameters + 1), steps),
            Bytes(steps * 8 * 8.0 * parameters),
            Steps("launch", steps * 12))),
        Phase("write", (Steps("file", 1),))]
