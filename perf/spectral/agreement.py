# SPDX-License-Identifier: BSD-3-Clause
"""When two programs' results of a case count as the same."""
import math

EPS = {"float": 2.0**-23, "double": 2.0**-52}
# Of the gradients, relative: eps / gap of the few samples with small gaps.
GRADIENT = {"float": 1e-4, "double": 1e-10}
# Of the errors of each epoch, relative: the stored triangle of A changes
# gradients by a factor that Adam divides out up to its epsilon, and thousands
# of steps amplify roundings.
TRAINING = 1e-4


def differences(case, ours, reference):
    """Per number of a check, in units of what is allowed: 1 is still fine."""
    precision = case["precision"]
    # Spectral norm: about 2 sqrt(d) of standard normal entries, 2 of a model.
    norm = 2 * math.sqrt(case["d"]) if "p" not in case else 2.0
    found = {}
    for name, expected in reference.items():
        if name not in ours:
            found[name] = 1e300  # not JSON's infinity
        elif name in ("head", "mean", "rms"):
            found[name] = farthest(ours[name], expected) / (
                50 * EPS[precision] * norm)
        else:
            allowed = TRAINING if "rmse" in name else GRADIENT[precision]
            scale = max(map(abs, as_list(expected)))
            found[name] = farthest(ours[name], expected) / (allowed * scale)
    return found


def as_list(x):
    return x if isinstance(x, list) else [x]


def farthest(a, b):
    a, b = as_list(a), as_list(b)
    if len(a) != len(b) or not all(map(math.isfinite, a + b)):
        return 1e300
    return max(abs(x - y) for x, y in zip(a, b))
