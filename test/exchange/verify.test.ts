/** An export is verified against the engine: a file with a changed weight or setting does not pass. */
import { expect, test } from "vitest";
import type { ExportSubject } from "../../client/terminal/exchange/subject.ts";
import { VERIFIERS, type VerifyOptions } from "../../client/terminal/exchange/verify.ts";
import type { FormatName } from "../../engine/exchange/formats.ts";
import { kerasFile } from "../../engine/exchange/keras/file.ts";
import { kerasScript } from "../../engine/exchange/keras/script.ts";
import type { TrainedModel } from "../../engine/exchange/model.ts";
import { onnxFile } from "../../engine/exchange/onnx/file.ts";
import { pageFile } from "../../engine/exchange/page/file.ts";
import { safetensorsFrom } from "../../engine/files/safetensors.ts";
import { flowers, startedModel } from "./models.ts";

const subjectOf = (model: TrainedModel): ExportSubject => ({
  model,
  files: { read: () => Promise.reject(new Error("there is no file")) },
  dataFolder: "",
  folder: undefined,
  isTrained: false,
  notes: [],
});

/** Returns the model with another first number in the kernel of its last layer. */
function changed(model: TrainedModel): TrainedModel {
  const kernel = model.weights.get("main/kernel");
  if (!kernel) throw new Error("There is no kernel.");
  const values = kernel.values.slice();
  values[0] = (values[0] ?? 0) + 0.01;
  return { ...model, weights: new Map(model.weights).set(kernel.name, { ...kernel, values }) };
}

const withSeed = (model: TrainedModel, seed: number): TrainedModel => ({
  ...model,
  plan: { ...model.plan, training: { ...model.plan.training, seed } },
});

const WRITERS: readonly (readonly [FormatName, VerifyOptions, (model: TrainedModel) => Uint8Array])[] = [
  ["keras", {}, (model) => kerasFile(model, { compile: false }).bytes],
  ["onnx", {}, (model) => onnxFile(model, { ownUnits: false, version: "0" }).bytes],
  ["onnx", { ownUnits: true }, (model) => onnxFile(model, { ownUnits: true, version: "0" }).bytes],
  ["html", {}, (model) => pageFile(model, { script: "", rows: undefined }).bytes],
  ["safetensors", {}, ({ weights }) => safetensorsFrom([...weights.values()])],
];

test.each(WRITERS)("%s: the model's own file passes, and a file with a changed weight does not", async (format, options, write) => {
  const model = await startedModel(flowers());
  const verified = (bytes: Uint8Array) =>
    VERIFIERS[format](subjectOf(model), { files: new Map([["", bytes]]), renamed: [], notes: [] }, options);
  expect(await verified(write(model))).toMatchObject({ passes: true, text: expect.stringContaining("invented rows") });
  const wrong = await verified(write(changed(model)));
  expect(wrong).toMatchObject({ passes: false, text: expect.stringContaining("the largest difference is") });
  expect(wrong.largest).toBeGreaterThan(1e-5);
});

test("keras-script: the plan's own script passes, and a script with another seed does not", async () => {
  const model = await startedModel(flowers());
  const verified = (own: TrainedModel) =>
    VERIFIERS["keras-script"](subjectOf(model), { files: new Map([["", kerasScript(own).bytes]]), renamed: [], notes: [] }, {});
  expect(await verified(model)).toMatchObject({ passes: true });
  expect(await verified(withSeed(model, 7))).toMatchObject({ passes: false, text: expect.stringContaining("the seed") });
});
