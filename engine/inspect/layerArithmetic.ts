/** The arithmetic of the layers without weighted sums, for the walk-through: forward, back to each input, and for each parameter. */
import type { ParameterName } from "../catalog/parameters.ts";
import type { Numbers } from "../kernels/kernels.ts";
import type { Step } from "../network/network.ts";
import { formulaText } from "../numberText.ts";
import type { PlannedKind, PlannedLayerOf } from "../plan.ts";
import { unit } from "../training/unitNames.ts";
import { call, difference, type Expression, exact, longSum, max, named, number, product, quotient, square, sum } from "./arithmetic.ts";
import { matrix, stated, worked } from "./matrices.ts";
import type { WalkMatrix, Working } from "./views.ts";
import { inputsOf, parameterOf, partOf, type WalkedForward } from "./walkedStep.ts";

/** A layer's numbers in a walked step. */
export interface LayerNumbers<K extends PlannedKind = PlannedKind> {
  readonly walked: WalkedForward;
  readonly step: Step;
  readonly layer: PlannedLayerOf<K>;
  readonly inputs: readonly Step[];
  /** Returns a parameter before the update. */
  readonly parameter: (name: ParameterName) => Numbers;
  /** ∂L/∂a, summed over all paths. */
  readonly error: Numbers;
}

interface LayerArithmetic<K extends PlannedKind = never> {
  /** The formula of ∂L/∂x if it is the same for all inputs. */
  readonly back: string;
  /** The numbers between x and a. */
  readonly between?: (numbers: LayerNumbers<K>) => WalkMatrix[];
  /** The working of output j in a row. */
  readonly forward?: (numbers: LayerNumbers<K>, row: number, j: number) => Working;
  /** The working of the gradient for number i of input k in a row. */
  readonly backward?: (
    numbers: LayerNumbers<K>,
    to: { readonly input: number; readonly row: number; readonly i: number; readonly result: number },
  ) => Working;
  /** The working of the gradient of a parameter's number. */
  readonly gradient?: (
    numbers: LayerNumbers<K>,
    of: { readonly name: ParameterName; readonly at: number; readonly result: number },
  ) => Working;
}

const a$ = ({ step: { output } }: LayerNumbers, row: number, j: number): number => output.values[row * output.width + j];
const x$ = ({ inputs }: LayerNumbers, row: number, j: number, k = 0): number => inputs[k].output.values[row * inputs[k].output.width + j];
const error$ = ({ step, error }: LayerNumbers, row: number, j: number): Expression => number(error[row * step.output.width + j], "∂L/∂a");

/** The layers that only rearrange or copy numbers. */
const copying = {
  back: "∂L/∂x = ∂L/∂a",
  forward: (own: LayerNumbers, row: number, j: number) => worked("a = x", a$(own, row, j), number(x$(own, row, j))),
  backward: (own: LayerNumbers, { row, i, result }: { row: number; i: number; result: number }) =>
    worked("∂L/∂x = ∂L/∂a", result, error$(own, row, i)),
} as const;

/** Returns the arithmetic of a weighted sum of the inputs, with one factor per input. */
const summing = (left: string, factor: (k: number, count: number) => Expression | undefined, text: (k: number, count: number) => string) =>
  ({
    back: "∂L/∂x = ∂L/∂a, times the factor of the input",
    forward: (own: LayerNumbers, row: number, j: number) => {
      const terms = own.inputs.map((_, k) => times(factor(k, own.inputs.length), number(x$(own, row, j, k), `x${subscript(k)}`)));
      return worked(left, a$(own, row, j), longSum(terms));
    },
    backward: (own: LayerNumbers, { input, row, i, result }: { input: number; row: number; i: number; result: number }) => {
      // A layer may read the same input twice.
      const uses = own.layer.inputs.flatMap((id, k) => (id === own.inputs[input].layer.id ? [k] : []));
      const terms = uses.map((k) => times(factor(k, own.inputs.length), error$(own, row, i)));
      return worked(`∂L/∂x = ${text(input, own.inputs.length)}`, result, sum(...terms));
    },
  }) as const;
