# SPDX-License-Identifier: BSD-3-Clause
"""The inputs of the timed cases, drawn as the C++ side draws them."""
import numpy as np

# One stream of draws per kind of input.
MATRICES_A, FEATURES, UPSTREAM, MATRICES = range(4)


def philox(counter, seed):
    """Philox-4x32 with ten rounds, as kovar/core/random.hpp: word 0 to 3.

    counter: four arrays of 64-bit integers below 2^32.
    Source: Salmon, Moraes, Dror, Shaw (SC 2011).
    """
    low = np.uint64(0xFFFFFFFF)
    half = np.uint64(32)
    key = [seed & 0xFFFFFFFF, seed >> 32]
    c0, c1, c2, c3 = counter
    for _ in range(10):
        product0 = np.uint64(0xD2511F53) * c0
        product1 = np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = ((product1 >> half) ^ c1 ^ np.uint64(key[0]),
                          product1 & low,
                          (product0 >> half) ^ c3 ^ np.uint64(key[1]),
                          product0 & low)
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF,
               (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c0, c1, c2, c3


def normal(seed, stream, count):
    """The first numbers of a stream of kovar::normal_pair, in double."""
    n_pairs = (count + 1) // 2
    i = np.arange(n_pairs, dtype=np.uint64)
    zero = np.zeros_like(i)
    words = philox((i & np.uint64(0xFFFFFFFF), i >> np.uint64(32),
                    zero + np.uint64(stream), zero), seed)

    def high(a, b):
        bits = ((a << np.uint64(32)) | b) >> np.uint64(11)
        return bits.astype(np.float64)

    u = (high(words[0], words[1]) + 0.5) * 2.0**-53
    angle = 2 * np.pi * (high(words[2], words[3]) * 2.0**-53)
    radius = np.sqrt(-2 * np.log(u))
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return pairs.reshape(-1)[:count]


def symmetric(packed, d):
    """... x d(d+1)/2 numbers, lower triangle row by row -> ... x d x d."""
    row, column = np.tril_indices(d)
    full = np.empty((*packed.shape[:-1], d, d), packed.dtype)
    full[..., row, column] = packed
    full[..., column, row] = packed
    return full


def random_matrices(n, d, seed):
    """n x d x d, lower triangles of standard normal numbers, mirrored."""
    size = d * (d + 1) // 2
    return symmetric(normal(seed, MATRICES, n * size).reshape(n, size), d)


def initial_parameters(d, p, seed):
    """start, increments, A (p x d x d) as training starts from them."""
    step = 2 / (d - 1) if d > 1 else 0.0
    increments = np.full(d - 1, np.log(np.expm1(step)) if d > 1 else 0.0)
    size = d * (d + 1) // 2
    packed = normal(seed, MATRICES_A, p * size).reshape(p, size)
    return -1.0, increments, symmetric(packed, d) / (np.sqrt(d) * p)


def model_inputs(n, p, seed):
    """x (n x p) and the weights g (n) of the loss sum g f."""
    return (normal(seed, FEATURES, n * p).reshape(n, p),
            normal(seed, UPSTREAM, n))


def middle(k, d):
    """k as given, the middle eigenvalue by default."""
    return d // 2 if k is None else k % d


def check_of(values):
    """A few numbers by which two programs' results are compared."""
    values = np.asarray(values, dtype=np.float64)
    return {"head": [float(v) for v in values.reshape(-1)[:8]],
            "mean": float(values.mean()),
            "rms": float(np.sqrt(np.mean(values**2)))}
