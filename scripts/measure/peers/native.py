"""Measures a Python library. Arguments: the library, the workload as JSON, and the number of threads. Prints {"ms": ...}."""
import json
import os
import sys
import time

library, work, threads = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = threads
if library == "jax" and threads == "1":
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ.setdefault("KERAS_BACKEND", "jax")
import numpy as np

layers, rows, batch, rate = work["layers"], work["rows"], work["batch"], work["rate"]
rng = np.random.default_rng(1)
x = rng.random((rows, layers[0]), dtype=np.float32)
classes = layers[-1]
labels = np.arange(rows) % classes if work["loss"] == "sparse" else np.arange(rows) % 2
y = labels.astype(np.int64) if work["loss"] == "sparse" else labels.reshape(-1, 1).astype(np.float32)
starts = list(range(0, rows, batch))


def timed(epoch):
    # A few of Keras's long epochs are enough.
    times, until = [], time.perf_counter() + work.get("seconds", 5 if library == "keras" else 20)
    for k in range(work["epochs"]):
        if k >= 3 and time.perf_counter() > until:
            break
        began = time.perf_counter()
        epoch()
        times.append(1000 * (time.perf_counter() - began))
    return sorted(times[1:])[len(times[1:]) // 2]


def numpy_epoch():
    w = [(rng.random((a, b), dtype=np.float32) - 0.5) * np.float32(0.1) for a, b in zip(layers, layers[1:])]
    bias = [np.zeros(b, np.float32) for b in layers[1:]]
    slots = [[np.zeros_like(p) for p in w + bias] for _ in range(2)]
    act = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[work["hidden"]]
    slope = {"relu": lambda a: a > 0, "tanh": lambda a: 1 - a * a, "sigmoid": lambda a: a * (1 - a)}[work["hidden"]]
    step = [0]

    def out(z):
        if work["loss"] == "sparse":
            e = np.exp(z - z.max(1, keepdims=True))
            return e / e.sum(1, keepdims=True)
        return 1 / (1 + np.exp(-z)) if work["loss"] == "binary" else z

    def forward(a):
        outputs = [a]
        for k in range(len(w)):
            z = outputs[-1] @ w[k] + bias[k]
            outputs.append(out(z) if k == len(w) - 1 else act(z))
        return outputs

    def epoch():
        for s in starts:
            outputs = forward(x[s : s + batch])
            if work.get("passes"):
                continue
            n = len(outputs[0])
            if work["loss"] == "sparse":
                d = outputs[-1].copy()
                d[np.arange(n), y[s : s + batch]] -= 1
            else:
                d = (outputs[-1] - y[s : s + batch]) * (2 if work["loss"] == "mse" else 1)
            d /= n
            step[0] += 1
            for k in range(len(w) - 1, -1, -1):
                gw, gb = outputs[k].T @ d, d.sum(0)
                if k > 0:
                    d = (d @ w[k].T) * slope(outputs[k])
                for p, g, i in ((w[k], gw, k), (bias[k], gb, len(w) + k)):
                    if work["optimizer"] == "sgd":
                        p -= np.float32(rate) * g
                    else:
                        m, v = slots[0][i], slots[1][i]
                        m += np.float32(0.1) * (g - m)
                        v += np.float32(0.001) * (g * g - v)
                        alpha = np.float32(rate * np.sqrt(1 - 0.999 ** step[0]) / (1 - 0.9 ** step[0]))
                        p -= alpha * m / (np.sqrt(v) + np.float32(1e-7))

    return epoch


def torch_epoch():
    import torch

    torch.set_num_threads(int(threads))
    act = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}[work["hidden"]]
    parts = []
    for k, (a, b) in enumerate(zip(layers, layers[1:])):
        parts.append(torch.nn.Linear(a, b))
        if k < len(layers) - 2:
            parts.append(act())
    net = torch.nn.Sequential(*parts)
    loss = {"sparse": torch.nn.CrossEntropyLoss, "binary": torch.nn.BCEWithLogitsLoss, "mse": torch.nn.MSELoss}[work["loss"]]()
    optimizer = (torch.optim.Adam if work["optimizer"] == "adam" else torch.optim.SGD)(net.parameters(), lr=rate)
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)

    def epoch():
        for s in starts:
            if work.get("passes"):
                with torch.no_grad():
                    net(tx[s : s + batch])
                continue
            optimizer.zero_grad()
            loss(net(tx[s : s + batch]), ty[s : s + batch]).backward()
            optimizer.step()

    return epoch


