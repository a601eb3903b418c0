# SPDX-License-Identifier: BSD-3-Clause
"""Rows of numbers from CSV or HDF5, their split and their standardisation."""
import csv
import math

import h5py
import numpy as np


class Table:
    """Features (n x p), target (n) and the names of the columns."""

    def __init__(self, features, target, columns, name):
        self.features = np.asarray(features, dtype=np.float64)
        self.target = np.asarray(target, dtype=np.float64)
        self.columns, self.name = list(columns), name

    def log(self, names):
        """Replace columns by their logarithm."""
        for name in names:
            if name not in self.columns:
                raise ValueError(f"no column '{name}' to take the logarithm of"
                                 f" (there are {', '.join(self.columns)})")
            i = self.columns.index(name)
            if self.features[:, i].min() <= 0:
                row = int(self.features[:, i].argmin())
                raise ValueError(f"column '{name}' is"
                                 f" {self.features[row, i]:g} in row {row}"
                                 " (only a positive number has a logarithm)")
            self.features[:, i] = np.log(self.features[:, i])


def read(path, target=None):
    """A CSV file with a header, or an HDF5 file with X and y.

    target: name of the column to predict; default: the last (CSV), y (HDF5).
    """
    if str(path).endswith((".h5", ".hdf5")):
        return read_hdf5(path, target or "y")
    return read_csv(path, target)


def read_hdf5(path, target):
    with h5py.File(path) as file:
        features, y = file["X"][()], file[target][()]
        columns = file["X"].attrs.get("columns")
    if columns is None:
        columns = [f"x{i}" for i in range(features.shape[1])]
    columns = [c.decode() if isinstance(c, bytes) else str(c) for c in columns]
    return Table(features, y, columns, target)


def read_csv(path, target):
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = [name.strip() for name in next(reader, [])]
        target = target or header[-1]
        if target not in header:
            raise ValueError(f"{path}: no column '{target}' in the header")
        rows = []
        for row in reader:
            if row:
                rows.append(numbers(row, header, path, reader.line_num))
    data = np.array(rows)
    i = header.index(target)
    return Table(np.delete(data, i, axis=1), data[:, i],
                 header[:i] + header[i + 1:], target)


def numbers(row, header, path, line):
    if len(row) != len(header):
        raise ValueError(f"{path}, line {line}: {len(row)} fields (the header"
                         f" has {len(header)})")
    found = []
    for name, text in zip(header, row):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(f"{path}, line {line}: '{text}' in column"
                             f" '{name}' is not a finite number")
        found.append(value)
    return found


def split(n, train, validation):
    """Rows by file order: training, validation, the rest for the test.

    Numbers below 1 are shares of n, rounded to the nearest row.
    """
    n_train, n_validation = (
        int(math.floor(part * n + 0.5)) if part < 1 else int(part)
        for part in (train, validation))
    if n_train < 1 or n_validation < 1 or n_train + n_validation > n:
        raise ValueError(f"{n_train} rows for training and {n_validation} for"
                         f" validation do not fit into {n} rows")
    ends = (0, n_train, n_train + n_validation, n)
    return [slice(a, b) for a, b in zip(ends, ends[1:])]


def mean_and_scale(x, rows):
    """Mean and population standard deviation over rows; 1 where it is 0."""
    scale = x[rows].std(axis=0)
    return x[rows].mean(axis=0), np.where(scale > 0, scale, 1.0)
