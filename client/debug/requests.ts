/** The requests that the debug adapter answers, each with a schema of its arguments. */
import * as v from "valibot";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.string();
const condition = v.optional(v.nullable(text));
const nothing = v.looseObject({});

export const requestArguments = {
  initialize: nothing,
  launch: v.looseObject({
    /** The file's path on this machine. */
    program: v.pipe(text, v.minLength(1)),
    /** The training's name, if the file has several. */
    run: v.optional(text),
    precision: v.optional(v.picklist(["float32", "float64"])),
    /** Folders that data may be read from, besides the file's own. */
    roots: v.optional(v.array(text)),
    /** The cursor's line, from 1. It selects among several trainings or expectations. */
    line: v.optional(count),
    stopOnEntry: v.optional(v.boolean()),
    /** Replaces the file's seed. */
    seed: v.optional(count),
    /** The session starts before this epoch and mini-batch; both count from 1. */
    epoch: v.optional(v.pipe(count, v.minValue(1))),
    batch: v.optional(v.pipe(count, v.minValue(1))),
    /** A saved run: its folder, or a checkpoint. */
    from: v.optional(v.pipe(text, v.minLength(1))),
    /** Where in the saved run the session starts. */
    at: v.optional(v.picklist(["start", "best", "last", "diverged"])),
    /** The line, from 1, of a row in an `expect` block. Only this row goes forward through the network. */
    expectLine: v.optional(v.pipe(count, v.minValue(1))),
  }),
  setBreakpoints: v.looseObject({
    source: v.looseObject({ path: v.optional(v.nullable(text)), sourceReference: v.optional(v.nullable(count)) }),
    breakpoints: v.optional(
      v.array(
        v.looseObject({ line: count, condition, hitCondition: condition, logMessage: condition, mode: v.optional(v.nullable(text)) }),
      ),
    ),
  }),
  setExceptionBreakpoints: v.looseObject({
    filters: v.optional(v.array(text), []),
    filterOptions: v.optional(v.array(v.looseObject({ filterId: text, condition }))),
  }),
  dataBreakpointInfo: v.looseObject({ variablesReference: v.optional(count), name: text }),
  setDataBreakpoints: v.looseObject({ breakpoints: v.array(v.looseObject({ dataId: text, condition, hitCondition: condition })) }),
  breakpointLocations: v.looseObject({ line: count, endLine: v.optional(count) }),
  configurationDone: nothing,
  threads: nothing,
  stackTrace: v.looseObject({ startFrame: v.optional(count), levels: v.optional(count) }),
  scopes: v.looseObject({ frameId: count }),
  variables: v.looseObject({
    variablesReference: count,
    filter: v.optional(text),
    start: v.optional(count),
    count: v.optional(count),
  }),
  setVariable: v.looseObject({ variablesReference: count, name: text, value: text }),
  setExpression: v.looseObject({ expression: text, value: text }),
  evaluate: v.looseObject({ expression: text, context: v.optional(text) }),
  completions: v.looseObject({ text, column: count }),
  exceptionInfo: nothing,
  source: nothing,
  /** Requests only for our editor extension: the values at the ends of the lines, the data for One Step and Network, the file's current text. */
  nnValues: v.looseObject({ of: v.optional(v.picklist(["file", "text"]), "file") }),
  nnStep: nothing,
  nnNetwork: nothing,
  nnText: v.looseObject({ text }),
  /** Writes out a weight's gradient. */
  nnGradient: v.looseObject({ weight: text }),
  /** Returns a tensor's numbers as a file, in base64. */
  nnExport: v.looseObject({ expression: text, format: v.picklist(["csv", "safetensors"]) }),
  gotoTargets: v.looseObject({
    source: v.looseObject({ path: v.optional(v.nullable(text)), sourceReference: v.optional(v.nullable(count)) }),
    line: count,
  }),
  goto: v.looseObject({ targetId: count }),
  /** Goes to a mini-batch. Both numbers count from 1. */
  nnGoTo: v.looseObject({ epoch: v.pipe(count, v.minValue(1)), batch: v.optional(v.pipe(count, v.minValue(1)), 1) }),
  continue: nothing,
  reverseContinue: nothing,
  next: nothing,
  stepIn: nothing,
  stepOut: nothing,
  stepBack: nothing,
  pause: nothing,
  restart: nothing,
  restartFrame: v.looseObject({ frameId: count }),
  disconnect: nothing,
  terminate: nothing,
} as const;

export type Command = keyof typeof requestArguments;
export type Arguments<C extends Command> = v.InferOutput<(typeof requestArguments)[C]>;
export const isCommand = (command: string): command is Command => Object.hasOwn(requestArguments, command);

/** Requests about the place where the training is paused. They are refused while it is running. */
const ABOUT_STOP: ReadonlySet<string> = new Set<Command>([
  "stackTrace",
  "scopes",
  "variables",
  "setVariable",
  "setExpression",
  "evaluate",
  "exceptionInfo",
  "gotoTargets",
  "nnStep",
  "nnNetwork",
  "nnExport",
  "nnGradient",
]);
const ALWAYS: ReadonlySet<string> = new Set<Command>(["threads", "source", "breakpointLocations", "nnValues", "nnText"]);

export const isAboutStop = (command: string): boolean => ABOUT_STOP.has(command);
/** Whether a request is answered without waiting for a running training to stop. */
export const isAnsweredAtOnce = (command: string): boolean => ABOUT_STOP.has(command) || ALWAYS.has(command);
