/** A walk-through's step equals the training's next step, number for number. */
import { describe, expect, test } from "vitest";
import { noFiles, planOf } from "../../test/fixtures.ts";
import { gradientsOf } from "../evaluate/gradients.ts";
import type { TrainingPlan } from "../plan.ts";
import { train } from "../training/trainer.ts";
import { openInspector } from "./inspector.ts";
import type { Walk } from "./views.ts";

const planFor = (training: string, layers = "dense 3 tanh\n  dropout 0.5\n  dense 1"): TrainingPlan => {
  const rows = Array.from({ length: 6 }, (_, k) => `  ${Math.sin(k)} ${Math.cos(k)} -> ${k % 2}`).join("\n");
  return planOf(`model M {\n  input 2\n  ${layers}\n}\ndata D {\n${rows}\n}\ntrain M on D {\n  loss mse\n  batch all\n  ${training}\n}`);
};

/** Returns the weights and the checkpoint after `epochs` epochs. */
async function trained(plan: TrainingPlan, epochs: number): Promise<{ weights: number[]; checkpoint: Uint8Array }> {
  let stateNow: (() => Uint8Array) | undefined;
  const result = await train(
    { ...plan, training: { ...plan.training, epochs } },
    {
      host: { now: () => 0, rest: async () => "go" },
      files: noFiles,
      precision: "float64",
      emit: () => undefined,
      onReady: (now) => (stateNow = now),
    },
  );
  const checkpoint = stateNow?.();
  if (!result || !checkpoint) throw new Error("Nothing was trained.");
  return { weights: [...result.network.weights], checkpoint };
}

const updated = ({ stages }: Walk): number[] =>
  stages.filter(({ pass }) => pass === "update").flatMap(({ matrices }) => matrices.at(-1)?.values.flat() ?? []);

describe("the next step", () => {
  // With one batch per epoch, the walk-through's update equals the next epoch's. Dropout's mask and the learning rate depend on the epoch.
  test.each([
    ["optimizer sgd(learning_rate=step_decay(0.5, steps=1, rate=0.5))"],
    ["optimizer sgd(learning_rate=0.1, momentum=0.9)"],
    ["optimizer adam(learning_rate=0.1)"],
    ["optimizer nadam(learning_rate=0.1)"],
    ["optimizer sgd(learning_rate=0.1)\n  clip norm=0.01"],
  ])("%s: ends with the weights of the training's next epoch", async (training) => {
    const plan = planFor(training);
    const inspector = await openInspector(plan, noFiles, { precision: "float64" });
    for (const epoch of [1, 2, 5]) {
      inspector.use((await trained(plan, epoch)).checkpoint);
      const { weights } = await trained(plan, epoch + 1);
      const walk = await inspector.walk();
      expect(walk.epoch).toBe(epoch);
      expect(updated(walk)).toEqual(weights);
      // A walk-through changes nothing, so a second one shows the same step.
      expect(updated(await inspector.walk())).toEqual(weights);
    }
  });

  test("shows the weights of the rows, and their errors and heat map are those of the weighted loss", async () => {
    const plan = planOf(
      "model M {\n  input 1\n  out: dense 1 sigmoid kernel=[[0]]\n}\ndata D {\n  class_weight 0=1 1=3\n  2 -> 0\n  4 -> 1\n}\ntrain M on D {\n  loss binary_crossentropy\n  batch all\n  shuffle false\n}\n",
    );
    const inspector = await openInspector(plan, noFiles, { precision: "float64" });
    const { loss, stages } = await inspector.walk();
    const matrices = (pass: string): Walk["stages"][number]["matrices"] => stages.find((stage) => stage.pass === pass)?.matrices ?? [];
    // Both outputs are ½: the losses are ln 2 and 3 ln 2, the slopes ½ and −3 · ½, each over 2 rows.
    expect(loss).toBeCloseTo(2 * Math.log(2), 12);
    expect(matrices("loss").find(({ name }) => name.startsWith("c"))?.values).toEqual([[1], [3]]);
    const error = matrices("error").find(({ name }) => name === "∂L/∂z");
    expect(error?.values).toEqual([[0.25], [-0.75]]);
    expect(error?.workings?.[1]?.[0]?.lines).toEqual(["∂L/∂z = c · (a − t) / n = 3 · (0.5 − 1) / 2 = −0.75"]);
    const { gradient } = (await openInspector(plan, noFiles, { precision: "float64" })).tensor("out", "kernel");
    expect([...(gradient ?? [])]).toEqual([2 * 0.25 - 4 * 0.75]);
  });

  test("of a softmax on two axes shows shares that add to 1 over the last one, and the training's next weights", async () => {
    const layers = "dense 6 tanh\n  reshape 3x2\n  soft: softmax\n  flatten\n  dense 1";
    const plan = planFor("optimizer sgd(learning_rate=0.5)", layers);
    const inspector = await openInspector(plan, noFiles, { precision: "float64" });
    inspector.use((await trained(plan, 1)).checkpoint);
    const walk = await inspector.walk();
    const shares = walk.stages.find(({ pass, layer }) => pass === "forward" && layer === "soft")?.matrices.at(-1)?.values ?? [];
    expect(shares).toHaveLength(6);
    for (const row of shares) for (const at of [0, 2, 4]) expect((row[at] ?? 0) + (row[at + 1] ?? 0)).toBeCloseTo(1, 12);
    expect(updated(walk)).toEqual((await trained(plan, 2)).weights);
  });

  test("shows the weights before the update, and the chain rule's gradient before clipping", async () => {
    // a = 2x on (1 → 0) and (2 → 0): the gradient is 10, clipped to 1.
    const plan = planOf(
      "model M {\n  input 1\n  dense 1 kernel=[[2]] bias=false\n}\ndata D {\n  1 -> 0\n  2 -> 0\n}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=0.5)\n  batch all\n  clip norm=1\n}",
    );
    const { stages } = await (await openInspector(plan, noFiles, { precision: "float64" })).walk();
    const matrixOf = (pass: string, name: string) =>
      stages.find((stage) => stage.pass === pass)?.matrices.find((matrix) => matrix.name.startsWith(name));
    expect(matrixOf("forward", "W")?.values).toEqual([[2]]);
    expect(matrixOf("backward", "∂L/∂W")?.values).toEqual([[10]]);
    expect(matrixOf("update", "kernel, updated")?.values).toEqual([[1.5]]);
    expect(matrixOf("update", "kernel, updated")?.workings).toMatchObject([[{ lines: ["w ← w − lr · g = 2 − 0.5 · 1 = 1.5"] }]]);
  });
});

