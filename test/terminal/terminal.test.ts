/** The built `nn` command in a terminal: exit codes, streams, JSON, bad input. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { interruptedNn, type Result, runNn } from "./run.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backprop-terminal-"));
  for (const name of ["iris.nn", "iris.csv", "xor.nn", "diabetes.nn", "diabetes.csv"])
    cpSync(inProject("samples", name), join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nn = (args: readonly string[]): Promise<Result> => runNn(folder, args);

const write = (name: string, text: string | Uint8Array): void => writeFileSync(join(folder, name), text);
const lines = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const model = (data: string): string =>
  `model M {\n  input 2\n  dense 1\n}\ndata D {\n  ${data}\n}\ntrain M on D {\n  loss mse\n  epochs 2\n}\n`;

describe("nn check", () => {
  test("a correct file: no output, exit code 0", async () =>
    expect(await nn(["check", "iris.nn", "xor.nn"])).toEqual({ code: 0, out: "", err: "" }));

  test("a missing file is reported, and the others are checked", async () => {
    writeFileSync(join(folder, "bad.nn"), "model M {\n  input 4\n  dens 3\n}\n");
    const { code, out, err } = await nn(["check", "nowhere.nn", "bad.nn"]);
    expect(out).toMatch(/^bad\.nn:3:3: error NN201/);
    expect(err).toContain("There is no file nowhere.nn");
    expect(code).toBe(2);
  });

  test("findings as file:line:column on standard output, exit code 1", async () => {
    write("bad.nn", "model M {\n  input 4\n  dens 3\n}\n");
    expect(await nn(["check", "bad.nn"])).toEqual({
      code: 1,
      out: "bad.nn:3:3: error NN201: There is no layer `dens`; did you mean `dense`?\n",
      err: "",
    });
    const [found] = JSON.parse((await nn(["check", "--json", "bad.nn"])).out);
    expect(found).toMatchObject({ file: "bad.nn", line: 3, column: 3, endLine: 3, endColumn: 7, severity: "error", code: "NN201" });
  });

  test.each([
    ["check"],
    ["check", "nowhere.nn"],
    ["frobnicate"],
    ["train", "iris.nn", "--epochs", "1.5"],
    ["train", "iris.nn", "--run", "other"],
  ])("nn %s %s: a wrong command line, exit code 2", async (...args) => {
    const { code, out, err } = await nn(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).not.toMatch(/\n {4}at /);
  });

  test("help and version exit with 0", async () => {
    expect(await nn(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("train") });
    expect(await nn(["train", "--help"])).toMatchObject({ code: 0, out: expect.stringContaining("--precision") });
    expect((await nn(["--version"])).out.trim()).toBe(JSON.parse(readFileSync(inProject("package.json"), "utf8")).version);
  });
});

describe("nn train", () => {
  test("--json: one event per line, epochs with their layers' lines and gradients, then finished", async () => {
    const { code, out } = await nn(["train", "iris.nn", "--json", "--epochs", "3"]);
    const events = lines(out);
    expect(code).toBe(0);
    expect(events.filter(({ event }) => event === "epoch")).toHaveLength(3);
    expect(events.find(({ event }) => event === "epoch")).toMatchObject({
      epoch: 1,
      loss: expect.any(Number),
      val_loss: expect.any(Number),
      metrics: { accuracy: expect.any(Number), val_accuracy: expect.any(Number) },
      seconds: expect.any(Number),
      layers: [
        {
          name: "hidden",
          line: 7,
          gradient: {
            norm: expect.any(Number),
            mean: expect.any(Number),
            spread: expect.any(Number),
            max: expect.any(Number),
            zeros: expect.any(Number),
          },
          update_ratio: expect.any(Number),
        },
        { name: "dense_1", line: 8 },
      ],
    });
    expect(events.at(-1)).toMatchObject({
      event: "finished",
      epochs: 3,
      seconds: expect.any(Number),
      load_seconds: expect.any(Number),
      threads: 1,
      samples_per_second: expect.any(Number),
    });
  });

  test("every run has the same numbers, another seed has others", async () => {
    const losses = async (...more: string[]): Promise<unknown[]> =>
      lines((await nn(["train", "diabetes.nn", "--json", "--epochs", "4", ...more])).out).flatMap(({ event, loss, val_loss }) =>
        event === "epoch" ? [loss, val_loss] : [],
      );
    const first = await losses();
    expect(await losses()).toEqual(first);
    expect(await losses("--seed", "7")).not.toEqual(first);
  });

  test("--out saves the plan, the history and the weights in safetensors", async () => {
    expect((await nn(["train", "xor.nn", "--epochs", "5", "--out", "run"])).code).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, "run/plan.json"), "utf8"))).toMatchObject({ version: 1, training: { epochs: 5 } });
    expect(lines(readFileSync(join(folder, "run/history.jsonl"), "utf8")).filter(({ event }) => event === "epoch")).toHaveLength(5);
    const bytes = readFileSync(join(folder, "run/weights.safetensors"));
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
    expect(header["hidden/kernel"]).toEqual({ dtype: "F32", shape: [2, 4], data_offsets: [0, 32] });
    expect(bytes.length).toBe(8 + length + 17 * 4);
    expect(existsSync(join(folder, "run/weights.safetensors.part"))).toBe(false);
  });

  test("an interrupt stops it cleanly: it prints a last line and saves the weights", async () => {
    // There are so many epochs that even a late interrupt comes before the last one.
    const { code, out } = await interruptedNn(folder, ["train", "xor.nn", "--epochs", "1000000000", "--out", "cut"], /epoch +1 /);
    expect(code).toBe(0);
    expect(out).toMatch(/Stopped after epoch \d+\.\nSaved to cut/);
    expect(existsSync(join(folder, "cut/weights.safetensors"))).toBe(true);
  });

  test("ends with the loss and the metrics of the test part, if there is one", async () => {
    const { out } = await nn(["train", "diabetes.nn", "--epochs", "3"]);
    expect(out).toMatch(/\ntest part, 66 rows: loss \d[\d.]* {2}mae \d[\d.]* {2}r2 -?\d[\d.]*\n$/);
    expect((await nn(["train", "xor.nn", "--epochs", "3"])).out).not.toContain("test part");
  });

  test("--seeds trains from several seeds and counts where they end; each is the training of its seed", async () => {
    const { code, out } = await nn(["train", "xor.nn", "--epochs", "40", "--seeds", "3", "--json"]);
    expect(code).toBe(0);
    const results = JSON.parse(out);
    expect(results.map(({ seed }: { seed: number }) => seed)).toEqual([42, 43, 44]);
    const alone = lines((await nn(["train", "xor.nn", "--epochs", "40", "--seed", "43", "--json"])).out);
    expect(results[1].values.loss).toBe(alone.filter(({ event }) => event === "epoch").at(-1)?.["loss"]);
    expect((await nn(["train", "xor.nn", "--epochs", "900", "--seeds", "3"])).out).toMatch(
      /\n3 seeds\nloss: best .+\naccuracy: 3 of 3 reach 1\n$/,
    );
    expect((await nn(["train", "xor.nn", "--seeds", "2", "--out", "many"])).code).toBe(2);
    expect((await nn(["train", "xor.nn", "--seeds", "2", "--resume", "many"])).err).toContain(
      "nothing is resumed; add --seeds 1 to continue",
    );
    expect((await nn(["train", "xor.nn", "--seeds", "2", "--epochs", "0"])).out).toMatch(/\n\n2 seeds\n$/);
  });

  test("`seeds` in the file does the same; --seeds goes before it, so one of the trainings can be saved", async () => {
    write("seeds.nn", readFileSync(join(folder, "xor.nn"), "utf8").replace(/ {2}epochs .*/, "  epochs 40\n  seeds 3"));
    const byOption = await nn(["train", "xor.nn", "--epochs", "40", "--seeds", "3"]);
    expect(await nn(["train", "seeds.nn"])).toEqual(byOption);
    expect((await nn(["train", "seeds.nn", "--out", "one"])).err).toContain("add --seeds 1 to train and save one");
    const saved = await nn(["train", "seeds.nn", "--seeds", "1", "--out", "one"]);
    expect([saved.code, saved.out]).toEqual([0, expect.stringContaining("Saved to one")]);
    write(
      "missing.nn",
      'model M {\n  input a\n  dense 1\n}\ndata D {\n  source csv("none.csv")\n  target b\n}\ntrain M on D {\n  loss mse\n  seeds 2\n}\n',
    );
    expect((await nn(["train", "missing.nn"])).code).toBe(1);
  });

  test("--set changes the values of `let` lines for this training, and names those that there are", async () => {
    const text = readFileSync(join(folder, "xor.nn"), "utf8")
      .replace("learning_rate=0.5", "learning_rate=rate")
      .replace("dense 4", "dense units");
    write("lets.nn", `let rate = 0.1\nlet units = 2 + 1\n${text}`);
    const started = async (...set: string[]): Promise<unknown> =>
      lines((await nn(["train", "lets.nn", "--epochs", "1", "--json", ...set])).out);
    const plain = lines((await nn(["train", "xor.nn", "--epochs", "1", "--json"])).out);
    const changed = (await started("--set", "rate=0.5", "--set", "units=4")) as Record<string, unknown>[];
    // A slow epoch reports its progress before its end.
    const [first, same] = [plain, changed].map((all) => all.find(({ event }) => event === "epoch")?.["loss"]);
    expect(first).toEqual(expect.any(Number));
    expect(same).toBe(first);
    expect(changed[0]?.["plan"]).toBe(plain[0]?.["plan"]);
    expect(((await started()) as Record<string, unknown>[])[0]?.["plan"]).not.toBe(plain[0]?.["plan"]);
    const { code, err } = await nn(["train", "lets.nn", "--set", "speed=1"]);
    expect([code, err]).toEqual([2, "lets.nn has no `let speed` to set; it has rate, units.\n"]);
    expect((await nn(["train", "lets.nn", "--set", "rate"])).code).toBe(2);
  });

  test("ends with a table of each layer's gradients", async () => {
    const { out } = await nn(["train", "xor.nn", "--epochs", "2"]);
    expect(out).toMatch(/gradients +line +shape +parameters +norm +mean +largest +zeros +update\/weight\nhidden +\d+ +4 +12 /);
  });
});

