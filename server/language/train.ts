/** Resolves a `train` block and checks how it trains its model. */

import type { NoSettings } from "../../engine/catalog/arguments.ts";
import { stops } from "../../engine/catalog/directives.ts";
import { type Configured, directives, entryOf, isName, withDefaults } from "../../engine/catalog/index.ts";
import { type LossName, losses as lossTable, type TargetForm } from "../../engine/catalog/losses.ts";
import { metrics as metricTable } from "../../engine/catalog/metrics.ts";
import { isStepSchedule, optimizers, schedules } from "../../engine/catalog/optimizers.ts";
import { sizeOf } from "../../engine/catalog/shapes.ts";
import type { MetricPlan, StopPlan } from "../../engine/plan.ts";
import { checkBatch, checkMethod, checkOptimizer, checkWarmup } from "./checks/learningMethod.ts";
import { checkLossAndActivation, classCount, fittingLoss } from "./checks/outputFit.ts";
import { argumentAdded, argumentRemoved, changeTo, directiveAdded, directiveOf } from "./diagnostics/fixes.ts";
import { type Fix, issue } from "./diagnostics/issue.ts";
import { configured, readUse } from "./resolve/argumentReader.ts";
import type { ResolvedData } from "./resolve/data.ts";
import type { DataFiles } from "./resolve/dataFacts.ts";
import { booleanOf, directivesOf, fractionsOf, numberOf, reportMissing } from "./resolve/directiveLines.ts";
import type { ResolvedModel } from "./resolve/resolvedModel.ts";
import type { ResolvedTrain } from "./resolve/resolvedTrain.ts";
import { type Scope, suggestion } from "./resolve/scope.ts";
import { startOf } from "./resolve/startLine.ts";
import type { Span } from "./syntax/span.ts";
import type { DirectiveNode, TrainNode, ValueNode } from "./syntax/tree.ts";

export function resolveTrain(
  node: TrainNode,
  model: ResolvedModel | undefined,
  data: ResolvedData | undefined,
  files: DataFiles,
  scope: Scope,
): ResolvedTrain {
  let faulty = !model || !data;
  const own: Scope = {
    ...scope,
    report(found) {
      faulty ||= found.severity === "error";
      scope.report(found);
    },
  };
  const lines = directivesOf("train", node.body, own);
  if (node.body.some((line) => line.damaged)) faulty = true;
  const lossLine = lines.get("loss");
  const optimizerLine = lines.get("optimizer");
  const stopLine = lines.get("stop");

  const metrics = readMetrics(lines.get("metrics"), model, own);
  const monitored = { node, data, model, metrics };
  const { optimizer, learningRate } = readOptimizer(optimizerLine, monitored, own);
  const isPerceptron = optimizer.name === "perceptron";
  const losses = lossLine ? readLosses(lossLine, model, data, own) : new Map(isPerceptron ? perceptronLosses(model, node.head) : []);
  if (!lossLine && !isPerceptron) {
    const [first] = model?.outputs ?? [];
    const units = first?.output && sizeOf(first.output);
    const line = `loss ${fittingLoss(units, first?.activation?.name, data)}`;
    own.report(issue("NN401", node.head, { outputs: [] }, { fixes: directiveAdded(node, line, own) }));
  }
  const clip = fractionsOf(lines.get("clip"), directives.train.clip.takes.names, { max: Number.POSITIVE_INFINITY, isAboveZero: true }, own);
  const stop = readStop(stopLine, monitored, own);
  // Rosenblatt's rule updates after every row.
  let batchLine = lines.get("batch");
  const batchScope: Scope = {
    ...own,
    report(found) {
      batchLine = undefined;
      own.report(found);
    },
  };
  const batch = numberOf(lines.get("batch"), directives.train.batch.takes, batchScope, isPerceptron ? 1 : undefined);

  const train: ResolvedTrain = {
    node,
    model,
    data,
    losses,
    weights: readWeights(lines.get("loss_weights"), model, own),
    optimizer,
    learningRate,
    metrics,
    batch,
    epochs: numberOf(lines.get("epochs"), directives.train.epochs.takes, own),
    seed: numberOf(lines.get("seed"), directives.train.seed.takes, own),
    seeds: numberOf(lines.get("seeds"), directives.train.seeds.takes, own),
    shuffle: booleanOf(lines.get("shuffle"), directives.train.shuffle.takes, own),
    reproducible: booleanOf(lines.get("reproducible"), directives.train.reproducible.takes, own),
    clip: { norm: clip.get("norm") ?? null, value: clip.get("value") ?? null },
    stop,
    start: startOf(lines.get("start"), model, files, own),
    optimizerLine,
    spans: {
      loss: lossLine?.span ?? node.head,
      optimizer: optimizerLine?.span ?? node.head,
      stop: stopLine?.span ?? node.head,
      start: lines.get("start")?.span ?? node.head,
      batch: lines.get("batch")?.span ?? node.head,
      epochs: lines.get("epochs")?.span ?? node.head,
    },
    faulty,
  };
  checkMethod(train, own);
  checkOptimizer(train, own);
  checkWarmup(train, own);
  checkBatch(batchLine, batch, data, own);
  return { ...train, faulty };
}

