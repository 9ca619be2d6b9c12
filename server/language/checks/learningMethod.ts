/**
 * Checks a training's learning method: whether gradients or the perceptron rule reach every weight, and whether the optimizer's settings
 * are usual.
 */
import { type Activation, activations } from "../../../engine/catalog/activations.ts";
import { traitsOf } from "../../../engine/catalog/layers.ts";
import { optimizers } from "../../../engine/catalog/optimizers.ts";
import { parameterFacts } from "../../../engine/catalog/parameters.ts";
import { activationChanged, changeTo, directiveAdded, directiveOf, fix, lineRemoved, together } from "../diagnostics/fixes.ts";
import type { Fix } from "../diagnostics/issue.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ResolvedData } from "../resolve/data.ts";
import { ancestors } from "../resolve/graph.ts";
import { isActivationLine, isFrozen, type ResolvedLayer, type ResolvedModel, unitsOf } from "../resolve/resolvedModel.ts";
import type { ResolvedTrain } from "../resolve/resolvedTrain.ts";
import type { Scope } from "../resolve/scope.ts";
import type { DirectiveNode, TrainNode } from "../syntax/tree.ts";

/** Whether the layer has parameters that training changes. */
export const learns = (layer: ResolvedLayer): boolean =>
  !isFrozen(layer) && (layer.parameters?.some(({ name }) => !parameterFacts[name].isStatistic) ?? false);

const isStep = ({ activation, kind }: ResolvedLayer): boolean => {
  const entry: Activation | undefined = activation && activations[activation.name];
  return traitsOf(kind).isStep || (entry !== undefined && "step" in entry);
};

export function checkMethod(train: ResolvedTrain, scope: Scope): void {
  const { model, node, optimizer } = train;
  if (!model) return;
  const shapesKnown = model.node.body.length === 0 || (model.layers.length > 0 && model.layers.every(({ parameters }) => parameters));
  if (!model.faulty && shapesKnown && !model.layers.some(learns)) {
    scope.report(issue("NN409", node.head, { model: model.name }));
    return;
  }
  if (optimizer.name === "perceptron") checkPerceptron(train, model, scope);
  else checkSteps(train, model, scope);
}

/** Reports NN404 on each step that has its own weights or a trained layer before it. */
function checkSteps({ node, optimizerLine }: ResolvedTrain, model: ResolvedModel, scope: Scope): void {
  const seen = new Set<object>();
  const onlyOne = model.layers.filter(learns).length === 1 && model.layers.filter(isStep).length === 1;
  for (const layer of model.layers) {
    // A line inside a repeat is reported only for its first copy.
    if (!isStep(layer) || seen.has(layer.node)) continue;
    seen.add(layer.node);
    const behind = [...ancestors(layer)];
    if (!model.faulty && !behind.some(learns)) continue;
    const step = layer.activation?.name;
    const smooth = step === "sign" ? "tanh" : "sigmoid";
    const perceptron = onlyOne && learns(layer) && model.outputs.includes(layer) && !isActivationLine(layer);
    const repair = perceptron
      ? `use \`optimizer perceptron\`, or \`${smooth}\``
      : step
        ? `use \`${smooth}\``
        : "use a `dense` layer in its place";
    const fixes: Fix[] = [];
    if (perceptron) fixes.push(...perceptronRule(node, optimizerLine, scope));
    if (traitsOf(layer.kind).activation === "step") fixes.unshift(...tluAsDense(layer, smooth));
    else fixes.unshift(...activationChanged(layer.node, step, smooth));
    scope.report(issue("NN404", layer.node.span, { activation: step ?? layer.kind, repair }, { fixes }));
  }
}

/** Returns the fix that switches to Rosenblatt's rule, which has no loss. */
function perceptronRule(node: TrainNode, optimizerLine: DirectiveNode | undefined, scope: Scope): Fix[] {
  const rule = "optimizer perceptron(learning_rate=1)";
  const loss = directiveOf(node, "loss");
  const title = `Change to \`${rule}\``;
  // If there is no optimizer line, the rule replaces the loss.
  if (!optimizerLine) return loss ? [changeTo(loss.span, rule, title)] : directiveAdded(node, rule, scope);
  const changed = changeTo(optimizerLine.span, rule);
  return [loss ? together(changed, [lineRemoved(loss.span, scope)]) : changed];
}

