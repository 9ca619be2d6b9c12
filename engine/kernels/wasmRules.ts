/**
 * The compiled updates of optimizers and sums of losses. The loops in training/optimizers.ts and network/outputLosses.ts replace those that are not
 * compiled.
 */
import type { EveryRead, Reads } from "../catalog/arguments.ts";
import type { Configured, SettingsOf } from "../catalog/index.ts";
import type { LossName } from "../catalog/losses.ts";
import type { OptimizerName } from "../catalog/optimizers.ts";
import { type Compiled, type CompiledLossName, LOSSES } from "./abi.ts";
import { adamaxRate, adamRate, type LossKernel, type Numbers, type Update } from "./kernels.ts";
import type { Recorder } from "./recording.ts";
import type { CompiledModule } from "./wasmModule.ts";

type Rule<S> = (settings: S, module: CompiledModule, recorder: Recorder) => Update | undefined;

/** Returns the optimizer's compiled update, or undefined if these settings are not compiled. */
export function updateFor<O extends OptimizerName>(
  { name, settings }: Configured<"optimizers", O>,
  module: CompiledModule,
  recorder: Recorder,
): Update | undefined {
  return RULES[name]?.(settings, module, recorder);
}

const offsetOf = ({ byteOffset }: Numbers, from: number): number => byteOffset + 4 * from;

const sgd: Rule<Reads<"momentum" | "nesterov">> = ({ momentum, nesterov }, { call }, recorder) => {
  const [plain, withMomentum] = [call("sgd"), call("momentum")];
  return (weights, gradients, from, to, rate, { slots }) => {
    const [w, g, length] = [offsetOf(weights, from), offsetOf(gradients, from), to - from];
    if (momentum === 0) {
      if (recorder.isOn) recorder.add({ call: "sgd", w, g, length });
      else plain(w, g, length, rate);
      return;
    }
    const m = offsetOf(slots[0], from);
    if (recorder.isOn) recorder.add({ call: "momentum", w, g, m, length, momentum, nesterov });
    else withMomentum(w, g, m, length, rate, momentum, nesterov);
  };
};

type AdamSettings = Reads<"amsgrad" | "beta_1" | "beta_2" | "epsilon">;
const adamw: Rule<AdamSettings & Reads<"weight_decay">> = ({ amsgrad, beta_1, beta_2, epsilon, weight_decay }, { call }, recorder) => {
  const compiled = call("adam");
  return (weights, gradients, from, to, rate, { slots, step }) => {
    const [w, g, m, v, ofLargest] = [weights, gradients, ...slots].map((numbers) => offsetOf(numbers, from));
    const [length, decay, largest] = [to - from, 1 - rate * weight_decay, amsgrad ? ofLargest : 0];
    if (recorder.isOn) recorder.add({ call: "adam", w, g, m, v, length, beta1: beta_1, beta2: beta_2, epsilon, decay, largest });
    else compiled(w, g, m, v, length, adamRate({ beta_1, beta_2 }, rate, step), beta_1, beta_2, epsilon, decay, largest);
  };
};

const adam: Rule<AdamSettings> = (settings, ...parts) => adamw({ ...settings, weight_decay: 0 }, ...parts);

const rmsprop: Rule<Reads<"momentum" | "centered" | "rho" | "epsilon">> = ({ momentum, centered, rho, epsilon }, { call }, recorder) => {
  const compiled = call("rmsprop");
  return (weights, gradients, from, to, rate, { slots }) => {
    const [w, g, v, ofMomentum, ofMean] = [weights, gradients, ...slots].map((numbers) => offsetOf(numbers, from));
    const [length, m, mean] = [to - from, momentum > 0 ? ofMomentum : 0, centered ? ofMean : 0];
    if (recorder.isOn) recorder.add({ call: "rmsprop", w, g, v, length, rho, epsilon, momentum, m, mean });
    else compiled(w, g, v, length, rate, rho, epsilon, momentum, m, mean);
  };
};

const adadelta: Rule<Reads<"rho" | "epsilon">> = ({ rho, epsilon }, { call }, recorder) => {
  const compiled = call("adadelta");
  return (weights, gradients, from, to, rate, { slots }) => {
    const [w, g, e, d] = [weights, gradients, ...slots].map((numbers) => offsetOf(numbers, from));
    const length = to - from;
    if (recorder.isOn) recorder.add({ call: "adadelta", w, g, e, d, length, rho, epsilon });
    else compiled(w, g, e, d, length, rate, rho, epsilon);
  };
};

