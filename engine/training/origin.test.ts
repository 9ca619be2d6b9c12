/** Tests the hashes of a plan and of its data. */

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { atOnce, noFiles, planOf } from "../../test/fixtures.ts";
import { CSV_FORMAT } from "../data/csvFormat.ts";
import type { TrainingEvent } from "../events.ts";
import type { FileReader } from "../host.ts";
import type { TrainingPlan } from "../plan.ts";
import { train } from "./trainer.ts";

const TEXT =
  "model M {\n  input a\n  dense 1\n}\ndata D {\n  features a\n  target b\n  1 -> 2\n  2 -> 3\n}\ntrain M on D {\n  loss mse\n  epochs 1\n}\n";

async function originOf(plan: TrainingPlan, files: FileReader = noFiles) {
  const events: TrainingEvent[] = [];
  await train(plan, { host: atOnce, files, emit: (event) => events.push(event) });
  const [started] = events;
  return started?.kind === "started" ? started.origin : undefined;
}

const plan = planOf(TEXT);
const withTable = (source: TrainingPlan["data"]["source"]): TrainingPlan => ({ ...plan, data: { ...plan.data, source } });
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

test("the data's hash is the SHA-256 of the file, as other programs compute it", async () => {
  const csv = "a,b\n1,2\n2,3\n";
  const files = { read: async () => new TextEncoder().encode(csv) };
  const origin = await originOf(withTable({ kind: "csv", path: "d.csv", ...CSV_FORMAT }), files);
  expect(origin?.data).toBe(sha256(csv));
  expect(origin?.plan).toMatch(/^[0-9a-f]{64}$/);
});

test("another row, layer or seed is another origin; another number of epochs is not", async () => {
  const origin = await originOf(plan);
  expect(await originOf(planOf(TEXT.replace("epochs 1", "epochs 2")))).toEqual(origin);
  const row = await originOf(planOf(TEXT.replace("2 -> 3", "2 -> 4")));
  expect(row?.data).not.toBe(origin?.data);
  const seed = await originOf(planOf(TEXT.replace("epochs 1", "seed 7")));
  expect(seed).toEqual({ plan: expect.not.stringMatching(origin?.plan ?? ""), data: origin?.data });
  const layer = await originOf(planOf(TEXT.replace("dense 1", "dense 1 tanh")));
  expect(layer).toEqual({ plan: expect.not.stringMatching(origin?.plan ?? ""), data: origin?.data });
});

test("the order of a plan's keys does not matter", async () => {
  const turned = Object.fromEntries(Object.entries(plan).reverse()) as unknown as TrainingPlan;
  expect(Object.keys(turned)).not.toEqual(Object.keys(plan));
  expect(await originOf(turned)).toEqual(await originOf(plan));
});
