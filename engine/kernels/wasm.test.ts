/**
 * Compares the compiled kernels with the reference kernels: each kernel at odd sizes, with NaN and infinity, and whole trainings. The file is long
 * because each kernel needs its own comparison.
 */
import { describe, expect, test } from "vitest";
import { atOnce, builtKernels, epochsOf, noFiles, planOf, seed } from "../../test/fixtures.ts";
import { activations, type ScalarActivationName } from "../catalog/activations.ts";
import { names, withDefaults } from "../catalog/index.ts";
import { losses } from "../catalog/losses.ts";
import type { TrainingEvent } from "../events.ts";
import { randomFrom, shuffle, streamState } from "../random.ts";
import { type Trained, train } from "../training/trainer.ts";
import { GRADIENT_STATISTICS } from "./abi.ts";
import type { Numbers, RecordingKernels } from "./kernels.ts";
import { referenceKernels } from "./reference.ts";
import { wasmKernels } from "./wasm.ts";

const files = builtKernels();
const SIZES = [1, 2, 3, 4, 7, 8, 9, 31, 32];

async function kernelsOf(isStrict: boolean): Promise<RecordingKernels> {
  const kernels = await wasmKernels(files, isStrict);
  if (!kernels) throw new Error("This machine can't run the compiled kernels.");
  return kernels;
}
const reference = referenceKernels("float64");
const random = randomFrom(seed, "weights");
const drawn = (length: number): number[] => Array.from({ length }, () => Math.fround(random.normal()));

/** Returns the same numbers for the compiled and the reference kernels. `check` fails if a kernel wrote past the end of its array. */
function pair(kernels: RecordingKernels, values: readonly number[]): { fast: Numbers; slow: Float64Array; check: () => void } {
  const whole = kernels.allocate(values.length + 8);
  whole.set(values);
  whole.fill(777, values.length);
  return {
    fast: whole.subarray(0, values.length),
    slow: Float64Array.from(values),
    check: () => expect([...whole.subarray(values.length)]).toEqual(Array(8).fill(777)),
  };
}

/** Fails if the numbers differ by more than the rounding of float32 sums of `terms` terms. */
function expectClose(fast: Numbers, slow: Numbers, terms: number, what: string): void {
  const tolerance = 1e-6 * Math.sqrt(terms);
  for (let i = 0; i < slow.length; i++) {
    const [a, b] = [fast[i] ?? Number.NaN, slow[i] ?? Number.NaN];
    // Calling `expect` for each number would take most of these tests' time.
    const isClose = Number.isFinite(b) ? Math.abs(a - b) <= tolerance * (4 + Math.abs(b)) : Object.is(a, b);
    if (!isClose) expect.fail(`${what} [${i}]: ${a} and ${b}`);
  }
}

