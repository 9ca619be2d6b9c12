/** What the checker passes can be trained: random small tables with random `data` and `train` blocks, each trained for one epoch. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { names } from "../../engine/catalog/index.ts";
import { losses } from "../../engine/catalog/losses.ts";
import { metrics } from "../../engine/catalog/metrics.ts";
import type { TrainingEvent } from "../../engine/events.ts";
import type { FileReader } from "../../engine/host.ts";
import { train } from "../../engine/training/trainer.ts";
import { analyse } from "../../server/language/analysis.ts";
import type { Issue } from "../../server/language/diagnostics/issue.ts";
import { csvFacts, type DataFiles } from "../../server/language/resolve/dataFacts.ts";
import { atOnce, seed } from "../fixtures.ts";

/** How many random files are checked. */
const RUNS = Number(process.env["RUNS"] ?? 200);

interface Case {
  readonly csv: string;
  readonly text: string;
}

/** The cells of a column, by kind. `text` columns usually need `one_hot`. */
const COLUMNS: readonly { readonly text?: true; readonly gaps?: true; readonly cells: readonly string[] }[] = [
  { cells: ["0.5", "1.25", "-3", "2e1"] },
  { cells: ["0", "1"] },
  { cells: ["0", "1", "2"] },
  { cells: ["-1", "1"] },
  { cells: ["3", "5", "8"] },
  { cells: ["1.0", "1", "2.0"] },
  { cells: ["007", "7", "8"] },
  { cells: ["red", "blue"], text: true },
  { cells: ["red", "blue", "dark green"], text: true },
  { cells: ["1", "2", "x"], text: true },
  { cells: ["1", "x", "y"], text: true },
  { cells: ["1", "", "2"], gaps: true },
  { cells: ["", "1", "?"], gaps: true },
  { cells: ["red", "", "blue"], text: true, gaps: true },
  { cells: ["-", "4", "none"], gaps: true },
  { cells: ["1e308", "-1e308", "1"] },
  { cells: ["", "NA"], gaps: true },
  { cells: ["5"] },
];

/** An output's layer and loss, mostly usual pairs. */
const OUTPUTS: readonly (readonly [layer: string, loss: string])[] = [
  ["dense 1", "mse"],
  ["dense 1", "huber"],
  ["dense 2", "mae"],
  ["dense 1 sigmoid", "binary_crossentropy"],
  ["dense 2 sigmoid", "binary_crossentropy"],
  ["dense 2 softmax", "sparse_categorical_crossentropy"],
  ["dense 3 softmax", "sparse_categorical_crossentropy"],
  ["dense 2 softmax", "categorical_crossentropy"],
  ["dense 3 softmax", "categorical_crossentropy"],
  ["dense 1 tanh", "hinge"],
];

/** Draws a value from a generator of fast-check. */
type Draw = <T>(from: fc.Arbitrary<T>) => T;

const written = (value: string): string => (/^-?[\d.]+$/.test(value) ? value : JSON.stringify(value));