const times = (factor: Expression | undefined, of: Expression): Expression => (factor ? product(factor, of) : of);
const subscript = (k: number): string => String(k + 1).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)] ?? digit);

/** Returns the arithmetic of a maximum or minimum. Only the selected input has a gradient. */
const choosing = (word: "max" | "min") =>
  ({
    back: "∂L/∂x = ∂L/∂a for the chosen input, 0 for the others",
    forward: (own: LayerNumbers, row: number, j: number) =>
      worked(`a = ${word}(x₁, x₂, …)`, a$(own, row, j), { kind: word, parts: own.inputs.map((_, k) => number(x$(own, row, j, k))) }),
    backward: (own: LayerNumbers, { input, row, i, result }: { input: number; row: number; i: number; result: number }) =>
      result !== 0 || x$(own, row, i, input) === a$(own, row, i)
        ? result === 0
          ? stated("∂L/∂x = 0")
          : worked("∂L/∂x = ∂L/∂a", result, error$(own, row, i))
        : stated("∂L/∂x = 0, since another input is chosen"),
  }) as const;

interface Statistics {
  readonly mean: number;
  readonly variance: number;
}

/** Returns the numbers of x that are normalized together with number (row, j). */
type Group = (own: LayerNumbers, row: number, j: number) => number[];
const ofColumn: Group = (own, _row, j) => {
  const width = own.parameter("gamma").length;
  const { values } = own.inputs[0].output;
  return Array.from({ length: (own.walked.rows * own.inputs[0].output.width) / width }, (_, k) => values[k * width + (j % width)]);
};
const ofRow: Group = (own, row, j) => {
  const width = own.parameter("gamma").length;
  const { values, width: all } = own.inputs[0].output;
  const from = row * all + Math.floor(j / width) * width;
  return Array.from(values.subarray(from, from + width));
};
function statisticsOf(x: readonly number[]): Statistics {
  const mean = x.reduce((total, one) => total + one, 0) / x.length;
  return { mean, variance: x.reduce((total, one) => total + (one - mean) ** 2, 0) / x.length };
}

/** Returns x̂ = (x − mean) / √(variance + ε). */
function normalOf(x: number, { mean, variance }: Statistics, epsilon: number): Expression {
  return quotient(difference(number(x, "x"), number(mean, "mean")), call("root", sum(number(variance), exact(epsilon))));
}

type Normalizing = "batch_norm" | "layer_norm";
const scaledAndShifted = (own: LayerNumbers<Normalizing>, row: number, j: number, group: Group): Working => {
  const [gamma, beta] = [own.parameter("gamma"), own.parameter("beta")];
  const c = j % gamma.length;
  const normal = normalOf(x$(own, row, j), statisticsOf(group(own, row, j)), own.layer.epsilon);
  return worked(
    "a = gamma · (x − mean) / √(variance + ε) + beta",
    a$(own, row, j),
    sum(product(number(gamma[c], "gamma"), named("the normalized x", normal)), number(beta[c], "beta")),
  );
};

/** Returns x̂ for every number. */
function normals(own: LayerNumbers<Normalizing>, group: Group): number[] {
  const { width } = own.step.output;
  return Array.from({ length: own.walked.rows * width }, (_, at) => {
    const [row, j] = [Math.floor(at / width), at % width];
    const { mean, variance } = statisticsOf(group(own, row, j));
    return (x$(own, row, j) - mean) / Math.sqrt(variance + own.layer.epsilon);
  });
}

