/** The models of a file without a training: wiring, truth table, regions of the plane, and a row's walk through the layers. */
import { sizeOf } from "../catalog/shapes.ts";
import { rowPasses } from "../evaluate/expectations.ts";
import { isInput, normalizes } from "../layerTraits.ts";
import { compile } from "../network/compile.ts";
import { initializeWeights } from "../network/initialize.ts";
import { forwardPass, type Network } from "../network/network.ts";
import { type NetworkPlan, parameterCount, type UntrainedPlan, type UntrainedRow } from "../plan.ts";
import { type NamedNetwork, unitNames } from "../training/unitNames.ts";
import { forwardStage } from "./forwardStages.ts";
import { halfPlanesOf } from "./halfPlanes.ts";
import { matrix } from "./matrices.ts";
import type { TableRow, UntrainedView, WalkStage } from "./views.ts";
import type { WalkedForward } from "./walkedStep.ts";
import { MOST_UNITS, valuesOf, wiringOf } from "./wiring.ts";

/** The maximum number of parameters of a computed network, since every edit of the text recomputes it. */
const MOST_PARAMETERS = 20_000;
/** The seed for weights that are not written in the file, as in `nn test`. */
const SEED = 42;

/** Returns the view of a model. */
export function untrainedView(plan: UntrainedPlan): UntrainedView {
  const { network: own, inputs, rowsFrom, rowsOf } = plan;
  const empty = { name: own.name, inputs, rowsFrom, rowsOf, nodes: [], edges: [], outputs: [], rows: [], plane: null };
  const size = own.layers.reduce((sum, layer) => sum + parameterCount(layer), 0);
  if (size > MOST_PARAMETERS || unitsOf(own) > MOST_PARAMETERS)
    return { ...empty, note: `The model is too large to be computed at each change: it has more than ${MOST_PARAMETERS} numbers.` };
  const named = opened(plan);
  const { network } = named;
  const canDraw = unitsOf(own) <= MOST_UNITS;
  const outputsAt = (x: readonly number[]): number[] => {
    compute(network, x);
    return outputsOf(network).flatMap(({ values }) => values);
  };
  return {
    ...empty,
    ...(canDraw ? wiringOf(named) : {}),
    outputs: outputNames(named),
    rows: plan.rows.map((row) => tableRow(network, row, canDraw)),
    plane: halfPlanesOf(
      named,
      plan.rows.map(({ x }) => x),
      outputsAt,
    ),
    note: noteOf(own),
  };
}

/** Returns the stages of a row's way through the layers. Empty if there is no such row or a layer computes differently in training. */
export function rowWalk(plan: UntrainedPlan, row: number): WalkStage[] {
  const x = plan.rows[row]?.x;
  if (!x || unitsOf(plan.network) > MOST_PARAMETERS) return [];
  const learner = opened(plan);
  compute(learner.network, x);
  return computedRow(learner, row);
}

/** Returns the stages of the row that the network computed last. Empty if a layer computes differently in training. */
export function computedRow(learner: NamedNetwork, row: number): WalkStage[] {
  const { network } = learner;
  if (network.steps.some(({ layer }) => IN_TRAINING_ALONE.has(layer.kind) || normalizes(layer, "batch"))) return [];
  const walked: WalkedForward = {
    learner,
    rows: 1,
    rowName: () => `row ${row + 1}`,
    before: network.weights.slice(),
    paths: new Map(),
    isTraining: false,
  };
  return network.steps.map((step) => (isInput(step.layer) ? inputStage(walked, step) : forwardStage(walked, step)));
}

const IN_TRAINING_ALONE: ReadonlySet<string> = new Set(["dropout", "gaussian_noise"]);

function inputStage({ learner, rowName }: WalkedForward, step: Network["steps"][number]): WalkStage {
  const { layer, output } = step;
  return {
    pass: "data",
    layer: layer.id,
    title: `The numbers of ${rowName(0)}`,
    label: "numbers",
    formula: "",
    words: "The inputs are the numbers of the row.",
    matrices: [
      matrix({
        name: `x, ${layer.id}`,
        values: output.values,
        shape: [1, output.width],
        rows: rowName,
        columns: unitNames(learner, step),
      }),
    ],
  };
}

/** Returns the network with the weights written in the file, or initial weights. */
function opened({ network: plan, inputs }: UntrainedPlan): NamedNetwork {
  const network = compile(plan, { precision: "float64", capacity: 1 });
  initializeWeights(network, SEED);
  const scaler = { factor: 1, offset: 0 };
  const features = inputs.map((name, from) => ({ name, from, width: 1, words: null, scaler, fill: Number.NaN }));
  return { network, outputs: [], examples: { fit: { features, targets: [] } } };
}

function compute(network: Network, x: readonly number[]): void {
  network.batch.rows = 1;
  let at = 0;
  for (const { layer, output } of network.steps) if (isInput(layer)) for (let k = 0; k < output.width; k++) output.values[k] = x[at++] ?? 0;
  forwardPass(network, "infer");
}

const outputsOf = ({ plan, stepOf }: Network): { layer: string; values: number[] }[] =>
  plan.outputs.flatMap((layer) => {
    const output = stepOf.get(layer)?.output;
    return output ? [{ layer, values: Array.from(output.values.subarray(0, output.width)) }] : [];
  });

function outputNames(named: NamedNetwork): string[] {
  const { plan, stepOf } = named.network;
  return plan.outputs.flatMap((layer) => {
    const step = stepOf.get(layer);
    const width = step?.output.width ?? 0;
    return step && width > 1 ? Array.from({ length: width }, (_, k) => `${unitNames(named, step)(k)} of ${layer}`) : [layer];
  });
}

function tableRow(network: Network, { x, expected, tolerance }: UntrainedRow, canDraw: boolean): TableRow {
  compute(network, x);
  const outputs = outputsOf(network);
  return {
    x,
    outputs: outputs.flatMap(({ values }) => values),
    expected,
    isRight: expected && rowPasses({ outputs: outputs.map((one) => ({ ...one, chosen: null })) }, expected, [], tolerance),
    values: canDraw ? valuesOf(network, 0) : [],
  };
}

const unitsOf = ({ layers }: NetworkPlan): number => layers.reduce((sum, { output }) => sum + sizeOf(output), 0);

function noteOf({ layers }: NetworkPlan): string {
  const drawn = layers.filter(({ parameters }) =>
    parameters.some(({ start, trained }) => trained && start.kind === "initializer" && start.use.name !== "zeros"),
  );
  const notes = [
    ...(unitsOf({ layers, name: "", outputs: [] }) > MOST_UNITS ? [`More than ${MOST_UNITS} units are not drawn.`] : []),
    ...(drawn.length > 0
      ? [`The file writes no weights for ${drawn.map(({ id }) => id).join(", ")}: they are start weights, drawn with the seed ${SEED}.`]
      : []),
  ];
  return notes.join(" ");
}
