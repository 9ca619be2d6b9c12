/** One Step and Network follow a debug session in plain Chromium, and show what they showed before when it ends. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { type DebugTestClient, debugClient } from "../debugClient.ts";
import { layoutFaults } from "./faults.ts";
import { openedForTests } from "./opened.ts";
import type { Stage } from "./stage.ts";

const { host, stageOf } = openedForTests();

/** Debugs a file of the host's folder. `report` says that the session has stopped. */
async function debugged(file: string, options: object = {}): Promise<{ readonly client: DebugTestClient; readonly report: () => void }> {
  const client = debugClient();
  let stop = 0;
  await client.launch({ program: join(host().folder, file), ...options });
  const report = (): void => host().debug(file, { stop: ++stop, ask: (view) => client.request(view === "step" ? "nnStep" : "nnNetwork") });
  report();
  return { client, report };
}

const placeOf = (stage: Stage): Promise<string> => stage.page.locator(".debugged-place:visible").innerText();
const title = (stage: Stage): Promise<string> => stage.page.locator(".debugged-place ~ .stage h2:visible").first().innerText();

test("of a run: the stage and the layer of each stop, and the run's own step after the session", async () => {
  const view = host().show("xor.nn");
  await host().train("xor.nn");
  const stage = await stageOf(view);
  const { page } = stage;
  await stage.width(571);
  await stage.tab("One Step");
  const before = await page.locator(".stage h2:visible").innerText();
  const { client, report } = await debugged("xor.nn");
  await expect
    .poll(() => placeOf(stage))
    .toBe("Debugging: the next mini-batch, batch 1 of 1, epoch 1 of 1000. Nothing is drawn yet, or the mini-batch is computed in pieces.");
  for (let k = 0; k < 2; k++) await client.move("next");
  report();
  await expect.poll(() => title(stage)).toMatch(/^Forward through hidden/);
  // The next stage shows its inputs and weights, but no results.
  expect(await page.locator(".matrix:visible").allInnerTexts()).not.toEqual([]);
  expect((await page.locator(".matrix:visible").allInnerTexts()).join()).not.toMatch(/\bz\b/);
  for (let k = 0; k < 3; k++) await client.move("next");
  report();
  await expect.poll(() => title(stage)).toMatch(/^Back through dense_1/);
  expect(await layoutFaults(page)).toEqual([]);
  await stage.tab("Network");
  await expect.poll(() => placeOf(stage)).toContain("Debugging: dense_1 (reverse), batch 1 of 1, epoch 1 of");
  await expect.poll(() => page.locator("text.marked").allTextContents()).toEqual(["dense_1"]);
  await client.move("stepBack");
  report();
  await expect.poll(() => placeOf(stage)).toContain("Debugging: loss,");
  expect(await page.locator("text.marked").count()).toBe(0);
  await stage.tab("One Step");
  host().debug("xor.nn", undefined);
  await expect.poll(() => page.locator(".stage h2:visible").innerText()).toBe(before);
});

test("of a file without a run: One Step and Network alone, and rows go forward", async () => {
  const stage = await stageOf(host().show("gates.nn"));
  const { page } = stage;
  await stage.width(571);
  const { client, report } = await debugged("gates.nn", { line: 4 });
  await expect.poll(() => page.getByRole("tab").allInnerTexts()).toEqual(["Network", "One Step"]);
  for (let k = 0; k < 7; k++) await client.move("next");
  report();
  await expect.poll(() => placeOf(stage)).toMatch(/^Debugging: 0 0 0 1 0, as expected, row 1 of 4/);
  expect(await page.locator(".stages:visible button").count()).toBe(6);
  expect(await layoutFaults(page)).toEqual([]);
  host().debug("gates.nn", undefined);
  await expect.poll(() => page.locator(".untrained:visible").count()).toBe(1);
});
