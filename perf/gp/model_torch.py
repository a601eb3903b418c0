# SPDX-License-Identifier: BSD-3-Clause
"""The marginal likelihood on plain tensors of PyTorch, with two ways back.

automatic  PyTorch differentiates the Cholesky factor and the solve
custom     what pull request 2682 of GPyTorch does, written anew: one function
           whose backward is the closed form, the inverse made by triangular
           solves with the unit matrix
potri      the same with the inverse by LAPACK's potri, as nobody calls it
"""
import math

import torch
from torch.nn.functional import softplus

NOISE_FLOOR = 1e-4


class RawParameters:
    """Unconstrained numbers with their gradients, in the order of the record."""

    def __init__(self, constant, scale, lengthscale, noise, dtype):
        self.all = [torch.as_tensor(value, dtype=dtype).clone()
                    .requires_grad_()
                    for value in (constant, scale, lengthscale, noise)]

    def values(self):
        constant, scale, lengthscale, noise = self.all
        return (constant, softplus(scale), softplus(lengthscale),
                NOISE_FLOOR + softplus(noise))

    def zero_grad(self):
        for parameter in self.all:
            parameter.grad = None

    def gradient(self):
        return [float(g) for p in self.all for g in p.grad.reshape(-1)]


def rbf(x, other, scale, lengthscale):
    """s exp(-rho^2 / 2): one matrix product and one pass over its result."""
    def parts(points):
        z = points / lengthscale
        half = -0.5 * z.square().sum(-1, keepdim=True)
        return z, half + 0.5 * scale.log()
    z, a = parts(x)
    w, b = (z, a) if other is x else parts(other)
    left = torch.cat((z, a, torch.ones_like(a)), dim=-1)
    right = torch.cat((w, torch.ones_like(b), b), dim=-1)
    return (left @ right.mT).exp_()


def with_noise(kernel, noise):
    return kernel + torch.diag_embed(noise.expand(kernel.shape[:-1]))


def automatic_lml(kernel, residual, noise):
    factor = torch.linalg.cholesky(with_noise(kernel, noise))
    z = torch.linalg.solve_triangular(factor, residual.unsqueeze(-1),
                                      upper=False)
    log_diagonal = factor.diagonal(dim1=-2, dim2=-1).log()
    return (-0.5 * z.square().sum((-2, -1)) - log_diagonal.sum(-1)
            - 0.5 * residual.shape[-1] * math.log(2 * math.pi))


class ClosedForm(torch.autograd.Function):
    """lml of kernel + noise I; backward: (alpha alpha^T - inverse) / 2."""

    @staticmethod
    def forward(ctx, kernel, residual, noise, inverse_of):
        matrix = kernel.clone()
        matrix.diagonal(dim1=-2, dim2=-1).add_(noise.unsqueeze(-1))
        factor = torch.linalg.cholesky(matrix)
        alpha = torch.cholesky_solve(residual.unsqueeze(-1), factor)
        ctx.save_for_backward(factor, alpha)
        ctx.inverse_of = inverse_of
        log_diagonal = factor.diagonal(dim1=-2, dim2=-1).log()
        return (-0.5 * (residual * alpha.squeeze(-1)).sum(-1)
                - log_diagonal.sum(-1)
                - 0.5 * residual.shape[-1] * math.log(2 * math.pi))

    @staticmethod
    def backward(ctx, upstream):
        factor, alpha = ctx.saved_tensors
        weight = ctx.inverse_of(factor).neg_()
        weight += alpha * alpha.mT
        weight *= 0.5 * upstream[..., None, None]
        return (weight, -upstream[..., None] * alpha.squeeze(-1),
                weight.diagonal(dim1=-2, dim2=-1).sum(-1), None)


def inverse_by_solves(factor):
    """Two triangular solves with the unit matrix."""
    unit = torch.eye(factor.shape[-1], dtype=factor.dtype)
    half = torch.linalg.solve_triangular(factor, unit, upper=False)
    return torch.linalg.solve_triangular(factor.mT, half, upper=True)


def custom_lml(kernel, residual, noise):
    return ClosedForm.apply(kernel, residual, noise, inverse_by_solves)


def potri_lml(kernel, residual, noise):
    return ClosedForm.apply(kernel, residual, noise, torch.cholesky_inverse)


LML = {"automatic": automatic_lml, "custom": custom_lml, "potri": potri_lml}
