/** `nn import`: converts another program's model file into a `.nn` file with a weights file beside it. Nothing in the model file is executed. */
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { importedFrom, importedTensors, isSafetensors } from "../../../engine/exchange/import/file.ts";
import { type Imported, importedFile, isUnknown } from "../../../engine/exchange/import/imported.ts";
import { kerasWeights } from "../../../engine/exchange/import/keras.ts";
import { ownWeights } from "../../../engine/exchange/import/onnx.ts";
import { ExchangeProblem } from "../../../engine/exchange/problem.ts";
import { type NamedTensor, parseSafetensors, safetensorsFrom } from "../../../engine/files/safetensors.ts";
import { type TrainedWith, trainedMetadata } from "../../../engine/files/trainedWith.ts";
import { plainText } from "../../../engine/safeText.ts";
import { formatted } from "../../../server/language/syntax/formatter.ts";
import { unwritable } from "../../runs/fileProblems.ts";
import { trainedWithOf } from "../../runs/trainedFile.ts";
import { FileError, readNamed, UsageError, workingFolder } from "../openFile.ts";
import { replaceFile } from "../replaceFile.ts";
import { listModel } from "./list.ts";

export interface ImportOptions {
  readonly out?: string;
  readonly list?: boolean;
  readonly statistics?: boolean;
  readonly json?: boolean;
}

/** The output: the text, and the weights that it starts with. */
interface Written {
  readonly text: string;
  readonly weights: readonly NamedTensor[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

export async function importCommand(name: string, { out, list, statistics, json }: ImportOptions): Promise<void> {
  if (list && out !== undefined) throw new UsageError("--list writes nothing, so it has no --out.");
  if (statistics && !list) throw new UsageError("--statistics belongs to --list.");
  if (list) return await listModel(name, { statistics: statistics === true, json: json === true });
  const text = out ?? `${basename(name).replace(/\.\w+$/, "")}.nn`;
  if (!/\.nn$/i.test(text)) throw new UsageError(`--out ${text} must end in .nn.`);
  const source = resolve(workingFolder(), name);
  const beside = text.replace(/\.nn$/i, ".safetensors");
  // The imported file may already have this name.
  const weights = resolve(workingFolder(), beside) === source ? text.replace(/\.nn$/i, "-weights.safetensors") : beside;
  for (const file of [text, weights])
    if (existsSync(resolve(workingFolder(), file))) throw new UsageError(`There is a file ${file} already; name another one with --out.`);
  const written = read(await readNamed(name), name, basename(weights));
  await save(weights, safetensorsFrom(written.weights, written.metadata));
  await save(text, written.text);
  const say = (line: string): void => void (json ? process.stderr : process.stdout).write(`${plainText(line)}\n`);
  const notes = [...nonfiniteNotes(written.weights), ...written.notes];
  for (const note of notes) say(note);
  if (json) process.stdout.write(`${JSON.stringify({ file: text, weights, notes })}\n`);
  else say(`Written to ${text}, with its weights in ${weights}.`);
}

/** Returns a note that names the tensors with NaN or infinite numbers. */
function nonfiniteNotes(weights: readonly NamedTensor[]): string[] {
  const names = weights.filter(({ values }) => !values.every(Number.isFinite)).map(({ name }) => name);
  return names.length === 0 ? [] : [`NaN or infinite numbers are in ${names.join(", ")}, so the network can't predict or train with them.`];
}

async function save(name: string, content: string | Uint8Array): Promise<void> {
  try {
    await replaceFile(resolve(workingFolder(), name), content);
  } catch (error) {
    throw new FileError(`${unwritable(name, error)}.`);
  }
}

function read(bytes: Uint8Array, name: string, weightsFile: string): Written {
  try {
    if (isSafetensors(bytes)) {
      const file = parseSafetensors(bytes);
      const saved = trainedWithOf(file.metadata);
      return saved
        ? fromOwn(saved, [...file.tensors.values()].filter(isWeight), weightsFile, name)
        : fromOther(importedTensors(file), name, weightsFile);
    }
    const imported = importedFrom(bytes);
    const saved = imported.saved && trainedWithOf(imported.saved);
    if (!saved) return fromOther(imported, name, weightsFile);
    const weights = imported.kind === "an ONNX model" ? ownWeights(bytes, saved.plan.network) : kerasWeights(imported, saved.plan.network);
    return fromOwn(saved, weights, weightsFile, name);
  } catch (error) {
    if (error instanceof ExchangeProblem || error instanceof Error) throw new FileError(`${name} can't be imported: ${error.message}.`);
    throw error;
  }
}

/** A checkpoint also contains the optimizer's state. */
const isWeight = ({ name }: NamedTensor): boolean => name !== "best" && !name.startsWith("optimizer/");

/** Returns the text that trained the network, changed to start with its weights. */
function fromOwn(saved: TrainedWith, weights: readonly NamedTensor[], weightsFile: string, name: string): Written {
  const own = saved.text;
  if (own === null) throw new ExchangeProblem("it has no text of the .nn file");
  const text = withStart(own, saved.plan.training.run, weightsFile, name);
  return {
    text,
    weights,
    metadata: trainedMetadata(saved),
    notes: [
      text === own
        ? `The text trains nothing. A \`train\` block with start weights(${JSON.stringify(weightsFile)}) would begin with these weights.`
        : "This is the text that trained the network. The data are not in the file.",
    ],
  };
}

/** Adds `start weights(...)` to the training of that name, or to the first one, replacing any `start` line. */
function withStart(text: string, run: string, weightsFile: string, name: string): string {
  const lines = text.split("\n");
  const isTrain = (line: string): boolean => /^\s*(?:[\p{L}_][\p{L}\p{M}\d_]*\s*:\s*)?train\b/u.test(line);
  const named = lines.findIndex((line) => isTrain(line) && line.includes(run));
  const at = named < 0 ? lines.findIndex(isTrain) : named;
  const open = lines.findIndex((line, k) => k >= at && line.includes("{"));
  if (at < 0 || open < 0) return text;
  const own = [`  # The weights of ${plainText(basename(name))}.`, `  start weights(${JSON.stringify(weightsFile)})`];
  const end = lines.findIndex((line, k) => k > open && line.trim() === "}");
  const before = lines.findIndex((line, k) => k > open && k < end && /^\s*start\b/.test(line));
  lines.splice(before < 0 ? open + 1 : before, before < 0 ? 0 : 1, ...own);
  return lines.join("\n");
}

function fromOther(imported: Imported, name: string, weightsFile: string): Written {
  const { text, weights, renamed } = importedFile(imported, { weightsFile, source: basename(name) });
  const unknown = imported.parts.filter(isUnknown).map(({ name: own, what }) => `${own} (${what})`);
  return {
    text: formatted(text) ?? text,
    weights,
    metadata: {},
    notes: [
      ...(unknown.length > 0 ? [`Left out, with a comment in the file: ${unknown.join(", ")}.`] : []),
      ...renamed.map(({ from, to }) => `${from} is called ${to}.`),
      ...imported.notes,
      "The file does not say which data belong to the network: write them into the `data` block, scaled as the network expects them.",
    ],
  };
}
