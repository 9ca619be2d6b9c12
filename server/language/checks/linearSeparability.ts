/** NN501: a single layer on two classes that no straight line separates. If a line separates them, the hover shows it. */

import { type Activation, activations } from "../../../engine/catalog/activations.ts";
import { traitsOf } from "../../../engine/catalog/layers.ts";
import { targetForm } from "../../../engine/catalog/losses.ts";
import { generate } from "../../../engine/data/generators.ts";
import { roundedText } from "../../../engine/numberText.ts";
import { lineBefore } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ResolvedData } from "../resolve/data.ts";
import { featureColumns } from "../resolve/features.ts";
import { ancestors } from "../resolve/graph.ts";
import { hasKernel, isActivationLine, type ResolvedLayer } from "../resolve/resolvedModel.ts";
import type { ResolvedTrain } from "../resolve/resolvedTrain.ts";
import type { Scope } from "../resolve/scope.ts";
import { targetsOf } from "../resolve/targets.ts";
import { type Certificate, inseparable, type Mix, type Point, separatingLine } from "./separability.ts";

/** The maximum number of points examined. A proof for some of the points is valid for all, and without a proof nothing is reported. */
const MOST_POINTS = 300;
const MOST_FEATURES = 30;

/** A target column with two values that one layer learns: the points of each value. */
interface ClassPair {
  readonly output: ResolvedLayer;
  readonly columns: readonly string[];
  readonly target: string;
  readonly classes: readonly [string, string];
  readonly first: readonly Point[];
  readonly second: readonly Point[];
  /** Whether all points are included. */
  readonly complete: boolean;
}

export function checkSeparable(train: ResolvedTrain, scope: Scope): void {
  for (const pair of classPairsOf(train)) {
    const certificate = inseparable(pair.first, pair.second);
    if (!certificate) continue;
    const { output } = pair;
    const weighted = [...ancestors(output)].find(hasKernel) ?? output;
    scope.report(
      issue(
        "NN501",
        output.node.span,
        { certificate: certificateText(certificate, pair.classes) },
        { fixes: weighted.node.from ? [] : [lineBefore(weighted.node.span, "dense 4 tanh", scope, "Add a hidden layer, `dense 4 tanh`")] },
      ),
    );
    return;
  }
}

/** Returns a sentence such as `2·a + 2·b − 3 = 0 divides y 0 from 1` for an output whose classes are separated by a line; otherwise undefined. */
export function dividingLine(train: ResolvedTrain, output: ResolvedLayer): string | undefined {
  const pair = classPairsOf(train).find((one) => one.output === output && one.complete);
  const line = pair && separatingLine(pair.first, pair.second);
  if (!pair || !line) return undefined;
  const terms = [...pair.columns.map((name, k) => ({ factor: line.weights[k] ?? 0, name })), { factor: line.offset, name: "" }].filter(
    ({ factor }) => factor !== 0,
  );
  const text = terms
    .map(({ factor, name }, i) => {
      const sign = factor < 0 ? (i === 0 ? "−" : " − ") : i === 0 ? "" : " + ";
      const size = roundedText(Math.abs(factor));
      return `${sign}${name === "" ? size : size === "1" ? name : `${size}·${name}`}`;
    })
    .join("");
  return `${text} = 0 divides ${pair.target} ${pair.classes.join(" from ")}: one layer is enough.`;
}

function classPairsOf(train: ResolvedTrain): ClassPair[] {
  const { model, data } = train;
  if (!model || !data || data.faulty || model.faulty || (data.source?.kind !== "table" && data.source?.kind !== "generator")) return [];
  const columns = featureColumns(model, data) ?? [];
  const numeric = columns.every((name) => data.column(name)?.kind === "number");
  if (!numeric || columns.length === 0 || columns.length > MOST_FEATURES) return [];
  const ranges = targetsOf(train, model.outputs, data);
  return model.outputs.flatMap((output) => {
    const loss = train.losses.get(output.id)?.use.name;
    if (!loss || !isOneLayer(output) || !(targetForm(loss, output.activation?.name) !== "number" || isBounded(output))) return [];
    const range = ranges.get(output.id) ?? [0, 0];
    // An output that learns the features has no classes to separate.
    if (range === "features") return [];
    return data.target.slice(...range).flatMap((target) => classPairIn(output, columns, target, data));
  });
}

