/** Every number of One Step can be checked with a pencil: the test evaluates each line from its text, and each stage by its own formula. */
import { describe, expect, test } from "vitest";
import { analysedSample, sampleFiles as files, plansIn, sampleNames, samplePlan } from "../../scripts/samplePlans.ts";
import { noFiles, planOf } from "../../test/fixtures.ts";
import { evaluate, isTrue, readLine } from "../../test/pencil.ts";
import { activations } from "../catalog/activations.ts";
import { names } from "../catalog/index.ts";
import { optimizers } from "../catalog/optimizers.ts";
import type { FileReader } from "../host.ts";
import type { TrainingPlan } from "../plan.ts";
import { train } from "../training/trainer.ts";
import { type Inspector, openInspector } from "./inspector.ts";
import type { Walk, WalkMatrix, WalkStage } from "./views.ts";

/** Returns an inspector with the weights after `epochs` epochs. */
async function inspectorAfter(plan: TrainingPlan, epochs: number, reader: FileReader = noFiles): Promise<Inspector> {
  let stateNow: (() => Uint8Array) | undefined;
  const host = { now: () => 0, rest: async () => "go" as const };
  await train(
    { ...plan, training: { ...plan.training, epochs, stop: null } },
    { host, files: reader, precision: "float64", emit: () => undefined, onReady: (now) => (stateNow = now) },
  );
  const inspector = await openInspector(plan, reader, { precision: "float64" });
  const checkpoint = stateNow?.();
  if (checkpoint) inspector.use(checkpoint);
  return inspector;
}

const linesOf = ({ stages, path }: Walk): string[] => [
  ...(path?.lines ?? []).map((one) => `${path?.title}: ${one}`),
  ...stages.flatMap(({ matrices, title }) =>
    matrices.flatMap(({ workings, name }) =>
      (workings ?? []).flat().flatMap(({ lines }) => lines.map((line) => `${title}, ${name}: ${line}`)),
    ),
  ),
];

/** Returns the error in a displayed line; undefined if its arithmetic yields the displayed result, to the digits shown. */
function mistakeIn(placed: string): string | undefined {
  const line = placed.slice(placed.indexOf(": ") + 2);
  if (line.endsWith(" ≈ 0")) return nearZero(line) ? undefined : `${placed}: it is not near 0`;
  if (line.includes("≈")) return `${placed}: is only near`;
  const { arithmetic, result, since } = readLine(line);
  if (since !== undefined && isTrue(since) === false) return `${placed}: the condition is false`;
  if (arithmetic === undefined) return undefined;
  const { value, error } = evaluate(arithmetic);
  // The engine sums in another order, with different rounding.
  return Math.abs(value - result.value) <= result.tolerance * (1 + 1e-9) + 100 * error ? undefined : `${placed}: it is ${value}`;
}

/** Returns whether the terms of a line cancel in all six digits. */
function nearZero(line: string): boolean {
  const arithmetic = line.slice(0, -" ≈ 0".length).split(" = ").at(-1) ?? "";
  const sizes = [...arithmetic.matchAll(/\d+(?:\.\d+)?(?:e[−+]?\d+)?/g)].map(([one]) => Math.abs(evaluate(one).value));
  return Math.abs(evaluate(arithmetic).value) <= 1e-5 * Math.max(...sizes);
}

/** Checks all lines of a walk-through. Returns the number of lines with arithmetic. */
function checkLines(walk: Walk): number {
  const lines = linesOf(walk);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.map(mistakeIn).filter((one) => one !== undefined)).toEqual([]);
  return lines.filter((line) => !line.includes("≈") && readLine(line.slice(line.indexOf(": ") + 2)).arithmetic !== undefined).length;
}

const CURRENT = { weights: "current", rows: "batch", row: 0 } as const;

describe("the arithmetic of every line closes", () => {
  for (const name of sampleNames) {
    test(`${name}: at the start weights, for a row, for a wrong row, and after some epochs`, async () => {
      for (const plan of plansIn(await analysedSample(name))) {
        const inspector = await inspectorAfter(plan, name === "digits.nn" ? 0 : Math.min(plan.training.epochs, 12), files);
        for (const request of [
          CURRENT,
          { ...CURRENT, weights: "start" },
          { weights: "start", rows: "row", row: 2 },
          { weights: "start", rows: "wrong", row: 0 },
        ] as const) {
          const walk = await inspector.walk(request);
          expect(checkLines(walk)).toBeGreaterThan(5);
          checkFormulas(walk);
        }
      }
    });
  }
});

