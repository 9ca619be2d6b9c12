/** Tries exports in a Python chosen by the user: predicts with Keras or ONNX Runtime, trains a script for an epoch, reads logs with TensorBoard. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Predicted } from "../../../engine/exchange/compare.ts";
import type { LoggedScalar } from "../../../engine/exchange/tensorboard/read.ts";
import { codeOf } from "../../runs/fileProblems.ts";
import { FileError } from "../openFile.ts";

export type PythonPrediction = (
  python: string,
  file: { readonly bytes: Uint8Array; readonly predicted: Predicted; readonly count: number },
) => Promise<{ readonly runtime: string; readonly outputs: readonly { readonly values: readonly number[] }[] }>;

/** Both read rows from standard input, and print the outputs of the given model file. */
const KERAS = `import json, os, sys
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np, keras
given = json.load(sys.stdin)
model = keras.models.load_model(sys.argv[1], safe_mode=True, compile=False)
rows = [np.array(one["values"], "float32").reshape(one["shape"]) for one in given]
found = model(rows if len(rows) > 1 else rows[0], training=False)
found = found if isinstance(found, (list, tuple)) else [found]
found = [keras.ops.convert_to_numpy(one).ravel().astype(float).tolist() for one in found]
print("\\n" + json.dumps({"runtime": "Keras " + keras.__version__, "outputs": found}))`;

const ONNX = `import json, sys
import numpy as np, onnxruntime
given = json.load(sys.stdin)
session = onnxruntime.InferenceSession(sys.argv[1])
rows = {put.name: np.array(one["values"], "float32").reshape(one["shape"]) for put, one in zip(session.get_inputs(), given)}
found = session.run([one["output"] for one in json.loads(sys.argv[2])], rows)
found = [one.ravel().astype(float).tolist() for one in found]
print("\\n" + json.dumps({"runtime": "ONNX Runtime " + onnxruntime.__version__, "outputs": found}))`;

const predictionBy =
  (program: string, name: string): PythonPrediction =>
  (python, { bytes, predicted, count }) =>
    withFiles(new Map([[name, bytes]]), async (folder) => {
      const rows = predicted.inputs.map(({ shape, values }) => ({ shape: [count, ...shape], values: [...values] }));
      const outputs = predicted.outputs.map(({ layer }) => ({ output: layer }));
      const printed = await run(python, ["-c", program, join(folder, name), JSON.stringify(outputs)], { input: JSON.stringify(rows) });
      const { runtime, outputs: found } = lastLine<{ readonly runtime: string; readonly outputs: readonly number[][] }>(printed);
      return { runtime, outputs: found.map((values) => ({ values })) };
    });

export const kerasPrediction = predictionBy(KERAS, "model.keras");
export const onnxPrediction = predictionBy(ONNX, "model.onnx");

/** Runs the script from standard input for one epoch, and saves nothing. */
const SCRIPT = `import json, os, re, sys
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
text = re.sub(r"^EPOCHS = \\d+$", "EPOCHS = 1", sys.stdin.read(), flags=re.M)
scope = {"__name__": "__main__"}
exec(compile(text[: text.rindex("model.save(")], "script", "exec"), scope)
losses = {name: float(values[-1]) for name, values in scope["history"].history.items() if name in ("loss", "val_loss")}
print("\\n" + json.dumps({"runtime": "Keras " + scope["keras"].__version__, "losses": losses}))`;

/** Runs a script in its data folder. */
export async function scriptLosses(
  python: string,
  script: string,
  folder: string,
): Promise<{ readonly runtime: string; readonly losses: { readonly loss?: number; readonly val_loss?: number } }> {
  return lastLine(await run(python, ["-c", SCRIPT], { input: script, folder }));
}

const TENSORBOARD = `import json, math, os, sys
import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
found = []
for part in sorted(os.listdir(sys.argv[1])):
    events = EventAccumulator(os.path.join(sys.argv[1], part), size_guidance={"tensors": 0})
    events.Reload()
    for tag in events.Tags()["tensors"]:
        for one in events.Tensors(tag):
            if len(one.tensor_proto.float_val) == 1:
                value = one.tensor_proto.float_val[0]
                found.append({"part": part, "tag": tag, "step": one.step, "value": value if math.isfinite(value) else None})
print("\\n" + json.dumps({"runtime": "TensorBoard " + tensorboard.__version__, "scalars": found}))`;

/** Returns the scalars that TensorBoard reads. A non-finite value is null. */
export const tensorboardScalars = (
  python: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<{ readonly runtime: string; readonly scalars: readonly PartScalar[] }> =>
  withFiles(files, async (folder) => lastLine(await run(python, ["-c", TENSORBOARD, folder])));

/** A scalar in a part's folder. */
export interface PartScalar extends Omit<LoggedScalar, "value"> {
  readonly part: string;
  readonly value: number | null;
}

async function withFiles<T>(files: ReadonlyMap<string, Uint8Array>, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "nn-export-"));
  try {
    for (const [name, bytes] of files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const lastLine = <T>(printed: string): T => JSON.parse(printed.trim().split("\n").at(-1) ?? "") as T;

/** Returns the program's output. Throws `FileError` if it fails. An interrupted command ends the program too. */
async function run(
  python: string,
  args: readonly string[],
  { input = "", folder }: { readonly input?: string; readonly folder?: string } = {},
): Promise<string> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await new Promise((resolve, reject) => {
      const { signal } = interruption;
      const child = spawn(python, args, { stdio: ["pipe", "pipe", "pipe"], signal, ...(folder !== undefined && { cwd: folder }) });
      let [out, errors] = ["", ""];
      child.stdout.on("data", (data: Buffer) => (out += data.toString()));
      child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
      // After an interruption, `close` follows as soon as the program has ended.
      child.on("error", (error) => {
        if (!signal.aborted) reject(new FileError(unstarted(python, error)));
      });
      child.on("close", (code) => {
        if (code === 0) resolve(out);
        else reject(new FileError(signal.aborted ? INTERRUPTED : failure(python, errors, code)));
      });
      child.stdin.on("error", () => undefined);
      child.stdin.end(input);
    });
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const INTERRUPTED = "The export was interrupted. Nothing was written.";

const unstarted = (python: string, error: Error): string =>
  codeOf(error) === "ENOENT"
    ? `There is no Python ${python}; name one that is installed, such as --python python3.`
    : `${python} can't be started: ${error.message}.`;

function failure(python: string, errors: string, code: number | null): string {
  const last = errors.trim().split("\n").at(-1) || `it ended with ${code}`;
  const [, missing] = /^ModuleNotFoundError: No module named '([^'.]+)/.exec(last) ?? [];
  return missing === undefined
    ? `${python} could not use the export: ${last}`
    : `${python} has no package ${missing}; install it with ${python} -m pip install ${missing}, or name another Python with --python.`;
}
