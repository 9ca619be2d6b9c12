/** Advice on a single model: lines that are allowed but seldom meant. */
import { type Activation, activations } from "../../../engine/catalog/activations.ts";
import { takes, takesActivation, traitsOf } from "../../../engine/catalog/layers.ts";
import { activationChanged, argumentAdded, argumentRemoved, changeTo, lineRemoved } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import { listed } from "../diagnostics/table.ts";
import { feeds, type ModelGraph, modelGraph } from "../resolve/graph.ts";
import { hasKernel, isActivationLine, type ResolvedLayer, type ResolvedModel, unitsOf } from "../resolve/resolvedModel.ts";
import type { Scope } from "../resolve/scope.ts";

export function checkLayers(model: ResolvedModel, scope: Scope): void {
  const graph = modelGraph(model);
  // A line inside a repeat is reported once, for its first copy.
  const seen = new Set<object>();
  for (const layer of model.layers) {
    if (layer.node.damaged || seen.has(layer.node)) continue;
    seen.add(layer.node);
    for (const check of CHECKS) check(layer, graph, model, scope);
  }
  checkDepth(model, graph, scope);
}

type Check = (layer: ResolvedLayer, graph: ModelGraph, model: ResolvedModel, scope: Scope) => void;

const CHECKS: readonly Check[] = [
  function nothingUses(layer, graph, model, scope) {
    if (model.faulty || graph.isUsed(layer) || graph.consumers(layer).length > 0) return;
    const outputs = listed(
      model.outputs.map(({ id }) => `\`${id}\``),
      4,
    );
    const name = layer.node.label?.text ?? layer.node.name.text;
    scope.report(issue("NN215", layer.node.span, { layer: name, outputs }, { fixes: [lineRemoved(layer.node.span, scope)] }));
  },

  function softmaxOfOne({ activation, output, node }, _graph, _model, scope) {
    if (activation?.name !== "softmax" || output?.length !== 1 || output[0] !== 1) return;
    scope.report(issue("NN502", node.span, {}, { fixes: activationChanged(node, "softmax", "sigmoid") }));
  },

  function softmaxInside(layer, graph, _model, scope) {
    if (layer.activation?.name !== "softmax" || !layer.namesActivation || layer.output?.at(-1) === 1) return;
    if (feeds(layer, graph, hasKernel, ({ kind }) => takes(kind) === "one"))
      scope.report(issue("NN527", layer.node.span, {}, { fixes: activationChanged(layer.node, "softmax", "relu") }));
  },

  function hiddenWithoutActivation(layer, graph, _model, scope) {
    if (!takesActivation(layer.kind) || layer.namesActivation || layer.activation?.name !== "linear") return;
    if (!feeds(layer, graph, ({ kind }) => takesActivation(kind), isAffineWithoutWeights)) return;
    const { node } = layer;
    const name = node.label?.text ?? `${layer.kind} ${unitsOf(layer) ?? ""}`.trim();
    scope.report(issue("NN505", node.span, { layer: name }, { fixes: activationChanged(node, undefined, "relu") }));
  },

  function zeroKernel(layer, graph, _model, scope) {
    const units = layer.output?.at(-1) ?? 0;
    const { kernel } = layer.starts;
    const isZero = layer.initializer?.name === "zeros" || kernel?.every((w) => w === 0);
    if (!takesActivation(layer.kind) || !isZero || units < 2) return;
    if (!feeds(layer, graph, hasKernel, () => true)) return;
    const written = layer.node.arguments.find(({ name }) => name?.text === (kernel ? "kernel" : "init"));
    const fixes = written ? [argumentRemoved(written.span, scope, "Start with random weights")] : [];
    scope.report(issue("NN507", layer.node.span, { units }, { fixes }));
  },

  function dropsOutputs(layer, graph, model, scope) {
    if (!traitsOf(layer.kind).drops || model.faulty) return;
    const isLast = (one: ResolvedLayer): boolean =>
      model.outputs.includes(one) || graph.consumers(one).some((next) => isActivationLine(next) && isLast(next));
    if (isLast(layer)) scope.report(issue("NN510", layer.node.span, {}, { fixes: [lineRemoved(layer.node.span, scope)] }));
  },

  function biasBeforeBatchNorm(layer, graph, _model, scope) {
    const consumers = graph.consumers(layer);
    if (!hasKernel(layer) || layer.activation?.name !== "linear" || consumers.length === 0) return;
    if (!layer.parameters?.some(({ name }) => name === "bias") || consumers.some(({ kind }) => traitsOf(kind).normalizes !== "batch"))
      return;
    if (!layer.node.arguments.some(({ name }) => name?.text === "bias"))
      scope.report(issue("NN513", layer.node.span, {}, { fixes: [argumentAdded(layer.node, "bias=false")] }));
    else scope.report(issue("NN513", layer.node.span, {}));
  },

  function unfittingInitializer(layer, graph, _model, scope) {
    const init = layer.initializer?.name;
    const family = /^(he|glorot|lecun)_/.exec(init ?? "")?.[1];
    const activation = graph.activationAfter(layer)?.name;
    if (!init || !family || !activation || !SENSITIVE_TO_START.includes(activation)) return;
    const { initializer }: Activation = activations[activation];
    const wanted = initializer.split("_")[0] ?? "";
    if (wanted === family) return;
    const better = `${wanted}${init.slice(family.length)}`;
    const written = layer.node.arguments.find(({ name }) => name?.text === "init")?.value;
    scope.report(issue("NN514", layer.node.span, { init, activation, better }, { fixes: written ? [changeTo(written.span, better)] : [] }));
  },
];

