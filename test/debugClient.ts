/** A client of the debug adapter in the test's own process, without a transport. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { DebugSession } from "../client/debug/session.ts";
import { builtKernels } from "./fixtures.ts";

type Event = DebugProtocol.Event;

export interface DebugTestClient {
  /** Sends a request. Resolves to the response's body; rejects with its message. */
  readonly request: <Body = unknown>(command: string, given?: object) => Promise<Body>;
  /** Resolves to the body of the next event of that name. */
  readonly next: (event: string) => Promise<Event["body"]>;
  /** Moves the training. Resolves to the body of `stopped`. */
  readonly move: (command: string) => Promise<DebugProtocol.StoppedEvent["body"]>;
  /** Launches the file and resolves at the first stop. */
  readonly launch: (options: object) => Promise<void>;
  /** Returns the frames as "name line". */
  readonly frames: () => Promise<string[]>;
  readonly evaluate: (expression: string) => Promise<string>;
  /** Resolves when the running training has received messages once more. */
  readonly turn: () => Promise<void>;
  /** The texts of the debug console so far. */
  readonly printed: string[];
}

export function debugClient(): DebugTestClient {
  const answers = new Map<number, (response: DebugProtocol.Response) => void>();
  const waiting: { readonly event: string; readonly resolve: (body: Event["body"]) => void }[] = [];
  const printed: string[] = [];
  const turns: (() => void)[] = [];
  const send = (message: DebugProtocol.ProtocolMessage): void => {
    if (message.type === "response") {
      const response = message as DebugProtocol.Response;
      answers.get(response.request_seq)?.(response);
      return;
    }
    const { event, body } = message as Event;
    if (event === "output") printed.push((body as DebugProtocol.OutputEvent["body"]).output.trimEnd());
    const at = waiting.findIndex((one) => one.event === event);
    if (at >= 0) waiting.splice(at, 1)[0]?.resolve(body);
  };
  const session = new DebugSession({
    send,
    kernels: builtKernels(),
    rest: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      for (const resolve of turns.splice(0)) resolve();
      // Whatever waited for this turn continues before the training.
      await new Promise((resolve) => setImmediate(resolve));
    },
    now: () => performance.now(),
    ended: () => undefined,
  });
  let seq = 1;
  const request = async <Body>(command: string, given?: object): Promise<Body> => {
    const own = seq++;
    const response = await new Promise<DebugProtocol.Response>((resolve) => {
      answers.set(own, resolve);
      session.handle({ seq: own, type: "request", command, arguments: given });
    });
    if (!response.success) throw new Error(response.message);
    return response.body as Body;
  };
  const next = (event: string): Promise<Event["body"]> => new Promise((resolve) => waiting.push({ event, resolve }));
  return {
    request,
    next,
    printed,
    turn: () => new Promise((resolve) => turns.push(resolve)),
    async move(command) {
      const stopped = next("stopped");
      await request(command, { threadId: 1 });
      return await stopped;
    },
    async launch(options) {
      await request("initialize");
      await request("launch", options);
      const stopped = next("stopped");
      await request("configurationDone");
      await stopped;
    },
    async frames() {
      const { stackFrames } = await request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", { threadId: 1 });
      return stackFrames.map(({ name, line }) => `${name} ${line}`);
    },
    async evaluate(expression) {
      return (await request<DebugProtocol.EvaluateResponse["body"]>("evaluate", { expression, context: "watch" })).result;
    },
  };
}

/** Writes the text to a new file and returns its path. */
export function fileOf(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "debug-")), "net.nn");
  writeFileSync(path, text);
  return path;
}
