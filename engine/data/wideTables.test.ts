/** Tests the processor time for tables with many columns: it grows with their number rather than its square. */
import { describe, expect, test } from "vitest";
import { planOf } from "../../test/fixtures.ts";
import { requireLinearCost } from "../../test/mutations.ts";
import { predictor } from "../evaluate/predictor.ts";
import type { TrainingPlan } from "../plan.ts";
import { modelFor } from "../training/learner.ts";
import { CSV_FORMAT } from "./csvFormat.ts";
import { type Examples, loadExamples } from "./examples.ts";

const ROWS = 3;
const namesOf = (n: number): string[] => Array.from({ length: n }, (_, k) => `c${k}`);

/** A plan for a file with `n` columns and a target. Categorical columns are expanded to two columns each. */
function planFor(n: number, kind: "numbers" | "words" | "rows"): TrainingPlan {
  const plan = planOf("model M {\n  input x\n  dense 1\n}\ndata D {\n  features x\n  target y\n  1 -> 1\n}\ntrain M on D {\n  loss mse\n}");
  const names = namesOf(n);
  const table = Array.from({ length: ROWS }, (_, row) => [...names.map((_, k) => (k + row) % 7), row]);
  const data = {
    ...plan.data,
    features: names,
    featureShape: [kind === "words" ? 2 * n : n],
    scale: "standard",
    oneHot: kind === "words" ? names.map((column) => ({ column, words: ["no", "yes"] })) : [],
    source:
      kind === "rows"
        ? ({ kind: "table", columns: [...names, "y"], rows: table } as const)
        : ({ kind: "csv", path: "wide.csv", ...CSV_FORMAT } as const),
  } as const;
  const [input, ...others] = plan.network.layers;
  if (input?.kind !== "input") throw new Error("The first layer is the input.");
  const layers = [{ ...input, columns: null, output: data.featureShape }, ...others];
  return { ...plan, data, network: { ...plan.network, layers } };
}

const cell = (kind: "numbers" | "words", row: number, k: number): string =>
  kind === "words" ? ((row + k) % 2 === 0 ? "yes" : "no") : String((row + k) % 7);

async function load(plan: TrainingPlan, kind: "numbers" | "words"): Promise<Examples> {
  const names = plan.data.features ?? [];
  const rows = Array.from({ length: ROWS }, (_, row) => `${names.map((_, k) => cell(kind, row, k)).join(",")},${row}\n`);
  const bytes = new TextEncoder().encode(`${names.join(",")},y\n${rows.join("")}`);
  return await loadExamples(plan, { read: async () => bytes }, "float64");
}

describe("a table of many columns", () => {
  test("is read as it is written", async () => {
    const { features, featureCount, fit } = await load(
      { ...planFor(5000, "numbers"), data: { ...planFor(5000, "numbers").data, scale: "none" } },
      "numbers",
    );
    expect(featureCount).toBe(5000);
    expect([...features.subarray(4998, 5002)]).toEqual([4998 % 7, 4999 % 7, 1, 2]);
    expect(fit.features[4999]).toMatchObject({ name: "c4999", from: 4999, width: 1 });
  });

  test.each(["numbers", "words", "rows"] as const)("of %s costs time by its number of columns, not by its square", async (kind) => {
    await requireLinearCost(async (n) => {
      await load(planFor(n, kind), kind === "words" ? "words" : "numbers");
    }, 2000);
  });

  test("a prediction from it, too", async () => {
    const models = new Map<number, () => ReturnType<typeof predictor>>();
    for (const n of [2000, 32_000]) {
      const plan = planFor(n, "numbers");
      const { network, examples } = modelFor({ ...plan, network: withKernel(plan, n) }, await load(plan, "numbers"), {
        precision: "float64",
        capacity: 1,
      });
      models.set(n, () => predictor(network, plan.training.outputs, examples.fit));
    }
    await requireLinearCost((n) => {
      const row = Array.from({ length: n }, (_, k) => k % 7);
      const ask = models.get(n)?.();
      for (let k = 0; k < 50; k++) ask?.(row);
    }, 2000);
  });
});

/** The plan's network with a kernel for `n` inputs. */
function withKernel({ network }: TrainingPlan, n: number): TrainingPlan["network"] {
  const layers = network.layers.map((layer) => ({
    ...layer,
    parameters: layer.parameters.map((parameter) => (parameter.name === "kernel" ? { ...parameter, shape: [n, 1] } : parameter)),
  }));
  return { ...network, layers };
}
