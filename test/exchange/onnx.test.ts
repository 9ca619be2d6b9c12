/** The ONNX file: byte-stable, computed by ONNX Runtime as the engine predicts, with classes by name. test/python checks it with ONNX' own checker. */
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
import { expect, test } from "vitest";
import { differenceOf, inventedRows, predictedBy } from "../../engine/exchange/compare.ts";
import type { TrainedModel } from "../../engine/exchange/model.ts";
import { onnxFile } from "../../engine/exchange/onnx/file.ts";
import { readOnnx } from "../../engine/exchange/onnx/read.ts";
import { inOwnUnits, onnxDifference } from "../../engine/exchange/onnx/verify.ts";
import { golden } from "./golden.ts";
import { everyActivation, everyLayer, flowers, startedModel } from "./models.ts";

env.wasm.numThreads = 1;
const ROWS = 16;

/** Computes the file in ONNX Runtime. Returns the largest difference from the engine, and all outputs. */
async function computed(model: TrainedModel, ownUnits: boolean) {
  const { bytes } = onnxFile(model, { ownUnits, version: "0" });
  const encoded = predictedBy(model, inventedRows(model.fit, ROWS));
  const predicted = ownUnits ? inOwnUnits(model, encoded) : encoded;
  const session = await InferenceSession.create(bytes);
  const feeds = Object.fromEntries(
    session.inputNames.map((name, k) => {
      const { shape = [], values = [] } = predicted.inputs[k] ?? {};
      return [name, new Tensor("float32", Float32Array.from(values), [ROWS, ...shape])];
    }),
  );
  const outputs = await session.run(feeds);
  const found = predicted.outputs.map(({ layer }) => ({ values: outputs[layer]?.data as Float32Array }));
  return { outputs, encoded, difference: differenceOf(predicted.outputs, found), own: onnxDifference(bytes, predicted, ROWS) };
}

test("the file of a network with every kind of layer is the golden file, byte for byte", async () => {
  const { bytes } = onnxFile(await startedModel(everyLayer()), { ownUnits: false, version: "0" });
  expect(Buffer.from(bytes).equals(golden("every.onnx", bytes))).toBe(true);
});

test.each([
  ["every kind of layer", everyLayer],
  ["every activation", everyActivation],
])("ONNX Runtime and our own reader compute %s as the engine does", async (_name, text) => {
  const { difference, own } = await computed(await startedModel(text()), false);
  expect(difference.largest).toBeLessThan(2e-6);
  expect(own.largest).toBeLessThan(1e-6);
});

test("in own units the file scales its inputs and names the classes, whatever their names are", async () => {
  const model = await startedModel(flowers());
  const { outputs, encoded, difference } = await computed(model, true);
  expect(difference.largest).toBeLessThan(5e-6);
  const [scores] = encoded.outputs;
  const chosen = Array.from({ length: ROWS }, (_, row) => {
    const own = [...(scores?.values.subarray(3 * row, 3 * row + 3) ?? [])];
    return own.indexOf(Math.max(...own));
  });
  expect(Array.from(outputs["main_class"]?.data as BigInt64Array, Number)).toEqual(chosen);
  expect(outputs["main_label"]?.data).toEqual(chosen.map((k) => model.fit.targets[0]?.classes?.[k]));
});

test("nodes have the layers' names, and the form is one that every runtime reads", async () => {
  const { bytes } = onnxFile(await startedModel(everyLayer()), { ownUnits: false, version: "0" });
  const { nodes, metadata } = readOnnx(bytes);
  expect(nodes.map(({ name }) => name)).toContain("слой/Gemm");
  expect(nodes.map(({ name }) => name)).toContain("forward/Sigmoid");
  expect(JSON.parse(metadata["backprop.plan"] ?? "")).toMatchObject({ version: 1 });
  // ir_version 8 is the file's first field.
  expect([...bytes.subarray(0, 2)]).toEqual([8, 8]);
});
