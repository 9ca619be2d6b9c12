"""Trains the network Every with Keras as Backprop does: with the same initial weights, rows and batches.

Written by Backprop. It needs Keras 3 with a backend, and numpy. Data files are read from the folder in which it runs.
"""

import csv
import gzip
import math

import numpy as np

import keras

SEED = 42
EPOCHS = 1


class Random:
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


# The data.

def read_table(path, delimiter=None, header=True, comment=None):
    """Returns the columns of a CSV file, plain or gzip, by name, as text."""
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with (gzip.open if packed else open)(path, "rt", encoding="utf-8-sig", newline="") as file:
        lines = [line for line in file if line.strip() and not (comment and line.startswith(comment))]
    if delimiter is None:
        delimiter = csv.Sniffer().sniff(lines[0], ",;\t|").delimiter if len(lines[0].split()) else ","
    rows = [line.split() for line in lines] if delimiter == " " else list(csv.reader(lines, delimiter=delimiter))
    names = [name.strip() or f"column_{k + 1}" for k, name in enumerate(rows.pop(0))] if header else [f"column_{k + 1}" for k in range(len(rows[0]))]
    return {name: [row[k].strip() for row in rows] for k, name in enumerate(names)}


def number(cell):
    """Returns the cell's number; NaN if the cell marks a missing value."""
    if str(cell).strip().lower() in MISSING:
        return math.nan
    return float(str(cell).replace(THOUSANDS, "").replace(DECIMAL, ".") if isinstance(cell, str) else cell)


# Numbers are scaled: (value - offset) / factor. A missing number becomes the mean. Each category has its own column.
MISSING = ["", "na", "n/a", "nan", "null", "?", "-", "#n/a", "none"]
DECIMAL, THOUSANDS = ".", "\u0000"
FEATURES = [
    ("a", None, 0, 1, float("nan")),
    ("b", None, 0, 1, float("nan")),
    ("c", None, 0, 1, float("nan")),
    ("d", None, 0, 1, float("nan")),
    ("e", None, 0, 1, float("nan")),
    ("f", None, 0, 1, float("nan")),
]
TARGETS = ["y1", "y2"]

tables = [
    {
        "a": [-1, 0.75, -0.25, 1.5, 0.5, -0.5, 1.25, 0.25, -0.75, 1, 0, -1, 0.75, -0.25, 1.5, 0.5, -0.5, 1.25, 0.25, -0.75, 1, 0, -1, 0.75],
        "b": [0.25, -0.75, 1, 0, -1, 0.75, -0.25, 1.5, 0.5, -0.5, 1.25, 0.25, -0.75, 1, 0, -1, 0.75, -0.25, 1.5, 0.5, -0.5, 1.25, 0.25, -0.75],
        "c": [1.5, 0.5, -0.5, 1.25, 0.25, -0.75, 1, 0, -1, 0.75, -0.25, 1.5, 0.5, -0.5, 1.25, 0.25, -0.75, 1, 0, -1, 0.75, -0.25, 1.5, 0.5],
        "d": [0, -1, 0.75, -0.25, 1.5, 0.5, -0.5, 1.25, 0.25, -0.75, 1, 0, -1, 0.75, -0.25, 1.5, 0.5, -0.5, 1.25, 0.25, -0.75, 1, 0, -1],
        "e": [1.25, 0.25, -0.75, 1, 0, -1, 0.75, -0.25, 1.5, 0.5, -0.5, 1.25, 0.25, -0.75, 1, 0, -1, 0.75, -0.25, 1.5, 0.5, -0.5, 1.25, 0.25],
        "f": [-0.25, 1.5, 0.5, -0.5, 1.25, 0.25, -0.75, 1, 0, -1, 0.75, -0.25, 1.5, 0.5, -0.5, 1.25, 0.25, -0.75, 1, 0, -1, 0.75, -0.25, 1.5],
        "y1": [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2],
        "y2": [0, 0.5, 1, 1.5, 2, 0, 0.5, 1, 1.5, 2, 0, 0.5, 1, 1.5, 2, 0, 0.5, 1, 1.5, 2, 0, 0.5, 1, 1.5],
    },
]
COUNTS = [len(table[TARGETS[0]]) for table in tables]


def column(name):
    return [cell for table in tables for cell in table[name]]


