# SPDX-License-Identifier: BSD-3-Clause
"""Signal and noise covariance from complete data, the plain way."""
from steps import (Raw, choose_level, covariance_of_columns, data_split,
                   finish, flat, split)


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
    with timer.phase("noise scoring"):
        noise_choice = choose_level(ops, train_noise, points, levels)
    with timer.phase("noise covariance"):
        noise = ops.shrink(full_noise, noise_choice.level)
        del train_noise, full_noise, residual, points

    with timer.phase("data covariance"):
        train_data, points = data_split(ops, means)
    with timer.phase("data scoring"):
        data_choice = choose_level(ops, train_data, points, levels)
    with timer.phase("data covariance"):
        total = ops.shrink(covariance_of_columns(ops, means),
                           data_choice.level)
        del train_data, points

    raw = Raw(noise, total, 1 / n_trials, ops.mean(means, 1)[:, 0], n_trials,
              noise_choice, data_choice)
    return finish(ops, raw, n_conditions, levels, timer)
