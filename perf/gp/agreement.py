# SPDX-License-Identifier: BSD-3-Clause
"""When two programs' results of a case count as the same."""
import math

# Relative: of a group of numbers, the largest difference over the largest
# magnitude. Rounding enters K^-1 times the condition number, which is below
# 1e4 (cases.py): eps of float times that, and room for none in double.
ALLOWED = {"double": 1e-8, "float": 1e-3}


def relative_difference(ours, reference):
    """1e300 where something is missing or not finite (JSON has no infinity)."""
    a, b = as_list(ours), as_list(reference)
    if len(a) != len(b) or not all(map(math.isfinite, a + b)):
        return 1e300
    return (max(abs(x - y) for x, y in zip(a, b))
            / max(1e-300, *map(abs, b)))


def differences(precision, ours, reference):
    """Per group of a check, in units of what is allowed: 1 is still fine."""
    return {name: relative_difference(ours.get(name, []), expected)
            / ALLOWED[precision] for name, expected in reference.items()}


def as_list(x):
    return x if isinstance(x, list) else [x]