const normalizing = (group: Group) =>
  ({
    between: (own: LayerNumbers<Normalizing>) => {
      const { width } = own.step.output;
      const shape: [number, number] = [own.walked.rows, width];
      const common = { shape, rows: own.walked.rowName, columns: unit };
      const statistics = (row: number, j: number): Statistics & { x: number[] } => {
        const x = group(own, row, j);
        return { x, ...statisticsOf(x) };
      };
      const all = Array.from({ length: own.walked.rows * width }, (_, at) => statistics(Math.floor(at / width), at % width));
      return [
        matrix({
          ...common,
          name: "mean",
          values: Float64Array.from(all, ({ mean }) => mean),
          formula: "mean = Σ x / n",
          working: (row, j) => {
            const { x, mean } = all[row * width + j];
            return worked("mean = Σ x / n", mean, quotient(longSum(x.map((one) => number(one))), exact(x.length, "n")));
          },
        }),
        matrix({
          ...common,
          name: "variance",
          values: Float64Array.from(all, ({ variance }) => variance),
          formula: "variance = Σ (x − mean)² / n",
          working: (row, j) => {
            const { x, mean, variance } = all[row * width + j];
            const squares = x.map((one) => square(difference(number(one), number(mean))));
            return worked("variance = Σ (x − mean)² / n", variance, quotient(longSum(squares), exact(x.length, "n")));
          },
        }),
      ];
    },
    forward: (own: LayerNumbers<Normalizing>, row: number, j: number) => scaledAndShifted(own, row, j, group),
    gradient: (own: LayerNumbers<Normalizing>, { name, at, result }: { name: ParameterName; at: number; result: number }) => {
      const width = own.parameter("gamma").length;
      const hats = normals(own, group);
      const indices = hats.flatMap((_, k) => (k % width === at ? [k] : []));
      return name === "beta"
        ? worked("∂L/∂beta = Σ ∂L/∂a", result, longSum(indices.map((k) => number(own.error[k]))))
        : worked(
            "∂L/∂gamma = Σ ∂L/∂a · x̂",
            result,
            longSum(indices.map((k) => product(number(own.error[k], "∂L/∂a"), number(hats[k], "x̂")))),
          );
    },
  }) as const;

/** Returns the mean of some numbers. */
const meanOf = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0) / values.length;

/** The working of ∂L/∂x for both normalizations. They differ in gamma's position: gamma is constant within a column but not within a row. */
function normalizedBack(own: LayerNumbers<Normalizing>, row: number, i: number, result: number): Working {
  const { width: all } = own.step.output;
  const gamma = own.parameter("gamma");
  const width = gamma.length;
  const isByColumn = own.layer.kind === "batch_norm";
  const group = isByColumn ? ofColumn : ofRow;
  const hats = normals(own, group);
  const at = row * all + i;
  const members = isByColumn
    ? hats.flatMap((_, k) => (k % width === i % width ? [k] : []))
    : Array.from({ length: width }, (_, c) => row * all + Math.floor(i / width) * width + c);
  const g = (k: number): number => gamma[k % width] * own.error[k];
  const { variance } = statisticsOf(group(own, row, i));
  const inner = difference(
    difference(named("g", product(number(gamma[i % width]), number(own.error[at]))), number(meanOf(members.map(g)), "mean(g)")),
    product(number(hats[at], "x̂"), number(meanOf(members.map((k) => g(k) * hats[k])), "mean(g · x̂)")),
  );
  return worked(
    "∂L/∂x = (g − mean(g) − x̂ · mean(g · x̂)) / √(variance + ε), with g = gamma · ∂L/∂a",
    result,
    quotient(inner, call("root", sum(number(variance), exact(own.layer.epsilon)))),
  );
}
const normalizedAway =
  "∂L/∂x = (g − mean(g) − x̂ · mean(g · x̂)) / √(variance + ε), with g = gamma · ∂L/∂a and x̂ = (x − mean) / √(variance + ε)";

/** Returns dropout's mask for a number: 1 or 0. Where x and the error are 0, either value gives the same result. */
function maskAt({ step, walked: { paths }, inputs }: LayerNumbers, row: number, i: number): number {
  const at = row * step.output.width + i;
  const back = paths.get(inputs[0].layer.id)?.find(({ from }) => from === step.layer.id)?.values[at] ?? 0;
  return step.output.values[at] !== 0 || back !== 0 ? 1 : 0;
}

