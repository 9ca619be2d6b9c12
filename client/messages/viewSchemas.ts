/** The schemas of an inspector's answers (engine/inspect/views.ts) and of the results of tests. */
import * as v from "valibot";
import type { ExpectationResult } from "../../engine/evaluate/expectationTests.ts";
import type {
  AnsweredRow,
  ResultView,
  RuleTrace,
  TensorView,
  UnitPlanes,
  UntrainedView,
  Walk,
  WalkStage,
} from "../../engine/inspect/views.ts";
import { distribution } from "./eventSchemas.ts";
import {
  count,
  counts,
  float32Array,
  list,
  number,
  numbers,
  object,
  positive,
  product,
  result,
  results,
  schemaOf,
  share,
  text,
} from "./valueSchemas.ts";

export const expectationResults = schemaOf<readonly ExpectationResult[]>()(
  list(object({ passed: v.boolean(), actual: text, summary: text, expected: text })),
);

const part = v.picklist(["training", "validation", "test"]);

const mistake = object({
  row: positive,
  truth: text,
  predicted: text,
  loss: result,
  features: list(object({ name: text, value: text })),
  image: v.nullable(
    v.pipe(
      object({ width: positive, height: positive, pixels: results }),
      v.check(({ width, height, pixels }) => pixels.length === width * height, "an image has all its pixels"),
    ),
  ),
});

const classes = v.pipe(
  object({
    kind: v.literal("classes"),
    layer: text,
    classes: list(text),
    matrix: list(counts),
    right: count,
    asked: count,
    mistakes: list(mistake),
  }),
  v.check(
    ({ classes: { length }, matrix }) => matrix.length === length && matrix.every((row) => row.length === length),
    "a confusion matrix is square",
  ),
);

const unit = v.pipe(
  object({ name: text, truth: results, predicted: results, rows: counts, residuals: distribution, r2: result }),
  v.check(
    ({ truth, predicted, rows }) => truth.length === predicted.length && rows.length === truth.length,
    "every prediction has its truth and its row",
  ),
);

const surface = v.pipe(
  object({
    features: v.pipe(list(text, 2), v.minLength(1)),
    from: numbers,
    to: numbers,
    size: v.pipe(positive, v.maxValue(1000)),
    values: list(results),
    classes: v.nullable(list(text)),
    boundary: v.nullable(number),
    sums: v.nullable(results),
    crossings: v.nullable(list(object({ point: count, towards: v.picklist(["right", "up"]), share }))),
    points: list(object({ at: numbers, target: result, part, row: positive })),
    pointsOf: count,
  }),
  v.check(({ features: { length }, from, to, size, values, sums, crossings, points }) => {
    if (sums && (length !== 2 || sums.length !== size * size)) return false;
    if (crossings && (length !== 2 || crossings.some(({ point }) => point >= size * size))) return false;
    const isPoint = (at: readonly number[]): boolean => at.length === length;
    return isPoint(from) && isPoint(to) && points.every(({ at }) => isPoint(at)) && values.every((own) => own.length === size ** length);
  }, "a surface has a value at each point"),
);

const working = object({ lines: list(text), slips: list(object({ value: result, says: text })) });

const matrix = v.pipe(
  object({
    name: text,
    shape: counts,
    rows: list(text),
    columns: list(text),
    values: list(results),
    formula: text,
    workings: v.nullable(list(list(working))),
    uses: list(object({ matrix: text, row: v.picklist(["i", "j", "all"]), column: v.picklist(["i", "j", "all"]) })),
  }),
  v.check(({ rows, columns, values, workings }) => {
    const fits = (grid: readonly (readonly unknown[])[]): boolean =>
      grid.length === rows.length && grid.every((row) => row.length === columns.length);
    return fits(values) && (workings === null || fits(workings));
  }, "a matrix has a value in each cell"),
);

export const resultView = schemaOf<ResultView>()(
  object({
    place: object({ epoch: count, part, rows: count, of: count }),
    outputs: list(
      v.variant("kind", [
        classes,
        object({ kind: v.literal("numbers"), layer: text, width: positive, units: list(unit), mistakes: list(mistake) }),
      ]),
    ),
    surface: v.nullable(surface),
    form: object({
      rows: count,
      cells: list(
        v.variant("kind", [
          object({ kind: v.literal("number"), name: text, from: number, to: number, canBeEmpty: v.boolean() }),
          object({ kind: v.literal("words"), name: text, words: list(text) }),
        ]),
      ),
      image: v.nullable(object({ width: positive, height: positive, from: number, to: number })),
    }),
  }),
);

