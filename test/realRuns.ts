/** Trainings of every kind, with their events and an inspector's answers about them: the examples for the tests of schemas. */
import type { Answer } from "../client/messages/questions.ts";
import { layoutOf, rowLength, writeRow } from "../client/runs/history.ts";
import { addEpochs, addEvent, newRun, type RunEvent, type RunState } from "../client/runs/runState.ts";
import type { FileReader, TrainingHost } from "../engine/host.ts";
import { openInspector } from "../engine/inspect/inspector.ts";
import type { TrainingPlan } from "../engine/plan.ts";
import { train } from "../engine/training/trainer.ts";
import { type DataFiles, NO_FILES } from "../server/language/resolve/dataFacts.ts";
import { noFiles, planOf } from "./fixtures.ts";

export interface RealRun {
  readonly plan: TrainingPlan;
  readonly run: RunState;
  readonly events: readonly RunEvent[];
  readonly rows: Float64Array;
  readonly checkpoint: Uint8Array;
  readonly answers: readonly Answer[];
}

interface Circumstances {
  readonly files?: FileReader;
  /** The number of breaks after which the host stops the training. */
  readonly rests?: number;
}

/** A host whose clock advances 60 ms at each reading, so that even the shortest training reports progress. */
function slowHost(rests: number): TrainingHost {
  let now = 0;
  let rested = 0;
  return { now: () => (now += 60), rest: async () => (++rested > rests ? "stop" : "go") };
}

async function realRun(text: string, { files = noFiles, rests = Number.POSITIVE_INFINITY }: Circumstances = {}): Promise<RealRun> {
  const plan = planOf(text, DATA);
  const facts = { id: "r1", file: "file:///m.nn", fileName: "m.nn", run: "M", model: "M", begun: 0, seed: 42, lines: { train: 9 } };
  const run = newRun(facts);
  const events: RunEvent[] = [];
  const parts: Float64Array[] = [];
  let stateNow: (() => Uint8Array) | undefined;
  await train(plan, {
    host: slowHost(rests),
    files,
    onReady: (now) => (stateNow = now),
    isWatched: () => true,
    emit(event) {
      if (event.kind !== "epoch") {
        events.push(event);
        addEvent(run, event);
        return;
      }
      const row = new Float64Array(rowLength(layoutOf(event)));
      writeRow(event, row, 0);
      parts.push(row);
      addEpochs(run, layoutOf(event), row);
    },
  });
  const checkpoint = stateNow?.() ?? new Uint8Array();
  const answers = stateNow ? await answersOf(plan, files, checkpoint) : [];
  return { plan, run, events, rows: Float64Array.from(parts.flatMap((part) => [...part])), checkpoint, answers };
}

async function answersOf(plan: TrainingPlan, files: FileReader, checkpoint: Uint8Array): Promise<Answer[]> {
  const inspector = await openInspector(plan, files, { precision: "float32" });
  inspector.use(checkpoint);
  const tensors = plan.network.layers.flatMap(({ id, parameters }) =>
    parameters.map(({ name }): Answer => ({ kind: "tensor", tensor: inspector.tensor(id, name) })),
  );
  const walk = await inspector.walk();
  const rules: Answer[] = walk.hasRule ? [{ kind: "rule", rule: await inspector.rule() }] : [];
  const row = inspector.answerTo({ by: "number", row: 1 });
  const views: Answer[] = [
    { kind: "result", result: inspector.result() },
    { kind: "row", row },
    { kind: "planes", planes: inspector.unitPlanes() },
    { kind: "walk", walk },
    ...rules,
    ...tensors,
  ];
  return [...views, { kind: "snapshots", snapshots: await inspector.snapshots([0], null) }];
}

/** The checker's facts about the images. Other files do not exist. */
const DATA: DataFiles = {
  ...NO_FILES,
  idx: (path) => ({ facts: path === "labels" ? { shape: [12], largest: 1 } : { shape: [12, 2, 3], largest: undefined } }),
};

/** 2x3 images of two classes, in the format of MNIST's files. */
const pictures: FileReader = {
  read: async (path) => {
    const count = 12;
    const values = Array.from({ length: count }, (_, row) => (path === "labels" ? [row % 2] : [row, 9, 7 * (row % 2), 3, 0, 255])).flat();
    const axes = path === "labels" ? [count] : [count, 2, 3];
    return Uint8Array.from([0, 0, 8, axes.length, ...axes.flatMap((axis) => [0, 0, 0, axis]), ...values]);
  },
};

