# SPDX-License-Identifier: BSD-3-Clause
"""Signal and noise covariance. Sections are those of the GSN specification.

sizes: units, conditions, trials; and where they matter `missing` (lost share,
as in gsn_bench.cpp). found: `negative`, the share of negative eigenvalues of
the signal covariance, `clipped_noise`, that of the noise covariance, and
`iterations`.
"""
from cost import ROOT, Bytes, Flops, Message, Phase, Steps

from . import dense

N_LEVELS = 51
USUAL_NEGATIVE = 0.2  # section 19: 10 to 30 % of the spectrum


class Sizes:
    def __init__(self, sizes, found):
        self.n, self.c, self.t = (sizes[k] for k in
                                  ("units", "conditions", "trials"))
        self.held_out = (self.c + 2) // 5  # section 4
        self.training = self.c - self.held_out
        self.negative = found.get("negative", USUAL_NEGATIVE) * self.n
        self.clipped_noise = found.get("clipped_noise", 0) * self.n
        self.iterations = int(found.get("iterations", 0))
        # Trials of a condition that count, on average.
        self.whole_trials = self.t
        self.missing = sizes.get("missing", 0.2)


def even(sizes, layout, found):
    """Complete data: sections 5 to 10, by the formulations of section 19."""
    s = Sizes(sizes, found)
    return _thin_phases(s, layout) + [
        Phase("projection", tuple(_even_loop(s))),
        _results(s)]


def whole_trial(sizes, layout, found):
    """A trial counts if no unit lost it: section 12. In gsn_bench.cpp the
    first two trials of a condition are whole."""
    s = Sizes(sizes, found)
    s.whole_trials = 2 + (s.t - 2) * (1 - s.missing)
    return _thin_phases(s, layout) + [
        Phase("projection", tuple(_loop(s, s.iterations + 1))),
        _results(s)]


def per_unit(sizes, layout, found):
    """Every unit has losses of its own: section 13; levels are not chosen
    where no trial is whole."""
    s = Sizes(sizes, found)
    n, c, t = s.n, s.c, s.t
    data = 8.0 * n * c * t
    products = t * 2 ** (t - 1) - 2**t + t  # of a pair in a condition
    return [
        Phase("trial statistics", (
            Bytes(2 * data / layout.ranks, "touch"),
            Message("gather", 8.0 * n * c))),
        Phase("noise levels", (Bytes(data / layout.ranks),)),
        Phase("data levels", (Steps("launch", 2),)),
        Phase("noise covariance", (
            Flops("pairwise", products * n * n * c / layout.ranks, n),
            Bytes(4 * 8.0 * n * n, "touch"),
            Message("sum_to_root", 8.0 * n * n, 4))),
        Phase("data covariance", (
            Flops("pairwise", 3.0 * n * n * c, n, ROOT),
            Bytes(8.0 * n * n, "touch", ROOT))),
        Phase("unit variances", (Bytes(8.0 * n * c),)),
        Phase("projection", tuple(_loop(s, s.iterations + 1))),
        _results(s)]


def _level_parts(s, layout, columns, points):
    """Low rank: the Gram matrix of the training columns, its tridiagonal
    form on rank 0, and a sweep for each level (section 19). Where there are
    more columns than units, the correlation matrix instead."""
    k = min(columns, s.n)
    gathered = 8.0 * s.n * (columns + points)
    return (
        Message("gather", gathered),
        Bytes(2 * gathered, "touch"),
        *dense.symmetric_product(k, max(columns, s.n) / layout.ranks),
        Flops("syrk", 2.0 * s.n * k * points / layout.ranks, k),
        Message("sum_to_root", 8.0 * k * (k + points)),
        *dense.tridiagonal(k, ROOT),
        Flops("reflectors", 2.0 * k * k * points, k, ROOT),
        Flops("sweeps", 8.0 * N_LEVELS * k * (points + 1), k, ROOT))


