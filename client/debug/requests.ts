/** The requests that the debug adapter answers, and a schema of the arguments that each of them reads. */
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
    /** The line of the cursor, from 1: of several trainings or expectations, those there are debugged. */
    line: v.optional(count),
    stopOnEntry: v.optional(v.boolean()),
    /** The seed in place of the file's. */
    seed: v.optional(count),
    /** The epoch, and the batch in it, before which the training is at first; both from 1. */
    epoch: v.optional(v.pipe(count, v.minValue(1))),
    batch: v.optional(v.pipe(count, v.minValue(1))),
    /** A saved run: its folder, or a checkpoint. */
    from: v.optional(v.pipe(text, v.minLength(1))),
    /** Where in the saved run the training is at first. */
    at: v.optional(v.picklist(["start", "best", "last", "diverged"])),
    /** The line of a row of an `expect` block, from 1: this row alone goes forward through the network. */
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
  /** The editor's own: the values behind the lines, what One Step and Network show, and the file's current text. */
  nnValues: v.looseObject({ of: v.optional(v.picklist(["file", "text"]), "file") }),
  nnStep: nothing,
  nnNetwork: nothing,
  nnText: v.looseObject({ text }),
  /** Writes out the gradient of a weight. */
  nnGradient: v.looseObject({ weight: text }),
  /** Returns the numbers of a tensor as the bytes of a file, in base64. */
  nnExport: v.looseObject({ expression: text, format: v.picklist(["csv", "safetensors"]) }),
  gotoTargets: v.looseObject({
    source: v.looseObject({ path: v.optional(v.nullable(text)), sourceReference: v.optional(v.nullable(count)) }),
    line: count,
  }),
  goto: v.looseObject({ targetId: count }),
  /** Goes to a mini-batch; both numbers count from 1. */
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

/** Requests about the place where the training is paused: they are refused while it is running. */
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
/** Whether a request need not wait until a running training stops. */
export const isAnsweredAtOnce = (command: string): boolean => ABOUT_STOP.has(command) || ALWAYS.has(command);
