/** `class_weight` and `sample_weight`: the weight of each row, and that only the training loss is weighted. Values are computed by hand. */
import { describe, expect, test } from "vitest";
import { atOnce, epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import { checkGradients } from "../evaluate/gradientCheck.ts";
import { gradientsOf } from "../evaluate/gradients.ts";
import type { TrainingEvent } from "../events.ts";
import type { FileReader } from "../host.ts";
import type { TrainingPlan } from "../plan.ts";
import { train } from "../training/trainer.ts";
import { CSV_FORMAT } from "./csvFormat.ts";
import { loadExamples } from "./examples.ts";

interface Written {
  readonly rows: readonly string[];
  readonly data: string;
  readonly layer?: string;
  readonly loss?: string;
  readonly training?: string;
}

const written = ({
  rows,
  data,
  layer = "dense 1 sigmoid kernel=[[0]]",
  loss = "binary_crossentropy",
  training = "",
}: Written): TrainingPlan =>
  planOf(
    `model M {\n  input 1\n  out: ${layer}\n}\ndata D {\n  ${data}\n  ${rows.join("\n  ")}\n}\ntrain M on D {\n  loss ${loss}\n  batch all\n  ${training}\n}\n`,
  );
const weightsOf = async (one: Written): Promise<number[] | undefined> => {
  const { targets } = await loadExamples(written(one), noFiles, "float64");
  return targets[0]?.weights && [...targets[0].weights];
};
async function epochOf(plan: TrainingPlan): Promise<Extract<TrainingEvent, { kind: "epoch" }>> {
  const events: TrainingEvent[] = [];
  await train(plan, { host: atOnce, files: noFiles, precision: "float64", emit: (event) => void events.push(event) });
  const [epoch] = epochsOf(events);
  if (!epoch) throw new Error(JSON.stringify(events.at(-1)));
  return epoch;
}

const FOUR = ["1 -> 0", "2 -> 0", "3 -> 0", "4 -> 1"];
const WORDS = ['1 -> "<=50K"', '2 -> "<=50K"', '3 -> ">50K"'];

describe("the weights of rows", () => {
  test.each<[string, Written, readonly number[]]>([
    ["balanced: n / (k · nₖ)", { rows: FOUR, data: "class_weight balanced" }, [4 / 6, 4 / 6, 4 / 6, 2]],
    ["numbers", { rows: FOUR, data: "class_weight 0=1 1=8" }, [1, 1, 1, 8]],
    ["numbers by their value", { rows: FOUR, data: "class_weight 1.0=8" }, [1, 1, 1, 8]],
    ["words, of which one is not named", { rows: WORDS, data: 'class_weight "<=50K"=0.5' }, [0.5, 0.5, 1]],
    ["a weight of 0", { rows: WORDS, data: 'class_weight "<=50K"=0 ">50K"=2' }, [0, 0, 2]],
    [
      "one-hot columns by their names",
      {
        rows: ["1 -> 1 0", "2 -> 0 1"],
        data: "features a\n  target no, yes\n  class_weight yes=3",
        layer: "dense 2 softmax",
        loss: "categorical_crossentropy",
      },
      [1, 3],
    ],
  ])("%s", async (_name, one, weights) => expect(await weightsOf(one)).toEqual(weights));

  test("without a line there are none", async () => expect(await weightsOf({ rows: FOUR, data: "" })).toBeUndefined());

  test("balanced is by the training part alone, and rows outside it have weight 1", async () => {
    const rows = [...FOUR, ...FOUR, ...FOUR, ...FOUR];
    const { targets, parts } = await loadExamples(
      written({ rows, data: "class_weight balanced\n  split validation=0.25 test=0.25" }),
      noFiles,
      "float64",
    );
    const weights = targets[0]?.weights ?? [];
    for (const row of [...parts.validation, ...parts.test]) expect(weights[row]).toBe(1);
    for (const row of parts.train) expect(weights[row]).toBeCloseTo(row % 4 === 3 ? 2 : 2 / 3, 12);
  });
});

// With a kernel of 0, every output is ½: each row's loss is ln 2, and its slope ∂loss/∂z is ½ − t.
describe("the training loss", () => {
  const one = { rows: FOUR, data: "class_weight 0=1 1=8" };

  test("is the sum of weight times loss, divided by the number of rows", async () => {
    const { loss, layers } = await gradientsOf(written(one), noFiles);
    expect(loss).toBeCloseTo((11 / 4) * Math.log(2), 12);
    // (½ + ½ + ½ − 8 · ½) / 4
    expect(layers.find(({ id }) => id === "out")?.bias).toEqual([expect.closeTo(-2.5 / 4, 12)]);
  });

  test("alone is weighted: neither the validation loss nor a metric", async () => {
    const rows = [...FOUR, ...FOUR];
    const data = "class_weight 0=1 1=8\n  split validation=0.5";
    const training = "epochs 1\n  optimizer sgd(learning_rate=1e-9)\n  metrics accuracy";
    const epoch = await epochOf(written({ rows, data, training }));
    expect(epoch.loss).toBeCloseTo((11 / 4) * Math.log(2), 6);
    expect(epoch.valLoss).toBeCloseTo(Math.log(2), 6);
    expect(epoch.metrics["accuracy"]).toBe(0.75);
  });

  test("is not far from chance because of large weights (NN608)", async () => {
    const events: TrainingEvent[] = [];
    const plan = written({ rows: FOUR, data: "class_weight 0=100 1=800", training: "epochs 1\n  optimizer sgd(learning_rate=1e-9)" });
    await train(plan, { host: atOnce, files: noFiles, precision: "float64", emit: (event) => void events.push(event) });
    expect(events.filter((event) => event.kind === "warning" && event.code === "NN608")).toEqual([]);
  });
});

describe("weights of the rows' own", () => {
  const table = (...rows: readonly string[]): string => ["features a, w", "sample_weight w", "target y", ...rows].join("\n  ");
  const one = { rows: [], data: table("1 0.5 -> 0", "2 3 -> 1"), layer: "dense 1 kernel=[[0]]", loss: "mse" };

  test("are read from their column, which is no feature", async () => {
    expect(written(one).data.features).toEqual(["a"]);
    expect(await weightsOf(one)).toEqual([0.5, 3]);
  });

  test("multiply the loss and the gradient", async () => {
    const { loss, layers } = await gradientsOf(written(one), noFiles);
    // (0.5 · 0² + 3 · 1²) / 2, and its slope 3 · −2 / 2
    expect(loss).toBeCloseTo(1.5, 12);
    expect(layers.find(({ id }) => id === "out")?.bias).toEqual([expect.closeTo(-3, 12)]);
  });

  test("multiply the weights of classes", async () => {
    const both = { rows: [], data: `${table("1 0.5 -> 0", "2 3 -> 1")}\n  class_weight 1=8` };
    expect(await weightsOf(both)).toEqual([0.5, 24]);
  });

  test("are 1 outside the training part", async () => {
    const data = `${table("1 0.5 -> 0", "2 3 -> 1", "3 3 -> 1", "4 0.5 -> 0")}\n  split validation=0.5`;
    const { targets, parts } = await loadExamples(written({ rows: [], data }), noFiles, "float64");
    expect([...parts.validation].map((row) => targets[0]?.weights?.[row])).toEqual([1, 1]);
    expect([...parts.train].map((row) => targets[0]?.weights?.[row]).sort()).toEqual([0.5, 3]);
  });

  const csv = (text: string): FileReader => ({ read: async () => new TextEncoder().encode(text) });
  const fromFile = (missing: string): TrainingPlan => {
    const plan = written(one);
    const source = { kind: "csv", path: "d.csv", ...CSV_FORMAT } as const;
    return { ...plan, data: { ...plan.data, source, missing: missing as TrainingPlan["data"]["missing"] } };
  };
  test.each([
    ["error", "d.csv, row 3, column w: the value is missing; write `missing drop` to leave out such rows."],
    ["mean", "d.csv, row 3, column w: the weight is missing, and a mean can't replace it; write `missing drop`."],
  ])("may not be missing under `missing %s`", async (missing, message) => {
    await expect(loadExamples(fromFile(missing), csv("a,w,y\n1,2,0\n2,,1\n"), "float64")).rejects.toThrow(message);
  });

  test("drop their row where they are missing under `missing drop`", async () => {
    const { targets } = await loadExamples(fromFile("drop"), csv("a,w,y\n1,2,0\n2,,1\n"), "float64");
    expect([...(targets[0]?.weights ?? [])]).toEqual([2]);
  });

  test("may not be negative", async () => {
    await expect(loadExamples(fromFile("error"), csv("a,w,y\n1,-2,0\n"), "float64")).rejects.toThrow(
      "d.csv, row 2, column w: the weight is -2, but a weight is at least 0; correct the cell.",
    );
  });
});

const WEIGHED = "features a, w\n  sample_weight w";
const CLASSES = ["1 -> 0", "-1 -> 1", "0.5 -> 2", "2 -> 1"];
const SIDES = ["1 -> 0", "-1 -> 1", "0.5 -> 1"];
test.each<[string, Written]>([
  ["binary_crossentropy", { rows: SIDES, data: "class_weight 1=3", layer: "dense 1 sigmoid" }],
  ["binary_focal_crossentropy", { rows: SIDES, data: "class_weight 1=3", layer: "dense 1 sigmoid", loss: "binary_focal_crossentropy" }],
  ["binary_crossentropy without its sigmoid", { rows: SIDES, data: "class_weight 1=3", layer: "dense 1 hard_sigmoid" }],
  ["hinge", { rows: SIDES, data: "class_weight 1=3", layer: "dense 1 tanh", loss: "hinge" }],
  [
    "sparse_categorical_crossentropy",
    { rows: CLASSES, data: "class_weight 0=2 2=5", layer: "dense 3 softmax", loss: "sparse_categorical_crossentropy" },
  ],
  [
    "label smoothing",
    { rows: CLASSES, data: "class_weight 0=2 2=5", layer: "dense 3 softmax", loss: "sparse_categorical_crossentropy(label_smoothing=0.2)" },
  ],
  [
    "categorical_crossentropy after sigmoid",
    { rows: WORDS, data: 'class_weight ">50K"=4', layer: "dense 2 softplus", loss: "categorical_crossentropy" },
  ],
  [
    "mse on two units with weights of rows",
    { rows: ["1 0.5 -> 0 1", "-1 3 -> 1 2", "2 0 -> 1 1"], data: `${WEIGHED}\n  target y, z`, layer: "dense 2 tanh", loss: "mse" },
  ],
  [
    "a loss at two places with weights of rows",
    {
      rows: ["1 0.5 -> 0 1 1 0", "-1 3 -> 1 0 1 0"],
      data: `${WEIGHED}\n  target p, q, r, s`,
      layer: "dense 4\n  reshape 2x2\n  softmax",
      loss: "categorical_crossentropy",
    },
  ],
])("the gradient of %s, weighted, equals the central difference", async (_name, one) => {
  const result = await checkGradients(written(one), noFiles);
  expect(result?.checked).toBeGreaterThan(1);
  expect(result?.maxRelativeError).toBeLessThan(1e-6);
});