def feature(name, words, offset, factor, fill):
    cells = column(name)
    if words is not None:
        return np.array([[float(str(cell) == word) for word in words] for cell in cells])
    values = np.array([number(cell) for cell in cells])
    return ((np.where(np.isnan(values), fill, values) - offset) / factor)[:, None]


X = np.concatenate([feature(*one) for one in FEATURES], axis=1)
classes = None
Y = []
index = np.array([int(number(cell)) for cell in column("y1")])
classes = list(index) if classes is None else classes
Y.append(index)
values = np.array([[number(cell) for cell in column(name)] for name in ["y2"]]).T
Y.append((values - [0]) / [1])

train, validation, test = split_rows(COUNTS[0], 1, 0, 0, True, classes)
widths = [len(words) if words else 1 for _, words, *_ in FEATURES]
COLUMNS = {one[0]: list(range(sum(widths[:k]), sum(widths[: k + 1]))) for k, one in enumerate(FEATURES)}


def inputs_of(rows):
    return (np.concatenate([X[rows][:, COLUMNS[name]] for name in ["a", "b"]], axis=1).reshape(-1, 2).astype("float32"), np.concatenate([X[rows][:, COLUMNS[name]] for name in ["c", "d", "e", "f"]], axis=1).reshape(-1, 4).astype("float32"))


def targets_of(rows):
    found = [y[rows].astype("int32" if y.dtype.kind == "i" else "float32") for y in Y]
    return found[0] if len(found) == 1 else tuple(found)



# The network.

wide = keras.Input(shape=(2,), name="wide")
deep = keras.Input(shape=(4,), name="deep")
n = keras.layers.Normalization(axis=[-1], name="n")(deep)
d1 = keras.layers.Dense(units=6, activation=keras.layers.LeakyReLU(negative_slope=0.3), use_bias=True, name="d1")(n)
bn = keras.layers.BatchNormalization(momentum=0.9, epsilon=0.001, name="bn")(d1)
ln = keras.layers.LayerNormalization(axis=[-1], epsilon=0.01, name="ln")(bn)
drop = keras.layers.Dropout(rate=0.25, name="drop")(ln)
noise = keras.layers.GaussianNoise(stddev=0.1, name="noise")(drop)
grid = keras.layers.Reshape(target_shape=[2, 3], name="grid")(noise)
grid_bn = keras.layers.BatchNormalization(momentum=0.99, epsilon=0.001, name="grid_bn")(grid)
grid_ln = keras.layers.LayerNormalization(axis=[-1], epsilon=0.001, name="grid_ln")(grid_bn)
slopes = keras.layers.PReLU(name="slopes")(grid_ln)
soft = keras.layers.Activation(activation="softmax", name="soft")(slopes)
flat = keras.layers.Flatten(name="flat")(soft)
layer_15 = keras.layers.Dense(units=6, activation=keras.layers.ELU(alpha=0.5), use_bias=True, kernel_regularizer=keras.regularizers.L1L2(l1=0, l2=0.001), name="class")(d1)
forward = keras.layers.Dense(units=6, activation="silu", use_bias=True, name="forward")(flat)
sum = keras.layers.Add(name="sum")([layer_15, forward, flat])
gap_part = keras.layers.Subtract(name="gap_part")([sum, layer_15])
gap = keras.layers.Subtract(name="gap")([gap_part, forward])
gate = keras.layers.Multiply(name="gate")([gap, sum])
mean = keras.layers.Average(name="mean")([gate, sum])
high = keras.layers.Maximum(name="high")([mean, gap])
low = keras.layers.Minimum(name="low")([high, sum])
on_sum = keras.layers.Dense(units=3, activation="linear", use_bias=True, trainable=False, name="on_sum")(deep)
on_step = keras.ops.greater_equal(on_sum, 0)
on = keras.ops.cast(on_step, "float32")
side_sum = keras.layers.Dense(units=2, activation="linear", use_bias=True, trainable=False, name="side_sum")(deep)
side = keras.ops.sign(side_sum)
rule_dense = keras.layers.Dense(units=3, activation="linear", use_bias=True, trainable=False, name="rule_dense")(wide)
rule_step = keras.ops.greater_equal(rule_dense, 0)
rule_active = keras.ops.cast(rule_step, "float32")
rule_dense_2 = keras.layers.Dense(units=1, activation="linear", use_bias=True, trainable=False, name="rule_dense_2")(rule_active)
rule_step_2 = keras.ops.greater_equal(rule_dense_2, 0)
rule = keras.ops.cast(rule_step_2, "float32")
both = keras.layers.Concatenate(name="both")([wide, low, on, side, rule])
layer_27 = keras.layers.Dense(units=4, activation="tanh", use_bias=False, name="layer_27")(both)
main = keras.layers.Dense(units=3, activation="softmax", use_bias=True, name="main")(layer_27)
price = keras.layers.Dense(units=1, activation="linear", use_bias=True, name="price")(both)
model = keras.Model(inputs=[wide, deep], outputs=[main, price], name="Every")
model.summary()


