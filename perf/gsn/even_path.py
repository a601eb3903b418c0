# SPDX-License-Identifier: BSD-3-Clause
"""Signal and noise covariance from complete data, the plain way.

The estimator is written here once; an array library enters through a small
object with the few operations that differ (baseline_numpy.py and
baseline_torch.py).  Everything else, such as sums, products and slices, reads
the same in both.

Nothing is done cleverly on purpose: the shrinkage level is found by one
Cholesky factorization per level, and each projection diagonalises the whole
matrix.  This is the work that GSN does.

Words: N units, C conditions, T trials, S shrinkage levels.
"""
import contextlib
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


def best_level(nll, levels):
    """The first level of smallest nll; the first of all if none is finite."""
    best = 0 if np.all(np.isnan(nll)) else int(np.nanargmin(nll))
    return float(levels[best])


def flat(x):
    """Units x anything, as a matrix of one column per vector."""
    return x.reshape(x.shape[0], -1)


def estimate(ops, data, levels, timer):
    """All results for data (N x C x T, no NaN) as arrays of the library."""
    _, n_conditions, n_trials = data.shape
    if n_trials < 2 or n_conditions < 2:
        raise ValueError("at least two conditions and two trials are needed")
    training, held_out = split(n_conditions)

    def noise_covariance(residual):
        return ops.gram(flat(residual)) / (residual.shape[1] * (n_trials - 1))

    def covariance_about_mean(x):
        centred = x - ops.mean(x, 1)
        return ops.gram(centred) / (x.shape[1] - 1)

    with timer.phase("noise covariance"):
        means = ops.mean(data, 2)
        residual = data - means
        means = means[:, :, 0]
        train_noise = noise_covariance(residual[:, training])
        full_noise = noise_covariance(residual)
        points = flat(residual[:, held_out])
    with timer.phase("noise scoring"):
        nll_noise = ops.score_levels(train_noise, points, levels)
        level_noise = best_level(nll_noise, levels)
    with timer.phase("noise covariance"):
        noise = ops.shrink(full_noise, level_noise)
        del train_noise, full_noise, residual, points

    with timer.phase("data covariance"):
        train_data = covariance_about_mean(means[:, training])
        points = means[:, held_out] - ops.mean(means[:, training], 1)
    with timer.phase("data scoring"):
        nll_data = ops.score_levels(train_data, points, levels)
        level_data = best_level(nll_data, levels)
    with timer.phase("data covariance"):
        total = ops.shrink(covariance_about_mean(means), level_data)
        signal = total - noise / n_trials
        del train_data, points

    with timer.phase("loop"):
        psd_signal, psd_noise, n_iterations, n_passes = refine(
            ops, total, noise, signal, n_conditions, n_trials, timer)

    return {
        "cN": noise, "cS": signal, "cNb": psd_noise, "cSb": psd_signal,
        "mnS": ops.mean(means, 1)[:, 0],
        "ncsnr": ops.ncsnr(signal, noise),
        "shrinklevelN": level_noise, "shrinklevelD": level_data,
        "nllN": nll_noise, "nllD": nll_data, "shrinklevels": levels,
        "numiters": n_iterations, "n_passes": n_passes,
    }


def refine(ops, total, noise, signal, n_conditions, n_trials, timer):
    """Make signal and noise positive semidefinite, each given the other."""
    weight = n_conditions * n_trials**2 * (n_trials - 1) + n_conditions - 1
    weight_noise = n_conditions * (n_trials - 1) * n_trials**2 / weight
    weight_data = (n_conditions - 1) * n_trials / weight

    old_signal, old_noise = signal, noise
    n_iterations = 0
    for n_passes in range(1, MAX_PASSES + 1):
        new_signal = project(ops, total - old_noise / n_trials, timer)
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
