import { expect, test } from "vitest";
import type { RunSummary } from "../../runs/runSchemas.ts";
import { chosenRuns, columnsOf, differences } from "./runColumns.ts";

const run = (name: string, rest: Partial<RunSummary> = {}): RunSummary => ({
  id: name,
  file: "file:///a.nn",
  fileName: "a.nn",
  name,
  model: "M",
  begun: new Date(2026, 10, 25, 14, 3).getTime(),
  seed: 42,
  status: "finished",
  epochs: 1000,
  loss: 0.5,
  valLoss: null,
  seconds: 2,
  ...rest,
});
const settings = (learningRate: number, batch: number | null, schedule: string | null = null) => ({
  optimizer: "adam",
  learningRate,
  schedule,
  batch,
});
const RUNS = [
  run("b", {
    loss: 0.2,
    settings: settings(0.01, null),
    metrics: [
      { name: "penalty", value: 1 },
      { name: "mae", value: 3 },
    ],
  }),
  run("a", { loss: Number.NaN, status: "diverged", settings: settings(10, 32, "cosine_decay") }),
  run("c", { loss: 0.1, seed: 7 }),
];

test("a run has its metric and its settings; a column without values is left out", () => {
  const columns = columnsOf(RUNS);
  expect(columns.map(({ title }) => title)).toEqual([
    "Run",
    "Loss",
    "MAE",
    "Optimizer",
    "Rate",
    "Batch",
    "Epochs",
    "State",
    "Started",
    "Time",
    "Seed",
    "Model",
  ]);
  const cells = RUNS.map((one) => columns.map(({ text }) => text(one)));
  expect(cells[0]).toEqual(["b", "0.2", "3", "adam", "0.01", "all", "1,000", "finished", "2026-11-25 14:03", "2.0 s", "42", "M"]);
  expect(cells[1]?.slice(0, 6)).toEqual(["a", "NaN", "–", "adam", "10, cosine_decay", "32"]);
});

test("runs are sorted by a column, those without a value last, and filtered by words in any column", () => {
  const names = (filter: string, by: string, isDescending: boolean): string[] =>
    chosenRuns(RUNS, columnsOf(RUNS), { filter, by, isDescending }).map(({ name }) => name);
  expect(names("", "Loss", false)).toEqual(["c", "b", "a"]);
  expect(names("", "Loss", true)).toEqual(["b", "c", "a"]);
  expect(names("", "Rate", true)).toEqual(["a", "b", "c"]);
  expect(names("ADAM diverged", "Run", false)).toEqual(["a"]);
  expect(names("nothing", "Run", false)).toEqual([]);
});

test("a run without a seed, which another program trained, has none in the table and differs in none", () => {
  const unknown = run("d", { seed: null });
  const seeds = columnsOf([...RUNS, unknown]).find(({ title }) => title === "Seed");
  expect(seeds?.text(unknown)).toBe("–");
  expect(columnsOf([unknown]).map(({ title }) => title)).not.toContain("Seed");
  expect(differences([run("e"), unknown])).toEqual(["", ""]);
});

test("a compared run says what differs from the shown one", () => {
  expect(differences(RUNS)).toEqual(["", "rate 10, cosine_decay, batch 32", "seed 7"]);
});