describe.each([
  ["fused", false],
  ["strict", true],
] as const)(`the compiled kernels, %s (seed ${seed})`, (_name, isStrict) => {
  test("products equal the reference's at every odd size and write nothing past their arrays", async () => {
    const kernels = await kernelsOf(isStrict);
    for (const rows of SIZES) {
      for (const inputs of [...SIZES, ...(rows % 8 === 1 ? [1030] : [])]) {
        for (const units of [...SIZES, ...(rows % 8 === 1 && inputs < 33 ? [1030] : [])]) {
          const [x, w, b, dz] = [rows * inputs, inputs * units, units, rows * units].map((length) => pair(kernels, drawn(length)));
          if (!x || !w || !b || !dz) throw new Error("Four arrays are expected.");
          const z = pair(kernels, drawn(rows * units));
          const what = `${rows} x ${inputs} x ${units}`;
          kernels.affine(x.fast, w.fast, b.fast, z.fast, rows, inputs, units);
          reference.affine(x.slow, w.slow, b.slow, z.slow, rows, inputs, units);
          expectClose(z.fast, z.slow, inputs, `affine ${what}`);
          kernels.affine(x.fast, w.fast, undefined, z.fast, rows, inputs, units);
          reference.affine(x.slow, w.slow, undefined, z.slow, rows, inputs, units);
          expectClose(z.fast, z.slow, inputs, `affine without bias ${what}`);
          for (const [ofKernel, ofBias] of [
            ["kernelGradient", "biasGradient"],
            ["addKernelGradient", "addBiasGradient"],
          ] as const) {
            const dw = pair(kernels, drawn(inputs * units));
            const db = pair(kernels, drawn(units));
            kernels[ofKernel](x.fast, dz.fast, dw.fast, rows, inputs, units);
            reference[ofKernel](x.slow, dz.slow, dw.slow, rows, inputs, units);
            expectClose(dw.fast, dw.slow, rows, `${ofKernel} ${what}`);
            kernels[ofBias](dz.fast, db.fast, rows, units);
            reference[ofBias](dz.slow, db.slow, rows, units);
            expectClose(db.fast, db.slow, rows, `${ofBias} ${what}`);
            dw.check();
            db.check();
          }
          const dx = pair(kernels, drawn(rows * inputs));
          kernels.addInputGradient(dz.fast, w.fast, dx.fast, rows, inputs, units);
          reference.addInputGradient(dz.slow, w.slow, dx.slow, rows, inputs, units);
          expectClose(dx.fast, dx.slow, units, `input gradient ${what}`);
          for (const one of [z, dx]) one.check();
        }
      }
    }
  });

  test("a row's numbers do not depend on which rows are computed with it", async () => {
    const kernels = await kernelsOf(isStrict);
    for (const [inputs, units] of [
      [31, 9],
      [1100, 520],
    ] as const) {
      const rows = 13;
      const [x, w, b] = [rows * inputs, inputs * units, units].map((length) => pair(kernels, drawn(length)).fast);
      const [all, one] = [kernels.allocate(rows * units), kernels.allocate(units)];
      if (!x || !w || !b) throw new Error("Three arrays are expected.");
      kernels.affine(x, w, b, all, rows, inputs, units);
      for (let row = 0; row < rows; row++) {
        kernels.affine(x.subarray(row * inputs), w, b, one, 1, inputs, units);
        expect([...one]).toEqual([...all.subarray(row * units, (row + 1) * units)]);
      }
    }
  });

  test.each((names(activations) as (keyof typeof activations)[]).filter((name): name is ScalarActivationName => name !== "softmax"))(
    "%s: the error is below 3e-7 from -30 to 30, and NaN, infinity and 0 are the reference's",
    async (name) => {
      const kernels = await kernelsOf(isStrict);
      const special = [0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-30, -1e-30, 88, -88, 104, -104, 1e30, -1e30];
      const values = [...Array.from({ length: 2401 }, (_, i) => Math.fround((i - 1200) / 40)), ...special];
      const use = withDefaults("activations", name);
      const [fast, slow] = [kernels.activation(use), reference.activation(use)];
      const [z, a, da, dz] = [values, values.map(() => 0), values.map(() => 1), values.map(() => 0)].map((one) => pair(kernels, one));
      if (!z || !a || !da || !dz) throw new Error("Four arrays are expected.");
      fast.forward(z.fast, a.fast, values.length);
      slow.forward(z.slow, a.slow, values.length);
      fast.backward(z.fast, a.fast, da.fast, dz.fast, values.length);
      slow.backward(z.slow, a.slow, da.slow, dz.slow, values.length);
      let worst = 0;
      for (const [kind, got, wanted] of [
        ["value", a.fast, a.slow],
        ["slope", dz.fast, dz.slow],
      ] as const) {
        for (let i = 0; i < values.length; i++) {
          const [g, w] = [got[i] ?? 0, wanted[i] ?? 0];
          if (Number.isNaN(w) || Math.abs(w) > 3e38) expect(g, `${kind} at ${values[i]}`).toBe(Math.fround(w));
          else worst = Math.max(worst, Math.abs(g - w) / Math.max(1, Math.abs(w)));
        }
      }
      expect(worst).toBeLessThan(3e-7);
    },
  );

  test("softmax, its gradient, gradient statistics and zero counts equal the reference's", async () => {
    const kernels = await kernelsOf(isStrict);
    for (const rows of SIZES) {
      for (const units of SIZES) {
        const [z, da, dz, a] = [1, 1, 1, 0].map((size) =>
          pair(
            kernels,
            drawn(rows * units).map((value) => size * 3 * value),
          ),
        );
        if (!z || !da || !dz || !a) throw new Error("Four arrays are expected.");
        kernels.softmax(z.fast, a.fast, rows, units);
        reference.softmax(z.slow, a.slow, rows, units);
        expectClose(a.fast, a.slow, units, "softmax");
        kernels.addSoftmaxGradient(a.fast, da.fast, dz.fast, rows, units);
        reference.addSoftmaxGradient(a.slow, da.slow, dz.slow, rows, units);
        expectClose(dz.fast, dz.slow, units, "softmax gradient");
        for (const one of [a, dz]) one.check();
        const counts = pair(kernels, Array(units).fill(2));
        const zeroed = pair(
          kernels,
          drawn(rows * units).map((value) => (value > 0 ? value : 0)),
        );
        kernels.countZeros(zeroed.fast, counts.fast, rows, units);
        reference.countZeros(zeroed.slow, counts.slow, rows, units);
        expectClose(counts.fast, counts.slow, 1, "zeros");
        counts.check();
        const [totals, slow] = [kernels.allocateSums(2 * GRADIENT_STATISTICS), new Float64Array(2 * GRADIENT_STATISTICS)];
        expect(kernels.addGradientStatistics(zeroed.fast, 0, rows * units, totals, 1)).toBe(true);
        reference.addGradientStatistics(zeroed.slow, 0, rows * units, slow, 1);
        expectClose(totals, slow, rows * units, "statistics");
      }
    }
    // The squares of these large and small numbers are outside float32's range.
    for (const size of [1e25, 1e-25]) {
      const [far, sums] = [pair(kernels, [3 * size, 4 * size, 0, 0, 0]), kernels.allocateSums(GRADIENT_STATISTICS)];
      expect(kernels.addGradientStatistics(far.fast, 0, 5, sums, 0)).toBe(true);
      expect((sums[0] ?? 0) / size).toBeCloseTo(5, 5);
    }
    const bad = pair(kernels, [1, Number.NaN, 2, 3, 4]);
    expect(kernels.addGradientStatistics(bad.fast, 0, 5, kernels.allocateSums(GRADIENT_STATISTICS), 0)).toBe(false);
    expect(kernels.addGradientStatistics(bad.fast, 2, 5, kernels.allocateSums(GRADIENT_STATISTICS), 0)).toBe(true);
  });
});