/** Returns the fix that changes a line such as `tlu 2 sign` to `dense 2 tanh`; none if that would lose other arguments on the line. */
function tluAsDense(layer: ResolvedLayer, activation: string): Fix[] {
  const { node } = layer;
  const rest = node.arguments.filter(({ name, value }) => name && name.text !== "units" && name.text !== "step" && value);
  if (rest.length > 0) return [];
  const end = node.arguments.at(-1)?.span.end ?? node.name.span.end;
  const text = `dense ${unitsOf(layer) ?? 1} ${activation}`;
  return [fix(`Change to \`${text}\``, { span: { start: node.name.span.start, end }, text })];
}

function checkPerceptron({ spans, losses }: ResolvedTrain, model: ResolvedModel, scope: Scope): void {
  const wrongLoss = [...losses.values()].find(({ use }) => use.name !== "perceptron");
  if (wrongLoss)
    scope.report(
      issue("NN402", wrongLoss.span, {
        message: `The perceptron rule counts mistakes and minimizes no loss, so it can't use \`${wrongLoss.use.name}\`; remove the line.`,
      }),
    );
  if (model.faulty) return;
  const weighted = model.layers.filter(learns);
  const [only] = weighted;
  const problem =
    weighted.length !== 1
      ? `has ${weighted.length} layers with weights (${weighted
          .map(({ id }) => id)
          .slice(0, 5)
          .join(", ")})`
      : model.outputs.length !== 1
        ? `has ${model.outputs.length} outputs`
        : only && model.outputs[0] !== only
          ? `has more layers after \`${only.id}\``
          : only && !isStep(only)
            ? `ends in \`${only.activation?.name ?? only.kind}\`, which is not a step function`
            : undefined;
  if (problem !== undefined) scope.report(issue("NN405", spans.optimizer, { model: `\`${model.name}\``, problem }));
}

/** Reports NN508 and NN515 on the optimizer's line. */
export function checkOptimizer({ optimizer, learningRate, optimizerLine }: ResolvedTrain, scope: Scope): void {
  if (!optimizerLine) return;
  const rate = typeof learningRate === "number" ? learningRate : startOf(learningRate);
  const [low, high] = optimizers[optimizer.name].arguments.learning_rate.usual;
  if (rate < low || rate > high) scope.report(issue("NN508", optimizerLine.span, { rate, optimizer: optimizer.name, low, high }));
  if (optimizer.name === "sgd" && optimizer.settings.nesterov && optimizer.settings.momentum === 0)
    scope.report(issue("NN515", optimizerLine.span, {}, { fixes: momentumAdded(optimizerLine) }));
}

/** Reports NN537 on the optimizer's line if the warm-up has more steps than the training. */
export function checkWarmup({ learningRate, optimizerLine, batch, epochs, data }: ResolvedTrain, scope: Scope): void {
  if (!optimizerLine || typeof learningRate === "number" || !("warmup_steps" in learningRate.settings) || data?.rows === undefined) return;
  const rows = Math.round(data.rows * data.split.train);
  const steps = epochs * (batch === null ? 1 : Math.ceil(rows / batch));
  const warmup = learningRate.settings.warmup_steps;
  if (rows > 0 && steps > 0 && warmup > steps) scope.report(issue("NN537", optimizerLine.span, { warmup, steps }));
}

function momentumAdded({ arguments: [argument] }: DirectiveNode): Fix[] {
  const call = argument?.value?.kind === "call" ? argument.value : undefined;
  const written = call?.arguments.find(({ name }) => name?.text === "momentum")?.value;
  if (written) return [changeTo(written.span, "0.9", "Change to `momentum=0.9`")];
  const last = call?.arguments.at(-1)?.span.end;
  return last === undefined ? [] : [fix("Add `momentum=0.9`", { span: { start: last, end: last }, text: ", momentum=0.9" })];
}

/** Returns the learning rate in a schedule: the highest of `one_cycle`, the first of the others. */
function startOf({ settings }: Exclude<ResolvedTrain["learningRate"], number>): number {
  if ("maximum" in settings) return settings.maximum;
  return "initial" in settings ? settings.initial : settings.rate;
}

/** Reports NN509 on the batch line. */
export function checkBatch(line: DirectiveNode | undefined, batch: number | null, data: ResolvedData | undefined, scope: Scope): void {
  if (!line || batch === null || data?.rows === undefined || data.missing === "drop") return;
  const rows = Math.round(data.rows * data.split.train);
  const written = line.arguments[0];
  if (batch > rows && rows > 0)
    scope.report(
      issue("NN509", line.span, { batch, rows }, { fixes: written ? [changeTo(written.span, "all", "Change to `batch all`")] : [] }),
    );
}
