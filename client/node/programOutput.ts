/** Runs the bundled terminal command and returns its output. The editor's own executable runs as Node, so the user needs no Node installation. */
import { execFile } from "node:child_process";

const MOST_BYTES = 64e6;

/** Rejects with an Error for the user if the command fails. */
export function programOutput(program: string, args: readonly string[], folder: string): Promise<string> {
  return new Promise((done, fail) => {
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: "1", NO_COLOR: "1" };
    execFile(process.execPath, [program, ...args], { cwd: folder, env, maxBuffer: MOST_BYTES }, (error, out, err) => {
      if (error) fail(new Error(err.trim() === "" ? error.message : err.trim()));
      else done(out);
    });
  });
}
