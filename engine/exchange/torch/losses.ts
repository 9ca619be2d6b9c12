/**
 * The losses as Python functions that return one loss per row, with the catalog's formulas. z is the output before its activation, a after it, t the
 * target. A loss without an entry does not compile.
 */
import type { ActivationName } from "../../catalog/activations.ts";
import type { Configured, SettingsOf } from "../../catalog/index.ts";
import type { LossName } from "../../catalog/losses.ts";

/** The lines of the function's body. */
type Body = readonly string[];

const CLIPPED = "clamp(1e-7, 1 - 1e-7)";
/** The mean over the units of each row. */
const mean = (expression: string): Body => ["a = a.flatten(1)", `return (${expression}).mean(1)`];

/** `t` is an expression of the one-hot targets. */
function categorical(t: string, label_smoothing: number, activation: ActivationName | undefined): Body {
  const smoothed = label_smoothing === 0 ? t : `${t} * (1 - ${label_smoothing}) + ${label_smoothing} / a.shape[-1]`;
  const logarithms = activation === "softmax" ? "torch.log_softmax(z, -1)" : `(a / a.sum(-1, keepdim=True)).${CLIPPED}.log()`;
  return [`t = ${smoothed}`, `return -(t * ${logarithms}).flatten(1).sum(1) / math.prod(a.shape[1:-1])`];
}

const LOSSES: {
  readonly [K in LossName]: (settings: SettingsOf<"losses">[K], activation: ActivationName | undefined) => Body;
} = {
  mse: () => mean("(t - a) ** 2"),
  mae: () => mean("(t - a).abs()"),
  huber: ({ delta }) => [
    "e = (t - a.flatten(1)).abs()",
    `return torch.where(e <= ${delta}, 0.5 * e * e, ${delta} * e - 0.5 * ${delta} * ${delta}).mean(1)`,
  ],
  log_cosh: () => ["e = a.flatten(1) - t", "return (e.abs() + torch.log1p(torch.exp(-2 * e.abs())) - math.log(2)).mean(1)"],
  mape: () => mean("100 * (t - a).abs() / t.abs().clamp(min=1e-7)"),
  msle: () => mean("(torch.log(a.clamp(min=1e-7) + 1) - torch.log(t.clamp(min=1e-7) + 1)) ** 2"),
  poisson: () => mean("a - t * torch.log(a + 1e-7)"),
  binary_crossentropy: ({ label_smoothing }, activation) => [
    ...(label_smoothing === 0 ? [] : [`t = t * (1 - ${label_smoothing}) + ${label_smoothing} / 2`]),
    ...(activation === "sigmoid"
      ? ['return F.binary_cross_entropy_with_logits(z.flatten(1), t, reduction="none").mean(1)']
      : [`a = a.flatten(1).${CLIPPED}`, "return -(t * torch.log(a) + (1 - t) * torch.log(1 - a)).mean(1)"]),
  ],
  binary_focal_crossentropy: ({ gamma }) => [
    "a = a.flatten(1)",
    `inside = a.${CLIPPED}`,
    "entropy = -(t * torch.log(inside) + (1 - t) * torch.log(1 - inside))",
    "missed = (t * (1 - a) + (1 - t) * a).clamp(min=1e-7)",
    `return (missed ** ${gamma} * entropy).mean(1)`,
  ],
  categorical_crossentropy: ({ label_smoothing }, activation) => categorical("t.view_as(a)", label_smoothing, activation),
  sparse_categorical_crossentropy: ({ label_smoothing }, activation) =>
    activation === "softmax"
      ? [
          `return F.cross_entropy(z, t[:, 0].long(), reduction="none"${label_smoothing === 0 ? "" : `, label_smoothing=${label_smoothing}`})`,
        ]
      : categorical("F.one_hot(t[:, 0].long(), a.shape[-1]).to(a.dtype)", label_smoothing, activation),
  kl_divergence: () => [
    "t, a = t.view_as(a).clamp(1e-7, 1), a.clamp(1e-7, 1)",
    "return (t * torch.log(t / a)).flatten(1).sum(1) / math.prod(a.shape[1:-1])",
  ],
  hinge: () => mean("torch.relu(1 - t * a)"),
  squared_hinge: () => mean("torch.relu(1 - t * a) ** 2"),
  perceptron: (_settings, activation) =>
    activation === "heaviside" || activation === "sign"
      ? [
          "# Mistakes are counted, and the slope is the error, as in Rosenblatt's rule.",
          "z, a = z.flatten(1), a.detach().flatten(1)",
          "return ((a != t).to(z.dtype) + (z - z.detach()) * (a - t)).mean(1)",
        ]
      : mean("(-t * a).clamp(min=0)"),
};

export const lossBody = <K extends LossName>({ name, settings }: Configured<"losses", K>, activation: ActivationName | undefined): Body =>
  (LOSSES[name] as (own: SettingsOf<"losses">[K], after: ActivationName | undefined) => Body)(
    settings as SettingsOf<"losses">[K],
    activation,
  );
