/** The `.keras` file: byte-stable, read by other readers of zip and HDF5, and read back to the same predictions. test/python loads it with Keras. */
import * as hdf5 from "jsfive";
import JSZip from "jszip";
import { beforeAll, describe, expect, test } from "vitest";
import { differenceOf, inventedRows, predictedBy, predictedFrom } from "../../engine/exchange/compare.ts";
import { lookup3 } from "../../engine/exchange/hdf5/lookup3.ts";
import { importedFile } from "../../engine/exchange/import/imported.ts";
import { kerasArchive } from "../../engine/exchange/import/keras.ts";
import { kerasFile } from "../../engine/exchange/keras/file.ts";
import { kerasScript } from "../../engine/exchange/keras/script.ts";
import type { Exported, TrainedModel } from "../../engine/exchange/model.ts";
import { analyse } from "../../server/language/analysis.ts";
import { networkPlan } from "../../server/language/toPlan.ts";
import { golden } from "./golden.ts";
import { everyActivation, everyLayer, flowers, startedModel } from "./models.ts";

let model: TrainedModel;
let exported: Exported;
beforeAll(async () => {
  model = await startedModel(everyLayer());
  exported = kerasFile(model, { compile: true });
});

test("the file of a network with every kind of layer is the golden file, byte for byte", () => {
  expect(Buffer.from(exported.bytes).equals(golden("every.keras", exported.bytes))).toBe(true);
  expect(kerasFile(model, { compile: true }).bytes).toEqual(exported.bytes);
});

test("the checksum of HDF5's metadata is Jenkins' lookup3", () => {
  expect(lookup3(new TextEncoder().encode("Four score and seven years ago"))).toBe(0x17770551);
});

test("jsfive reads the weights, at the paths that Keras makes of the classes", async () => {
  const zip = await JSZip.loadAsync(exported.bytes);
  expect(Object.keys(zip.files).sort()).toEqual(["backprop.json", "config.json", "metadata.json", "model.weights.h5"]);
  const file = new hdf5.File((await zip.file("model.weights.h5")?.async("arraybuffer")) as ArrayBuffer, "weights");
  const groups = (file.get("layers") as hdf5.Group).keys;
  expect(groups).toContain("p_re_lu");
  const byName = new Map(groups.map((name) => [(file.get(`layers/${name}`) as hdf5.Group).attrs["name"], name]));
  const kernel = file.get(`layers/${byName.get("class")}/vars/0`) as hdf5.Dataset;
  expect(kernel.shape).toEqual([6, 6]);
  expect(Array.from(kernel.value as number[])).toEqual(Array.from(model.weights.get("class/kernel")?.values ?? []));
  expect((file.get(`layers/${byName.get("n")}/vars/2`) as hdf5.Dataset).shape).toEqual([]);
});

describe("what is read back predicts what the engine predicts", () => {
  test.each([
    ["every kind of layer", everyLayer],
    ["every activation", everyActivation],
  ])("%s", async (_name, text) => {
    const own = await startedModel(text());
    const predicted = predictedBy(own, inventedRows(own.fit, 16));
    const { text: read, weights } = importedFile(kerasArchive(kerasFile(own, { compile: false }).bytes), { weightsFile: "w", source: "s" });
    const [found] = analyse(read).models;
    const plan = found && networkPlan(found);
    if (!plan) throw new Error(`No network: ${read}`);
    expect(differenceOf(predicted.outputs, predictedFrom(plan, weights, predicted.inputs, 16)).largest).toBeLessThan(1e-12);
  });
});

test("a label in another script has another name, which is said; names that Python reserves stay", () => {
  expect(exported.renamed).toEqual([{ from: "слой", to: "layer_27" }]);
  const text = new TextDecoder().decode(exported.bytes);
  for (const name of ["class", "forward"]) expect(text).toContain(`"name":"${name}"`);
});

test("a model whose name TensorFlow does not allow is called model, which is said", async () => {
  const own = await startedModel(everyLayer().replaceAll("Every", "Сеть"));
  for (const { notes, bytes } of [kerasFile(own, { compile: false }), kerasScript(own)]) {
    expect(notes[0]).toBe("The model Сеть is called model there.");
    expect(new TextDecoder().decode(bytes)).toMatch(/"name":"model"|name="model"/);
  }
});

test("what Keras can't have is said before the file is used", async () => {
  expect(exported.notes.join(" ")).toContain("A neuron is two dense layers");
  const { notes } = kerasFile(await startedModel(PERCEPTRON), { compile: true });
  expect(notes.at(-1)).toBe(
    "Keras lacks the optimizer perceptron and the loss perceptron, so the model can predict there but not train further.",
  );
});

test("the note about scaled inputs names the file and the field with the offsets and factors, and lists those of a few columns", async () => {
  const own = await startedModel(flowers());
  const { bytes, notes } = kerasFile(own, { compile: false });
  const note = notes.find((one) => one.startsWith("The inputs are scaled numbers"));
  const [, field = "", file = ""] = /in the field (\w+) of (\w+\.json)/.exec(note ?? "") ?? [];
  const entries = JSON.parse((await (await JSZip.loadAsync(bytes)).file(file)?.async("string")) ?? "{}");
  const { features } = JSON.parse(entries[field] ?? "{}");
  // The lengths are 100, 103, … 133. Their mean is 116.5, and their variance (12² − 1) / 12 · 3².
  expect(features[0].scaler.offset).toBeCloseTo(116.5, 12);
  expect(features[0].scaler.factor).toBeCloseTo(3 * Math.sqrt(143 / 12), 12);
  for (const { name, scaler } of features.slice(0, 2)) expect(note).toContain(`${name}: offset ${scaler.offset}, factor ${scaler.factor}`);
  expect(note).not.toContain("color");
});

describe("numbers that Keras requires as floats are written with a decimal point", () => {
  test.each([
    ["sgd(learning_rate=1, momentum=1)", '"learning_rate":1.0,"momentum":1.0', "SGD(learning_rate=1.0, momentum=1.0,"],
    ["sgd(learning_rate=1, momentum=0)", '"learning_rate":1.0,"momentum":0.0', "SGD(learning_rate=1.0, momentum=0.0,"],
    ["adam(learning_rate=2)", '"learning_rate":2.0,"beta_1":0.9', "Adam(learning_rate=2.0, beta_1=0.9,"],
    [
      "sgd(learning_rate=polynomial_decay(initial=1, steps=20, end=0, power=2))",
      '"initial_learning_rate":1.0,"decay_steps":20,"end_learning_rate":0.0,"power":2.0',
      "initial_learning_rate=1.0, decay_steps=20, end_learning_rate=0.0, power=2.0",
    ],
  ])("%s", async (optimizer, json, call) => {
    const own = await startedModel(`model Net {
  input 2
  dense 1 tanh
}

data Rows {
  0 0 -> 0
  1 1 -> 1
}

train Net on Rows {
  loss mse
  optimizer ${optimizer}
}
`);
    expect(new TextDecoder().decode(kerasFile(own, { compile: true }).bytes)).toContain(json);
    expect(new TextDecoder().decode(kerasScript(own).bytes)).toContain(call);
    expect(kerasFile(own, { compile: false }).notes.join(" ")).toContain(call);
  });
});

const PERCEPTRON = `model P {
  input 2
  tlu 1
}

data Rows {
  0 0 -> 0
  1 1 -> 1
}

train P on Rows {
  optimizer perceptron(learning_rate=1)
}
`;
