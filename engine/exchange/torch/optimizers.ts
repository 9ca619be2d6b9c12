/**
 * The optimizers and gradient clipping as Python statements on the flat tensors `w` of weights and `g` of gradients, with the catalog's formulas.
 * PyTorch's own optimizers add ε elsewhere than Keras' and treat momentum under a schedule differently. A missing entry does not compile.
 */
import type { Configured, SettingsOf } from "../../catalog/index.ts";
import { type OptimizerName, optimizers } from "../../catalog/optimizers.ts";
import type { ClipName, ClipPlan } from "../../plan.ts";

export interface TorchOptimizer {
  readonly name: OptimizerName;
  readonly formula: string;
  /** Its state tensors with their initial values, in the catalog's order; null for a tensor that these settings do not need. */
  readonly slots: readonly (readonly [name: string, start: number] | null)[];
  /** Statements of one step; `t` counts the steps from 1, `rate` is the learning rate. */
  readonly step: readonly string[];
}

type Written = Pick<TorchOptimizer, "slots" | "step">;

const slots = (...names: readonly (string | null)[]): TorchOptimizer["slots"] => names.map((name) => (name === null ? null : [name, 0]));

/** The moments of Adam and its variants: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g². */
const means = ({ beta_1, beta_2 }: { readonly beta_1: number; readonly beta_2: number }): string[] => [
  `self.m.lerp_(g, 1 - ${beta_1})`,
  `self.v.mul_(${beta_2}).addcmul_(g, g, value=1 - ${beta_2})`,
];

function adam(settings: Omit<SettingsOf<"optimizers">["adam"], "learning_rate">): Written {
  const { beta_1, beta_2, epsilon, amsgrad } = settings;
  return {
    slots: slots("m", "v", amsgrad ? "largest" : null),
    step: [
      ...means(settings),
      ...(amsgrad ? ["torch.maximum(self.largest, self.v, out=self.largest)"] : []),
      `rate *= math.sqrt(1 - ${beta_2} ** t) / (1 - ${beta_1} ** t)`,
      `w.addcdiv_(self.m, self.${amsgrad ? "largest" : "v"}.sqrt().add_(${epsilon}), value=-rate)`,
    ],
  };
}

const OPTIMIZERS: { readonly [K in OptimizerName]: (settings: SettingsOf<"optimizers">[K]) => Written } = {
  sgd: ({ momentum, nesterov }) =>
    momentum === 0
      ? { slots: slots(null), step: ["w.add_(g, alpha=-rate)"] }
      : {
          slots: slots("m"),
          step: [
            `self.m.mul_(${momentum}).add_(g, alpha=-rate)`,
            ...(nesterov ? [`w.add_(self.m, alpha=${momentum}).add_(g, alpha=-rate)`] : ["w.add_(self.m)"]),
          ],
        },
  adagrad: ({ initial_accumulator_value, epsilon }) => ({
    slots: [["sum", initial_accumulator_value]],
    step: ["self.sum.addcmul_(g, g)", `w.addcdiv_(g, (self.sum + ${epsilon}).sqrt_(), value=-rate)`],
  }),
  rmsprop: ({ rho, momentum, epsilon, centered }) => ({
    slots: slots("v", momentum > 0 ? "m" : null, centered ? "mean" : null),
    step: [
      `self.v.mul_(${rho}).addcmul_(g, g, value=1 - ${rho})`,
      ...(centered
        ? [`self.mean.mul_(${rho}).add_(g, alpha=1 - ${rho})`, "variance = self.v - self.mean * self.mean"]
        : ["variance = self.v"]),
      `step = rate * g / (variance + ${epsilon}).sqrt_()`,
      ...(momentum > 0 ? [`self.m.mul_(${momentum}).add_(step)`, "w.sub_(self.m)"] : ["w.sub_(step)"]),
    ],
  }),
  adam,
  adamw: ({ weight_decay, ...settings }) => {
    const { slots: own, step } = adam(settings);
    return { slots: own, step: [`w.mul_(1 - rate * ${weight_decay})`, ...step] };
  },
  nadam: (settings) => {
    const { beta_1, beta_2, epsilon } = settings;
    return {
      slots: slots("m", "v"),
      step: [
        ...means(settings),
        `now, following = (${beta_1} * (1 - 0.5 * 0.96 ** k) for k in (t, t + 1))`,
        "self.product *= now",
        "mean = self.m * (following / (1 - self.product * following)) + g * ((1 - now) / (1 - self.product))",
        `w.addcdiv_(mean, (self.v / (1 - ${beta_2} ** t)).sqrt_().add_(${epsilon}), value=-rate)`,
      ],
    };
  },
  adamax: ({ beta_1, beta_2, epsilon }) => ({
    slots: slots("m", "u"),
    step: [
      `self.m.lerp_(g, 1 - ${beta_1})`,
      `torch.maximum(self.u.mul_(${beta_2}), g.abs(), out=self.u)`,
      `w.addcdiv_(self.m, self.u + ${epsilon}, value=-rate / (1 - ${beta_1} ** t))`,
    ],
  }),
  adadelta: ({ rho, epsilon }) => ({
    slots: slots("of_gradients", "of_steps"),
    step: [
      `self.of_gradients.mul_(${rho}).addcmul_(g, g, value=1 - ${rho})`,
      `step = (self.of_steps + ${epsilon}).sqrt_() / (self.of_gradients + ${epsilon}).sqrt_() * g`,
      `self.of_steps.mul_(${rho}).addcmul_(step, step, value=1 - ${rho})`,
      "w.add_(step, alpha=-rate)",
    ],
  }),
  lion: ({ beta_1, beta_2 }) => ({
    slots: slots("m"),
    step: [
      `w.add_(torch.sign(self.m * ${beta_1} + g * (1 - ${beta_1})), alpha=-rate)`,
      `self.m.mul_(${beta_2}).add_(g, alpha=1 - ${beta_2})`,
    ],
  }),
  perceptron: () => ({ slots: [], step: ["w.add_(g, alpha=-rate)"] }),
};

export function torchOptimizer<K extends OptimizerName>({ name, settings }: Configured<"optimizers", K>): TorchOptimizer {
  const write = OPTIMIZERS[name] as (own: SettingsOf<"optimizers">[K]) => Written;
  return { name, formula: optimizers[name].formula, ...write(settings as SettingsOf<"optimizers">[K]) };
}

const CLIPS: { readonly [N in ClipName]: (limit: number) => readonly string[] } = {
  value: (limit) => [`g.clamp_(-${limit}, ${limit})`],
  norm: (limit) => ["length = float(torch.linalg.vector_norm(g))", `if length > ${limit}:`, `    g.mul_(${limit} / length)`],
};

/** Returns the statements that clip the gradients `g`. */
export const clipLines = (clip: ClipPlan): readonly string[] =>
  (Object.keys(CLIPS) as ClipName[]).flatMap((name) => {
    const limit = clip[name];
    return limit === null ? [] : CLIPS[name](limit);
  });
