/** Advice on a single model: valid lines that are rarely intended. */
import { type Activation, activations } from "../../../engine/catalog/activations.ts";
import type { Arguments } from "../../../engine/catalog/arguments.ts";
import { layers, takes, takesActivation, traitsOf } from "../../../engine/catalog/layers.ts";
import { activationChanged, argumentAdded, changeTo, lineRemoved } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import { listed } from "../diagnostics/table.ts";
import { feeds, type ModelGraph, modelGraph } from "../resolve/graph.ts";
import { hasKernel, isActivationLine, type ResolvedLayer, type ResolvedModel, unitsOf } from "../resolve/resolvedModel.ts";
import type { Scope } from "../resolve/scope.ts";
import { checkSymmetry } from "./symmetry.ts";

export function checkLayers(model: ResolvedModel, scope: Scope): void {
  const graph = modelGraph(model);
  // A line inside a repeat is reported only for its first copy.
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

  (layer, graph, _model, scope) => checkSymmetry(layer, graph, scope),

  function beyondUsual({ kind, node, numbers }, _graph, _model, scope) {
    if (kind === "activation") return;
    const known: Arguments = layers[kind].arguments;
    const values: Readonly<Record<string, number | boolean | undefined>> = numbers;
    for (const [argument, spec] of Object.entries(known)) {
      const value = values[argument];
      if (spec.kind !== "number" || !spec.beyond || !spec.usual || typeof value !== "number" || !(value > spec.usual[1])) continue;
      const better = spec.offer?.[0] ?? spec.usual[1];
      const written = node.arguments.find((one) => one.value?.kind === "number" && one.value.value === value)?.value;
      const fixes = written ? [changeTo(written.span, String(better))] : [];
      const parts = { layer: node.name.text, argument, value, high: spec.usual[1], effect: spec.beyond, better };
      scope.report(issue("NN534", node.span, parts, { fixes }));
    }
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

/** Activations for which the variance of the initial weights is known to matter. */
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

/**
 * The number of consecutive sigmoid layers, or sigmoid and tanh layers, from which the gradient vanishes with the usual initialization.
 * Measured (test/training/advice.test.ts): a hundredth of it remains behind five sigmoid layers, nearly all behind five or ten tanh layers.
 */
const DEEP = { sigmoid: 5, tanh: 20 } as const;

interface Stack {
  readonly first: ResolvedLayer;
  readonly sigmoid: number;
  readonly tanh: number;
}

/** Reports NN506 on the first of several consecutive sigmoid or tanh layers without normalization or skip connections between them. */
function checkDepth(model: ResolvedModel, graph: ModelGraph, scope: Scope): void {
  const stacks = new Map<ResolvedLayer, Stack>();
  const ended = new Map<ResolvedLayer, Stack>();
  for (const layer of model.layers) {
    const [input] = layer.inputs;
    const before = layer.inputs.length === 1 && input && graph.consumers(input).length === 1 ? stacks.get(input) : undefined;
    if (model.outputs.includes(layer) || graph.consumers(layer).length === 0) continue;
    const name = layer.activation?.name;
    if (name === "sigmoid" || name === "tanh") {
      const stack = { sigmoid: 0, tanh: 0, first: layer, ...before };
      const longer = { ...stack, [name]: stack[name] + 1 };
      stacks.set(layer, longer);
      ended.set(longer.first, longer);
    } else if (before && passes(layer) && (name ?? "linear") === "linear") stacks.set(layer, before);
  }
  for (const { first, sigmoid, tanh } of ended.values()) {
    const activation = sigmoid >= DEEP.sigmoid ? "sigmoid" : "tanh";
    if (activation === "tanh" && tanh + sigmoid < DEEP.tanh) continue;
    scope.report(issue("NN506", first.node.span, { count: activation === "sigmoid" ? sigmoid : tanh, activation }));
  }
}

/**
 * Whether a layer can lie between two sigmoid or tanh layers without interrupting them. A dense layer can, since its activation may be on
 * the next line.
 */
const passes = ({ kind }: ResolvedLayer): boolean => traitsOf(kind).isAffine && traitsOf(kind).normalizes === null && takes(kind) === "one";