test(`the compiled shuffle equals the engine's (seed ${seed})`, async () => {
  const kernels = await kernelsOf(false);
  for (const length of [1, 2, 3, 100, 10_007]) {
    const order = kernels.allocateIndices(length);
    const wanted = new Uint32Array(length);
    for (let i = 0; i < length; i++) wanted[i] = order[i] = i;
    kernels.shuffle(order, streamState(seed, "shuffle", length));
    shuffle(wanted, randomFrom(seed, "shuffle", length));
    expect([...order]).toEqual([...wanted]);
  }
});

test("rows are gathered from memory outside the module too, but such a call can't be recorded", async () => {
  const kernels = await kernelsOf(false);
  const [own, order, to] = [kernels.allocate(6), kernels.allocateIndices(2), kernels.allocate(4)];
  own.set([1, 2, 3, 4, 5, 6]);
  order.set([2, 0]);
  const [table, elsewhere] = [Float32Array.from(own), Uint32Array.from(order)];
  for (const [from, by] of [
    [own, order],
    [table, order],
    [own, elsewhere],
    [table, elsewhere],
  ] as const) {
    to.fill(0);
    kernels.gather(from, 2, 0, 2, by, 0, 2, to, 0, 2);
    expect([...to]).toEqual([5, 6, 1, 2]);
    const recording = kernels.record(2, () => kernels.gather(from, 2, 0, 2, by, 0, 2, to, 0, 2));
    expect(recording === undefined).toBe(from !== own || by !== order);
  }
});

