/**
 * Imports: Backprop's own files restore the same plan and weights, other programs' files become text, hostile files are refused quickly. The
 * file is long because all formats are compared with the same exported models.
 */
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { differenceOf, inventedRows, predictedBy, predictedFrom } from "../../engine/exchange/compare.ts";
import { openHdf5 } from "../../engine/exchange/hdf5/read.ts";
import { hdf5From } from "../../engine/exchange/hdf5/write.ts";
import { importedFrom } from "../../engine/exchange/import/file.ts";
import { importedFile } from "../../engine/exchange/import/imported.ts";
import { kerasArchive, kerasLegacy, kerasWeights } from "../../engine/exchange/import/keras.ts";
import { listed } from "../../engine/exchange/import/listing.ts";
import { ownWeights } from "../../engine/exchange/import/onnx.ts";
import { unpickled } from "../../engine/exchange/import/pickle.ts";
import { stateDict, torchTensors } from "../../engine/exchange/import/torch.ts";
import { kerasFile } from "../../engine/exchange/keras/file.ts";
import { onnxFile } from "../../engine/exchange/onnx/file.ts";
import { type OnnxGraph, onnxFrom } from "../../engine/exchange/onnx/write.ts";
import { ExchangeProblem } from "../../engine/exchange/problem.ts";
import { unzipped } from "../../engine/exchange/zip.ts";
import { analyse } from "../../server/language/analysis.ts";
import { networkPlan } from "../../server/language/toPlan.ts";
import { seed } from "../fixtures.ts";
import { everyLayer, startedModel } from "./models.ts";
import { mutations } from "./mutations.ts";

const texts = new TextEncoder();
const importText = (bytes: Uint8Array): string => importedFile(importedFrom(bytes), { weightsFile: "w.safetensors", source: "file" }).text;

describe("a file that Backprop wrote", () => {
  test("has the text, and a Keras file the same weights", async () => {
    const model = await startedModel(everyLayer());
    const imported = kerasArchive(kerasFile(model, { compile: true }).bytes);
    expect(imported.saved?.["nn"]).toBe(everyLayer());
    expect(JSON.parse(imported.saved?.["plan"] ?? "")).toEqual(model.plan);
    for (const { name, values } of kerasWeights(imported, model.plan.network))
      expect([...values], name).toEqual([...(model.weights.get(name)?.values ?? [])]);
  });

  test("as ONNX has the weights, those of a batch normalization as a factor and a shift", async () => {
    const model = await startedModel(everyLayer());
    const weights = new Map(
      ownWeights(onnxFile(model, { ownUnits: false, version: "0" }).bytes, model.plan.network).map((one) => [one.name, one.values]),
    );
    expect(weights.get("class/kernel")).toEqual(model.weights.get("class/kernel")?.values);
    expect([...(weights.get("bn/moving_mean") ?? [])].every((value) => value === 0)).toBe(true);
  });
});

/** Returns the ONNX file that another program could write of a graph. */
const fileOf = (graph: OnnxGraph): Uint8Array => onnxFrom({ producer: "other", version: "1", metadata: {}, graph });

