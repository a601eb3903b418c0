# SPDX-License-Identifier: BSD-3-Clause
"""The operations of steps.py and the paths in NumPy and SciPy."""
import ctypes

import numpy as np
import scipy
from scipy import linalg


def keep_freed_memory():
    """Let glibc reuse the memory of temporaries instead of returning it.

    Passes over N x N arrays take a fifth less time so.  It is also what
    happens, as a side effect, in a process that has imported PyTorch.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(-1, 2**28)  # M_TRIM_THRESHOLD: kept, in bytes
        mallopt(-3, 2**25)  # M_MMAP_THRESHOLD: largest block that is reused


class NumpyOps:
    """Arrays are numpy.ndarray.

    NumPy reads its number of threads (OMP_NUM_THREADS, OPENBLAS_NUM_THREADS,
    MKL_NUM_THREADS) from the environment when it is imported.
    """

    name = "numpy"

    def __init__(self, dtype):
        self.dtype = np.dtype(dtype)
        keep_freed_memory()

    def versions(self):
        return {"numpy": np.__version__, "scipy": scipy.__version__}

    def from_numpy(self, data):
        return np.ascontiguousarray(data, self.dtype)

    def to_numpy(self, x):
        return np.asarray(x)

    def is_present(self, data):
        return ~np.isnan(data)

    def as_mask(self, mask):
        return mask

    def as_number(self, mask):
        return mask.astype(self.dtype)

    def zeros(self, n):
        return np.zeros((n, n), self.dtype)

    def where(self, condition, x, y):
        return np.where(condition, x, y)

    def mean(self, x, axis):
        return x.mean(axis, keepdims=True)

    def gram(self, x):
        x = np.ascontiguousarray(x)
        return x @ x.T  # NumPy sees the transpose and calls syrk

    def diagonal(self, matrix):
        return np.einsum("ii->i", matrix)  # a view that can be written

    def shrink(self, matrix, level):
        shrunken = np.multiply(matrix, level, order="F")
        self.diagonal(shrunken)[:] = self.diagonal(matrix)
        return shrunken

    def clip_negative(self, x):
        return np.maximum(x, 0)

    def score_levels(self, matrix, points, levels):
        """Mean negative log-likelihood per level, NaN where singular."""
        n_units, n_points = points.shape
        nll = np.full(len(levels), np.nan)
        if n_points == 0:
            return nll
        constant = n_units / 2 * np.log(2 * np.pi)
        for k, level in enumerate(levels):
            try:
                factor = linalg.cholesky(self.shrink(matrix, level),
                                         lower=True, overwrite_a=True,
                                         check_finite=False)
            except linalg.LinAlgError:
                continue
            white = linalg.solve_triangular(factor, points, lower=True,
                                            check_finite=False)
            nll[k] = (np.vdot(white, white) / (2 * n_points)
                      + np.log(np.diag(factor)).sum() + constant)
        return nll

    def is_definite(self, matrix):
        try:
            np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            return False
        return True

    def eigh(self, matrix):
        return np.linalg.eigh(matrix)  # divide and conquer

    def correlation(self, x, y):
        x = x - x.mean()
        y = y - y.mean()
        return float(np.vdot(x, y) / np.sqrt(np.vdot(x, x) * np.vdot(y, y)))

    def ncsnr(self, signal, noise):
        signal_var = np.maximum(self.diagonal(signal), 0)
        noise_var = np.maximum(self.diagonal(noise), 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.sqrt(signal_var) / np.sqrt(noise_var)
        return np.where(noise_var > 0, ratio, 0)
