/** `nn evaluate`: the loss and the metrics on each part and on other data, compared to sums over the predictions of `nn predict`. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { type Result, runNn } from "./run.ts";

let folder: string;
const WEIGHTS = ["--weights", "run/weights.safetensors"];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "backprop-evaluate-"));
  for (const name of ["diabetes.nn", "diabetes.csv"]) cpSync(inProject("samples", name), join(folder, name));
  trained = await nn("train", "diabetes.nn", "--epochs", "20", "--out", "run", "--json");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let trained: Result;

const nn = (...args: string[]): Promise<Result> => runNn(folder, args);
interface Evaluated {
  readonly part?: string;
  readonly data?: string;
  readonly rows: number;
  readonly loss: number;
  readonly metrics: { readonly mae: number; readonly r2: number };
}
const evaluated = async (...args: string[]): Promise<Evaluated[]> =>
  JSON.parse((await nn("evaluate", "diabetes.nn", "--json", ...args)).out);

test("every part has its rows, and the test part what the training reported at its end", async () => {
  const parts = await evaluated(...WEIGHTS);
  const rows = readFileSync(join(folder, "diabetes.csv"), "utf8").trim().split("\n").length - 1;
  expect(parts.map(({ part }) => part)).toEqual(["training", "validation", "test"]);
  expect(parts.reduce((sum, part) => sum + part.rows, 0)).toBe(rows);
  const { test: reported } = JSON.parse(trained.out.trim().split("\n").at(-1) ?? "");
  // The training computes with the compiled kernels, which round a · b + c once.
  expect(parts[2]?.loss).toBeCloseTo(reported.loss, 5);
  expect(parts[2]?.metrics.mae).toBeCloseTo(reported.metrics.mae, 4);
  // The folder of --out stands for its weights.
  expect(await evaluated("--weights", "run")).toEqual(parts);
  expect(parts[2]?.metrics.r2).toBeCloseTo(reported.metrics.r2, 5);
});

test("without weights it trains as the file says; the text is a table", async () => {
  const { out, code } = await nn("evaluate", "diabetes.nn");
  expect(out).toMatch(/^part +rows +loss +mae +r2\ntraining +310 .+\nvalidation +66 .+\ntest +66 .+\n$/);
  expect(code).toBe(0);
});

test("the rows of another file are evaluated with the saved scales", async () => {
  const [head = "", ...rows] = readFileSync(join(folder, "diabetes.csv"), "utf8").trim().split("\n");
  const some = rows.slice(30, 45);
  writeFileSync(join(folder, "some.csv"), `${[head, ...some].join("\n")}\n`);
  const predicted = (await nn("predict", "diabetes.nn", ...WEIGHTS, "--data", "some.csv")).out.trim().split("\n").slice(1).map(Number);
  const target = head.split(",").indexOf("progression");
  const mae = some.reduce((sum, row, k) => sum + Math.abs((predicted[k] ?? 0) - Number(row.split(",")[target])), 0) / some.length;
  const [only, ...others] = await evaluated(...WEIGHTS, "--data", "some.csv");
  expect(others).toEqual([]);
  expect(only).toMatchObject({ data: "some.csv", rows: 15 });
  expect(only?.metrics.mae).toBeCloseTo(mae, 2);
});

test("what can't be evaluated: exit code 1 for the files, 2 for the command line", async () => {
  writeFileSync(join(folder, "without.csv"), "age,sex\n1,2\n");
  const missing = await nn("evaluate", "diabetes.nn", ...WEIGHTS, "--data", "without.csv");
  expect([missing.code, missing.err]).toEqual([1, expect.stringContaining("without.csv")]);
  expect((await nn("evaluate", "diabetes.nn", "--data", "some.csv")).code).toBe(2);
  expect((await nn("evaluate", "diabetes.nn", ...WEIGHTS, "--labels", "some.csv")).code).toBe(2);
  expect((await nn("evaluate", "diabetes.nn", "--run", "none")).code).toBe(2);
  expect((await nn("evaluate", "diabetes.nn", "--weights", "none")).code).toBe(2);
});
