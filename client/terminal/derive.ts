/** `nn derive`: writes out the gradient of one weight by the chain rule, as Markdown or LaTeX, in float64. */
import { DataProblem } from "../../engine/data/problem.ts";
import { DerivationProblem } from "../../engine/derive/derivation.ts";
import { derivedDocument } from "../../engine/derive/open.ts";
import { FileError, openFile, requirePlan, UsageError } from "./openFile.ts";

export interface DeriveOptions {
  readonly weight: string;
  readonly run?: string;
  /** Row numbers from 1. */
  readonly rows?: readonly number[];
  readonly epoch?: number;
  readonly latex?: boolean;
  readonly exercise?: boolean;
  readonly allow: readonly string[];
}

export async function derive(name: string, { weight, run, rows, epoch, latex, exercise, allow }: DeriveOptions): Promise<void> {
  const file = await openFile(name, { allow });
  const { plan, sources } = requirePlan(file, run);
  const lineOf = (key: string): number => file.lines.at(sources[key]?.start ?? 0).line;
  const format = latex ? "latex" : "markdown";
  const text = await derivedDocument(plan, file.files, { weight, rows, epoch, format, isExercise: exercise }).catch((error: unknown) => {
    if (error instanceof DerivationProblem) throw new UsageError(`${name}: ${error.message}`);
    throw error instanceof DataProblem ? new FileError(`${name}:${lineOf(error.at)}:1: error ${error.code}: ${error.message}`) : error;
  });
  process.stdout.write(text);
}
