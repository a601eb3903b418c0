# SPDX-License-Identifier: BSD-3-Clause
"""The part of kovar_plot.py that draws how shrinkage levels were chosen."""
import numpy as np

NOISE, DATA, GREY = "#D55E00", "#009E73", "#777777"


def draw_curve(axes, result, x):
    colour, name = {"N": (NOISE, "Noise"), "D": (DATA, "Data")}[x]
    levels, nll = result.curves[x]
    order = np.argsort(levels, kind="stable")
    levels, nll = levels[order], nll[order]
    fine = np.isfinite(nll)
    chosen = result.level[x]
    axes.set_title(f"{name} covariance: level {chosen:.4g}")
    axes.set_xlabel("shrinkage level (1 = none)")
    axes.set_xlim(-0.03, 1.03)
    if not fine.any():
        axes.set_yticks([])
        axes.text(0.5, 0.5, "singular at every level", color=GREY,
                  ha="center", va="center", transform=axes.transAxes)
        return
    axes.set_ylabel("negative log-likelihood (nats)")
    axes.plot(levels[fine], nll[fine], color=colour, marker="o", markersize=3)
    show_minimum(axes, nll[fine])
    if x in result.folds:
        draw_folds(axes, levels[fine], nll[fine],
                   result.folds[x][order][fine], chosen, colour)
    at = np.flatnonzero(fine & (levels == chosen))
    lowest = nll[at[0]] if at.size else result.best.get(x, np.nan)
    if np.isfinite(lowest):
        axes.vlines(chosen, axes.get_ylim()[0], lowest, color=GREY,
                    linewidth=0.8, linestyle="--", zorder=0)
        axes.plot(chosen, lowest, marker="o", markersize=9,
                  markerfacecolor="none", markeredgecolor="black")
    if not fine.all():
        mark_singular(axes, np.unique(levels[~fine]), levels[fine], nll[fine])


def draw_folds(axes, levels, nll, folds, chosen, colour):
    """The curve of each fold and their spread around the mean.

    Folds hold out other conditions, so their curves lie at other heights;
    what matters for the level is their shape.  Each is moved to meet the
    mean at the chosen level.
    """
    height = np.interp(chosen, levels, nll)
    moved = folds + height - [np.interp(chosen, levels, fold)
                              for fold in folds.T]
    spread = np.std(moved, axis=1, ddof=1)
    axes.fill_between(levels, nll - spread, nll + spread, color=colour,
                      alpha=0.2, linewidth=0, label="s.d. of folds", zorder=1)
    lines = axes.plot(levels, moved, color=colour, linewidth=0.5, alpha=0.6,
                      zorder=1)
    lines[0].set_label(f"{len(lines)} folds, moved to meet at the circle")
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.15 * (high - low), high)
    axes.legend(loc="best", fontsize=8)


def mark_singular(axes, singular, levels, nll):
    """Crosses and a word at the levels without a value, clear of the curve."""
    nearest = nll[np.argmin(np.abs(levels - singular[-1]))]
    at_top = nearest < sum(axes.get_ylim()) / 2
    heights = np.full(singular.size, 0.97 if at_top else 0.03)
    where = axes.get_xaxis_transform()
    axes.plot(singular, heights, "x", color=GREY, transform=where)
    axes.text(singular[-1], 0.92 if at_top else 0.08, "singular", color=GREY,
              fontsize=9, rotation=90, ha="center",
              va="top" if at_top else "bottom", transform=where)


def show_minimum(axes, nll):
    """Cut off a steep end that would flatten the rest of the curve."""
    low, typical, high = np.min(nll), np.percentile(nll, 75), np.max(nll)
    top = min(high, low + 2.5 * (typical - low))
    if top > low:
        axes.set_ylim(low - 0.10 * (top - low), top + 0.08 * (top - low))
    axes.ticklabel_format(axis="y", useOffset=False)
