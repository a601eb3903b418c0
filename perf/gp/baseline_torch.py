#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Time exact Gaussian processes on plain tensors of PyTorch; a JSON line per way back.

value     mll (the log marginal likelihood over n)
gradient  mll and its derivatives by all unconstrained parameters
"""
import argparse

import torch

import cases
from model_torch import LML, RawParameters, rbf
from support.lines import add_run_options, print_line, run_fields, timed
from support.memory import Peak

CASES = ("value", "gradient")
WARM_UP = 512  # points of a call whose memory, kept by libraries, is not counted
DTYPES = {"float": torch.float32, "double": torch.float64}


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_run_options(parser, CASES, "double")
    add = parser.add_argument
    add("--n", type=int, default=2000, help="points; default 2000")
    add("--d", type=int, default=8, help="input columns; default 8")
    add("--backward", default="automatic,custom", metavar="NAMES",
        help="of " + ", ".join(LML) + "; default %(default)s")
    return parser.parse_args()


def make_call(arguments, n, name):
    dtype = DTYPES[arguments.precision]
    x, y = (torch.from_numpy(a).to(dtype) for a in cases.training_data(
        n, arguments.d, arguments.seed))
    raw = RawParameters(*cases.raw_parameters(arguments.d), dtype)

    def mll():
        constant, scale, lengthscale, noise = raw.values()
        return LML[name](rbf(x, x, scale, lengthscale), y - constant,
                         noise) / n

    def value():
        with torch.no_grad():
            return {"value": float(mll())}

    def gradient():
        raw.zero_grad()
        found = mll()
        found.backward()
        return {"value": float(found.detach()), "gradient": raw.gradient()}

    return gradient if arguments.case == "gradient" else value


def main():
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    for name in arguments.backward.split(","):
        make_call(arguments, WARM_UP, name)()
        peak = Peak()
        seconds, check = timed(make_call(arguments, arguments.n, name),
                               arguments.repeats)
        print_line(**run_fields(arguments, name), n=arguments.n,
                   d=arguments.d, version=torch.__version__, seconds=seconds,
                   peak_bytes=peak.bytes(), check=check)


if __name__ == "__main__":
    main()
