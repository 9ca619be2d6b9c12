/** The activations as PyTorch expressions. An activation without an entry does not compile. */
import type { ActivationName } from "../../catalog/activations.ts";
import type { Configured, SettingsOf } from "../../catalog/index.ts";

const ACTIVATIONS: { readonly [K in ActivationName]: (z: string, settings: SettingsOf<"activations">[K]) => string } = {
  relu: (z) => `torch.relu(${z})`,
  tanh: (z) => `torch.tanh(${z})`,
  sigmoid: (z) => `torch.sigmoid(${z})`,
  softmax: (z) => `torch.softmax(${z}, -1)`,
  leaky_relu: (z, { negative_slope }) => `torch.where(${z} < 0, ${negative_slope} * ${z}, ${z})`,
  elu: (z, { alpha }) => `F.elu(${z}, alpha=${alpha})`,
  selu: (z) => `F.selu(${z})`,
  gelu: (z) => `F.gelu(${z})`,
  swish: (z) => `F.silu(${z})`,
  mish: (z) => `F.mish(${z})`,
  hard_swish: (z) => `F.hardswish(${z})`,
  relu6: (z) => `F.relu6(${z})`,
  // PyTorch's softplus is linear above 20 by default.
  softplus: (z) => `F.softplus(${z}, threshold=40)`,
  softsign: (z) => `F.softsign(${z})`,
  // The slope of F.hardsigmoid is 1/6 in float32 at every precision.
  hard_sigmoid: (z) => `(${z} / 6 + 0.5).clamp(0, 1)`,
  exponential: (z) => `torch.exp(${z})`,
  log_sigmoid: (z) => `F.logsigmoid(${z})`,
  linear: (z) => z,
  heaviside: (z) => `(${z} >= 0).to(${z}.dtype)`,
  sign: (z) => `torch.sign(${z})`,
};

export const torchActivation = <K extends ActivationName>({ name, settings }: Configured<"activations", K>, z: string): string =>
  (ACTIVATIONS[name] as (of: string, own: SettingsOf<"activations">[K]) => string)(z, settings as SettingsOf<"activations">[K]);
