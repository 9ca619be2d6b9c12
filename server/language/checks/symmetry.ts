/** NN507: units that all start with the same values. Only random initial weights, into them or out of them, make them differ. */
import { type Activation, activations } from "../../../engine/catalog/activations.ts";
import { takesActivation } from "../../../engine/catalog/layers.ts";
import { argumentRemoved } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import { feeds, type ModelGraph } from "../resolve/graph.ts";
import { hasKernel, isActivationLine, type ResolvedLayer } from "../resolve/resolvedModel.ts";
import type { Scope } from "../resolve/scope.ts";

/** Reports NN507 on a hidden layer whose units start with the same weights, with the consequences. */
export function checkSymmetry(layer: ResolvedLayer, graph: ModelGraph, scope: Scope): void {
  const units = layer.output?.at(-1) ?? 0;
  if (!takesActivation(layer.kind) || units < 2 || !startsAlike(layer, units)) return;
  if (!feeds(layer, graph, hasKernel, () => true)) return;
  const effect = effectOf(layer, graph);
  if (!effect) return;
  const written = layer.node.arguments.find(({ name }) => name?.text === (layer.starts.kernel ? "kernel" : "init"));
  const fixes = written ? [argumentRemoved(written.span, scope, "Start with random weights")] : [];
  scope.report(issue("NN507", layer.node.span, { units, argument: layer.starts.kernel ? "kernel" : "init", ...effect }, { fixes }));
}

type Effect = { readonly effect: "stuck"; readonly activation: string } | { readonly effect: "alike" | "poor" };

function effectOf(layer: ResolvedLayer, graph: ModelGraph): Effect | undefined {
  const activation = graph.activationAfter(layer);
  const entry: Activation | undefined = activation && activations[activation.name];
  const isZero = layer.initializer?.name === "zeros" || layer.starts.kernel?.every((w) => w === 0) === true;
  const hasBias = layer.starts.bias?.some((b) => b !== 0) ?? false;
  if (isZero && !hasBias && activation && entry && "dies" in entry) return { effect: "stuck", activation: activation.name };
  if (leavesAlike(layer, graph)) return { effect: "alike" };
  return isZero && !hasBias ? { effect: "poor" } : undefined;
}

/** Whether all units have the same incoming weights and biases. */
function startsAlike({ initializer, starts: { kernel, bias } }: ResolvedLayer, units: number): boolean {
  if (bias?.some((b) => b !== bias[0])) return false;
  return kernel ? kernel.every((w, i) => w === kernel[i - (i % units)]) : isConstant(initializer?.name);
}

/** Whether every path out of the layer leads, with at most an activation in between, into a kernel that treats all its inputs the same. */
function leavesAlike(layer: ResolvedLayer, graph: ModelGraph): boolean {
  const next = graph.consumers(layer);
  return (
    next.length > 0 &&
    next.every((one) => {
      if (isActivationLine(one)) return leavesAlike(one, graph);
      if (!takesActivation(one.kind)) return false;
      const { kernel } = one.starts;
      const units = one.output?.at(-1) ?? 1;
      return kernel ? kernel.every((w, i) => w === kernel[i % units]) : isConstant(one.initializer?.name);
    })
  );
}

const isConstant = (initializer: string | undefined): boolean => initializer === "zeros" || initializer === "ones";
