# SPDX-License-Identifier: BSD-3-Clause
"""The inputs of the timed cases, drawn as the C++ side draws them."""
import os
import sys

import numpy as np

sys.path.append(os.path.join(os.path.dirname(__file__), os.pardir))
from support.draws import normal  # noqa: E402

# One stream of draws per kind of input.
MATRICES_A, FEATURES, UPSTREAM, MATRICES = range(4)


def symmetric(packed, d):
    """... x d(d+1)/2 numbers, lower triangle row by row -> ... x d x d."""
    row, column = np.tril_indices(d)
    full = np.empty((*packed.shape[:-1], d, d), packed.dtype)
    full[..., row, column] = packed
    full[..., column, row] = packed
    return full


def random_matrices(n, d, seed):
    """n x d x d, lower triangles of standard normal numbers, mirrored."""
    size = d * (d + 1) // 2
    return symmetric(normal(seed, MATRICES, n * size).reshape(n, size), d)


def initial_parameters(d, p, seed):
    """start, increments, A (p x d x d) as training starts from them."""
    step = 2 / (d - 1) if d > 1 else 0.0
    increments = np.full(d - 1, np.log(np.expm1(step)) if d > 1 else 0.0)
    size = d * (d + 1) // 2
    packed = normal(seed, MATRICES_A, p * size).reshape(p, size)
    return -1.0, increments, symmetric(packed, d) / (np.sqrt(d) * p)


def model_inputs(n, p, seed):
    """x (n x p) and the weights g (n) of the loss sum g f."""
    return (normal(seed, FEATURES, n * p).reshape(n, p),
            normal(seed, UPSTREAM, n))


def middle(k, d):
    """k as given, the middle eigenvalue by default."""
    return d // 2 if k is None else k % d


def check_of(values):
    """A few numbers by which two programs' results are compared."""
    values = np.asarray(values, dtype=np.float64)
    return {"head": [float(v) for v in values.reshape(-1)[:8]],
            "mean": float(values.mean()),
            "rms": float(np.sqrt(np.mean(values**2)))}