function randomFile(generator: fc.GeneratorValue): Case {
  const draw: Draw = (from) => generator(() => from);
  const one = <T>(from: readonly T[]): T => draw(fc.constantFrom(...from));
  const often = (times: number): boolean => draw(fc.integer({ min: 1, max: 10 })) <= times;
  const some = (from: readonly string[], most = from.length): string[] => draw(fc.subarray([...from], { minLength: 1, maxLength: most }));

  const rows = draw(fc.integer({ min: 1, max: 9 }));
  const columns = ["a", "b", "c", "d"].slice(0, draw(fc.integer({ min: 2, max: 4 }))).map((name) => {
    const kind = one(COLUMNS);
    return { name, ...kind, values: Array.from({ length: rows }, () => one(kind.cells)) };
  });
  const names_ = columns.map(({ name }) => name);
  const csv = `${names_.join(",")}\n${Array.from({ length: rows }, (_, i) => columns.map(({ values }) => values[i]).join(",")).join("\n")}\n`;

  const hasTwo = often(3);
  const outputs = Array.from({ length: hasTwo ? 2 : 1 }, () =>
    often(9) ? one(OUTPUTS) : ([`dense ${one([1, 2, 3])} ${one(["", "sigmoid", "softmax", "tanh", "relu"])}`, one(names(losses))] as const),
  );
  const target = some(names_, hasTwo || often(2) ? 2 : 1);
  const others = names_.filter((name) => !target.includes(name));
  const features = often(9) && others.length > 0 ? some(others) : some(names_);
  const words = columns.filter(({ name, text }) => text && features.includes(name)).map(({ name }) => name);
  const oneHot = often(8) ? words : often(7) ? some(names_) : [];
  const classes = [...new Set(columns.filter(({ name }) => target.includes(name)).flatMap(({ values }) => values))].filter(Boolean);
  const gaps = columns.some((column) => column.gaps);
  const byName = hasTwo && target.length === 2 && often(3);
  const lines = [
    byName ? `target q=${target[0]} p=${target[1]}` : `target ${target.join(", ")}`,
    often(2) ? `features ${features.join(", ")}` : "",
    often(1) ? `ignore ${one(names_)}` : "",
    often(4) && classes.length > 0 ? `classes ${(often(6) ? classes : some([...classes, "other"])).map(written).join(", ")}` : "",
    oneHot.length > 0 ? `one_hot ${oneHot.join(", ")}` : "",
    often(3) ? `scale ${one(["standard", "minmax"])}` : "",
    often(2) ? `scale_target ${one(["standard", "minmax"])}` : "",
    gaps && often(8) ? `missing ${one(["drop", "drop", "mean"])}` : "",
    often(3) ? `split validation=${one([0.1, 0.2, 0.5])} test=${one([0, 0.2, 0.5])}` : "",
    often(1) ? `split train=${one([0.2, 0.5])} validation=${one([0.2, 0.5])}` : "",
  ].filter(Boolean);
  const training = [
    hasTwo ? `loss p=${outputs[0]?.[1]} q=${outputs[1]?.[1]}` : `loss ${outputs[0]?.[1]}`,
    often(3) ? `metrics ${some(names(metrics), 2).join(", ")}` : "",
    often(2) ? `batch ${one(["all", "3"])}` : "",
    often(2) ? "stop early_stopping(monitor=loss)" : "",
  ].filter(Boolean);
  const input = often(8) ? features.join(", ") : one([1, 2, 3, 4]);
  const layers = hasTwo ? [`p: ${outputs[0]?.[0]} from i`, `q: ${outputs[1]?.[0]} from i`, "output p, q"] : [outputs[0]?.[0]];
  const block = (head: string, body: readonly (string | undefined)[]): string =>
    `${head} {\n${body.map((one_) => `  ${one_}\n`).join("")}}\n`;
  return {
    csv,
    text:
      block("model M", [`i: input ${input}`, ...layers]) +
      block("data D", ['source csv("d.csv")', ...lines]) +
      block("train M on D", training),
  };
}

/** The most quick fixes that are applied to a file one after another. */
const MOST_FIXES = 8;

/** Returns the file after the first quick fix of its first error that has one; undefined if there is none. */
function repaired(text: string, issues: readonly Issue[]): string | undefined {
  const [fix] = issues.flatMap(({ severity, fixes }) => (severity === "error" ? fixes : []));
  return (
    fix &&
    [...fix.changes]
      .sort((a, b) => b.span.start - a.span.start)
      .reduce((now, { span, text: put }) => now.slice(0, span.start) + put + now.slice(span.end), text)
  );
}

/** Returns the text that the checker passes, after quick fixes if need be; undefined if errors remain. Throws if its training fails. */
async function trained({ csv, text }: Case): Promise<string | undefined> {
  const bytes = new TextEncoder().encode(csv);
  const known: DataFiles = { csv: (path, format) => csvFacts(bytes, format, path), idx: () => undefined };
  const files: FileReader = { read: async () => bytes };
  let now = text;
  for (let round = 0; round <= MOST_FIXES; round++) {
    const { issues, plans } = analyse(now, known);
    if (issues.some(({ severity }) => severity === "error")) {
      const next = repaired(now, issues);
      if (next === undefined) return undefined;
      now = next;
      continue;
    }
    const plan = plans[0]?.plan;
    if (!plan) throw new Error(`There is no plan, although there is no error.\n${now}${csv}`);
    let last: TrainingEvent | undefined;
    await train({ ...plan, training: { ...plan.training, epochs: 1 } }, { host: atOnce, files, emit: (event) => (last = event) });
    // Numbers of 1e308 may overflow, which is no fault of the file.
    if (last?.kind !== "finished" && last?.kind !== "diverged")
      throw new Error(`The training ${last?.kind === "failed" ? `failed: ${last.message}` : "did not end."}\n${now}${csv}`);
    return now;
  }
  return undefined;
}

test(`${RUNS} random files: each that the checker passes trains, with or without its fixes (seed ${seed})`, async () => {
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (generator) => {
      if ((await trained(randomFile(generator))) !== undefined) passed++;
    }),
    { seed, numRuns: RUNS, endOnFailure: true },
  );
  console.log(`${passed} of ${RUNS} files passed the checker and trained.`);
  // Many files have an error without a fix. If nearly all had one, the test would say little.
  expect(passed).toBeGreaterThan(RUNS / 10);
});
