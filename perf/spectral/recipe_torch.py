#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Train one k-th eigenvalue model in PyTorch by the published recipe.

The twin of `kovar spectral train`: rows by file order into training,
validation and test; features and target standardised by the training rows;
mean squared error over minibatches; Adam or AdamW; errors in units of the
target.  Reference: A. Shtoff, blog series "Eigenvalues as models", 2025-2026.
"""
import argparse
import json
import math
import sys
import time

import h5py
import numpy as np
import torch
from torch import nn

import cases
import table
from model_torch import KthEigenvalue

EXAMPLES = """\
examples:
  recipe_torch.py diabetes.h5 --d=10 --optimizer=adam --lr=5e-3 --batch=64 \\
                  --schedule=one-cycle --epochs=200 --patience=20
  recipe_torch.py housing_shape.csv --split=17000,3000 --d=30 --lr=1e-4 \\
                  --log=rooms,bedrooms,population,households --epochs=20
Exit code: 0 done, 2 wrong usage or wrong data.
"""


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("data", help="CSV with a header, or HDF5 with X and y")
    add("--target", metavar="NAME", help="default: last column, or y")
    add("--log", default="", metavar="NAMES", help="columns to be logged")
    add("--split", default="0.6,0.2", metavar="TRAIN,VALIDATION",
        help="rows or shares, by file order; the rest is the test; default"
        " %(default)s")
    add("--no-standardise", dest="standardise", action="store_false")
    add("--d", type=int, default=10, help="matrix size; default 10")
    add("--k", type=int, help="0 the smallest, -1 the largest; default d/2")
    add("--storage", default="full", choices=("full", "packed"),
        help="of A; packed is what kovar does by default; default full")
    add("--optimizer", default="adamw", choices=("adam", "adamw"))
    add("--lr", type=float, default=1e-4, help="default 1e-4")
    add("--weight-decay", type=float, help="default 0.01 of AdamW, 0 of Adam")
    add("--batch", type=int, default=10, help="default 10")
    add("--shuffle", action="store_true",
        help="rows of an epoch in random order; default: file order")
    add("--epochs", type=int, default=100, help="default 100")
    add("--schedule", default="constant", choices=("constant", "one-cycle"))
    add("--patience", type=int, default=0, metavar="EPOCHS",
        help="stop when the validation error has not improved for so long;"
        " 0: never; default 0")
    add("--keep", default="best", choices=("best", "last"),
        help="parameters of which epoch, by the validation error; default best")
    add("--penalty", type=float, default=0.0, metavar="ALPHA",
        help="times the sum of the spectral norms of the A_i; default 0")
    add("--seed", type=int, default=1, help="default 1")
    add("--initial", metavar="FILE", help="HDF5 file of start, increments, A"
        " to start from; default: drawn from the seed")
    add("--precision", default="double", choices=("float", "double"))
    add("--threads", type=int, default=1, help="default 1")
    add("--output", metavar="FILE", help="HDF5 file of the model")
    add("--json", metavar="FILE", help="record of the run, every epoch")
    add("--quiet", action="store_true", help="no line per epoch")
    arguments = parser.parse_args()
    if arguments.k is None:
        arguments.k = arguments.d // 2
    if not -arguments.d <= arguments.k < arguments.d:
        parser.error(f"k = {arguments.k} is no eigenvalue of a matrix of size"
                     f" {arguments.d}")
    if arguments.weight_decay is None:
        arguments.weight_decay = (
            0.01 if arguments.optimizer == "adamw" else 0.0)
    return arguments


def one_cycle(epoch, epochs, warm_up=0.1, first=1 / 25, last=1 / 25e4):
    """Share of the learning rate in an epoch: up, then down, both straight.

    As torch.optim.lr_scheduler.OneCycleLR with anneal_strategy="linear",
    stepped once per epoch, its momenta left alone.
    """
    peak = max(warm_up * epochs - 1, 0)
    if epoch < peak:
        return first + (1 - first) * epoch / peak
    return 1 + (last - 1) * (epoch - peak) / max(epochs - 1 - peak, 1)


class Data:
    """Standardised rows of the three parts, and what gives the units back."""

    def __init__(self, arguments):
        rows = table.read(arguments.data, arguments.target)
        rows.log([name for name in arguments.log.split(",") if name])
        self.columns, p = rows.columns, rows.features.shape[1]
        sizes = [float(part) for part in arguments.split.split(",")]
        if len(sizes) != 2:
            raise ValueError("--split takes two numbers, TRAIN,VALIDATION")
        self.parts = table.split(len(rows.target), *sizes)
        train = self.parts[0]
        self.mean, self.scale = np.zeros(p), np.ones(p)
        self.target_mean, self.target_scale = 0.0, 1.0
        if arguments.standardise:
            self.mean, self.scale = table.mean_and_scale(rows.features, train)
            self.target_mean, self.target_scale = (
                float(v) for v in table.mean_and_scale(rows.target, train))
        dtype = torch.float32 if arguments.precision == "float" else (
            torch.float64)
        x = (rows.features - self.mean) / self.scale
        y = (rows.target - self.target_mean) / self.target_scale
        self.x = [torch.from_numpy(x[part]).to(dtype) for part in self.parts]
        self.y = [torch.from_numpy(y[part]).to(dtype) for part in self.parts]

    def error(self, model, part):
        """RMSE in units of the target; NaN of no rows."""
        with torch.no_grad():
            difference = model(self.x[part]) - self.y[part]
        return float(difference.square().mean().sqrt()) * self.target_scale

    def simple_errors(self):
        """Test errors of the training mean and of least squares."""
        x, y = ([v.double().numpy() for v in values]
                for values in (self.x, self.y))
        one = [np.column_stack([np.ones(len(v)), v]) for v in x]
        weights = np.linalg.lstsq(one[0], y[0], rcond=None)[0]
        return {name: self.target_scale
                * float(np.sqrt(np.mean((y[2] - guess)**2)))
                for name, guess in (("mean", y[0].mean()),
                                    ("least squares", one[2] @ weights))}


def make_model(arguments, p):
    model = KthEigenvalue(arguments.d, p, arguments.k, arguments.storage)
    model = model.to(torch.float32 if arguments.precision == "float"
                     else torch.float64)
    if arguments.initial:
        with h5py.File(arguments.initial) as file:
            values = [file[name][()] for name in ("start", "increments", "A")]
        values[0] = np.ravel(values[0])[0]
    else:
        values = cases.initial_parameters(arguments.d, p, arguments.seed)
    return model.set_parameters(*values)


def run_epoch(model, optimizer, data, order, arguments):
    """The error of the epoch, averaged while the parameters move."""
    x, y = data.x[0], data.y[0]
    total = 0.0
    for i in range(0, len(x), arguments.batch):
        rows = order[i:i + arguments.batch]
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        total += loss.item() * len(rows)
        if arguments.penalty:
            loss = loss + arguments.penalty * model.norms().sum()
        loss.backward()
        optimizer.step()
    return math.sqrt(total / len(x)) * data.target_scale


def train(model, data, arguments):
    """A record per epoch; the model ends with the parameters to be kept."""
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    optimizer = kind[arguments.optimizer](
        model.parameters(), lr=arguments.lr,
        weight_decay=arguments.weight_decay)
    random = torch.Generator().manual_seed(arguments.seed)
    history, best = [], None
    order = torch.arange(len(data.x[0]))
    for epoch in range(arguments.epochs):
        rate = arguments.lr
        if arguments.schedule == "one-cycle":
            rate *= one_cycle(epoch, arguments.epochs)
        for group in optimizer.param_groups:
            group["lr"] = rate
        if arguments.shuffle:
            order = torch.randperm(len(order), generator=random)
        error = run_epoch(model, optimizer, data, order, arguments)
        history.append({"epoch": epoch, "lr": rate, "train_rmse": error,
                        "validation_rmse": data.error(model, 1)})
        if not arguments.quiet:
            print("epoch {epoch}: lr {lr:.3g}, training {train_rmse:.6g},"
                  " validation {validation_rmse:.6g}".format(**history[-1]))
        if best is None or history[-1]["validation_rmse"] < history[best][
                "validation_rmse"]:
            best = epoch
            kept = {k: v.clone() for k, v in model.state_dict().items()}
        if arguments.patience and epoch - best >= arguments.patience:
            break
    if arguments.keep == "best" and best is not None:
        model.load_state_dict(kept)
    return history, best


def write_model(path, model, data, arguments):
    with h5py.File(path, "w") as file:
        for name, value in (("start", model.start), ("mu", model.mu()),
                            ("increments", model.increments),
                            ("A", model.square())):
            file[name] = value.detach().double().numpy()
        file["mean"], file["scale"] = data.mean, data.scale
        file.attrs["columns"] = data.columns
        file.attrs["k"], file.attrs["d"] = model.k, arguments.d
        file.attrs["target_mean"] = data.target_mean
        file.attrs["target_scale"] = data.target_scale


def main():
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    try:
        data = Data(arguments)
        model = make_model(arguments, len(data.columns))
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        text = str(error)
        if arguments.data not in text:
            text = f"{arguments.data}: {text}"
        print(text, file=sys.stderr)
        return 2
    start = time.perf_counter()
    history, best = train(model, data, arguments)
    record = {
        "options": vars(arguments), "rows": [len(x) for x in data.x],
        "epochs": len(history), "best_epoch": best,
        "seconds": time.perf_counter() - start,
        "train_rmse": data.error(model, 0),
        "validation_rmse": data.error(model, 1),
        "test_rmse": data.error(model, 2),
        "simple_test_rmse": data.simple_errors(),
        "norms": dict(zip(data.columns, model.norms().tolist())),
        "history": history}
    print(f"{record['epochs']} epochs in {record['seconds']:.1f} s, best"
          f" {best}; RMSE: training {record['train_rmse']:.6g}, validation"
          f" {record['validation_rmse']:.6g}, test {record['test_rmse']:.6g}"
          + "".join(f"; test of {name} {value:.6g}" for name, value in
                    record["simple_test_rmse"].items()))
    if arguments.output:
        write_model(arguments.output, model, data, arguments)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
