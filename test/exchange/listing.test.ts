/** What the editor and `nn import --list` show of a model's file, without decoding its numbers, and the editor's page. */
import { expect, test } from "vitest";
import { modelFilePage } from "../../client/printed/modelFile.ts";
import { hdf5From } from "../../engine/exchange/hdf5/write.ts";
import { type Listing, listed, listedSafetensors, statisticsOf } from "../../engine/exchange/import/listing.ts";
import { kerasFile } from "../../engine/exchange/keras/file.ts";
import { onnxFile } from "../../engine/exchange/onnx/file.ts";
import { onnxFrom } from "../../engine/exchange/onnx/write.ts";
import { headerEnd, safetensorsFrom } from "../../engine/files/safetensors.ts";
import { everyLayer, startedModel } from "./models.ts";

const tensorOf = ({ tensors }: Listing, name: string) => tensors.find((one) => one.name === name);

test("a Keras file lists its layers as lines of the language, and its tensors by the names of the layers", async () => {
  const model = await startedModel(everyLayer());
  const { bytes } = kerasFile(model, { compile: false });
  const list = listed(bytes, false);
  expect(list.layers.find(({ name }) => name === "class")).toEqual({
    name: "class",
    words: "dense 6 elu(alpha=0.5) l2=0.001",
    known: true,
    inputs: ["d1"],
  });
  expect(tensorOf(list, "class/kernel")).toEqual({ name: "class/kernel", shape: [6, 6], statistics: null });
  const values = model.weights.get("class/kernel")?.values ?? [];
  expect(tensorOf(listed(bytes, true), "class/kernel")?.statistics).toEqual(statisticsOf(values));
});

test("an ONNX file lists its constants, whose numbers are read only for statistics", async () => {
  const { bytes } = onnxFile(await startedModel(everyLayer()), { ownUnits: false, version: "0" });
  expect(tensorOf(listed(bytes, false), "class/kernel")?.shape).toEqual([6, 6]);
  const damaged = onnxFrom({
    producer: "other",
    version: "1",
    metadata: {},
    graph: {
      name: "net",
      nodes: [{ name: "", type: "MatMul", inputs: ["x", "w"], outputs: ["y"], attributes: {} }],
      // 3 numbers, where the shape has 6.
      initializers: [{ name: "w", dims: [2, 3], data: Float32Array.of(1, 2, 3) }],
      inputs: [{ name: "x", element: 1, axes: [2] }],
      outputs: [{ name: "y", element: 1, axes: [3] }],
    },
  });
  expect(listed(damaged, false)).toMatchObject({ layers: [{ words: "input 2" }, { words: "dense 3 bias=false" }] });
  expect(() => listed(damaged, true)).toThrow("12 bytes, not 24");
});

test("an HDF5 file without a model lists its datasets, and why it can't be imported", () => {
  const dataset = { kind: "dataset", shape: [2], values: Float32Array.of(1, 2) } as const;
  const list = listed(hdf5From({ kind: "group", members: { a: { kind: "group", members: { b: dataset } } } }), false);
  expect(list).toMatchObject({ kind: "an HDF5 file", layers: [], tensors: [{ name: "a/b", shape: [2] }] });
  expect(list.unimportable).toContain("no model_config");
});

test("a safetensors file lists names, shapes and metadata from its header alone", () => {
  const file = safetensorsFrom([{ name: "h/kernel", shape: [2, 2], values: Float32Array.of(-1, 0, 3, Number.NaN) }], { note: "a" });
  const header = file.subarray(0, headerEnd(file));
  expect(header.length).toBe(file.length - 16);
  expect(listedSafetensors(header, false)).toMatchObject({
    tensors: [{ name: "h/kernel", shape: [2, 2], statistics: null }],
    metadata: { note: "a" },
  });
  const { statistics } = tensorOf(listedSafetensors(file, true), "h/kernel") ?? {};
  expect(statistics).toMatchObject({ min: -1, max: 3, zeros: 1, nonfinite: 1 });
  expect(statistics?.mean).toBeCloseTo(2 / 3);
  expect(statistics?.deviation).toBeCloseTo(Math.sqrt(((5 / 3) ** 2 + (2 / 3) ** 2 + (7 / 3) ** 2) / 3));
});

test("a safetensors file lists tensors of every type; numbers of 16 bits have statistics", () => {
  const header = JSON.stringify({
    half: { dtype: "F16", shape: [2], data_offsets: [0, 4] },
    brain: { dtype: "BF16", shape: [2], data_offsets: [4, 8] },
    count: { dtype: "I64", shape: [], data_offsets: [8, 16] },
  });
  const file = new Uint8Array(8 + header.length + 16);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  file.set(new TextEncoder().encode(header), 8);
  // 1.5 and -2 in each type.
  for (const [k, bits] of [0x3e00, 0xc000, 0x3fc0, 0xc000].entries()) view.setUint16(8 + header.length + 2 * k, bits, true);
  const list = listedSafetensors(file, true);
  expect(list.tensors.map(({ name, shape }) => [name, shape])).toEqual([
    ["half", [2]],
    ["brain", [2]],
    ["count", []],
  ]);
  for (const name of ["half", "brain"]) expect(tensorOf(list, name)?.statistics).toMatchObject({ min: -2, max: 1.5, mean: -0.25 });
  expect(tensorOf(list, "count")?.statistics).toBe(null);
});

const CONTENT: Listing = {
  kind: "a Keras model",
  layers: [{ name: '</script><b onclick="x">', words: "Conv2D", known: false, inputs: ["<i>"] }],
  tensors: [{ name: "слой/<kernel>", shape: [2, 3], statistics: null }],
  metadata: {},
  unimportable: null,
};
const page = (trusted: boolean, content: Listing = CONTENT): string =>
  modelFilePage({ title: "<m>.keras", content, statistics: false, trusted, nonce: "n1" });

test("the editor's page runs only its own script, whatever the file's names are", () => {
  const text = page(true);
  expect(text).toContain(`default-src 'none'; style-src 'nonce-n1'; script-src 'nonce-n1'`);
  expect(text.match(/<\/script>/g)).toHaveLength(1);
  expect(text).not.toMatch(/<b |<i>|<kernel>|<m>/);
  expect(text).toContain("слой/&lt;kernel&gt;");
  expect(text).toContain("Conv2D (has no counterpart here)");
});

test("the button that imports is disabled with its reason in an untrusted workspace, and for a file that can't be imported", () => {
  expect(page(true)).toContain('<button id="import">Import as .nn...</button>');
  expect(page(false)).toMatch(/id="import" disabled.*needs a workspace that you trust/s);
  expect(page(true, { ...CONTENT, unimportable: "its layers are code" })).toMatch(/id="import" disabled.*imported: its layers are code\./s);
});