def _thin_phases(s, layout):
    """Up to the unshrunken covariances; what is lost has gone already."""
    n, p = s.n, layout.ranks
    contrasts = s.c * (s.whole_trials - 1)
    of_training = s.training * (s.whole_trials - 1)
    data = 8.0 * n * s.c * s.t
    return [
        Phase("trial statistics", (
            Bytes(2 * data / p, "touch"), Message("gather", 8.0 * n * s.c),
            Bytes(2 * 8.0 * n * s.c, "touch"))),
        Phase("noise levels", _level_parts(
            s, layout, of_training, s.held_out * s.whole_trials)),
        Phase("data levels", _level_parts(s, layout, s.training, s.held_out)),
        Phase("unit variances", (
            Bytes(2 * 8.0 * n * (contrasts + s.c) / p, "touch"),
            Message("sum_to_all", 8.0 * n, 2))),
        Phase("noise covariance", (
            *dense.symmetric_product(n, contrasts / p),
            Bytes(8.0 * n * n, "touch"), Message("sum_to_root", 8.0 * n * n))),
        Phase("data covariance", (
            *dense.symmetric_product(n, s.c / p),
            Bytes(8.0 * n * n, "touch"), Message("sum_to_root", 8.0 * n * n))),
    ]


def _projected(s, negative):
    """P(M) from the smaller group of eigenpairs (section 19)."""
    m = min(negative, s.n - negative)
    return [*dense.passes(s.n, 2, ROOT), *dense.eigenpairs(s.n, m, ROOT),
            *dense.symmetric_product(s.n, m, ROOT)]


def _even_loop(s):
    """Where the noise covariance stays definite the second pass is free
    (section 19)."""
    return _loop(s, s.iterations + 1 if s.clipped_noise else 1)


def _loop(s, n_passes):
    """Section 10. A pass projects the signal covariance; the noise covariance
    is factored, or projected where that fails, which later passes know of.
    Then convergence is tested."""
    parts = []
    for i in range(n_passes):
        parts += _projected(s, s.negative) + dense.passes(s.n, 14, ROOT)
        if not s.clipped_noise or i == 0:
            parts += dense.cholesky(s.n, ROOT)
        if s.clipped_noise:
            parts += _projected(s, s.clipped_noise)
    return parts


def _results(s):
    return Phase("results", tuple(dense.passes(s.n, 4, ROOT)))


def distributed(sizes, layout, found):
    """Complete data on a grid of ranks: every covariance lies in blocks, and
    each rank fetches the unit rows of its block rows and columns."""
    s = Sizes(sizes, found)
    n, p = s.n, layout.ranks
    contrasts = s.c * (s.t - 1)
    thin = [phase for phase in _thin_phases(s, layout)
            if not phase.name.endswith("covariance")]
    return thin + [
        Phase("noise covariance", tuple(
            dense.grid_symmetric_product(n, contrasts, p))),
        Phase("data covariance", tuple(
            dense.grid_symmetric_product(n, s.c, p))),
        Phase("projection", tuple(_loop_over_ranks(s, p)))]


def _loop_over_ranks(s, ranks):
    """_loop() on a grid of ranks; a noise covariance that was clipped once is
    projected in each pass."""
    parts = []
    for _ in range(s.iterations + 1 if s.clipped_noise else 1):
        for clipped in (s.negative, s.clipped_noise):
            if clipped:
                m = min(clipped, s.n - clipped)
                parts += dense.grid_projection(s.n, m, ranks)
            else:
                parts += dense.grid_cholesky(s.n, ranks)
        parts.append(Bytes(16 * 8.0 * s.n * s.n / ranks, "copy"))
    return parts


KNOTS = 60  # of binned_capacitance.hpp that have units; up to 128
# Of the search for negative eigenpairs, where no record tells: over all
# projections, for each pair. perf/results/gsn_factored.
USUAL_CORRECTIONS = 6.0
USUAL_SYSTEMS = 2.3
USUAL_STEPS = 10
N_PROJECTIONS = 4  # two of each covariance, in two passes of the loop


def _sum_alike(n_bytes, times):
    return (Message("sum_to_all", n_bytes, times),
            Message("broadcast", n_bytes, times))


def _mean(found, name, times, usual):
    """Of a number that was summed so many times."""
    return found[name] / times if found.get(name) and times else usual


