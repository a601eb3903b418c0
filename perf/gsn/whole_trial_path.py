# SPDX-License-Identifier: BSD-3-Clause
"""Signal and noise covariance where whole trials were lost, the plain way.

A trial counts if no unit is missing in it.
"""
import numpy as np

from steps import (Raw, finish, flat, permutation, shrunken_noise,
                   shrunken_total, split)


def estimate(ops, data, levels, timer):
    """All results for data (N x C x T, NaN = lost) as arrays of the library."""
    n_conditions = data.shape[1]
    with timer.phase("trial statistics"):
        valid = valid_trials(ops, ops.is_present(data))
        n_valid = valid.sum(1)
        if n_valid.min() < 1:
            raise ValueError("every condition needs a trial without NaN")
        residual = centred_trials(ops, data, valid)
        means = means_of_chosen(ops, data, valid, n_valid)
    with timer.phase("noise covariance"):
        halves = noise_split(ops, residual, valid)
        if halves is None:
            raise ValueError("the training and the held-out conditions need "
                             "one each with two trials without NaN")
        full_noise = noise_covariance(ops, residual, n_valid,
                                      np.arange(n_conditions))
    noise, noise_choice = shrunken_noise(ops, *halves, full_noise, levels,
                                         timer)
    del halves, full_noise, residual
    total, data_choice = shrunken_total(ops, means, levels, timer)

    n_repeated = n_valid[n_valid >= 2].sum() / n_conditions
    raw = Raw(noise, total, 1 / float(n_valid.min()),
              ops.mean(means, 1)[:, 0], max(1.0, float(n_repeated)),
              noise_choice, data_choice)
    return finish(ops, raw, n_conditions, levels, timer)


def valid_trials(ops, present):
    """C x T in NumPy: True where no unit is missing."""
    return ops.to_numpy(present.all(0))


def centred_trials(ops, data, valid):
    """Valid trials minus the mean of their condition; zero elsewhere."""
    number = ops.from_numpy(np.maximum(valid.sum(1), 1))
    taken = ops.as_mask(valid)
    trials = ops.where(taken, data, 0.0)
    means = trials.sum(2) / number
    return ops.where(taken, trials - means[:, :, None], 0.0)


def noise_covariance(ops, residual, n_valid, conditions):
    """Mean over the conditions with at least two valid trials."""
    conditions = conditions[n_valid[conditions] >= 2]
    weights = ops.from_numpy(1 / np.sqrt(n_valid[conditions] - 1))
    return (ops.gram(flat(residual[:, conditions] * weights[:, None]))
            / len(conditions))


def noise_split(ops, residual, valid):
    """Training covariance and held-out points, or None if one is empty."""
    training, held_out = split(len(valid))
    n_valid = valid.sum(1)
    held_out = held_out[n_valid[held_out] >= 2]
    if len(held_out) == 0 or n_valid[training].max(initial=0) < 2:
        return None
    condition, trial = np.nonzero(valid[held_out])
    points = residual[:, held_out[condition], trial]
    return noise_covariance(ops, residual, n_valid, training), points


def means_of_chosen(ops, data, valid, n_valid):
    """N x C: means over equally many valid trials of every condition."""
    fewest = n_valid.min()
    chosen = np.array([np.flatnonzero(valid[c])[permutation(n)[:fewest]]
                       for c, n in enumerate(n_valid)])
    return ops.mean(data[:, np.arange(len(valid))[:, None], chosen], 2)[..., 0]
