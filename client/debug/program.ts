/** The debugged program: the text of a `.nn` file, its training or its rows, and the lines of their places. */
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
  /** The file's text at the start of the session. A saved run's text may differ from it. */
  readonly present: string;
  readonly planned: Planned;
  readonly stepper: Stepper;
  readonly precision: Precision;
  /** Returns the line of a place, from 1. */
  readonly lineOf: (place: Place) => number;
  /** Returns the line of a part of the plan, from 1. */
  readonly lineOfKey: (key: string) => number;
  /** The line of the `train` or `expect` block. */
  readonly blockLine: number;
  /** The lines where the training can stop, in ascending order. */
  readonly stopLines: readonly number[];
  /** The debugged rows; undefined if a training is debugged. */
  readonly rows?: DebuggedRows;
  /** Notes for the user about the start, in sentences. */
  readonly notes: readonly string[];
}

export interface DebuggedRows {
  readonly count: number;
  /** Returns the network's result for a row, and whether it meets the expectation. */
  readonly resultOf: (row: number) => string;
}

/** The input from which a program is prepared. */
export interface Source {
  readonly launch: Launch;
  readonly path: string;
  readonly text: string;
  /** The file's current text. */
  readonly present: string;
  readonly analysis: Analysis;
  readonly files: FileReader;
  readonly kernels: KernelFiles | undefined;
  /** The run that `from` names. */
  readonly saved: SavedRun | undefined;
}

/** Thrown if a file can't be debugged. The message tells the user why. */
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