const TABLE = `data D {\n  features a, b, c\n  target y\n${Array.from({ length: 37 }, (_, i) => `  ${(i * 7) % 11} ${(i * 5) % 13} ${i % 3} -> ${i % 3}`).join("\n")}\n}\n`;
const NUMBERS = TABLE.replaceAll(/-> (\d)/g, "-> 0.$1");
const ABOVE_ZERO = TABLE.replaceAll(/-> (\d)/g, "-> 1.$1");
const NAMED = TABLE.replaceAll(/-> (\d)/g, '-> "c$1"');
const ZERO_ONE = TABLE.replaceAll(/-> 2/g, "-> 1");
const weighted = (table: string, weights: string): string => table.replace(/\}\n$/, `  class_weight ${weights}\n}\n`);
/** The table with a fourth column of weights, 0 in every third row. */
const withRowWeights = (table: string): string =>
  table.replace("features a, b, c", "features a, b, c, w\n  sample_weight w").replaceAll(/(\d) ->/g, (_, k: string) => `${k} 0.${k} ->`);
/** One row of three classes, one-hot. */
const ONE_HOT = TABLE.replace("target y", "target t0, t1, t2").replaceAll(
  /-> (\d)/g,
  (_, k: string) => `-> ${["1 0 0", "0 1 0", "0 0 1"][Number(k)]}`,
);
/** Two classes of three in each row, one-hot. */
const TWO_PLACES = TABLE.replace("target y", "target t0, t1, t2, t3, t4, t5").replaceAll(
  /-> (\d)/g,
  (_, k: string) => `-> ${["1 0 0 0 1 0", "0 1 0 0 0 1", "0 0 1 1 0 0"][Number(k)]}`,
);
const text = (layers: string, training: string, data = TABLE): string =>
  `model M {\n  input a, b, c\n${layers}\n}\n${data}train M on D {\n  batch 8\n  epochs 12\n${training}\n}\n`;

