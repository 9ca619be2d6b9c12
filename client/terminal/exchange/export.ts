/** `nn export`: writes a trained network for another program, lists what is lost, and compares the file with the engine. */
import { readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type FormatName, formats } from "../../../engine/exchange/formats.ts";
import type { Exported } from "../../../engine/exchange/model.ts";
import { ExchangeProblem } from "../../../engine/exchange/problem.ts";
import { plainText } from "../../../engine/safeText.ts";
import { unwritable } from "../../runs/fileProblems.ts";
import { createFolder } from "../createFolder.ts";
import { FileError, UsageError, workingFolder } from "../openFile.ts";
import { replaceFile } from "../replaceFile.ts";
import { version } from "../version.ts";
import { comparedRows, type ExportSubject, exportSubject, type SubjectOptions, safetensorsOf } from "./subject.ts";
import { replacesExport } from "./target.ts";
import { fileName, pastLogs, requireNoLogs } from "./tensorboard.ts";
import { VERIFIERS, type Written } from "./verify.ts";

export interface ExportOptions extends SubjectOptions {
  readonly to: FormatName;
  readonly out?: string;
  readonly verify: boolean;
  readonly ownUnits?: boolean;
  readonly compile?: boolean;
  readonly python?: string;
  readonly json?: boolean;
}

/** Returns true when the export is written. Throws `FileError` if it does not match the engine. */
export async function exportCommand(name: string, options: ExportOptions): Promise<boolean> {
  checkOptions(options);
  const known = options.out ?? (/\.nn$/i.test(name) ? outNamed(basename(name).replace(/\.nn$/i, ""), options.to) : undefined);
  // A file may be trained first, so a name that is taken is refused before.
  if (known !== undefined) await replaces(known, options.to);
  const subject = await exportSubject(name, options);
  const exported = await written(subject, options);
  const out = known ?? outNamed(fileName(subject.model.plan), options.to);
  const replaced = await replaces(out, options.to);
  // The same run may be exported again: its file has the same name.
  if (options.to === "tensorboard") requireNoLogs(out, "--out", basename([...exported.files.keys()][0] ?? ""));
  const say = sayer(options.json === true);
  for (const { from, to } of exported.renamed) say(`The layer ${from} is called ${to} there.`);
  const notes = [...subject.notes, ...exported.notes];
  for (const note of notes) say(note);
  const verified = options.verify ? await VERIFIERS[options.to](subject, exported, options) : undefined;
  if (verified && !verified.passes)
    throw new FileError(`The ${formats[options.to].title} export does not agree with the engine: ${verified.text} Nothing was written.`);
  await save(out, exported);
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ file: out, format: options.to, renamed: exported.renamed, notes, ...(replaced && { replaced }), ...(verified && { verified: verified.text, ...(verified.largest !== null && { largest_difference: verified.largest }) }) })}\n`,
    );
  else {
    if (verified) say(verified.text);
    process.stdout.write(`Written to ${plainText(out)}${replaced ? ", in place of an earlier export" : ""}.\n`);
  }
  return true;
}

async function written(subject: ExportSubject, options: ExportOptions): Promise<Written> {
  try {
    return await WRITERS[options.to](subject, options);
  } catch (error) {
    if (error instanceof ExchangeProblem)
      throw new FileError(`There is no ${formats[options.to].title} for this network: ${error.message}.`);
    throw error;
  }
}

async function save(out: string, exported: Written): Promise<void> {
  const path = resolve(workingFolder(), out);
  try {
    for (const [name, bytes] of exported.files) {
      createFolder(dirname(join(path, name)));
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
  if (python !== undefined && (to === "html" || to === "safetensors"))
    throw new UsageError(`There is nothing to try in Python for --to ${to}.`);
}

const sayer =
  (json: boolean) =>
  (text: string): void =>
    void (json ? process.stderr : process.stdout).write(`${plainText(text)}\n`);

const ofFile = ({ bytes, ...said }: Exported): Written => ({ ...said, files: new Map([["", bytes]]) });

type Write = (subject: ExportSubject, options: ExportOptions) => Promise<Written>;

const WRITERS: { readonly [F in FormatName]: Write } = {
  async keras({ model }, { compile }) {
    const { kerasFile } = await import("../../../engine/exchange/keras/file.ts");
    return ofFile(kerasFile(model, { compile: compile === true }));
  },
  async onnx({ model }, { ownUnits }) {
    const { onnxFile } = await import("../../../engine/exchange/onnx/file.ts");
    return ofFile(onnxFile(model, { ownUnits: ownUnits === true, version }));
  },
  async "keras-script"({ model, isTrained }) {
    if (!isTrained)
      throw new UsageError("A Keras script trains, and this file has no `train` block; use --to keras for the network alone.");
    const { kerasScript } = await import("../../../engine/exchange/keras/script.ts");
    return ofFile(kerasScript(model));
  },
  async html(subject) {
    const { pageFile } = await import("../../../engine/exchange/page/file.ts");
    const script = readFileSync(new URL("page.js", import.meta.url), "utf8");
    const { own, count, featureCount } = await comparedRows(subject, Number.POSITIVE_INFINITY);
    return ofFile(pageFile(subject.model, { script, rows: own && { features: own, count, featureCount } }));
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
        "Losses, metrics, learning rate and gradients have Keras' tags. Histograms are the run's. The panel's findings are not carried over.",
      ],
    };
  },
  safetensors: async ({ model }) =>
    ofFile({
      bytes: safetensorsOf(model),
      renamed: [],
      notes: ["The weights have the names LAYER/PARAMETER. The plan, the fit of the data and the text are in the metadata."],
    }),
};

const replaces = async (out: string, to: FormatName): Promise<boolean> => to !== "tensorboard" && (await replacesExport(out, to));

/** Returns the default name of the output. */
function outNamed(stem: string, to: FormatName): string {
  const { extension } = formats[to];
  return extension === null ? `${stem}-logs` : `${stem}.${extension}`;
}
