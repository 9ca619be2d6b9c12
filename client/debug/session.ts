/**
 * The debug adapter: the Debug Adapter Protocol on top of the stepper (engine/debug). The editor runs it in a worker, the terminal on standard input
 * and output, and tests directly, so it imports neither the editor nor a transport. It answers requests one after another, except those that
 * interrupt a running training or do not depend on it.
 */
import type { DebugProtocol } from "@vscode/debugprotocol";
import * as v from "valibot";
import { DataProblem } from "../../engine/data/problem.ts";
import type { Followed } from "../../engine/debug/followed.ts";
import type { Stop } from "../../engine/debug/stops.ts";
import type { Instant } from "../../engine/debug/timeline.ts";
import type { KernelFiles } from "../../engine/kernels/wasm.ts";
import { plural } from "../../engine/numberText.ts";
import { plainText } from "../../engine/safeText.ts";
import { capabilities } from "./capabilities.ts";
import { completionsOf } from "./completions.ts";
import type { EditedText } from "./editedText.ts";
import { evaluated, exportedTensor, setNumber, writtenGradient } from "./evaluation.ts";
import { frameInstant, framesOf, isLayerFrame, placeText, threadName } from "./frames.ts";
import { gotoTargets, targetInstant } from "./gotoTargets.ts";
import { type LineValue, lineValues } from "./lineValues.ts";
import { type Live, openLive } from "./live.ts";
import { haltOf, isMove, MOVES, type Move, moved } from "./moves.ts";
import { type Launch, LaunchProblem } from "./program.ts";
import { Refusal } from "./refusal.ts";
import { type Arguments, type Command, isAboutStop, isAnsweredAtOnce, isCommand, requestArguments } from "./requests.ts";
import { Variables } from "./variables.ts";

/** The training is one thread. */
const THREAD = 1;

export interface SessionHost {
  readonly send: (message: DebugProtocol.ProtocolMessage) => void;
  readonly kernels: KernelFiles | undefined;
  /** Resolves after the messages that have arrived are handled. */
  readonly rest: () => Promise<void>;
  readonly now: () => number;
  /** Called when the client has left. */
  readonly ended: () => void;
}

type Interruption = "pause" | "changed" | "restart" | "end";

const anyRequest = v.looseObject({ seq: v.number(), type: v.literal("request"), command: v.string(), arguments: v.optional(v.unknown()) });

export class DebugSession {
  readonly #host: SessionHost;
  #seq = 1;
  #queue: Promise<void> = Promise.resolve();
  #live: Live | undefined;
  #variables: Variables | undefined;
  #stop: Stop | undefined;
  #isRunning = false;
  /** The number of moves that are queued or running. */
  #moves = 0;
  /** Why a running training should halt: a pause by the user, changed breakpoints, a restart, or the end of the session. */
  #interruption: "none" | Interruption = "none";
  #isOver = false;
  #stopOnEntry = true;
  /** The destination of the last `goto` or `nnGoTo`. */
  #destination: Move = "none";

  constructor(host: SessionHost) {
    this.#host = host;
  }