const adamax: Rule<Reads<"beta_1" | "beta_2" | "epsilon">> = ({ beta_1: beta1, beta_2: beta2, epsilon }, { call }, recorder) => {
  const compiled = call("adamax");
  return (weights, gradients, from, to, rate, { slots, step }) => {
    const [w, g, m, u] = [weights, gradients, ...slots].map((numbers) => offsetOf(numbers, from));
    const length = to - from;
    if (recorder.isOn) recorder.add({ call: "adamax", w, g, m, u, length, beta1, beta2, epsilon });
    else compiled(w, g, m, u, length, adamaxRate({ beta_1: beta1 }, rate, step), beta1, beta2, epsilon);
  };
};

const lion: Rule<Reads<"beta_1" | "beta_2">> = ({ beta_1: beta1, beta_2: beta2 }, { call }, recorder) => {
  const compiled = call("lion");
  return (weights, gradients, from, to, rate, { slots }) => {
    const [w, g, m] = [weights, gradients, ...slots].map((numbers) => offsetOf(numbers, from));
    const length = to - from;
    if (recorder.isOn) recorder.add({ call: "lion", w, g, m, length, beta1, beta2 });
    else compiled(w, g, m, length, rate, beta1, beta2);
  };
};

/** The compiled optimizers; undefined for one that is not compiled. */
const rules = {
  sgd,
  adagrad: undefined,
  rmsprop,
  adam,
  adamw,
  nadam: undefined,
  adadelta,
  adamax,
  lion,
  perceptron: undefined,
};
const RULES: { readonly [O in OptimizerName]: Rule<SettingsOf<"optimizers">[O]> | undefined } = rules satisfies EveryRead<
  Pick<SettingsOf<"optimizers">, Compiled<typeof rules>>,
  [typeof rules]
>;

const smoothing = ({ label_smoothing }: Reads<"label_smoothing">): number => label_smoothing;
/** The setting that a compiled loss takes, if any. */
const lossSettings = {
  huber: ({ delta }: Reads<"delta">): number => delta,
  binary_focal_crossentropy: ({ gamma }: Reads<"gamma">): number => gamma,
  binary_crossentropy: smoothing,
  categorical_crossentropy: smoothing,
  sparse_categorical_crossentropy: smoothing,
};
const LOSS_SETTINGS: { readonly [L in LossName]?: (settings: SettingsOf<"losses">[L]) => number } = lossSettings satisfies EveryRead<
  Pick<SettingsOf<"losses">, CompiledLossName>,
  [typeof lossSettings]
>;
const lossSetting = <L extends LossName>({ name, settings }: Configured<"losses", L>): number => LOSS_SETTINGS[name]?.(settings) ?? 0;

/** Returns the compiled loss, or undefined if it is not compiled after this activation. */
export function lossFor(
  use: Configured<"losses">,
  activation: string | undefined,
  { call }: CompiledModule,
  recorder: Recorder,
): LossKernel | undefined {
  const compiled = LOSSES[use.name];
  if (!compiled || (compiled.after !== undefined && compiled.after !== activation)) return undefined;
  const { number: loss } = compiled;
  const [total, gradientOf] = [call("lossTotal"), call("addLossGradient")];
  const [weightedTotal, weightedGradientOf] = [call("weightedLossTotal"), call("addWeightedLossGradient")];
  const setting = lossSetting(use);
  return {
    ofPreactivation: compiled.after !== undefined,
    total(z, a, t, rows, units, factor, weighted) {
      const [zAt, aAt, tAt] = [z.byteOffset, a.byteOffset, t.byteOffset];
      const weights = weighted?.values.byteOffset ?? 0;
      if (recorder.isOn) {
        recorder.add({ call: "lossTotal", loss, z: zAt, a: aAt, t: tAt, places: recorder.width(rows), units, factor, setting, weights });
        return 0;
      }
      if (!weighted) return factor * total(loss, zAt, aAt, tAt, rows, units, setting);
      const { places } = weighted;
      return factor * weightedTotal(loss, zAt, aAt, tAt, weights, rows / places, places, units, setting);
    },
    addGradient(a, t, gradient, rows, units, factor, weighted) {
      const [aAt, tAt, gAt] = [a.byteOffset, t.byteOffset, gradient.byteOffset];
      const weights = weighted?.values.byteOffset ?? 0;
      if (recorder.isOn) {
        const places = recorder.width(rows);
        // `factor` is already divided by the number of rows. A recording knows that number only when it runs, so the module does the division.
        const whole = (factor * rows) / places;
        recorder.add({ call: "lossGradient", loss, a: aAt, t: tAt, g: gAt, places, units, factor: whole, setting, weights });
      } else if (!weighted) gradientOf(loss, aAt, tAt, gAt, rows, units, factor, setting, 0);
      else {
        const { places } = weighted;
        weightedGradientOf(loss, aAt, tAt, weights, gAt, rows / places, places, units, factor, setting, 0);
      }
    },
  };
}
