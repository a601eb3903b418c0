# SPDX-License-Identifier: BSD-3-Clause
"""Signal and noise covariance where single units lost trials, the plain way.

Each entry of a covariance uses the trials that its two units share.  Per
condition that is three matrix products and some twenty passes over N x N
arrays, one condition after another, as GSN does it.
"""
import numpy as np

from steps import Choice, Raw, choose_level, data_split, finish
from whole_trial_path import centred_trials, noise_split, valid_trials

FEWEST_CONDITIONS = 5  # complete ones, below which no level is chosen


def estimate(ops, data, levels, timer):
    """All results for data (N x C x T, NaN = lost) as arrays of the library."""
    n_conditions = data.shape[1]
    with timer.phase("trial statistics"):
        present = ops.is_present(data)
        counts = ops.as_number(present.sum(2))
        defined = counts >= 1
        means = (ops.where(present, data, 0.0).sum(2) / counts.clip(min=1))
    with timer.phase("noise covariance"):
        full_noise, share = noise_covariance_and_share(ops, data, present)
    with timer.phase("data covariance"):
        full_data, _ = pairwise_covariance(ops, means, defined)

    with timer.phase("noise scoring"):
        noise_choice = choose_noise_level(ops, data, present, levels)
    with timer.phase("data scoring"):
        data_choice = choose_data_level(ops, means, defined, levels)
    with timer.phase("noise covariance"):
        noise = ops.shrink(full_noise, noise_choice.level)
    with timer.phase("data covariance"):
        total = ops.shrink(full_data, data_choice.level)
        n_defined = ops.as_number(defined.sum(1))
        mean = means.sum(1) / ops.where(n_defined > 0, n_defined, np.nan)
        del full_noise, full_data, present

    n_trials = float(counts.sum()) / max(1.0, float(defined.sum()))
    raw = Raw(noise, total, share, mean, n_trials or 1.0, noise_choice,
              data_choice)
    return finish(ops, raw, n_conditions, levels, timer)


def noise_covariance_and_share(ops, data, present):
    """The mean covariance of a condition, and alpha.

    alpha is the part of the noise covariance that is left in the covariance
    of the condition means: 1/T if nothing is lost.
    """
    n_units, n_conditions, _ = data.shape
    noise, n_noise, share, n_share = (ops.zeros(n_units) for _ in range(4))
    for c in range(n_conditions):
        here = present[:, c]
        covariance, shared = pairwise_covariance(ops, data[:, c], here)
        noise += covariance
        n_noise += shared >= 2

        n_trials = ops.as_number(here.sum(1))
        defined = n_trials >= 1
        both = defined[:, None] & defined[None, :]
        n_pairs = n_trials[:, None] * n_trials[None, :]
        share += ops.where(both, shared / n_pairs.clip(min=1), 0.0)
        n_share += both
    return noise / n_noise.clip(min=1), share / n_share.clip(min=1)


def pairwise_covariance(ops, x, present):
    """Unbiased covariance of any two rows of x over the columns they share.

    Also returns how many columns that are; the covariance is 0 below two.
    Each row is centred first, which only changes the rounding.
    """
    present_number = ops.as_number(present)
    x = ops.where(present, x, 0.0)
    centre = x.sum(1) / present_number.sum(1).clip(min=1)
    x = (x - centre[:, None]) * present_number

    products = ops.gram(x)
    sums = x @ present_number.T  # of row i, over what it shares with row j
    shared = ops.gram(present_number)
    covariance = ((products - sums * sums.T / shared.clip(min=1))
                  / (shared - 1).clip(min=1))
    return ops.where(shared >= 2, covariance, 0.0), shared


def choose_noise_level(ops, data, present, levels):
    """By the trials that no unit lost; 1 if there are too few."""
    if len(levels) == 1:
        return unscored(levels[0], levels)
    valid = valid_trials(ops, present)
    halves = noise_split(ops, centred_trials(ops, data, valid), valid)
    if halves is None:
        return unscored(1.0, levels)
    return choose_level(ops, *halves, levels)


def choose_data_level(ops, means, defined, levels):
    """By the conditions in which every unit has a mean; 1 if too few."""
    if len(levels) == 1:
        return unscored(levels[0], levels)
    complete = np.flatnonzero(ops.to_numpy(defined.all(0)))
    if len(complete) < FEWEST_CONDITIONS:
        return unscored(1.0, levels)
    return choose_level(ops, *data_split(ops, means[:, complete]), levels)


def unscored(level, levels):
    return Choice(float(level), np.full(len(levels), np.nan))
