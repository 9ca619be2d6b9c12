/**
 * Exports in the libraries that they are for, and imports of what these libraries write. `npm run test:python -- --python PATH` names a Python with
 * keras, tensorflow or torch, onnx, onnxruntime, tensorboard and safetensors. A test is skipped if a package of its own is missing, which its name says.
 * The file is long because the tests share one folder of exported models.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { optimizers } from "../../engine/catalog/optimizers.ts";
import { inventedRows, type Predicted, predictedBy, predictedFrom } from "../../engine/exchange/compare.ts";
import { importedFrom } from "../../engine/exchange/import/file.ts";
import { importedFile } from "../../engine/exchange/import/imported.ts";
import { kerasFile } from "../../engine/exchange/keras/file.ts";
import type { TrainedModel } from "../../engine/exchange/model.ts";
import { onnxFile } from "../../engine/exchange/onnx/file.ts";
import { inOwnUnits } from "../../engine/exchange/onnx/verify.ts";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import { inProject } from "../../scripts/project.ts";
import { analyse } from "../../server/language/analysis.ts";
import { networkPlan } from "../../server/language/toPlan.ts";
import { everyActivation, everyLayer, flowers, startedModel } from "../exchange/models.ts";
import { runNn, startNn } from "../terminal/run.ts";

const python = process.env["BACKPROP_PYTHON"] ?? "python3";
const ROWS = 16;

const PACKAGES = ["h5py", "keras", "numpy", "onnx", "onnxruntime", "safetensors", "tensorboard", "tensorflow", "torch"] as const;
type Package = (typeof PACKAGES)[number];

/** The packages of this Python. They are searched for, not imported, since each import takes seconds. */
const found = spawnSync(python, ["-c", "import importlib.util, sys; print(*filter(importlib.util.find_spec, sys.argv[1:]))", ...PACKAGES], {
  encoding: "utf8",
});
const installed = new Set(found.stdout?.trim().split(" "));

