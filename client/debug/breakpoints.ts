/** Turns the breakpoints and filters that a client sets into rules for the stepper. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Place } from "../../engine/debug/places.ts";
import type { Stop, Stops } from "../../engine/debug/stops.ts";
import { NON_FINITE } from "./capabilities.ts";
import { dataRule } from "./dataRules.ts";
import type { EditedText } from "./editedText.ts";
import { DEBUGGED_TEXT } from "./frames.ts";
import type { Program } from "./program.ts";
import type { Arguments } from "./requests.ts";
import { breakpointRule, filterRule, isFilter, isMode, logpointRule, type NamedRule } from "./rules.ts";

/** A breakpoint moves at most this many lines to reach one where the training can stop. */
const MOST_LINES = 3;

type Wish = Arguments<"setBreakpoints">;
type Wished = NonNullable<Wish["breakpoints"]>[number];
type Numbered<W> = W & { readonly id: number };
interface Wishes {
  readonly lines: readonly Numbered<Wished>[];
  readonly filters: FilterWishes;
  readonly data: readonly Numbered<DataWishes[number]>[];
}
type FilterWishes = readonly { readonly filterId: string; readonly condition?: string | null | undefined }[];
type DataWishes = Arguments<"setDataBreakpoints">["breakpoints"];

export class Breakpoints {
  readonly #program: Program;
  readonly #edited: EditedText;
  readonly #write: (text: string, place: Place) => void;
  /** The breakpoints in the file and, once it is edited, in the debugged text. */
  readonly #lines = new Map<"file" | "text", readonly NamedRule[]>();
  /** Everything the client has set. A restart sets it again. */
  #wished: Wishes = { lines: [], filters: [], data: [] };
  #filters: readonly NamedRule[] = [];
  #data: readonly NamedRule[] = [];
  #nonFinite = true;
  #nextId = 1;

  constructor(program: Program, edited: EditedText, write: (text: string, place: Place) => void) {
    this.#program = program;
    this.#edited = edited;
    this.#write = write;
  }

