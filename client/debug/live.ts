/** The state of a session whose file is open. */
import { type Followed, followed } from "../../engine/debug/followed.ts";
import type { Place } from "../../engine/debug/places.ts";
import { batchRepeater } from "../../engine/debug/repeatedBatch.ts";
import type { KernelFiles } from "../../engine/kernels/wasm.ts";
import { Breakpoints } from "./breakpoints.ts";
import { EditedText } from "./editedText.ts";
import type { Evaluating } from "./evaluation.ts";
import { sourceOf } from "./frames.ts";
import { openProgram } from "./openProgram.ts";
import type { Launch } from "./program.ts";

export interface Live extends Evaluating {
  readonly launch: Launch;
  readonly breakpoints: Breakpoints;
  readonly edited: EditedText;
  /** The data for the panel's views. */
  readonly followed: Followed;
}

/** Writes a line to the debug console, linked to a line of the file. */
type Write = (text: string, at: { readonly line: number; readonly source: ReturnType<typeof sourceOf> }) => void;

/** Throws `LaunchProblem`, or `DataProblem` if the file's data can't be used. */
export async function openLive(launch: Launch, kernels: KernelFiles | undefined, write: Write): Promise<Live> {
  const program = await openProgram(launch, kernels);
  const edited = new EditedText(program);
  const writeAt = (text: string, place: Place): void =>
    write(text, { line: program.lineOf(place), source: sourceOf(program, edited.isEdited) });
  const { timeline } = program.stepper;
  return {
    launch,
    program,
    breakpoints: new Breakpoints(program, edited, writeAt),
    edited,
    repeater: batchRepeater(timeline, program.precision),
    followed: followed(timeline),
  };
}
