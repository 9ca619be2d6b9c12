/** Backprop's random numbers (engine/random.ts) and its splits (engine/data/split.ts) in Python. */

export const RANDOM = `class Random:
    """Backprop's random numbers: xoshiro128**, seeded with splitmix32, with a separate stream for each purpose."""

    PURPOSES = {"weights": 11, "split": 2, "shuffle": 3}

    def __init__(self, seed, purpose, index=0):
        key = self.mixes(self.mixes(seed)() ^ self.times(self.PURPOSES[purpose], 0x9E3779B1))()
        draw = self.mixes(key ^ self.times(index + 1, 0x85EBCA77))
        self.a, self.b, self.c, self.d = draw(), draw(), draw(), draw() | 1

    @staticmethod
    def times(x, y):
        return (x * y) & 0xFFFFFFFF

    @classmethod
    def mixes(cls, seed):
        state = seed & 0xFFFFFFFF

        def draw():
            nonlocal state
            state = (state + 0x9E3779B9) & 0xFFFFFFFF
            z = cls.times(state ^ (state >> 16), 0x85EBCA6B)
            z = cls.times(z ^ (z >> 13), 0xC2B2AE35)
            return z ^ (z >> 16)

        return draw

    @staticmethod
    def turned(x, by):
        return ((x << by) | (x >> (32 - by))) & 0xFFFFFFFF

    def next(self):
        result = self.times(self.turned(self.times(self.b, 5), 7), 9)
        shifted = (self.b << 9) & 0xFFFFFFFF
        self.c ^= self.a
        self.d ^= self.b
        self.b ^= self.c
        self.a ^= self.d
        self.c ^= shifted
        self.d = self.turned(self.d, 11)
        return result

    def uniform(self):
        return ((self.next() >> 5) * 67108864 + (self.next() >> 6)) / 9007199254740992

    def normal(self):
        while True:
            u, v = 2 * self.uniform() - 1, 2 * self.uniform() - 1
            s = u * u + v * v
            if 0 < s < 1:
                return u * math.sqrt(-2 * math.log(s) / s)

    def truncated_normal(self):
        while True:
            x = self.normal()
            if abs(x) <= 2:
                return x

    def shuffle(self, order):
        for i in range(len(order) - 1, 0, -1):
            j = math.floor(self.uniform() * (i + 1))
            order[i], order[j] = order[j], order[i]


def rounded(x):
    return math.floor(x + 0.5)


def part_sizes(count, train, validation, test):
    n = min(rounded(count * validation), count)
    m = min(rounded(count * test), count - n)
    whole = train + validation + test > 1 - 1e-9
    return (count - n - m if whole else min(rounded(count * train), count - n - m)), n, m


def split_rows(count, train, validation, test, shuffle, classes):
    """Returns the rows of each part, ascending: split in file order, or shuffled with the same share of each class in every part."""
    if not shuffle:
        k, n, m = part_sizes(count, train, validation, test)
        return list(range(k)), list(range(k, k + n)), list(range(k + n, k + n + m))
    whole = train + validation + test > 1 - 1e-9
    groups = {}
    for row in range(count):
        groups.setdefault(classes[row] if classes is not None else 0, []).append(row)
    random = Random(SEED, "split")
    parts = [], [], []
    before = 0
    for key in sorted(groups):
        order = groups[key]
        if validation > 0 or test > 0 or train < 1:
            random.shuffle(order)
        after = before + len(order)
        n = rounded(after * validation) - rounded(before * validation)
        m = min(rounded(after * test) - rounded(before * test), len(order) - n)
        k = len(order) - n - m if whole else min(rounded(after * train) - rounded(before * train), len(order) - n - m)
        parts[1].extend(order[:n])
        parts[2].extend(order[n : n + m])
        parts[0].extend(order[n + m : n + m + k])
        before = after
    return [sorted(part) for part in parts]
`;

/** A split that keeps the rows of a group together. */
export const GROUPS = `

def split_groups(groups, train, validation, test, shuffle):
    """Returns the rows of each part, ascending. All rows of a group are in the part that contains the middle of the group."""
    rows = {}
    for row, key in enumerate(groups):
        rows.setdefault(key, []).append(row)
    order = list(rows.values())
    if shuffle:
        Random(SEED, "split").shuffle(order)
    sizes = part_sizes(len(groups), train, validation, test)
    wanted = [k for k in range(3) if sizes[k] > 0]
    parts = [], [], []
    at, before, end = 0, 0, sizes[wanted[0]]
    for k, group in enumerate(order):
        middle = before + len(group) / 2
        before += len(group)
        # Each part takes at least one group and leaves at least one for each later part.
        while at < len(wanted) and parts[wanted[at]] and (middle > end or len(order) - k < len(wanted) - at):
            at += 1
            end += sizes[wanted[at]] if at < len(wanted) else 0
        if at < len(wanted):
            parts[wanted[at]].extend(group)
    return [sorted(part) for part in parts]
`;
