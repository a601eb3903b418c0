# SPDX-License-Identifier: BSD-3-Clause
"""Pictures of a k-th-eigenvalue model: training, importances, responses.

A model of several targets has a head for each, and pictures for each head.
In its file k, diagonal, coefficients and the curves of training then have a
leading axis of heads; with one head they have none.
"""
import re

import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator
import numpy as np

CONTENT = "k-th-eigenvalue model"
TRAIN, VALIDATION, RATE = "#0072B2", "#D55E00", "#999999"
N_POINTS = 101        # of a response
WIDEST = 2.5          # standard deviations to either side of the mean
RESPONSES = (f"Responses within {WIDEST} standard deviations of the mean,"
             " other features at their means")
MOST_RESPONSES = 12   # features drawn, those of the largest norms
plt.rcParams["figure.max_open_warning"] = 0  # four pictures of each head


class Model:
    """What there is to draw, read from an open model file."""

    def __init__(self, file, name):
        self.notes = []
        self.name = name
        for item in ("diagonal", "coefficients", "k"):
            if item not in file:
                raise ValueError(f"'{name}' has no dataset {item}")
        features = Columns(file["features"])
        targets = Columns(file["target"]) if "target" in file else None
        k = np.atleast_1d(file["k"][()])
        n_heads = k.size

        def by_head(values):
            return values if n_heads > 1 else values[np.newaxis]
        diagonals = by_head(file["diagonal"][()])
        coefficients = by_head(file["coefficients"][()])
        curves = self._curves(file, by_head)
        if targets and len(targets.names) != n_heads:
            raise ValueError(f"'{name}': {n_heads} heads have "
                             f"{len(targets.names)} targets")
        self.heads = [
            Head(int(k[h]), diagonals[h], coefficients[h], features,
                 (targets, h) if targets else None,
                 {key: values[h] for key, values in curves.items()})
            for h in range(n_heads)]
        for head in self.heads:
            if len(features.names) != len(head.matrices):
                raise ValueError(f"'{name}': {len(features.names)} features "
                                 f"have {len(head.matrices)} matrices")

    def _curves(self, file, by_head):
        """What is known of training, by name, each with an entry per head."""
        if "training" not in file:
            self.notes.append("no training curves in the file")
            return {}
        group = file["training"]
        n_heads = np.size(file["k"][()])
        curves = {key: by_head(np.atleast_1d(group[key][()]))
                  for key in ("train_rmse", "validation_rmse")}
        best = int(group["best_epoch"][()]) if "best_epoch" in group else 0
        curves["best_epoch"] = [best] * n_heads
        return curves


class Head:
    """One function of the features."""

    def __init__(self, k, diagonal, coefficients, features, target, training):
        self.k = k
        self.diagonal = diagonal
        self.features = features
        self.target = target  # columns and the place in them, or None
        self.training = training
        self.matrices = squares(coefficients, diagonal.size)
        self.norms = np.abs(np.linalg.eigvalsh(self.matrices)).max(axis=1)

    def order_of_importance(self):
        return np.argsort(self.norms)[::-1]

    def response(self, feature, steps):
        """f along one feature, the others at their means, in the target's
        units; steps in standard deviations."""
        matrices = np.diag(self.diagonal) + np.multiply.outer(
            steps, self.matrices[feature])
        values = np.linalg.eigvalsh(matrices)[:, self.k]
        if not self.target:
            return values
        columns, place = self.target
        return columns.to_units(place, values)

    def target_label(self):
        if not self.target:
            return "f"
        columns, place = self.target
        return columns.names[place]

    def errors(self, name):
        """Training errors, and their unit: that of the target where it has
        one, as 'kovar spectral train' tells them."""
        if not self.target:
            return self.training[name], "standardised"
        columns, place = self.target
        logarithm = columns.logarithms[place]
        unit = self.target_label()
        return (self.training[name] * columns.scale[place],
                unit if logarithm == "none" else f"{logarithm} of {unit}")


class Columns:
    """Names of columns and how they were standardised."""

    def __init__(self, group):
        def text(x):
            return x.decode() if isinstance(x, bytes) else str(x)
        self.names = [text(x) for x in np.atleast_1d(group.attrs["names"])]
        self.logarithms = [text(x)
                           for x in np.atleast_1d(group.attrs["logarithms"])]
        self.mean = np.atleast_1d(group["mean"][()])
        self.scale = np.atleast_1d(group["scale"][()])

    def to_units(self, column, standard):
        value = self.mean[column] + self.scale[column] * standard
        if self.logarithms[column] == "log":
            return np.exp(value)
        if self.logarithms[column] == "log1p":
            return np.expm1(value)
        return value


