/** Reads an export back and compares it with the engine, the plan or the exported run. */
import { type Difference, differenceOf, type Predicted, predictedBy, predictedFrom } from "../../../engine/exchange/compare.ts";
import type { FormatName } from "../../../engine/exchange/formats.ts";
import { importedFile } from "../../../engine/exchange/import/imported.ts";
import type { Renamed, TrainedModel } from "../../../engine/exchange/model.ts";
import type { PageContent } from "../../../engine/exchange/page/content.ts";
import { parseSafetensors } from "../../../engine/files/safetensors.ts";
import { errorText, plural } from "../../../engine/numberText.ts";
import { analyse } from "../../../server/language/analysis.ts";
import { networkPlan } from "../../../server/language/toPlan.ts";
import { trainQuietly } from "../subjects.ts";
import { kerasPrediction, onnxPrediction, type PythonPrediction, scriptLosses, tensorboardScalars } from "./python.ts";
import { comparedRows, type ExportSubject } from "./subject.ts";
import { logDifference, readLogs } from "./tensorboard.ts";

/** An exporter's output. The path is empty for a single file, and relative to the folder for a file in a folder. */
export interface Written {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly renamed: readonly Renamed[];
  readonly notes: readonly string[];
}

export interface VerifyOptions {
  readonly ownUnits?: boolean;
  /** A Python in which the export is also tried. */
  readonly python?: string;
}

export interface Verified {
  readonly passes: boolean;
  /** Sentences about the comparison, with the largest difference. */
  readonly text: string;
  /** null if facts rather than numbers were compared. */
  readonly largest: number | null;
}

type Verify = (subject: ExportSubject, written: Written, options: VerifyOptions) => Promise<Verified>;

/** An exported file, and the engine's predictions. */
interface ReadBack {
  readonly bytes: Uint8Array;
  readonly model: TrainedModel;
  readonly predicted: Predicted;
  readonly count: number;
}

const onlyFile = ({ files }: Written): Uint8Array => files.get("") ?? new Uint8Array();

/** Float32 has 7 digits, and a long sum loses one or two of them. Offsets in the data's own units may be far larger than the remaining values. */
const TOLERANCE = { layers: 1e-5, ownUnits: 1e-3, losses: 1e-3, scalars: 1e-6 } as const;

/** Compares predictions: from the file read back, and from Python if the format has a runtime there. */
const predictions =
  (read: (file: ReadBack) => Promise<Difference>, there?: PythonPrediction): Verify =>
  async (subject, written, { ownUnits = false, python }) => {
    const { model } = subject;
    const { invented, ...rows } = await comparedRows(subject);
    const encoded = predictedBy(model, rows);
    const predicted = ownUnits ? (await import("../../../engine/exchange/onnx/verify.ts")).inOwnUnits(model, encoded) : encoded;
    const file = { bytes: onlyFile(written), model, predicted, count: rows.count };
    const { largest, relative } = await read(file);
    const compared =
      invented === undefined
        ? `the first ${plural(rows.count, "row")} of the data`
        : `${rows.count} invented rows, since the data can't be read (${invented.replace(/\.$/, "")})`;
    const limit = ownUnits ? TOLERANCE.ownUnits : TOLERANCE.layers;
    const text = `Read back and compared with the engine on ${compared}: ${largest === 0 ? "the predictions are equal" : `the largest difference is ${errorText(largest)}`}.`;
    if (relative > limit || python === undefined || !there) return { passes: relative <= limit, text, largest };
    const { runtime, outputs } = await there(python, file);
    const own = differenceOf(predicted.outputs, outputs);
    return {
      passes: own.relative <= limit,
      text: `${text} ${runtime} differs by ${errorText(own.largest)}.`,
      largest: Math.max(largest, own.largest),
    };
  };