/** Returns the perceptron rule's losses, which count mistakes, one per output. */
const perceptronLosses = (model: ResolvedModel | undefined, span: Span): [string, { use: Configured<"losses">; span: Span }][] =>
  (model?.outputs ?? []).map(({ id }) => [id, { use: withDefaults("losses", "perceptron"), span }]);

/** Only the first repetitions on a line are reported. */
const MOST_REPEATS = 10;

/** Reads `loss mse`, or `loss price=mse aux=mse` for several outputs. A loss without a name applies to every output. */
function readLosses(
  line: DirectiveNode,
  model: ResolvedModel | undefined,
  data: ResolvedData | undefined,
  scope: Scope,
): ResolvedTrain["losses"] {
  const found = new Map<string, { use: Configured<"losses">; span: Span }>();
  let unknown = false;
  const outputs = model?.outputs.map(({ id }) => id) ?? [];
  if (line.arguments.length === 0) reportMissing(line, "a loss", "loss mse", scope);
  let repeats = 0;
  for (const argument of line.arguments) {
    if (!argument.value) continue;
    const read = readUse("losses", argument.value, scope);
    const use = read && !read.read.faulty ? configured<"losses">(read) : undefined;
    if (!use) continue;
    const span = argument.value.kind === "call" ? argument.value.name.span : argument.value.span;
    const loss = { use, span };
    if (argument.name && model && !outputs.includes(argument.name.text)) {
      const left = withoutLoss(line, outputs);
      const near = suggestion(argument.name, left);
      // The only output without a loss is the intended one.
      const [only] = left.length === 1 ? left : [];
      const { parts, fixes } =
        only === undefined ? near : { parts: { ...near.parts, nearest: only }, fixes: [changeTo(argument.name.span, only)] };
      scope.report(issue("NN209", argument.name.span, { what: "output", ...parts }, { fixes }));
      unknown = true;
      continue;
    }
    const own = argument.name ? [argument.name.text] : outputs;
    const first = own.map((id) => found.get(id)).find((one) => one !== undefined);
    if (first) {
      if (++repeats > MOST_REPEATS) continue;
      const fixes = [argumentRemoved(argument.span, scope, `Remove \`${use.name}\``)];
      scope.report(issue("NN207", argument.span, { of: "loss", name: use.name, taken: first.use.name }, { fixes }));
    } else for (const id of own) found.set(id, loss);
  }
  const [first] = line.arguments;
  const without = (model?.outputs ?? [])
    .filter(({ id }) => !found.has(id))
    .map(({ id, output, activation }) => ({ name: id, loss: fittingLoss(output && sizeOf(output), activation?.name, undefined) }));
  // An unknown output's loss may be intended for the output without one.
  if (without.length > 0 && first?.name && found.size > 0 && !unknown) {
    const fixes = [argumentAdded(line, without.map(({ name, loss }) => `${name}=${loss}`).join(" "))];
    scope.report(issue("NN401", line.span, { outputs: without }, { fixes }));
  }
  const exclusive = data && !data.images && data.target.length > 1 ? "categorical_crossentropy" : "sparse_categorical_crossentropy";
  for (const output of model?.outputs ?? []) {
    const loss = found.get(output.id);
    const single = singleLoss(data);
    const classes = outputs.length === 1 ? severalClasses(data) : undefined;
    if (loss && !checkLossAndActivation(output, loss.use.name, loss.span, { exclusive, single, classes }, scope)) found.delete(output.id);
  }
  return found;
}

/** Returns the loss for a one-unit output that is meant for classes. */
function singleLoss(data: ResolvedData | undefined): LossName {
  const loss = fittingLoss(1, "sigmoid", data);
  return loss === "mse" ? "mse" : "binary_crossentropy";
}

