/** `nn export` and `nn import`: a run is exported in each format, verified, and imported again with its weights. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { replaceFile } from "../../client/terminal/replaceFile.ts";
import { parseSafetensors, safetensorsFrom } from "../../engine/files/safetensors.ts";
import { inProject } from "../../scripts/project.ts";
import { type Result, runNn, startNn } from "./run.ts";

let folder: string;
const nn = (...args: string[]): Promise<Result> => runNn(folder, args);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "backprop-exchange-"));
  cpSync(inProject("samples/xor.nn"), join(folder, "xor.nn"));
  expect((await nn("train", "xor.nn", "--epochs", "5", "--out", "run")).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(["keras", "onnx", "html", "safetensors"])("a run is exported as %s, and compared with the engine", async (format) => {
  const { code, out } = await nn("export", "run", "--to", format, "--out", `xor.${format}`, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ file: `xor.${format}`, format, largest_difference: expect.any(Number) });
  expect(JSON.parse(out).largest_difference).toBeLessThan(1e-6);
  expect(existsSync(join(folder, `xor.${format}`))).toBe(true);
});

test("an export is verified by default and with --verify, and not with --no-verify", async () => {
  const verified = async (...args: string[]) => JSON.parse((await nn("export", "run", "--to", "keras", "--json", ...args)).out).verified;
  expect(await verified()).toContain("compared with the engine");
  expect(await verified("--verify")).toBe(await verified());
  expect(await verified("--no-verify")).toBeUndefined();
});

test.each(["keras", "onnx", "html"])("an earlier %s export is replaced, which is said", async (format) => {
  const args = ["export", "run", "--to", format, "--out", `twice.${format}`];
  expect((await nn(...args)).out).toContain(`Written to twice.${format}.`);
  expect((await nn(...args)).out).toContain(`Written to twice.${format}, in place of an earlier export.`);
  expect(JSON.parse((await nn(...args, "--json")).out)).toMatchObject({ replaced: true });
});

test("an export replaces no source, no foreign file and no file of a run", async () => {
  writeFileSync(join(folder, "notes.html"), "<p>mine</p>");
  writeFileSync(join(folder, "Edited.py"), "print('edited')");
  for (const [format, taken] of [
    ["keras", "xor.nn"],
    ["html", "notes.html"],
    ["keras-script", "Edited.py"],
    ["safetensors", "run/weights.safetensors"],
    ["onnx", "run/plan.json"],
  ] as const) {
    const before = readFileSync(join(folder, taken));
    expect(await nn("export", "xor.nn", "--to", format, "--out", taken)).toEqual({
      code: 2,
      out: "",
      err: `There is a file ${taken} already; name another one with --out.\n`,
    });
    expect(readFileSync(join(folder, taken))).toEqual(before);
  }
});

test("an export refuses a folder and leaves nothing behind", async () => {
  mkdirSync(join(folder, "taken.onnx"));
  expect(await nn("export", "run", "--to", "onnx", "--out", "taken.onnx")).toMatchObject({
    code: 2,
    err: expect.stringContaining("taken.onnx can't be written: a folder has this name already"),
  });
  expect(readdirSync(folder)).not.toContain("taken.onnx.part");
  await expect(replaceFile(join(folder, "taken.onnx"), "text")).rejects.toThrow();
  expect(readdirSync(folder)).not.toContain("taken.onnx.part");
});

test.skipIf(process.platform === "win32")("an export refuses a pipe and a link (Windows has no pipes in folders)", async () => {
  execFileSync("mkfifo", [join(folder, "pipe.onnx")]);
  symlinkSync("xor.nn", join(folder, "link.onnx"));
  expect(await nn("export", "run", "--to", "onnx", "--out", "pipe.onnx")).toMatchObject({
    code: 2,
    err: "pipe.onnx is a named pipe, not a file; it is not opened.\n",
  });
  expect(lstatSync(join(folder, "pipe.onnx")).isFIFO()).toBe(true);
  expect(await nn("export", "run", "--to", "onnx", "--out", "link.onnx")).toMatchObject({
    code: 2,
    err: expect.stringContaining("link.onnx is a link"),
  });
});

test("the inputs of a page range over the numbers that the file has", async () => {
  writeFileSync(join(folder, "leaves.csv"), "length,width\n0.0,1\n0.3,2\n5.3,4\n7.9,7\n");
  writeFileSync(
    join(folder, "leaves.nn"),
    'model Leaves {\n  input length\n  dense 1\n}\ndata D {\n  features length\n  target width\n  scale standard\n  source csv("leaves.csv")\n}\ntrain Leaves on D {\n  loss mse\n  epochs 1\n}\n',
  );
  expect((await nn("train", "leaves.nn", "--out", "leaves")).code).toBe(0);
  expect((await nn("export", "leaves", "--to", "html", "--out", "leaves.html")).code).toBe(0);
  const [, content = ""] = /id="content">([^<]*)<\/script>/.exec(readFileSync(join(folder, "leaves.html"), "utf8")) ?? [];
  expect(JSON.parse(content).ranges).toEqual([{ min: 0, max: 7.9, start: 3.375 }]);
});

test("a Keras script is compared with the plan, and TensorBoard's logs with the run; a file without events has no logs", async () => {
  const script = await nn("export", "run", "--to", "keras-script");
  expect(script.out).toContain("Written to Xor.py.");
  expect(script.out).toContain(
    "Read back and compared with the plan: the seed, the epochs, the batches, 3 layers and the shapes of 4 parameters are equal.",
  );
  const logs = await nn("export", "run", "--to", "tensorboard", "--out", "logs");
  // 5 epochs with loss, accuracy, rate, and three numbers of each of two layers.
  expect(logs.out).toMatch(
    /Read back with 45 numbers in whole records: (they are equal|the largest difference from the run's is \d\.\de-(?:[89]|1\d))/,
  );
  expect(existsSync(join(folder, "logs/train"))).toBe(true);
  expect(await nn("export", "xor.nn", "--to", "tensorboard")).toMatchObject({ code: 2, err: expect.stringContaining("name its folder") });
});

test("what was exported comes back with its text and its weights, and overwrites nothing", async () => {
  await nn("export", "run", "--to", "keras", "--out", "back.keras");
  expect(await nn("import", "back.keras")).toMatchObject({ code: 0, err: "" });
  const text = readFileSync(join(folder, "back.nn"), "utf8");
  expect(text).toContain('start weights("back.safetensors")');
  const tensors = (name: string) => parseSafetensors(new Uint8Array(readFileSync(join(folder, name)))).tensors;
  expect(tensors("back.safetensors").get("hidden/kernel")).toEqual(tensors("run/weights.safetensors").get("hidden/kernel"));
  expect(await nn("import", "back.keras")).toMatchObject({ code: 2, err: expect.stringContaining("There is a file back.nn already") });
  expect(await nn("check", "back.nn")).toMatchObject({ code: 0 });
});

test("a file without a training is exported with the weights that it writes, or drawn ones, which is said", async () => {
  cpSync(inProject("samples/gates.nn"), join(folder, "gates.nn"));
  writeFileSync(join(folder, "drawn.nn"), "model Drawn {\n  input a, b\n  dense 3 tanh\n  dense 1\n}\n");
  for (const format of ["keras", "onnx", "html", "safetensors"]) {
    const { out, err, code } = await nn("export", "drawn.nn", "--to", format, "--out", `drawn.${format}`);
    expect({ err, code }).toEqual({ err: "", code: 0 });
    expect(out).toContain("drawn.nn has no `train` block, so Drawn is exported untrained, with the start weights of seed 42.");
    expect(out).toContain("invented rows");
  }
  expect(await nn("export", "gates.nn", "--to", "onnx")).toMatchObject({ code: 2, err: expect.stringContaining("say which with --run: ") });
  expect(await nn("export", "drawn.nn", "--to", "keras-script")).toMatchObject({
    code: 2,
    err: expect.stringContaining("no `train` block"),
  });
  expect(await nn("import", "drawn.keras", "--out", "again.nn")).toMatchObject({ code: 0, err: "" });
});

test("a file is listed with its layers and tensors, and nothing is written", async () => {
  await nn("export", "run", "--to", "keras", "--out", "list.keras");
  const { out, code } = await nn("import", "list.keras", "--list");
  expect(code).toBe(0);
  expect(out).toContain("a Keras model, 4 tensors, 17 numbers.");
  expect(out).toMatch(/hidden +dense 4 tanh +input/);
  expect(out).toMatch(/hidden\/kernel +2x4 +8/);
  const { tensors } = JSON.parse((await nn("import", "run/weights.safetensors", "--list", "--statistics", "--json")).out);
  expect(tensors[0]).toMatchObject({ name: "hidden/kernel", shape: [2, 4], statistics: { zeros: 0, nonfinite: 0 } });
  expect(existsSync(join(folder, "list.nn"))).toBe(false);
  await nn("export", "run", "--to", "onnx", "--out", "list.onnx");
  for (const name of ["list.onnx", "run/weights.safetensors"]) {
    const { layers } = JSON.parse((await nn("import", name, "--list", "--json")).out);
    expect(layers).toEqual([
      { name: "input_1", words: "input a, b", known: true, inputs: [] },
      { name: "hidden", words: "dense 4 tanh", known: true, inputs: ["input_1"] },
      { name: "dense_1", words: "dense 1 sigmoid", known: true, inputs: ["hidden"] },
    ]);
  }
  expect(await nn("import", "list.keras", "--statistics")).toMatchObject({ code: 2, err: "--statistics belongs to --list.\n" });
});

test("a script that Keras can't train is refused with the reason", async () => {
  cpSync(inProject("samples/perceptron.nn"), join(folder, "perceptron.nn"));
  for (const name of ["iris.csv", "iris-setosa.csv"]) cpSync(inProject("samples", name), join(folder, name));
  expect(await nn("export", "perceptron.nn", "--to", "keras-script")).toEqual({
    code: 1,
    out: "",
    err: "There is no Keras script for this network: Keras has no optimizer perceptron, so no script can train like this.\n",
  });
});

test("a wrong format, an option of another format and a file that is no model are refused with a reason", async () => {
  expect(await nn("export", "run", "--to", "pickle")).toMatchObject({ code: 2 });
  expect(await nn("export", "run", "--to", "keras", "--own-units")).toMatchObject({ code: 2, err: "--own-units belongs to --to onnx.\n" });
  writeFileSync(join(folder, "note.pt"), "no model");
  expect(await nn("import", "note.pt")).toMatchObject({ code: 1, err: expect.stringContaining("it is not a Keras or ONNX model") });
});

test("TensorBoard's logs of two trainings are not mixed in one folder; a resumed training continues its own", async () => {
  const train = (...args: string[]) => nn("train", "xor.nn", "--epochs", "3", "--tensorboard", "live", ...args);
  expect((await train("--out", "logged")).code).toBe(0);
  const refused = { code: 2, out: "", err: expect.stringContaining(`${join("live", "Xor", "train")} has the logs of another training`) };
  expect(await train()).toMatchObject(refused);
  expect((await nn("train", "xor.nn", "--epochs", "4", "--resume", "logged", "--tensorboard", "live")).code).toBe(0);
  const past = (subject: string) => nn("export", subject, "--to", "tensorboard", "--out", "one");
  expect((await past("run")).code).toBe(0);
  expect((await past("run")).code).toBe(0);
  expect(readdirSync(join(folder, "one/train"))).toHaveLength(1);
  // The file is named after the second in which the training started.
  cpSync(join(folder, "run"), join(folder, "later"), { recursive: true });
  utimesSync(join(folder, "later/history.jsonl"), 2e9, 2e9);
  expect(await past("later")).toMatchObject({ code: 2, err: expect.stringContaining("name another folder with --out") });
});

test.skipIf(process.platform !== "linux")("logs and exports into /proc are refused, and end (only Linux has /proc)", async () => {
  for (const args of [
    ["train", "xor.nn", "--epochs", "1", "--tensorboard", "/proc/x"],
    ["export", "run", "--to", "onnx", "--out", "/proc/x/y.onnx"],
    ["job", "xor.nn", "--out", "/proc/x"],
  ])
    expect(await nn(...args)).toMatchObject({
      code: expect.toSatisfy((code) => code > 0),
      err: expect.stringContaining("can't be written"),
    });
});

test("a Python that is missing is reported with what to do", async () => {
  expect(await nn("export", "run", "--to", "keras", "--out", "p.keras", "--python", "nowhere/python")).toMatchObject({
    code: 1,
    err: "There is no Python nowhere/python; name one that is installed, such as --python python3.\n",
  });
});

test.skipIf(process.platform === "win32")(
  "a Python without a package is named, and one that runs ends with nn (Windows has no shell scripts)",
  async () => {
    const python = (name: string, ...lines: string[]): string => {
      const path = join(folder, name);
      writeFileSync(path, ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
      return path;
    };
    const bare = python("bare", "echo \"ModuleNotFoundError: No module named 'numpy'\" >&2", "exit 1");
    const args = ["export", "run", "--to", "keras", "--out", "p.keras", "--python"];
    expect((await nn(...args, bare)).err).toContain(`${bare} has no package numpy; install it with ${bare} -m pip install numpy, or`);
    const slow = python("slow", 'echo $$ > "$(dirname "$0")/pid"', "kill -INT $PPID", "exec sleep 20");
    expect(await startNn(folder, [...args, slow])).toMatchObject({ code: 1, err: "The export was interrupted. Nothing was written.\n" });
    expect(() => process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), 0)).toThrow("ESRCH");
    expect(existsSync(join(folder, "p.keras"))).toBe(false);
  },
);

test("the export of a diverged training says so, and an import names tensors with NaN", async () => {
  writeFileSync(
    join(folder, "diverging.nn"),
    "model Net {\n  input a\n  dense 1\n}\ndata D {\n  1 -> 1\n  2 -> 3\n}\ntrain Net on D {\n  loss mse\n  optimizer sgd(learning_rate=1e30)\n  epochs 5\n}\n",
  );
  expect((await nn("train", "diverging.nn", "--out", "diverged")).code).toBe(1);
  for (const subject of ["diverged", "diverged/weights.safetensors"])
    expect((await nn("export", subject, "--to", "onnx", "--out", "diverged.onnx")).out).toMatch(
      /The training diverged: .* weights( of epoch \d+)? are restored\./,
    );
  const { tensors, metadata } = parseSafetensors(new Uint8Array(readFileSync(join(folder, "diverged/weights.safetensors"))));
  const broken = [...tensors.values()].map((tensor) => ({
    ...tensor,
    values: tensor.values.map((value, k) => (k === 0 ? Number.NaN : value)),
  }));
  writeFileSync(join(folder, "nan.safetensors"), safetensorsFrom(broken, metadata));
  expect((await nn("import", "nan.safetensors", "--out", "nan-in.nn")).out).toMatch(
    /NaN or infinite numbers are in dense_1\/kernel, dense_1\/bias, so/,
  );
});
