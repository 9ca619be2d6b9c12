/** The Python process that trains a job. It ends together with this process: it notices when its input closes (python/job/launch.py). */
import { type ChildProcess, spawn } from "node:child_process";
import { codeOf } from "../runs/fileProblems.ts";

const CANDIDATES: readonly string[] = process.platform === "win32" ? ["python", "py"] : ["python3", "python"];
const PACKAGES = `"torch>=2.4" safetensors numpy`;
/** The exit code of launch.py if a package is missing. */
const MISSING = 3;
const MOST_OUTPUT = 20_000;
/** A process that is still running this long after its input was closed is killed. */
const END_MS = 5000;

/** Python can't be started, or ended early. The message is for the user. */
export class PythonError extends Error {}

export class PythonProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #errors = "";
  #failure: string | undefined;

  private constructor(python: string, child: ChildProcess) {
    this.#child = child;
    child.stdout?.resume();
    child.stderr?.on("data", (part: Buffer) => (this.#errors = (this.#errors + part.toString()).slice(-MOST_OUTPUT)));
    child.stdin?.on("error", () => undefined);
    this.#ended = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        this.#failure = code === MISSING ? missing(python, this.#errors) : broken(this.#errors, signal ?? `code ${code}`);
        resolve();
      });
    });
  }

  /**
   * Starts the given Python, or, if `python` is empty, the first usual name that is found. Its temporary files go into the folder
   * `scratch`. Throws `PythonError` if it can't be started.
   */
  static async start(python: string, args: readonly string[], scratch: string): Promise<PythonProcess> {
    // torchrun's leftovers are removed with the folder.
    const env = { ...process.env, TMPDIR: scratch, TEMP: scratch, TMP: scratch };
    const names = python === "" ? CANDIDATES : [python];
    for (const name of names) {
      // In its own process group, so that Ctrl+C in a terminal reaches only nn, which requests the end and saves.
      const child = spawn(name, args, { env, detached: process.platform !== "win32", windowsHide: true, stdio: ["pipe", "pipe", "pipe"] });
      const error = await new Promise<Error | undefined>((resolve) => {
        child.once("spawn", () => resolve(undefined));
        child.once("error", resolve);
      });
      if (!error) return new PythonProcess(name, child);
      if (python !== "")
        throw new PythonError(`${python} can't be started (${codeOf(error) || error.message}); name a Python that has PyTorch.`);
    }
    throw new PythonError(
      `There is no Python named ${names.join(" or ")}; install Python from python.org, then run ${names[0]} -m pip install ${PACKAGES}`,
    );
  }

  /** Why the process ended; undefined while it runs. A complete training has already written its last event. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Ends the process and everything that it started. */
  async end(): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#kill(), END_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  #kill(): void {
    const { pid } = this.#child;
    try {
      if (pid !== undefined && process.platform !== "win32") process.kill(-pid, "SIGKILL");
      else this.#child.kill("SIGKILL");
    } catch {
      // It has ended in the meantime.
    }
  }
}

const missing = (python: string, errors: string): string =>
  `${python} has no ${/^missing: (\w+)/m.exec(errors)?.[1] ?? "torch"}, which the engine torch needs; name another Python (--python, in the editor backprop.python), or install it with: ${python} -m pip install ${PACKAGES}`;

/** Quotes the cause from Python's error output: the script's own line, torchrun's about a killed worker, or the last line. */
function broken(errors: string, how: string): string {
  const own = /^train\.py failed: (.+)/m.exec(errors) ?? /traceback\s*: (Signal .+)/.exec(errors);
  const cause = (own?.[1] ?? errors.trim().split("\n").at(-1) ?? "").trim();
  return `The training in Python ended with ${how}${cause === "" ? "" : `: ${cause}`}.`;
}
