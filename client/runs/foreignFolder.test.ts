/** The folder of a training in another program, recorded from a PyTorch job with two processes. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { trainingPlan } from "../messages/planSchemas.ts";
import { read } from "../messages/valueSchemas.ts";
import { foreignFolder } from "./foreignFolder.ts";
import { HistoryTail } from "./historyTail.ts";

const root = mkdtempSync(join(tmpdir(), "backprop-foreign-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("a job's folder leads to its run, with the plan, and every line of its history is an event", async () => {
  cpSync(inProject("test/python/recorded"), join(root, "job/run"), { recursive: true });
  const found = await foreignFolder(join(root, "job"));
  expect(found).toMatchObject({ folder: join(root, "job/run"), started: { model: "Classes" }, plan: { network: { name: "Classes" } } });
  const { training } = JSON.parse(readFileSync(join(root, "job/run/plan.json"), "utf8"));
  expect(found?.facts).toEqual({ run: "Classes", model: "Classes", seed: training.seed });
  const { events } = await new HistoryTail(join(root, "job/run/history.jsonl")).read();
  expect(events.map((event) => (event.kind === "epoch" ? event.epoch : event.kind))).toEqual(["started", 1, 2, 3, 4, "finished"]);
  expect(events[0]).toMatchObject({ kind: "started", kernels: expect.stringMatching(/^torch .*2 processes$/) });
});

test("a folder with events alone has a plan that can be stored, and one without a history is none", async () => {
  const folder = join(root, "watched");
  mkdirSync(folder);
  expect(await foreignFolder(folder)).toBeUndefined();
  writeFileSync(join(folder, "history.jsonl"), '{"event":"epoch","epoch":1,"loss":0.5}\n');
  const found = await foreignFolder(folder);
  expect(found?.started).toBeUndefined();
  // No seed is invented.
  expect(found?.facts.seed).toBeNull();
  expect(read(trainingPlan, JSON.parse(JSON.stringify(found?.plan)))).toEqual(found?.plan);
});