/** Each case's name, layers, training and data. */
const TRAININGS: readonly (readonly [string, string, string, string?])[] = [
  ["softmax", "dense 9 relu\n dense 3 softmax", "loss sparse_categorical_crossentropy\n optimizer sgd(learning_rate=0.05)"],
  ["one-hot", "dense 9 tanh\n dense 3 softmax", "loss categorical_crossentropy\n optimizer adam(learning_rate=0.01)", NAMED],
  ["sigmoid", "dense 5 sigmoid\n dense 1 sigmoid", "loss binary_crossentropy\n optimizer sgd(learning_rate=0.1, momentum=0.9)", ZERO_ONE],
  ["mse", "dense 7 swish\n dense 1", "loss mse\n optimizer rmsprop(learning_rate=0.01)", NUMBERS],
  ["mae", "dense 7 gelu\n dense 1", "loss mae\n optimizer adamw(learning_rate=0.01)", NUMBERS],
  [
    "huber",
    "h: dense 7 elu\n s: dense 7 softplus from h\n add from h, s\n relu\n dense 1",
    "loss huber(0.2)\n optimizer sgd(learning_rate=0.05, momentum=0.8, nesterov=true)",
    NUMBERS,
  ],
  ["a schedule", "dense 6 selu\n dense 1", "loss mse\n optimizer adam(learning_rate=exponential_decay(0.02, steps=10, rate=0.5))", NUMBERS],
  ["metrics", "dense 9 leaky_relu\n dense 3 softmax", "loss sparse_categorical_crossentropy\n optimizer adam\n metrics accuracy"],
  [
    "softmax on two axes",
    "dense 12 tanh\n reshape 6x2\n softmax\n flatten\n dense 3 softmax",
    "loss sparse_categorical_crossentropy\n optimizer adam",
  ],
  [
    "a loss on two axes",
    "dense 5 tanh\n dense 6\n reshape 2x3\n softmax",
    "loss categorical_crossentropy\n optimizer sgd(learning_rate=0.05)\n metrics accuracy",
    TWO_PLACES,
  ],
  ["log_cosh", "dense 7 mish\n dense 1", "loss log_cosh\n optimizer adadelta(learning_rate=2)", NUMBERS],
  ["mape", "dense 7 hard_swish\n dense 1", "loss mape\n optimizer adamax(learning_rate=0.002)", ABOVE_ZERO],
  ["msle", "dense 7 relu6\n dense 1 exponential", "loss msle\n optimizer rmsprop(learning_rate=0.003, centered=true)"],
  ["poisson", "dense 7 log_sigmoid\n dense 1 softplus", "loss poisson\n optimizer adam(learning_rate=0.01, amsgrad=true)"],
  ["kl_divergence", "dense 7 mish\n dense 3 softmax", "loss kl_divergence\n optimizer rmsprop(learning_rate=0.003, momentum=0.5)", NAMED],
  ["focal", "dense 7 tanh\n dense 1 sigmoid", "loss binary_focal_crossentropy(gamma=1.5)\n optimizer adam(learning_rate=0.01)", ZERO_ONE],
  ["squared_hinge", "dense 7 softsign\n dense 1 tanh", "loss squared_hinge\n optimizer lion(learning_rate=0.002)", ZERO_ONE],
  [
    "hinge with momentum and centred squares",
    "dense 7 tanh\n dense 1",
    "loss hinge\n optimizer rmsprop(learning_rate=0.002, momentum=0.5, centered=true)",
    ZERO_ONE,
  ],
  [
    "smoothed labels of two classes",
    "dense 7 tanh\n dense 1 sigmoid",
    "loss binary_crossentropy(label_smoothing=0.1)\n optimizer adam(learning_rate=0.01)",
    ZERO_ONE,
  ],
  [
    "smoothed labels of three classes",
    "dense 9 relu\n dense 3 softmax",
    "loss sparse_categorical_crossentropy(label_smoothing=0.2)\n optimizer sgd(learning_rate=0.05)",
  ],
  [
    "smoothed one-hot labels",
    "dense 9 tanh\n dense 3 softmax",
    "loss categorical_crossentropy(label_smoothing=0.2)\n optimizer adam(learning_rate=0.01)",
    NAMED,
  ],
  [
    "differences and means",
    "h: dense 7 tanh\n s: dense 7 relu from h\n d: subtract from s, h, h\n average from d, h, s\n dense 1",
    "loss mse\n optimizer sgd(learning_rate=0.05)",
    NUMBERS,
  ],
  // These can't be recorded and run batch by batch.
  [
    "extremes, noise and learned slopes",
    "h: dense 7 tanh\n s: dense 7 from h\n maximum from h, s\n m: prelu\n minimum from m, h\n gaussian_noise 0.1\n dense 1",
    "loss mse\n optimizer adam(learning_rate=0.01)",
    NUMBERS,
  ],
  [
    "dropout and batch_norm",
    "dense 9 relu\n batch_norm\n dropout 0.2\n dense 3 softmax",
    "loss sparse_categorical_crossentropy\n optimizer adam",
  ],
  [
    "penalties and clipping",
    "dense 9 relu l2=0.01\n dense 3 softmax",
    "loss sparse_categorical_crossentropy\n optimizer nadam\n clip norm=1",
  ],
  ["hinge", "dense 9 softsign\n dense 1", "loss hinge\n optimizer adagrad", ZERO_ONE],
  [
    "weights of classes",
    "dense 9 relu\n dense 3 softmax",
    "loss sparse_categorical_crossentropy\n optimizer sgd(learning_rate=0.05)",
    weighted(TABLE, "0=0.25 2=4"),
  ],
  [
    "weights of one-hot classes",
    "dense 9 tanh\n dense 3 softmax",
    "loss categorical_crossentropy(label_smoothing=0.1)\n optimizer adam(learning_rate=0.01)",
    weighted(ONE_HOT, "t0=0.25 t2=4"),
  ],
  [
    "weights of classes under a loss by units",
    "dense 9 tanh\n dense 3 softmax",
    "loss kl_divergence\n optimizer sgd(learning_rate=0.05)",
    weighted(NAMED, "c0=0.25 c2=4"),
  ],
  [
    "weights of rows at two places",
    "dense 5 tanh\n dense 6\n reshape 2x3\n softmax",
    "loss categorical_crossentropy\n optimizer sgd(learning_rate=0.05)\n metrics accuracy",
    withRowWeights(TWO_PLACES),
  ],
  [
    "weights of rows and of an output on six units",
    "dense 7 tanh\n out: dense 6",
    "loss mse\n optimizer adam(learning_rate=0.01)\n loss_weights out=0.5",
    withRowWeights(TWO_PLACES),
  ],
  [
    "balanced classes",
    "dense 5 sigmoid\n dense 1 sigmoid",
    "loss binary_crossentropy\n optimizer sgd(learning_rate=0.1)\n metrics accuracy",
    weighted(ZERO_ONE, "balanced"),
  ],
  [
    "a frozen layer",
    "dense 9 relu freeze=true\n dense 3 hard_sigmoid\n dense 3 softmax",
    "loss sparse_categorical_crossentropy\n optimizer sgd",
  ],
];