/** Returns the number of the target's classes if there are more than two and each needs an output unit. */
function severalClasses(data: ResolvedData | undefined): number | undefined {
  const [target, ...others] = data?.target ?? [];
  const classes = data && others.length === 0 ? classCount(data, target === undefined ? undefined : data.column(target)) : undefined;
  return classes?.exact === true && classes.count > 2 ? classes.count : undefined;
}

/** Returns the outputs that a `loss` line does not name, or all outputs if it names each. */
function withoutLoss({ arguments: written }: DirectiveNode, outputs: readonly string[]): readonly string[] {
  const left = outputs.filter((id) => !written.some(({ name }) => name?.text === id));
  return left.length > 0 ? left : outputs;
}

function readWeights(line: DirectiveNode | undefined, model: ResolvedModel | undefined, scope: Scope): ReadonlyMap<string, number> {
  return fractionsOf(line, model?.outputs.map(({ id }) => id) ?? [], { max: Number.POSITIVE_INFINITY }, scope);
}

/** Reads the optimizer. Without the line it is rmsprop with Keras' defaults, as in Keras' `compile`. */
function readOptimizer(
  line: DirectiveNode | undefined,
  monitored: Monitored,
  scope: Scope,
): Pick<ResolvedTrain, "optimizer" | "learningRate"> {
  const fallback = {
    optimizer: withDefaults("optimizers", "rmsprop"),
    learningRate: optimizers.rmsprop.arguments.learning_rate.default,
  };
  if (!line) return fallback;
  const [argument] = line.arguments;
  if (!argument?.value) {
    reportMissing(line, "an optimizer", "optimizer adam", scope);
    return fallback;
  }
  for (const extra of line.arguments.slice(1))
    scope.report(issue("NN207", extra.span, { of: "optimizer", name: "a second value", known: [] }));
  const use = readUse("optimizers", argument.value, scope);
  const optimizer = use && configured<"optimizers">(use);
  if (!use || !optimizer) return fallback;
  const rate = use.read.values.get("learning_rate");
  if (rate?.kind === "number") return { optimizer, learningRate: rate.value };
  const schedule = rate && readSchedule(rate, line, monitored, scope);
  return { optimizer, learningRate: schedule ?? optimizers[optimizer.name].arguments.learning_rate.default };
}

function readSchedule(
  node: ValueNode,
  line: DirectiveNode,
  monitored: Monitored,
  scope: Scope,
): Exclude<ResolvedTrain["learningRate"], number> | undefined {
  const read = readUse("schedules", node, scope);
  const schedule = read && configured<"schedules">(read);
  if (!schedule || isStepSchedule(schedule)) return schedule;
  const { monitor: spec } = schedules[schedule.name].arguments;
  const given = read.name === schedule.name ? read.read.values.get("monitor") : undefined;
  return { ...schedule, monitor: readMonitor(given, spec.default, node.span, line, monitored, scope) };
}

/** Reads `metrics accuracy, mae`, or `metrics price=mae kind=accuracy` for single outputs. */
function readMetrics(line: DirectiveNode | undefined, model: ResolvedModel | undefined, scope: Scope): MetricPlan[] {
  if (!line) return [];
  if (line.arguments.length === 0) reportMissing(line, "a metric", "metrics accuracy", scope);
  const outputs = model?.outputs.map(({ id }) => id) ?? [];
  const found: MetricPlan[] = [];
  let repeats = 0;
  for (const { name, value, span } of line.arguments) {
    const read = value && readUse("metrics", value, scope);
    const use = read && configured<"metrics">(read);
    if (!use) continue;
    const output = name?.text ?? null;
    if (name && model && !outputs.includes(name.text)) {
      const { parts, fixes } = suggestion(name, outputs);
      scope.report(issue("NN209", name.span, { what: "output", ...parts }, { fixes }));
    } else if (found.some((one) => one.name === use.name && (one.output === null || output === null || one.output === output))) {
      if (++repeats > MOST_REPEATS) continue;
      const fixes = [argumentRemoved(span, scope, `Remove the second \`${use.name}\``)];
      scope.report(issue("NN210", span, { what: "metric", name: use.name }, { fixes }));
    } else found.push({ ...use, output });
  }
  return found;
}