const arithmetic: { readonly [K in PlannedKind]: LayerArithmetic<K> } = {
  input: { back: "" },
  // A weighted sum has its own stages.
  dense: { back: "∂L/∂x = Σ ∂L/∂z · w" },
  activation: { back: "∂L/∂x = ∂L/∂z" },
  neuron: {
    back: "∂L/∂x = 0",
    forward(own, row, j) {
      const { terms, threshold } = own.layer;
      const isActive = ({ input, unit: from }: (typeof terms)[number]): boolean => x$(own, row, from, input) >= 0.5;
      const blocked = terms.some((one) => one.inhibits && isActive(one));
      const active = terms.filter((one) => !one.inhibits && isActive(one)).length;
      const value = formulaText(a$(own, row, j));
      if (blocked) return stated(`a = ${value}, since an inhibiting input is active`);
      return stated(`a = ${value}, since ${active} active ${active >= threshold ? "≥" : "<"} threshold ${threshold}`);
    },
  },
  flatten: copying,
  reshape: copying,
  gaussian_noise: {
    ...copying,
    forward: (own, row, j) =>
      worked("a = x + noise", a$(own, row, j), sum(number(x$(own, row, j), "x"), number(a$(own, row, j) - x$(own, row, j), "noise"))),
  },
  dropout: {
    back: "∂L/∂x = ∂L/∂a · mask / (1 − rate)",
    forward: (own, row, j) =>
      worked(
        "a = x · mask / (1 − rate)",
        a$(own, row, j),
        quotient(
          product(number(x$(own, row, j), "x"), exact(maskAt(own, row, j))),
          named("1 − rate", difference(exact(1), exact(own.layer.rate))),
        ),
      ),
    backward: (own, { row, i, result }) =>
      worked(
        "∂L/∂x = ∂L/∂a · mask / (1 − rate)",
        result,
        quotient(product(error$(own, row, i), exact(maskAt(own, row, i))), named("1 − rate", difference(exact(1), exact(own.layer.rate)))),
      ),
  },
  prelu: {
    back: "∂L/∂x = ∂L/∂a if x > 0, else ∂L/∂a · alpha",
    forward: (own, row, j) => {
      const x = x$(own, row, j);
      return x > 0
        ? worked("a = x", a$(own, row, j), number(x))
        : worked("a = alpha · x", a$(own, row, j), product(number(own.parameter("alpha")[j], "alpha"), number(x, "x")));
    },
    backward: (own, { row, i, result }) =>
      x$(own, row, i) > 0
        ? worked("∂L/∂x = ∂L/∂a", result, error$(own, row, i))
        : worked("∂L/∂x = ∂L/∂a · alpha", result, product(error$(own, row, i), number(own.parameter("alpha")[i], "alpha"))),
    gradient: (own, { at, result }) => {
      const rows = Array.from({ length: own.walked.rows }, (_, row) => row).filter((row) => !(x$(own, row, at) > 0));
      const terms = rows.map((row) => product(error$(own, row, at), number(x$(own, row, at), "x")));
      return worked("∂L/∂alpha = Σ ∂L/∂a · x over the rows with x ≤ 0", result, terms.length > 0 ? longSum(terms) : exact(0));
    },
  },
  batch_norm: {
    ...normalizing(ofColumn),
    back: normalizedAway,
    backward: (own, { row, i, result }) => normalizedBack(own, row, i, result),
  },
  layer_norm: {
    ...normalizing(ofRow),
    back: normalizedAway,
    backward: (own, { row, i, result }) => normalizedBack(own, row, i, result),
  },
  normalize: {
    back: "∂L/∂x = ∂L/∂a / √variance",
    forward: (own, row, j) => {
      const [mean, variance] = [own.parameter("mean"), own.parameter("variance")];
      const c = j % mean.length;
      return worked(
        "a = (x − mean) / √variance",
        a$(own, row, j),
        quotient(difference(number(x$(own, row, j), "x"), number(mean[c], "mean")), named("√variance", deviation(variance[c]))),
      );
    },
    backward: (own, { row, i, result }) => {
      const variance = own.parameter("variance");
      return worked("∂L/∂x = ∂L/∂a / √variance", result, quotient(error$(own, row, i), deviation(variance[i % variance.length])));
    },
  },
  concat: {
    back: "∂L/∂x is the input's part of ∂L/∂a",
    forward: (own, row, j) => {
      const { input, i } = pieceAt(own, j);
      return worked(`a = x${subscript(input)}`, a$(own, row, j), number(x$(own, row, i, input)));
    },
    backward: (own, { input, row, i, result }) => {
      const places = Array.from({ length: own.step.output.width }, (_, j) => j).filter((j) => {
        const piece = pieceAt(own, j);
        return own.inputs[piece.input] === own.inputs[input] && piece.i === i;
      });
      return worked("∂L/∂x = ∂L/∂a", result, sum(...places.map((j) => error$(own, row, j))));
    },
  },
  add: summing(
    "a = Σ x",
    () => undefined,
    () => "∂L/∂a",
  ),
  subtract: summing(
    "a = x₁ − x₂ − …",
    (k) => (k === 0 ? undefined : exact(-1)),
    (k) => (k === 0 ? "∂L/∂a" : "−1 · ∂L/∂a"),
  ),
  average: summing(
    "a = Σ x / n",
    (_k, count) => quotient(exact(1), exact(count, "n")),
    () => "∂L/∂a / n",
  ),
  multiply: {
    back: "∂L/∂x = ∂L/∂a · the product of the other inputs",
    forward: (own, row, j) =>
      worked("a = x₁ · x₂ · …", a$(own, row, j), product(...own.inputs.map((_, k) => number(x$(own, row, j, k), `x${subscript(k)}`)))),
    backward: (own, { input, row, i, result }) => {
      const uses = own.inputs.flatMap((one, k) => (one === own.inputs[input] ? [k] : []));
      const terms = uses.map((k) =>
        product(error$(own, row, i), ...own.inputs.flatMap((_, other) => (other === k ? [] : [number(x$(own, row, i, other), "x")]))),
      );
      return worked("∂L/∂x = ∂L/∂a · the other inputs", result, sum(...terms));
    },
  },
  maximum: choosing("max"),
  minimum: choosing("min"),
};