function classPairIn(output: ResolvedLayer, columns: readonly string[], target: string, data: ResolvedData): ClassPair[] {
  const counts = data.column(target)?.counts;
  const [low, high] = [...(counts?.keys() ?? [])];
  if (counts?.size !== 2 || low === undefined || high === undefined) return [];
  const { rows, names, complete } = rowsOf(data);
  const at = columns.map((name) => names.indexOf(name));
  const targetAt = names.indexOf(target);
  if (targetAt < 0 || at.includes(-1)) return [];
  const sides = new Map<string, { readonly point: Point; readonly classes: Set<string> }>();
  for (const row of rows) {
    const point = at.map((j) => Number(row[j]));
    if (point.some((x) => !Number.isFinite(x))) return [];
    const key = point.join(" ");
    const known = sides.get(key);
    if (known) known.classes.add(String(row[targetAt]));
    else sides.set(key, { point, classes: new Set([String(row[targetAt])]) });
  }
  // No network can separate points that have both classes, whatever its layers.
  const clear = [...sides.values()].filter(({ classes }) => classes.size === 1);
  const of = (name: string): Point[] => clear.filter(({ classes }) => classes.has(name)).map(({ point }) => point);
  return [
    { output, columns, target, classes: [low, high], first: of(low), second: of(high), complete: complete && clear.length === sides.size },
  ];
}

/** Returns the rows. A generator's rows are drawn without noise, since the question is whether a line separates its shapes. */
function rowsOf({ source, rows = 0 }: ResolvedData): {
  rows: readonly (readonly (number | string)[])[];
  names: readonly string[];
  complete: boolean;
} {
  if (source?.kind === "generator") {
    const drawn = generate(source.use, MOST_POINTS, 0);
    return { rows: drawn, names: source.columns, complete: drawn.length === rows && source.use.settings.noise === 0 };
  }
  if (source?.kind !== "table") return { rows: [], names: [], complete: false };
  return { rows: source.rows.slice(0, MOST_POINTS), names: source.columns, complete: source.rows.length <= MOST_POINTS };
}

/** Whether everything before the output's activation is an affine function of the inputs with weights. */
function isOneLayer(output: ResolvedLayer): boolean {
  if (output.activation && !IS_MONOTONE[output.activation.name]) return false;
  let last = output;
  if (isActivationLine(output)) {
    const [before] = output.inputs;
    if (!before) return false;
    last = before;
  }
  const behind = [...ancestors(last)];
  return (
    behind.some(hasKernel) &&
    behind.every((layer) => traitsOf(layer.kind).isAffine && (layer === output || (layer.activation?.name ?? "linear") === "linear"))
  );
}

/** Whether an activation never falls as z grows: only then does it separate the classes exactly where a line does. */
const IS_MONOTONE: Readonly<Record<keyof typeof activations, boolean>> = {
  relu: true,
  tanh: true,
  sigmoid: true,
  leaky_relu: true,
  elu: true,
  selu: true,
  gelu: false,
  swish: false,
  mish: false,
  hard_swish: false,
  relu6: true,
  softplus: true,
  softsign: true,
  hard_sigmoid: true,
  exponential: true,
  log_sigmoid: true,
  linear: true,
  heaviside: true,
  sign: true,
  softmax: true,
};

/** Whether the output's activation has a finite range. The output may then mean one of two values even under a loss for numbers. */
function isBounded({ activation }: ResolvedLayer): boolean {
  const range = activation && (activations[activation.name] as Activation).range;
  return range !== undefined && Number.isFinite(range[0]) && Number.isFinite(range[1]);
}

function certificateText({ first, second, meeting }: Certificate, [a, b]: readonly [string, string]): string {
  const isRound = [...first, ...second].every(({ weight }) => weight.d <= 1000n);
  const same = isRound ? "is" : "is (rounded)";
  if (first.length === 1 && first[0]) return `${pointText(first[0].point)} of class ${a} ${same} ${mixText(second)}, a mix of class ${b}`;
  if (second.length === 1 && second[0]) return `${pointText(second[0].point)} of class ${b} ${same} ${mixText(first)}, a mix of class ${a}`;
  const where = `(${meeting.map((x) => (x.d <= 1000n ? x.toFraction() : roundedText(x.valueOf()))).join(", ")})`;
  return `${mixText(first)} of class ${a} and ${mixText(second)} of class ${b} are the same point, ${where}${isRound ? "" : " (rounded)"}`;
}

const pointText = (point: Point): string => `(${point.map((value) => roundedText(value)).join(", ")})`;
const mixText = (mix: Mix): string =>
  mix
    .map(({ weight, point }) => `${weight.d <= 1000n ? weight.toFraction() : roundedText(weight.valueOf())}·${pointText(point)}`)
    .join(" + ");
