/**
 * Every schema accepts the messages and files of real trainings, and rejects a missing field and a value of the wrong type, NaN, null or
 * out of range. The file is long because every schema is tested with messages from the same real trainings.
 */
import type * as v from "valibot";
import { describe, expect, test } from "vitest";
import type { Argument, Arguments } from "../../engine/catalog/arguments.ts";
import { type CatalogPart, type Configured, catalog, names } from "../../engine/catalog/index.ts";
import { isStepSchedule } from "../../engine/catalog/optimizers.ts";
import { generators } from "../../engine/catalog/sources.ts";
import { rowWalk, untrainedView } from "../../engine/inspect/untrained.ts";
import { isActivated } from "../../engine/layerTraits.ts";
import type { PlannedLayer, TrainingPlan, UntrainedPlan } from "../../engine/plan.ts";
import { knobs } from "../../server/features/knobs.ts";
import { analyse } from "../../server/language/analysis.ts";
import { untrainedModels } from "../../server/language/untrained.ts";
import { planOf } from "../../test/fixtures.ts";
import { type RealRun, realRuns } from "../../test/realRuns.ts";
import { checksIn, faultsOf, rangesOf, unlimitedIn, type Violations } from "../../test/schemaFaults.ts";
import { deltaOf, packedTable } from "../runs/history.ts";
import { runSummary } from "../runs/runSchemas.ts";
import type { RunEvent, RunState } from "../runs/runState.ts";
import { movedRun, storedFrom, storedRun, summaryOf } from "../runs/storedRun.ts";
import { snapshots } from "./eventSchemas.ts";
import { dataFit } from "./fitSchemas.ts";
import { fromInspector, toInspector } from "./inspectorMessages.ts";
import { panelMemory } from "./panelMemory.ts";
import { fromPanelSchema, toPanelSchema } from "./panelMessages.ts";
import { fromWorker, toWorker } from "./trainerMessages.ts";
import { read } from "./valueSchemas.ts";

const all: Promise<readonly RealRun[]> = Promise.all(Object.values(realRuns).map((make) => make()));

/** Values that violate the check of several fields. */
const VIOLATIONS: Violations = {
  "snapshots' epochs rise": (all: readonly object[]) => [[all[0], all[0]]],
  "rows are whole": (value: { rows: Float64Array }) => [{ ...value, rows: value.rows.subarray(1) }],
  "a table has the columns of its layout": (table: { numbers: Float64Array; last: Float64Array; rows: number }) => [
    { ...table, numbers: table.numbers.subarray(1) },
    { ...table, last: table.last.subarray(1) },
    { ...table, rows: table.rows + 1 },
    { ...table, layout: { metrics: ["one", "more"], layers: [] } },
  ],
  "the last row has the columns of its layout": (table: { last: readonly number[] }) => [{ ...table, last: table.last.slice(1) }],
  "the status is that of the end": (run: object) => [
    { ...run, status: "training", end: { kind: "stopped", epoch: 1, seconds: 1 } },
    { ...run, status: "finished", end: null },
  ],
  "an image has all its pixels": (image: { width: number }) => [{ ...image, width: image.width + 1 }],
  "a confusion matrix is square": (result: { matrix: readonly unknown[]; classes: readonly string[] }) => [
    { ...result, matrix: result.matrix.slice(1) },
    { ...result, classes: result.classes.slice(1) },
    { ...result, matrix: result.matrix.map(() => [1]) },
  ],
  "every prediction has its truth and its row": (unit: { truth: readonly number[]; rows: readonly number[] }) => [
    { ...unit, truth: unit.truth.slice(1) },
    { ...unit, rows: unit.rows.slice(1) },
  ],
  "a plane has a value at each point": (planes: { size: number }) => [{ ...planes, size: planes.size + 1 }],
  "every class has its score": (output: { scores: readonly number[] }) => [{ ...output, scores: output.scores.slice(1) }],
  "a surface has a value at each point": (surface: { size: number; values: readonly unknown[] }) => [
    { ...surface, size: surface.size - 1 },
    { ...surface, from: [] },
    { ...surface, to: [1, 2, 3] },
    { ...surface, values: [[1]] },
    { ...surface, sums: [1] },
    { ...surface, crossings: [{ point: surface.size ** 2, towards: "up", share: 0.5 }] },
    { ...surface, points: [{ at: [], target: 1, part: "test", row: 1 }] },
  ],
  "a matrix has a value in each cell": (matrix: { rows: readonly string[]; columns: readonly string[] }) => [
    { ...matrix, rows: [...matrix.rows, "more"] },
    { ...matrix, columns: [...matrix.columns, "more"] },
    { ...matrix, workings: [["more"], ["more"], ["more"], ["more"], ["more"], ["more"], ["more"]] },
  ],
  "a tensor fills its shape": (tensor: { weights: Float32Array }) => [
    { ...tensor, weights: new Float32Array(tensor.weights.length + 1) },
    { ...tensor, gradient: new Float32Array(tensor.weights.length + 1) },
    { ...tensor, shape: [] },
  ],
  "values fill their shape": (parameter: { shape: readonly number[] }) => [
    { ...parameter, shape: [...parameter.shape, 2], start: { kind: "values", values: [1] } },
  ],
  "layers come after their inputs": (network: { layers: readonly object[] }) => [
    { ...network, layers: network.layers.toReversed() },
    { ...network, layers: [...network.layers, network.layers[0]] },
    { ...network, outputs: ["elsewhere"] },
  ],
  "edges lead to nodes, and each node has a value": (view: { nodes: readonly object[]; rows: readonly object[] }) => [
    { ...view, edges: [{ from: view.nodes.length, to: 0, weight: 1, inhibits: false }] },
    { ...view, edges: [{ from: 0, to: view.nodes.length, weight: 1, inhibits: false }] },
    { ...view, nodes: [...view.nodes, view.nodes[0]] },
  ],
  "a row has a number for each input": (plan: { inputs: readonly string[] }) => [{ ...plan, inputs: [...plan.inputs, "more"] }],
  "a stretch does not end before it begins": (stretch: object) => [{ ...stretch, from: 5, to: 1 }],
};

