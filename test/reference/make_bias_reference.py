#!/usr/bin/env python3
"""Writes the losses of the more-optimizer cases with a bias correction by beta ** t (adamax, adam with amsgrad), in pure Python float64.

make_more_reference.py took these from Keras, whose ops.cast(beta, "float64") goes through float32: 0.9 became 0.8999999761581421. That is no part
of the algorithm, and it changes the losses by up to 6e-6. With --float32 this script rounds beta in the same way and compares its losses with those
of Keras. They agree to 1e-15, so the rounding is the only difference.

Usage: make_bias_reference.py CASE.nn...             writes CASE.json
       make_bias_reference.py --float32 CASE.nn...   compares with CASE.json, which must be the one that make_more_reference.py wrote
"""
import json, math, re, struct, sys


class Value:
    """A number with its derivative, by reverse mode: `parents` are pairs of a value and the local derivative by it."""

    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, 0.0

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def map(self, value, slope):
        return Value(value, ((self, slope),))


def backward(result):
    order, seen, stack = [], set(), [(result, False)]
    while stack:
        node, is_done = stack.pop()
        if is_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent, _ in node.parents)
    result.grad = 1.0
    for node in reversed(order):
        for parent, slope in node.parents:
            parent.grad += node.grad * slope


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
ACTIVATIONS = {  # name: (value, derivative) of z and its argument
    "linear": lambda z, a: (z, 1.0),
    "sigmoid": lambda z, a: (sigmoid(z), sigmoid(z) * (1 - sigmoid(z))),
    "elu": lambda z, a: (z, 1.0) if z > 0 else (a * math.expm1(z), a * math.exp(z)),
    "selu": lambda z, a: (SELU_SCALE * z, SELU_SCALE) if z > 0 else (SELU_SCALE * SELU_ALPHA * math.expm1(z), SELU_SCALE * SELU_ALPHA * math.exp(z)),
    "leaky_relu": lambda z, a: (z, 1.0) if z >= 0 else (a * z, a),
    "log_sigmoid": lambda z, a: (-math.log1p(math.exp(-z)), sigmoid(-z)),
    "softplus": lambda z, a: (math.log1p(math.exp(z)), sigmoid(z)),
    "softsign": lambda z, a: (z / (1 + abs(z)), 1 / (1 + abs(z)) ** 2),
    "hard_sigmoid": lambda z, a: (0.0, 0.0) if z <= -3 else (1.0, 0.0) if z >= 3 else (z / 6 + 0.5, 1 / 6),
}
DEFAULTS = {"elu": 1.0, "leaky_relu": 0.2}


def huber(row, targets):
    total = Value(0.0)
    for y, t in zip(row, targets):
        e = y.data - t
        total = total + (y.map(0.5 * e * e, e) if abs(e) <= 1 else y.map(abs(e) - 0.5, math.copysign(1.0, e)))
    return total * (1 / len(row))


def cross_entropy(row, targets):
    """From the pre-activation: ln Σ exp(z) - z[t]."""
    top, wanted = max(z.data for z in row), int(targets[0])
    shares = [math.exp(z.data - top) for z in row]
    total = sum(shares)
    return Value(math.log(total) + top - row[wanted].data, tuple((z, s / total - (k == wanted)) for k, (z, s) in enumerate(zip(row, shares))))


def read(text):
    layers = []
    for line in re.findall(r"d\d+: dense .*", text):
        kind, argument = re.match(r"d\d+: dense \d+ (\w+)(?:\(([\d.]+)\))?", line).groups()
        kernel = json.loads(re.search(r"kernel=(\[\[.*?\]\])", line)[1])
        bias = re.search(r"bias=(\[[^\]]*\])", line)
        penalty = {name: float(m[1]) if (m := re.search(name + r"=([\d.]+)", line)) else 0.0 for name in ("l1", "l2")}
        layers.append({
            "kind": kind, "argument": float(argument) if argument else DEFAULTS.get(kind, 0.0),
            "kernel": [[Value(w) for w in row] for row in kernel], "bias": [Value(b) for b in json.loads(bias[1])] if bias else None, **penalty,
        })
    rows = [[[float(x) for x in side.split()] for side in line.split("->")] for line in text.splitlines() if "->" in line]
    loss = huber if "loss huber" in text else cross_entropy
    name, arguments = re.search(r"optimizer (\w+)\(([^)]*)\)", text).groups()
    settings = dict(pair.split("=") for pair in arguments.replace(" ", "").split(","))
    return layers, rows, loss, name, settings, int(re.search(r"epochs (\d+)", text)[1])


def loss_of(layers, rows, loss):
    total = Value(0.0)
    for x, targets in rows:
        row = [Value(v) for v in x]
        for layer in layers:
            sums = []
            for unit in range(len(layer["kernel"][0])):
                z = layer["bias"][unit] if layer["bias"] else Value(0.0)
                for value, weights in zip(row, layer["kernel"]):
                    z = z + value * weights[unit]
                sums.append(z)
            kind = layer["kind"]
            # The loss includes softmax.
            row = sums if kind == "softmax" else [z.map(*ACTIVATIONS[kind](z.data, layer["argument"])) for z in sums]
        total = total + loss(row, targets)
    total = total * (1 / len(rows))
    for layer in layers:
        for w in (w for row in layer["kernel"] for w in row):
            if layer["l1"]:
                total = total + w.map(layer["l1"] * abs(w.data), layer["l1"] * ((w.data > 0) - (w.data < 0)))
            if layer["l2"]:
                total = total + w.map(layer["l2"] * w.data**2, 2 * layer["l2"] * w.data)
    return total


def losses_of(text, rounded):
    layers, rows, loss, name, settings, epochs = read(text)
    rate, b1, b2 = (float(settings.get(k, v)) for k, v in (("learning_rate", 0.001), ("beta_1", 0.9), ("beta_2", 0.999)))
    # Keras rounds beta in beta ** t alone, not in the running means.
    power = lambda beta, t: (struct.unpack("f", struct.pack("f", beta))[0] if rounded else beta) ** t
    parameters = [w for layer in layers for row in [*layer["kernel"], layer["bias"] or []] for w in row]
    m, v, largest = ([0.0] * len(parameters) for _ in range(3))
    losses = []
    for t in range(1, epochs + 1):
        for p in parameters:
            p.grad = 0.0
        total = loss_of(layers, rows, loss)
        backward(total)
        losses.append(total.data)
        for i, p in enumerate(parameters):
            g = p.grad
            m[i] += (1 - b1) * (g - m[i])
            if name == "adamax":
                v[i] = max(b2 * v[i], abs(g))
                p.data -= rate / (1 - power(b1, t)) * m[i] / (v[i] + 1e-7)
            else:
                v[i] += (1 - b2) * (g * g - v[i])
                largest[i] = max(largest[i], v[i])
                p.data -= rate * math.sqrt(1 - power(b2, t)) / (1 - power(b1, t)) * m[i] / (math.sqrt(largest[i]) + 1e-7)
    return losses


rounded = "--float32" in sys.argv
for path in (p for p in sys.argv[1:] if p.endswith(".nn")):
    losses, file = losses_of(open(path).read(), rounded), path[:-3] + ".json"
    stored = json.load(open(file))["losses"]
    worst = max(abs(a - b) / abs(b) for a, b in zip(losses, stored))
    if not rounded:
        json.dump({"losses": losses}, open(file, "w"))
    print(f"{path}: the largest relative difference from the stored losses is {worst:.1e}")
