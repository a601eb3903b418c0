# SPDX-License-Identifier: BSD-3-Clause
"""Signal and noise covariance from complete data, the plain way."""
from steps import Raw, finish, flat, shrunken_noise, shrunken_total, split


def estimate(ops, data, levels, timer):
    """All results for data (N x C x T, no NaN) as arrays of the library."""
    _, n_conditions, n_trials = data.shape
    training, held_out = split(n_conditions)

    def noise_covariance(residual):
        return ops.gram(flat(residual)) / (residual.shape[1] * (n_trials - 1))

    with timer.phase("trial statistics"):
        means = ops.mean(data, 2)
        residual = data - means
        means = means[:, :, 0]
    with timer.phase("noise covariance"):
        train_noise = noise_covariance(residual[:, training])
        full_noise = noise_covariance(residual)
        points = flat(residual[:, held_out])
    noise, noise_choice = shrunken_noise(ops, train_noise, points, full_noise,
                                         levels, timer)
    del train_noise, full_noise, residual, points
    total, data_choice = shrunken_total(ops, means, levels, timer)

    raw = Raw(noise, total, 1 / n_trials, ops.mean(means, 1)[:, 0], n_trials,
              noise_choice, data_choice)
    return finish(ops, raw, n_conditions, levels, timer)
