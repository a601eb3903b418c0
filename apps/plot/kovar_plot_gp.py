# SPDX-License-Identifier: BSD-3-Clause
"""Pictures of a Gaussian process: its fit, slices with bands, predictions of
each row from all others against what was observed, and their residuals.

Everything drawn is in the file; several targets get pictures of their own.
"""
import re

import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator
import numpy as np

CONTENT = "Gaussian process"
LINE, BAND, POINT, OTHER = "#0072B2", "#56B4E9", "#333333", "#D55E00"
SLICES = ("Slices within the range of the data, other features at their "
          "means: mean, 95 % of the function, 95 % of observations")
MOST_SLICES = 12  # drawn, those along which the mean changes most
BINS = 30         # of residuals, at most
plt.rcParams["figure.max_open_warning"] = 0  # five pictures of each target


def texts(values):
    return [x.decode() if isinstance(x, bytes) else str(x)
            for x in np.atleast_1d(values)]


class Process:
    """What there is to draw, read from an open model file."""

    def __init__(self, file, name):
        self.notes = []
        self.name = name
        for item in ("training", "features", "target", "likelihood"):
            if item not in file:
                raise ValueError(f"'{name}' has no group {item}")
        self.targets = texts(file["target"].attrs["names"])
        self.features = texts(file["features"].attrs["names"])
        self.is_logged = [text == "log" for text in
                          texts(file["features"].attrs["logarithms"])]
        self.n = file["training/x"].shape[0]
        self.trace = self._group(file, "trace")
        self.slices = self._group(file, "slices")
        self.leave_one_out = self._group(file, "leave_one_out")
        self.validation = self._group(file, "validation", is_needed=False)

    def _group(self, file, name, is_needed=True):
        if name not in file:
            if is_needed:
                self.notes.append(f"no {name} in the file: its pictures are "
                                  "left out")
            return None
        return {key: file[name][key][()] for key in file[name]}


def draw_training(axes, process):
    """The loss of every evaluation, and the lowest one so far."""
    trace = process.trace
    for start in np.unique(trace["start"]):
        loss = trace["loss"][trace["start"] == start]
        is_best = start == trace["best_start"]
        finite = np.isfinite(loss)
        steps = np.arange(1, loss.size + 1)
        if is_best:
            axes.plot(steps[finite], loss[finite], ".", color=BAND,
                      markersize=3, label="evaluations")
        if not finite.any():
            continue
        lowest = np.minimum.accumulate(np.where(finite, loss, np.inf))
        axes.plot(steps, lowest, color=LINE if is_best else "#BBBBBB",
                  zorder=2 if is_best else 1,
                  label="lowest so far" if is_best else None)
    best = trace["loss"][trace["start"] == trace["best_start"]]
    lost = np.flatnonzero(~np.isfinite(best))
    axes.set(xlabel="evaluation", ylabel="−(lml + log prior) / n",
             title="Fit")
    finite = best[np.isfinite(best)]
    if finite.size > 2:  # a line search may look far out
        low, high = finite.min(), np.percentile(finite, 95)
        margin = 0.08 * max(high - low, 1e-3 * abs(low), 1e-12)
        axes.set_ylim(low - margin, high + 2 * margin)
    if lost.size:
        axes.plot(lost + 1, np.full(lost.size, axes.get_ylim()[1]), "x",
                  color=OTHER, clip_on=False, label="no factor")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()


def draw_gradient(axes, process):
    trace = process.trace
    best = trace["start"] == trace["best_start"]
    norm = trace["gradient_norm"][best]
    positive = np.isfinite(norm) & (norm > 0)
    steps = np.arange(1, norm.size + 1)
    axes.set(xlabel="evaluation", title="Gradient",
             ylabel="largest derivative by a raw number, projected")
    axes.plot(steps[positive], norm[positive], color=LINE)
    if positive.any():
        axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def order_of_slices(process, target):
    """Slices by how much the mean changes along them."""
    mean = process.slices["mean"][target]
    return np.argsort(np.ptp(mean, axis=1), kind="stable")[::-1]


def draw_slice(axes, process, target, which):
    slices = process.slices
    x = slices["x"][which]
    axes.fill_between(x, slices["lower"][target, which],
                      slices["upper"][target, which], color=BAND, alpha=0.2,
                      linewidth=0)
    axes.fill_between(x, slices["lower_latent"][target, which],
                      slices["upper_latent"][target, which], color=BAND,
                      alpha=0.6, linewidth=0)
    axes.plot(x, slices["mean"][target, which], color=LINE)
    feature = int(slices["feature"][which])
    axes.set(xlabel=process.features[feature])
    axes.margins(x=0)
    if process.is_logged[feature]:
        axes.set_xscale("log")