/** Returns the faulty messages that a schema accepts. */
function acceptedFaults(schema: v.GenericSchema, examples: readonly unknown[]): string[] {
  const faults = faultsOf(schema, examples, VIOLATIONS);
  expect(faults.length).toBeGreaterThan(10);
  return faults.filter(({ message }) => read(schema, message) !== undefined).map(({ what }) => what);
}

const PAUSES: readonly RunEvent[] = [
  { kind: "paused", epoch: 3 },
  { kind: "resumed", epoch: 3 },
];
const eventsOf = (runs: readonly RealRun[]): RunEvent[] => [...runs.flatMap(({ events }) => events), ...PAUSES];
/**
 * Returns lists of events: two of each kind for each run, and all of all runs. A fault is put into the first list that has its place, so the
 * first lists are short.
 */
const listsOfEvents = (runs: readonly RealRun[]): RunEvent[][] => [
  ...runs.map(({ events }) => Object.values(Object.groupBy(events, ({ kind }) => kind)).flatMap((same) => same.slice(0, 2))),
  eventsOf(runs),
];
const packed = (run: RunState) => ({ ...run, history: run.history && packedTable(run.history) });
const deltas = (runs: readonly RealRun[]) => runs.flatMap(({ run: { history }, rows }) => (history ? [deltaOf(history, rows)] : []));
/** Returns the run with a name from the user and the progress of reading its data. */
const renamed = ({ run, events }: RealRun): RunState => {
  const loading = events.find((event) => event.kind === "loading");
  return { ...run, facts: { ...run.facts, followed: true }, name: "mine", ...(loading && { loading }) };
};

/** Models of files without a training: with a plane, expectations and thresholds, and with neurons. */
const untrainedPlans = (): UntrainedPlan[] =>
  untrainedModels(
    analyse(
      "model A {\n  input a, b\n  tlu 1 kernel=[[1], [-1]] bias=[-0.5]\n}\nmodel B {\n  input a, b\n  n: neuron a, not b threshold=1\n  tlu 1 kernel=[[1]] bias=[0]\n}\nexpect A {\n  0 1 -> 1\n}\n",
    ),
  ).flatMap(({ plan }) => plan ?? []);

/** A training with knobs of both kinds. */
const KNOBS =
  "model M {\n  input 2\n  dense 3 relu\n  dense 1 sigmoid\n}\ndata D {\n  source xor()\n}\ntrain M on D {\n  loss binary_crossentropy\n}\n";