describe("each stage follows its own formula, from the operands that it shows", () => {
  test("the formulas are checked where all operands are in sight", async () => {
    const walk = await (await inspectorAfter(await samplePlan("xor.nn"), 0, files)).walk(CURRENT);
    expect(checkFormulas(walk)).toBeGreaterThan(10);
  });

  test("a layer that two others read has the share of each, and their sum", async () => {
    // hidden → p with weight 0.5, hidden → q with weight 2.
    const text =
      "model M {\n  input 1\n  hidden: dense 1 tanh kernel=[[0.5]]\n  p: dense 1 kernel=[[0.5]] bias=[3] from hidden\n  q: dense 1 kernel=[[2]] bias=[-4] from hidden\n  add from p, q\n  out: dense 1 kernel=[[1]]\n}\n";
    const plan = planOf(`${text}data D {\n  1 -> 2\n}\ntrain M on D {\n  loss mse\n  batch all\n}\n`);
    const { stages } = await (await openInspector(plan, noFiles, { precision: "float64" })).walk();
    const stage = (title: string): WalkStage => {
      const found = stages.find((one) => one.title === title);
      if (!found) throw new Error(`no stage ${title}`);
      return found;
    };
    const value = (title: string, name: string): number => matrixIn(stage(title), name)?.values[0]?.[0] ?? Number.NaN;
    const error = value("Back through p", "∂L/∂z");
    expect(error).not.toBe(0);
    expect(value("Back through q", "∂L/∂x")).toBeCloseTo(2 * error, 12);
    expect(value("Back through p", "∂L/∂x")).toBeCloseTo(0.5 * error, 12);
    expect(value("Back through hidden", "∂L/∂a from q")).toBeCloseTo(2 * error, 12);
    expect(value("Back through hidden", "∂L/∂a from p")).toBeCloseTo(0.5 * error, 12);
    const total = stage("Back through hidden").matrices.find(({ name }) => name === "∂L/∂a");
    expect(total?.values[0]?.[0]).toBeCloseTo(2.5 * error, 12);
    expect(total?.workings?.[0]?.[0]?.lines[0]).toMatch(/^∂L\/∂a = from q \+ from p = .+ \+ .+ = /);
  });
});

/** Returns the stage's matrix with the symbol `symbol` if it is displayed completely. */
function matrixIn({ matrices }: WalkStage, symbol: string): WalkMatrix | undefined {
  const found = matrices.find(({ name }) => name === symbol || name.startsWith(`${symbol},`));
  return found && found.rows.length === found.shape[0] && found.columns.length === found.shape[1] ? found : undefined;
}

type Grid = readonly (readonly number[])[];
const at = (grid: Grid, i: number, j: number): number => grid[i]?.[j] ?? Number.NaN;
const sums = (count: number, of: (k: number) => number): number =>
  Array.from({ length: count }, (_, k) => of(k)).reduce((a, b) => a + b, 0);

/** The formulas of the stages, written independently of the engine: functions from the operands, by symbol, to the number (i, j). */
const FORMULAS: Readonly<
  Record<string, { of: string; operands: readonly string[]; value: (own: Grid[], i: number, j: number) => number }>