def draw_predicted(axes, process, target):
    """Predicted against observed: each row from all others."""
    parts = [(process.leave_one_out, POINT, "each row from all others")]
    if process.validation:
        parts.append((process.validation, OTHER, "validation rows"))
    seen = []
    for part, colour, label in parts:
        mean, truth = part["mean"][target], part["target"][target]
        error = np.sqrt(np.mean((mean - truth) ** 2))
        alpha = float(np.clip(300 / mean.size, 0.15, 0.8))
        axes.plot(mean, truth, ".", color=colour, alpha=alpha,
                  markersize=5, markeredgewidth=0,
                  label=f"{label}, RMSE {error:.4g}")
        seen += [mean, truth]
    seen = np.concatenate(seen)
    axes.axline((np.median(seen), np.median(seen)), slope=1, color=LINE,
                linewidth=1)
    axes.set(xlabel=f"predicted {process.targets[target]}",
             ylabel=f"observed {process.targets[target]}",
             title="Predicted against observed")
    axes.legend(loc="lower right", fontsize="small")


def draw_residuals(axes, process, target):
    """Standardised residuals beside the normal density they should have."""
    z = process.leave_one_out["standardised_residual"][target]
    limit = max(3.5, 1.05 * np.abs(z).max())
    n_bins = int(np.clip(2 * np.sqrt(z.size), 5, BINS))
    axes.hist(z, np.linspace(-limit, limit, n_bins + 1), density=True,
              color=BAND, edgecolor="white", linewidth=0.5)
    x = np.linspace(-limit, limit, 201)
    axes.plot(x, np.exp(-x * x / 2) / np.sqrt(2 * np.pi), color=LINE,
              label="normal")
    share = 100 * np.mean(np.abs(z) <= 1.96)
    axes.plot([], [], " ", label=f"{share:.1f} % within ±1.96")
    axes.set(xlabel="residual / standard deviation", ylabel="density",
             title="Leave-one-out residuals",
             ylim=(0, 1.25 * axes.get_ylim()[1]))  # room for the legend
    axes.legend(loc="upper right", fontsize="small")


def draw_residuals_along(axes, process, target):
    """The same against the prediction: a pattern tells of a wrong model."""
    part = process.leave_one_out
    z = part["standardised_residual"][target]
    alpha = float(np.clip(300 / z.size, 0.15, 0.8))
    axes.axhspan(-1.96, 1.96, color=BAND, alpha=0.2, linewidth=0)
    axes.axhline(0, color=LINE, linewidth=1)
    axes.plot(part["mean"][target], z, ".", color=POINT, alpha=alpha,
              markersize=5, markeredgewidth=0)
    axes.set(xlabel=f"predicted {process.targets[target]}",
             ylabel="residual / standard deviation",
             title="Residuals along the prediction")


def training_figure(process):
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
    draw_training(axes[0], process)
    draw_gradient(axes[1], process)
    return figure


def slices_figure(process, target):
    order = order_of_slices(process, target)[:MOST_SLICES]
    n_columns = min(4, len(order))
    n_rows = -(-len(order) // n_columns)
    figure, grid = plt.subplots(n_rows, n_columns, squeeze=False, sharey=True,
                                figsize=(max(2.6 * n_columns, 7),
                                         0.5 + 2.3 * n_rows))
    for place, axes in enumerate(grid.flat):
        if place >= len(order):
            axes.set_axis_off()
            continue
        draw_slice(axes, process, target, order[place])
        if place % n_columns == 0:
            axes.set_ylabel(process.targets[target])
    figure.suptitle(SLICES, x=0.01, ha="left", fontsize=9)
    return figure


def predicted_figure(process, target):
    figure, axes = plt.subplots(figsize=(5, 4.6))
    draw_predicted(axes, process, target)
    return figure


def residuals_figure(process, target):
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6))
    draw_residuals(axes[0], process, target)
    draw_residuals_along(axes[1], process, target)
    return figure


def overview_figure(process, target):
    top_parts = []
    if process.trace:
        top_parts.append(lambda axes: draw_training(axes, process))
    if process.leave_one_out:
        top_parts += [lambda axes: draw_predicted(axes, process, target),
                      lambda axes: draw_residuals(axes, process, target)]
    if not top_parts or not process.slices:
        return None
    figure = plt.figure(figsize=(12, 6.8))
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.25, 1))
    for axes, draw in zip(np.ravel(top.subplots(1, len(top_parts))),
                          top_parts):
        draw(axes)
    order = order_of_slices(process, target)[:4]
    grid = bottom.subplots(1, len(order), sharey=True, squeeze=False)
    for axes, which in zip(grid.flat, order):
        draw_slice(axes, process, target, which)
    grid[0, 0].set_ylabel(process.targets[target])
    bottom.suptitle(SLICES, x=0.05, ha="left", fontsize="medium")
    return figure


def figures_of_target(process, target):
    drawn = {"overview": overview_figure(process, target)}
    if process.slices:
        drawn["slices"] = slices_figure(process, target)
    if process.leave_one_out:
        drawn["predicted"] = predicted_figure(process, target)
        drawn["residuals"] = residuals_figure(process, target)
    return drawn


def figures(process):
    """Pictures by name; of several targets with number and name in it."""
    drawn = {}
    if process.trace:
        drawn["training"] = training_figure(process)
    for target, name in enumerate(process.targets):
        label = "_" + re.sub(r"[^\w.-]+", "_", name)
        suffix = (f"_{target + 1}{label}" if len(process.targets) > 1 else "")
        for what, figure in figures_of_target(process, target).items():
            drawn[what + suffix] = figure
    return drawn