const PLANES = { kind: "planes", epoch: 2 };
const ROW_QUESTIONS = [
  { by: "number", row: 1 },
  { by: "cells", cells: ["1", "red"] },
  { by: "pixels", pixels: [0, 255] },
].map((asked) => ({ kind: "row", asked, epoch: 2 }));

/** Returns plans with every kind of layer and source, and every catalog entry that a plan can use. */
function plans(runs: readonly RealRun[]): TrainingPlan[] {
  const neurons = planOf(
    "model M {\n  input a, b\n  neuron a, not b threshold=1\n  dense 1\n}\ndata D {\n  0 1 -> 0\n}\ntrain M on D {\n  loss mse\n  epochs 1\n}",
  );
  const words = planOf(
    'model M {\n  input 3\n  dense 1 sigmoid\n}\ndata D {\n  features a, b\n  target y\n  classes no, yes\n  1 "red" -> "no"\n  2 "blue" -> "yes"\n  one_hot b\n}\ntrain M on D {\n  loss binary_crossentropy\n  epochs 1\n}',
  );
  const layers = planOf(
    "model M {\n  x: input a, b\n  z: input c\n  n: normalize from x\n  one: dense 4 relu kernel=[[1, 2, 3, 4], [5, 6, 7, 8]] from n\n  two: dense 4\n  elu alpha=2\n  layer_norm\n  reshape 2x2\n  flatten\n  three: batch_norm\n  four: dropout 0.5\n  five: add from one, four\n  six: multiply from one, five\n  seven: subtract from six, one\n  eight: average from six, seven\n  nine: maximum from eight, one\n  ten: minimum from nine, one\n  gaussian_noise 0.1\n  eleven: prelu alpha=[0.1, 0.2, 0.3, 0.4]\n  twelve: concat from eleven, z\n  dense 1\n}\ndata D {\n  features a, b, c\n  target y\n  0 0 1 -> 0\n  1 1 2 -> 1\n}\ntrain M on D {\n  loss mse\n  clip norm=1 value=2\n  stop early_stopping(monitor=loss)\n  epochs 1\n}",
  );
  const autoencoder = planOf(
    "model M {\n  input 2\n  dense 2\n}\ndata D {\n  source moons()\n  validation moons(seed=1)\n  test moons(seed=2)\n  target features\n  split train=0.5 by=x1 shuffle=false\n  missing values=[-999]\n}\ntrain M on D {\n  loss mse\n  epochs 1\n}",
  );
  const weighted = (classWeight: TrainingPlan["data"]["classWeight"]): TrainingPlan => ({
    ...words,
    data: { ...words.data, classWeight, sampleWeight: "a" },
    training: { ...words.training, start: "run/weights.safetensors" },
  });
  const weights = [weighted("balanced"), weighted([{ name: "yes", weight: 8 }])];
  return [...withEveryEntry(layers), autoencoder, neurons, words, ...weights, ...runs.map(({ plan }) => plan)];
}

/** Returns the plan, and copies with each entry replaced by every other entry in its part of the catalog. */
function withEveryEntry(plan: TrainingPlan): TrainingPlan[] {
  const { network, training, data } = plan;
  const withTraining = (change: Partial<TrainingPlan["training"]>): TrainingPlan => ({ ...plan, training: { ...training, ...change } });
  const withLayers = (change: (layer: PlannedLayer) => PlannedLayer): TrainingPlan => ({
    ...plan,
    network: { ...network, layers: network.layers.map(change) },
  });
  return [
    plan,
    ...usesOf("optimizers").map((optimizer) => withTraining({ optimizer })),
    withTraining({ metrics: usesOf("metrics").map((use) => ({ ...use, output: null })) }),
    withTraining({ metrics: usesOf("metrics").map((use) => ({ ...use, output: "dense_1" })) }),
    // Metrics as stored by older versions.
    withTraining({ metrics: ["mae"] as unknown as TrainingPlan["training"]["metrics"] }),
    ...usesOf("schedules").map((use) => withTraining({ learningRate: isStepSchedule(use) ? use : { ...use, monitor: "loss" } })),
    ...usesOf("losses").map((loss) => withTraining({ outputs: training.outputs.map((output) => ({ ...output, loss })) })),
    ...usesOf("activations").map((activation) => withLayers((layer) => (isActivated(layer) ? { ...layer, activation } : layer))),
    ...usesOf("initializers").map((use) =>
      withLayers((layer) => ({ ...layer, parameters: layer.parameters.map((one) => ({ ...one, start: { kind: "initializer", use } })) })),
    ),
    ...usesOf("sources", names(generators)).map(
      (use): TrainingPlan => ({ ...plan, data: { ...data, source: { kind: "generator", use, columns: ["x", "y"] } } }),
    ),
  ];
}

