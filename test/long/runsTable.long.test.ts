/** The table of runs in the panel, with a host that answers later than a person ticks. */
import { expect, test } from "vitest";
import { openedForTests } from "../layout/opened.ts";

const { host, stageOf } = openedForTests();

test("runs that are ticked before the host has sent the first one's epochs are all compared", async () => {
  const view = host().show("xor.nn");
  for (let k = 0; k < 3; k++) await host().train("xor.nn");
  const stage = await stageOf(view);
  await stage.tab("Runs");
  const boxes = stage.page.locator(".run-table").getByRole("checkbox");
  await expect.poll(() => boxes.count()).toBe(2);
  await boxes.evaluateAll((all) => {
    for (const box of all) (box as HTMLInputElement).click();
  });
  await stage.tab("Loss");
  await stage.page.getByText("Compared with 2 of 2 runs").waitFor();
});