def squares(packed, order):
    """p x d (d + 1) / 2 to p x d x d."""
    matrices = np.zeros((len(packed), order, order))
    rows, columns = np.tril_indices(order)
    matrices[:, rows, columns] = packed
    matrices[:, columns, rows] = packed
    return matrices


def draw_training(axes, head):
    train, unit = head.errors("train_rmse")
    epochs = np.arange(1, train.size + 1)
    axes.plot(epochs, train, color=TRAIN, label="training, over the epoch")
    validation, _ = head.errors("validation_rmse")
    if np.isfinite(validation).any():
        axes.plot(epochs, validation, color=VALIDATION,
                  label="validation, after it")
    best = head.training["best_epoch"]
    if 1 <= best <= train.size:
        axes.axvline(best, color=RATE, linestyle=":",
                     label="epoch of the model")
    axes.set(xlabel="epoch", ylabel=f"RMSE ({unit})", title="Training",
             xlim=(1, max(2, train.size)))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()


def draw_importances(axes, head):
    order = head.order_of_importance()[:30][::-1]
    axes.barh(range(len(order)), head.norms[order], color=TRAIN)
    axes.set_yticks(range(len(order)),
                    [head.features.names[i] for i in order])
    axes.set(title="Importance", xlabel="spectral norm of the feature's "
             "matrix:\nlargest change per standard deviation")


def draw_response(axes, head, feature):
    steps = np.linspace(-WIDEST, WIDEST, N_POINTS)
    axes.plot(head.features.to_units(feature, steps),
              head.response(feature, steps), color=TRAIN)
    axes.set(xlabel=head.features.names[feature])
    if head.features.logarithms[feature] == "log":
        axes.set_xscale("log")


def responses_figure(head):
    order = head.order_of_importance()[:MOST_RESPONSES]
    n_columns = min(4, len(order))
    n_rows = -(-len(order) // n_columns)
    figure, grid = plt.subplots(n_rows, n_columns, squeeze=False, sharey=True,
                                figsize=(2.6 * n_columns, 2.3 * n_rows))
    for place, axes in enumerate(grid.flat):
        if place >= len(order):
            axes.set_axis_off()
            continue
        draw_response(axes, head, order[place])
        if place % n_columns == 0:
            axes.set_ylabel(head.target_label())
    figure.suptitle(RESPONSES, x=0.01, ha="left", fontsize=11)
    return figure


def training_figure(head):
    figure, axes = plt.subplots(figsize=(5.5, 3.4))
    draw_training(axes, head)
    return figure


def importances_figure(head):
    n = min(30, len(head.norms))
    figure, axes = plt.subplots(figsize=(5.5, 1.4 + 0.24 * n))
    draw_importances(axes, head)
    return figure


def overview_figure(head):
    parts = ([draw_training] if head.training else []) + [draw_importances]
    order = head.order_of_importance()[:4]
    figure = plt.figure(figsize=(11, 6.4))
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.2, 1))
    for axes, draw in zip(top.subplots(1, len(parts), squeeze=False).flat,
                          parts):
        draw(axes, head)
    grid = bottom.subplots(1, len(order), sharey=True, squeeze=False)
    for axes, feature in zip(grid.flat, order):
        draw_response(axes, head, feature)
    grid[0, 0].set_ylabel(head.target_label())
    bottom.suptitle(RESPONSES, x=0.05, ha="left", fontsize="medium")
    return figure


def figures_of_head(head):
    drawn = {"importances": importances_figure(head),
             "responses": responses_figure(head),
             "overview": overview_figure(head)}
    if head.training:
        drawn["training"] = training_figure(head)
    return drawn


def figures(model):
    """Pictures by name; of several heads with number and target in it."""
    if len(model.heads) == 1:
        return figures_of_head(model.heads[0])
    drawn = {}
    for number, head in enumerate(model.heads, 1):
        label = re.sub(r"[^\w.-]+", "_", head.target_label())
        for name, figure in figures_of_head(head).items():
            if name != "responses":
                figure.suptitle(head.target_label(), x=0.99, ha="right",
                                fontsize=11)
            drawn[f"{name}_{number}_{label}"] = figure
    return drawn