  stops(): Stops {
    return { rules: [...[...this.#lines.values()].flat(), ...this.#filters, ...this.#data], nonFinite: this.#nonFinite };
  }

  set({ path, sourceReference }: Wish["source"], wished: readonly Wished[]): DebugProtocol.Breakpoint[] {
    const isText = sourceReference === DEBUGGED_TEXT;
    if (!isText && !isSamePath(path ?? "", this.#program.path))
      return wished.map(() => ({ verified: false, message: "Another file is being debugged." }));
    const lines = this.#numbered(wished);
    if (!isText) this.#wished = { ...this.#wished, lines };
    return this.#setLines(isText, lines);
  }

  #setLines(isText: boolean, wished: readonly Numbered<Wished>[]): DebugProtocol.Breakpoint[] {
    const rules: NamedRule[] = [];
    const answers = wished.map((wish): DebugProtocol.Breakpoint => {
      const { line: wanted, id } = wish;
      const own = isText ? wanted : this.#edited.startLine(wanted);
      if (own === undefined)
        return { id, verified: false, line: wanted, message: "This line was edited since the session began; restart it to stop here." };
      const line = this.#lineFor(own);
      if (line === undefined)
        return {
          id,
          verified: false,
          line: wanted,
          message: "Nothing of this training is computed here. Set it on a layer, the loss, the optimizer, the data or the epochs.",
        };
      const shown = { id, line: isText ? line : (this.#edited.presentLine(line) ?? wanted) };
      const rule = this.#ruleFor(id, line, wish);
      if (typeof rule === "string") return { ...shown, verified: false, message: rule };
      rules.push(rule);
      return { ...shown, verified: true };
    });
    this.#lines.set(isText ? "text" : "file", rules);
    return answers;
  }

  /** Sets the earlier session's breakpoints again, with the same numbers, after the file was reread. Returns the new breakpoints. */
  takeOver(earlier: Breakpoints): DebugProtocol.Breakpoint[] {
    this.#nextId = earlier.#nextId;
    this.#wished = earlier.#wished;
    const { lines, filters, data } = this.#wished;
    this.setFilters(filters);
    this.#nonFinite = earlier.#nonFinite;
    return [...this.#setLines(false, lines), ...this.#setData(data)];
  }

  #numbered<W extends object>(wished: readonly W[]): Numbered<W>[] {
    return wished.map((wish) => ({ ...wish, id: this.#nextId++ }));
  }

  setFilters(wished: FilterWishes): DebugProtocol.Breakpoint[] {
    this.#wished = { ...this.#wished, filters: wished };
    const rules: NamedRule[] = [];
    this.#nonFinite = wished.some(({ filterId }) => filterId === NON_FINITE);
    const answers = wished.map(({ filterId, condition }): DebugProtocol.Breakpoint => {
      if (filterId === NON_FINITE) return { verified: true };
      if (!isFilter(filterId)) return { verified: false, message: `There is no filter ${filterId}.` };
      const rule = filterRule(this.#program.stepper.timeline, filterId, condition ?? "");
      if (typeof rule === "string") return { verified: false, message: rule };
      rules.push(rule);
      return { verified: true };
    });
    this.#filters = rules;
    return answers;
  }

  setData(wished: DataWishes): DebugProtocol.Breakpoint[] {
    const data = this.#numbered(wished);
    this.#wished = { ...this.#wished, data };
    return this.#setData(data);
  }

  #setData(wished: Wishes["data"]): DebugProtocol.Breakpoint[] {
    const rules: NamedRule[] = [];
    const answers = wished.map(({ id, dataId, condition, hitCondition }): DebugProtocol.Breakpoint => {
      const wish = { id, expression: dataId, condition: condition ?? "", hitCondition: hitCondition ?? "" };
      const rule = dataRule(this.#program.stepper.timeline, wish);
      if (typeof rule === "string") return { id, verified: false, message: rule };
      rules.push(rule);
      return { id, verified: true };
    });
    this.#data = rules;
    return answers;
  }

  /** Returns DAP's reason for a stop. */
  reasonOf(stop: Stop): string {
    if (stop.kind === "non-finite") return "exception";
    if (stop.kind === "pause") return "pause";
    const [rule] = namedRules(stop);
    return rule?.origin === "filter" ? "exception" : rule?.origin === "data" ? "data breakpoint" : "breakpoint";
  }

  /** Returns the name of the exception; undefined if the stop is not an exception. */
  exceptionOf(stop: Stop): string | undefined {
    if (stop.kind === "non-finite") return "NN601: Not a number";
    return namedRules(stop).find(({ finding }) => finding !== undefined)?.finding;
  }

  hitBy(stop: Stop): number[] {
    return namedRules(stop).flatMap(({ id }) => (id > 0 ? [id] : []));
  }

  /** Returns why the training is paused; undefined if the arrow shows it. */
  stopText(stop: Stop): string | undefined {
    if (stop.kind === "non-finite") return stop.text;
    if (stop.kind === "end") {
      const { ending } = stop;
      if (ending.kind === "finished") return this.#program.rows ? "The last row is computed." : "The training is finished.";
      return `The training can't go on: in epoch ${ending.epoch}, batch ${ending.batch}. ${ending.first.text}.`;
    }
    return namedRules(stop)
      .map(({ text }) => text())
      .find((text) => text !== "");
  }

  /** Returns the nearest line where the training can stop, at most `MOST_LINES` away. */
  #lineFor(line: number): number | undefined {
    const near = this.#program.stopLines.filter((own) => Math.abs(own - line) <= MOST_LINES);
    return near.sort((a, b) => Math.abs(a - line) - Math.abs(b - line) || b - a)[0];
  }

  #ruleFor(id: number, line: number, { condition, hitCondition, logMessage, mode }: Wished): NamedRule | string {
    const { stepper, lineOf } = this.#program;
    const wish = {
      id,
      isAt: (place: Place) => lineOf(place) === line,
      mode: isMode(mode ?? undefined) ? (mode as "both") : "both",
      condition: condition ?? "",
      hitCondition: hitCondition ?? "",
    } as const;
    const message = logMessage ?? "";
    return message === "" ? breakpointRule(stepper.timeline, wish) : logpointRule(stepper.timeline, wish, message, this.#write);
  }
}

/** Whether two paths name the same file. On Windows the drive letter may be in either case. */
const isSamePath = (a: string, b: string): boolean =>
  a === b || a.replace(/^[A-Z]:/, (drive) => drive.toLowerCase()) === b.replace(/^[A-Z]:/, (drive) => drive.toLowerCase());

/** Every rule of a session is a `NamedRule`. */
const namedRules = (stop: Stop): NamedRule[] => (stop.kind === "rule" ? (stop.rules as readonly NamedRule[]).slice() : []);
