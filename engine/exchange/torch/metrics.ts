/** The metrics as Python functions of all rows' outputs `a` and targets `t`, each [rows, units]. A metric without an entry does not compile. */
import type { Configured, SettingsOf } from "../../catalog/index.ts";
import type { TargetForm } from "../../catalog/losses.ts";
import type { MetricName } from "../../catalog/metrics.ts";
import type { Scaler } from "../../data/scaling.ts";
import { python } from "../keras/python.ts";

/** The output to measure. */
export interface Measured {
  readonly form: TargetForm;
  /** The number of units per row, and on the last axis. */
  readonly units: number;
  readonly classes: number;
  /** One per unit. */
  readonly scalers: readonly Scaler[];
}

type Body = readonly string[];

const unitsOf = ({ form, units, classes }: Measured): number => (form === "one_hot" ? classes : units);
const isExclusive = (of: Measured): boolean => unitsOf(of) > 1 && of.form !== "binary";
const boundary = ({ form }: Measured): string => (form === "sign" ? "0" : "0.5");

/** `a` and `t` with one row per classification, and t as a class. */
const classes = (of: Measured): Body => [
  `a = a.reshape(-1, ${unitsOf(of)})`,
  of.form === "class_index" ? "t = t[:, 0].long()" : `t = t.reshape(-1, ${unitsOf(of)}).argmax(1)`,
];

/** Converts outputs and targets to the data's own units. */
function ownUnits({ form, units, scalers }: Measured): Body {
  const oneHot = form === "class_index" && units > 1 ? [`t = F.one_hot(t[:, 0].long(), ${units}).to(a.dtype)`] : [];
  if (scalers.every(({ factor, offset }) => factor === 1 && offset === 0)) return oneHot;
  const list = (of: (scaler: Scaler) => number): string => `a.new_tensor(${python(scalers.map(of))})`;
  return [
    ...oneHot,
    `factor, offset = ${list(({ factor }) => factor)}, ${list(({ offset }) => offset)}`,
    "a, t = a * factor + offset, t * factor + offset",
  ];
}

const meanOf =
  (expression: string) =>
  (_settings: object, of: Measured): Body => [...ownUnits(of), `return ${expression}`];

function accuracy(of: Measured): Body {
  if (of.form === "class_index" || isExclusive(of)) return [...classes(of), "return (a.argmax(1) == t).double().mean()"];
  return [`return ((a > ${boundary(of)}) == (t > ${boundary(of)})).double().mean()`];
}

/** The mean score of the classes that occur. `score` is an expression of the counts `hits`, `predicted` and `actual`. */
const counted =
  (score: string) =>
  (_settings: object, of: Measured): Body => [
    ...(isExclusive(of)
      ? [...classes(of), `a, t = F.one_hot(a.argmax(1), ${unitsOf(of)}).double(), F.one_hot(t, ${unitsOf(of)}).double()`]
      : [`a, t = (a > ${boundary(of)}).double(), (t > ${boundary(of)}).double()`]),
    "hits, predicted, actual = (a * t).sum(0), a.sum(0), t.sum(0)",
    `score = torch.where(hits > 0, ${score}, 0.0)`,
    unitsOf(of) > 1 ? "return score[predicted + actual > 0].mean()" : "return score[0]",
  ];

const METRICS: { readonly [K in MetricName]: (settings: SettingsOf<"metrics">[K], of: Measured) => Body } = {
  accuracy: (_settings, of) => accuracy(of),
  top_k_accuracy: ({ k }, of) =>
    unitsOf(of) === 1
      ? accuracy(of)
      : [...classes(of), "right = a.gather(1, t[:, None])", `return ((a > right).sum(1) < ${k}).double().mean()`],
  mae: meanOf("(t - a).abs().mean()"),
  mse: meanOf("((t - a) ** 2).mean()"),
  rmse: meanOf("((t - a) ** 2).mean().sqrt()"),
  mape: meanOf("(100 * (t - a).abs() / t.abs().clamp(min=1e-7)).mean()"),
  r2: meanOf("(1 - ((t - a) ** 2).sum(0) / torch.where((t == t[0]).all(0), math.nan, ((t - t.mean(0)) ** 2).sum(0))).mean()"),
  precision: counted("hits / predicted"),
  recall: counted("hits / actual"),
  f1: counted("2 * hits / (predicted + actual)"),
  auc: (_settings, of) => [
    of.form === "class_index"
      ? `t = F.one_hot(t[:, 0].long(), ${unitsOf(of)}) > 0`
      : `a, t = a.reshape(-1, ${unitsOf(of)}), t.reshape(-1, ${unitsOf(of)}) > ${boundary(of)}`,
    "areas = []",
    "for scores, labels in zip(a.T, t.T):",
    "    _, place, count = torch.unique(scores, return_inverse=True, return_counts=True)",
    "    # Equal scores share the mean of their ranks.",
    "    ranks = (count.cumsum(0) - (count - 1) / 2)[place]",
    "    ones = labels.double().sum()",
    "    areas.append((ranks[labels].sum() - ones * (ones + 1) / 2) / (ones * (len(labels) - ones)))",
    "return torch.stack(areas).nanmean()",
  ],
};

export const metricBody = <K extends MetricName>({ name, settings }: Configured<"metrics", K>, of: Measured): Body =>
  (METRICS[name] as (own: SettingsOf<"metrics">[K], measured: Measured) => Body)(settings as SettingsOf<"metrics">[K], of);
