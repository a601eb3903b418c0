#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Time GPyTorch's exact Gaussian processes by Cholesky; a JSON line per way of calling it.

value     mll (the log marginal likelihood over n)
gradient  mll and its derivatives by all unconstrained parameters
fit       steps of Adam, then means and variances at test points
batch     value and gradient of many independent processes

Ways of value and gradient:
lazy, eager   GPyTorch as it is; whether it puts the kernel off until it is used
pull-request  GPyTorch's modules, their matrix handed to one function with a
              closed-form backward: what pull request 2682 does
"""
import argparse

import gpytorch
import torch

import cases
from model_torch import custom_lml
from support.lines import (
    add_run_options, print_line, run_fields, seconds_of_one, timed)
from support.memory import Peak

CASES = ("value", "gradient", "fit", "batch")
DTYPES = {"float": torch.float32, "double": torch.float64}
WARM_UP = 512  # points of a call whose memory, kept by libraries, is not counted


class Regression(gpytorch.models.ExactGP):
    """Constant mean, scale(rbf) with a length scale per column, Gaussian noise."""

    def __init__(self, x, y, parameters):
        shape = x.shape[:-2]
        super().__init__(x, y, gpytorch.likelihoods.GaussianLikelihood(
            batch_shape=shape))
        self.mean_module = gpytorch.means.ConstantMean(batch_shape=shape)
        self.covar_module = gpytorch.kernels.ScaleKernel(
            gpytorch.kernels.RBFKernel(ard_num_dims=x.shape[-1],
                                       batch_shape=shape), batch_shape=shape)
        with torch.no_grad():
            for parameter, value in zip(self.raw_parameters(), parameters):
                parameter.copy_(torch.as_tensor(value))

    def forward(self, x):
        return gpytorch.distributions.MultivariateNormal(
            self.mean_module(x), self.covar_module(x))

    def raw_parameters(self):
        """In the order of cases.raw_parameters."""
        return [self.mean_module.raw_constant,
                self.covar_module.raw_outputscale,
                self.covar_module.base_kernel.raw_lengthscale,
                self.likelihood.noise_covar.raw_noise]

    def gradient(self):
        """Of each member a row, parameters side by side."""
        shape = self.train_inputs[0].shape[:-2]
        return torch.cat([p.grad.reshape(*shape, -1)
                          for p in self.raw_parameters()], dim=-1)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_run_options(parser, CASES, "double")
    add = parser.add_argument
    add("--n", type=int, default=2000, help="points; default 2000")
    add("--d", type=int, default=8, help="input columns; default 8")
    add("--ways", default="lazy,eager,pull-request", metavar="NAMES",
        help="of value and gradient; default %(default)s")
    add("--steps", type=int, default=20, help="of fit; default 20")
    add("--test-points", type=int, default=10000,
        help="of fit; default 10000")
    add("--blocks", default="500,2000", metavar="SIZES", help="test points at"
        " once in fit, members at once in batch; default %(default)s")
    add("--members", type=int, default=10000, help="of batch; default 10000")
    return parser.parse_args()


def tensors(arguments, arrays):
    return [torch.from_numpy(a).to(DTYPES[arguments.precision])
            for a in arrays]


def make_model(arguments, n):
    x, y = tensors(arguments, cases.training_data(n, arguments.d,
                                                  arguments.seed))
    return Regression(x, y, cases.raw_parameters(arguments.d))


def make_mll(model, way):
    """A function without arguments."""
    model.train()
    x, y = model.train_inputs[0], model.train_targets
    if way == "pull-request":
        def closed_form():
            kernel = model.covar_module(x).to_dense()
            return custom_lml(kernel, y - model.mean_module(x),
                              model.likelihood.noise.squeeze(-1)) / len(y)
        return closed_form
    mll = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
    return lambda: mll(model(x), y)


def make_call(arguments, n, way):
    model = make_model(arguments, n)
    mll = make_mll(model, way)

    def value():
        with torch.no_grad():
            return {"value": float(mll())}

    def gradient():
        model.zero_grad()
        found = mll()
        found.backward()
        return {"value": float(found.detach()),
                "gradient": model.gradient().tolist()}

    return gradient if arguments.case == "gradient" else value


def print_result(arguments, program, way, seconds, peak, check, **more):
    print_line(**run_fields(arguments, program), n=arguments.n, d=arguments.d,
               version=gpytorch.__version__, torch=torch.__version__, way=way,
               seconds=seconds, peak_bytes=peak.bytes(), check=check, **more)


def measure_likelihood(arguments):
    for way in arguments.ways.split(","):
        with gpytorch.settings.lazily_evaluate_kernels(way == "lazy"):
            make_call(arguments, WARM_UP, way)()
            peak = Peak()
            seconds, check = timed(make_call(arguments, arguments.n, way),
                                   arguments.repeats)
        program = "pull_request" if way == "pull-request" else "gpytorch"
        print_result(arguments, program, way, seconds, peak, check)


def train(model, n_steps):
    """Losses before each step of Adam; GPyTorch's tutorial recipe."""
    mll = make_mll(model, "eager")
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    losses = []
    for _ in range(n_steps):
        optimizer.zero_grad()
        loss = -mll()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def predict(model, x, block):
    """Mean and variance of the latent function, block by block."""
    model.train()  # what an earlier prediction kept is dropped
    model.eval()
    with torch.no_grad():
        parts = [model(part) for part in x.split(block)]
        return (torch.cat([part.mean for part in parts]),
                torch.cat([part.variance for part in parts]))


