/**
 * Tests that every setting of the catalog is read: with all settings of an entry changed from their defaults, resetting any one of them changes the
 * result. A setting that is never read, or is read under another's name, would not change it.
 */
import { describe, expect, test } from "vitest";
import { atOnce, noFiles, planOf } from "../test/fixtures.ts";
import { writeAll } from "../test/writtenPlans.ts";
import { activations, isScalar, slopeAt, valueAt } from "./catalog/activations.ts";
import { type Argument, type Arguments, isNumeric } from "./catalog/arguments.ts";
import { type CatalogPart, type Configured, catalog, names } from "./catalog/index.ts";
import { initializers } from "./catalog/initializers.ts";
import { layers } from "./catalog/layers.ts";
import { isCategorical, losses } from "./catalog/losses.ts";
import { isStepSchedule, optimizers, rateAt, type StepScheduleName, schedules } from "./catalog/optimizers.ts";
import { generators } from "./catalog/sources.ts";
import { generate } from "./data/generators.ts";
import type { PlannedKind, PlannedLayer, TrainingPlan } from "./plan.ts";
import { train } from "./training/trainer.ts";

/** Returns the entry's settings: all changed, and with one at a time reset. */
function settingsOf(known: Arguments): { changed: Record<string, number>; back: [string, Record<string, number>][] } {
  const numeric = Object.fromEntries(Object.entries(known).filter(([, spec]) => isNumeric(spec)));
  const { values } = writeAll(numeric);
  const changed = values as Record<string, number>;
  const back = Object.entries(numeric).map(([name, spec]): [string, Record<string, number>] => {
    const other = "default" in spec && spec.default !== undefined ? Number(spec.default) : (changed[name] ?? 0) / 2;
    return [name, { ...changed, [name]: other }];
  });
  return { changed, back };
}

async function expectAllRead<P extends CatalogPart, N extends keyof (typeof catalog)[P]>(
  part: P,
  name: N,
  computed: (use: Configured<P, N>) => unknown,
): Promise<void> {
  const { arguments: known } = catalog[part][name] as { readonly arguments: Arguments };
  const use = (settings: Record<string, number>) => ({ name, settings }) as unknown as Configured<P, N>;
  const { changed, back } = settingsOf(known);
  const all = await computed(use(changed));
  expect(await computed(use(changed))).toEqual(all);
  for (const [setting, settings] of back) expect(await computed(use(settings)), `${String(name)}'s ${setting}`).not.toEqual(all);
}

const POINTS = [-3, -1.5, -0.3, 0, 0.2, 0.9, 2.5];
const text = (lines: string): string =>
  `model M {\n  i: input a, b, c\n  ${lines}\n}\ndata D {\n  features a, b, c\n  target t\n  0.3 -0.7 1.1 -> 0.4\n  -1.4 0.5 0.2 -> -2.2\n  0.8 1.2 -0.6 -> 1.1\n  -0.1 -0.9 -1.7 -> 9\n}\ntrain M on D {\n  loss mse\n  batch 2\n  epochs 6\n}`;
const plan = planOf(text("dense 4 tanh\n  dense 1"));
const planOfClasses = planOf(
  text("dense 4 tanh\n  dense 3 softmax")
    .replaceAll(/-> .*/g, '-> "c"')
    .replace('"c"', '"a"')
    .replace('"c"', '"b"')
    .replace("loss mse", "loss sparse_categorical_crossentropy"),
);

/** Returns all weights after a short training, including the statistics of the data. */
async function weightsAfter(of: TrainingPlan): Promise<number[]> {
  const trained = await train(of, { host: atOnce, files: noFiles, precision: "float64", emit: () => undefined });
  return [...(trained?.network.weights ?? [])];
}