/** Activations for which the variance of the start weights is known to matter. */
const SENSITIVE_TO_START: readonly string[] = [
  "relu",
  "leaky_relu",
  "elu",
  "gelu",
  "swish",
  "mish",
  "hard_swish",
  "relu6",
  "tanh",
  "sigmoid",
  "selu",
];
/** Whether a layer without weights is an affine function of one input. */
const isAffineWithoutWeights = ({ kind }: ResolvedLayer): boolean =>
  traitsOf(kind).isAffine && !traitsOf(kind).hasKernel && takes(kind) === "one";

/** The number of consecutive sigmoid or tanh layers from which on the gradient vanishes. */
const DEEP = 5;

/** Reports NN506 on the first of several consecutive sigmoid or tanh layers without normalization or skip connections between them. */
function checkDepth(model: ResolvedModel, graph: ModelGraph, scope: Scope): void {
  const length = new Map<ResolvedLayer, { readonly first: ResolvedLayer; readonly count: number }>();
  const saturates = (layer: ResolvedLayer): boolean => layer.activation?.name === "sigmoid" || layer.activation?.name === "tanh";
  const ended = new Map<ResolvedLayer, number>();
  for (const layer of model.layers) {
    const [input] = layer.inputs;
    const before = layer.inputs.length === 1 && input && graph.consumers(input).length === 1 ? length.get(input) : undefined;
    if (model.outputs.includes(layer) || graph.consumers(layer).length === 0) continue;
    if (saturates(layer)) {
      const row = { first: before?.first ?? layer, count: (before?.count ?? 0) + 1 };
      length.set(layer, row);
      ended.set(row.first, row.count);
    } else if (before && passes(layer) && (layer.activation?.name ?? "linear") === "linear") length.set(layer, before);
  }
  for (const [first, count] of ended) {
    if (count < DEEP) continue;
    scope.report(issue("NN506", first.node.span, { count, activation: first.activation?.name ?? "" }));
  }
}

/** Whether a layer between two sigmoid or tanh layers does not interrupt them. A dense layer is one, since its activation may be on the next line. */
const passes = ({ kind }: ResolvedLayer): boolean => traitsOf(kind).isAffine && traitsOf(kind).normalizes === null && takes(kind) === "one";
