# SPDX-License-Identifier: BSD-3-Clause
"""Pictures of a binned fit: pulls with constraints, impacts, profiles,
yields before and after the fit beside the data, correlations; and of toys.

Several fits of one file get pictures of their own.
"""
import re

import matplotlib.pyplot as plt
import numpy as np
from kovar_plot_channels import Channel, channel_figure, colours_of, texts
from kovar_plot_colours import BAND, LINE, OTHER, POINT
from kovar_plot_scans import scans_2d_figure, scans_figure

CONTENT = "binned fit"
TOYS = "toys of a binned fit"
IMPACTS = {"impacts": "Impacts", "global_impacts": "Global impacts",
           "gaussian_global_impacts": "Gaussian global impacts"}
STATISTICS = {"stat": "data statistics", "binByBinStat": "template statistics"}
AT_ZERO = 1e-3          # a root below that in its uncertainties is 0
MOST_PULLS = 40         # parameters in a picture, those that stand out
MOST_IMPACTS = 25
MOST_CORRELATED = 40
plt.rcParams["figure.max_open_warning"] = 0  # one picture per channel


def number(group, name):
    return float(group[name][()]) if name in group else None


def array(group, name):
    return group[name][()] if name in group else None


def scans_of(group, prefix, attribute):
    """Scans in the order in which they were asked for, not by name."""
    names = [key for key in group
             if key.startswith(prefix) and attribute in group[key].attrs]
    return sorted(names, key=lambda key: group[key].attrs.get("position", 0))


class Fit:
    """One fit, read from its group of an open file."""

    def __init__(self, group, name):
        self.name = name
        self.status = texts(group.attrs["status"])[0]
        self.squared = texts(group.attrs["strengths"])[0] != "parms"
        self.names = texts(group["parms_names"][()])
        self.x = group["parms"][()]
        self.variances = array(group, "parms_variances")
        self.weights = group["parms_constraint_weights"][()]
        self.centers = group["parms_constraint_centers"][()]
        free = array(group, "parms_free")
        self.free = np.zeros(len(self.names), bool)
        if free is not None:
            self.free[free] = True
        self.poi_names = (texts(group["poi_names"][()])
                          if group["poi_names"].size else [])
        self.poi_values = array(group, "poi_values")
        self.poi_uncertainties = array(group, "poi_uncertainties")
        self.poi_scale = array(group, "poi_scale")
        self.covariance = array(group, "cov")
        self.goodness = (number(group, "satchi2"), number(group, "ndfsat"),
                         number(group, "p_satchi2"))
        self.impacts = {key: (group[key][()], group[key + "_grouped"][()],
                              texts(group[key + "_grouped_columns"][()]))
                        for key in IMPACTS if key in group}
        self.scans = [(texts(group[key].attrs["parameter"])[0],
                       group[key + "_values"][()], group[key][()])
                      for key in scans_of(group, "nll_scan_", "parameter")]
        self.scans_2d = [(texts(group[key].attrs["parameters"]),
                          group[key + "_values_0"][()],
                          group[key + "_values_1"][()], group[key][()])
                         for key in scans_of(group, "nll_scan2D_",
                                             "parameters")]
        self.intervals = []
        if "contour_scan" in group:
            self.intervals = list(zip(
                texts(group["contour_scan_names"][()]),
                group["contour_scan_levels"][()], group["contour_scan"][()]))
        mapping = group["mappings/BaseMapping"]
        self.processes = texts(mapping["processes"][()])
        self.channels = [Channel(mapping["channels"][key])
                         for key in mapping["channels"]]
        self.colours = colours_of(self.processes, self.poi_names,
                                  self.channels)

    def is_at_boundary(self, name):
        """A strength kept as a square that ended at 0: no uncertainty."""
        i = self.names.index(name)
        return bool(self.squared and name in self.poi_names
                    and self.weights[i] == 0 and self.variances is not None
                    and abs(self.x[i]) <= AT_ZERO * np.sqrt(self.variances[i]))

    def pulls(self):
        """Of constrained parameters that moved: pull, width, index."""
        root = np.sqrt(self.weights)
        which = np.flatnonzero(self.free & (root > 0))
        pulls = ((self.x - self.centers) * root)[which]
        widths = (np.sqrt(self.variances) * root)[which] \
            if self.variances is not None else np.full(which.size, np.nan)
        return pulls, widths, which


class Results:
    """The fits of an open file."""

    def __init__(self, file, name):
        self.notes = []
        self.name = name
        self.fits = [Fit(file[group], group)
                     for group in texts(file.attrs["fits"])]
        for fit in self.fits:
            at_boundary = [poi for poi in fit.poi_names if fit.impacts
                           and fit.is_at_boundary(poi)]
            if at_boundary:
                self.notes.append(
                    f"no impacts on {', '.join(at_boundary)} in {fit.name}, "
                    "at the boundary 0; fit with --allow-negative-signal, or "
                    "ask for an --interval")


