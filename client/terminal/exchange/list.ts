/** `nn import FILE --list`: prints a model file's layers and tensors. It writes nothing, and decodes numbers only for statistics. */
import { open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { MOST_FILE_BYTES } from "../../../engine/exchange/import/file.ts";
import { type ListedLayer, type ListedTensor, type Listing, listed, listedSafetensors } from "../../../engine/exchange/import/listing.ts";
import { headerEnd } from "../../../engine/files/safetensors.ts";
import type { TrainedWith } from "../../../engine/files/trainedWith.ts";
import { countText, numberText, plural } from "../../../engine/numberText.ts";
import { plainText } from "../../../engine/safeText.ts";
import { analyse } from "../../../server/language/analysis.ts";
import { trainedWithOf } from "../../runs/trainedFile.ts";
import { FileError, readNamed, workingFolder } from "../openFile.ts";
import { table } from "../print.ts";

export interface ListOptions {
  readonly statistics?: boolean;
  readonly json?: boolean;
}

export async function listModel(name: string, { statistics = false, json = false }: ListOptions): Promise<void> {
  const listing = await listingOf(name, statistics);
  process.stdout.write(json ? `${JSON.stringify(listing)}\n` : textOf(name, listing, statistics));
}

async function listingOf(name: string, statistics: boolean): Promise<Listing> {
  const path = resolve(workingFolder(), name);
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > MOST_FILE_BYTES) throw new FileError(`${name} can't be listed: it is larger than 1 GB.`);
  const header = await safetensorsHeader(path);
  const bytes = header && !statistics ? header : await readNamed(name);
  try {
    return header ? listedSafetensors(bytes, statistics, ownLayers) : listed(bytes, statistics, ownLayers);
  } catch (error) {
    throw new FileError(`${name} can't be listed: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** The maximum length of a text that is analysed. A hostile file may contain one of any length. */
const MOST_TEXT = 1_000_000;

/** Returns the lines of the text from which Backprop wrote the file; undefined if the metadata has no such text or does not fit it. */
function ownLayers(metadata: Readonly<Record<string, string>>): ListedLayer[] | undefined {
  const saved = trainedIn(metadata);
  if (!saved || saved.text === null || saved.text.length > MOST_TEXT) return undefined;
  const { text, plan } = saved;
  const model = analyse(text).models.find(({ name }) => name === plan.network.name);
  const nodes = new Map(model?.layers.map(({ id, node }) => [id, node]));
  const layers = plan.network.layers.flatMap(({ id, inputs }): ListedLayer[] => {
    const node = nodes.get(id);
    if (!node) return [];
    const { end } = node.arguments.at(-1)?.span ?? node.name.span;
    return [{ name: id, words: text.slice(node.name.span.start, end), known: true, inputs }];
  });
  return layers.length === plan.network.layers.length ? layers : undefined;
}

/** Returns undefined if the metadata is damaged. Such a file still has tensors to list. */
function trainedIn(metadata: Readonly<Record<string, string>>): TrainedWith | undefined {
  try {
    return trainedWithOf(metadata);
  } catch {
    return undefined;
  }
}

/** Returns the first bytes of a safetensors file, up to the end of its header; undefined if it is another file or can't be read. */
async function safetensorsHeader(path: string): Promise<Uint8Array | undefined> {
  const file = await open(path).catch(() => undefined);
  if (!file) return undefined;
  try {
    const first = new Uint8Array(9);
    const { bytesRead } = await file.read(first, 0, first.length, 0);
    const end = headerEnd(first.subarray(0, 8));
    if (bytesRead < first.length || end === undefined || first[8] !== 0x7b) return undefined;
    const bytes = new Uint8Array(end);
    const { bytesRead: length } = await file.read(bytes, 0, end, 0);
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

const STATISTICS = ["min", "max", "mean", "deviation", "zeros", "not finite"];

function textOf(name: string, { kind, layers, tensors, unimportable }: Listing, withStatistics: boolean): string {
  const total = tensors.reduce((sum, one) => sum + numberCount(one), 0);
  const layerRows = layers.map(({ name: own, words, known, inputs }) => [
    own,
    known ? words : `${words} (not known here)`,
    inputs.join(", "),
  ]);
  const tensorRows = tensors.map((one) => [
    one.name,
    one.shape.join("x") || "1",
    countText(numberCount(one)),
    ...(withStatistics ? statisticsCells(one) : []),
  ]);
  return [
    `${plainText(name)}: ${kind}, ${plural(tensors.length, "tensor")}, ${countText(total)} numbers.`,
    ...(unimportable === null ? [] : [`It can't be imported: ${plainText(unimportable)}.`]),
    ...(layers.length > 0 ? ["", table(["layer", "is", "reads"], layerRows, 3)] : []),
    "",
    table(["tensor", "shape", "numbers", ...(withStatistics ? STATISTICS : [])], tensorRows),
    "",
  ].join("\n");
}

const numberCount = ({ shape }: ListedTensor): number => shape.reduce((product, axis) => product * axis, 1);

const statisticsCells = ({ statistics: own }: ListedTensor): string[] =>
  own
    ? [own.min, own.max, own.mean, own.deviation]
        .map((one) => (one === null ? "–" : numberText(one)))
        .concat([countText(own.zeros), countText(own.nonfinite)])
    : STATISTICS.map(() => "–");
