# SPDX-License-Identifier: BSD-3-Clause
"""Channels of a binned fit: yields before and after it beside the data."""
import matplotlib.pyplot as plt
import numpy as np
from kovar_plot_colours import BAND, LINE, PROCESSES, REST
from matplotlib.ticker import MaxNLocator

MOST_LABELS = 40      # of bins that have a name
LOG_FROM = 100        # largest over smallest yield of a logarithmic scale
TIMES = ("prefit", "postfit")


def texts(values):
    return [x.decode() if isinstance(x, bytes) else str(x)
            for x in np.atleast_1d(values)]


class Channel:
    """The histograms of a channel, as lists of bins."""

    def __init__(self, group):
        self.name = texts(group.attrs["name"])[0]
        self.values = {name: group[name][()] for name in group
                       if name.startswith("hist_")}
        self.n = next(iter(self.values.values())).size if self.values else 0
        for name in ("hist_postfit_inclusive", "hist_prefit_inclusive"):
            if name in self.values:
                self.n = self.values[name].size
        # Bins of several axes, or of flow, are counted from 0.
        self.axis = "bin"
        self.edges = np.arange(self.n + 1) - 0.5
        self.labels = None
        self.is_whole = True
        axes = group["axes"]
        if len(axes) == 1:
            self._take(axes["0"])

    def _take(self, axis):
        """Of one axis: its name, and its edges or labels."""
        self.axis = texts(axis.attrs.get("name", "bin"))[0]
        kind = texts(axis.attrs.get("kind", ""))[0]
        if "labels" in axis and axis["labels"].size == self.n:
            self.labels = texts(axis["labels"][()])
        if "edges" not in axis:
            return
        edges = axis["edges"][()]
        if edges.size == self.n + 1 and np.all(np.isfinite(edges)):
            self.is_whole = kind == "integer"
            # The bin of a whole number is drawn around it.
            self.edges = edges - 0.5 if self.is_whole else edges

    def flat(self, name):
        values = self.values.get(name)
        return None if values is None else np.ravel(values)

    def by_process(self, name):
        values = self.values.get(name)
        return None if values is None else values.reshape(len(values), -1)

    def largest_shares(self, n_processes):
        """Of each process in the yield of the channel."""
        shares = np.zeros(n_processes)
        for when in TIMES:
            table = self.by_process(f"hist_{when}")
            if table is not None and table.sum() > 0:
                shares = np.maximum(shares, table.sum(axis=1) / table.sum())
        return shares


def colours_of(processes, signals, channels):
    """The same in all channels: of signals, and of the largest others."""
    shares = np.max([channel.largest_shares(len(processes))
                     for channel in channels], axis=0, initial=0)
    is_signal = np.isin(processes, signals)
    order = np.lexsort((-shares, ~is_signal))[:len(PROCESSES)]
    return dict(zip(sorted(order), PROCESSES))


def draw_processes(axes, fit, channel, name):
    """Processes on each other, signals on top; the small ones as one."""
    table = channel.by_process(name)
    sums = table.sum(axis=1)
    is_signal = np.isin(fit.processes, fit.poi_names)
    order = [p for p in np.lexsort((sums, is_signal)) if sums[p] != 0]
    small = [p for p in order if p not in fit.colours]
    parts = [("others", REST, table[small].sum(axis=0))] if small else []
    parts += [(fit.processes[p], fit.colours[p], table[p]) for p in order
              if p in fit.colours]
    base = np.zeros(channel.n)
    for label, colour, values in parts:
        axes.stairs(base + values, channel.edges, baseline=base, fill=True,
                    color=colour, label=label)
        base = base + values


def draw_data(axes, channel, values, errors):
    centers = (channel.edges[1:] + channel.edges[:-1]) / 2
    axes.errorbar(centers, values, yerr=errors, fmt="o", color="black",
                  markersize=3, linewidth=1, label="data", zorder=3)


def data_of(channel):
    values = channel.flat("hist_nobs")
    if values is None:
        return None, None
    variances = channel.flat("hist_nobs_variances")
    return values, np.sqrt(np.abs(values if variances is None else variances))


