# SPDX-License-Identifier: BSD-3-Clause
"""Looks at what pictures of binned fits show.

    python3 look_at_pictures.py FOLDER_OF_THE_SCRIPTS SCAN

SCAN is the result of scans of sig and then of tilt, with intervals.
"""
import sys
from types import SimpleNamespace

import h5py
import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import kovar_plot_channels as channels  # noqa: E402
import kovar_plot_fit  # noqa: E402
import kovar_plot_scans as scans  # noqa: E402


def check(is_so, what):
    if not is_so:
        sys.exit(f"pictures: {what}")


def channel(file, name, by_process, **axis):
    """A channel of a result, with yields after the fit."""
    group = file.create_group(name)
    group.attrs.update(name=name, masked="no")
    group["hist_postfit"] = by_process
    total = np.sum(by_process, axis=0)
    group["hist_postfit_inclusive"] = total
    group["hist_postfit_inclusive_variances"] = total
    group["hist_nobs"] = np.round(total)
    group.create_group("axes/0").attrs.update(name="x", kind=axis["kind"])
    for part in ("edges", "labels"):
        if part in axis:
            group[f"axes/0/{part}"] = axis[part]
    return channels.Channel(group)


def drawn(fit, of_channel):
    """Axes of the yields, and colours by their names in the legend."""
    figure = channels.channel_figure(fit, of_channel)
    axes = figure.axes[0]
    handles, labels = axes.get_legend_handles_labels()
    return axes, {label: handle.get_facecolor() for handle, label
                  in zip(handles, labels) if label in fit.processes}


def look_at_channels(file):
    processes = ["signal", "top", "jets"]
    near = channel(file, "near", [[5., 9], [30, 20], [10, 7]],
                   kind="regular", edges=[0., 1, 2])
    far = channel(file, "far", [[1., 1], [10, 5], [900, 3]],
                  kind="integer", edges=[2., 3, 4])
    named = channel(file, "named", [[1., 1], [3, 5], [9, 3]],
                    kind="category", labels=[b"low", b"high"])
    fit = SimpleNamespace(
        processes=processes, poi_names=["signal"],
        colours=channels.colours_of(processes, ["signal"],
                                    [near, far, named]))
    in_near, near_colours = drawn(fit, near)
    in_far, far_colours = drawn(fit, far)
    in_named, _ = drawn(fit, named)
    check(near_colours == far_colours, "a process changes its colour")
    check(len(set(near_colours.values())) == 3, "processes share a colour")
    check(list(near_colours) == ["jets", "top", "signal"]
          and list(far_colours) == ["top", "jets", "signal"],
          "stacks go up from the smallest to the largest and the signal")
    check(in_near.get_yscale() == "linear", "10 and 100 are no decades")
    check(in_far.get_yscale() == "log", "bins from 9 to 911 want a log")
    check(list(far.edges) == [1.5, 2.5, 3.5], "2 is not in the middle")
    check(list(near.edges) == [0, 1, 2], "edges moved")
    ticks = in_named.figure.axes[1].get_xticklabels()
    check([tick.get_text() for tick in ticks] == ["low", "high"],
          "bins have lost their names")
    # What was predicted before the fit is twice the data.
    near.values["hist_prefit_inclusive"] = 2 * near.values["hist_nobs"]
    low, high = channels.channel_figure(fit, near).axes[-1].get_ylim()
    check(low < 0.4 and high > 1.2, f"ratios are from {low} to {high}")


def look_at_many_processes(file):
    """The signal has a colour however small; the smallest are others."""
    processes = [f"p{i}" for i in range(12)]
    yields = np.arange(1.0, 13)[:, None]  # p0 is the smallest
    of_channel = channel(file, "many", yields, kind="regular", edges=[0., 1])
    colours = channels.colours_of(processes, ["p0"], [of_channel])
    check(sorted(colours) == [0, 5, 6, 7, 8, 9, 10, 11],
          f"colours are of {sorted(colours)}")
    fit = SimpleNamespace(processes=processes, poi_names=["p0"],
                          colours=colours)
    axes, _ = drawn(fit, of_channel)
    labels = axes.get_legend_handles_labels()[1]
    check("others" in labels and "p1" not in labels, f"there are {labels}")


def look_at_boundary(fit):
    """A root that ended at 0 has neither a parabola nor impacts."""
    i = fit.names.index("sig")
    kept = fit.x[i], fit.squared, fit.impacts
    n = len(fit.names)
    fit.impacts = {"impacts": (np.ones((len(fit.poi_names), n)),
                               np.ones((len(fit.poi_names), 1)), ["all"])}
    row = fit.poi_names.index("sig")
    fit.squared = True
    check(kovar_plot_fit.impacts_figure(fit, "impacts", row) is not None,
          "no impacts on a strength that is not at its boundary")
    fit.x[i] = 1e-20
    check(fit.is_at_boundary("sig") and not fit.is_at_boundary("tilt"),
          "what is at its boundary is not known")
    check(kovar_plot_fit.impacts_figure(fit, "impacts", row) is None,
          "impacts on a strength at its boundary")
    check(np.isnan(scans.minimum_of(fit, "sig")[1]),
          "an uncertainty at the boundary")
    fit.x[i], fit.squared, fit.impacts = kept


def look_at_scans(path):
    with h5py.File(path) as file:
        fit = kovar_plot_fit.Results(file, path).fits[0]
    names = [name for name, _, _ in fit.scans]
    check(names == ["sig", "tilt"], f"scans are drawn as {names}")
    for axes in scans.scans_figure(fit).axes:
        labels = axes.get_legend_handles_labels()[1]
        check("by the covariance" in labels, f"no parabola, only {labels}")
        check(any(label.startswith("at 1: ") for label in labels),
              f"no interval with its level, only {labels}")
    look_at_boundary(fit)
    fit.scans_2d = [(["sig", "tilt"], np.arange(3.0), np.arange(4.0),
                     np.arange(12.0).reshape(3, 4))]
    plane = scans.scans_2d_figure(fit).axes[0]
    best = [line for line in plane.lines if line.get_label() == "best fit"]
    check(len(best) == 1 and best[0].get_xydata().tolist()
          == [[fit.poi_values[fit.poi_names.index("sig")],
               fit.x[fit.names.index("tilt")]]], "the best fit is elsewhere")


plt.rcParams["figure.constrained_layout.use"] = True
with h5py.File("pictures", "w", driver="core", backing_store=False) as memory:
    look_at_channels(memory)
    look_at_many_processes(memory)
look_at_scans(sys.argv[2])