/** Returns each entry with its default arguments, or 0.5 or 1 where there is no default. */
function usesOf<P extends CatalogPart, N extends keyof (typeof catalog)[P] = keyof (typeof catalog)[P]>(
  part: P,
  allowed: readonly N[] = Object.keys(catalog[part]) as unknown as N[],
): Configured<P, N>[] {
  return allowed.map((name) => {
    const { arguments: known } = catalog[part][name] as { readonly arguments: Arguments };
    return { name, settings: Object.fromEntries(Object.entries(known).flatMap(settingOf)) } as Configured<P, N>;
  });
}

function settingOf([key, argument]: [string, Argument]): [string, number][] {
  if (argument.kind === "boolean") return [[key, Number(argument.default)]];
  if (argument.kind === "number") return [[key, argument.default ?? 0.5]];
  return argument.kind === "integer" ? [[key, argument.default ?? 1]] : [];
}

test("each number has the range of its field", () => {
  const count = "whole from 0";
  expect(rangesOf(toPanelSchema)).toEqual({
    ...Object.fromEntries(
      [
        "asked",
        "batchesPerEpoch",
        "begun",
        "column",
        "continued",
        "count",
        "current",
        "ended",
        "epochs",
        "layer",
        "line",
        "lines",
        "model",
        "of",
        "parameters",
        "point",
        "pointsOf",
        "restored",
        "restoredEpoch",
        "right",
        "rowsOf",
        "stop",
      ].map((field) => [field, count]),
    ),
    ...Object.fromEntries(["seed", "seen", "test", "train", "unsound", "validation"].map((field) => [field, count])),
    ...Object.fromEntries(["height", "image", "stride", "threads", "width"].map((field) => [field, "whole from 1"])),
    ...Object.fromEntries(["learningRate", "loadSeconds", "samplesPerSecond", "seconds"].map((field) => [field, "number from 0"])),
    ...Object.fromEntries(["share", "zeros"].map((field) => [field, "number from 0 to 1"])),
    ...Object.fromEntries(
      ["at", "bias", "boundary", "constant", "corners", "ends", "loss", "max", "min", "secondsLeft", "startLine", "weight", "weights"].map(
        (field) => [field, "number any"],
      ),
    ),
    /** Units of a connection, lines of a file, or points of a plane. */
    ...Object.fromEntries(["from", "line", "to"].map((field) => [field, "number any or whole from 0"])),
    scale: "whole from 1 limited",
    /** Data rows are counted from 1, truth-table rows from 0. */
    row: "whole from 0 or whole from 1",
    /** The count of batches so far starts at 0, the number of rows in a batch at 1. */
    batch: "whole from 0 or whole from 1",
    /** A best epoch is at least 1; a run may end before its first epoch. */
    epoch: "whole from 0 or whole from 1",
    /** The number of rows in a table is limited. */
    rows: "whole from 0 or whole from 0 limited",
    size: "whole from 1 limited",
  });
  expect(rangesOf(fromPanelSchema)).toEqual({
    epoch: count,
    epochs: count,
    from: "number any",
    input: count,
    model: count,
    row: "whole from 0 or whole from 1",
    stop: count,
    to: "number any",
    unit: count,
  });
  expect(rangesOf(panelMemory)).toEqual({ smoothing: "number from 0 to 1", stage: count });
  const negative = Object.entries(rangesOf(toWorker)).filter(([, range]) => range.includes("any"));
  // The cells of a table in the file, a neuron's threshold, the weight of an output's loss.
  expect(negative.map(([field]) => field)).toEqual(["mean", "rows", "threshold", "weight"]);
});

test("every text and every list has a limit", () => {
  for (const schema of [
    toPanelSchema,
    fromPanelSchema,
    panelMemory,
    storedRun,
    snapshots,
    runSummary,
    toWorker,
    fromWorker,
    toInspector,
    fromInspector,
    dataFit,
  ])
    expect(unlimitedIn(schema)).toEqual([]);
});

