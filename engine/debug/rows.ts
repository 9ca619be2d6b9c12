import { sizeOf } from "../catalog/shapes.ts";
import type { Examples } from "../data/examples.ts";
import type { DataFit } from "../data/fit.ts";
import { UNSCALED } from "../data/scaling.ts";
import { rowPasses } from "../evaluate/expectations.ts";
import { type Cell, outputReaders, type Prediction, predictionOf, rowLoader } from "../evaluate/predictor.ts";
import { loadParameters, parseSafetensors } from "../files/safetensors.ts";
import { idlePlan } from "../idlePlan.ts";
import type { Precision } from "../network/compile.ts";
import type { Network } from "../network/network.ts";
import type { NetworkPlan, OutputPlan, TrainingPlan } from "../plan.ts";
import { checkpointOf } from "../training/checkpoint.ts";
import { type Learner, learnerFor } from "../training/learner.ts";
import type { Cursor, Ending } from "./cursor.ts";
import { findNonFinite } from "./nonFinite.ts";
import type { Layout, Place, Position } from "./places.ts";
import { type Stepper, stepperOf } from "./stepper.ts";

export interface ExpectedRow {
  readonly features: readonly Cell[];
  readonly targets: readonly Cell[];
  readonly tolerance: number;
}

/** Weights and the fit of their training. */
export interface RowWeights {
  /** A safetensors file. */
  readonly bytes: Uint8Array;
  readonly outputs: readonly OutputPlan[];
  /** The fit of the training. It encodes the rows. */
  readonly fit: DataFit;
}

export interface RowsOptions {
  readonly network: NetworkPlan;
  readonly rows: readonly ExpectedRow[];
  readonly precision: Precision;
  /** If absent, the network has the weights written in the file, or else initial weights. */
  readonly weights?: RowWeights | undefined;
}

export interface RowsStepper {
  readonly stepper: Stepper;
  readonly plan: TrainingPlan;
  /** Returns the network's outputs for its last row, and whether they match the expected outputs. */
  readonly checked: (row: number) => { readonly prediction: Prediction; readonly passes: boolean };
}

/** Returns a stepper positioned before the first row. Throws an Error if the weights belong to another network. */
export function openRows({ network: plan, rows, precision, weights }: RowsOptions): RowsStepper {
  const fit = weights?.fit ?? null;
  const own = idlePlan(plan, "expect");
  const order = Uint32Array.from(rows, (_row, k) => k);
  const learner = learnerFor(own, examplesOf(order, fit ?? fitOfNames(plan)), { precision });
  const { network } = learner;
  if (weights) loadParameters(network, parseSafetensors(weights.bytes));
  const load = rowLoader(network, fit);
  const cursor = rowsCursor(learner, (row) => load(rows[row].features), rows.length);
  const outputs = weights?.outputs ?? [];
  const readers = outputReaders(network, outputs, fit);
  return {
    stepper: stepperOf(learner, findNonFinite, { cursor }),
    plan: own,
    checked(row) {
      const prediction = predictionOf(readers);
      return { prediction, passes: rowPasses(prediction, rows[row].targets, outputs, rows[row].tolerance) };
    },
  };
}

/** `load` loads a row as the network's batch. */
function rowsCursor(learner: Learner, load: (row: number) => void, count: number): Cursor {
  const { network, optimizer } = learner;
  const layout = layoutOfRows(network, count);
  const places = layout.placesOf(0);
  let index = 0;
  const position = (): Position => (index < places.length ? { epoch: 1, batch: 0, index } : { epoch: 2, batch: 0, index: 0 });
  const step = (): undefined => {
    const place = places.at(index);
    if (!place) return;
    if (place.phase === "batch") load(place.piece);
    else if (place.phase === "forward") network.steps[place.layer].forward("infer");
    index++;
  };
  const finishBatch = (): void => {
    while (index < places.length) step();
  };
  return {
    layout,
    position,
    place: () => places[index],
    ending: (): Ending | undefined => (index < places.length ? undefined : { kind: "finished" }),
    batchLoss: () => undefined,
    lastEpoch: () => undefined,
    lacksMetrics: () => false,
    step,
    finishBatch,
    runBatches() {
      finishBatch();
      return true;
    },
    state: () => ({
      ...checkpointOf(network, optimizer, undefined, 0, 0),
      batch: 0,
      lossSum: 0,
      random: network.batch.random.state(),
      lastEpoch: undefined,
      changedRate: null,
    }),
    restore({ weights }) {
      network.weights.set(weights);
      index = 0;
    },
    finalWeights: () => network.weights.slice(),
  };
}

function layoutOfRows({ steps }: Network, count: number): Layout {
  const forward = steps.map((_step, layer) => layer);
  const places = Array.from({ length: count }, (_, piece): Place[] => [
    { phase: "batch", layer: -1, piece },
    ...forward.map((layer): Place => ({ phase: "forward", layer, piece })),
    { phase: "loss", layer: -1, piece },
  ]).flat();
  return { batches: 1, learns: false, placesOf: () => places };
}

/** Rows are written into the inputs one by one, so the feature matrix is empty. */
const examplesOf = (order: Uint32Array, fit: DataFit): Examples => ({
  rows: order.length,
  features: new Float64Array(0),
  featureCount: 0,
  targets: [],
  imageShape: null,
  parts: { train: order, validation: new Uint32Array(0), test: new Uint32Array(0) },
  fit,
  changes: [],
});

/** Returns a fit without scaling: without data, a row's numbers are the inputs' numbers, in order. */
function fitOfNames({ layers }: NetworkPlan): DataFit {
  const names = layers.flatMap((layer) =>
    layer.kind === "input" ? (layer.columns ?? Array.from({ length: sizeOf(layer.output) }, (_, k) => `x${k + 1}`)) : [],
  );
  return {
    features: names.map((name, from) => ({ name, from, width: 1, words: null, scaler: UNSCALED, fill: Number.NaN })),
    targets: [],
  };
}
