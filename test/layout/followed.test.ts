/** The panel of a training in another program, in plain Chromium: a recorded PyTorch job with two processes. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { historyFrom } from "../../client/messages/eventReader.ts";
import { inProject } from "../../scripts/project.ts";
import { epochsOf } from "../fixtures.ts";
import { NETS } from "../python/nets.ts";
import { faultsNow } from "./matrix.ts";
import { openedForTests } from "./opened.ts";

const { host, stageOf } = openedForTests();

test("shows a recorded job's epochs, where it trained and each layer's gradients, and says that its weights are missing", async () => {
  const { folder, follow, show } = host();
  writeFileSync(join(folder, "cluster.nn"), NETS.find(({ name }) => name === "classes")?.text ?? "");
  cpSync(inProject("test/python/recorded"), join(folder, "job"), { recursive: true });
  await follow("cluster.nn", join(folder, "job"));
  const stage = await stageOf(show("cluster.nn"));
  const { page } = stage;
  // Early stopping ended the job after epoch 4 and restored the weights after epoch 2, which are shown.
  const best = epochsOf(historyFrom(readFileSync(join(folder, "job/history.jsonl"), "utf8")))[1];
  await stage.width(571);
  expect(await page.locator('.fact[data-fact="epoch"] .value').innerText()).toBe("2");
  expect(Number(await page.locator('.fact[data-fact="loss"] .value').innerText())).toBeCloseTo(best?.loss ?? 0, 3);
  const facts = (await page.locator(".run-facts").innerText()).replace(/\s+/g, " ");
  expect(facts).toContain("Engine torch 2.13.0+cpu, cpu, 2 processes");
  expect(await faultsNow(stage, "Overview of a job")).toEqual([]);
  await stage.tab("Gradients");
  const legend = (await page.locator(".view:visible .u-legend").first().innerText()).replace(/\s+/g, "");
  for (const { layer, gradient } of best?.layers ?? []) expect(legend).toContain(`${layer}${Number(gradient.norm.toPrecision(4))}`);
  expect(await faultsNow(stage, "Gradients of a job")).toEqual([]);
  await stage.tab("Network");
  expect(await page.locator(".tab:visible .note").first().innerText()).toMatch(
    /Activations were not recorded: PyTorch trainings do not record them\.$/,
  );
  await stage.tab("Distributions");
  expect(await page.locator(".view:visible").innerText()).toContain(
    "No distributions were recorded: PyTorch trainings do not record them.",
  );
  await stage.tab("Result");
  expect(await page.locator(".view:visible").innerText()).toContain(
    "This run has no weights: the program that trained it saved no checkpoint.safetensors, and no weights.safetensors with the plan.",
  );
  expect(await faultsNow(stage, "Result of a job")).toEqual([]);
  expect(stage.complaints).toEqual([]);
});
