/** The activations in Keras 3's names. An activation without an entry does not compile. */
import type { ActivationName } from "../../catalog/activations.ts";
import type { Configured, SettingsOf } from "../../catalog/index.ts";

/** A number that Keras accepts only as a Python float. Python reads `1` as an integer. */
export class PythonFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }

  get text(): string {
    return Number.isInteger(this.value) && Math.abs(this.value) < 1e21 ? `${this.value}.0` : String(this.value);
  }
}

/** A Keras object as serialized in its files. */
export interface KerasObject {
  readonly module:
    | "keras.layers"
    | "keras.optimizers"
    | "keras.losses"
    | "keras.metrics"
    | "keras.optimizers.schedules"
    | ""
    | "keras.initializers"
    | "keras.regularizers";
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly registered_name: null;
}

export const kerasObject = (
  module: KerasObject["module"],
  class_name: string,
  config: Readonly<Record<string, unknown>> = {},
): KerasObject => ({ module, class_name, config, registered_name: null });

/** The `activation` argument of a layer: a name or an object. Keras has a step function only as operations. */
export type KerasActivation = string | KerasObject | { readonly step: "heaviside" | "sign" };

const table: { readonly [K in ActivationName]: (settings: SettingsOf<"activations">[K]) => KerasActivation } = {
  relu: () => "relu",
  tanh: () => "tanh",
  sigmoid: () => "sigmoid",
  softmax: () => "softmax",
  // By name the slope is 0.2, as a layer 0.3.
  leaky_relu: ({ negative_slope }) => kerasObject("keras.layers", "LeakyReLU", { negative_slope }),
  elu: ({ alpha }) => kerasObject("keras.layers", "ELU", { alpha }),
  selu: () => "selu",
  gelu: () => "gelu",
  swish: () => "silu",
  mish: () => "mish",
  hard_swish: () => "hard_silu",
  relu6: () => "relu6",
  softplus: () => "softplus",
  softsign: () => "softsign",
  hard_sigmoid: () => "hard_sigmoid",
  exponential: () => "exponential",
  log_sigmoid: () => "log_sigmoid",
  linear: () => "linear",
  heaviside: () => ({ step: "heaviside" }),
  sign: () => ({ step: "sign" }),
};

export const kerasActivation = <K extends ActivationName>({ name, settings }: Configured<"activations", K>): KerasActivation =>
  (table[name] as (own: SettingsOf<"activations">[K]) => KerasActivation)(settings as SettingsOf<"activations">[K]);

export const isStep = (activation: KerasActivation): activation is { readonly step: "heaviside" | "sign" } =>
  typeof activation === "object" && "step" in activation;
