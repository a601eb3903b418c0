#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes two_regions.h5, the histograms of the example fit; needs numpy and h5py.

    python3 two_regions.py
    kovar fit build two_regions.yaml -o two_regions_tensor.h5
"""
import math

import h5py
import numpy as np


def write_axis(file, name, title, edges, kind):
    """A group of axes with one axis; that of a category axis has "labels" in place of "edges"."""
    axes = file.create_group(name)
    axes["0/edges"] = edges
    axes["0"].attrs["name"] = title
    axes["0"].attrs["kind"] = kind  # need not be told: pictures show bins of whole numbers by it
    return axes


def write_histogram(file, name, axes, values, variances=None):
    """A group with bins and axes: all that 'kovar fit build' needs."""
    group = file.create_group(name)
    group["axes"] = axes  # a link: histograms may share their axes
    group["values"] = values
    if variances is not None:  # sums of squared weights; without them they are the values
        group["variances"] = variances


def peak(edges, n, mean, width):
    """n events of a normal distribution in bins."""
    below = np.array([0.5 * (1 + math.erf((x - mean) / width / math.sqrt(2))) for x in edges])
    return n * np.diff(below)


def falling(edges, n, length):
    """n events that fall off exponentially, in bins."""
    below = 1 - np.exp(-(edges - edges[0]) / length)
    return n * np.diff(below) / below[-1]


mass = np.linspace(100.0, 200.0, 11)  # of the signal region
jets = np.arange(2.0, 9.0)  # edges for the numbers of jets 2, ..., 7 in the control region

# (process, variation): templates of the signal region and of the control region.
templates = {
    ("signal", ""): (peak(mass, 40, 150, 12), falling(jets, 5, 1.5)),
    ("signal", "_energy_scale_up"): (peak(mass, 40, 153, 12), falling(jets, 5.1, 1.55)),
    ("signal", "_energy_scale_down"): (peak(mass, 40, 147, 12), falling(jets, 4.9, 1.45)),
    ("top", ""): (falling(mass, 300, 80), falling(jets, 400, 2)),
    ("top", "_energy_scale_up"): (falling(mass, 306, 83), falling(jets, 410, 2.1)),
    ("top", "_energy_scale_down"): (falling(mass, 294, 77), falling(jets, 390, 1.9)),
    ("top", "_top_model"): (falling(mass, 300, 70), falling(jets, 400, 2.2)),
    ("jets", ""): (falling(mass, 200, 40), falling(jets, 1500, 0.8)),
}

# Simulated events have weights: their squares sum up to less than the yields.
weights = {"signal": 0.05, "top": 0.2, "jets": 0.5}

random = np.random.default_rng(7)
with h5py.File("two_regions.h5", "w") as file:
    for region, (channel, title, edges, kind) in enumerate(
        [
            ("signal_region", "mass", mass, "regular"),
            ("control_region", "n_jets", jets, "integer"),
        ]
    ):
        axes = write_axis(file, f"{channel}/axes", title, edges, kind)
        for (process, variation), both in templates.items():
            variances = weights[process] * both[region] if variation == "" else None
            write_histogram(file, f"{channel}/{process}{variation}", axes, both[region], variances)
        expected = sum(templates[process, ""][region] for process in weights)
        expected = expected + 0.1 * templates["jets", ""][region]  # more jets than simulated
        write_histogram(file, f"{channel}/data", axes, random.poisson(expected))