async function trained(plan: ReturnType<typeof planOf>, options: object): Promise<{ result: Trained; events: TrainingEvent[] }> {
  const events: TrainingEvent[] = [];
  const result = await train(plan, { host: atOnce, files: noFiles, emit: (event) => void events.push(event), ...options });
  if (!result) throw new Error(JSON.stringify(events.at(-1)));
  return { result, events };
}

describe("whole trainings", () => {
  test.each(TRAININGS)(
    "%s: every epoch's loss and gradients equal the reference's within 1e-4",
    async (_name, layers = "", training = "", data = TABLE) => {
      const plan = planOf(text(layers, training, data));
      const slow = await trained(plan, { precision: "float64" });
      for (const kernels of [files, { fused: files.strict, strict: files.strict }]) {
        const fast = await trained(plan, { precision: "float32", kernels });
        expect(fast.result.network.kernels.name).toMatch(/^wasm/);
        const [quick, wanted] = [epochsOf(fast.events), epochsOf(slow.events)];
        expect(quick.length).toBe(wanted.length);
        quick.forEach((epoch, k) => {
          const other = wanted[k];
          expect(Math.abs(epoch.loss - (other?.loss ?? 0)) / Math.max(0.1, other?.loss ?? 1), `epoch ${k + 1}`).toBeLessThan(1e-4);
          epoch.layers.forEach(({ gradient, updateRatio }, j) => {
            const layer = other?.layers[j];
            expect(Math.abs(gradient.norm - (layer?.gradient.norm ?? 0))).toBeLessThan(1e-3 * (0.1 + gradient.norm));
            expect(Math.abs(updateRatio - (layer?.updateRatio ?? 0))).toBeLessThan(2e-4);
          });
          expect(Object.keys(epoch.metrics)).toEqual(Object.keys(other?.metrics ?? {}));
          for (const [name, value] of Object.entries(epoch.metrics)) expect(value, name).toBeCloseTo(other?.metrics[name] ?? Number.NaN, 5);
        });
      }
    },
  );

  test.each(TRAININGS)("%s: a second training has the same bits", async (_name, layers = "", training = "", data = TABLE) => {
    const plan = planOf(text(layers, training, data));
    const first = await trained(plan, { kernels: files });
    const again = await trained(plan, { kernels: files, host: { now: () => (clock += 50), rest: async () => "go" as const } });
    expect([...again.result.network.weights]).toEqual([...first.result.network.weights]);
  });
  let clock = 0;

  /** A training with 70 batches per epoch. Every second batch is sampled, and a kernel is large enough for a fused update. */
  const wide = (optimizer: string, units = "61 relu\n dense 37 tanh") =>
    planOf(
      `model M {\n  input a, b, c\n  dense ${units}\n  dense 3 softmax\n}\n${TABLE.replace(/((?: {2}.*->.*\n)+)/, (rows: string) => rows.repeat(16))}train M on D {\n  loss sparse_categorical_crossentropy\n  optimizer ${optimizer}\n  batch 8\n  epochs 2\n}\n`,
    );

  test.each([
    "sgd(learning_rate=0.01)",
    "sgd(learning_rate=0.0005, momentum=0.9)",
    "adam(learning_rate=0.002)",
    "adam(learning_rate=0.002, amsgrad=true)",
    "rmsprop(learning_rate=0.001)",
    "rmsprop(learning_rate=0.0005, momentum=0.5, centered=true)",
    "adadelta(learning_rate=0.5)",
    "adamax(learning_rate=0.002)",
    "lion(learning_rate=0.0002)",
  ])("%s: batches without statistics change the weights alike, and the statistics are those of the sampled batches", async (optimizer) => {
    const plan = wide(optimizer);
    const slow = await trained(plan, { precision: "float64" });
    const fast = await trained(plan, { kernels: files });
    const [got, wanted] = [fast.result.network.weights, slow.result.network.weights];
    const different = Array.from(wanted, (weight, i) => Math.abs((got[i] ?? 0) - weight)).filter((error) => !(error < 2e-4));
    // Rounding may flip the sign of a sum close to 0, and with it a whole step of lion.
    expect(different.length).toBeLessThanOrEqual(optimizer.startsWith("lion") ? 0.05 * wanted.length : 0);
    const [quick, plain] = [epochsOf(fast.events), epochsOf(slow.events)];
    expect(quick.length).toBe(2);
    quick.forEach(({ loss, layers }, k) => {
      expect(loss).toBeCloseTo(plain[k]?.loss ?? 0, 4);
      layers.forEach(({ gradient, deadUnits }, j) => {
        const other = plain[k]?.layers[j];
        expect(Math.abs(gradient.norm / (other?.gradient.norm ?? 0) - 1)).toBeLessThan(1e-3);
        expect(Math.abs(gradient.max / (other?.gradient.max ?? 0) - 1)).toBeLessThan(1e-3);
        expect(deadUnits).toBe(other?.deadUnits);
      });
    });
  });

  test("tiles of four rows and of six give the same bits", async () => {
    for (const optimizer of ["sgd(learning_rate=0.05)", "adam"]) {
      const [four, six] = [
        await trained(wide(optimizer), { kernels: { ...files, hasTallTiles: false } }),
        await trained(wide(optimizer), { kernels: { ...files, hasTallTiles: true } }),
      ];
      expect([...six.result.network.weights]).toEqual([...four.result.network.weights]);
      expect(epochsOf(six.events).map(({ layers }) => layers)).toEqual(epochsOf(four.events).map(({ layers }) => layers));
    }
  });

  test("`reproducible true` takes the strict build", async () => {
    const plan = planOf(text("dense 9 relu\n dense 3 softmax", "loss sparse_categorical_crossentropy\n reproducible true"));
    expect((await trained(plan, { kernels: files })).result.network.kernels.name).toBe("wasm strict");
  });

  test("a diverging training reports the same place whether it runs from a recording or batch by batch", async () => {
    const plan = planOf(text("dense 9\n dense 1", "loss mse\n optimizer sgd(learning_rate=1)", NUMBERS));
    const [slow, fast] = [await trained(plan, { precision: "float32" }), await trained(plan, { kernels: files })];
    const [wanted, got] = [slow.events.at(-1), fast.events.at(-1)];
    expect(got).toMatchObject({ kind: "diverged", code: "NN601", at: wanted && "at" in wanted ? wanted.at : "" });
    expect(fast.result.network.weights.every(Number.isFinite)).toBe(true);
  });

  test("every loss but the perceptron's is among the cases", () => {
    const named = TRAININGS.map(([, , training]) => /loss (\w+)/.exec(training)?.[1]);
    for (const loss of names(losses).filter((name) => name !== "perceptron")) expect(named).toContain(loss);
  });
});