describe("other programs' files", () => {
  test("an ONNX graph of products, biases and activations is a .nn text without a syntax error", () => {
    const node = (type: string, inputs: string[], output: string, attributes = {}) => ({
      name: "",
      type,
      inputs,
      outputs: [output],
      attributes,
    });
    const bytes = fileOf({
      name: "net",
      nodes: [
        node("MatMul", ["x", "w"], "p"),
        node("Add", ["p", "b"], "z"),
        node("Relu", ["z"], "a"),
        node("Gemm", ["a", "v"], "y", { transB: { int: 1 } }),
        node("Trilu", ["y"], "t"),
      ],
      initializers: [
        { name: "w", dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
        { name: "b", dims: [3], data: Float32Array.of(7, 8, 9) },
        { name: "v", dims: [1, 3], data: Float32Array.of(1, 0, 2) },
      ],
      inputs: [{ name: "x", element: 1, axes: [2] }],
      outputs: [{ name: "t", element: 1, axes: [1] }],
    });
    const { text, weights } = importedFile(importedFrom(bytes), { weightsFile: "w.safetensors", source: "net.onnx" });
    expect(text).toContain("matmul: dense 3 from x");
    expect(text).toContain("# trilu: the operator Trilu has no counterpart here.");
    expect(weights.map(({ name, shape }) => `${name} ${shape.join("x")}`)).toEqual([
      "matmul/kernel 2x3",
      "matmul/bias 3",
      "gemm/kernel 3x1",
    ]);
    expect(analyse(text).issues.filter(({ severity, code }) => severity === "error" && code !== "NN406")).toEqual([]);
  });

  test("a state dict is linear layers with transposed kernels, in the natural order of their names", () => {
    const tensor = (shape: number[]) => ({
      shape,
      numbers: () => Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => k),
    });
    const dict = stateDict(
      new Map([
        ["fc10.weight", tensor([1, 2])],
        ["fc2.weight", tensor([2, 3])],
        ["fc2.bias", tensor([2])],
        ["conv.weight", tensor([1, 1, 3, 3])],
      ]),
    );
    const { text, weights } = importedFile(dict, { weightsFile: "w", source: "s" });
    expect(text).toMatch(
      /input 3\n.*# conv: a layer with weight 1x1x3x3[^\n]*\n {2}fc2: dense 2 from input\n {2}fc10: dense 1 bias=false from fc2/s,
    );
    expect([...(weights[0]?.values ?? [])]).toEqual([0, 3, 1, 4, 2, 5]);
    expect(networkPlan(analyse(text).models[0] as never)).toBeDefined();
  });

  test("a batch normalization with affine=False in a state dict has gamma 1 and beta 0", () => {
    const tensor = (...values: number[]) => ({ shape: [values.length], numbers: () => Float32Array.from(values) });
    const dict = stateDict(
      new Map([
        ["0.running_mean", tensor(5, 6)],
        ["0.running_var", tensor(7, 8)],
        ["0.num_batches_tracked", { shape: [], numbers: () => Float32Array.of(3) }],
        ["1.weight", { shape: [1, 2], numbers: () => Float32Array.of(1, 2) }],
      ]),
    );
    const { text, weights } = importedFile(dict, { weightsFile: "w", source: "s" });
    expect(text).toContain("input: input 2\n  layer_0: batch_norm momentum=0.9 epsilon=0.00001 from input\n  layer_1: dense 1");
    expect(text).toContain("have gamma 1 and beta 0");
    expect(Object.fromEntries(weights.map(({ name, values }) => [name, [...values]]))).toEqual({
      "layer_0/gamma": [1, 1],
      "layer_0/beta": [0, 0],
      "layer_0/moving_mean": [5, 6],
      "layer_0/moving_variance": [7, 8],
      "layer_1/kernel": [1, 2],
    });
    expect(networkPlan(analyse(text).models[0] as never)).toBeDefined();
  });

  test("an ONNX graph without Backprop's metadata predicts the same after the import", async () => {
    const model = await startedModel(`model Net {
  wide: input a, b
  deep: input c, d, e, f
  hidden: dense 6 relu from deep
  ln: layer_norm epsilon=0.01
  gate: dense 6 hard_sigmoid
  square: reshape 2x3
  soft: softmax
  flat: flatten
  sum: add from flat, gate, hidden
  gap: subtract from sum, ln
  high: maximum from gap, sum
  mean: average from high, gate
  both: concat from wide, mean
  swish: dense 4 swish bias=false
  main: dense 3 softmax
  price: dense 1 from both
  output main, price
}
${everyLayer().slice(everyLayer().indexOf("\n\ndata")).replace("train Every", "train Net")}`);
    const rows = inventedRows(model.fit, 16);
    const predicted = predictedBy(model, rows);
    const { bytes } = onnxFile(model, { ownUnits: false, version: "0" });
    const { text, weights } = importedFile(importedFrom(bytes), { weightsFile: "w", source: "s" });
    const [network] = analyse(text).models;
    const plan = network && networkPlan(network);
    if (!plan) throw new Error(text);
    expect(text).not.toContain("no counterpart");
    expect(differenceOf(predicted.outputs, predictedFrom(plan, weights, predicted.inputs, rows.count)).largest).toBeLessThan(1e-6);
  });

  test("an ONNX operator whose constant, axis or reader the language can't express is a comment, not another layer", () => {
    const node = (name: string, inputs: string[], attributes = {}) => ({
      name: `/net/${name}/${name.split("_")[0]}`,
      type: name.split("_")[0] ?? "",
      inputs,
      outputs: [name],
      attributes,
    });
    const bytes = fileOf({
      name: "net",
      nodes: [
        node("MatMul", ["x", "w"]),
        // The product without its bias is read, too.
        node("Add", ["MatMul", "b"]),
        node("Max", ["MatMul", "Add", "b"]),
        node("Gelu", ["Max"]),
        node("Reshape", ["Gelu", "shape"]),
        node("Concat", ["Reshape", "Reshape"], { axis: { int: 1 } }),
        node("Softmax", ["Concat"], { axis: { int: 1 } }),
        node("Softmax_2", ["Softmax"], { axis: { int: -1 } }),
      ],
      initializers: [
        { name: "w", dims: [2, 4], data: new Float32Array(8) },
        { name: "b", dims: [4], data: Float32Array.of(7, 8, 9, 10) },
        { name: "shape", dims: [3], data: BigInt64Array.of(0n, 2n, -1n) },
      ],
      inputs: [{ name: "x", element: 1, axes: [2] }],
      outputs: [{ name: "Softmax_2", element: 1, axes: [2, 2] }],
    });
    const lines = importText(bytes).split("\n");
    expect(lines.filter((line) => line.includes(" has no counterpart here")).map((line) => line.match(/operator (\w+)/)?.[1])).toEqual([
      "Add",
      "Max",
      "Concat",
      "Softmax",
    ]);
    expect(lines.filter((line) => /^ {2}\w+: /.test(line))).toEqual([
      "  x: input 2",
      "  MatMul: dense 4 bias=false from x",
      "  Gelu: gelu from MatMul",
      "  Reshape: reshape 2x2 from Gelu",
      "  Softmax_2: softmax from Reshape",
    ]);
  });

  test("layers that are called input, or the same without their dots, have names of their own", () => {
    const tensor = (shape: number[]) => ({ shape, numbers: () => new Float32Array(shape.reduce((a, b) => a * b, 1)) });
    const dict = stateDict(
      new Map(["a.b", "a_b", "input"].map((name): [string, ReturnType<typeof tensor>] => [`${name}.weight`, tensor([2, 2])])),
    );
    const dense = { class_name: "Dense", name: "input", config: { units: 2, use_bias: false, batch_input_shape: [null, 2] } };
    const model = { class_name: "Sequential", config: { name: "m", layers: [dense] } };
    const weights = { kind: "group", members: { input: weightsOf(2, 2) } } as const;
    const keras = hdf5From({ kind: "group", members: { model_weights: weights }, attributes: { model_config: JSON.stringify(model) } });
    for (const imported of [dict, importedFrom(keras)]) {
      const file = importedFile(imported, { weightsFile: "w", source: "s" });
      const labels = file.text.split("\n").flatMap((line) => line.match(/^ {2}(\w+): /)?.[1] ?? []);
      expect(new Set(labels).size).toBe(labels.length);
      expect(new Set(file.weights.map(({ name }) => name)).size).toBe(file.weights.length);
      expect(networkPlan(analyse(file.text).models[0] as never)).toBeDefined();
    }
  });

  test("names and settings of a hostile configuration stay names and numbers", () => {
    const layer = (config: object, inbound: unknown[] = []) => ({
      class_name: "Dense",
      name: 'x: dense 1\n}\n"',
      config,
      inbound_nodes: inbound,
    });
    const model = {
      class_name: "Sequential",
      config: {
        name: "a b",
        layers: [{ class_name: "InputLayer", name: "i", config: { batch_shape: [null, 2] } }, layer({ units: "3\n}", activation: "relu" })],
      },
    };
    const file = hdf5From({ kind: "group", members: {}, attributes: { model_config: JSON.stringify(model) } });
    const text = importText(file);
    expect(text).toContain("Dense without its settings");
    expect(text.split("\n").filter((line) => line === "}")).toHaveLength(3);
  });
});

