/** `nn evaluate`: prints the loss and the metrics of a trained network on each part of its data, or on the rows of another file. */
import { measureRows } from "../../engine/evaluate/part.ts";
import type { MeasuredPart } from "../../engine/events.ts";
import { countText, numberText } from "../../engine/numberText.ts";
import type { DataPlan, SourcePlan } from "../../engine/plan.ts";
import { plainText } from "../../engine/safeText.ts";
import { FileError, openFile, requirePlan, UsageError } from "./openFile.ts";
import { isIdx, readUnpacked, sourceOf } from "./predictRows.ts";
import { table } from "./print.ts";
import { type OtherData, type Subject, savedSubject, trainedSubject } from "./subjects.ts";

export interface EvaluateOptions {
  readonly weights?: string;
  readonly data?: string;
  readonly labels?: string;
  readonly run?: string;
  readonly json?: boolean;
  readonly allow: readonly string[];
}

/** The measurements on one part, or on a data file. */
type Evaluated = { readonly part?: string; readonly data?: string; readonly rows: number } & MeasuredPart;

export async function evaluate(name: string, { weights, data, labels, run, json, allow }: EvaluateOptions): Promise<void> {
  if (data !== undefined && weights === undefined)
    throw new UsageError("--data needs the weights that are evaluated: add --weights, with a file of `nn train --out`.");
  if (labels !== undefined && data === undefined) throw new UsageError("--labels belongs to --data, a file of images.");
  const file = await openFile(name, { allow });
  const options = run === undefined ? {} : { run };
  const subject =
    weights === undefined
      ? await trainedSubject(file, requirePlan(file, run))
      : await savedSubject(file, { weights, ...options }, data === undefined ? undefined : await otherData(data, labels));
  const evaluated =
    data === undefined ? await partsOf(subject) : [{ data, ...(await measured(subject, subject.trained.examples.parts.train)) }];
  process.stdout.write(`${json ? JSON.stringify(evaluated) : evaluatedText(evaluated)}\n`);
}

async function partsOf(subject: Subject): Promise<Evaluated[]> {
  const { train, validation, test } = subject.trained.examples.parts;
  const all: Evaluated[] = [];
  for (const [part, rows] of Object.entries({ training: train, validation, test }))
    if (rows.length > 0) all.push({ part, ...(await measured(subject, rows)) });
  return all;
}

const measured = async ({ trained, plan }: Subject, rows: Uint32Array): Promise<MeasuredPart & { readonly rows: number }> => ({
  rows: rows.length,
  ...(await measureRows(trained, plan, rows)),
});

function evaluatedText(evaluated: readonly Evaluated[]): string {
  const names = Object.keys(evaluated[0]?.metrics ?? {});
  const text = (value: number | undefined): string => (value === undefined || Number.isNaN(value) ? "–" : numberText(value));
  const rows = evaluated.map(({ part, data, rows: count, loss, metrics }) => [
    part ?? data ?? "",
    countText(count),
    text(loss),
    ...names.map((one) => text(metrics[one])),
  ]);
  return table([evaluated[0]?.part === undefined ? "data" : "part", "rows", "loss", ...names], rows);
}

/** Reads a file whose rows replace all parts. Throws `FileError` if it has images without labels. */
async function otherData(name: string, labels: string | undefined): Promise<OtherData> {
  const bytes = await readUnpacked(name);
  const isImages = isIdx(bytes);
  if (isImages && labels === undefined) throw new UsageError(`${name} holds images; add --labels with the IDX file of their labels.`);
  const labelBytes = labels === undefined ? undefined : await readUnpacked(labels);
  return {
    of: (data): DataPlan => ({
      ...data,
      source: otherSource(data, { name, labels, bytes }),
      ownSources: { validation: null, test: null },
      split: { ...data.split, train: 1, validation: 0, test: 0, by: null },
      // Evaluation gives every row the same weight.
      classWeight: null,
      sampleWeight: null,
    }),
    files: { read: async (path) => (path === labels ? (labelBytes ?? bytes) : bytes) },
  };
}

function otherSource(
  { features, source, target }: DataPlan,
  { name, labels, bytes }: { readonly name: string; readonly labels: string | undefined; readonly bytes: Uint8Array },
): SourcePlan {
  if (isIdx(bytes) !== (source.kind === "idx"))
    throw new FileError(
      plainText(
        source.kind === "idx"
          ? `${name} is a table, but the network is trained on images; name an IDX file, and its labels with --labels.`
          : `${name} holds images, but the network takes the columns ${(features ?? []).join(", ")}; name a CSV file.`,
      ),
    );
  if (source.kind === "idx") return { ...source, images: name, labels: labels ?? "" };
  return sourceOf(source, name, bytes, [...(features ?? []), ...target]);
}