def keras_epoch():
    import keras

    keras.utils.set_random_seed(1)
    out = {"sparse": "softmax", "binary": "sigmoid", "mse": "linear"}[work["loss"]]
    parts = [keras.layers.Input((layers[0],))]
    parts += [keras.layers.Dense(n, activation=work["hidden"]) for n in layers[1:-1]]
    net = keras.Sequential([*parts, keras.layers.Dense(layers[-1], activation=out)])
    optimizer = (keras.optimizers.Adam if work["optimizer"] == "adam" else keras.optimizers.SGD)(learning_rate=rate)
    loss = {"sparse": "sparse_categorical_crossentropy", "binary": "binary_crossentropy", "mse": "mse"}[work["loss"]]
    net.compile(optimizer=optimizer, loss=loss, jit_compile="auto")

    def epoch():
        if work.get("passes"):
            net.predict(x, batch_size=batch, verbose=0)
        else:
            net.fit(x, y, batch_size=batch, epochs=1, shuffle=False, verbose=0)

    return epoch


def jax_epoch():
    import jax
    import jax.numpy as jnp

    key = jax.random.PRNGKey(0)
    params = [(jax.random.normal(key, (a, b)) * 0.05, jnp.zeros(b)) for a, b in zip(layers, layers[1:])]
    act = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}[work["hidden"]]
    n = rows // batch
    bx = jnp.asarray(x[: n * batch]).reshape(n, batch, -1)
    by = jnp.asarray(y[: n * batch]).reshape((n, batch) + y.shape[1:])

    def forward(p, a):
        for w, b in p[:-1]:
            a = act(a @ w + b)
        return a @ p[-1][0] + p[-1][1]

    def loss(p, a, t):
        z = forward(p, a)
        if work["loss"] == "sparse":
            return -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(z.shape[0]), t])
        if work["loss"] == "binary":
            return jnp.mean(jnp.maximum(z, 0) - z * t + jnp.log1p(jnp.exp(-jnp.abs(z))))
        return jnp.mean((z - t) ** 2)

    def sgd(carry, data):
        p, _, _, _ = carry
        g = jax.grad(loss)(p, *data)
        return (jax.tree.map(lambda a, b: a - rate * b, p, g), *carry[1:]), 0.0

    def adam(carry, data):
        p, m, v, t = carry
        g = jax.grad(loss)(p, *data)
        m = jax.tree.map(lambda a, b: a + 0.1 * (b - a), m, g)
        v = jax.tree.map(lambda a, b: a + 0.001 * (b * b - a), v, g)
        alpha = rate * jnp.sqrt(1 - 0.999 ** (t + 1)) / (1 - 0.9 ** (t + 1))
        return (jax.tree.map(lambda a, b, c: a - alpha * b / (jnp.sqrt(c) + 1e-7), p, m, v), m, v, t + 1), 0.0

    step = sgd if work["optimizer"] == "sgd" else adam
    run = jax.jit(lambda carry: jax.lax.scan(step, carry, (bx, by))[0])
    ask = jax.jit(forward)
    zeros = jax.tree.map(jnp.zeros_like, params)
    state = [(params, zeros, zeros, 0.0)]

    def epoch():
        if work.get("passes"):
            for k in range(n):
                ask(params, bx[k]).block_until_ready()
            return
        state[0] = run(state[0])
        jax.block_until_ready(state[0])

    return epoch


print(json.dumps({"ms": timed({"numpy": numpy_epoch, "torch": torch_epoch, "keras": keras_epoch, "jax": jax_epoch}[library]())}))