const withTraining = (change: Partial<TrainingPlan["training"]>): TrainingPlan => ({ ...plan, training: { ...plan.training, ...change } });
const withLayers = (of: TrainingPlan, change: (layer: PlannedLayer) => PlannedLayer): TrainingPlan => ({
  ...of,
  network: { ...of.network, layers: of.network.layers.map(change) },
});

/**
 * Layers for each kind. The line labelled `it` gives each argument a value other than its default. null for a kind without numeric arguments in the
 * plan.
 */
const LAYERS: { readonly [K in PlannedKind]: string | null } = {
  input: null,
  dense: "it: dense 4 tanh l1=0.1 l2=0.2\n  dense 1",
  activation: null,
  neuron: "it: neuron a, b, not c threshold=2\n  x: dense 3 from i\n  concat from it, x\n  dense 1",
  batch_norm: "it: batch_norm momentum=0.5 epsilon=0.25\n  dense 1",
  layer_norm: "it: layer_norm epsilon=0.25\n  dense 1",
  normalize: null,
  dropout: "it: dropout 0.25\n  dense 1",
  flatten: null,
  reshape: null,
  concat: null,
  add: null,
  multiply: null,
  subtract: null,
  average: null,
  maximum: null,
  minimum: null,
  gaussian_noise: "it: gaussian_noise 0.25\n  dense 1",
  prelu: null,
};

describe("every setting is read", () => {
  test.each(names(activations).filter((name) => isScalar({ name })))("activation %s", async (name) => {
    await expectAllRead("activations", name, (use) => isScalar(use) && POINTS.map((z) => valueAt(use, z)));
    await expectAllRead("activations", name, (use) => isScalar(use) && POINTS.map((z) => slopeAt(use, z, valueAt(use, z))));
  });

  test.each(names(schedules).filter((name): name is StepScheduleName => isStepSchedule({ name })))("schedule %s", async (name) => {
    await expectAllRead("schedules", name, (use) => Array.from({ length: 400 }, (_, step) => rateAt(use, step / 16)));
  });

  test.each(names(generators))("generator %s", async (name) => {
    await expectAllRead("sources", name, (use) => generate(use));
  });

  test.each(names(initializers))("initializer %s", async (name) => {
    await expectAllRead("initializers", name, (use) =>
      weightsAfter(
        withLayers(plan, (layer) => ({
          ...layer,
          parameters: layer.parameters.map((one) => ({ ...one, start: { kind: "initializer", use } })),
        })),
      ),
    );
  });

  test.each(names(losses))("loss %s", async (name) => {
    const { training, ...rest } = isCategorical(name) ? planOfClasses : plan;
    await expectAllRead("losses", name, (loss) =>
      weightsAfter({ ...rest, training: { ...training, outputs: training.outputs.map((output) => ({ ...output, loss })) } }),
    );
  });

  test.each(names(optimizers))("optimizer %s", async (name) => {
    await expectAllRead("optimizers", name, (optimizer) => weightsAfter(withTraining({ optimizer })));
  });

  test.each(names(LAYERS))("layer %s", async (kind) => {
    const lines = LAYERS[kind];
    const known: Arguments = kind === "activation" ? {} : layers[kind].arguments;
    if (lines === null) {
      expect(Object.values(known).filter(isNumeric)).toEqual([]);
      return;
    }
    const whole = planOf(text(lines));
    const layer = whole.network.layers.find(({ id }) => id === "it") as unknown as Readonly<Record<string, number | boolean>>;
    const weights = await weightsAfter(whole);
    const read = names(known).filter((name) => isNumeric(known[name] as Argument) && name in layer);
    expect(read.length).toBeGreaterThan(0);
    for (const name of read) {
      const value = layer[name];
      const other = typeof value === "boolean" ? !value : kind === "neuron" ? Number(value) - 1 : Number(value) / 2;
      const changed = withLayers(whole, (one) => (one.id === "it" ? ({ ...one, [name]: other } as PlannedLayer) : one));
      expect(await weightsAfter(changed), name).not.toEqual(weights);
    }
  });
});