describe("nn gradients and nn summary", () => {
  test("gradients by hand: one weight, a = 2x on (1 → 0) and (2 → 0)", async () => {
    write(
      "hand.nn",
      "model M {\n  input 1\n  one: dense 1 linear kernel=[[2]] bias=[0]\n}\ndata D {\n  1 -> 0\n  2 -> 0\n}\ntrain M on D {\n  loss mse\n}\n",
    );
    const { code, out } = await nn(["gradients", "hand.nn", "--json"]);
    expect([code, JSON.parse(out)]).toEqual([
      0,
      { loss: 10, layers: { input_1: { line: 2, output: [[1], [2]] }, one: { line: 3, output: [[2], [4]], kernel: [[10]], bias: [6] } } },
    ]);
  });

  test("gradients of a small network: every number, for all rows or chosen ones", async () => {
    const all = await nn(["gradients", "hand.nn"]);
    expect(all.out).toContain("loss 10, over 2 rows");
    expect(all.out).toMatch(
      /W of one\n +unit 1\nfrom 1 +2\n\nb of one\n +unit 1\n +0\n\na of one\n +unit 1\nrow 1 +2\nrow 2 +4\n\nt of one\n +unit 1\nrow 1 +0\nrow 2 +0\n\n∂L\/∂a of one\n +unit 1\nrow 1 +2\nrow 2 +4\n\n∂L\/∂W of one\n +unit 1\nfrom 1 +10\n\n∂L\/∂b of one\n +unit 1\n +6\n/,
    );
    const second = await nn(["gradients", "hand.nn", "--rows", "2"]);
    expect(second.out).toContain("loss 16, over 1 row\n");
    expect(second.out).toMatch(/a of one\n +unit 1\nrow 2 +4\n/);
    expect(await nn(["gradients", "hand.nn", "--rows", "1-3"])).toEqual({
      code: 2,
      out: "",
      err: "hand.nn: The data have the rows 1 to 2; there is no row 3.\n",
    });
    expect((await nn(["gradients", "hand.nn", "--rows", "two"])).code).toBe(2);
    expect((await nn(["gradients", "iris.nn"])).out).toContain("With --json: every number.");
    // The output's error by its formula, (a − t) / n, and the gradient of one weight of the hidden layer, by the chain rule.
    const { out } = await nn(["gradients", "xor.nn"]);
    const of = (title: string): number[][] =>
      (out.split(`${title}\n`)[1]?.split("\n\n")[0] ?? "")
        .split("\n")
        .slice(1)
        .map((row) => row.trim().split(/ {2,}/).slice(1).map(Number));
    const [x, a, t, w] = [of("x of input_1"), of("a of dense_1"), of("t of dense_1"), of("W of dense_1")];
    const [error, slopes] = [of("∂L/∂z of dense_1"), of("z of hidden").map((row) => row.map((z) => 1 - Math.tanh(z) ** 2))];
    let sum = 0;
    for (let row = 0; row < 4; row++) {
      expect(error[row]?.[0]).toBeCloseTo(((a[row]?.[0] ?? 0) - (t[row]?.[0] ?? 0)) / 4, 5);
      sum += (x[row]?.[0] ?? 0) * (slopes[row]?.[1] ?? 0) * (w[1]?.[0] ?? 0) * (error[row]?.[0] ?? 0);
    }
    expect(of("∂L/∂W of hidden")[0]?.[1]).toBeCloseTo(sum, 5);
  });

  test("summary has shapes and parameters, and continues after an error", async () => {
    const { out } = await nn(["summary", "iris.nn"]);
    expect(out).toMatch(/layer +kind +from +output +kernel +parameters\n/);
    expect(out).toMatch(/hidden +dense relu +16 +4x16 +80\n/);
    expect(out).toMatch(/^131 parameters$/m);
    write("part.nn", "model M {\n  input 28x28\n  dense 10 relu\n  dense 3\n}\n");
    const broken = await nn(["summary", "part.nn"]);
    expect(broken.code).toBe(1);
    expect(broken.err).toContain("NN303");
    expect(broken.out).toMatch(/dense_1 +dense relu +10 +\?\ndense_2 +dense +3 +10x3 +33\n/);
  });

  test("summary says how many parameters are fixed: statistics of the data, and frozen layers", async () => {
    write("fixed.nn", "model M {\n  input 8\n  normalize\n  dense 30 relu\n  dense 30 relu freeze=true\n  dense 1\n}\n");
    const { out } = await nn(["summary", "fixed.nn"]);
    // 8 · 30 + 30 and 30 + 1; the mean and variance of 8 inputs, and 30 · 30 + 30.
    expect(out).toMatch(/^1,247 parameters: 301 trainable, 946 fixed$/m);
    const [model] = JSON.parse((await nn(["summary", "fixed.nn", "--json"])).out);
    expect(model.layers[2]).toMatchObject({ parameters: 270, trainable: 270, shapes: { kernel: [8, 30], bias: [30] } });
    expect(model.layers[3]).toMatchObject({ parameters: 930, trainable: 0 });
  });
});