test("fields that must fit one another are checked together", () => {
  const table = "a table has the columns of its layout";
  const views = [
    "<planes>.planes: a plane has a value at each point",
    "<result>.result.outputs<classes>.mistakes.image: an image has all its pixels",
    "<result>.result.outputs<classes>: a confusion matrix is square",
    "<result>.result.outputs<numbers>.mistakes.image: an image has all its pixels",
    "<result>.result.outputs<numbers>.units: every prediction has its truth and its row",
    "<result>.result.surface: a surface has a value at each point",
    "<row>.row.outputs<class>: every class has its score",
    "<snapshots>.snapshots: snapshots' epochs rise",
    "<tensor>.tensor: a tensor fills its shape",
    "<walk>.walk.stages.matrices: a matrix has a value in each cell",
  ];
  expect(checksIn(toPanelSchema).toSorted()).toEqual(
    [
      ...views.map((check) => `<answer>.answer${check}`),
      `<compared>.runs.table: ${table}`,
      "<debuggedStep>.view.stages.matrices: a matrix has a value in each cell",
      "<events>.epochs: rows are whole",
      `<snapshot>.state.history: ${table}`,
      "<snapshot>.state.snapshots: snapshots' epochs rise",
      "<snapshot>.state: the status is that of the end",
      "<stretch>: rows are whole",
      "<untrained>.models.view: edges lead to nodes, and each node has a value",
      "<walkedRow>.stages.matrices: a matrix has a value in each cell",
    ].toSorted(),
  );
  expect(checksIn(fromPanelSchema)).toEqual(["<stretch>: a stretch does not end before it begins"]);
  const stored = new Set(checksIn(storedRun).map((check) => check.replace(/<\w+>/, "")));
  expect([...stored]).toEqual([
    ".state: the status is that of the end",
    ".table: the last row has the columns of its layout",
    ".plan.network: layers come after their inputs",
    ".plan.network.layers.parameters: values fill their shape",
  ]);
  expect(checksIn(fromWorker)).toEqual(["<events>.epochs: rows are whole"]);
  expect(checksIn(snapshots)).toEqual([": snapshots' epochs rise"]);
  expect(checksIn(fromInspector).toSorted()).toEqual(
    [
      ...views.map((check) => `<answer>.answer${check}`),
      "<looked>.views: edges lead to nodes, and each node has a value",
      "<walkedRow>.stages.matrices: a matrix has a value in each cell",
    ].toSorted(),
  );
});

