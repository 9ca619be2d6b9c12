/** Measures the packaged language server's response times over stdio, like any other client. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createMessageConnection, type MessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-languageserver/node";
import { inProject } from "../project.ts";

export interface Latencies {
  readonly lines: number;
  /** The 95th percentile of the time from a keystroke to the diagnostics, in milliseconds. */
  readonly diagnostics: number;
  /** The 95th percentile of the completion's time, in milliseconds. */
  readonly completion: number;
  /** The server's memory in bytes after a fifth of the edits, when its heap has reached its full size, and after all edits. */
  readonly memory: readonly [number, number] | undefined;
}

const MODEL = (i: number): string =>
  `model M${i} {\n  x: input 28x28\n  flatten\n  a: dense 300 relu\n  dropout 0.2\n  dense 100 bias=false\n  batch_norm\n  relu\n  b: dense 100 relu\n  c: dense 100 relu from a\n  concat from b, c\n  dense 50 tanh\n  dense 10 softmax\n}\n\n`;

export async function latencies(models: number, edits: number): Promise<Latencies> {
  const server = spawn(process.execPath, [inProject("dist/server.js"), "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection: MessageConnection = createMessageConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  connection.onRequest("workspace/diagnostic/refresh", () => null);
  connection.listen();
  const uri = "file:///latency.nn";
  const text = Array.from({ length: models }, (_, i) => MODEL(i)).join("");
  const lines = text.split("\n").length - 1;
  await connection.sendRequest("initialize", { processId: null, rootUri: null, capabilities: { textDocument: { diagnostic: {} } } });
  await connection.sendNotification("initialized", {});
  await connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "nn", version: 1, text } });
  const memory = (): number => {
    try {
      return 1024 * Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1] ?? 0);
    } catch {
      return 0;
    }
  };
  const times: { diagnostics: number[]; completion: number[] } = { diagnostics: [], completion: [] };
  let early = 0;
  // Each edit types the next letter of a layer in the middle of the file, or deletes the layer and starts again.
  const line = 15 * Math.floor(models / 2) + 10;
  const word = "  dense 12 ta";
  for (let k = 0; k < edits; k++) {
    const length = k % word.length;
    const version = k + 2;
    const range = { start: { line, character: 0 }, end: { line, character: k === 0 ? 0 : (k - 1) % word.length } };
    const change =
      k === 0
        ? { range: { start: { line, character: 0 }, end: { line, character: 0 } }, text: "\n" }
        : { range, text: word.slice(0, length) };
    await connection.sendNotification("textDocument/didChange", { textDocument: { uri, version }, contentChanges: [change] });
    const began = performance.now();
    await connection.sendRequest("textDocument/diagnostic", { textDocument: { uri } });
    times.diagnostics.push(performance.now() - began);
    const asked = performance.now();
    await connection.sendRequest("textDocument/completion", { textDocument: { uri }, position: { line, character: length } });
    times.completion.push(performance.now() - asked);
    if (k === Math.floor(edits / 5)) early = memory();
  }
  const late = memory();
  await connection.sendRequest("shutdown");
  await connection.sendNotification("exit");
  connection.dispose();
  const warm = (values: readonly number[]): number => {
    const sorted = values.slice(20).sort((a, b) => a - b);
    return sorted[Math.floor(0.95 * sorted.length)] ?? Number.NaN;
  };
  return {
    lines,
    diagnostics: warm(times.diagnostics),
    completion: warm(times.completion),
    memory: early > 0 ? [early, late] : undefined,
  };
}