/** The group of a Keras layer's kernel in an .h5 file. */
const weightsOf = (...shape: number[]) =>
  ({
    kind: "group",
    members: { kernel: { kind: "dataset", shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)) } },
    attributes: { weight_names: "kernel" },
  }) as const;

/** Returns a .pt file with one tensor. */
function tensorFile(type: string, size: number, stride: number): Uint8Array {
  const text = (value: string) => [0x58, value.length, 0, 0, 0, ...texts.encode(value)];
  const int = (value: number) => [0x4a, value & 255, (value >> 8) & 255, (value >> 16) & 255, value >> 24];
  const pickle = Uint8Array.from([
    ...[0x80, 2, ...texts.encode("}"), ...text("w"), ...texts.encode("ctorch._utils\n_rebuild_tensor_v2\n((")],
    ...[...text("storage"), ...texts.encode(`ctorch\n${type}\n`), ...text("0"), ...text("cpu"), ...int(1), ...texts.encode("tQ")],
    ...[...int(0), ...int(size), 0x85, ...int(stride), 0x85, ...texts.encode("tRs.")],
  ]);
  return zipSync({ "m/data.pkl": pickle, "m/data/0": new Uint8Array(4) });
}

/** Returns the error. Asserts that it is one of our errors and is thrown at once. */
function refused(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(ExchangeProblem);
    return error instanceof Error ? error.message : "";
  }
  throw new Error("It was not refused.");
}