describe("a schema accepts real messages and refuses every fault", () => {
  test("messages to the panel", async () => {
    const runs = await all;
    const run = "r1";
    const [first] = deltas(runs);
    const summary = runs.map((one) => summaryOf(one.run));
    const examples = [
      { kind: "file", file: "file:///a.nn", name: "a.nn", isPinned: true, compared: ["r1"] },
      { kind: "scale", scale: 1.5 },
      { kind: "tab", tab: "gradients" },
      { kind: "snapshot", state: null, isLatest: true },
      {
        kind: "planned",
        file: "file:///a.nn",
        trainings: runs.flatMap((one) => {
          const layers = one.run.started?.layers ?? [];
          const problem = { line: 3, message: "the data can't be read" };
          return [
            { run: "M", model: "M", problem, layers, settings: [{ name: "Loss", value: "mse" }] },
            { run: "M", model: "M", problem: null, layers: [], settings: [] },
          ];
        }),
      },
      ...runs.map((one) => ({ kind: "snapshot", state: packed(renamed(one)), isLatest: false })),
      ...listsOfEvents(runs).flatMap((events) => deltas(runs).map((epochs) => ({ kind: "events", run, epochs, events }))),
      { kind: "runs", runs: summary },
      {
        kind: "compared",
        runs: runs.flatMap((one) => (one.run.history ? [{ summary: summaryOf(one.run), table: packedTable(one.run.history) }] : [])),
      },
      { kind: "stretch", run, layout: first?.layout, rows: first?.rows, stride: 2 },
      ...runs.flatMap(({ answers }) => answers.map((answer, k) => ({ kind: "answer", run, answer, isFinal: k % 2 === 0 }))),
      { kind: "dataChanged", run },
      ...["unsaved", "damage", "text", "data"].map((kind) => ({ kind: "notices", run, notices: [{ kind, message: "table.bin" }] })),
      { kind: "problem", run, question: "walk", message: "no weights" },
      ...[null, 3].map((stop) => ({ kind: "debugged", stop })),
      ...runs.flatMap(({ answers, run: { snapshots: taken, started } }) => [
        ...answers.flatMap((answer) => {
          if (answer.kind !== "walk") return [];
          const { stages, path } = answer.walk;
          return [{ kind: "debuggedStep", stop: 3, view: { place: "loss", stages, current: 1, path } }];
        }),
        ...taken.slice(0, 1).flatMap((snapshot) =>
          [null, "dense_1"].map((layer) => ({
            kind: "debuggedNetwork",
            stop: 3,
            view: { place: "loss", layers: started?.layers ?? [], snapshot, layer, isBackward: true },
          })),
        ),
      ]),
      {
        kind: "untrained",
        fileName: "a.nn",
        models: [
          ...untrainedPlans().map((plan) => ({ name: "A", view: untrainedView(plan), problem: "" })),
          { name: "B", view: null, problem: "" },
        ],
      },
      ...untrainedPlans().map((plan) => ({ kind: "walkedRow", model: 0, row: 0, stages: rowWalk(plan, 0) })),
      { kind: "knobs", file: "file:///a.nn", trainings: knobs(analyse(KNOBS)) },
      { kind: "edited", problem: "It is refused." },
    ];
    expect(acceptedFaults(toPanelSchema, examples)).toEqual([]);
  });

  test("messages from the panel", () => {
    const question = { kind: "tensor", layer: "dense_1", name: "kernel" };
    const examples = [
      { kind: "ready", file: "f", compared: ["a"] },
      { kind: "pin", isPinned: true },
      { kind: "drawn", run: "a", epochs: 3 },
      ...["pause", "resume", "stop", "step", "train", "exportModel", "exportWeights", "exportStep"].map((kind) => ({ kind })),
      { kind: "pace", pace: "10" },
      { kind: "again", how: "seed" },
      { kind: "reveal", at: "layer:a" },
      ...[
        { kind: "result", epoch: 1 },
        ...ROW_QUESTIONS,
        PLANES,
        { kind: "walk", weights: "current", rows: "batch", row: 0, weight: { layer: "a", input: 0, unit: 1 }, epoch: 3 },
        { ...question, epoch: 2 },
        { kind: "rule" },
        { kind: "snapshots", epochs: [0, 1] },
      ].map((one) => ({ kind: "ask", question: one })),
      ...[
        { kind: "turn", run: "M", knob: "train.epochs", value: "30" },
        { kind: "step", run: "M", knob: "train.epochs", steps: -1 },
        { kind: "insert", run: "M", layer: "dense_1" },
        { kind: "remove", run: "M", layer: "dense_1" },
      ].map((edit) => ({ kind: "edit", edit })),
      { kind: "trainOnChange", isOn: true },
      { kind: "revealIn", model: 1, at: "layer:a" },
      { kind: "walkRow", model: 1, row: 2 },
      { kind: "askDebugged", view: "step", stop: 3 },
      { kind: "compare", runs: ["a", "b"] },
      { kind: "show", run: "a" },
      { kind: "stretch", from: 1.5, to: 9 },
      { kind: "exportHistory", format: "csv" },
      ...[null, { layer: "a", input: 0, unit: 1 }].map((weight) => ({ kind: "writeGradient", weight })),
      { kind: "exportPicture", name: "loss", format: "png", base64: "aGVsbG8=" },
    ];
    expect(acceptedFaults(fromPanelSchema, examples)).toEqual([]);
  });

  test("the panel's memory", () => {
    const memory = { file: "file:///a.nn", isPinned: true, run: "r1", tab: "loss", speed: "full", compared: ["a"] };
    const charts = { smoothing: 0.9, isLogarithmic: true };
    const views = { figure: "norm", parameter: "dense_1/kernel", stage: 3, showsKnobs: true, trainsOnChange: true };
    expect(acceptedFaults(panelMemory, [{ ...memory, ...charts, ...views }])).toEqual([]);
  });

  test("a stored run and its snapshots", async () => {
    const runs = await all;
    const stored = runs.map((one) => storedFrom(renamed(one), one.plan, "float32"));
    const withPlans = plans(runs).map((plan) => ({ ...stored[0], plan }));
    const inProgress = runs.map((one) => storedFrom({ ...renamed(one), status: "training", end: null }, one.plan, "float32"));
    const examples = [...stored, ...withPlans, ...inProgress].map((one): unknown => JSON.parse(JSON.stringify(one)));
    expect(acceptedFaults(storedRun, examples)).toEqual([]);
    expect(acceptedFaults(movedRun, [{ from: "file:///a.nn", file: "file:///b.nn", fileName: "b.nn" }])).toEqual([]);
    expect(
      acceptedFaults(
        snapshots,
        runs.map(({ run }): unknown => JSON.parse(JSON.stringify(run.snapshots))),
      ),
    ).toEqual([]);
    expect(
      acceptedFaults(
        runSummary,
        runs.map(({ run }) => summaryOf(run)),
      ),
    ).toEqual([]);
  });

  test("messages to and from the workers", async () => {
    const runs = await all;
    const bytes = new Uint8Array(9);
    const readAnswers = [
      { kind: "bytes", id: 1, bytes },
      { kind: "unreadable", id: 1, message: "is not there" },
    ];
    const request = { kind: "read", id: 0, path: "a.csv" };
    const start = {
      kind: "start",
      precision: "float32",
      threads: 2,
      checkpoint: bytes,
      text: "model M {}",
      isWatched: true,
      pace: "step",
      python: "",
    };
    const plain = [...["pause", "resume", "stop", "step", "look"].map((kind) => ({ kind })), { kind: "pace", pace: "1" }];
    const watch = { kind: "watch", isWatched: true };
    expect(acceptedFaults(toWorker, [...plans(runs).map((plan) => ({ ...start, plan })), ...plain, watch, ...readAnswers])).toEqual([]);
    const epochs = deltas(runs).map(({ layout, rows }) => ({ layout, rows }));
    const events = listsOfEvents(runs).flatMap((all) => epochs.map((one) => ({ kind: "events", epochs: one, events: all })));
    const others = [
      { kind: "weights", bytes },
      { kind: "note", text: "drop drops by other random numbers" },
      { kind: "state", epoch: 0, bytes },
    ];
    expect(acceptedFaults(fromWorker, [...events, request, ...others])).toEqual([]);
    const tensor = { kind: "tensor", layer: "a", name: "kernel", epoch: 1 };
    const questions = [
      { kind: "result", epoch: 1 },
      ...ROW_QUESTIONS,
      PLANES,
      { kind: "walk", weights: "current", rows: "batch", row: 0, weight: { layer: "a", input: 0, unit: 1 }, epoch: 1 },
      tensor,
      { kind: "rule" },
      { kind: "derivation", of: "a.kernel[0, 1]", weights: "start", rows: "row", row: 2, epoch: 1 },
      { kind: "snapshots", epochs: [0, 1] },
    ];
    const asks = questions.map((question) => ({ kind: "ask", id: 3, question, checkpoint: bytes, base: bytes }));
    const expects = [
      {
        tolerance: 0.5,
        tests: [
          { kind: "row", features: [0, "red"], targets: [1, "setosa"] },
          { kind: "claim", metric: "accuracy", operator: ">=", value: 0.9 },
        ],
      },
    ];
    const looks = [
      { kind: "look", id: 1, plans: untrainedPlans() },
      ...untrainedPlans().map((plan) => ({ kind: "walkRow", id: 1, plan, row: 0 })),
      { kind: "test", id: 1, checkpoint: bytes, expects },
      ...plans(runs).map((plan) => ({ kind: "testUntrained", id: 1, network: plan.network, plan, expects })),
    ];
    const opens = plans(runs).map((plan) => ({ kind: "open", plan, precision: "float64", data: "ab12" }));
    expect(acceptedFaults(toInspector, [...opens, ...asks, ...looks, ...readAnswers])).toEqual([]);
    const seen = untrainedPlans().flatMap((plan) => [
      { kind: "looked", id: 1, views: [untrainedView(plan)] },
      { kind: "walkedRow", id: 1, stages: rowWalk(plan, 0) },
    ]);
    const tested = {
      kind: "tested",
      id: 1,
      results: [[{ passed: true, actual: "setosa (0.9 0.1)", summary: "setosa (0.9)", expected: "setosa" }]],
    };
    const given = runs.flatMap((run) => [...run.answers, { kind: "derivation", markdown: "# The gradient" }]);
    const answers = given.map((answer) => ({ kind: "answer", id: 3, answer, otherData: "d.csv has changed" }));
    expect(
      acceptedFaults(fromInspector, [
        ...answers,
        ...seen,
        tested,
        request,
        { kind: "problem", id: 3, message: "no weights", isOtherData: true },
      ]),
    ).toEqual([]);
  });
});