/** The facts on which a monitored value depends. */
interface Monitored {
  readonly node: TrainNode;
  readonly data: ResolvedData | undefined;
  readonly model: ResolvedModel | undefined;
  readonly metrics: readonly MetricPlan[];
}

function readStop(line: DirectiveNode | undefined, monitored: Monitored, scope: Scope): StopPlan | null {
  if (!line) return null;
  const [argument] = line.arguments;
  if (!argument?.value) {
    reportMissing(line, "early_stopping", "stop early_stopping(patience=5)", scope);
    return null;
  }
  const use = readUse("stops", argument.value, scope);
  if (!use?.read.settings || use.read.faulty) return null;
  const fallback = stops.early_stopping.arguments.monitor.default;
  const monitor = readMonitor(use.read.values.get("monitor"), fallback, argument.value.span, line, monitored, scope);
  const { patience, min_delta: minDelta, restore_best: restoreBest, ...others } = use.read.settings;
  others satisfies NoSettings;
  return { monitor, patience, minDelta, restoreBest: restoreBest !== 0 };
}

const isZero = (value: ValueNode | undefined): boolean => value?.kind === "number" && value.value === 0;

/** Returns a monitored value's name. Reports a value that the training does not measure, and, on the line, a value that needs validation data. */
function readMonitor(
  given: ValueNode | undefined,
  fallback: string,
  place: Span,
  line: DirectiveNode,
  monitored: Monitored,
  scope: Scope,
): string {
  const { data, model, metrics } = monitored;
  const monitor = given?.kind === "name" ? given.text : given?.kind === "string" ? given.value : fallback;
  const outputs = model?.outputs ?? [];
  const measured = metrics.flatMap(({ name, output }) =>
    outputs.length > 1 ? outputs.filter(({ id }) => (output ?? id) === id).map(({ id }) => `${id}_${name}`) : [name],
  );
  const known = ["loss", "val_loss", ...measured, ...measured.map((name) => `val_${name}`)];
  const hasValidation = data !== undefined && (data.split.validation > 0 || data.ownSources.validation !== undefined);
  if (!known.includes(monitor)) {
    const metric = monitor.replace(/^val_/, "");
    const span = given?.span ?? place;
    const added = metric === monitor || hasValidation ? metricAdded(metric, monitored, scope) : undefined;
    const near = suggestion({ text: monitor, span }, known);
    const { parts, fixes } = added ? { parts: { ...near.parts, nearest: undefined, add: added.words }, fixes: added.fixes } : near;
    scope.report(issue("NN209", span, { what: isName(metricTable, metric) ? "metric" : "monitor", ...parts }, { fixes }));
  } else if (monitor.startsWith("val_") && data && !hasValidation) {
    const split = data.node.body.find((one) => one.kind === "directive" && one.name.text === "split");
    // An out-of-range share has been reported.
    if (split?.kind === "directive" && split.arguments.some(({ name, value }) => name?.text === "validation" && !isZero(value)))
      return monitor;
    const fixes =
      split?.kind === "directive" ? [argumentAdded(split, "validation=0.2")] : directiveAdded(data.node, "split validation=0.2", scope);
    scope.report(issue("NN407", line.span, { monitor, data: data.name }, { fixes }));
  }
  return monitor;
}

/** The metrics that fit every loss for classes, and every loss for numbers. */
const OF_CLASSES: readonly string[] = ["accuracy"];
const OF_NUMBERS: readonly string[] = ["mae", "mse", "rmse", "r2"];

/** Returns how to add a monitored metric to the training. undefined if it may not fit the target in the form that the loss compares. */
function metricAdded(metric: string, { node, model }: Monitored, scope: Scope): { words: string; fixes: Fix[] } | undefined {
  const forms = (directiveOf(node, "loss")?.arguments ?? []).map(({ value }) => {
    const word = value?.kind === "call" ? value.name.text : value?.kind === "name" ? value.text : "";
    return entryOf(lossTable, word)?.target;
  });
  const fits = (form: TargetForm | undefined): boolean =>
    form !== undefined && (form === "number" ? OF_NUMBERS : OF_CLASSES).includes(metric);
  if (model?.outputs.length !== 1 || forms.length === 0 || !forms.every(fits)) return undefined;
  const written = directiveOf(node, "metrics");
  return written
    ? { words: `add \`${metric}\` to \`metrics\``, fixes: [argumentAdded(written, metric)] }
    : { words: `add \`metrics ${metric}\``, fixes: directiveAdded(node, `metrics ${metric}`, scope) };
}
