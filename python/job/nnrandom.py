"""Backprop's random numbers: xoshiro128** seeded with splitmix32. With them, rows are shuffled as in `nn train`."""
import functools
import math

import numpy as np

MASK = 0xFFFFFFFF
SHUFFLE = 3  # the number of the purpose


def splitmix32(seed):
    state = seed & MASK
    while True:
        state = (state + 0x9E3779B9) & MASK
        z = ((state ^ (state >> 16)) * 0x85EBCA6B) & MASK
        z = ((z ^ (z >> 13)) * 0xC2B2AE35) & MASK
        yield z ^ (z >> 16)


def stream_state(seed, purpose, index):
    """Returns the generator's four words at the start of a purpose's stream."""
    first = next(splitmix32(seed))
    key = next(splitmix32(first ^ ((purpose * 0x9E3779B1) & MASK)))
    words = splitmix32(key ^ (((index + 1) * 0x85EBCA77) & MASK))
    a, b, c, d = (next(words) for _ in range(4))
    return np.array([a, b, c, d | 1], np.uint32)


def advance(state):
    """Advances generators by one step. `state` has a row for each of the four words, and a column for each generator."""
    a, b, c, d = state
    shifted = b << np.uint32(9)
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d[:] = rotated(d, 11)


def rotated(words, by):
    return (words << np.uint32(by)) | (words >> np.uint32(32 - by))


def words_of(bits):
    """Returns 128 bits of each column as four words."""
    return np.packbits(bits.astype(np.uint8), axis=0, bitorder="little").reshape(4, 4, -1).transpose(0, 2, 1).copy().view("<u4")[:, :, 0].copy()


def bits_of(words):
    columns = words.shape[1]
    return np.unpackbits(words.astype("<u4").T.copy().view(np.uint8).reshape(columns, 16), axis=1, bitorder="little").T


@functools.lru_cache
def jump(steps):
    """Returns the matrix over the numbers 0 and 1 that advances the bits of a generator's state by several steps; a step is linear."""
    one = words_of(np.eye(128))
    advance(one)
    power, result = bits_of(one).astype(np.float32), np.eye(128, dtype=np.float32)
    while steps > 0:
        if steps % 2 == 1:
            result = (power @ result) % 2
        power, steps = (power @ power) % 2, steps // 2
    return result


def words_from(state, count):
    """Returns the stream's next words. The stream is cut into parts that are computed in parallel."""
    length = max(1, math.isqrt(count))
    parts = -(-count // length)
    bits = bits_of(state[:, None]).astype(np.float32)
    while bits.shape[1] < parts:
        bits = np.hstack([bits, (jump(length * bits.shape[1]) @ bits) % 2])
    states = words_of(bits[:, :parts])
    words = np.empty((length, parts), np.uint32)
    for k in range(length):
        words[k] = rotated(states[1] * np.uint32(5), 7) * np.uint32(9)
        advance(states)
    return words.T.ravel()[:count]


def shuffled(rows, seed, epoch):
    """Returns the rows in the epoch's order (Fisher-Yates). The order depends only on the seed and the epoch's number."""
    order = list(rows)
    if len(order) < 2:
        return order
    # Two words of the generator form one number with 53 bits.
    high, low = words_from(stream_state(seed, SHUFFLE, epoch), 2 * (len(order) - 1)).reshape(-1, 2).T
    numbers = ((high >> np.uint32(5)) * 67108864.0 + (low >> np.uint32(6))) / 9007199254740992.0
    places = (numbers * np.arange(len(order), 1, -1)).astype(np.int64).tolist()
    for i, j in zip(range(len(order) - 1, 0, -1), places):
        order[i], order[j] = order[j], order[i]
    return order