test("a tensor's gradient is computed without dropout", async () => {
  const plan = planFor("optimizer sgd");
  const inspector = await openInspector(plan, noFiles, { precision: "float64" });
  const [dense] = (await gradientsOf(plan, noFiles)).layers.filter(({ id }) => id === "dense_1");
  const known = ((dense?.kernel ?? []) as readonly (readonly number[])[]).flat();
  const { gradient } = inspector.tensor("dense_1", "kernel");
  expect(known).toHaveLength(6);
  expect([...(gradient ?? [])]).toEqual(known.map((value) => expect.closeTo(value, 6)));
});

describe("the step that is asked for", () => {
  const fresh = async (plan: TrainingPlan) => await openInspector(plan, noFiles, { precision: "float64" });
  const plan = planFor("optimizer adam(learning_rate=0.1)\n  epochs 0", "normalize\n  dense 3 tanh\n  dense 1");

  test("with the start weights is that of a training of `epochs 0`, whatever was trained since", async () => {
    const inspector = await fresh(plan);
    inspector.use((await trained(plan, 0)).checkpoint);
    const untrained = await inspector.walk();
    expect(untrained.epoch).toBe(0);
    inspector.use((await trained(plan, 7)).checkpoint);
    expect((await inspector.walk()).epoch).toBe(7);
    expect(await inspector.walk({ weights: "start", rows: "batch", row: 0 })).toEqual(untrained);
    // The current weights are unchanged.
    expect((await inspector.walk()).epoch).toBe(7);
  });

  test("with one row has that row alone, and says which rows there are", async () => {
    const inspector = await fresh(plan);
    const walk = await inspector.walk({ weights: "current", rows: "row", row: 3 });
    expect(walk).toMatchObject({ row: 3, rows: 1 });
    expect(walk.stages[0]?.matrices[0]?.rows).toEqual(["row 3"]);
    await expect(inspector.walk({ weights: "current", rows: "row", row: 7 })).rejects.toThrow(
      "The data have the rows 1 to 6; there is no row 7.",
    );
  });

  test("with the next wrong row goes through the wrong ones and begins again", async () => {
    const classes = planOf(
      "model M {\n  input 1\n  dense 1 sigmoid kernel=[[1]] bias=[0]\n}\ndata D {\n  1 -> 1\n  2 -> 0\n  -1 -> 0\n  -2 -> 1\n}\ntrain M on D {\n  loss binary_crossentropy\n}\n",
    );
    const inspector = await fresh(classes);
    const wrongAfter = async (row: number): Promise<number | null> =>
      (await inspector.walk({ weights: "current", rows: "wrong", row })).row;
    expect([await wrongAfter(0), await wrongAfter(2), await wrongAfter(4)]).toEqual([2, 4, 2]);
  });

  test.each([
    [
      "three classes",
      "dense 3 softmax",
      "sparse_categorical_crossentropy",
      ["row 1: virginica", "row 2: setosa", "row 3: a class with an…"],
    ],
    ["two classes", "dense 1 sigmoid", "binary_crossentropy", ["row 1: virginica", "row 2: setosa"]],
  ])("of %s names the class beside its number in the matrices of targets", async (_name, layer, loss, wanted) => {
    const names = ["virginica", "setosa", '"a class with another name"'].slice(0, wanted.length);
    const rows = names.map((name, k) => `  ${k} -> ${name}`).join("\n");
    const text = `model M {\n  input x\n  ${layer}\n}\ndata D {\n  features x\n  target y\n${rows}\n}\ntrain M on D {\n  loss ${loss}\n  batch all\n  shuffle false\n}\n`;
    const { stages } = await (await fresh(planOf(text))).walk();
    const targets = stages.flatMap(({ pass, matrices }) =>
      matrices.filter(({ name }) => name.startsWith("t, the target")).map(({ rows: own, values }) => ({ pass, rows: own, values })),
    );
    expect(targets.filter(({ pass }) => pass !== "error")).toHaveLength(2);
    for (const target of targets.filter(({ pass }) => pass !== "error")) expect(target.rows).toEqual(wanted);
  });

  test.each([
    ["a hidden layer", "dense 2 tanh\n  dense 1 sigmoid", "loss binary_crossentropy"],
    ["softmax", "dense 2 relu\n  dense 2 softmax", "loss sparse_categorical_crossentropy"],
    ["no activation", "dense 1", "loss mse"],
    ["two ways back", "a: dense 2 tanh\n  b: dense 2 tanh from a\n  add from a, b\n  dense 1", "loss mse"],
    ["a threshold unit", "tlu 1", "optimizer perceptron"],
  ])("of %s names the cells that each number is computed from, in matrices of its stage", async (_name, layers, training) => {
    const text = `model M {\n  input 2\n  ${layers}\n}\ndata D {\n  1 0 -> 1\n  0 1 -> 0\n}\ntrain M on D {\n  ${training}\n}\n`;
    const { stages } = await (await fresh(planOf(text))).walk();
    const uses = stages.flatMap(({ title, matrices }) =>
      matrices.flatMap((one) => one.uses.map((use) => ({ title, use, of: matrices.find(({ name }) => name === use.matrix) }))),
    );
    expect(uses.length).toBeGreaterThan(2);
    expect(uses.filter(({ of }) => !of).map(({ title, use }) => `${title}: ${use.matrix}`)).toEqual([]);
  });

  test("of numbers: the row with the largest error, then the next smaller ones", async () => {
    const numbers = planOf(
      "model M {\n  input 1\n  dense 1 kernel=[[1]] bias=[0]\n}\ndata D {\n  1 -> 1\n  2 -> 0\n  -1 -> 4\n  3 -> 2\n}\ntrain M on D {\n  loss mse\n}\n",
    );
    const inspector = await fresh(numbers);
    // The errors are 0, 2, 5 and 1.
    const rowAfter = async (row: number): Promise<number | null> => (await inspector.walk({ weights: "current", rows: "wrong", row })).row;
    expect([await rowAfter(0), await rowAfter(3), await rowAfter(2), await rowAfter(4)]).toEqual([3, 2, 4, 3]);
    expect((await inspector.walk()).judges).toBe("numbers");
  });

  test("of a perceptron is Rosenblatt's rule, without a gradient", async () => {
    const perceptron = planOf(
      "model M {\n  input 2\n  tlu 1 kernel=[[-0.5], [0.25]] bias=[0]\n}\ndata D {\n  1.5 0.5 -> 1\n}\ntrain M on D {\n  optimizer perceptron\n}\n",
    );
    const { stages } = await (await fresh(perceptron)).walk();
    expect(stages.map(({ pass }) => pass)).toEqual(["data", "forward", "loss", "error", "update", "update"]);
    const lines = stages.flatMap(({ matrices }) => (matrices.at(-1)?.workings ?? []).flat().flatMap((working) => working.lines));
    expect(lines).toContain("L = Σ loss / n = 1 / 1 = 1");
    expect(lines).toContain("t − a = 1 − 0 = 1");
    expect(lines).toContain("w = −0.5 + 1 · (1 − 0) · 1.5 = 1");
    expect(JSON.stringify(stages)).not.toContain("∂L");
    expect(stages[2]?.matrices.map(({ formula }) => formula)).toEqual(["", "", "1 if t ≠ a, else 0", "L = Σ loss / n"]);
  });

  test.each([
    ["dense 1 sigmoid", "binary_crossentropy", "−[t ln a + (1 − t) ln(1 − a)]"],
    ["dense 1", "mse", "(t − a)²"],
    ["dense 1", "mape", "100 · |t − a| / max(|t|, 1e-7)"],
  ])("of %s has the loss of a row as the row's own, without the mean: %s", async (layer, loss, formula) => {
    const plan = planOf(
      `model M {\n  input 2\n  ${layer}\n}\ndata D {\n  1.5 0.5 -> 1\n  1 1 -> 0\n}\ntrain M on D {\n  loss ${loss}\n}\n`,
    );
    const { stages } = await (await fresh(plan)).walk();
    const matrices = stages.find(({ pass }) => pass === "loss")?.matrices ?? [];
    expect(matrices.find(({ name }) => name === "loss of each row")?.formula).toBe(formula);
  });
});