def drawn(index, shape, distribution, size, center=0.0):
    """Returns initial weights. A corrected normal distribution has the requested deviation although it is truncated at 2 deviations."""
    random = Random(SEED, "weights", index)
    draw = {
        "constant": lambda: size,
        "uniform": lambda: (2 * random.uniform() - 1) * size,
        "normal": lambda: center + random.normal() * size,
        "truncated_normal": lambda: center + random.truncated_normal() * size,
        "corrected_truncated_normal": lambda: random.truncated_normal() * size / 0.8796256610342398,
    }[distribution]
    return np.array([draw() for _ in range(math.prod(shape))], "float32").reshape(shape)


# The statistics of the layer's input over the training rows.
layer = model.get_layer("n")
layer.adapt(keras.Model(model.inputs, layer.input).predict(inputs_of(train), verbose=0))
model.get_layer("d1").set_weights([drawn(2, [4, 6], "uniform", 1.224744871391589), drawn(3, [6], "constant", 0)])
model.get_layer("bn").set_weights([drawn(4, [6], "constant", 1), drawn(5, [6], "constant", 0), drawn(6, [6], "constant", 0), drawn(7, [6], "constant", 1)])
model.get_layer("ln").set_weights([drawn(8, [6], "constant", 1), drawn(9, [6], "constant", 0)])
model.get_layer("grid_bn").set_weights([drawn(10, [3], "constant", 1), drawn(11, [3], "constant", 0), drawn(12, [3], "constant", 0), drawn(13, [3], "constant", 1)])
model.get_layer("grid_ln").set_weights([drawn(14, [3], "constant", 1), drawn(15, [3], "constant", 0)])
model.get_layer("slopes").set_weights([drawn(16, [2, 3], "constant", 0)])
model.get_layer("class").set_weights([drawn(17, [6, 6], "uniform", 1), drawn(18, [6], "constant", 0)])
model.get_layer("forward").set_weights([drawn(19, [6, 6], "uniform", 1), drawn(20, [6], "constant", 0)])
model.get_layer("on_sum").set_weights([drawn(21, [4, 3], "uniform", 0.9258200997725514), drawn(22, [3], "constant", 0)])
model.get_layer("side_sum").set_weights([drawn(23, [4, 2], "uniform", 1), drawn(24, [2], "constant", 0)])
model.get_layer("layer_27").set_weights([drawn(25, [14, 4], "uniform", 0.5773502691896257)])
model.get_layer("main").set_weights([drawn(26, [4, 3], "uniform", 0.9258200997725514), drawn(27, [3], "constant", 0)])
model.get_layer("price").set_weights([drawn(28, [14, 1], "uniform", 0.6324555320336759), drawn(29, [1], "constant", 0)])


# The training.

model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False),
    loss={"main": keras.losses.SparseCategoricalCrossentropy(), "price": keras.losses.MeanSquaredError()},
    loss_weights={"main": 1, "price": 1},
    metrics={"main": [], "price": []},
)


class Batches(keras.utils.PyDataset):
    """The training rows in Backprop's order of each epoch."""

    def __init__(self):
        super().__init__()
        self.begin(1)

    def begin(self, epoch):
        self.order = list(train)
        Random(SEED, "shuffle", epoch).shuffle(self.order)

    def __len__(self):
        return math.ceil(len(self.order) / 32)

    def __getitem__(self, k):
        rows = self.order[k * 32 : (k + 1) * 32]
        return inputs_of(rows), targets_of(rows)


batches = Batches()
callbacks = [
    keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: batches.begin(epoch + 1)),
]
history = model.fit(
    batches,
    epochs=EPOCHS,
    shuffle=False,
    validation_data=(inputs_of(validation), targets_of(validation)) if validation else None,
    callbacks=callbacks,
    verbose=2,
)
if test:
    print("on the test part:", model.evaluate(inputs_of(test), targets_of(test), verbose=0, return_dict=True))
model.save("Every.keras")