def measure_fit(arguments):
    """The steps once, then every way of predicting."""
    with gpytorch.settings.lazily_evaluate_kernels(False):
        train(make_model(arguments, WARM_UP), 1)
        peak = Peak()
        model = make_model(arguments, arguments.n)
        fitting, losses = seconds_of_one(lambda: train(model, arguments.steps))
    x, = tensors(arguments, [cases.test_inputs(
        arguments.test_points, arguments.d, arguments.seed)])
    for block in map(int, arguments.blocks.split(",")):
        for fast in (False, True):
            with gpytorch.settings.fast_pred_var(fast):
                predicting, (mean, variance) = seconds_of_one(
                    lambda: predict(model, x, block))
            way = f"{'fast_pred_var' if fast else 'default'}, {block} points"
            print_result(
                arguments, "gpytorch", way, [fitting + predicting], peak,
                {"loss": losses, "mean": cases.check_of(mean),
                 "variance": cases.check_of(variance)},
                fit_seconds=fitting, predict_seconds=predicting)


def measure_batch(arguments):
    arrays = cases.batch_data(arguments.members, arguments.n, arguments.d,
                              arguments.seed)
    parameters = cases.batch_parameters(arguments.members, arguments.d)
    for block in map(int, arguments.blocks.split(",")):
        peak = Peak()
        models = []
        for first in range(0, arguments.members, block):
            part = slice(first, first + block)
            models.append(Regression(
                *tensors(arguments, [a[part] for a in arrays]),
                [p[part] for p in parameters]))
        mlls = [make_mll(model, "eager") for model in models]

        def call():
            values, gradients = [], []
            for model, mll in zip(models, mlls):
                model.zero_grad()
                found = mll()
                found.sum().backward()
                values.append(found.detach())
                gradients.append(model.gradient())
            return torch.cat(values), torch.cat(gradients)

        with gpytorch.settings.lazily_evaluate_kernels(False):
            seconds, (value, gradient) = timed(call, arguments.repeats)
        print_result(arguments, "gpytorch", f"{block} members", seconds, peak,
                     {"value": cases.check_of(value),
                      "gradient": cases.check_of(gradient)},
                     members=arguments.members)


def main():
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    # The floor of the noise is kept in the default precision.
    torch.set_default_dtype(DTYPES[arguments.precision])
    measure = {"fit": measure_fit, "batch": measure_batch}.get(
        arguments.case, measure_likelihood)
    with gpytorch.settings.fast_computations(False, False, False), \
            gpytorch.settings.max_cholesky_size(10**9):
        measure(arguments)


if __name__ == "__main__":
    main()
