/**
 * Every argument of every layer reaches the plan. The test walks the catalog: it writes each argument with a value other than its default,
 * and the planned layer must have that value.
 */
import { describe, expect, test } from "vitest";
import type { Argument } from "../../../engine/catalog/arguments.ts";
import { catalog } from "../../../engine/catalog/index.ts";
import type { LayerKind } from "../../../engine/catalog/layers.ts";
import { isActivated } from "../../../engine/layerTraits.ts";
import type { PlannedLayer } from "../../../engine/plan.ts";
import { entriesOf, layerOf, plan, type Written, type WrittenFile, writeAll } from "../../../test/writtenPlans.ts";

interface LayerCase {
  /** Returns the file with the layer's line, labelled `it`. */
  readonly file: (line: string) => WrittenFile;
  /** Values for arguments that are not numbers, and for numbers that other lines depend on. */
  readonly own?: Readonly<Record<string, Written>>;
  /** Returns an argument's value from the plan if it is stored under a different name. */
  readonly places?: Readonly<Record<string, (layer: PlannedLayer) => unknown>>;
}

const within = (line: string): WrittenFile => ({ layers: `${line} from i\n  dense 1` });
const startOf =
  (name: string) =>
  ({ parameters }: PlannedLayer): unknown =>
    parameters.find((parameter) => parameter.name === name)?.start;
const shape = { text: "6", value: [6] };
const sixColumns = "1 2 3 4 5 6 -> 0\n  2 3 4 5 6 7 -> 1";
const weighted = {
  units: { text: "3", value: [3] },
  init: { text: "normal(stddev=0.3125)", value: { kind: "initializer", use: { name: "normal", settings: { stddev: 0.3125, mean: 0 } } } },
  bias: { text: "[0.5, -1, 2]", value: { kind: "values", values: [0.5, -1, 2] } },
  kernel: { text: "[[1, 2, 3], [4, 5, 6]]", value: { kind: "values", values: [1, 2, 3, 4, 5, 6] } },
};
const weightedPlaces = {
  units: ({ output }: PlannedLayer) => output,
  init: startOf("kernel"),
  bias: startOf("bias"),
  kernel: startOf("kernel"),
};
const nothing: LayerCase = { file: within };
const joined: LayerCase = { file: (line) => ({ layers: `a: dense 2\n  ${line} from a, i\n  dense 1` }) };

/** A new kind of layer without a case is a compile error. The test looks for a new argument under its name in the planned layer. */
const LAYERS: { readonly [K in LayerKind]: LayerCase } = {
  input: {
    file: (line) => ({ input: line, layers: "dense 1", data: sixColumns }),
    own: { shape },
    places: { shape: ({ output }) => output },
  },
  dense: { file: within, own: weighted, places: weightedPlaces },
  tlu: {
    file: (line) => ({ layers: line, data: "1 2 -> 0 1 0\n  3 4 -> 1 0 1", train: "optimizer perceptron" }),
    own: weighted,
    places: { ...weightedPlaces, step: (layer) => isActivated(layer) && layer.activation.name },
  },
  neuron: {
    file: (line) => ({
      input: "i: input p, q",
      layers: `${line.replace(/inputs=(.*), threshold/, "$1 threshold")}\n  a: dense 2 from i\n  concat from it, a\n  dense 1`,
    }),
    own: {
      threshold: { text: "1", value: 1 },
      inputs: {
        text: "q, not p",
        value: [
          { input: 0, unit: 1, inhibits: false },
          { input: 0, unit: 0, inhibits: true },
        ],
      },
    },
    places: { inputs: (layer) => layer.kind === "neuron" && layer.terms },
  },
  reshape: {
    file: (line) => ({ input: "i: input 6", layers: `${line} from i\n  flatten\n  dense 1`, data: sixColumns }),
    own: { shape: { text: "2x3", value: [2, 3] } },
    places: { shape: ({ output }) => output },
  },
  flatten: nothing,
  dropout: nothing,
  batch_norm: nothing,
  layer_norm: nothing,
  normalize: nothing,
  concat: joined,
  add: joined,
  multiply: joined,
  subtract: joined,
  average: joined,
  maximum: joined,
  minimum: joined,
  gaussian_noise: nothing,
  prelu: {
    file: within,
    own: { alpha: { text: "[0.25, -1]", value: { kind: "values", values: [0.25, -1] } } },
    places: { alpha: startOf("alpha") },
  },
};

describe("layers", () => {
  const isRequired = (spec: Argument): boolean =>
    spec.kind === "names" || spec.kind === "shape" || ((spec.kind === "number" || spec.kind === "integer") && spec.default === undefined);

  test.each(entriesOf(catalog.layers))("%s: each argument, with the others at their defaults", (kind, known) => {
    const { file, own, places }: LayerCase = LAYERS[kind];
    const required = Object.keys(known).filter((name) => isRequired(known[name] as Argument));
    const layerWith = (written: readonly string[]): { layer: PlannedLayer; values: Record<string, unknown> } => {
      const wanted = Object.entries(known).filter(([name]) => written.includes(name));
      const { text, values } = writeAll(Object.fromEntries(wanted), own);
      // A size or a shape has no name on a layer's line, so it comes first.
      const line = `it: ${kind} ${text.replace(/^shape=/, "")}`;
      return { layer: layerOf(plan(file(line)), "it"), values };
    };
    const found = (layer: PlannedLayer, name: string): unknown => {
      const place = places?.[name];
      const value = place ? place(layer) : (layer as unknown as Readonly<Record<string, unknown>>)[name];
      return typeof value === "boolean" ? Number(value) : value;
    };
    const bare = layerWith(required);
    expect(bare.layer.kind).toBe(kind === "tlu" ? "dense" : kind);
    for (const [name, spec] of Object.entries(known)) {
      const { layer, values } = layerWith([...required, name]);
      expect(found(layer, name), name).toEqual(values[name]);
      if (required.includes(name)) continue;
      expect(found(bare.layer, name), `${name} left out`).not.toEqual(values[name]);
      if (spec.kind === "number" || spec.kind === "integer" || spec.kind === "boolean")
        expect(found(bare.layer, name), `${name} left out`).toBe(Number(spec.default));
    }
  });

  test("the columns of an input, in the order of its line", () => {
    expect(plan({ input: "i: input q, p", data: "features p, q\n  target t\n  1 2 -> 0\n  3 4 -> 1" }).network.layers[0]).toMatchObject({
      columns: ["q", "p"],
      output: [2],
    });
  });

  test("a frozen layer has no trained parameters, and statistics are never trained", () => {
    const trained = (line: string): readonly (readonly [string, boolean])[] =>
      layerOf(plan(within(`it: ${line}`)), "it").parameters.map((parameter) => [parameter.name, parameter.trained]);
    const pairs = (names_: readonly string[], value: boolean) => names_.map((name) => [name, value]);
    expect(trained("dense 3")).toEqual(pairs(["kernel", "bias"], true));
    expect(trained("dense 3 freeze=true")).toEqual(pairs(["kernel", "bias"], false));
    expect(trained("dense 3 bias=false")).toEqual(pairs(["kernel"], true));
    expect(trained("batch_norm")).toEqual([...pairs(["gamma", "beta"], true), ...pairs(["moving_mean", "moving_variance"], false)]);
    expect(trained("normalize")).toEqual(pairs(["mean", "variance"], false));
  });
});
