"""The random numbers of Backprop: xoshiro128** seeded with splitmix32. So the rows are shuffled as `nn train` shuffles them."""

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
    """Returns the generator's four words at the beginning of a purpose's stream."""
    first = next(splitmix32(seed))
    key = next(splitmix32(first ^ ((purpose * 0x9E3779B1) & MASK)))
    words = splitmix32(key ^ (((index + 1) * 0x85EBCA77) & MASK))
    a, b, c, d = (next(words) for _ in range(4))
    return a, b, c, d | 1


def words(seed, purpose, index):
    """Yields the 32-bit words of a purpose's stream."""
    a, b, c, d = stream_state(seed, purpose, index)
    while True:
        x = (b * 5) & MASK
        yield ((((x << 7) | (x >> 25)) & MASK) * 9) & MASK
        shifted = (b << 9) & MASK
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = ((d << 11) | (d >> 21)) & MASK


def shuffled(rows, seed, epoch):
    """Returns the rows in the epoch's order (Fisher-Yates). The order depends on the seed and the epoch's number alone."""
    order = list(rows)
    draw = words(seed, SHUFFLE, epoch)
    for i in range(len(order) - 1, 0, -1):
        # Two words are one number with 53 bits.
        high, low = next(draw), next(draw)
        j = int(((high >> 5) * 67108864 + (low >> 6)) / 9007199254740992 * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order