/** A test that needs packages. Its name says which of them are missing. */
function needing(packages: readonly Package[], name: string, work: () => Promise<void>): void {
  const missing = packages.filter((one) => !installed.has(one));
  if (missing.length > 0) test.skip(`${name} (${python} has no ${missing.join(" and no ")})`, work);
  else test(name, work);
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backprop-python-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program in the folder. Returns the last line that it prints, as JSON. */
function ran(program: string, input: unknown = null): unknown {
  const { status, stdout, stderr } = spawnSync(python, ["-c", program], {
    cwd: folder,
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

const rowsOf = ({ inputs }: Predicted): object[] => inputs.map(({ shape, values }) => ({ shape: [ROWS, ...shape], values: [...values] }));

function largest(wanted: Predicted, found: readonly (readonly number[])[]): number {
  return Math.max(
    ...wanted.outputs.flatMap(({ values }, k) => [...values].map((value, i) => Math.abs(value - (found[k]?.[i] ?? Number.NaN)))),
  );
}

const MODELS: readonly (readonly [string, () => string])[] = [
  ["every kind of layer", everyLayer],
  ["every activation", everyActivation],
];

const predictions = async (text: string): Promise<{ model: TrainedModel; predicted: Predicted }> => {
  const model = await startedModel(text);
  return { model, predicted: predictedBy(model, inventedRows(model.fit, ROWS)) };
};

for (const [name, text] of MODELS) {
  needing(["keras", "numpy"], `Keras loads ${name} in safe mode and predicts the same to 2e-6`, async () => {
    const { model, predicted } = await predictions(text());
    writeFileSync(join(folder, "model.keras"), kerasFile(model, { compile: true }).bytes);
    const found = ran(
      `import json, sys, numpy as np, keras
given = json.load(sys.stdin)
model = keras.models.load_model("model.keras", safe_mode=True)
rows = [np.array(one["values"], "float32").reshape(one["shape"]) for one in given]
found = model.predict(rows if len(rows) > 1 else rows[0], verbose=0)
model.save("again.keras"); model.save("again.h5")
print(); print(json.dumps([one.ravel().astype(float).tolist() for one in (found if isinstance(found, list) else [found])]))`,
      rowsOf(predicted),
    );
    expect(largest(predicted, found as number[][])).toBeLessThan(2e-6);
    // What Keras saves of it comes back as the same network with the same weights. Keras orders the layers by depth.
    const imported = (file: string) => {
      const from = importedFrom(new Uint8Array(readFileSync(join(folder, file))));
      const { text: lines, weights } = importedFile(from, { weightsFile: "w", source: "s" });
      return { lines: lines.split("\n").toSorted(), weights: weights.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
    };
    for (const file of ["again.keras", "again.h5"]) expect(imported(file), file).toEqual(imported("model.keras"));
  });

  needing(["onnx", "onnxruntime"], `onnx.checker accepts ${name} in full, and ONNX Runtime predicts the same to 2e-6`, async () => {
    const { model, predicted } = await predictions(text());
    for (const ownUnits of [false, true]) {
      writeFileSync(join(folder, "model.onnx"), onnxFile(model, { ownUnits, version: "0" }).bytes);
      const own = ownUnits ? inOwnUnits(model, predicted) : predicted;
      const found = ran(
        `import json, sys, numpy as np, onnx, onnxruntime
onnx.checker.check_model(onnx.load("model.onnx"), full_check=True)
given = json.load(sys.stdin)
session = onnxruntime.InferenceSession("model.onnx")
rows = {put.name: np.array(one["values"], "float32").reshape(one["shape"]) for put, one in zip(session.get_inputs(), given["rows"])}
print(json.dumps([one.ravel().astype(float).tolist() for one in session.run(given["outputs"], rows)]))`,
        { rows: rowsOf(own), outputs: own.outputs.map(({ layer }) => layer) },
      );
      expect(largest(own, found as number[][])).toBeLessThan(2e-6);
    }
  });
}

needing(["onnxruntime"], "ONNX Runtime names the classes, whatever their names are", async () => {
  const model = await startedModel(flowers());
  const own = inOwnUnits(model, predictedBy(model, inventedRows(model.fit, ROWS)));
  writeFileSync(join(folder, "flowers.onnx"), onnxFile(model, { ownUnits: true, version: "0" }).bytes);
  const labels = ran(
    `import json, sys, numpy as np, onnxruntime
given = json.load(sys.stdin)
session = onnxruntime.InferenceSession("flowers.onnx")
rows = {put.name: np.array(one["values"], "float32").reshape(one["shape"]) for put, one in zip(session.get_inputs(), given)}
print(json.dumps(session.run(["main_label"], rows)[0].tolist()))`,
    rowsOf(own),
  ) as string[];
  expect(model.fit.targets[0]?.classes).toEqual(expect.arrayContaining([...new Set(labels)]));
});

needing(["tensorboard"], "TensorBoard reads the logs of a training while it runs and after it", async () => {
  cpSync(inProject("samples/xor.nn"), join(folder, "xor.nn"));
  expect((await runNn(folder, ["train", "xor.nn", "--epochs", "20", "--out", "run", "--tensorboard", "live"])).code).toBe(0);
  const past = await runNn(folder, ["export", "run", "--to", "tensorboard", "--out", "past", "--python", python]);
  expect(past).toMatchObject({ code: 0, out: expect.stringMatching(/TensorBoard 2\.\S+ differs by (0|\d\.\de-(8|9|\d\d))/) });
  for (const logs of ["live/Xor/train", "past/train"]) {
    const found = ran(`import json
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(${JSON.stringify(logs)}, size_guidance={"tensors": 0}); events.Reload()
loss = events.Tensors("epoch_loss")
print(json.dumps({"tags": events.Tags()["tensors"], "steps": [one.step for one in loss], "last": loss[-1].tensor_proto.float_val[0]}))`) as {
      tags: string[];
      steps: number[];
      last: number;
    };
    expect(found.tags).toEqual(expect.arrayContaining(["epoch_loss", "epoch_accuracy", "gradient_norm/hidden", "keras", "nn"]));
    expect(found.steps).toEqual(Array.from({ length: 20 }, (_, k) => k + 1));
    const history = readFileSync(join(folder, "run/history.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(found.last).toBeCloseTo(history.findLast(({ event }) => event === "epoch").loss, 6);
  }
});

/** Rows with words, gaps, weights and groups. */
const ROWS_CSV = ["x,y,kind,yes,importance,person"]
  .concat(
    Array.from({ length: 70 }, (_, i) => {
      const [x, y] = [((i * 37) % 50) / 10 - 2.5, ((i * 23) % 40) / 10 - 2];
      const kind = x + y > 1 ? "high" : x - y > 0 ? "middle" : "low";
      return [i === 13 ? "" : x, y, kind, Number(x > 0), i === 29 ? "" : 1 + (i % 3), `p${i % 9}`].join(",");
    }),
  )
  .join("\n");

/** Networks whose scripts have what Keras lacks: each with a file `text` and what its notes must contain. */
const SCRIPTS: Readonly<Record<string, string>> = {
  "groups, rows with weights, one cycle, F1 and area under the curve": `model Net {
  input x, y
  dense 6 tanh
  main: dense 3 softmax
}
data Rows {
  source csv("rows.csv")
  features x, y
  target kind
  scale standard
  missing drop
  sample_weight importance
  split validation=0.2 test=0.1 by="person"
}
train Net on Rows {
  loss sparse_categorical_crossentropy
  optimizer adam(learning_rate=one_cycle(maximum=0.05, steps=20))
  metrics accuracy, f1, precision, recall, auc
  batch 8
  epochs 4
}`,
  "balanced classes, a warm-up, and one unit for two classes": `model Net {
  input x, y
  dense 6 relu
  main: dense 1 sigmoid
}
data Rows {
  source csv("rows.csv")
  features x, y
  target yes
  missing mean
  class_weight balanced
  split validation=0.2
}
train Net on Rows {
  loss binary_crossentropy
  optimizer sgd(learning_rate=exponential_decay(initial=0.3, steps=10, rate=0.5, warmup_steps=6))
  metrics accuracy, f1, auc
  batch 16
  epochs 4
}`,
  "whole numbers as momentum and learning rates": `model Net {
  input x, y
  dense 5 tanh
  main: dense 1
}
data Rows {
  source csv("rows.csv")
  features x, y
  target yes
  missing mean
  split validation=0.2
}
train Net on Rows {
  loss mse
  optimizer sgd(learning_rate=polynomial_decay(initial=1, steps=8, end=0, power=4), momentum=1)
  clip norm=1
  batch 32
  epochs 4
}`,
  "named classes with weights, and polynomial decay after a warm-up": `model Net {
  input x, y
  dense 5 tanh
  main: dense 3 softmax
}
data Rows {
  source csv("rows.csv")
  features x, y
  target kind
  missing mean
  class_weight high=3 low=0.5
  split validation=0.2
}
train Net on Rows {
  loss sparse_categorical_crossentropy
  optimizer sgd(learning_rate=polynomial_decay(initial=0.3, steps=20, warmup_steps=4), momentum=0.5)
  metrics accuracy
  batch 16
  epochs 4
}`,
};

/** Two outputs, and a weight for each row. */
const SEVERAL_OUTPUTS = `model Net {
  input x, y
  hidden: dense 6 tanh
  main: dense 3 softmax
  other: dense 1 sigmoid from hidden
  output main, other
}
data Rows {
  source csv("rows.csv")
  features x, y
  target main=kind other=yes
  missing drop
  sample_weight importance
  split validation=0.2 test=0.1
}
train Net on Rows {
  loss main=sparse_categorical_crossentropy other=binary_crossentropy
  optimizer adam(0.01)
  batch 8
  epochs 2
}`;

/** Exports a file's script and runs it. Returns the largest difference of each number of its epochs from those of `nn train`. */
async function scriptDifferences(own: string, name: string): Promise<Readonly<Record<string, number>>> {
  expect(await runNn(own, ["export", `${name}.nn`, "--to", "keras-script"])).toMatchObject({ code: 0, err: "" });
  const trained = await runNn(own, ["train", `${name}.nn`, "--json"]);
  const wanted = trained.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === "epoch");
  const history = ran(`import json, os
os.chdir(${JSON.stringify(own)})
exec(open("${name}.py").read())
print(); print(json.dumps({name: [float(one) for one in values] for name, values in history.history.items()}))`) as Readonly<
    Record<string, readonly number[]>
  >;
  const differences: Record<string, number> = {};
  for (const [k, { loss, val_loss, metrics }] of wanted.entries())
    for (const [metric, value] of Object.entries<number | null>({ loss, val_loss, ...metrics }))
      if (value !== null)
        differences[metric] = Math.max(differences[metric] ?? 0, Math.abs((history[metric]?.[k] ?? Number.POSITIVE_INFINITY) - value));
  return differences;
}

function scriptFolder(files: Readonly<Record<string, string>>): string {
  const own = mkdtempSync(join(folder, "script-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(own, name), text);
  return own;
}

needing(["keras", "numpy"], "Keras compiles every optimizer and schedule that it has, also with whole numbers", async () => {
  const rates = [
    ...["exponential_decay(initial=2, steps=10, rate=0.5)", "step_decay(initial=2, steps=10, rate=0.5)"],
    ...["polynomial_decay(initial=2, steps=10, power=1)", "cosine_decay(initial=2, steps=10)", "reduce_on_plateau(rate=2, monitor=loss)"],
  ];
  const written = [
    ...Object.keys(optimizers).flatMap((name) => (name === "perceptron" ? [] : [`${name}(learning_rate=1)`])),
    ...["sgd", "rmsprop"].flatMap((name) => [0, 1].map((momentum) => `${name}(learning_rate=1, momentum=${momentum})`)),
    ...rates.map((rate) => `adam(learning_rate=${rate})`),
  ];
  const files = await Promise.all(
    written.map(async (optimizer, k) => {
      const model = await startedModel(`model Net {
  input 2
  dense 1
}
data Rows {
  0 0 -> 0
  1 1 -> 1
}
train Net on Rows {
  loss mse
  optimizer ${optimizer}
}`);
      writeFileSync(join(folder, `optimizer-${k}.keras`), kerasFile(model, { compile: true }).bytes);
      return `optimizer-${k}.keras`;
    }),
  );
  const wanted = written.map((optimizer) => Number(/(?:initial|rate)=([\d.]+)/.exec(optimizer)?.[1]));
  const found = ran(
    `import json, sys, numpy as np, keras
def rate_after_a_step(name):
    model = keras.models.load_model(name)
    model.fit(np.zeros((2, 2)), np.zeros((2, 1)), verbose=0)
    return [float(model.optimizer.learning_rate), float(np.ravel(model.predict(np.ones((1, 2)), verbose=0))[0])]
print(); print(json.dumps([rate_after_a_step(name) for name in json.load(sys.stdin)]))`,
    files,
  ) as [number, number][];
  for (const [k, [rate, predicted]] of found.entries()) {
    expect(rate, written[k]).toBeGreaterThan(0.7 * (wanted[k] ?? 0));
    expect(rate, written[k]).toBeLessThanOrEqual(wanted[k] ?? 0);
    expect(Number.isFinite(predicted), written[k]).toBe(true);
  }
});

for (const [name, text] of Object.entries(SCRIPTS))
  needing(["keras", "numpy"], `a Keras script with ${name} trains with the losses and metrics of nn train`, async () => {
    for (const [metric, difference] of Object.entries(
      await scriptDifferences(scriptFolder({ "net.nn": text, "rows.csv": ROWS_CSV }), "net"),
    ))
      expect(difference, metric).toBeLessThan(metric.endsWith("auc") ? 5e-3 : 1e-4);
  });

needing(["keras", "numpy"], "a Keras script trains with the losses of nn train, also from start weights", async () => {
  const own = scriptFolder({
    "iris.nn": readFileSync(inProject("samples/iris.nn"), "utf8").replace(/epochs +60/, "epochs 3"),
    "iris.csv": readFileSync(inProject("samples/iris.csv"), "utf8"),
  });
  for (const [metric, difference] of Object.entries(await scriptDifferences(own, "iris"))) expect(difference, metric).toBeLessThan(1e-4);
  const tried = await runNn(own, ["export", "iris.nn", "--to", "keras-script", "--out", "tried.py", "--python", python]);
  expect(tried.out).toMatch(/Keras 3\.\S+ differs by \S+ in the losses of the first epoch\./);
  expect((await runNn(own, ["train", "iris.nn", "--out", "run"])).code).toBe(0);
  const again = readFileSync(join(own, "iris.nn"), "utf8").replace(/epochs 3/, 'epochs 3\n  start weights("run/weights.safetensors")');
  writeFileSync(join(own, "again.nn"), again);
  for (const [metric, difference] of Object.entries(await scriptDifferences(own, "again"))) expect(difference, metric).toBeLessThan(1e-4);
});

for (const backend of ["tensorflow", "torch"] as const)
  needing(
    ["keras", "numpy", backend],
    `scripts with several inputs and outputs, and with weights, train in Keras with ${backend}`,
    async () => {
      const own = scriptFolder({ "rows.csv": ROWS_CSV, "weighted.nn": SEVERAL_OUTPUTS });
      for (const name of ["bike-rides.nn", "bike-rides.csv", "wide-and-deep.nn", "diabetes.csv"])
        cpSync(inProject("samples", name), join(own, name));
      for (const name of ["bike-rides", "wide-and-deep", "weighted"]) {
        const tried = await startNn(own, ["export", `${name}.nn`, "--to", "keras-script", "--python", python], undefined, {
          KERAS_BACKEND: backend,
        });
        expect(tried, name).toMatchObject({
          code: 0,
          out: expect.stringMatching(/Keras 3\.\S+ differs by \S+ in the losses of the first epoch\./),
        });
      }
    },
  );

needing(["keras", "h5py"], "what Keras saves, as .keras and .h5, comes back to the same predictions", async () => {
  const wanted = ran(`import json, numpy as np, keras
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="relu", name="class"), keras.layers.BatchNormalization(), keras.layers.LeakyReLU(), keras.layers.Dense(2, activation="softmax")])
model.save("k.keras"); model.save("k.h5")
print(); print(json.dumps(model.predict(np.arange(12, dtype="float32").reshape(4, 3) / 7, verbose=0).tolist()))`) as number[][];
  for (const name of ["k.keras", "k.h5"]) {
    const { text, weights } = importedFile(importedFrom(new Uint8Array(readFileSync(join(folder, name)))), {
      weightsFile: "w",
      source: name,
    });
    const [found] = analyse(text).models;
    const plan = found && networkPlan(found);
    if (!plan) throw new Error(text);
    const values = Float64Array.from({ length: 12 }, (_, k) => Math.fround(k / 7));
    const [rows] = predictedFrom(plan, weights, [{ layer: "input", shape: [3], values }], 4);
    for (const [k, value] of wanted.flat().entries()) expect(Math.abs((rows?.values[k] ?? Number.NaN) - value)).toBeLessThan(2e-6);
  }
});

needing(
  ["torch", "safetensors"],
  "PyTorch's state dicts have the same weights as .pt and as safetensors; a pickle with code is refused",
  async () => {
    const wanted = ran(`import json, torch
from safetensors.torch import save_file
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.BatchNorm1d(8, affine=False), torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 3))
model(torch.randn(32, 4)); model.eval()
torch.save(model.state_dict(), "m.pt"); save_file(model.state_dict(), "m.safetensors")
class Evil:
    def __reduce__(self):
        import os
        return (os.system, ("touch hacked",))
torch.save({"a": Evil()}, "evil.pt")
print(json.dumps(model(torch.arange(12, dtype=torch.float32).reshape(3, 4) / 7).tolist()))`) as number[][];
    for (const name of ["m.pt", "m.safetensors"]) {
      const own = name.replace(".", "-");
      expect((await runNn(folder, ["import", name, "--out", `${own}.nn`])).err).toBe("");
      const text = readFileSync(join(folder, `${own}.nn`), "utf8");
      const weights = [...parseSafetensors(new Uint8Array(readFileSync(join(folder, `${own}.safetensors`)))).tensors.values()];
      // A state dict lacks the activations.
      const [network] = analyse(text.replace("dense 8 from input", "dense 8 relu from input")).models;
      const plan = network && networkPlan(network);
      if (!plan) throw new Error(text);
      const values = Float64Array.from({ length: 12 }, (_, k) => Math.fround(k / 7));
      const [rows] = predictedFrom(plan, weights, [{ layer: "input", shape: [4], values }], 3);
      for (const [k, value] of wanted.flat().entries()) expect(Math.abs((rows?.values[k] ?? Number.NaN) - value)).toBeLessThan(2e-6);
    }
    expect(readFileSync(join(folder, "m-pt.nn"), "utf8")).toContain("dense 8 from input");
    const { err, code } = await runNn(folder, ["import", "evil.pt"]);
    expect(code).toBe(1);
    expect(err).toContain("posix.system");
    expect(readdirSync(folder)).not.toContain("hacked");
  },
);