describe("bad input: a message on the right line, never a stack trace", () => {
  const cases: [string, string, string | Uint8Array | undefined, RegExp][] = [
    ["a missing CSV", 'source csv("none.csv")\n  target b', undefined, /^t\.nn:6:3: error NN406: There is no file none\.csv/],
    ["a short row", 'source csv("d.csv")\n  target b', "a,c,b\n1,1,2\n3\n", /^t\.nn:6:3: error NN406: d\.csv, row 3: 1 value/],
    [
      "text where a number belongs",
      'source csv("d.csv")\n  target b',
      "a,c,b\n1,1,2\n3,x,4\n5,6,7\n",
      /^t\.nn:6:3: error NN406: d\.csv, row 3, column c: "x" is text/,
    ],
    [
      "an IDX file cut in half",
      'source idx("d.csv", "d.csv")',
      Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 9, 1, 2),
      /^t\.nn:6:3: error NN406: d\.csv is cut off: its header promises 9 = 9 values, but 2/,
    ],
    [
      "a CSV with a NUL byte",
      'source csv("d.csv")\n  target b',
      "a,c,b\n1,\0,2\n",
      /^t\.nn:6:3: error NN406: d\.csv, row 2: there is a NUL byte/,
    ],
    ["an empty CSV", 'source csv("d.csv")\n  target b', "", /^t\.nn:6:3: error NN406: d\.csv is empty/],
    ["a folder", 'source csv("folder")\n  target b', undefined, /^t\.nn:6:3: error NN406: folder is a folder/],
    [
      "a path out of the workspace",
      'source csv("../../../etc/passwd")\n  target b',
      undefined,
      /^t\.nn:6:3: error NN406: \.\.\/\.\.\/\.\.\/etc\/passwd is outside the workspace/,
    ],
    ["a link out of the workspace", 'source csv("link.csv")\n  target b', undefined, /^t\.nn:6:3: error NN406: .*outside the workspace/],
  ];
  test.each(cases)("%s", async (_name, data, file, message) => {
    mkdirSync(join(folder, "folder"), { recursive: true });
    if (!existsSync(join(folder, "link.csv"))) symlinkSync(inProject("samples", "iris.csv"), join(folder, "link.csv"));
    if (file !== undefined) write("d.csv", file);
    write("t.nn", model(data));
    for (const args of [
      ["check", "t.nn"],
      ["train", "t.nn"],
    ]) {
      const { code, out, err } = await nn(args);
      expect(code).toBe(1);
      expect(out + err).toMatch(message);
      expect(out + err).not.toMatch(/\n {4}at /);
    }
  });

  test("a sibling folder whose name begins with the working folder's is outside", async () => {
    const sibling = `${folder}-sibling`;
    mkdirSync(sibling);
    try {
      writeFileSync(join(sibling, "d.csv"), "a,b\n1,0\n2,1\n");
      write("t.nn", model(`source csv("../${basename(sibling)}/d.csv")\n  target b`));
      for (const command of ["check", "train"]) {
        const { code, out, err } = await nn([command, "t.nn"]);
        expect(code).toBe(1);
        expect(out + err).toMatch(/^t\.nn:6:3: error NN406: .*outside the workspace/);
      }
      expect((await nn(["check", "t.nn", "--allow", sibling])).out).not.toContain("NN406");
    } finally {
      rmSync(sibling, { recursive: true, force: true });
    }
  });

  test("an allowed folder can be read", async () => {
    write(
      "t.nn",
      `model M {\n  input petal_length\n  dense 3 softmax\n}\ndata D {\n  source csv("link.csv")\n  target species\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n  epochs 1\n}\n`,
    );
    expect((await nn(["train", "t.nn", "--allow", inProject("samples")])).code).toBe(0);
  });

  test("an empty .nn file, one with a NUL byte, and a megabyte of noise", async () => {
    write("empty.nn", "");
    expect(await nn(["check", "empty.nn"])).toEqual({ code: 0, out: "", err: "" });
    expect(await nn(["train", "empty.nn"])).toMatchObject({ code: 1, err: expect.stringContaining("no `train` block") });
    write("nul.nn", "model M {\n  input \0 4\n}\n");
    expect((await nn(["check", "nul.nn"])).out).toMatch(/^nul\.nn:2:9: error NN101: `U\+0000` is not expected here/);
    const noise = Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255));
    write("noise.nn", noise.toString("latin1"));
    expect(await nn(["check", "noise.nn"])).toMatchObject({ code: 1, err: "" });
    write("noise.nn", noise);
    expect(await nn(["check", "noise.nn"])).toMatchObject({ code: 1, out: "", err: expect.stringContaining("bytes that are not UTF-8") });
  });
});
