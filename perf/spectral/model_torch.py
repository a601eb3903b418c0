# SPDX-License-Identifier: BSD-3-Clause
"""The k-th eigenvalue model as it is written in PyTorch."""
import math

import torch
from torch import nn


class KthEigenvalue(nn.Module):
    """f(x) = lambda_k(diag(mu) + sum x_i A_i), mu non-decreasing.

    storage "full": A is p x d x d, and the optimiser gets the symmetric
    gradient that eigvalsh hands back.  "packed": A is p x d(d+1)/2, the lower
    triangle row by row, with true derivatives.
    """

    def __init__(self, d, p, k, storage="full"):
        super().__init__()
        self.d, self.k, self.storage = d, k % d, storage
        step = 2 / (d - 1) if d > 1 else 1.0
        self.start = nn.Parameter(torch.tensor([-1.0]))
        self.increments = nn.Parameter(
            torch.full((d - 1,), math.log(math.expm1(step))))
        shape = (d, d) if storage == "full" else (d * (d + 1) // 2,)
        self.A = nn.Parameter(torch.randn(p, *shape) / (math.sqrt(d) * p))
        row, column = self.row, self.column = torch.tril_indices(d, d)
        self.position = torch.empty(d, d, dtype=torch.int64)
        self.position[row, column] = torch.arange(len(row))
        self.position[column, row] = torch.arange(len(row))

    def mu(self):
        steps = nn.functional.softplus(self.increments).cumsum(0)
        return torch.cat([self.start, self.start + steps])

    def square(self):
        """A as p x d x d; of "full" only the lower triangle means anything.

        "packed" is mirrored: eigvalsh reads the lower triangle but hands half
        of the derivative to the upper one.
        """
        if self.storage == "full":
            return self.A
        return self.A[:, self.position]

    def forward(self, x):
        matrices = torch.diag(self.mu()) + torch.einsum(
            "np,pij->nij", x, self.square())
        return torch.linalg.eigvalsh(matrices)[..., self.k]

    def set_parameters(self, start, increments, A):
        """From arrays; A is p x d x d."""
        with torch.no_grad():
            self.start.fill_(float(start))
            self.increments.copy_(torch.as_tensor(increments))
            A = torch.as_tensor(A)
            if self.storage == "packed":
                A = A[:, self.row, self.column]
            self.A.copy_(A)
        return self

    def norms(self):
        """Spectral norm of each A_i: p numbers."""
        square = self.square()
        lower = square.tril()
        return torch.linalg.eigvalsh(
            lower + square.tril(-1).mT).abs().amax(-1)