> = {
  "z = Σ x · w + b": weighted("z"),
  "a = z = Σ x · w + b": weighted("a"),
  "∂L/∂w = Σ x · ∂L/∂z": {
    of: "∂L/∂W",
    operands: ["x", "∂L/∂z"],
    value: ([x = [], d = []], i, j) => sums(x.length, (row) => at(x, row, i) * at(d, row, j)),
  },
  "∂L/∂b = Σ ∂L/∂z": { of: "∂L/∂b", operands: ["∂L/∂z"], value: ([d = []], _i, j) => sums(d.length, (row) => at(d, row, j)) },
  "∂L/∂x = Σ ∂L/∂z · w": {
    of: "∂L/∂x",
    operands: ["∂L/∂z", "W"],
    value: ([d = [], w = []], i, j) => sums(d[0]?.length ?? 0, (k) => at(d, i, k) * at(w, j, k)),
  },
  "∂L/∂z = ∂L/∂a · f′(z)": { of: "∂L/∂z", operands: ["∂L/∂a", "f′(z)"], value: ([a = [], f = []], i, j) => at(a, i, j) * at(f, i, j) },
  "f′(z) = 1 − a²": { of: "f′(z)", operands: ["a"], value: ([a = []], i, j) => 1 - at(a, i, j) ** 2 },
  "f′(z) = a · (1 − a)": { of: "f′(z)", operands: ["a"], value: ([a = []], i, j) => at(a, i, j) * (1 - at(a, i, j)) },
  "f′(z) = 1 if z > 0, else 0": { of: "f′(z)", operands: ["z"], value: ([z = []], i, j) => Number(at(z, i, j) > 0) },
  "∂L/∂z = (a − t) / n": { of: "∂L/∂z", operands: ["a", "t"], value: ([a = [], t = []], i, j) => (at(a, i, j) - at(t, i, j)) / a.length },
  "∂L/∂a = 2 · (a − t) / n": {
    of: "∂L/∂a",
    operands: ["a", "t"],
    value: ([a = [], t = []], i, j) => (2 * (at(a, i, j) - at(t, i, j))) / a.length,
  },
  "t − a": { of: "t − a", operands: ["t", "a"], value: ([t = [], a = []], i, j) => at(t, i, j) - at(a, i, j) },
};

function weighted(of: string): (typeof FORMULAS)[string] {
  return {
    of,
    operands: ["x", "W", "b"],
    value: ([x = [], w = [], b = []], i, j) => sums(w.length, (k) => at(x, i, k) * at(w, k, j)) + at(b, 0, j),
  };
}

/** Compares every matrix with completely displayed operands with its formula. Returns the number of compared numbers. */
function checkFormulas({ stages }: Walk): number {
  let compared = 0;
  for (const stage of stages) {
    for (const matrix of stage.matrices) {
      const known = FORMULAS[matrix.formula];
      const operands = known?.operands.map((symbol) => matrixIn(stage, symbol)?.values);
      if (!known || !operands || operands.some((one) => one === undefined)) continue;
      matrix.values.forEach((row, i) => {
        row.forEach((value, j) => {
          const wanted = known.value(operands as Grid[], i, j);
          expect(Math.abs(value - wanted), `${stage.title}, ${matrix.name}[${i}][${j}]`).toBeLessThanOrEqual(
            1e-9 * Math.max(1, Math.abs(wanted)),
          );
          compared++;
        });
      });
    }
  }
  return compared;
}