def factored(sizes, layout, found):
    """N far above C T: no N x N matrix (section 19). cS = Diag(E) + F_D F_D'
    - F_N F_N', F: N x r, r = C T, has at most m = C (T - 1) negative
    eigenvalues, whose pairs Jacobi-Davidson's method finds; found: `pairs`,
    and over all projections `search_steps`, `corrections` of a pair,
    `systems` of linear equations that were solved for them, and the sums of R
    over both (`correction_columns`, `system_columns`). The signal's
    projections have r columns, the noise's those pairs as columns more: R =
    r + m / 2 on average.

    Units are dealt to the ranks, with their rows of F: nothing of length N is
    sent, what is summed are products of tall matrices.
    """
    s = Sizes(sizes, found)
    n, p = s.n / layout.ranks, layout.ranks
    m = found.get("pairs", s.c * (s.t - 1))
    corrections = found.get("corrections", USUAL_CORRECTIONS * m)
    systems = found.get("systems", USUAL_SYSTEMS * m)
    steps = max(1, found.get("search_steps", USUAL_STEPS))
    usual_order = s.c * s.t + m / 2
    order = _mean(found, "correction_columns", corrections, usual_order)
    of_system = _mean(found, "system_columns", systems, usual_order)
    widest = order + m / 2  # in mean square over the projections
    searched = corrections / steps  # pairs in a step

    def levels(k, points):
        return (*dense.symmetric_product(k, n),
                Flops("syrk", 2.0 * n * k * points, k),
                Message("sum_to_root", 8.0 * k * (k + points)),
                *dense.tridiagonal(k, ROOT),
                Flops("sweeps", 8.0 * N_LEVELS * k * (points + 1), k, ROOT))

    return [
        Phase("trial statistics", (
            Bytes(2 * 8.0 * n * s.c * s.t, "touch"),)),
        Phase("noise levels", levels(s.training * (s.t - 1),
                                     s.held_out * s.t)),
        Phase("data levels", levels(s.training, s.held_out)),
        Phase("projection", (
            # Gram matrices of all columns and of those of each knot; first
            # vectors, their products and Ritz pairs.
            Flops("tall", N_PROJECTIONS * n * (
                5.0 * widest**2 + 10.0 * order * m + 4.0 * m * m), order),
            # A correction: products with F and its transpose, seven times 2 N
            # R in all; what known pairs have of it is taken away, twice; it
            # is made orthonormal and turned into new pairs.
            Flops("tall", n * corrections * (
                14.0 * order + 8.0 * m + 20.0 * searched), order),
            Bytes(n * corrections * 40 * 8.0),
            Bytes(n * N_PROJECTIONS * 8 * 8.0 * order),
            # Memory that each step takes anew: products, and 192 columns of
            # olsen_corrections.cpp.
            Bytes(8.0 * n * (2 * corrections + 192 * steps
                             + N_PROJECTIONS * 2 * (order + m)), "touch"),
            Flops("systems", systems * (
                2 / 3 * of_system**3 + 2.0 * KNOTS * of_system**2) / p,
                  of_system),
            # Sums are sent once more, for the same bits on all ranks.
            *_sum_alike(8.0 * KNOTS * widest**2, N_PROJECTIONS),
            *_sum_alike(8.0 * searched * (4.0 * order + 3.0 * m), steps),
            *(dense.eigenpairs(m + searched, m, ROOT) * int(steps))))]


def column_bytes(s, ranks):
    """Means and contrasts with their copies: needed_memory.hpp."""
    own = 3.0 * s.c * s.t / ranks
    if ranks == 1:
        return 8.0 * s.n * own
    contrasts = s.c * (s.t - 1)
    sent = contrasts if contrasts < s.n else s.held_out * s.t
    return 8.0 * s.n * (own + s.c + max(s.c, sent))


def panel_bytes(n, layout):
    """Of products over ranks: needed_memory.hpp."""
    if layout.ranks == 1:
        return 0.0
    rows, columns = dense.grid_of(layout.ranks)
    return 8.0 * min(256, n) * 3 * (n / rows + n / columns)


def memory_per_rank(sizes, layout, route):
    """Bytes of one rank, by route: shared (rank 0), distributed, factored."""
    s = Sizes(sizes, {})
    n, p = s.n, layout.ranks
    if route == "shared":
        return column_bytes(s, p) + 5.5 * 8.0 * n * n
    if route == "distributed":
        return column_bytes(s, p) + 7 * 8.0 * n * n / p + panel_bytes(n, layout)
    return (3 * 8.0 * n * s.c * s.t + 8.0 * n * 4 * s.c * s.t) / p
