# SPDX-License-Identifier: BSD-3-Clause
"""The simulated responses that the programs are timed with."""
import numpy as np


def simulate(n_units, n_conditions, n_trials, seed):
    """Responses whose signal and noise both have a decaying spectrum.

    Signal: variance k^-1 along random axis k.  Noise: k^-0.75 along other
    axes, shared by the units, and a private part.  Both have mean variance 1
    and 1.5; units differ in gain.  At most 500 axes, so that large cases stay
    cheap to make.
    """
    random = np.random.default_rng(seed)
    n_axes = min(n_units, 500)
    gain = np.exp(0.3 * random.standard_normal(n_units))

    def correlated(n_samples, decay, variance):
        axes = np.linalg.qr(random.standard_normal((n_units, n_axes)))[0]
        spectrum = np.arange(1, n_axes + 1.0)**-decay
        spectrum *= variance * n_units / spectrum.sum()
        return (axes * np.sqrt(spectrum)) @ random.standard_normal(
            (n_axes, n_samples))

    signal = correlated(n_conditions, 1.0, 1.0)
    noise = correlated(n_conditions * n_trials, 0.75, 1.0)
    noise += np.sqrt(0.5) * random.standard_normal(noise.shape)
    mean = 2 + random.standard_normal(n_units)
    data = (mean + signal.T).T[:, :, None] + noise.reshape(
        n_units, n_conditions, n_trials)
    return gain[:, None, None] * data


def lose(data, path, missing, affected, seed):
    """Put NaN where something was lost.

    Where whole trials are lost, one of each condition is spared.
    """
    random = np.random.default_rng([seed, 1])
    _, n_conditions, n_trials = data.shape
    if path == "whole_trial":
        lost = random.random((n_conditions, n_trials)) < missing
        kept = random.integers(n_trials, size=n_conditions)
        lost[np.arange(n_conditions), kept] = False
        data[:, lost] = np.nan
    elif path == "per_unit":
        hit = random.random((n_conditions, n_trials)) < affected
        data[(random.random(data.shape) < missing) & hit] = np.nan


def described(path, missing, affected):
    """The losses in words."""
    share = f"{100 * missing:g} %"
    if path == "even":
        return "nothing lost"
    if path == "whole_trial":
        return f"{share} of the trials lost"
    if affected == 1:
        return f"{share} of the responses lost"
    return (f"{share} of the responses lost in "
            f"{100 * affected:g} % of the trials")