const rowOutput = v.variant("kind", [
  v.pipe(
    object({
      kind: v.literal("class"),
      layer: text,
      classes: list(text),
      scores: results,
      areProbabilities: v.boolean(),
      chosen: text,
      truth: v.nullable(text),
    }),
    v.check(({ classes: { length }, scores }) => scores.length === length, "every class has its score"),
  ),
  object({
    kind: v.literal("numbers"),
    layer: text,
    width: positive,
    values: list(object({ name: text, value: result, truth: v.nullable(result) })),
  }),
]);

export const unitPlanes = schemaOf<UnitPlanes>()(
  v.pipe(
    object({ epoch: count, size: v.pipe(positive, v.maxValue(100)), layers: list(object({ layer: text, units: float32Array })) }),
    v.check(({ size, layers }) => layers.every(({ units }) => units.length % size ** 2 === 0), "a plane has a value at each point"),
  ),
);

export const answeredRow = schemaOf<AnsweredRow>()(
  object({
    epoch: count,
    known: v.nullable(object({ row: positive, part: v.nullable(part) })),
    cells: list(text),
    pixels: v.nullable(results),
    outputs: list(rowOutput),
    layers: list(object({ layer: text, shape: counts, values: results })),
  }),
);

export const weightPath = object({
  title: text,
  input: object({ name: text, x: result }),
  weight: result,
  layers: list(object({ id: text, of: count, units: list(object({ name: text, slope: v.nullable(result), error: result })) })),
  edges: list(object({ layer: count, from: count, to: count, weight: result })),
  lines: list(text),
});

export const walkStages = list(
  schemaOf<WalkStage>()(
    object({
      pass: v.picklist(["data", "forward", "loss", "error", "backward", "update"]),
      layer: v.nullable(text),
      title: text,
      label: text,
      formula: text,
      words: text,
      matrices: list(matrix),
    }),
  ),
);

export const walk = schemaOf<Walk>()(
  object({
    epoch: count,
    rows: count,
    row: v.nullable(positive),
    hasRule: v.boolean(),
    note: text,
    judges: v.picklist(["classes", "numbers"]),
    loss: result,
    learningRate: result,
    stages: walkStages,
    path: v.nullable(weightPath),
  }),
);

export const tensorView = schemaOf<TensorView>()(
  v.pipe(
    object({
      layer: text,
      name: text,
      shape: counts,
      epoch: count,
      rows: count,
      weights: float32Array,
      gradient: v.nullable(float32Array),
      image: v.nullable(v.pipe(v.strictTuple([positive, positive]), v.readonly())),
    }),
    v.check(
      ({ shape, weights, gradient }) => weights.length === product(shape) && (gradient === null || gradient.length === weights.length),
      "a tensor fills its shape",
    ),
  ),
);

const point = v.pipe(v.strictTuple([number, number]), v.readonly());

const halfPlanes = object({
  from: point,
  to: point,
  lines: list(object({ unit: text, weights: point, bias: number, ends: list(point) })),
  regions: list(object({ corners: list(point), outputs: results })),
});

export const untrainedView = schemaOf<UntrainedView>()(
  v.pipe(
    object({
      name: text,
      nodes: list(
        object({
          layer: text,
          name: text,
          column: count,
          kind: v.picklist(["input", "threshold", "neuron", "other"]),
          constant: v.nullable(number),
          isOutput: v.boolean(),
        }),
      ),
      edges: list(object({ from: count, to: count, weight: v.nullable(number), inhibits: v.boolean() })),
      inputs: list(text),
      outputs: list(text),
      rowsFrom: v.picklist(["expect", "data", "combinations"]),
      rows: list(
        object({ x: numbers, outputs: results, expected: v.nullable(numbers), isRight: v.nullable(v.boolean()), values: results }),
      ),
      rowsOf: count,
      plane: v.nullable(halfPlanes),
      note: text,
    }),
    v.check(
      ({ nodes, edges, rows }) =>
        edges.every(({ from, to }) => from < nodes.length && to < nodes.length) &&
        rows.every(({ values }) => values.length === nodes.length),
      "edges lead to nodes, and each node has a value",
    ),
  ),
);

const ends = list(point);

export const ruleTrace = schemaOf<RuleTrace>()(
  object({
    weightNames: list(text),
    start: results,
    steps: list(
      object({
        epoch: count,
        row: positive,
        z: result,
        a: result,
        t: result,
        change: v.nullable(object({ after: results, lines: list(text), line: ends })),
      }),
    ),
    isCut: v.boolean(),
    plane: v.nullable(
      object({
        features: list(text),
        from: point,
        to: point,
        startLine: ends,
        points: list(object({ row: positive, at: point, target: result })),
      }),
    ),
    bound: object({ lines: list(text), says: text, fromZero: v.nullable(result), fromStart: v.nullable(result) }),
  }),
);