class Toys:
    """Fits of toys, read from an open file."""

    def __init__(self, file, name):
        self.notes = []
        self.name = name
        group = file["toys"]
        self.names = texts(group["parms_names"][()])
        self.poi_names = (texts(group["poi_names"][()])
                          if group["poi_names"].size else [])
        converged = group["status"][()] == 0
        squared = texts(group.attrs["strengths"])[0] != "parms"
        self.x = group["parms"][()][converged]
        self.start = group["parms_start"][()]
        variances = array(group, "parms_variances")
        self.deviations = (None if variances is None
                           else np.sqrt(variances[converged]))
        self.n_strengths = int(number(group, "n_strengths"))
        self.truths = array(group, "poi_truths")
        if self.truths is not None:
            self.truths = self.truths[converged]
        if squared:
            strengths = slice(0, self.n_strengths)
            if self.deviations is not None:
                # One that ended at the boundary 0 has no uncertainty.
                at_zero = (np.abs(self.x[:, strengths])
                           <= AT_ZERO * self.deviations[:, strengths])
                self.deviations[:, strengths][at_zero] = np.nan
                self.deviations[:, strengths] *= 2 * np.abs(
                    self.x[:, strengths])
            self.x[:, strengths] **= 2
            self.start[strengths] **= 2
        self.p_values = group["p_satchi2"][()][converged]


def limited(order, most):
    return order[:most], f", the {most} largest of {len(order)}" \
        if len(order) > most else ""


def pulls_figure(fit):
    """Points are pulls with their postfit uncertainty, the band is prefit."""
    pulls, widths, which = fit.pulls()
    if not which.size:
        return None
    tightness = np.where(np.isfinite(widths), 1 - widths, 0)
    order, text = limited(np.argsort(-np.maximum(np.abs(pulls), tightness),
                                     kind="stable"), MOST_PULLS)
    y = np.arange(len(order))
    figure, axes = plt.subplots(figsize=(6.5, 1.2 + 0.22 * len(order)))
    axes.axvspan(-1, 1, color=BAND, alpha=0.25, linewidth=0)
    axes.axvline(0, color="#AAAAAA", linewidth=1)
    axes.errorbar(pulls[order], y, xerr=np.nan_to_num(widths[order]), fmt="o",
                  color=POINT, markersize=4, linewidth=1.2)
    axes.set_yticks(y, [fit.names[i] for i in which[order]], fontsize=8)
    axes.set(xlabel="pull (prefit uncertainties)",
             ylim=(len(order) - 0.4, -0.6), title="Pulls" + text)
    limit = max(2, 1.1 * np.max(np.abs(pulls[order])
                                + np.nan_to_num(widths[order])))
    axes.set_xlim(-limit, limit)
    return figure


def draw_ranking(axes, names, values, title):
    y = np.arange(len(names))
    axes.barh(y, values, color=np.where(values >= 0, BAND, OTHER), height=0.7)
    axes.set_yticks(y, names, fontsize=8)
    axes.set(ylim=(len(names) - 0.4, -0.6), title=title, xlabel="impact")
    axes.locator_params(axis="x", nbins=5)  # labels with signs are wide
    axes.axvline(0, color="#AAAAAA", linewidth=1)


def impacts_figure(fit, kind, row):
    """Ranked parameters with their pulls, and groups beside."""
    table, grouped, columns = fit.impacts[kind]
    poi = fit.poi_names[row]
    if fit.is_at_boundary(poi):
        return None
    scale = fit.poi_scale[row]
    values = table[row] * scale
    values[fit.names.index(poi)] = 0
    order = np.argsort(-np.abs(values), kind="stable")
    order, text = limited(order[values[order] != 0], MOST_IMPACTS)
    of_groups = grouped[row] * scale
    ranked = np.argsort(-of_groups, kind="stable")
    ranked = ranked[of_groups[ranked] > 0][:MOST_IMPACTS]
    if not len(order) and not len(ranked):
        return None
    rows = max(len(order), len(ranked), 3)
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(12.5, 1.5 + 0.24 * rows),
        width_ratios=(1.3, 0.8, 1.1))
    names = [fit.names[i] for i in order]
    draw_ranking(left, names, values[order], "By parameter" + text)
    pulls, widths, which = fit.pulls()
    place = {parameter: k for k, parameter in enumerate(which)}
    known = [(y, place[i]) for y, i in enumerate(order) if i in place]
    middle.axvspan(-1, 1, color=BAND, alpha=0.25, linewidth=0)
    if known:
        y, k = np.transpose(known)
        middle.errorbar(pulls[k], y, xerr=np.nan_to_num(widths[k]), fmt="o",
                        color=POINT, markersize=4, linewidth=1.2)
    middle.set(ylim=left.get_ylim(), yticks=[], title="Pull",
               xlabel="prefit uncertainties")
    draw_ranking(right, [STATISTICS.get(columns[i], columns[i])
                         for i in ranked], of_groups[ranked], "By group")
    uncertainty = fit.poi_uncertainties[row]
    figure.suptitle(f"{IMPACTS[kind]} on {poi} = {fit.poi_values[row]:.4g} "
                    f"± {uncertainty:.3g}")
    return figure


