/**
 * The compiled updates of optimizers and sums of losses. For those that are not compiled, the loops in training/optimizers.ts and
 * network/outputLosses.ts run.
 */
import type { EveryRead, Reads } from "../catalog/arguments.ts";
import type { Configured, SettingsOf } from "../catalog/index.ts";
import type { LossName } from "../catalog/losses.ts";
import type { OptimizerName } from "../catalog/optimizers.ts";
import { type Compiled, type CompiledLossName, LOSSES } from "./abi.ts";
import { adamRate, type LossKernel, type Numbers, type Update } from "./kernels.ts";
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
  if (amsgrad) return undefined;
  const compiled = call("adam");
  return (weights, gradients, from, to, rate, { slots, step }) => {
    const [w, g, m, v] = [weights, gradients, ...slots].map((numbers) => offsetOf(numbers, from));
    const [length, decay] = [to - from, 1 - rate * weight_decay];
    if (recorder.isOn) recorder.add({ call: "adam", w, g, m, v, length, beta1: beta_1, beta2: beta_2, epsilon, decay });
    else compiled(w, g, m, v, length, adamRate({ beta_1, beta_2 }, rate, step), beta_1, beta_2, epsilon, decay);
  };
};

const adam: Rule<AdamSettings> = (settings, ...parts) => adamw({ ...settings, weight_decay: 0 }, ...parts);

const rmsprop: Rule<Reads<"momentum" | "centered" | "rho" | "epsilon">> = ({ momentum, centered, rho, epsilon }, { call }, recorder) => {
  if (momentum !== 0 || centered) return undefined;
  const compiled = call("rmsprop");
  return (weights, gradients, from, to, rate, { slots }) => {
    const [w, g, v] = [weights, gradients, ...slots].map((numbers) => offsetOf(numbers, from));
    const length = to - from;
    if (recorder.isOn) recorder.add({ call: "rmsprop", w, g, v, length, rho, epsilon });
    else compiled(w, g, v, length, rate, rho, epsilon);
  };
};

/** The compiled optimizers; undefined for one that is not compiled. */
const rules = { sgd, adagrad: undefined, rmsprop, adam, adamw, nadam: undefined, perceptron: undefined };
const RULES: { readonly [O in OptimizerName]: Rule<SettingsOf<"optimizers">[O]> | undefined } = rules satisfies EveryRead<
  Pick<SettingsOf<"optimizers">, Compiled<typeof rules>>,
  [typeof rules]
>;

/** The setting that a compiled loss takes, where it has one. */
const lossSettings = { huber: ({ delta }: Reads<"delta">): number => delta };
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
  const setting = lossSetting(use);
  return {
    ofPreactivation: compiled.after !== undefined,
    total(z, a, t, rows, units, factor) {
      const [zAt, aAt, tAt] = [z.byteOffset, a.byteOffset, t.byteOffset];
      if (!recorder.isOn) return factor * total(loss, zAt, aAt, tAt, rows, units, setting);
      recorder.add({ call: "lossTotal", loss, z: zAt, a: aAt, t: tAt, places: recorder.width(rows), units, factor, setting });
      return 0;
    },
    addGradient(a, t, gradient, rows, units, factor) {
      const [aAt, tAt, gAt] = [a.byteOffset, t.byteOffset, gradient.byteOffset];
      if (recorder.isOn) {
        const places = recorder.width(rows);
        // `factor` is divided by the number of rows, which a recording knows only when it runs: the module divides by it.
        recorder.add({ call: "lossGradient", loss, a: aAt, t: tAt, g: gAt, places, units, factor: (factor * rows) / places, setting });
      } else gradientOf(loss, aAt, tAt, gAt, rows, units, factor, setting, 0);
    },
  };
}
