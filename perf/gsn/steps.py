# SPDX-License-Identifier: BSD-3-Clause
"""Steps that all paths of the estimator share, the plain way.

An array library enters through a small object `ops` with the few operations
that differ (baseline_numpy.py and baseline_torch.py).  Everything else, such
as sums, products and slices, reads the same in both.

Nothing is done cleverly on purpose: the shrinkage level is found by one
Cholesky factorization per level, and each projection diagonalises the whole
matrix.  This is the work that GSN does.

Words: N units, C conditions, T trials, S shrinkage levels.
"""
import contextlib
import dataclasses
import time

import numpy as np

MAX_PASSES = 100
LEAVE_OUT = 5            # one fifth of the conditions is held out
CONVERGED_ABOVE = 0.999  # correlation of the matrix entries of two passes
RIDGE = 1e-10            # added by GSN when a projected matrix is not definite


class Timer:
    """Seconds per named phase, and per named detail within the phases."""

    def __init__(self):
        self.phases = {}
        self.details = {}

    @contextlib.contextmanager
    def _measure(self, seconds, name):
        start = time.perf_counter()
        try:
            yield
        finally:
            elapsed = time.perf_counter() - start
            seconds[name] = seconds.get(name, 0.0) + elapsed

    def phase(self, name):
        return self._measure(self.phases, name)

    def detail(self, name):
        return self._measure(self.details, name)


@dataclasses.dataclass
class Choice:
    """A shrinkage level, and the curve that it is the minimum of."""

    level: float
    nll: object


@dataclasses.dataclass
class Raw:
    """What a path estimates before the loop; matrices are N x N."""

    noise: object            # covariance of a trial's noise
    total: object            # covariance of the condition means
    share: object            # of the noise in total: a number or a matrix
    mean: object             # of the signal, per unit
    n_trials: float          # per condition, in the weights of the loop
    noise_choice: Choice
    data_choice: Choice


def default_levels():
    """0, 0.02 ... 0.98 as the doubles k*0.02, then exactly 1."""
    return np.append(np.arange(50) * 0.02, 1.0)


def permutation(n):
    """The fixed permutation that decides which conditions are held out."""
    uniforms = np.random.RandomState(42).random_sample(n)
    return np.argsort(uniforms, kind="stable")


def split(n):
    """Indices of the training and of the held-out conditions."""
    order = permutation(n)
    n_held_out = (n + LEAVE_OUT // 2) // LEAVE_OUT
    return order[n_held_out:], order[:n_held_out]


def choose_level(ops, covariance, points, levels):
    """The first level of smallest nll; the first of all if none is finite."""
    nll = ops.score_levels(covariance, points, levels)
    best = 0 if np.all(np.isnan(nll)) else int(np.nanargmin(nll))
    return Choice(float(levels[best]), nll)


def flat(x):
    """Units x anything, as a matrix of one column per vector."""
    return x.reshape(x.shape[0], -1)


def covariance_of_columns(ops, x):
    """Unbiased covariance of the rows of x about their means."""
    centred = x - ops.mean(x, 1)
    return ops.gram(centred) / (x.shape[1] - 1)


def data_split(ops, means):
    """Training covariance of condition means, and the held-out points."""
    training, held_out = split(means.shape[1])
    points = means[:, held_out] - ops.mean(means[:, training], 1)
    return covariance_of_columns(ops, means[:, training]), points


def shrunken_noise(ops, training, points, full, levels, timer):
    """The noise covariance at its best level, and the choice of that."""
    with timer.phase("noise scoring"):
        choice = choose_level(ops, training, points, levels)
    with timer.phase("noise covariance"):
        return ops.shrink(full, choice.level), choice


def shrunken_total(ops, means, levels, timer):
    """The covariance of condition means likewise."""
    with timer.phase("data covariance"):
        training, points = data_split(ops, means)
    with timer.phase("data scoring"):
        choice = choose_level(ops, training, points, levels)
    with timer.phase("data covariance"):
        return ops.shrink(covariance_of_columns(ops, means),
                          choice.level), choice


def finish(ops, raw, n_conditions, levels, timer):
    """All results, from what a path has estimated."""
    with timer.phase("data covariance"):
        signal = raw.total - raw.noise * raw.share
    with timer.phase("loop"):
        psd_signal, psd_noise, n_iterations, n_passes = refine(
            ops, raw, signal, n_conditions, timer)
    return {
        "cN": raw.noise, "cS": signal, "cNb": psd_noise, "cSb": psd_signal,
        "mnS": raw.mean, "ncsnr": ops.ncsnr(signal, raw.noise),
        "shrinklevelN": raw.noise_choice.level,
        "shrinklevelD": raw.data_choice.level,
        "nllN": raw.noise_choice.nll, "nllD": raw.data_choice.nll,
        "shrinklevels": levels,
        "numiters": n_iterations, "n_passes": n_passes,
    }


def refine(ops, raw, signal, n_conditions, timer):
    """Make signal and noise positive semidefinite, each given the other."""
    total, noise, share, q = raw.total, raw.noise, raw.share, raw.n_trials
    weight = n_conditions * q**2 * (q - 1) + n_conditions - 1
    weight_noise = n_conditions * (q - 1) * q**2 / weight
    weight_data = (n_conditions - 1) * q / weight

    old_signal, old_noise = signal, noise
    n_iterations = 0
    for n_passes in range(1, MAX_PASSES + 1):
        new_signal = project(ops, total - old_noise * share, timer)
        new_noise = project(ops, weight_noise * noise
                            + weight_data * (total - new_signal), timer)
        with timer.detail("convergence test"):
            done = (converged(ops, old_signal, new_signal, noise)
                    and converged(ops, old_noise, new_noise, noise))
        old_signal, old_noise = new_signal, new_noise
        if done:
            break
        n_iterations += 1
    return old_signal, old_noise, n_iterations, n_passes


def converged(ops, old, new, noise):
    """True if a pass left the matrix nearly as it was."""
    if old.shape[0] == 1:
        return bool(abs(old[0, 0] - new[0, 0]) <= 1e-5 * noise[0, 0])
    return ops.correlation(old, new) > CONVERGED_ABOVE


def project(ops, matrix, timer):
    """The positive semidefinite matrix nearest to a symmetric one."""
    if matrix.shape[0] == 1:
        return ops.clip_negative(matrix)
    matrix = (matrix + matrix.T) / 2
    with timer.detail("cholesky"):
        if ops.is_definite(matrix):
            return matrix
    with timer.detail("eigh"):
        values, vectors = ops.eigh(matrix)
    with timer.detail("rebuild"):
        matrix = (vectors * ops.clip_negative(values)) @ vectors.T
        matrix = (matrix + matrix.T) / 2
    with timer.detail("cholesky"):
        if not ops.is_definite(matrix):
            ops.diagonal(matrix)[:] += RIDGE
    return matrix