  /** Handles a message from the client, even a malformed one. */
  handle(message: unknown): void {
    const parsed = v.safeParse(anyRequest, message);
    if (!parsed.success) {
      const given = typeof message === "object" && message !== null ? (message as Partial<DebugProtocol.Request>) : {};
      if (given.type === "request")
        this.#respond({ seq: Number(given.seq) || 0, command: String(given.command) }, "The request is malformed.");
      return;
    }
    const request = parsed.output;
    const { command } = request;
    if (command === "pause" || command === "restart") this.#interrupt(command);
    if (command === "disconnect" || command === "terminate") this.#interrupt("end");
    if (command.startsWith("set") && command.includes("Breakpoints")) this.#interrupt("changed");
    // A request whose answer does not depend on the current move is answered at once.
    if (this.#isRunning && isAnsweredAtOnce(command)) void this.#answer(request);
    else if (isMove(command)) this.#queueMove(() => this.#answer(request));
    else this.#queue = this.#queue.then(() => this.#answer(request));
  }

  #queueMove(move: () => Promise<void>): void {
    this.#moves++;
    this.#queue = this.#queue.then(move).then(() => {
      this.#moves--;
      if (this.#interruption !== "end") this.#interruption = "none";
    });
  }

  /** Resolves when all messages received so far are handled. */
  idle(): Promise<void> {
    return this.#queue;
  }

  #interrupt(why: Interruption): void {
    const isFirst = this.#interruption === "none" || this.#interruption === "changed";
    if (why === "end" || (this.#moves > 0 && isFirst)) this.#interruption = why;
  }

  async #answer(request: v.InferOutput<typeof anyRequest>): Promise<void> {
    const { command } = request;
    const isAside = this.#isRunning;
    try {
      if (!isCommand(command)) throw new Refusal(`The debugger does not know the request ${plainText(command)}.`);
      const given = v.safeParse(requestArguments[command], request.arguments ?? {});
      if (!given.success) {
        const [issue] = given.issues;
        throw new Refusal(`The request ${command} is malformed: ${v.getDotPath(issue) ?? "arguments"}: ${issue.message}`);
      }
      if (isAside && isAboutStop(command)) throw new Refusal("The training is running. Pause it to look at its numbers.");
      const body = await this.#requests[command](given.output as never);
      this.#respond(request, undefined, body);
      if (!isAside) await this.#after(command);
    } catch (error) {
      if (error instanceof Refusal || error instanceof LaunchProblem) this.#respond(request, error.message);
      else if (error instanceof DataProblem && !this.#live) this.#respond(request, error.message);
      else this.#respond(request, `The debugger failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** The client shows a problem at the request's own place, such as beside a watch. Only moves and restarts lack one and need a notification. */
  #respond({ seq, command }: { readonly seq: number; readonly command: string }, problem: string | undefined, body?: unknown): void {
    const message = {
      seq: this.#seq++,
      type: "response",
      request_seq: seq,
      success: problem === undefined,
      command,
      ...(problem !== undefined && {
        message: plainText(problem),
        body: { error: { id: 1, format: plainText(problem), showUser: Object.hasOwn(MOVES, command) || command === "restart" } },
      }),
      ...(body !== undefined && { body }),
    };
    this.#host.send(message);
  }

  #event(event: string, body?: object): void {
    const message = { seq: this.#seq++, type: "event", event, ...(body && { body }) };
    this.#host.send(message);
  }

  #reportEdit({ isEdited }: EditedText): void {
    if (isEdited)
      this.#output("The file was edited. The training continues with the original text, which the debugger shows from the next stop on.");
  }

  #output(text: string, place?: Pick<DebugProtocol.OutputEvent["body"], "source" | "line">): void {
    this.#event("output", { category: "console", output: `${plainText(text)}\n`, ...place });
  }

  #requireLive(): Live {
    if (!this.#live) throw new Refusal("No training is being debugged.");
    return this.#live;
  }

  /** Carries out what must follow the response. */
  async #after(command: Command): Promise<void> {
    if (command === "launch") this.#launched();
    else if (command === "configurationDone") await this.#move(this.#stopOnEntry ? "none" : "continue", "entry");
    else if (command in MOVES) await this.#move(MOVES[command as keyof typeof MOVES]);
    else if (command === "goto" || command === "nnGoTo") await this.#move(this.#destination);
    else if (command === "setVariable" || command === "setExpression") this.#event("invalidated", { areas: ["variables"] });
    else if (command === "restart" || command === "restartFrame") this.#stopped(command === "restart" ? "entry" : "restart");
    else if (command === "disconnect" || command === "terminate") this.#end();
    if (command === "disconnect") this.#host.ended();
  }

  #launched(): void {
    for (const note of this.#requireLive().program.notes) this.#output(note);
    this.#event("initialized");
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#live = undefined;
    this.#event("terminated");
    this.#event("exited", { exitCode: 0 });
  }

  /** Moves the training and reports where it stopped. Most messages that arrive meanwhile are handled afterwards, but they may interrupt it. */
  async #move(move: Move, reason = "step"): Promise<void> {
    const { program, breakpoints } = this.#requireLive();
    const { stepper } = program;
    if (move === "none") {
      this.#stop = { kind: "step" };
      this.#stopped(reason);
      return;
    }
    if (move === "continue" && stepper.timeline.cursor.ending()) {
      this.#end();
      return;
    }
    this.#isRunning = true;
    try {
      const halt = haltOf(this.#host, () => this.#interruption !== "none");
      this.#stop = await moved(stepper, move, { stops: breakpoints.stops(), halt });
    } catch (error) {
      this.#output(`The training failed: ${error instanceof Error ? error.message : String(error)}`);
      this.#isRunning = false;
      this.#end();
      return;
    }
    this.#isRunning = false;
    if (this.#interruption === "end" || this.#interruption === "restart") return;
    if (this.#stop.kind === "pause" && this.#interruption === "changed") {
      // The breakpoints have changed. The training continues once the new ones are set.
      this.#queueMove(async () => {
        if (this.#live) await this.#move(move);
      });
      return;
    }
    const count = stepper.takenBack();
    if (count > 0)
      this.#output(
        `${plural(count, "change")} of yours ${count === 1 ? "was" : "were"} taken back, since the training went back before ${count === 1 ? "it" : "them"}.`,
      );
    this.#stopped(typeof move === "object" ? "goto" : "step");
  }

  #stopped(reason: string): void {
    const live = this.#requireLive();
    this.#variables = new Variables(live.program);
    const stop = this.#stop ?? { kind: "step" };
    const description = live.breakpoints.stopText(stop);
    if (stop.kind === "start") this.#output("This is the first place of the training.");
    if (stop.kind === "end") this.#output(`${description ?? ""} Step back to look at it, or continue to end the session.`);
    this.#event("stopped", {
      reason: stop.kind === "step" || stop.kind === "end" || stop.kind === "start" ? reason : live.breakpoints.reasonOf(stop),
      threadId: THREAD,
      allThreadsStopped: true,
      ...(description !== undefined && { description, text: description }),
      ...(stop.kind === "rule" && { hitBreakpointIds: live.breakpoints.hitBy(stop) }),
    });
  }

  #requireStopped(): Followed {
    const live = this.#requireLive();
    if (this.#isRunning) throw new Refusal("The training is running.");
    return live.followed;
  }

  #requireVariables(): Variables {
    if (!this.#variables) throw new Refusal("The training is running.");
    return this.#variables;
  }

  readonly #requests: { readonly [C in Command]: (given: Arguments<C>) => unknown } = {
    initialize: () => capabilities,
    launch: async (given) => {
      if (this.#live) throw new Refusal("A training is being debugged already.");
      this.#live = await this.#open(given);
      this.#stopOnEntry = given.stopOnEntry ?? true;
    },
    setBreakpoints: ({ source, breakpoints = [] }) => {
      const own = this.#requireLive();
      return { breakpoints: own.breakpoints.set(source, breakpoints) };
    },
    setExceptionBreakpoints: ({ filters, filterOptions = [] }) => ({
      breakpoints: this.#requireLive().breakpoints.setFilters([
        ...filters.map((filterId) => ({ filterId, condition: "" })),
        ...filterOptions,
      ]),
    }),
    dataBreakpointInfo: ({ variablesReference, name }) => {
      const expression = variablesReference ? this.#requireVariables().expressionOf(variablesReference, name) : name;
      if (expression instanceof Refusal) return { dataId: null, description: expression.message };
      return { dataId: expression, description: `Stops when ${expression} changes`, accessTypes: ["write"], canPersist: true };
    },
    setDataBreakpoints: ({ breakpoints }) => ({ breakpoints: this.#requireLive().breakpoints.setData(breakpoints) }),
    breakpointLocations: ({ line, endLine }) => ({
      breakpoints: (this.#live?.program.stopLines ?? [])
        .filter((own) => line <= own && own <= (endLine ?? line))
        .map((own) => ({ line: own })),
    }),
    configurationDone: () => {
      this.#requireLive();
    },
    threads: () => ({ threads: this.#live ? [{ id: THREAD, name: threadName(this.#live.program) }] : [] }),
    stackTrace: async ({ startFrame = 0, levels }) => {
      const { program, edited } = this.#requireLive();
      if (await edited.look()) this.#reportEdit(edited);
      const frames = framesOf(program, edited.isEdited);
      const end = levels !== undefined && levels > 0 ? startFrame + levels : frames.length;
      return { stackFrames: frames.slice(startFrame, end), totalFrames: frames.length };
    },
    scopes: ({ frameId }) => {
      const { program } = this.#requireLive();
      const layer = isLayerFrame(frameId) ? program.stepper.timeline.place()?.layer : undefined;
      return { scopes: this.#requireVariables().scopes(layer !== undefined && layer >= 0 ? layer : undefined) };
    },
    variables: ({ variablesReference, ...paging }) => {
      const variables = this.#requireVariables().variables(variablesReference, paging);
      if (!variables) throw new Refusal("The training has moved on; open the variable again.");
      return { variables };
    },
    setVariable: ({ variablesReference, name, value }) =>
      setNumber(this.#requireLive().program, required(this.#requireVariables().expressionOf(variablesReference, name)), value),
    setExpression: ({ expression, value }) => setNumber(this.#requireLive().program, expression, value),
    evaluate: (given) => evaluated(this.#requireLive(), this.#variables, given),
    completions: ({ text, column }) => ({
      targets: completionsOf(this.#requireLive().program.stepper.timeline, text.slice(0, Math.max(0, column - 1))),
    }),
    exceptionInfo: () => {
      const live = this.#requireLive();
      const [exceptionId, description] = this.#stop
        ? [live.breakpoints.exceptionOf(this.#stop), live.breakpoints.stopText(this.#stop)]
        : [];
      if (exceptionId === undefined) throw new Refusal("The training stopped without an exception.");
      return { exceptionId, description, breakMode: "always" };
    },
    source: () => ({ content: this.#requireLive().program.text }),
    nnValues: ({ of }) => {
      const { program, edited } = this.#requireLive();
      const values = this.#isRunning ? [] : lineValues(program);
      if (of === "text") return { values };
      const present = ({ line, ...value }: LineValue): LineValue[] =>
        [edited.presentLine(line) ?? []].flat().map((own) => ({ ...value, line: own }));
      return { values: values.flatMap(present) };
    },
    nnStep: async () => ({ place: placeText(this.#requireLive().program), ...(await this.#requireStopped().step()) }),
    nnNetwork: () => ({ place: placeText(this.#requireLive().program), ...this.#requireStopped().network() }),
    nnText: ({ text }) => {
      const { edited } = this.#requireLive();
      // The editor requests the stack again at the next stop. An event now would take the focus from the editor while the user is typing.
      if (edited.report(text)) this.#reportEdit(edited);
    },
    nnExport: (given) => exportedTensor(this.#requireLive().program, given),
    nnGradient: ({ weight }) => writtenGradient(this.#requireLive().program, weight),
    gotoTargets: ({ source, line }) => {
      const { program, edited } = this.#requireLive();
      return { targets: gotoTargets(program, edited, source, line) };
    },
    goto: ({ targetId }) => {
      const { stepper } = this.#requireLive().program;
      this.#destination = { to: targetInstant(stepper.timeline, targetId) };
    },
    nnGoTo: ({ epoch, batch }) => {
      const { batches } = this.#requireLive().program.stepper.timeline.cursor.layout;
      this.#destination = { to: { epoch, batch: Math.min(batch, batches) - 1, index: 0, isDone: false } };
    },
    continue: () => {
      this.#requireLive();
      return { allThreadsContinued: true };
    },
    reverseContinue: () => this.#requireLive() && undefined,
    next: () => this.#requireLive() && undefined,
    stepIn: () => this.#requireLive() && undefined,
    stepOut: () => this.#requireLive() && undefined,
    stepBack: () => this.#requireLive() && undefined,
    pause: () => this.#requireLive() && undefined,
    restart: async () => {
      const { edited, launch, breakpoints, program } = this.#requireLive();
      await edited.look();
      if (!edited.isStale) {
        await this.#goTo(program.stepper.timeline.first);
        return;
      }
      const live = await this.#open(launch);
      live.edited.takeOver(edited);
      for (const breakpoint of live.breakpoints.takeOver(breakpoints)) this.#event("breakpoint", { reason: "changed", breakpoint });
      this.#live = live;
      this.#stop = { kind: "step" };
      for (const note of live.program.notes) this.#output(note);
    },
    restartFrame: async ({ frameId }) => {
      await this.#goTo(frameInstant(frameId, this.#requireLive().program.stepper.timeline));
    },
    disconnect: () => undefined,
    terminate: () => undefined,
  };

  async #open(launch: Launch): Promise<Live> {
    return await openLive(launch, this.#host.kernels, (text, at) => this.#output(text, at));
  }

  async #goTo(instant: Instant): Promise<void> {
    const { stepper } = this.#requireLive().program;
    await stepper.goTo(instant);
    this.#stop = { kind: "step" };
    const count = stepper.takenBack();
    if (count > 0) this.#output(`${plural(count, "change")} of yours ${count === 1 ? "was" : "were"} taken back.`);
  }
}

/** Returns the text. Throws a refusal. */
function required(text: string | Refusal): string {
  if (text instanceof Refusal) throw text;
  return text;
}
