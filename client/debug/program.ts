/** What is debugged: the text of a `.nn` file, its training or its rows, and the lines of their places. */
import { basename } from "node:path";
import type { Place } from "../../engine/debug/places.ts";
import type { Stepper } from "../../engine/debug/stepper.ts";
import type { FileReader } from "../../engine/host.ts";
import type { KernelFiles } from "../../engine/kernels/wasm.ts";
import type { Precision } from "../../engine/network/compile.ts";
import type { Analysis } from "../../server/language/analysis.ts";
import type { Planned } from "../../server/language/toPlan.ts";
import type { Arguments } from "./requests.ts";
import type { SavedRun } from "./savedRun.ts";

export type Launch = Arguments<"launch">;

export interface Program {
  readonly path: string;
  readonly text: string;
  /** The text of the file at the start, which a saved run's may differ from. */
  readonly present: string;
  readonly planned: Planned;
  readonly stepper: Stepper;
  readonly precision: Precision;
  /** Returns the line of a place, from 1. */
  readonly lineOf: (place: Place) => number;
  /** Returns the line of a part of the plan, from 1. */
  readonly lineOfKey: (key: string) => number;
  /** The line of the block: that of the training, or of the expectations. */
  readonly blockLine: number;
  /** The lines where the training can stop, rising. */
  readonly stopLines: readonly number[];
  /** The rows that go through the network; undefined if a training is debugged. */
  readonly rows?: DebuggedRows;
  /** What the user should know of the start, in sentences. */
  readonly notes: readonly string[];
}

export interface DebuggedRows {
  readonly count: number;
  /** Returns what the network computed for a row, and whether it is as expected. */
  readonly resultOf: (row: number) => string;
}

/** What a program is made of. */
export interface Source {
  readonly launch: Launch;
  readonly path: string;
  readonly text: string;
  /** The text that the file has now. */
  readonly present: string;
  readonly analysis: Analysis;
  readonly files: FileReader;
  readonly kernels: KernelFiles | undefined;
  /** The run that `from` names. */
  readonly saved: SavedRun | undefined;
}

/** A file that can't be debugged, with the reason for the user. */
export class LaunchProblem extends Error {}

/** Returns the line of an offset, from 1. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split(/\r\n|\r|\n/).length;

/** Returns why the file can't be debugged: its first error. */
export function firstError({ issues, text }: Analysis, path: string): LaunchProblem {
  const name = basename(path);
  const error = issues.find(({ severity }) => severity === "error");
  return new LaunchProblem(
    error ? `${name}:${lineAt(text, error.span.start)}: ${error.code}: ${error.message}` : `${name} can't be trained yet.`,
  );
}
