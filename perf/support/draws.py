# SPDX-License-Identifier: BSD-3-Clause
"""Random numbers as the C++ side draws them."""
import numpy as np

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