test("a wrong answer without a factor, without a term or with the other sign has its name", async () => {
  const plan = planFor("optimizer sgd(learning_rate=0.1)", "dense 3 tanh bias=[0.5, 0.25, -1]\n  dense 1");
  const { stages } = await (await openInspector(plan, noFiles, { precision: "float64" })).walk();
  const slips = (title: string, name: string): string[] =>
    (stages.find((stage) => stage.title === title)?.matrices.find((matrix) => matrix.name === name)?.workings?.[0]?.[0]?.slips ?? []).map(
      ({ says }) => says,
    );
  expect(slips("Forward through dense_1", "z")).toContain("The term b is missing.");
  expect(slips("Back through dense_1", "∂L/∂z")).toContain("The factor f′(z) is missing.");
  expect(slips("Back through dense_1", "∂L/∂W")).toContain("The factor x is missing.");
  expect(slips("The output error of dense_2", "∂L/∂a")).toContain("The division by n is missing.");
  expect(slips("The update of dense_1's kernel", "kernel, updated")).toContain("It is subtracted, not added.");
});

describe("a weight's path to the loss", () => {
  const layers = "first: dense 2 tanh kernel=[[0.5, -0.25], [0.1, 0.3]]\n  second: dense 3 sigmoid\n  dense 1";
  const plan = planFor("optimizer sgd(learning_rate=0.1)\n  seed 3", layers);

  test("has the sum over its paths, and ends with the gradient of the weight", async () => {
    const inspector = await openInspector(plan, noFiles, { precision: "float64" });
    const { path, stages } = await inspector.walk({
      weights: "start",
      rows: "batch",
      row: 0,
      weight: { layer: "first", input: 1, unit: 0 },
    });
    const gradient = stages.find(({ title }) => title === "Back through first")?.matrices.find(({ name }) => name === "∂L/∂W");
    expect(path?.title).toMatch(/^The weight from .+ to unit 1 of first, in row \d$/);
    expect(path?.weight).toBe(0.1);
    expect(path?.layers.map(({ id, units }) => [id, units.length])).toEqual([
      ["first", 1],
      ["second", 3],
      ["dense_1", 1],
    ]);
    expect(path?.edges).toHaveLength(3 + 3);
    expect(path?.lines[0]).toContain("(3 paths meet)");
    expect(Number(path?.lines.at(-1)?.split(" = ").at(-1)?.replace("−", "-"))).toBeCloseTo(gradient?.values[1]?.[0] ?? Number.NaN, 4);
  });

  test("is that of a layer nearer the output if another layer reads on the way, and of none for a perceptron or an unknown weight", async () => {
    const forked = planFor(
      "optimizer sgd",
      "first: dense 2 tanh\n  p: dense 2 from first\n  q: dense 2 from first\n  add from p, q\n  last: dense 1",
    );
    const open = async (of: TrainingPlan) => await openInspector(of, noFiles, { precision: "float64" });
    expect((await (await open(forked)).walk()).path?.layers.map(({ id }) => id)).toEqual(["last"]);
    const unknown = { weights: "start", rows: "batch", row: 0, weight: { layer: "first", input: 9, unit: 0 } } as const;
    expect((await (await open(plan)).walk(unknown)).path).toBeNull();
    const perceptron = planOf("model M {\n  input 1\n  tlu 1\n}\ndata D {\n  1 -> 1\n}\ntrain M on D {\n  optimizer perceptron\n}\n");
    expect((await (await open(perceptron)).walk()).path).toBeNull();
  });
});
