/** A workload as a training plan for our engine. */
import type { TrainingPlan } from "../../../engine/plan.ts";
import { analyse } from "../../../server/language/analysis.ts";
import type { Work } from "./works.ts";

const LOSS = { sparse: "sparse_categorical_crossentropy", binary: "binary_crossentropy", mse: "mse" } as const;
const OUTPUT = { sparse: "softmax", binary: "sigmoid", mse: "linear" } as const;

/** Returns the workload's plan with random rows. */
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

/** Returns the workload's plan with images from an IDX file instead of rows. */
export function imagesPlan(work: Work): TrainingPlan {
  const plan = planFor({ ...work, rows: 10 });
  const source = { kind: "idx", images: "images", labels: "labels" } as const;
  return { ...plan, data: { ...plan.data, source, features: null, classes: null, scale: "minmax" } };
}

/** Returns an IDX file of random 28x28 images, or of labels 0 to 9. */
export function imagesFile(path: string, rows: number): Uint8Array {
  const isLabels = path === "labels";
  const shape = isLabels ? [rows] : [rows, 28, 28];
  const file = new Uint8Array(4 + 4 * shape.length + shape.reduce((a, b) => a * b, 1));
  file.set([0, 0, 8, shape.length]);
  shape.forEach((axis, k) => {
    new DataView(file.buffer).setUint32(4 + 4 * k, axis);
  });
  for (let i = 4 + 4 * shape.length; i < file.length; i++) file[i] = isLabels ? i % 10 : Math.floor(256 * Math.random());
  return file;
}
