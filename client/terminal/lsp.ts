/** `nn lsp --stdio`: the language server for editors other than VS Code. Its bundle is in the command's folder. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs the server. Resolves with its exit code. */
export async function lsp(): Promise<number> {
  const server = fileURLToPath(new URL("./server.js", import.meta.url));
  const child = spawn(process.execPath, [server, "--stdio"], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  return await new Promise((done) => {
    child.on("error", () => done(1));
    child.on("close", (code) => done(code ?? 1));
  });
}
