# SPDX-License-Identifier: BSD-3-Clause
"""When two results of the estimator count as the same.

Each function returns one number: the difference in units of what is allowed,
so 1 or less means agreement and infinity means that the shapes, the NaN
pattern or the exact values differ.
"""
import numpy as np

ROUNDING = 1e-11        # of an entry, relative to the scale of its matrix
RIDGE_PER_PASS = 1e-10  # GSN adds it to the diagonal or not, by luck


def exact(x, y):
    """For levels and iteration counts."""
    return 0.0 if np.array_equal(x, y) else np.inf


def curve(x, y):
    """For negative log-likelihoods: NaN in the same places, else 1e-9."""
    x, y = np.asarray(x), np.asarray(y)
    if x.shape != y.shape or not np.array_equal(np.isnan(x), np.isnan(y)):
        return np.inf
    difference = np.abs(x - y) / np.maximum(1, np.abs(y))
    return float(np.nanmax(difference, initial=0)) / 1e-9


def raw(x, y, variances):
    """For cN and cS: entry i,j relative to the deviations of units i and j."""
    if x.shape != y.shape:
        return np.inf
    deviation = np.sqrt(variances)
    scale = np.outer(deviation, deviation)
    return _finite(np.max(np.abs(x - y) / scale)) / ROUNDING


def projected(x, y, numiters):
    """For cNb and cSb: relative to the largest entry, plus GSN's ridge."""
    if x.shape != y.shape:
        return np.inf
    allowed = ROUNDING * np.max(np.abs(y)) + RIDGE_PER_PASS * (numiters + 1)
    return _finite(np.max(np.abs(x - y))) / float(allowed)


def ratio(x, y, signal_variance, data_variance):
    """For ncsnr, where the signal variance is not a rounding error."""
    if x.shape != y.shape:
        return np.inf
    sure = signal_variance > 1e-9 * data_variance
    return _finite(np.max(np.abs(x - y)[sure], initial=0)) / 1e-9


def _finite(x):
    return float(x) if np.isfinite(x) else np.inf
