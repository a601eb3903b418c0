#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Time PyTorch on one case and print one JSON line per way of calling it.

values, spectrum  torch.linalg.eigvalsh (or eigh) of a stack of matrices
predict           the model, without gradients
gradient          the model and the gradient of sum g f by autograd
training          epochs of AdamW over minibatches in file order
"""
import argparse
import time

import h5py
import torch
from torch import nn

import cases
from lines import add_case_options, case_fields, print_line, timed
from model_torch import KthEigenvalue

EXAMPLES = """\
examples:
  baseline_torch.py --case=values --d=100 --n=500 --operations=eigvalsh,eigh
  baseline_torch.py --case=gradient --d=45 --precision=double \\
                    --batches=250,1000,2000
  housing_shape.py --prepared=prepared.h5
  baseline_torch.py --case=training --d=45 --data=prepared.h5
"""
CASES = ("values", "spectrum", "predict", "gradient", "training")


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_case_options(parser, CASES)
    add = parser.add_argument
    add("--p", type=int, default=8, help="features; default 8")
    add("--batches", metavar="SIZES", help="samples per call of the model,"
        " one line for each; default: all at once")
    add("--operations", default="eigvalsh", metavar="NAMES",
        help="eigvalsh, eigh or both; default eigvalsh")
    add("--data", metavar="FILE", help="prepared data of training")
    add("--epochs", type=int, default=5, help="default 5")
    add("--batch", type=int, default=10, help="of training; default 10")
    add("--lr", type=float, default=5e-5, help="default 5e-5")
    add("--weight-decay", type=float, default=0.01, help="default 0.01")
    add("--adamw", default="default", metavar="NAMES",
        help="default, fused or both; default: default")
    arguments = parser.parse_args()
    if arguments.case == "training" and not arguments.data:
        parser.error("training needs --data=FILE (housing_shape.py"
                     " --prepared=FILE makes it)")
    return arguments


def dtype_of(arguments):
    return {"float": torch.float32, "double": torch.float64}[
        arguments.precision]


def measure_values(arguments, fields):
    """All eigenvalues, because torch has no call for one of them."""
    matrices = torch.from_numpy(cases.random_matrices(
        arguments.n, arguments.d, arguments.seed)).to(dtype_of(arguments))
    for name in arguments.operations.split(","):
        if name == "eigvalsh":
            def call():
                return torch.linalg.eigvalsh(matrices)
        else:
            def call():
                return torch.linalg.eigh(matrices).eigenvalues
        with torch.no_grad():
            seconds, found = timed(call, arguments.repeats)
        if arguments.case == "values":
            found = found[:, fields["k"]]
        print_line(**fields, operation=f"torch.linalg.{name}",
                   seconds=seconds, check=cases.check_of(found))


def measure_model(arguments, fields):
    dtype = dtype_of(arguments)
    model = KthEigenvalue(arguments.d, arguments.p, fields["k"]).to(dtype)
    model.set_parameters(*cases.initial_parameters(
        arguments.d, arguments.p, arguments.seed))
    x, g = (torch.from_numpy(a).to(dtype) for a in cases.model_inputs(
        arguments.n, arguments.p, arguments.seed))
    sizes = [int(b) for b in (arguments.batches or str(arguments.n)).split(",")]
    for size in sizes:
        def predict():
            with torch.no_grad():
                return torch.cat([model(part) for part in x.split(size)])

        def gradient():
            model.zero_grad()
            found = []
            for part, weight in zip(x.split(size), g.split(size)):
                f = model(part)
                (weight * f).sum().backward()
                found.append(f.detach())
            return torch.cat(found)

        call = predict if arguments.case == "predict" else gradient
        seconds, found = timed(call, arguments.repeats)
        check = cases.check_of(found)
        if arguments.case == "gradient":
            check["grad_start"] = float(model.start.grad)
            check["grad_increments"] = norm(model.increments.grad)
            check["grad_A"] = norm(model.A.grad)
        print_line(**fields, p=arguments.p, batch=size,
                   operation="torch.linalg.eigvalsh", seconds=seconds,
                   check=check)


def norm(x):
    return float(x.double().square().sum().sqrt())


def measure_training(arguments, fields):
    dtype = dtype_of(arguments)
    with h5py.File(arguments.data) as file:
        x, y, x_test, y_test = (
            torch.from_numpy(file[name][()]).to(dtype)
            for name in ("X_train", "y_train", "X_test", "y_test"))
    fields["n"], p = x.shape
    for kind in arguments.adamw.split(","):
        seconds = []
        for _ in range(arguments.repeats):
            model = KthEigenvalue(arguments.d, p, fields["k"]).to(dtype)
            model.set_parameters(*cases.initial_parameters(
                arguments.d, p, arguments.seed))
            spent, check = train(model, kind, x, y, x_test, y_test, arguments)
            seconds.append(spent)
        print_line(**fields, p=p, batch=arguments.batch, adamw=kind,
                   operation="torch.linalg.eigvalsh", epochs=arguments.epochs,
                   seconds=seconds, check=check)


def train(model, kind, x, y, x_test, y_test, arguments):
    """Seconds of the epochs, evaluations excluded, and the errors of each."""
    more = {"fused": True} if kind == "fused" else {}
    optimizer = torch.optim.AdamW(model.parameters(), lr=arguments.lr,
                                  weight_decay=arguments.weight_decay, **more)
    check = {"train_rmse": [], "test_rmse": []}
    spent = 0.0

    def epoch():
        total = 0.0
        for i in range(0, len(x), arguments.batch):
            target = y[i:i + arguments.batch]
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x[i:i + arguments.batch]),
                                          target)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(target)
        return (total / len(x))**0.5

    for _ in range(arguments.epochs):
        start = time.perf_counter()
        error = epoch()
        spent += time.perf_counter() - start
        with torch.no_grad():
            test = (model(x_test) - y_test).square().mean().sqrt()
        check["train_rmse"].append(error)
        check["test_rmse"].append(float(test))
    return spent, check


def main():
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    fields = case_fields(arguments, "torch",
                         cases.middle(arguments.k, arguments.d))
    fields["version"] = torch.__version__
    if arguments.case in ("values", "spectrum"):
        measure_values(arguments, fields)
    elif arguments.case == "training":
        measure_training(arguments, fields)
    else:
        measure_model(arguments, fields)


if __name__ == "__main__":
    main()