/** A format without an entry is a compile error. */
export const VERIFIERS: { readonly [F in FormatName]: Verify } = {
  keras: predictions(async ({ bytes, predicted, count }) => {
    const { kerasArchive } = await import("../../../engine/exchange/import/keras.ts");
    const { text, weights } = importedFile(kerasArchive(bytes), { weightsFile: "weights.safetensors", source: "the export" });
    const [model] = analyse(text).models;
    const plan = model && networkPlan(model);
    if (!plan) throw new Error("the file read back is no network");
    return differenceOf(predicted.outputs, predictedFrom(plan, weights, predicted.inputs, count));
  }, kerasPrediction),
  onnx: predictions(async ({ bytes, predicted, count }) => {
    const { onnxDifference } = await import("../../../engine/exchange/onnx/verify.ts");
    return onnxDifference(bytes, predicted, count);
  }, onnxPrediction),
  html: predictions(async ({ bytes, model, predicted, count }) => {
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
  }),
  safetensors: predictions(async ({ bytes, model, predicted, count }) => {
    const { tensors } = parseSafetensors(bytes);
    return differenceOf(predicted.outputs, predictedFrom(model.plan.network, [...tensors.values()], predicted.inputs, count));
  }),
  "keras-script": verifyScript,
  tensorboard: verifyLogs,
};

/** Compares the script's facts with the plan, and, with a Python, the losses of its first epoch with the engine's. */
async function verifyScript({ model, files, dataFolder }: ExportSubject, written: Written, { python }: VerifyOptions): Promise<Verified> {
  const { scriptFacts } = await import("../../../engine/exchange/keras/verify.ts");
  const script = new TextDecoder().decode(onlyFile(written));
  const { compared, different } = scriptFacts(script, model.plan);
  if (different.length > 0) return { passes: false, text: `It differs from the plan in ${different.join(", ")}.`, largest: null };
  const text = `Read back and compared with the plan: ${compared} are equal.`;
  if (python === undefined) return { passes: true, text: `${text} --python PATH compares the losses of an epoch in Keras.`, largest: null };
  const there = await scriptLosses(python, script, dataFolder);
  const own = await firstEpoch(model, files);
  let largest = 0;
  for (const name of ["loss", "val_loss"] as const) {
    const [wanted, found] = [own[name], there.losses[name]];
    if (wanted !== null)
      largest = Math.max(largest, Math.abs((found ?? Number.POSITIVE_INFINITY) - wanted) / Math.max(1, Math.abs(wanted)));
  }
  const draws = model.plan.network.layers.some(({ kind }) => kind === "dropout" || kind === "gaussian_noise");
  const because = draws ? ", since its dropout or noise has other draws" : "";
  return {
    passes: draws ? Number.isFinite(largest) : largest <= TOLERANCE.losses,
    text: `${text} ${there.runtime} differs by ${errorText(largest)} in the losses of the first epoch${because}.`,
    largest,
  };
}

/** Trains one epoch. Returns its losses; a missing loss is null. */
async function firstEpoch(
  { plan }: TrainedModel,
  files: ExportSubject["files"],
): Promise<{ readonly loss: number; readonly val_loss: number | null }> {
  let losses = { loss: Number.NaN, val_loss: null as number | null };
  await trainQuietly({ ...plan, training: { ...plan.training, epochs: 1 } }, files, (event) => {
    if (event.kind === "epoch") losses = { loss: event.loss, val_loss: event.valLoss };
  });
  return losses;
}

/** Reads the records back, verifying their checksums, and compares their scalars with the run's events. */
async function verifyLogs({ folder = "" }: ExportSubject, { files }: Written, { python }: VerifyOptions): Promise<Verified> {
  const { largest, count } = await logDifference(folder, readLogs(files));
  const text = `Read back with ${plural(count, "number")} in whole records: ${largest === 0 ? "they are equal to the run's" : `the largest difference from the run's is ${errorText(largest)}`}.`;
  if (largest > TOLERANCE.scalars || python === undefined) return { passes: largest <= TOLERANCE.scalars, text, largest };
  const there = await tensorboardScalars(python, files);
  const own = await logDifference(folder, there.scalars);
  return {
    passes: own.largest <= TOLERANCE.scalars,
    text: `${text} ${there.runtime} differs by ${errorText(own.largest)}.`,
    largest: Math.max(largest, own.largest),
  };
}
