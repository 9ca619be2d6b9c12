/**
 * The rules of optimizers and losses, compiled. For what is not compiled the engine's own loops run (training/optimizers.ts,
 * network/losses.ts).
 */
import type { Configured } from "../catalog/index.ts";
import type { OptimizerName } from "../catalog/optimizers.ts";
import { LOSSES } from "./abi.ts";
import { type LossKernel, type Numbers, type Update, updateRate } from "./kernels.ts";
import type { Recorder } from "./recording.ts";
import type { CompiledModule } from "./wasmModule.ts";

type Rule<O extends OptimizerName> = (use: Configured<"optimizers", O>, module: CompiledModule, recorder: Recorder) => Update | undefined;

export function updateFor<O extends OptimizerName>(
  use: Configured<"optimizers", O>,
  module: CompiledModule,
  recorder: Recorder,
): Update | undefined {
  return RULES[use.name]?.(use, module, recorder);
}

const placeOf = ({ byteOffset }: Numbers, from: number): number => byteOffset + 4 * from;

const sgd: Rule<"sgd"> = ({ settings: { momentum, nesterov } }, { call }, recorder) => {
  const [plain, withMomentum] = [call("sgd"), call("momentum")];
  return (weights, gradients, from, to, rate, { slots }) => {
    const [w, g, length] = [placeOf(weights, from), placeOf(gradients, from), to - from];
    if (momentum === 0) {
      if (recorder.isOn) recorder.put({ call: "sgd", w, g, length });
      else plain(w, g, length, rate);
      return;
    }
    const m = placeOf(slots[0], from);
    if (recorder.isOn) recorder.put({ call: "momentum", w, g, m, length, momentum, nesterov });
    else withMomentum(w, g, m, length, rate, momentum, nesterov);
  };
};

const adam: Rule<"adam" | "adamw"> = (use, { call }, recorder) => {
  const { amsgrad, beta_1: beta1, beta_2: beta2, epsilon } = use.settings;
  const weightDecay = use.name === "adamw" ? use.settings.weight_decay : 0;
  if (amsgrad) return undefined;
  const compiled = call("adam");
  return (weights, gradients, from, to, rate, { slots, step }) => {
    const [w, g, m, v] = [weights, gradients, ...slots].map((numbers) => placeOf(numbers, from));
    const [length, decay] = [to - from, 1 - rate * weightDecay];
    if (recorder.isOn) recorder.put({ call: "adam", w, g, m, v, length, beta1, beta2, epsilon, decay });
    else compiled(w, g, m, v, length, updateRate(use, rate, step), beta1, beta2, epsilon, decay);
  };
};

const rmsprop: Rule<"rmsprop"> = ({ settings: { momentum, centered, rho, epsilon } }, { call }, recorder) => {
  if (momentum !== 0 || centered) return undefined;
  const compiled = call("rmsprop");
  return (weights, gradients, from, to, rate, { slots }) => {
    const [w, g, v] = [weights, gradients, ...slots].map((numbers) => placeOf(numbers, from));
    const length = to - from;
    if (recorder.isOn) recorder.put({ call: "rmsprop", w, g, v, length, rho, epsilon });
    else compiled(w, g, v, length, rate, rho, epsilon);
  };
};

/** undefined for an optimizer that is not compiled. */
const RULES: { readonly [O in OptimizerName]: Rule<O> | undefined } = {
  sgd,
  adagrad: undefined,
  rmsprop,
  adam,
  adamw: adam,
  nadam: undefined,
  perceptron: undefined,
};

/** Returns undefined for a loss that is not compiled, or not after this activation. */
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
  const setting = use.name === "huber" ? use.settings.delta : 0;
  return {
    ofPreactivation: compiled.after !== undefined,
    total(z, a, t, rows, units, factor) {
      const [zAt, aAt, tAt] = [z.byteOffset, a.byteOffset, t.byteOffset];
      if (!recorder.isOn) return factor * total(loss, zAt, aAt, tAt, rows, units, setting);
      recorder.put({ call: "lossTotal", loss, z: zAt, a: aAt, t: tAt, places: recorder.width(rows), units, factor, setting });
      return 0;
    },
    addGradient(a, t, gradient, rows, units, factor) {
      const [aAt, tAt, gAt] = [a.byteOffset, t.byteOffset, gradient.byteOffset];
      if (recorder.isOn) {
        const places = recorder.width(rows);
        // A batch's share of the gradient depends on its own number of rows, which a recording knows only when it runs.
        recorder.put({ call: "lossGradient", loss, a: aAt, t: tAt, g: gAt, places, units, factor: (factor * rows) / places, setting });
      } else gradientOf(loss, aAt, tAt, gAt, rows, units, factor, setting, 0);
    },
  };
}
