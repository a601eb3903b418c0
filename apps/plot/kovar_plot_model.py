# SPDX-License-Identifier: BSD-3-Clause
"""Pictures of a k-th-eigenvalue model: training, importances, responses."""
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


class Model:
    """What there is to draw, read from an open model file."""

    def __init__(self, file, name):
        self.notes = []
        self.name = name
        for item in ("diagonal", "coefficients", "k"):
            if item not in file:
                raise ValueError(f"'{name}' has no dataset {item}")
        self.k = int(file["k"][()])
        self.diagonal = file["diagonal"][()]
        self.features = Columns(file["features"])
        self.target = Columns(file["target"]) if "target" in file else None
        self.matrices = squares(file["coefficients"][()], self.diagonal.size)
        if len(self.features.names) != len(self.matrices):
            raise ValueError(f"'{name}': {len(self.features.names)} features "
                             f"have {len(self.matrices)} matrices")
        values = np.linalg.eigvalsh(self.matrices)
        self.norms = np.abs(values).max(axis=1)
        self.training = {}
        if "training" in file:
            self.training = {key: np.atleast_1d(item[()])
                             for key, item in file["training"].items()}
        else:
            self.notes.append("no training curves in the file")

    def order_of_importance(self):
        return np.argsort(self.norms)[::-1]

    def response(self, feature, steps):
        """f along one feature, the others at their means, in the target's
        units; steps in standard deviations."""
        matrices = np.diag(self.diagonal) + np.multiply.outer(
            steps, self.matrices[feature])
        values = np.linalg.eigvalsh(matrices)[:, self.k]
        return self.target.to_units(0, values) if self.target else values

    def target_label(self):
        return self.target.names[0] if self.target else "f"

    def errors(self, name):
        """Training errors, and their unit: that of the target where it has
        one, as 'kovar spectral train' tells them."""
        if not self.target:
            return self.training[name], "standardised"
        logarithm = self.target.logarithms[0]
        unit = self.target_label()
        return (self.training[name] * self.target.scale[0],
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


def draw_training(axes, model):
    train, unit = model.errors("train_rmse")
    epochs = np.arange(1, train.size + 1)
    axes.plot(epochs, train, color=TRAIN, label="training, over the epoch")
    validation, _ = model.errors("validation_rmse")
    if np.isfinite(validation).any():
        axes.plot(epochs, validation, color=VALIDATION,
                  label="validation, after it")
    best = int(np.squeeze(model.training.get("best_epoch", 0)))
    if 1 <= best <= train.size:
        axes.axvline(best, color=RATE, linestyle=":",
                     label="epoch of the model")
    axes.set(xlabel="epoch", ylabel=f"RMSE ({unit})", title="Training",
             xlim=(1, max(2, train.size)))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()


def draw_importances(axes, model):
    order = model.order_of_importance()[:30][::-1]
    axes.barh(range(len(order)), model.norms[order], color=TRAIN)
    axes.set_yticks(range(len(order)),
                    [model.features.names[i] for i in order])
    axes.set(title="Importance", xlabel="spectral norm of the feature's "
             "matrix:\nlargest change per standard deviation")


def draw_response(axes, model, feature):
    steps = np.linspace(-WIDEST, WIDEST, N_POINTS)
    axes.plot(model.features.to_units(feature, steps),
              model.response(feature, steps), color=TRAIN)
    axes.set(xlabel=model.features.names[feature])
    if model.features.logarithms[feature] == "log":
        axes.set_xscale("log")


def responses_figure(model):
    order = model.order_of_importance()[:MOST_RESPONSES]
    n_columns = min(4, len(order))
    n_rows = -(-len(order) // n_columns)
    figure, grid = plt.subplots(n_rows, n_columns, squeeze=False, sharey=True,
                                figsize=(2.6 * n_columns, 2.3 * n_rows))
    for place, axes in enumerate(grid.flat):
        if place >= len(order):
            axes.set_axis_off()
            continue
        draw_response(axes, model, order[place])
        if place % n_columns == 0:
            axes.set_ylabel(model.target_label())
    figure.suptitle(RESPONSES, x=0.01, ha="left", fontsize=11)
    return figure


def training_figure(model):
    figure, axes = plt.subplots(figsize=(5.5, 3.4))
    draw_training(axes, model)
    return figure


def importances_figure(model):
    n = min(30, len(model.norms))
    figure, axes = plt.subplots(figsize=(5.5, 1.4 + 0.24 * n))
    draw_importances(axes, model)
    return figure


def overview_figure(model):
    parts = ([draw_training] if model.training else []) + [draw_importances]
    order = model.order_of_importance()[:4]
    figure = plt.figure(figsize=(11, 6.4))
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.2, 1))
    for axes, draw in zip(top.subplots(1, len(parts), squeeze=False).flat,
                          parts):
        draw(axes, model)
    grid = bottom.subplots(1, len(order), sharey=True, squeeze=False)
    for axes, feature in zip(grid.flat, order):
        draw_response(axes, model, feature)
    grid[0, 0].set_ylabel(model.target_label())
    bottom.suptitle(RESPONSES, x=0.05, ha="left", fontsize="medium")
    return figure


def figures(model):
    """Pictures by name."""
    drawn = {"importances": importances_figure(model),
             "responses": responses_figure(model),
             "overview": overview_figure(model)}
    if model.training:
        drawn["training"] = training_figure(model)
    return drawn