def correlation_figure(fit):
    """Parameters of interest, and those that are most correlated at all."""
    if fit.covariance is None or not fit.covariance.size:
        return None
    deviations = np.sqrt(np.diag(fit.covariance))
    moves = np.flatnonzero(deviations > 0)
    if moves.size < 2:
        return None
    # A root's sign is not told by the data.
    sign = np.where((fit.x < 0) & fit.squared & (fit.weights == 0)
                    & np.isin(fit.names, fit.poi_names), -1, 1)
    matrix = fit.covariance[np.ix_(moves, moves)]
    matrix = matrix / np.outer(deviations[moves], deviations[moves])
    matrix = matrix * np.outer(sign[moves], sign[moves])
    strongest = np.max(np.abs(matrix - np.eye(moves.size)), axis=1)
    is_poi = np.isin([fit.names[i] for i in moves], fit.poi_names)
    order, text = limited(np.lexsort((-strongest, ~is_poi)), MOST_CORRELATED)
    names = [fit.names[moves[i]] for i in order]
    size = 2.5 + 0.2 * len(order)
    figure, axes = plt.subplots(figsize=(size + 1, size))
    image = axes.imshow(matrix[np.ix_(order, order)], cmap="RdBu_r", vmin=-1,
                        vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_title("Correlations" + text)
    axes.spines[["top", "right"]].set_visible(True)
    figure.colorbar(image, ax=axes, shrink=0.8, label="correlation")
    return figure


def safe(name):
    return re.sub(r"[^\w.-]+", "_", name)


def figures_of_fit(fit):
    drawn = {"pulls": pulls_figure(fit),
             "correlations": correlation_figure(fit)}
    for kind in fit.impacts:
        for row, name in enumerate(fit.poi_names):
            drawn[f"{kind}_{safe(name)}"] = impacts_figure(fit, kind, row)
    if fit.scans:
        drawn["scans"] = scans_figure(fit)
    if fit.scans_2d:
        drawn["scans_2d"] = scans_2d_figure(fit)
    for channel in fit.channels:
        drawn["channel_" + safe(channel.name)] = channel_figure(fit, channel)
    # Results of scans and of impacts have no yields, and others no matrix:
    # that is not worth a note, unless there is nothing at all.
    return {name: figure for name, figure in drawn.items()
            if figure is not None} or drawn


def draw_pull(axes, toys, name):
    i = toys.names.index(name)
    truths = (toys.start[i] if toys.truths is None
              else toys.truths[:, toys.poi_names.index(name)])
    pulls = (toys.x[:, i] - truths) / toys.deviations[:, i]
    left_out = np.count_nonzero(~np.isfinite(pulls))
    pulls = pulls[np.isfinite(pulls)]
    n_bins = int(np.clip(2 * np.sqrt(pulls.size), 5, 40))
    limit = max(3.5, np.max(np.abs(pulls), initial=0))
    axes.hist(pulls, np.linspace(-limit, limit, n_bins + 1), density=True,
              color=BAND, edgecolor="white", linewidth=0.5)
    x = np.linspace(-limit, limit, 201)
    axes.plot(x, np.exp(-x * x / 2) / np.sqrt(2 * np.pi), color=LINE,
              label="normal")
    axes.plot([], [], " ", label=f"mean {pulls.mean():.2f}, "
              f"width {pulls.std():.2f}" if pulls.size else "none")
    if left_out:
        axes.plot([], [], " ", label=f"without {left_out} toys at 0")
    axes.set(xlabel=f"pull of {name}", ylabel="density", title="Toys",
             ylim=(0, 1.25 * axes.get_ylim()[1]))
    axes.legend(fontsize="small")


def figures_of_toys(toys):
    drawn = {}
    if toys.deviations is not None:
        for name in toys.poi_names:
            figure, axes = plt.subplots(figsize=(5.5, 4))
            draw_pull(axes, toys, name)
            drawn["pull_" + safe(name)] = figure
    figure, axes = plt.subplots(figsize=(5.5, 4))
    axes.hist(toys.p_values, np.linspace(0, 1, 21), color=BAND,
              edgecolor="white", linewidth=0.5)
    axes.set(xlabel="p of the saturated test", ylabel="toys",
             title="Goodness of fit")
    drawn["p_values"] = figure
    return drawn


def figures(result):
    """Pictures by name; of several fits with the name of their group."""
    if isinstance(result, Toys):
        return figures_of_toys(result)
    drawn = {}
    for fit in result.fits:
        prefix = fit.name + "_" if len(result.fits) > 1 else ""
        for name, figure in figures_of_fit(fit).items():
            drawn[prefix + name] = figure
    return drawn
