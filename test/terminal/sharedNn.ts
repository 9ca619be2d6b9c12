/**
 * Runs the built `nn` command many times in one process, which the tests of a worker share: starting a process takes longer than most commands
 * do. Each run loads the command's own module anew, in the folder and with the arguments of a message. It answers with what the command printed.
 */
import { readFileSync } from "node:fs";
import { inProject } from "../../scripts/project.ts";
import type { Result } from "./run.ts";

export interface Asked {
  readonly folder: string;
  readonly args: readonly string[];
}

const start = inProject("dist/nn.js");
/** The module that `nn.js` loads for each start. */
const [, command] = /await import\("\.\/([\w-]+\.js)"\)/.exec(readFileSync(start, "utf8")) ?? [];
if (command === undefined) throw new Error("dist/nn.js does not import a module.");

let runs = 0;
async function run({ folder, args }: Asked): Promise<Result> {
  process.chdir(folder);
  process.argv = [process.execPath, start, ...args];
  process.exitCode = undefined;
  const printed = { out: capture(process.stdout), err: capture(process.stderr) };
  await import(`../../dist/${command}?${++runs}`);
  return { code: Number(process.exitCode ?? 0), out: printed.out(), err: printed.err() };
}

/** Collects what is written to a stream from now on. */
function capture(stream: NodeJS.WriteStream): () => string {
  let text = "";
  stream.removeAllListeners("error");
  stream.write = (part: string | Uint8Array, ...rest: unknown[]) => {
    text += typeof part === "string" ? part : Buffer.from(part).toString();
    const done = rest.findLast((one) => typeof one === "function");
    if (done) queueMicrotask(() => void (done as () => void)());
    return true;
  };
  return () => text;
}

const answer = (result: Result): void => void process.send?.(result);
process.on("message", (asked: Asked) => void run(asked).then(answer));
process.on("uncaughtException", (error) => answer({ code: 1, out: "", err: error.stack ?? String(error) }));
process.on("disconnect", () => process.exit());
