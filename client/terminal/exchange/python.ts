/** Predicts with Keras or ONNX Runtime in a Python that the user names, for comparison. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Difference, differenceOf } from "../../../engine/exchange/compare.ts";
import { FileError } from "../openFile.ts";
import type { Verified } from "./verify.ts";

/** Reads rows from standard input and prints the outputs of the model in the file that it is given. */
const PROGRAMS = {
  keras: `import json, os, sys
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np, keras
given = json.load(sys.stdin)
model = keras.models.load_model(sys.argv[1], safe_mode=True, compile=False)
rows = [np.array(one["values"], "float32").reshape(one["shape"]) for one in given]
found = model(rows if len(rows) > 1 else rows[0], training=False)
found = found if isinstance(found, (list, tuple)) else [found]
found = [keras.ops.convert_to_numpy(one).ravel().astype(float).tolist() for one in found]
print("\\n" + json.dumps({"runtime": "Keras " + keras.__version__, "outputs": found}))`,
  onnx: `import json, sys
import numpy as np, onnxruntime
given = json.load(sys.stdin)
session = onnxruntime.InferenceSession(sys.argv[1])
rows = {put.name: np.array(one["values"], "float32").reshape(one["shape"]) for put, one in zip(session.get_inputs(), given)}
found = session.run([one["output"] for one in json.loads(sys.argv[2])], rows)
found = [one.ravel().astype(float).tolist() for one in found]
print("\\n" + json.dumps({"runtime": "ONNX Runtime " + onnxruntime.__version__, "outputs": found}))`,
} as const;

export const PYTHON_FORMATS: readonly string[] = Object.keys(PROGRAMS);

/** Throws `FileError` if that Python can't predict. */
export async function pythonDifference(
  python: string,
  to: string,
  { bytes, predicted, count }: Verified,
): Promise<Difference & { readonly runtime: string }> {
  const program = PROGRAMS[to as keyof typeof PROGRAMS];
  const folder = await mkdtemp(join(tmpdir(), "nn-export-"));
  try {
    const file = join(folder, `model.${to}`);
    await writeFile(file, bytes);
    const rows = predicted.inputs.map(({ shape, values }) => ({ shape: [count, ...shape], values: [...values] }));
    const outputs = predicted.outputs.map(({ layer }) => ({ output: layer }));
    const printed = await run(python, ["-c", program, file, JSON.stringify(outputs)], JSON.stringify(rows));
    const found = JSON.parse(printed.trim().split("\n").at(-1) ?? "") as {
      readonly runtime: string;
      readonly outputs: readonly number[][];
    };
    return {
      runtime: found.runtime,
      ...differenceOf(
        predicted.outputs,
        found.outputs.map((values) => ({ values })),
      ),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(python: string, args: readonly string[], input: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const child = spawn(python, args, { stdio: ["pipe", "pipe", "pipe"] });
    let [out, errors] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (out += data.toString()));
    child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
    child.on("error", (error) => reject(new FileError(`${python} can't be started: ${error.message}.`)));
    child.on("close", (code) => {
      if (code === 0) resolve(out);
      else
        reject(new FileError(`${python} could not predict with the file: ${errors.trim().split("\n").at(-1) ?? `it ended with ${code}`}`));
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