const deviation = (variance: number): Expression => max(call("root", number(variance)), exact(1e-7));

/** Returns the input of a concat from which its output j comes, and the number's index in that input. */
export function pieceAt({ inputs, step, layer }: Pick<LayerNumbers, "inputs" | "step" | "layer">, j: number): { input: number; i: number } {
  const last = layer.output.at(-1) ?? 1;
  const leading = step.output.width / last;
  const position = Math.floor(j / last);
  let at = j % last;
  for (const [input, { output }] of inputs.entries()) {
    const piece = output.width / leading;
    if (at < piece) return { input, i: position * piece + at };
    at -= piece;
  }
  throw new Error(`${layer.id} has no output ${j}.`);
}

/** Returns the numbers of a layer in the step. */
export function numbersOf(walked: WalkedForward, step: Step): LayerNumbers {
  const { learner, before } = walked;
  return {
    walked,
    step,
    layer: step.layer,
    inputs: inputsOf(learner, step),
    parameter(name) {
      const found = parameterOf(learner, step, name);
      return found ? partOf(before, found) : new Float64Array(0);
    },
    error: step.output.gradient ?? new Float64Array(step.output.values.length),
  };
}

/** Returns the arithmetic of the layer's kind. */
export function layerArithmetic({ layer }: Step): LayerArithmetic<PlannedKind> {
  // TypeScript can't infer that the entry at `layer.kind` takes a layer of that kind.
  return arithmetic[layer.kind] as LayerArithmetic<PlannedKind>;
}
