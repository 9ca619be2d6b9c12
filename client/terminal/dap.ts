/** `nn dap --stdio`: the debugger for editors other than VS Code. Nothing else may write to standard output. */
import { framed, frameReader } from "../debug/framing.ts";
import { DebugSession } from "../debug/session.ts";
import { kernelFiles } from "../node/kernelFiles.ts";

/** Runs the debugger until the client ends the session or closes the input. */
export async function dap(): Promise<void> {
  await new Promise<void>((ended) => {
    const session = new DebugSession({
      send: (message) => process.stdout.write(framed(message)),
      kernels: kernelFiles(new URL(".", import.meta.url)),
      rest: () => new Promise((resolve) => setImmediate(resolve)),
      now: () => performance.now(),
      ended,
    });
    const reader = frameReader((message) => session.handle(message));
    process.stdin.on("data", (bytes: Buffer) => reader.take(bytes));
    process.stdin.on("end", () => session.handle({ seq: 0, type: "request", command: "disconnect" }));
  });
  process.stdin.destroy();
}
