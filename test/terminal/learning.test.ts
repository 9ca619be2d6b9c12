/** `nn train --resume`, `test`, `predict`, `gradcheck`, `format` and `explain` in a terminal. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import { inProject } from "../../scripts/project.ts";
import { interruptedNn, type Result, runNn, startNn } from "./run.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backprop-learning-"));
  for (const name of [
    "iris.nn",
    "iris.csv",
    "xor.nn",
    "diabetes.nn",
    "diabetes.csv",
    "gates.nn",
    "xor-limit.nn",
    "perceptron.nn",
    "iris-setosa.csv",
  ])
    cpSync(inProject("samples", name), join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nn = (...args: string[]): Promise<Result> => runNn(folder, args);
const write = (name: string, text: string | Buffer): void => writeFileSync(join(folder, name), text);
const read = (name: string): Buffer => readFileSync(join(folder, name));

describe("nn train --resume", () => {
  const LONG = readFileSync(inProject("samples/xor.nn"), "utf8").replace("dense 4 tanh", "dense 64 tanh");

  test("an interrupted and resumed training ends with the same weights as an uninterrupted one, and its history only grows", async () => {
    write("long.nn", LONG);
    // There are so many epochs that even a late interrupt comes before the last one.
    const stopped = await interruptedNn(folder, ["train", "long.nn", "--out", "part", "--epochs", "1000000000"], /epoch +1 /);
    const epoch = /Stopped after epoch (\d+)\.[\s\S]*Continue with --resume part/.exec(stopped.out)?.[1];
    expect(Number(epoch)).toBeGreaterThan(0);
    const epochs = String(Number(epoch) + 500);
    const before = read("part/history.jsonl").toString();
    const rest = await nn("train", "long.nn", "--resume", "part", "--epochs", epochs);
    expect(rest.code).toBe(0);
    const whole = await nn("train", "long.nn", "--out", "whole", "--epochs", epochs);
    expect(whole.code).toBe(0);
    expect(read("part/weights.safetensors").equals(read("whole/weights.safetensors"))).toBe(true);
    expect(read("part/history.jsonl").toString().startsWith(before)).toBe(true);
  });

  test("a training that is killed at any moment leaves a readable checkpoint", async () => {
    // Every epoch is saved here, instead of one every ten seconds, so that the kill can interrupt a write.
    write(
      "keeper.ts",
      `import { analyse } from ${JSON.stringify(inProject("server/language/analysis.ts"))};
       import { train } from ${JSON.stringify(inProject("engine/training/trainer.ts"))};
       import { openOutFolder } from ${JSON.stringify(inProject("client/terminal/outFolder.ts"))};
       const plan = analyse(${JSON.stringify(LONG.replace("dense 64 tanh", "dense 2000 tanh"))}).plans[0].plan;
       const out = openOutFolder("killed", { plan, lineOf: () => 1, resumes: false, warn: console.error });
       let time = 0;
       const saveCheckpoint = async (...given) => { await out.saveCheckpoint(...given); process.stdout.write("saved "); };
       await train(plan, { host: { now: () => (time += 11_000), rest: async () => "go" }, files: { read: async () => { throw new Error(); } }, emit() {}, saveCheckpoint });`,
    );
    const { spawn } = await import("node:child_process");
    for (const k of [0, 3]) {
      await new Promise<void>((done) => {
        const child = spawn(process.execPath, [join(folder, "keeper.ts")], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
        child.stdout.once("data", () => setTimeout(() => child.kill("SIGKILL"), 8 * k));
        child.on("close", () => done());
      });
      const { tensors, metadata } = parseSafetensors(new Uint8Array(read("killed/checkpoint.safetensors")));
      expect(tensors.get("hidden/kernel")?.values.length).toBe(4000);
      expect(JSON.parse(metadata["state"] ?? "{}").epoch).toBeGreaterThanOrEqual(0);
    }
  });

  test("a folder that another training used before never returns that one's weights", async () => {
    const or =
      "model M {\n  input 2\n  dense 4 tanh\n  dense 1 sigmoid\n}\ndata D {\n  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 1\n}\ntrain M on D {\n  loss mse\n  epochs 40\n}\n";
    write("or.nn", or);
    write(
      "nor.nn",
      or.replace(/-> [01]/g, (row) => (row === "-> 0" ? "-> 1" : "-> 0")),
    );
    expect((await nn("train", "or.nn", "--out", "used")).code).toBe(0);
    const checkpoint = read("used/checkpoint.safetensors");
    const plan = read("used/plan.json");
    // Killed long before the next checkpoint, which is written after ten seconds.
    await startNn(folder, ["train", "nor.nn", "--out", "used", "--epochs", "1000000000"], (text, child) => {
      if (/epoch +1 /.test(text)) child.kill("SIGKILL");
    });
    expect((await nn("train", "nor.nn", "--resume", "used")).code).toBe(0);
    expect((await nn("train", "nor.nn", "--out", "alone")).code).toBe(0);
    expect(read("used/weights.safetensors").equals(read("alone/weights.safetensors"))).toBe(true);
    // A checkpoint beside another training's plan.
    write("used/checkpoint.safetensors", checkpoint);
    const mixed = await nn("train", "nor.nn", "--resume", "used");
    expect([mixed.code, mixed.err]).toEqual([
      1,
      expect.stringMatching(/^The checkpoint in used belongs to another training \(.+\), so the training can't be resumed/),
    ]);
    write("used/plan.json", plan);
    expect((await nn("train", "or.nn", "--resume", "used")).code).toBe(0);
  });

  test("data that changed since are refused by their name, also if scales and classes are the same", async () => {
    const rows = "a,b\n1,2\n2,3\n3,5\n";
    write("points.csv", rows);
    write(
      "points.nn",
      'model M {\n  input a\n  dense 1\n}\ndata D {\n  source csv("points.csv")\n  target b\n}\ntrain M on D {\n  loss mse\n  epochs 3\n}\n',
    );
    expect((await nn("train", "points.nn", "--out", "points")).code).toBe(0);
    write("points.csv", rows.replace("3,5", "3,4"));
    const changed = await nn("train", "points.nn", "--resume", "points");
    expect([changed.code, changed.err]).toEqual([1, expect.stringContaining("points.csv changed since the checkpoint was saved")]);
    expect(changed.err.trim().split("\n")).toHaveLength(1);
    write("points.csv", rows);
    expect((await nn("train", "points.nn", "--resume", "points", "--epochs", "4")).code).toBe(0);
  });

  test("a training that diverges keeps the weights and the checkpoint of its last good epoch, and lists what is there", async () => {
    const text = (rate: string): string =>
      `model M {\n  input a\n  dense 1\n}\ndata D {\n  1 -> 2\n  2 -> 3\n  3 -> 5\n}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=${rate})\n  epochs 1000\n}\n`;
    write("diverges.nn", text("1000"));
    const { code, out, err } = await nn("train", "diverges.nn", "--out", "diverged");
    expect([code, err]).toEqual([1, expect.stringContaining("The weights of epoch 5 are restored.")]);
    const listed = /^Saved to diverged: (.+)\.$/m.exec(out)?.[1]?.split(", ");
    expect(listed?.sort()).toEqual(["checkpoint.safetensors", "history.jsonl", "plan.json", "weights.safetensors"]);
    for (const file of ["weights.safetensors", "checkpoint.safetensors"]) {
      const { tensors } = parseSafetensors(new Uint8Array(read(`diverged/${file}`)));
      expect(
        [...tensors.values()].every(({ values }) => values.every(Number.isFinite)),
        file,
      ).toBe(true);
    }
  });

  test("a checkpoint after more epochs than the training has is refused", async () => {
    expect((await nn("train", "xor.nn", "--out", "seven", "--epochs", "7")).code).toBe(0);
    const less = await nn("train", "xor.nn", "--resume", "seven", "--epochs", "5");
    expect([less.code, less.err]).toEqual([1, expect.stringContaining("is after epoch 7, but the training ends after epoch 5")]);
  });

  test("a changed file, another precision, a damaged plan and a folder without a checkpoint are refused with a message", async () => {
    expect((await nn("train", "xor.nn", "--out", "five", "--epochs", "5")).code).toBe(0);
    write("changed.nn", readFileSync(inProject("samples/xor.nn"), "utf8").replace("dense 4 tanh", "dense 5 tanh"));
    const changed = await nn("train", "changed.nn", "--resume", "five");
    expect([changed.code, changed.err]).toEqual([1, expect.stringMatching(/^The network of this file changed since five was trained/)]);
    const precise = await nn("train", "xor.nn", "--resume", "five", "--precision", "float64");
    expect([precise.code, precise.err]).toEqual([1, expect.stringContaining("use the same --precision")]);
    const plan = read("five/plan.json").toString();
    for (const damaged of ["null", plan.replace(/"epochs": \d+/, '"epochs": -5'), plan.slice(0, -9)]) {
      write("five/plan.json", damaged);
      const unread = await nn("train", "xor.nn", "--resume", "five");
      expect([unread.code, unread.err]).toEqual([
        1,
        expect.stringMatching(
          /^five\/plan\.json is damaged \((?!.*\b(?:Invalid|Expected|received)\b).+\), so nothing can be resumed; train again\.\n$/,
        ),
      ]);
    }
    const nowhere = await nn("train", "xor.nn", "--resume", "nowhere");
    expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining("nowhere has no checkpoint.safetensors")]);
  });
});

describe("nn test", () => {
  test("reports rows and comparisons, and the actual value of a failed one", async () => {
    write("wrong.nn", `${readFileSync(inProject("samples/gates.nn"), "utf8")}\nexpect Xor {\n  1 1 -> 1\n}\n`);
    const { code, out } = await nn("test", "wrong.nn", "xor-limit.nn");
    expect(code).toBe(1);
    expect(out).toMatch(/wrong\.nn:\d+: failed: 1 1 -> 1 \(it is 0\)/);
    expect(out).toMatch(/xor-limit\.nn:\d+: passed: accuracy < 1 \(it is 0\.\d+\)/);
    expect(out.trim().split("\n").at(-1)).toBe("10 passed, 1 failed");
  });

  test("--expect tests another file's expectations, on its lines, and not the file's own; --points are shared among them", async () => {
    const text = readFileSync(inProject("samples/gates.nn"), "utf8");
    write("student.nn", text.replace("1 1 -> 0\n", "1 1 -> 1\n"));
    write("teacher.nn", "# hidden tests\nexpect Xor {\n  0 1 -> 1\n  1 1 -> 0\n  1 0 -> 0\n}\n");
    const own = await nn("test", "student.nn");
    expect([own.code, own.out]).toEqual([1, expect.stringContaining("7 passed, 1 failed")]);
    const { code, out } = await nn("test", "student.nn", "--expect", "teacher.nn", "--points", "10");
    expect(code).toBe(1);
    expect(out).toBe(
      "teacher.nn:3: passed: 0 1 -> 1\nteacher.nn:4: passed: 1 1 -> 0\nteacher.nn:5: failed: 1 0 -> 0 (it is 1)\n2 passed, 1 failed\n6.667 of 10 points\n",
    );
    write("other.nn", "expect Nand {\n  0 1 -> 1\n}\n");
    const unknown = await nn("test", "student.nn", "--expect", "other.nn");
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringMatching(/^other\.nn:1:8: error NN209/)]);
  });

  test("fails if nothing is tested", async () => {
    write("empty.nn", "model M {\n  input 2\n  dense 1\n}\n");
    expect(await nn("test", "empty.nn")).toEqual({
      code: 1,
      out: "0 passed, 0 failed\n",
      err: "Nothing was tested: empty.nn has no `expect` block with a line.\n",
    });
  });

  test("--json", async () => {
    const { out, code } = await nn("test", "perceptron.nn", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual([
      { file: "perceptron.nn", line: expect.any(Number), model: "Setosa", text: "accuracy >= 1", passed: true, actual: "1" },
      { file: "perceptron.nn", line: expect.any(Number), model: "Setosa", text: "1.4 0.2 -> 1", passed: true, actual: "1 (1)" },
      { file: "perceptron.nn", line: expect.any(Number), model: "Setosa", text: "5.1 1.9 -> 0", passed: true, actual: "0 (0)" },
    ]);
  });

  test("--reporter: one form of the results, also of a file that can't be tested", async () => {
    const junit = await nn("test", "perceptron.nn", "--reporter", "junit");
    expect([junit.code, junit.err]).toEqual([0, ""]);
    expect(junit.out).toMatch(/<testcase name="1\.4 0\.2 -&gt; 1" classname="Setosa" file="perceptron\.nn" line="\d+"\/>/);
    const tap = await nn("test", "perceptron.nn", "--reporter", "tap");
    expect(tap.out).toMatch(/^TAP version 13\nok 1 - perceptron\.nn:\d+: accuracy >= 1\nok 2 - .*\nok 3 - .*\n1\.\.3\n$/);
    write("broken.nn", "model M {\n  input 2\n  dens 1\n}\n");
    const broken = await nn("test", "broken.nn", "--reporter", "tap");
    expect([broken.code, broken.out]).toEqual([1, expect.stringMatching(/^TAP version 13\nBail out! broken\.nn:3:3: error NN201/)]);
    const both = await nn("test", "perceptron.nn", "--json", "--reporter", "tap");
    expect([both.code, both.out, both.err]).toEqual([2, "", expect.stringContaining("exclude each other")]);
  });

  test("compares numbers within a tolerance in their own units", async () => {
    const text = (tolerance: string): string =>
      `model M {\n  input x\n  dense 1 kernel=[[2]] bias=[1]\n}\nexpect M {\n  ${tolerance}\n  3 -> 7.01\n}\n`;
    write("near.nn", text("tolerance 0.02"));
    write("exact.nn", text(""));
    expect((await nn("test", "near.nn")).code).toBe(0);
    expect((await nn("test", "exact.nn")).out).toContain("failed: 3 -> 7.01 (it is 7)");
  });

  test("a file with an error is not trained", async () => {
    write("broken.nn", "model M {\n  input 2\n  dens 1\n}\nexpect M {\n  0 0 -> 0\n}\n");
    const { code, err } = await nn("test", "broken.nn");
    expect([code, err]).toEqual([1, expect.stringContaining("NN201")]);
  });
});

describe("nn predict", () => {
  test("prints classes and their scores", async () => {
    expect((await nn("train", "iris.nn", "--out", "iris-run")).code).toBe(0);
    // The columns are in another order, and there is an extra one.
    write("flowers.csv", "petal_width,petal_length,note,sepal_width,sepal_length\n0.2,1.4,a,3.5,5.1\n2.5,6.0,b,3.3,6.3\n");
    const { code, out } = await nn("predict", "iris.nn", "--weights", "iris-run/weights.safetensors", "--data", "flowers.csv", "--json");
    expect(code).toBe(0);
    const rows = JSON.parse(out) as Record<string, number | string>[];
    expect(rows.map(({ species }) => species)).toEqual(["setosa", "virginica"]);
    for (const row of rows)
      expect(Number(row["score_setosa"]) + Number(row["score_versicolor"]) + Number(row["score_virginica"])).toBeCloseTo(1, 5);
    const csv = await nn("predict", "iris.nn", "--weights", "iris-run/weights.safetensors", "--data", "flowers.csv");
    expect(csv.out.split("\n")[0]).toBe("species,score_setosa,score_versicolor,score_virginica");
  });

  test("prints numbers in the target's own units", async () => {
    expect((await nn("train", "diabetes.nn", "--out", "diabetes-run")).code).toBe(0);
    const { out } = await nn("predict", "diabetes.nn", "--weights", "diabetes-run/weights.safetensors", "--data", "diabetes.csv", "--json");
    const predicted = (JSON.parse(out) as { progression: number }[]).map(({ progression }) => progression);
    const actual = read("diabetes.csv")
      .toString()
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => Number(line.split(",").at(-1)));
    const error = predicted.reduce((sum, value, i) => sum + Math.abs(value - (actual[i] ?? 0)), 0) / actual.length;
    expect(error).toBeLessThan(50);
  });

  test("reports mistakes in weights and rows", async () => {
    write("few.csv", "sepal_length,sepal_width\n1,2\n");
    const missing = await nn("predict", "iris.nn", "--weights", "iris-run/weights.safetensors", "--data", "few.csv");
    expect([missing.code, missing.err]).toEqual([
      1,
      expect.stringContaining('few.csv has no column "petal_length"; it has sepal_length, sepal_width'),
    ]);
    const wrong = await nn("predict", "iris.nn", "--weights", "diabetes-run/weights.safetensors", "--data", "few.csv");
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining("iris.nn has other layers than diabetes-run/weights.safetensors")]);
    const none = await nn("predict", "iris.nn", "--weights", "few.csv", "--data", "few.csv");
    expect([none.code, none.err]).toEqual([1, expect.stringContaining("few.csv can't be used")]);
  });
});

test("nn gradcheck: the reverse pass agrees with central differences; a perceptron is refused", async () => {
  const { code, out } = await nn("gradcheck", "xor.nn", "--json");
  expect(code).toBe(0);
  const { max_relative_error: error, layers } = JSON.parse(out);
  expect(error).toBeLessThan(1e-6);
  expect(Object.keys(layers)).toEqual(["hidden", "dense_1"]);
  expect((await nn("gradcheck", "perceptron.nn")).err).toContain("the perceptron rule does not use a gradient");
  const { out: sums } = await nn("gradients", "perceptron.nn");
  expect(sums).toContain("Σ (a − t) · x for W of tlu_1");
  expect(sums).not.toMatch(/∂L|gradient/);
});

describe("nn format", () => {
  test("formats a file; --check only reports it", async () => {
    write("messy.nn", "model M {\ninput 4\n    dense 3 relu # hidden\n}\n");
    expect(await nn("format", "--check", "messy.nn", "xor.nn")).toEqual({ code: 1, out: "messy.nn would be changed.\n", err: "" });
    expect((await nn("format", "messy.nn")).code).toBe(0);
    expect(read("messy.nn").toString()).toBe("model M {\n  input 4\n  dense 3 relu  # hidden\n}\n");
    expect(await nn("format", "--check", "messy.nn")).toEqual({ code: 0, out: "", err: "" });
  });
  test("does not change a file that is not UTF-8, and says where", async () => {
    const latin1 = Buffer.from("model M {\ninput 4\n  größe: dense 3\n}\n", "latin1");
    write("latin1.nn", latin1);
    const err = "latin1.nn, line 3: there are bytes that are not UTF-8; save the file in UTF-8.";
    expect(await nn("format", "latin1.nn")).toEqual({ code: 1, out: "", err: expect.stringContaining(err) });
    expect(read("latin1.nn")).toEqual(latin1);
    expect(await nn("check", "latin1.nn")).toEqual({ code: 1, out: "", err: expect.stringContaining(err) });
  });
  test("does not change a file with syntax errors", async () => {
    write("half.nn", "model M {\ninput 4\n");
    expect(await nn("format", "half.nn")).toMatchObject({
      code: 1,
      err: expect.stringContaining("half.nn: not formatted, since it has syntax errors"),
    });
    expect(read("half.nn").toString()).toBe("model M {\ninput 4\n");
  });
});

test("nn explain", async () => {
  expect((await nn("explain", "nn303")).out).toMatch(/^NN303: Several axes into a dense layer \(error\)[\s\S]*input 28x28/);
  expect((await nn("explain", "NN603")).out).toContain("Vanishing gradient");
  expect((await nn("explain", "NN209")).out).toMatch(
    /from hiden {2}# <-- NN209\n[\s\S]*Repaired:\n[\s\S]*from hidden\n[\s\S]*See also:\n[\s\S]*NN211: /,
  );
  expect(await nn("explain", "NN999")).toMatchObject({
    code: 2,
    err: expect.stringContaining("There is no code NN999; the nearest is NN611."),
  });
  expect((await nn("explain", "nn350")).err).toContain("There is no code NN350; the nearest are NN314 and NN401.");
  // An error can't be ignored.
  expect((await nn("explain", "NN303")).out).not.toContain("nn-ignore");
  expect((await nn("explain", "NN505")).out).toContain("write # nn-ignore NN505");
});

test("nn explain of a word: each of its meanings, with an example", async () => {
  const { out } = await nn("explain", "mse");
  expect(out).toMatch(/^mse \(loss\)\n\nMean squared error[\s\S]*\n {4}loss mse\n[\s\S]*\nmse \(metric\)[\s\S]*\n {4}metrics mse\n/);
  expect(await nn("explain", "Adma")).toMatchObject({ code: 2, err: expect.stringContaining("no code or word Adma; did you mean adam?") });
  expect(await nn("explain", " ")).toMatchObject({ code: 2, err: expect.stringMatching(/^Write a code such as NN303/) });
  expect((await nn("explain", "by")).out).toContain("by (option of split)");
  expect(await nn("explain", "constructor")).toMatchObject({
    code: 2,
    err: expect.stringContaining("There is no code or word constructor"),
  });
  expect((await nn("explain", "tlu")).out).not.toContain("relu");
  expect((await nn("explain", "logit")).err).toContain("The words of the book are in docs/glossary.md");
  expect((await nn("explain", "Layer")).err).toMatch(/layer is not a word of a \.nn file; the layers are input, dense, .*layer_norm/);
});
