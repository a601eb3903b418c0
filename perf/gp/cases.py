# SPDX-License-Identifier: BSD-3-Clause
"""The data and parameters of the timed cases, as gp_bench.cpp has them."""
import os
import sys

import numpy as np

sys.path.append(os.path.join(os.path.dirname(__file__), os.pardir))
from support.draws import normal  # noqa: E402

# One stream of draws per kind of input.
INPUTS, ERRORS, TEST_INPUTS = range(3)


def training_data(n, d, seed):
    """x (n x d) and y = sin(sum_c x_c / (c + 1)) + 0.1 e."""
    x = normal(seed, INPUTS, n * d).reshape(n, d)
    signal = np.sin(x @ (1 / np.arange(1.0, d + 1)))
    return x, signal + 0.1 * normal(seed, ERRORS, n)


def test_inputs(n, d, seed):
    return normal(seed, TEST_INPUTS, n * d).reshape(n, d)


def raw_parameters(d):
    """Unconstrained: constant, outputscale, length scales, noise.

    The noise of softplus(-1) + 1e-4 keeps the condition number below 1e4 up
    to n = 4,000, so that float has digits to compare.
    """
    return 0.2, 1.0, 1.8 + 0.1 * np.arange(d), -1.0