describe("hostile files are refused", () => {
  test("a zip bomb, by its stated size and by one that no compression reaches", () => {
    const zip = zipSync({ "config.json": new Uint8Array(100_000) }, { level: 9 });
    const stated = (size: number): Uint8Array => {
      const bytes = zip.slice();
      const view = new DataView(bytes.buffer);
      const central = bytes.length - 22 - (view.getUint32(bytes.length - 10, true) || 0);
      for (let at = 0; at + 4 < bytes.length; at++) if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, size, true);
      expect(central).toBeGreaterThanOrEqual(0);
      return bytes;
    };
    expect(refused(() => unzipped(stated(2 ** 31), () => true))).toContain("MB when inflated");
    expect(refused(() => unzipped(stated(5_000_000), () => true))).toContain("no compression reaches");
    // A size that is too small does not grow the memory.
    expect([...unzipped(zip, () => true).values()][0]?.length).toBe(100_000);
  });

  test("an entry whose bytes do not match its checksum, stored or compressed", () => {
    const content = Uint8Array.from({ length: 4096 }, (_, k) => (k * k) % 251);
    for (const level of [0, 9] as const) {
      const zip = zipSync({ before: texts.encode("ok"), "weights.h5": content }, { level });
      expect(unzipped(zip, () => true).get("weights.h5")).toEqual(content);
      const view = new DataView(zip.buffer);
      const entry = view.getUint32(zip.length - 6, true) + 46 + "before".length;
      const checksum = view.getUint32(entry + 16, true);
      view.setUint32(entry + 16, checksum ^ 1, true);
      expect(refused(() => unzipped(zip, () => true))).toMatch(/^its entry weights\.h5 is damaged: its checksum/);
      // Entries that are not read are not checked, and PyTorch can write 0 as each checksum.
      expect(unzipped(zip, (name) => name === "before").size).toBe(1);
      view.setUint32(entry + 16, 0, true);
      expect(unzipped(zip, () => true).get("weights.h5")).toEqual(content);
      if (level !== 0) continue;
      view.setUint32(entry + 16, checksum, true);
      zip[200] = (zip[200] ?? 0) ^ 1;
      expect(refused(() => unzipped(zip, () => true))).toContain("damaged");
    }
  });

  test("a zip file whose entries share one large stored entry of a stated size of 0", () => {
    const zip = zipSync({ a: new Uint8Array(2 ** 22) }, { level: 0 });
    const view = new DataView(zip.buffer);
    const [at, end] = [view.getUint32(zip.length - 6, true), zip.length - 22];
    view.setUint32(at + 24, 0, true);
    const count = 300;
    const bytes = new Uint8Array(at + count * (end - at) + 22);
    bytes.set(zip.subarray(0, at));
    for (let k = 0; k < count; k++) bytes.set(zip.subarray(at, end), at + k * (end - at));
    bytes.set(zip.subarray(end), bytes.length - 22);
    for (const field of [14, 12]) new DataView(bytes.buffer).setUint16(bytes.length - field, count, true);
    expect(refused(() => unzipped(bytes, () => true))).toContain("MB when inflated");
  });

  test("a pickle whose class is called by nested lists", () => {
    const nested = new Uint8Array(200_000).fill(0x85);
    expect(refused(() => unpickled(Uint8Array.from([0x80, 2, 0x29, ...nested, 0x4e, 0x93, 0x2e])))).toContain("damaged");
  });

  test("a tensor that repeats one number; one of an unknown type is listed without statistics", () => {
    expect(
      refused(() =>
        torchTensors(tensorFile("FloatStorage", 2 ** 30 - 1, 0))
          .get("w")
          ?.numbers(),
      ),
    ).toMatch(/too large/);
    expect(
      refused(() =>
        torchTensors(tensorFile("FloatStorage", 2 ** 20, 0))
          .get("w")
          ?.numbers(),
      ),
    ).toContain("more numbers than the file");
    expect([
      ...(torchTensors(tensorFile("FloatStorage", 1, 1))
        .get("w")
        ?.numbers() ?? []),
    ]).toEqual([0]);
    expect(listed(tensorFile("ComplexFloatStorage", 1, 1), true).tensors).toEqual([{ name: "w", shape: [1], statistics: null }]);
  });

  test("layers with the name of another, of a layer that is missing, or of an impossible shape", () => {
    const model = (layers: object[], output = "i"): Uint8Array => {
      const config = { name: "m", layers, input_layers: [["i", 0, 0]], output_layers: [[output, 0, 0]] };
      return hdf5From({ kind: "group", members: {}, attributes: { model_config: JSON.stringify({ class_name: "Functional", config }) } });
    };
    const layer = (class_name: string, config: object, reads = "i") => ({
      class_name,
      name: "l",
      config,
      inbound_nodes: [[[reads, 0, 0]]],
    });
    const input = { class_name: "InputLayer", name: "i", config: { batch_shape: [null, 4] }, inbound_nodes: [] };
    expect(refused(() => importText(model([input, layer("Flatten", {}), layer("Flatten", {})])))).toContain("two layers");
    expect(refused(() => importText(model([input, layer("Flatten", {}, "x\n}")])))).toContain("it does not have");
    expect(refused(() => importText(model([input], "other")))).toContain("it does not have");
    for (const target of [[-1, 0], [3, -1], [2 ** 40]])
      expect(refused(() => importText(model([input, layer("Reshape", { target_shape: target })])))).toContain("invalid");
    expect(
      refused(() =>
        importText(model([input, layer("BatchNormalization", { scale: false }), { ...layer("Dense", { units: 1e300 }), name: "d" }])),
      ),
    ).toContain("it has no");
  });

  test("a pickle that asks for code, whatever it is called", () => {
    for (const name of ["posix\nsystem", "builtins\neval", "torch\nload", "collections\nCounter"])
      expect(refused(() => unpickled(texts.encode(`\u0080\u0002c${name}\n`.replace("\u0080", "\u0000"))))).toBeTruthy();
    const evil = Uint8Array.from([0x80, 2, ...texts.encode("cposix\nsystem\n"), ...texts.encode("(tR.")]);
    expect(refused(() => unpickled(evil))).toContain("posix.system");
    expect(refused(() => torchTensors(zipSync({ "m/data.pkl": evil })))).toContain("may run code");
  });

  test("HDF5 with groups in a circle, huge shapes and chunks that lead out of the file", () => {
    const file = hdf5From({
      kind: "group",
      members: { a: { kind: "group", members: { b: { kind: "dataset", shape: [2], values: Float32Array.of(1, 2) } } } },
    });
    // The root's link leads to the root itself.
    const view = new DataView(file.buffer);
    const root = view.getBigUint64(36, true);
    const circle = file.slice();
    for (let at = 0; at + 8 <= circle.length; at++) {
      const address = new DataView(circle.buffer).getBigUint64(at, true);
      if (at > Number(root) && address > 48n && address < BigInt(file.length)) new DataView(circle.buffer).setBigUint64(at, root, true);
    }
    expect(
      refused(() => {
        let group = openHdf5(circle);
        for (;;) group = group.member(group.names[0] ?? "") as typeof group;
      }),
    ).toMatch(/circle|deeply/);
    const huge = file.slice();
    for (let at = 0; at + 8 <= huge.length; at++)
      if (new DataView(huge.buffer).getBigUint64(at, true) === 2n) new DataView(huge.buffer).setBigUint64(at, 2n ** 50n, true);
    expect(refused(() => (openHdf5(huge).member("a") as { member: (name: string) => unknown }).member("b"))).toContain("too large");
  });

  test("layers that read each other in a circle, and an input without a shape", () => {
    const tensor = (name: string) => ({ class_name: "__keras_tensor__", config: { keras_history: [name, 0, 0] } });
    const layer = (name: string, reads: string) => ({
      class_name: "Dense",
      name,
      config: { units: 1 },
      inbound_nodes: [{ args: [tensor(reads)] }],
    });
    const of = (layers: object[]): Uint8Array =>
      hdf5From({
        kind: "group",
        members: {},
        attributes: { model_config: JSON.stringify({ class_name: "Functional", config: { layers, input_layers: [], output_layers: [] } }) },
      });
    expect(refused(() => kerasLegacy(of([layer("a", "b"), layer("b", "a")])))).toContain("circle");
    expect(refused(() => kerasLegacy(of([{ class_name: "InputLayer", name: "i", config: { batch_shape: [null, 1e12] } }])))).toContain(
      "too large",
    );
  });

  test(`every kind of file, cut off anywhere or with changed bytes, is read or refused, never more (seed ${seed})`, async () => {
    const model = await startedModel(everyLayer());
    const files = [kerasFile(model, { compile: false }), onnxFile(model, { ownUnits: false, version: "0" })].map(({ bytes }) => bytes);
    for (const bytes of [...files, tensorFile("FloatStorage", 1, 1)])
      for (const damaged of mutations(bytes, 60)) {
        for (const read of [importText, (one: Uint8Array) => listed(one, true)])
          try {
            read(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(ExchangeProblem);
          }
      }
  });
});