const ROWS = "  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 0\n";

export const realRuns = {
  /** Small enough for single weights in its events, with a surface. Stops early, restores the best weights and measures the test part. */
  classes: () =>
    realRun(
      `model M {\n  input a, b\n  dense 3 relu\n  dense 2 softmax\n}\ndata D {\n  features a, b\n  target y\n${ROWS.repeat(3)}  split validation=0.3 test=0.2\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n  optimizer adam(learning_rate=0.5)\n  metrics accuracy\n  batch 4\n  epochs 40\n  stop early_stopping(patience=2)\n}`,
    ),
  /** A threshold logic unit over two features, whose output jumps at its decision boundary. */
  threshold: () =>
    realRun(
      `model M {\n  input a, b\n  tlu 1\n}\ndata D {\n  features a, b\n  target y\n  0 0 -> 0\n  0 1 -> 0\n  1 0 -> 0\n  1 1 -> 1\n}\ntrain M on D {\n  optimizer perceptron\n  epochs 20\n}`,
    ),
  /** One unit that learns by Rosenblatt's rule. */
  rule: () =>
    realRun(
      "model M {\n  input a, b\n  tlu 1\n}\ndata D {\n  features a, b\n  target y\n  0 1 -> 0\n  2 3 -> 1\n  -1 0 -> 0\n}\ntrain M on D {\n  optimizer perceptron(learning_rate=1)\n  epochs 9\n}",
    ),
  numbers: () =>
    realRun(
      "model M {\n  input a, b\n  dense 2\n}\ndata D {\n  features a, b\n  target y, z\n  0 1 -> 2 1\n  1 2 -> 4 2\n  2 5 -> 7 9\n}\ntrain M on D {\n  loss mse\n  epochs 3\n}",
    ),
  /** A column of words among the features. */
  words: () =>
    realRun(
      'model M {\n  input 3\n  dense 1 sigmoid\n}\ndata D {\n  features a, b\n  target y\n  one_hot b\n  1 "red" -> no\n  2 "blue" -> yes\n}\ntrain M on D {\n  loss binary_crossentropy\n  epochs 1\n}',
    ),
  pictures: () =>
    realRun(
      'model M {\n  input 2x3\n  flatten\n  dense 4 relu\n  batch_norm\n  dropout 0.5\n  dense 2 softmax\n}\ndata D {\n  source idx("images", "labels")\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n  epochs 1\n}',
      { files: pictures },
    ),
  diverged: () =>
    realRun(
      "model M {\n  input a\n  dense 1\n}\ndata D {\n  features a\n  target y\n  1 -> 2\n  9 -> 4\n}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=900)\n  epochs 500\n}",
    ),
  /** Has the warning that the loss does not change. */
  stuck: () =>
    realRun(
      `model M {\n  input a, b\n  dense 1 sigmoid\n}\ndata D {\n  features a, b\n  target y\n${ROWS}}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=1e-9)\n  epochs 300\n}`,
    ),
  stopped: () =>
    realRun(
      `model M {\n  input a, b\n  dense 1 sigmoid\n}\ndata D {\n  features a, b\n  target y\n${ROWS}}\ntrain M on D {\n  loss mse\n  epochs 90\n}`,
      { rests: 3 },
    ),
  failed: () =>
    realRun(
      'model M {\n  input a\n  dense 1\n}\ndata D {\n  source csv("missing.csv")\n  features a\n  target y\n}\ntrain M on D {\n  loss mse\n  epochs 1\n}',
    ),
  /** A file of several pieces, stopped while it loads. */
  longFile: () =>
    realRun(
      'model M {\n  input a\n  dense 1\n}\ndata D {\n  source csv("long.csv")\n  features a\n  target y\n}\ntrain M on D {\n  loss mse\n  epochs 1\n}',
      { files: { read: async () => new TextEncoder().encode(`a,y\n${"1,22222\n".repeat(600_000)}`) }, rests: 0 },
    ),
} as const satisfies Record<string, () => Promise<RealRun>>;
