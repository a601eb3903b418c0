# SPDX-License-Identifier: BSD-3-Clause
"""The operations of steps.py and the paths in PyTorch, on the CPU."""
import math

import numpy as np
import torch


class TorchOps:
    """Arrays are torch.Tensor.

    The levels are scored together: the S shrunken matrices are one stack,
    their Cholesky factors a second, so 16 S N^2 bytes are alive in double.
    With n_stacked below S they are scored in several smaller stacks.
    """

    name = "torch"

    def __init__(self, dtype, n_threads, n_stacked=None):
        torch.set_num_threads(n_threads)
        torch.set_grad_enabled(False)
        self.dtype = getattr(torch, dtype)
        self.n_stacked = n_stacked

    def versions(self):
        return {"torch": torch.__version__, "numpy": np.__version__}

    def from_numpy(self, data):
        return torch.from_numpy(np.ascontiguousarray(data)).to(self.dtype)

    def to_numpy(self, x):
        return x.numpy() if isinstance(x, torch.Tensor) else np.asarray(x)

    def is_present(self, data):
        return ~data.isnan()

    def as_mask(self, mask):
        return torch.from_numpy(mask)

    def as_number(self, mask):
        return mask.to(self.dtype)

    def zeros(self, n):
        return torch.zeros((n, n), dtype=self.dtype)

    def where(self, condition, x, y):
        return torch.where(condition, x, y)

    def mean(self, x, axis):
        return x.mean(axis, keepdim=True)

    def gram(self, x):
        return x @ x.T

    def diagonal(self, matrix):
        return matrix.diagonal()  # a view that can be written

    def shrink(self, matrix, level):
        shrunken = matrix * level
        shrunken.diagonal().copy_(matrix.diagonal())
        return shrunken

    def clip_negative(self, x):
        return x.clamp(min=0)

    def score_levels(self, matrix, points, levels):
        """Mean negative log-likelihood per level, NaN where singular."""
        if points.shape[1] == 0:
            return np.full(len(levels), np.nan)
        levels = torch.as_tensor(levels, dtype=self.dtype)
        parts = levels.split(self.n_stacked or len(levels))
        nll = torch.cat([self._score_stack(matrix, points, part)
                         for part in parts])
        return nll.double().numpy()

    def _score_stack(self, matrix, points, levels):
        n_units, n_points = points.shape
        stack = levels[:, None, None] * matrix
        stack.diagonal(dim1=1, dim2=2).copy_(matrix.diagonal())
        factors, bad_minor = torch.linalg.cholesky_ex(stack)
        del stack
        white = torch.linalg.solve_triangular(factors, points, upper=False)
        log_det = factors.diagonal(dim1=1, dim2=2).log().sum(1)
        nll = (white.square().sum((1, 2)) / (2 * n_points) + log_det
               + n_units / 2 * math.log(2 * math.pi))
        return torch.where(bad_minor == 0, nll, math.nan)

    def is_definite(self, matrix):
        return int(torch.linalg.cholesky_ex(matrix).info) == 0

    def eigh(self, matrix):
        values, vectors = torch.linalg.eigh(matrix.double())
        return values.to(self.dtype), vectors.to(self.dtype)

    def correlation(self, x, y):
        x = (x - x.mean()).flatten()
        y = (y - y.mean()).flatten()
        return float(x.dot(y) / (x.norm() * y.norm()))

    def ncsnr(self, signal, noise):
        signal_var = signal.diagonal().clamp(min=0)
        noise_var = noise.diagonal().clamp(min=0)
        ratio = signal_var.sqrt() / noise_var.sqrt()
        return torch.where(noise_var > 0, ratio, 0.0)
