#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draw a file of `kovar gsn estimate`, `spectral train`, `gp fit` or `fit`.

Pictures of an estimate, each as .png and .svg: eigenspectra, shrinkage (the
two curves of negative log-likelihood with the chosen levels, and of the folds
if there are several), ncsnr, covariances, and overview with all of them.
Pictures of a k-th-eigenvalue model: training, importances, responses and
overview.  Of a Gaussian process: training, slices, predicted, residuals and
overview.  Of a binned fit: pulls, correlations, impacts, scans and channels;
of its toys: pulls and p_values.  What the file does not hold is left out,
with a note.
"""
import argparse
import os
import sys

import h5py
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

sys.dont_write_bytecode = True  # nothing is left beside an installed script
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import kovar_plot_fit  # noqa: E402
import kovar_plot_gp  # noqa: E402
import kovar_plot_model  # noqa: E402
from kovar_plot_levels import NOISE, draw_curve  # noqa: E402

EXAMPLES = """\
examples:
  kovar_plot.py result.h5
  kovar_plot.py model.h5 --output=pictures

Exit code: 0 done, 1 the pictures cannot be written, 2 bad input.
"""
SIGNAL = "#0072B2"
MATRICES = {  # dataset and title of its picture
    "cS": "Signal, raw", "cSb": "Signal, semidefinite",
    "cN": "Noise, raw", "cNb": "Noise, semidefinite",
}
ALWAYS = ("ncsnr", "shrinklevelN", "shrinklevelD")  # in every result file
LARGEST_DIAGONALISED = 4000  # units; a matrix beyond that takes too long here
LARGEST_DRAWN = 400          # units per side of a matrix; else every k-th
NEGLIGIBLE = 1e-8            # of the largest eigenvalue: drawn as zero

plt.rcParams.update({
    "axes.spines.top": False, "axes.spines.right": False,
    "axes.titlelocation": "left", "axes.titlesize": 11,
    "legend.frameon": False,
    "figure.constrained_layout.use": True, "svg.hashsalt": "kovar",
})


class InputError(Exception):
    """The file cannot be drawn; the text says why."""


class Result:
    """What there is to draw, read from an open result file."""

    def __init__(self, file, name):
        self.notes = []
        self.name = name
        missing = [item for item in ALWAYS
                   if not isinstance(file.get(item), h5py.Dataset)]
        if missing:
            raise InputError(f"'{name}' is neither a model of kovar spectral "
                             "train, kovar gp fit or kovar fit nor a "
                             "result of kovar gsn estimate (it has no dataset "
                             f"{', '.join(missing)})")
        self.ncsnr = np.ravel(file["ncsnr"][()])
        self.n_units = self.ncsnr.size
        self._check_shapes(file)
        self.n_iterations = (int(np.squeeze(file["numiters"][()]))
                             if "numiters" in file else None)
        self.level = {x: float(np.squeeze(file["shrinklevel" + x][()]))
                      for x in "ND"}
        self.unit = find_unit(file)
        self.step = -(-self.n_units // LARGEST_DRAWN)
        self.matrices = {item: thinned(file[item], self.step)
                         for item in MATRICES
                         if item in file and file[item].size}
        if not self.matrices:
            self.notes.append(
                "the covariances are stored as factors; write whole matrices "
                "with --store=dense" if "cSb_weights" in file else
                "no covariance matrix in the file; ask for it with "
                "--returns=cSb,cNb")
        self.curves = self._curves(file)
        self.folds = {x: file["nll_folds_" + x][()] for x in "ND"
                      if "nll_folds_" + x in file}
        self.best = {x: float(file["nll_best_" + x][()]) for x in "ND"
                     if "nll_best_" + x in file}
        self.spectra = {
            "signal": self._spectrum(file, "eigvals_signal", "cSb"),
            "noise": self._spectrum(file, "eigvals_noise", "cNb"),
        }

    def _check_shapes(self, file):
        expected = {name: (self.n_units, self.n_units) for name in MATRICES}
        if "shrinklevels" in file:
            expected.update(dict.fromkeys(("nllN", "nllD"),
                                          file["shrinklevels"].shape))
            for name in ("nll_folds_N", "nll_folds_D"):
                if name in file:
                    expected[name] = (file["shrinklevels"].size,
                                      file[name].shape[-1])
        for name, shape in expected.items():
            if (name in file and file[name].size
                    and file[name].shape != shape):
                raise InputError(f"'{self.name}': {name} has the shape "
                                 f"{file[name].shape} instead of {shape}")

    def _curves(self, file):
        if "shrinklevels" not in file:
            self.notes.append("no shrinklevels in the file: no curves")
            return {}
        levels = np.ravel(file["shrinklevels"][()])
        curves = {}
        for x in "ND":
            if "nll" + x in file and file["nll" + x].size:
                curves[x] = levels, np.ravel(file["nll" + x][()])
            else:
                self.notes.append(f"no nll{x} in the file: one curve less")
        return curves

    def _spectrum(self, file, values, matrix):
        """Eigenvalues in descending order, or None."""
        if values in file:
            return np.sort(np.ravel(file[values][()]))[::-1]
        if matrix not in file:
            self.notes.append(f"neither {values} nor {matrix} in the file: "
                              "one spectrum less")
            return None
        if self.n_units > LARGEST_DIAGONALISED:
            self.notes.append(
                f"no {values} in the file, and {matrix} is too large to find "
                f"them here ({self.n_units} units, at most "
                f"{LARGEST_DIAGONALISED}): one spectrum less")
            return None
        return np.linalg.eigvalsh(file[matrix][()])[::-1]


def find_unit(file):
    """The unit of a covariance as the file says, else the letter u squared."""
    for item in MATRICES:
        for attribute in ("unit", "units"):
            if item in file and attribute in file[item].attrs:
                unit = file[item].attrs[attribute]
                unit = unit.decode() if isinstance(unit, bytes) else str(unit)
                return unit.replace("^2", "²")
    return "u²"


def thinned(dataset, step):
    """The covariances of every step-th unit: true values, no averages."""
    if step == 1:
        return dataset[()]
    return np.array([dataset[i][::step] for i in range(0, len(dataset), step)])


def draw_spectra(axes, result):
    for name, colour in (("signal", SIGNAL), ("noise", NOISE)):
        values = result.spectra[name]
        if values is None:
            continue
        positive = values[values > NEGLIGIBLE * max(values[0], 0)]
        n_zero = values.size - positive.size
        label = name
        if n_zero:
            label += f" ({n_zero} of {values.size} are 0)"
        axes.plot(np.arange(1, positive.size + 1), positive, color=colour,
                  marker="o" if positive.size <= 100 else "", markersize=3,
                  label=label)
    if any(np.any(line.get_ydata()) for line in axes.lines):
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set_title("Eigenspectra")
    axes.set_xlabel("dimension")
    axes.set_ylabel(f"variance ({result.unit})")
    axes.legend(loc="lower left")


def draw_ncsnr(axes, result):
    values = result.ncsnr[np.isfinite(result.ncsnr)]
    axes.set_title("Noise ceiling signal-to-noise ratio")
    axes.set_xlabel("ncsnr (signal s.d. / noise s.d.)")
    axes.set_ylabel("units")
    if not values.size:
        return
    n_bins = int(np.clip(np.sqrt(values.size) * 1.5, 5, 60))
    highest = values.max() if values.max() > 0 else 1
    axes.hist(values, np.linspace(0, highest * (1 + 1e-9), n_bins + 1),
              color=SIGNAL, edgecolor="white", linewidth=0.5)
    median = np.median(values)
    axes.axvline(median, ymax=1 / 1.2, color="black", linewidth=1.2,
                 linestyle="--", label=f"median {median:.2f}")
    n_zero = np.count_nonzero(values == 0)
    if n_zero:
        axes.plot([], [], " ", label=f"{n_zero} units at 0")
    axes.set_xlim(0, highest * 1.03)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.2)  # room for the legend
    axes.legend(loc="upper right")
    axes.yaxis.get_major_locator().set_params(integer=True)


def draw_pair(figure, axes, result, names):
    """Raw and semidefinite matrix on the same colours, with their bar."""
    limit = colour_limit([result.matrices[name] for name in names])
    for ax, name in zip(axes, names):
        image = draw_matrix(ax, result, name, limit)
    what = MATRICES[names[0]].partition(",")[0].lower()
    figure.colorbar(image, ax=list(axes), extend="both", shrink=0.8, aspect=20,
                    label=f"{what} covariance ({result.unit})")


def colour_limit(matrices):
    """All but the most extreme entries, the diagonals left aside."""
    entries = np.concatenate([
        np.abs(matrix[~np.eye(len(matrix), dtype=bool)] if len(matrix) > 1
               else matrix[0]) for matrix in matrices])
    entries = entries[np.isfinite(entries)]
    limit = np.percentile(entries, 99) if entries.size else 0
    return limit or entries.max(initial=0) or 1


def draw_matrix(axes, result, name, limit):
    n = result.n_units
    image = axes.imshow(result.matrices[name], cmap="RdBu_r", vmin=-limit,
                        vmax=limit, extent=(0.5, n + 0.5, n + 0.5, 0.5))
    axes.set_title(f"{MATRICES[name]} ({name})")
    axes.set_xticks(sorted({1, n}))
    axes.set_yticks(sorted({1, n}))
    pad = -8 if n > 1 else 2  # between the two tick labels, if there are two
    label = "unit" if result.step == 1 else f"one unit in {result.step}"
    axes.set_xlabel(label, labelpad=pad)
    axes.set_ylabel(label, labelpad=pad)
    axes.spines[["top", "right"]].set_visible(True)
    return image


def spectra_figure(result):
    if all(values is None for values in result.spectra.values()):
        return None
    figure, axes = plt.subplots(figsize=(6, 4.2))
    draw_spectra(axes, result)
    return figure


def shrinkage_figure(result):
    if not result.curves:
        return None
    figure, axes = plt.subplots(1, len(result.curves), squeeze=False,
                                figsize=(1 + 4.2 * len(result.curves), 4))
    for ax, x in zip(axes[0], result.curves):
        draw_curve(ax, result, x)
    return figure


def ncsnr_figure(result):
    figure, axes = plt.subplots(figsize=(6, 4))
    draw_ncsnr(axes, result)
    return figure


def pairs(result):
    """The matrices in the file: those of the signal, those of the noise."""
    found = ([name for name in pair if name in result.matrices]
             for pair in (("cS", "cSb"), ("cN", "cNb")))
    return [names for names in found if names]


def covariance_figure(result):
    rows = pairs(result)
    if not rows:
        return None
    n_columns = max(len(names) for names in rows)
    figure = plt.figure(figsize=(1.3 + 3.7 * n_columns, 3.9 * len(rows)))
    parts = np.ravel(figure.subfigures(len(rows), 1))
    for part, names in zip(parts, rows):
        axes = part.subplots(1, len(names), squeeze=False)[0]
        draw_pair(part, axes, result, names)
    return figure


def overview_figure(result):
    top = [lambda ax, x=x: draw_curve(ax, result, x) for x in result.curves]
    top.append(lambda ax: draw_ncsnr(ax, result))
    if any(values is not None for values in result.spectra.values()):
        top.insert(0, lambda ax: draw_spectra(ax, result))
    bottom = pairs(result)
    figure = plt.figure(figsize=(15, 7.6 if bottom else 4))
    halves = np.ravel(figure.subfigures(2 if bottom else 1, 1))
    for draw, ax in zip(top, np.ravel(halves[0].subplots(1, len(top)))):
        draw(ax)
    if bottom:
        widths = [len(names) + 0.35 for names in bottom]  # with colour bar
        margin = (4.75 - sum(widths)) / 2  # two full pairs fill the width
        parts = halves[1].subfigures(1, len(bottom) + 2,
                                     width_ratios=[margin, *widths, margin])
        for part, names in zip(parts[1:], bottom):
            axes = part.subplots(1, len(names), squeeze=False)[0]
            draw_pair(part, axes, result, names)
    title = f"{result.name}: {result.n_units} unit"
    if result.n_units > 1:
        title += "s"
    if result.n_iterations is not None:
        title += f", numiters {result.n_iterations}"
    figure.suptitle(title)
    return figure


FIGURES = {"eigenspectra": spectra_figure, "shrinkage": shrinkage_figure,
           "ncsnr": ncsnr_figure, "covariances": covariance_figure,
           "overview": overview_figure}


MODELS = {kovar_plot_model.CONTENT: kovar_plot_model.Model,
          kovar_plot_gp.CONTENT: kovar_plot_gp.Process,
          kovar_plot_fit.CONTENT: kovar_plot_fit.Results,
          kovar_plot_fit.TOYS: kovar_plot_fit.Toys}


def content_of(file):
    content = file.attrs.get("content", "")
    return content.decode() if isinstance(content, bytes) else content


def figures(result):
    """Pictures by name; None where there is nothing to draw."""
    for module, kind in ((kovar_plot_model, kovar_plot_model.Model),
                         (kovar_plot_gp, kovar_plot_gp.Process),
                         (kovar_plot_fit, kovar_plot_fit.Results),
                         (kovar_plot_fit, kovar_plot_fit.Toys)):
        if isinstance(result, kind):
            return module.figures(result)
    return {name: make(result) for name, make in FIGURES.items()}


def read(path):
    if not os.path.isfile(path):
        raise InputError(f"there is no file '{path}'")
    try:
        with h5py.File(path, "r") as file:
            if "noise_ceiling_values" in file:
                raise InputError(f"'{path}' holds a noise ceiling of RSA, "
                                 "which is not drawn; read it with h5py, or "
                                 "give a result of 'kovar gsn estimate'")
            if "tensor" in file or "hprocs" in file:
                raise InputError(f"'{path}' is a tensor, which is not drawn; "
                                 "give the result that 'kovar fit run' makes "
                                 "of it, or look at it by 'kovar fit "
                                 "inspect'")
            kind = MODELS.get(content_of(file), Result)
            return kind(file, os.path.basename(path))
    except (OSError, LookupError, ValueError, TypeError) as error:
        raise InputError(f"'{path}' cannot be read as a result of kovar "
                         f"({error})") from error


def write(result, folder):
    os.makedirs(folder, exist_ok=True)
    for name, figure in figures(result).items():
        if figure is None:
            print(f"note: no picture {name}, nothing in the file to draw")
            continue
        for ending, metadata in (("png", None), ("svg", {"Date": None})):
            path = os.path.join(folder, f"{name}.{ending}")
            figure.savefig(path, dpi=150, metadata=metadata)
            print(path)
        plt.close(figure)


def main():
    parser = argparse.ArgumentParser(
        prog="kovar_plot.py", description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result", metavar="RESULT", help="HDF5 result file")
    parser.add_argument("--output", default=".", metavar="DIR",
                        help="folder of the pictures; default: this one")
    arguments = parser.parse_args()
    try:
        result = read(arguments.result)
        for note in result.notes:
            print("note: " + note)
        write(result, arguments.output)
    except InputError as error:
        print(f"kovar_plot: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"kovar_plot: cannot write to '{arguments.output}' "
              f"({error.strerror or error})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
