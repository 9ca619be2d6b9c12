/** `nn export`: writes a trained network for another program, says what is not carried over, and compares the file with the engine. */
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { predictedBy } from "../../../engine/exchange/compare.ts";
import { type FormatName, formats } from "../../../engine/exchange/formats.ts";
import type { Exported } from "../../../engine/exchange/model.ts";
import { errorText, plural } from "../../../engine/numberText.ts";
import { plainText } from "../../../engine/safeText.ts";
import { unwritable } from "../../runs/fileProblems.ts";
import { FileError, UsageError, workingFolder } from "../openFile.ts";
import { replaceFile } from "../replaceFile.ts";
import { version } from "../version.ts";
import { pythonDifference } from "./python.ts";
import { comparedRows, type ExportSubject, exportSubject, type SubjectOptions, safetensorsOf } from "./subject.ts";
import { fileName, pastLogs } from "./tensorboard.ts";
import { VERIFIERS } from "./verify.ts";

export interface ExportOptions extends SubjectOptions {
  readonly to: FormatName;
  readonly out?: string;
  readonly verify: boolean;
  readonly ownUnits?: boolean;
  readonly compile?: boolean;
  readonly python?: string;
  readonly json?: boolean;
}

/** Returns whether the file was written and predicts what the engine predicts. */
export async function exportCommand(name: string, options: ExportOptions): Promise<boolean> {
  checkOptions(options);
  const subject = await exportSubject(name, options);
  const exported = await WRITERS[options.to](subject, options);
  const out = outOf(name, options, subject);
  const say = sayer(options.json === true);
  for (const { from, to } of exported.renamed) say(`The layer ${from} is called ${to} there.`);
  for (const note of exported.notes) say(note);
  const verified = options.verify && "bytes" in exported ? await verify(subject, exported, options) : undefined;
  if (verified && !verified.passes)
    throw new FileError(
      `The ${formats[options.to].title} file does not predict what the engine predicts: ${verified.text} Nothing was written.`,
    );
  await save(out, exported);
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ file: out, format: options.to, renamed: exported.renamed, notes: exported.notes, ...(verified && { verified: verified.text, largest_difference: verified.largest }) })}\n`,
    );
  else {
    if (verified) say(verified.text);
    process.stdout.write(`Written to ${plainText(out)}.\n`);
  }
  return true;
}

async function save(out: string, exported: Written): Promise<void> {
  const path = resolve(workingFolder(), out);
  try {
    if ("bytes" in exported) return await replaceFile(path, exported.bytes);
    for (const [name, bytes] of exported.files) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await replaceFile(join(path, name), bytes);
    }
  } catch (error) {
    throw new FileError(`${unwritable(out, error)}.`);
  }
}

function checkOptions({ to, ownUnits, compile, python, verify }: ExportOptions): void {
  if (ownUnits && to !== "onnx") throw new UsageError("--own-units belongs to --to onnx.");
  if (compile && to !== "keras") throw new UsageError("--compile belongs to --to keras.");
  if (python !== undefined && !verify) throw new UsageError("--python compares the file, which --no-verify leaves out.");
  if (python !== undefined && to !== "onnx" && to !== "keras") throw new UsageError("--python compares --to keras and --to onnx.");
}

const sayer =
  (json: boolean) =>
  (text: string): void =>
    void (json ? process.stderr : process.stdout).write(`${plainText(text)}\n`);

/** An exported file, or a folder of files by their paths in it. */
type Written = Exported | (Omit<Exported, "bytes"> & { readonly files: ReadonlyMap<string, Uint8Array> });
type Write = (subject: ExportSubject, options: ExportOptions) => Promise<Written>;

const WRITERS: { readonly [F in FormatName]: Write } = {
  async keras({ model }, { compile }) {
    const { kerasFile } = await import("../../../engine/exchange/keras/file.ts");
    return kerasFile(model, { compile: compile === true });
  },
  async onnx({ model }, { ownUnits }) {
    const { onnxFile } = await import("../../../engine/exchange/onnx/file.ts");
    return onnxFile(model, { ownUnits: ownUnits === true, version });
  },
  async "keras-script"({ model }) {
    const { kerasScript } = await import("../../../engine/exchange/keras/script.ts");
    return kerasScript(model);
  },
  async html(subject) {
    const { pageFile } = await import("../../../engine/exchange/page/file.ts");
    const script = readFileSync(new URL("page.js", import.meta.url), "utf8");
    const { invented, ...rows } = await comparedRows(subject, Number.POSITIVE_INFINITY);
    return pageFile(subject.model, { script, rows: invented === undefined ? rows : undefined });
  },
  async tensorboard({ model, folder }) {
    if (folder === undefined)
      throw new UsageError(
        "TensorBoard shows a training, so name its folder: that of --out. `nn train --tensorboard DIR` logs while it trains.",
      );
    return {
      files: await pastLogs(folder, model),
      renamed: [],
      notes: [
        "Losses, metrics, learning rate and gradients have Keras' tags. Histograms are those that the run has. The panel's findings are not carried over.",
      ],
    };
  },
  safetensors: async ({ model }) => ({
    bytes: safetensorsOf(model),
    renamed: [],
    notes: ["The weights have the names LAYER/PARAMETER. The plan, the fit of the data and the text are in the metadata."],
  }),
};

/** Returns the name of the file that is written: beside the subject, with the format's extension. */
function outOf(name: string, { out, to }: ExportOptions, { model }: ExportSubject): string {
  if (out !== undefined) return out;
  const stem = /\.nn$/i.test(name) ? basename(name).replace(/\.nn$/i, "") : fileName(model.plan);
  const { extension } = formats[to];
  return extension === null ? `${stem}-logs` : `${stem}.${extension}`;
}

interface VerifiedExport {
  readonly passes: boolean;
  readonly text: string;
  readonly largest: number;
}

/** Float32 has 7 digits, of which a long sum loses one or two. Offsets in the data's own units may be far larger than what they leave. */
const TOLERANCE = { layers: 1e-5, ownUnits: 1e-3 } as const;

async function verify(subject: ExportSubject, { bytes }: Exported, options: ExportOptions): Promise<VerifiedExport | undefined> {
  const { to, ownUnits = false, python } = options;
  const verifier = VERIFIERS[to];
  if (!verifier) return undefined;
  const { model } = subject;
  const { invented, ...rows } = await comparedRows(subject);
  const encoded = predictedBy(model, rows);
  const predicted = ownUnits ? (await import("../../../engine/exchange/onnx/verify.ts")).inOwnUnits(model, encoded) : encoded;
  const own = { bytes, model, predicted, count: rows.count };
  const { largest, relative } = await verifier(own);
  const compared =
    invented === undefined
      ? `the first ${plural(rows.count, "row")} of the data`
      : `${rows.count} invented rows, since the data can't be read (${invented.replace(/\.$/, "")})`;
  const limit = ownUnits ? TOLERANCE.ownUnits : TOLERANCE.layers;
  const text = `Read back and compared with the engine on ${compared}: ${largest === 0 ? "the predictions are equal" : `the largest difference is ${errorText(largest)}`}.`;
  if (relative > limit || python === undefined) return { passes: relative <= limit, text, largest };
  const there = await pythonDifference(python, to, own);
  return {
    passes: there.relative <= limit,
    text: `${text} ${there.runtime} differs by ${errorText(there.largest)}.`,
    largest: Math.max(largest, there.largest),
  };
}