describe("the arithmetic of every word of the language closes", () => {
  const rows =
    "  features a, b, c\n  target t, u\n  0.31 -0.72 1.13 -> 0.4 -0.9\n  -1.41 0.55 0.23 -> -0.2 0.7\n  0.87 1.29 -0.68 -> 1.1 0.3\n  -0.13 -0.94 -1.77 -> 0.6 -1.2";
  const numbers = `data D {\n${rows}\n}\n`;
  const shares =
    "data D {\n  features a, b, c\n  target t, u\n  0.31 -0.72 1.13 -> 1 0\n  -1.41 0.55 0.23 -> 0 1\n  0.87 1.29 -0.68 -> 0.3 0.7\n}\n";
  const ones = shares.replace("0.3 0.7", "0 1");
  const training = (lines: string): string => `train M on D {\n  ${lines}\n  batch all\n}\n`;
  const check = async (text: string, epochs = 2): Promise<void> => {
    const plan = planOf(text);
    const inspector = await inspectorAfter(plan, epochs);
    expect(checkLines(await inspector.walk())).toBeGreaterThan(3);
    expect(checkLines(await inspector.walk({ ...CURRENT, weights: "start" }))).toBeGreaterThan(3);
  };

  test.each(names(activations).filter((name) => !("step" in activations[name])))(
    "activation %s, in a layer and on a line",
    async (name) => {
      await check(`model M {\n  input a, b, c\n  dense 4 ${name}\n  dense 3\n  ${name}\n  dense 2\n}\n${numbers}${training("loss mse")}`);
    },
  );

  const counts = numbers
    .replaceAll("-> 0.4 -0.9", "-> 3 0")
    .replaceAll("-> -0.2 0.7", "-> 1 2")
    .replaceAll("-> 1.1 0.3", "-> 5 1")
    .replaceAll("-> 0.6 -1.2", "-> 2 4");
  test.each([
    ["mae", "dense 2", numbers],
    ["mse", "dense 2 sigmoid", numbers],
    ["huber(delta=0.5)", "dense 2", numbers],
    ["log_cosh", "dense 2", numbers],
    ["mape", "dense 2", numbers],
    ["msle", "dense 2 softplus", counts],
    ["poisson", "dense 2 softplus", counts],
    ["binary_crossentropy", "dense 2 sigmoid", shares],
    ["binary_crossentropy(label_smoothing=0.1)", "dense 2 sigmoid", ones],
    ["binary_crossentropy", "dense 2 hard_sigmoid", shares],
    ["binary_focal_crossentropy", "dense 2 sigmoid", shares],
    ["kl_divergence", "dense 2 softmax", shares],
    ["categorical_crossentropy", "dense 2 softmax", shares],
    ["categorical_crossentropy(label_smoothing=0.2)", "dense 2 softmax", shares],
    ["categorical_crossentropy", "dense 2 softplus", shares],
    ["hinge", "dense 2 tanh", ones],
    ["squared_hinge", "dense 2 tanh", ones],
    ["perceptron", "dense 2", ones],
  ])("loss %s after %s", async (loss, layer, data) => {
    await check(`model M {\n  input a, b, c\n  dense 3 tanh\n  ${layer}\n}\n${data}${training(`loss ${loss}`)}`);
  });

  const byOptimizer: readonly string[] = [
    ...names(optimizers).filter((name) => name !== "perceptron"),
    "sgd(momentum=0.9)",
    "sgd(momentum=0.9, nesterov=true)",
    "rmsprop(momentum=0.5, centered=true)",
    "adam(amsgrad=true)",
    "sgd(learning_rate=exponential_decay(0.1, steps=3, rate=0.7))",
  ];
  test.each(byOptimizer)("optimizer %s, with penalty and clipping", async (optimizer) => {
    const model = "model M {\n  input a, b, c\n  dense 3 tanh l1=0.01 l2=0.02\n  dense 2\n}\n";
    await check(`${model}${numbers}${training(`loss mse\n  optimizer ${optimizer}\n  clip value=0.4 norm=0.5`)}`, 3);
  });

  const batchNorm = "dense 4\n  batch_norm\n  relu\n  dense 2";
  test.each([
    ["batch_norm", batchNorm],
    ["layer_norm", "dense 4\n  layer_norm\n  dense 2"],
    ["normalize", "normalize\n  dense 2"],
    ["dropout", "dense 6 tanh\n  dropout 0.5\n  dense 2"],
    ["gaussian_noise", "gaussian_noise 0.3\n  dense 3\n  gaussian_noise 0.1\n  dense 2"],
    ["prelu", "dense 4\n  prelu alpha=[0.1, 0.2, 0.3, 0.4]\n  dense 2"],
    ["flatten and reshape", "dense 6\n  reshape 3x2\n  softmax\n  flatten\n  dense 2"],
    ...["add", "subtract", "multiply", "average", "maximum", "minimum", "concat"].map((kind) => [
      kind,
      `p: dense 3 tanh\n  q: dense 3 sigmoid from p\n  ${kind} from p, q, p\n  dense 2`,
    ]),
  ])("layer %s", async (_kind, layers) => {
    await check(`model M {\n  input a, b, c\n  ${layers}\n}\n${numbers}${training("loss mse")}`);
  });

  test("several outputs with loss weights, one of which feeds the other", async () => {
    const model = "model M {\n  input a, b, c\n  first: dense 1 sigmoid\n  second: dense 1 from first\n  output first, second\n}\n";
    const data = "data D {\n  features a, b, c\n  target t, u\n  0.3 -0.7 1.1 -> 1 0.4\n  -1.4 0.5 0.2 -> 0 0.7\n}\n";
    await check(`${model}${data}${training("loss first=binary_crossentropy second=mse\n  loss_weights first=0.3 second=0.7")}`);
  });
});
