/** A workload as a training of ours. */
import type { TrainingPlan } from "../../engine/plan.ts";
import { analyse } from "../../server/language/analysis.ts";
import type { Work } from "./works.ts";

const LOSS = { sparse: "sparse_categorical_crossentropy", binary: "binary_crossentropy", mse: "mse" } as const;
const OUTPUT = { sparse: "softmax", binary: "sigmoid", mse: "linear" } as const;

/** The plan of a small table, with random rows in its place. */
export function planFor({ layers, hidden, loss, optimizer, rate, batch, rows, epochs }: Work): TrainingPlan {
  const [inputs = 1, ...units] = layers;
  const lines = units.map((n, k) => `  dense ${n} ${k === units.length - 1 ? OUTPUT[loss] : hidden}`);
  const classes = loss === "sparse" ? (layers.at(-1) ?? 2) : 2;
  const zeros = Array(inputs).fill(0).join(" ");
  const text = [
    `model M {\n  input ${inputs}\n${lines.join("\n")}\n}`,
    `data D {\n${Array.from({ length: classes }, (_, k) => `  ${zeros} -> ${k}`).join("\n")}\n}`,
    `train M on D {\n  loss ${LOSS[loss]}\n  optimizer ${optimizer}(learning_rate=${rate})\n  batch ${batch}\n  epochs ${epochs}\n}`,
  ].join("\n");
  const plan = analyse(text).plans[0]?.plan;
  if (plan?.data.source.kind !== "table") throw new Error("The workload has no plan.");
  const table = Array.from({ length: rows }, (_, i) => [...Array.from({ length: inputs }, () => Math.fround(Math.random())), i % classes]);
  return { ...plan, data: { ...plan.data, source: { ...plan.data.source, rows: table } } };
}
