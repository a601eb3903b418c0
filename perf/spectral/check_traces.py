#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Check the PyTorch model against the training traces of an oracle folder.

    check_traces.py ORACLE_FOLDER

Exit code: 0 all losses and final parameters agree, 1 one differs,
2 wrong usage.
"""
import argparse
import pathlib
import sys

import h5py
import numpy as np
import torch
from torch import nn

from model_torch import KthEigenvalue

ALLOWED = 1e-12  # 40 to 60 steps in double


def deviation(trace):
    """Largest difference of the losses and of the final A."""
    told = trace.attrs
    storage = told["storage"].decode()
    model = KthEigenvalue(int(told["d"]), trace["X"].shape[1],
                          int(told["k"]), storage).double()
    model.set_parameters(trace["init_start"][0], trace["init_increments"][()],
                         trace["init_A"][()])
    kind = {b"adam": torch.optim.Adam, b"adamw": torch.optim.AdamW}
    optimizer = kind[told["optimiser"]](
        model.parameters(), lr=float(told["lr"]),
        weight_decay=float(told["weight_decay"]))
    x, y, expected = (torch.from_numpy(trace[name][()])
                      for name in ("X", "y", "loss"))
    differences = []
    for rows, reference in zip(trace["batch_index"][()], expected):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        differences.append(abs(loss.item() - float(reference)))
        penalty = float(told["penalty_op_norm"])
        (loss + penalty * model.norms().sum()).backward()
        optimizer.step()
    name = "final_A_packed" if storage == "packed" else "final_A_stored"
    final = torch.from_numpy(trace[name][()])
    differences.append(float((model.A.detach() - final).abs().max()))
    return float(np.max(differences))  # NaN if one is


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="with train_*.h5")
    folder = parser.parse_args().folder
    paths = sorted(folder.glob("train_*.h5"))
    if not paths:
        parser.error(f"{folder}: no train_*.h5 in it")
    found = []
    for path in paths:
        with h5py.File(path) as file:
            found.append(deviation(file["trace"]))
        print(f"{path.name}: {found[-1]:.2g}")
    return 0 if all(one <= ALLOWED for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
