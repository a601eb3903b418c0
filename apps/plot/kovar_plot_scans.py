# SPDX-License-Identifier: BSD-3-Clause
"""Profiles of a binned fit along one parameter and along two."""
import matplotlib.pyplot as plt
import numpy as np
from kovar_plot_colours import LINE, OTHER, POINT

# Rises of 2 nll: quantiles of chi square with two degrees of freedom.
CONTOURS = {2.2957: "68 %", 5.9915: "95 %"}
BARS = ["-", "--", ":", "-."]


def minimum_of(fit, name):
    """Value and uncertainty of a parameter as it enters yields."""
    if name in fit.poi_names:
        row = fit.poi_names.index(name)
        is_known = (fit.poi_uncertainties is not None
                    and not fit.is_at_boundary(name))
        width = fit.poi_uncertainties[row] if is_known else np.nan
        return fit.poi_values[row], width
    i = fit.names.index(name)
    width = np.nan if fit.variances is None else np.sqrt(fit.variances[i])
    return fit.x[i], width


def draw_intervals(axes, intervals):
    """A bar at the level of each interval, from end to end."""
    for k, (level, ends) in enumerate(intervals):
        if not np.any(np.isfinite(ends)):
            continue
        low, high = ("open" if np.isnan(end) else f"{end:.4g}"
                     for end in ends)
        left, right = axes.get_xlim()
        drawn = [left if np.isnan(ends[0]) else ends[0],
                 right if np.isnan(ends[1]) else ends[1]]
        axes.plot(drawn, [level, level], BARS[k % len(BARS)], color=OTHER,
                  label=f"at {level:g}: {low} to {high}")
        axes.plot(ends, [level, level], "|", color=OTHER, markersize=12)


def draw_scan(axes, fit, name, values, loss):
    finite = np.isfinite(loss)
    order = np.argsort(values[finite], kind="stable")
    axes.plot(values[finite][order], 2 * loss[finite][order], ".-",
              color=LINE, label="profile")
    mean, width = minimum_of(fit, name)
    if width > 0 and np.any(finite):
        x = np.linspace(values[finite].min(), values[finite].max(), 200)
        axes.plot(x, ((x - mean) / width) ** 2, "--", color="#888888",
                  label="by the covariance")
    draw_intervals(axes, [(level, ends) for other, level, ends
                          in fit.intervals if other == name])
    axes.set(xlabel=name, ylabel="2 (nll − minimum)", title="Profile")
    # Above the curve there is room for the legend.
    axes.set_ylim(0, 1.5 * np.max(2 * loss[finite], initial=1))
    axes.legend(fontsize=8, loc="upper center", ncols=2)


def scans_figure(fit):
    if not fit.scans:
        return None
    n = len(fit.scans)
    figure, axes = plt.subplots(1, n, squeeze=False, figsize=(1 + 4.2 * n, 4))
    for ax, scan in zip(axes[0], fit.scans):
        draw_scan(ax, fit, *scan)
    return figure


def scans_2d_figure(fit):
    if not fit.scans_2d:
        return None
    n = len(fit.scans_2d)
    figure, axes = plt.subplots(1, n, squeeze=False, figsize=(1 + 4.6 * n, 4))
    for ax, (names, a, b, loss) in zip(axes[0], fit.scans_2d):
        grid = np.ma.masked_invalid(2 * loss.T)
        # Light at the minimum, where the contours and their labels are.
        image = ax.contourf(a, b, grid, 20, cmap="Blues")
        lines = ax.contour(a, b, grid, list(CONTOURS),
                           colors=[POINT, POINT], linestyles=["-", "--"])
        ax.clabel(lines, fmt=CONTOURS)
        ax.plot(*(minimum_of(fit, name)[0] for name in names), "P",
                color=OTHER, markersize=9, label="best fit", linestyle="")
        ax.legend(fontsize=8, loc="upper left")
        figure.colorbar(image, ax=ax, label="2 (nll − minimum)")
        ax.set(xlabel=names[0], ylabel=names[1], title="Profile")
    return figure
