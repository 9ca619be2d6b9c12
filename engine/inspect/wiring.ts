/** The units of a network and the connections between them, for the drawing of a small network. */
import { isInput } from "../layerTraits.ts";
import type { Network, Step } from "../network/network.ts";
import { type NamedNetwork, unitNames } from "../training/unitNames.ts";
import type { WiredEdge, WiredNode } from "./views.ts";
import { inputsOf, parameterOf } from "./walkedStep.ts";

export interface Wiring {
  readonly nodes: readonly WiredNode[];
  readonly edges: readonly WiredEdge[];
}

/** The maximum number of units that fit into the drawing. */
export const MOST_UNITS = 64;

/** Returns the units in the order of the layers, and their connections. */
export function wiringOf(named: NamedNetwork): Wiring {
  const { network } = named;
  const firstNode = new Map<string, number>();
  const columns = new Map<string, number>();
  const nodes: WiredNode[] = [];
  const edges: WiredEdge[] = [];
  for (const step of network.steps) {
    const { id, inputs } = step.layer;
    const column = Math.max(-1, ...inputs.map((input) => columns.get(input) ?? 0)) + 1;
    columns.set(id, column);
    firstNode.set(id, nodes.length);
    const own = nodesOf(named, step, column);
    for (const { input, from, to, ...facts } of connectionsOf(named, step))
      edges.push({ from: (firstNode.get(input.layer.id) ?? 0) + from, to: nodes.length + to, ...facts });
    nodes.push(...own);
  }
  return { nodes, edges };
}

function nodesOf(named: NamedNetwork, step: Step, column: number): WiredNode[] {
  const { layer, output } = step;
  const names = unitNames(named, step);
  const bias = parameterOf(named, step, "bias");
  return Array.from({ length: output.width }, (_, k) => ({
    layer: layer.id,
    name: output.width === 1 && !isInput(layer) ? layer.id : names(k),
    column,
    kind: kindOf(step),
    constant: layer.kind === "neuron" ? layer.threshold : (bias?.values[k] ?? null),
    isOutput: named.network.plan.outputs.includes(layer.id),
  }));
}

function kindOf({ layer }: Step): WiredNode["kind"] {
  if (isInput(layer)) return "input";
  if (layer.kind === "neuron") return "neuron";
  return isThreshold(layer) ? "threshold" : "other";
}

/** Whether the layer consists of threshold logic units: a weighted sum followed by a step. */
export const isThreshold = (layer: Step["layer"]): boolean =>
  layer.kind === "dense" && (layer.activation.name === "heaviside" || layer.activation.name === "sign");

interface Connection extends Pick<WiredEdge, "weight" | "inhibits"> {
  readonly input: Step;
  /** The indices of the two units in their layers. */
  readonly from: number;
  readonly to: number;
}

function connectionsOf(named: NamedNetwork, step: Step): Connection[] {
  const inputs = inputsOf(named, step);
  const { layer, output } = step;
  if (layer.kind === "neuron")
    return layer.terms.flatMap(({ input, unit, inhibits }) => {
      const from = inputs[input];
      return from ? [{ input: from, from: unit, to: 0, weight: null, inhibits }] : [];
    });
  const kernel = parameterOf(named, step, "kernel");
  const [only] = inputs;
  if (kernel && only)
    return Array.from(kernel.values, (weight, at) => ({
      input: only,
      from: Math.floor(at / output.width),
      to: at % output.width,
      weight,
      inhibits: false,
    }));
  // Other layers pass each number to the same position, or concatenate the inputs.
  const isJoined = layer.kind === "concat";
  let place = 0;
  return inputs.flatMap((input) => {
    const first = isJoined ? place : 0;
    place += input.output.width;
    return Array.from({ length: input.output.width }, (_, k) => ({ input, from: k, to: first + k, weight: null, inhibits: false }));
  });
}

/** Returns the output of each unit for a row of the batch, in the order of the wiring's nodes. */
export const valuesOf = ({ steps }: Network, row: number): number[] =>
  steps.flatMap(({ output: { values, width } }) => Array.from(values.subarray(row * width, (row + 1) * width)));
