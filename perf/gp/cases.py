# SPDX-License-Identifier: BSD-3-Clause
"""The data and parameters of the timed cases, as gp_bench.cpp has them."""
import os
import sys

import numpy as np

sys.path.append(os.path.join(os.path.dirname(__file__), os.pardir))
from support.draws import normal  # noqa: E402

# One stream of draws per kind of input.
INPUTS, ERRORS, TEST_INPUTS, BATCH_INPUTS, BATCH_ERRORS = range(5)


def training_data(n, d, seed):
    """x (n x d) and y = sin(sum_c x_c / (c + 1)) + 0.1 e."""
    x = normal(seed, INPUTS, n * d).reshape(n, d)
    return x, targets(x, normal(seed, ERRORS, n))


def targets(x, e):
    return np.sin(x @ (1 / np.arange(1.0, x.shape[-1] + 1))) + 0.1 * e


def test_inputs(n, d, seed):
    return normal(seed, TEST_INPUTS, n * d).reshape(n, d)


def raw_parameters(d):
    """Unconstrained: constant, outputscale, length scales, noise.

    The noise of softplus(-1) + 1e-4 keeps the condition number below 1e4 up
    to n = 4,000, so that float has digits to compare.
    """
    return 0.2, 1.0, 1.8 + 0.1 * np.arange(d), -1.0


def batch_data(n_members, n, d, seed):
    """x (members x n x d) and y (members x n)."""
    x = normal(seed, BATCH_INPUTS, n_members * n * d).reshape(n_members, n, d)
    e = normal(seed, BATCH_ERRORS, n_members * n).reshape(n_members, n)
    return x, targets(x, e)


def batch_parameters(n_members, d):
    """As raw_parameters, all of member b higher by (b mod 8) / 20."""
    more = (np.arange(n_members) % 8)[:, None] / 20
    constant, scale, lengthscale, noise = raw_parameters(d)
    return (constant + more[:, 0], scale + more[:, 0],
            (lengthscale + more)[:, None, :], noise + more)


def check_of(numbers):
    """First eight and root mean square of a result."""
    numbers = np.asarray(numbers, dtype=np.float64).reshape(-1)
    return [*map(float, numbers[:8]), float(np.sqrt(np.mean(numbers**2)))]