def draw_yields(axes, fit, channel, when):
    total = channel.flat(f"hist_{when}_inclusive")
    variances = channel.flat(f"hist_{when}_inclusive_variances")
    is_stack = f"hist_{when}" in channel.values
    if is_stack:
        draw_processes(axes, fit, channel, f"hist_{when}")
    axes.stairs(total, channel.edges, color="black" if is_stack else LINE,
                linewidth=1.2, label="prediction")
    if variances is not None:
        width = np.sqrt(np.maximum(variances, 0))
        # Hatched, as a band would mix with the colours of a stack.
        style = ({"facecolor": "none", "edgecolor": "#444444",
                  "hatch": "//////", "linewidth": 0} if is_stack
                 else {"color": BAND, "alpha": 0.4})
        axes.stairs(total + width, channel.edges,
                    baseline=np.maximum(total - width, 0), fill=True,
                    label="uncertainty", **style)


def draw_ratio(axes, channel, when, data, errors):
    total = channel.flat(f"hist_{when}_inclusive")
    variances = channel.flat(f"hist_{when}_inclusive_variances")
    positive = np.where(total > 0, total, np.nan)
    axes.axhline(1, color=LINE, linewidth=1)
    if variances is not None:
        width = np.sqrt(np.maximum(variances, 0)) / positive
        axes.stairs(1 + width, channel.edges, baseline=1 - width, fill=True,
                    color=BAND, alpha=0.4)
    if data is not None:
        draw_data(axes, channel, data / positive, errors / positive)


def scale_ratios(axes, channel, times, data, errors):
    """Nearly all data with their errors are in sight, at both times."""
    limit = 0.05
    for when in times:
        total = channel.flat(f"hist_{when}_inclusive")
        positive = np.where(total > 0, total, np.nan)
        spread = np.abs(data / positive - 1) + errors / positive
        if np.any(np.isfinite(spread)):
            limit = max(limit, 1.2 * np.nanpercentile(spread, 95))
    axes.set_ylim(1 - min(limit, 1), 1 + min(limit, 2))


def scale_yields(axes, channel, times):
    """A logarithm where bins would be too low to be seen beside others."""
    names = [f"hist_{when}_inclusive" for when in times] + ["hist_nobs"]
    heights = np.concatenate([channel.flat(name) for name in names
                              if name in channel.values])
    heights = heights[heights > 0]
    if not heights.size or heights.max() < LOG_FROM * heights.min():
        axes.set_ylim(0)
        return
    axes.set_yscale("log")
    axes.set_ylim(heights.min() / 3, heights.max() * 3)


def label_bins(axes, channel):
    axes.set_xlabel(channel.axis)
    if channel.labels is not None and channel.n <= MOST_LABELS:
        longest = max(len(label) for label in channel.labels)
        axes.set_xticks(range(channel.n), channel.labels, fontsize=8,
                        rotation=90 if longest * channel.n > 60 else 0)
    elif channel.is_whole:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def channel_figure(fit, channel):
    """Before the fit on the left, after it on the right."""
    times = [when for when in TIMES
             if channel.flat(f"hist_{when}_inclusive") is not None]
    if not times or channel.n == 0:
        return None
    data, errors = data_of(channel)
    figure, grid = plt.subplots(
        2, len(times), squeeze=False, sharex=True, sharey="row",
        figsize=(2.6 + 5 * len(times), 5.2), height_ratios=(3, 1))
    for top, bottom, when in zip(*grid, times):
        draw_yields(top, fit, channel, when)
        if data is not None:
            draw_data(top, channel, data, errors)
        top.set_title(f"{channel.name}, {when}")
        draw_ratio(bottom, channel, when, data, errors)
        label_bins(bottom, channel)
    scale_yields(grid[0, 0], channel, times)
    if data is not None:
        scale_ratios(grid[1, 0], channel, times, data, errors)
    grid[0, 0].set_ylabel("events")
    grid[1, 0].set_ylabel("data / prediction")
    handles, labels = grid[0, -1].get_legend_handles_labels()
    # From the top of the stack down, beside the bins.
    grid[0, -1].legend(handles[::-1], labels[::-1], fontsize=8,
                       loc="upper left", bbox_to_anchor=(1.02, 1),
                       borderaxespad=0)
    return figure
