#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Time GPyTorch's exact marginal likelihood by Cholesky; a JSON line per way of calling it.

value     mll (the log marginal likelihood over n)
gradient  mll and its derivatives by all unconstrained parameters

lazy, eager   GPyTorch as it is; whether it puts the kernel off until it is used
pull-request  GPyTorch's modules, their matrix handed to one function with a
              closed-form backward: what pull request 2682 does
"""
import argparse

import gpytorch
import torch

import cases
from model_torch import custom_lml
from support.lines import add_run_options, print_line, run_fields, timed
from support.memory import Peak

CASES = ("value", "gradient")
WARM_UP = 512  # points of a call whose memory, kept by libraries, is not counted
DTYPES = {"float": torch.float32, "double": torch.float64}


class Regression(gpytorch.models.ExactGP):
    def __init__(self, x, y, likelihood):
        super().__init__(x, y, likelihood)
        self.mean_module = gpytorch.means.ConstantMean()
        self.covar_module = gpytorch.kernels.ScaleKernel(
            gpytorch.kernels.RBFKernel(ard_num_dims=x.shape[-1]))

    def forward(self, x):
        return gpytorch.distributions.MultivariateNormal(
            self.mean_module(x), self.covar_module(x))

    def raw_parameters(self):
        """In the order of cases.raw_parameters."""
        return [self.mean_module.raw_constant,
                self.covar_module.raw_outputscale,
                self.covar_module.base_kernel.raw_lengthscale,
                self.likelihood.noise_covar.raw_noise]


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_run_options(parser, CASES, "double")
    add = parser.add_argument
    add("--n", type=int, default=2000, help="points; default 2000")
    add("--d", type=int, default=8, help="input columns; default 8")
    add("--ways", default="lazy,eager,pull-request", metavar="NAMES",
        help="default %(default)s")
    return parser.parse_args()


def make_model(arguments, n):
    dtype = DTYPES[arguments.precision]
    torch.set_default_dtype(dtype)  # the floor of the noise is kept in it
    x, y = (torch.from_numpy(a).to(dtype) for a in cases.training_data(
        n, arguments.d, arguments.seed))
    model = Regression(x, y, gpytorch.likelihoods.GaussianLikelihood())
    with torch.no_grad():
        for parameter, value in zip(model.raw_parameters(),
                                    cases.raw_parameters(arguments.d)):
            parameter.copy_(torch.as_tensor(value))
    return model


def make_mll(model, way):
    """A function without arguments."""
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
    model.train()
    mll = make_mll(model, way)

    def value():
        with torch.no_grad():
            return {"value": float(mll())}

    def gradient():
        model.zero_grad()
        found = mll()
        found.backward()
        return {"value": float(found.detach()),
                "gradient": [float(g) for p in model.raw_parameters()
                             for g in p.grad.reshape(-1)]}

    return gradient if arguments.case == "gradient" else value


def measure(arguments, way):
    with gpytorch.settings.fast_computations(False, False, False), \
            gpytorch.settings.max_cholesky_size(10**9), \
            gpytorch.settings.lazily_evaluate_kernels(way == "lazy"):
        make_call(arguments, WARM_UP, way)()
        peak = Peak()
        seconds, check = timed(make_call(arguments, arguments.n, way),
                               arguments.repeats)
    program = "pull_request" if way == "pull-request" else "gpytorch"
    print_line(**run_fields(arguments, program), n=arguments.n, d=arguments.d,
               version=gpytorch.__version__, torch=torch.__version__,
               way=way, seconds=seconds, peak_bytes=peak.bytes(), check=check)


def main():
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    for way in arguments.ways.split(","):
        measure(arguments, way)


if __name__ == "__main__":
    main()
