/** Reads an exported file back and compares its predictions with the engine's. */
import { type Difference, differenceOf, type Predicted, predictedFrom } from "../../../engine/exchange/compare.ts";
import type { FormatName } from "../../../engine/exchange/formats.ts";
import { importedFile } from "../../../engine/exchange/import/imported.ts";
import type { TrainedModel } from "../../../engine/exchange/model.ts";
import type { PageContent } from "../../../engine/exchange/page/content.ts";
import { parseSafetensors } from "../../../engine/files/safetensors.ts";
import { analyse } from "../../../server/language/analysis.ts";
import { networkPlan } from "../../../server/language/toPlan.ts";

/** What a format's reader gets: the file, the model that was exported, and what the engine predicts. */
export interface Verified {
  readonly bytes: Uint8Array;
  readonly model: TrainedModel;
  readonly predicted: Predicted;
  readonly count: number;
}

/** Returns the largest difference. Rejects if the file can't be read. A format without an entry has nothing that predicts. */
export const VERIFIERS: { readonly [F in FormatName]?: (verified: Verified) => Promise<Difference> } = {
  async keras({ bytes, predicted, count }) {
    const { kerasArchive } = await import("../../../engine/exchange/import/keras.ts");
    const { text, weights } = importedFile(kerasArchive(bytes), { weightsFile: "weights.safetensors", source: "the export" });
    const [model] = analyse(text).models;
    const plan = model && networkPlan(model);
    if (!plan) throw new Error("the file read back is no network");
    return differenceOf(predicted.outputs, predictedFrom(plan, weights, predicted.inputs, count));
  },
  async onnx({ bytes, predicted, count }) {
    const { onnxDifference } = await import("../../../engine/exchange/onnx/verify.ts");
    return onnxDifference(bytes, predicted, count);
  },
  async html({ bytes, model, predicted, count }) {
    const [, json = ""] = /<script type="application\/json"[^>]*>([^<]*)</.exec(new TextDecoder().decode(bytes)) ?? [];
    const { weights } = JSON.parse(json) as PageContent;
    const numbers = Buffer.from(weights, "base64");
    let at = 0;
    const tensors = [...model.weights.values()].map(({ name, shape, values }) => ({
      name,
      shape,
      values: Float32Array.from(values, () => numbers.readFloatLE(4 * at++)),
    }));
    return differenceOf(predicted.outputs, predictedFrom(model.plan.network, tensors, predicted.inputs, count));
  },
  async safetensors({ bytes, model, predicted, count }) {
    const { tensors } = parseSafetensors(bytes);
    return differenceOf(predicted.outputs, predictedFrom(model.plan.network, [...tensors.values()], predicted.inputs, count));
  },
};
