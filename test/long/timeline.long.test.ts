/** The timeline plays a run from before the first epoch to the last in every tab; test/layout/timeline.test.ts plays xor.nn in one. */
import { describe, test } from "vitest";
import { openedForTests } from "../layout/opened.ts";
import { requirePlayback, requirePlayed } from "../layout/playback.ts";
import { type Stage, TABS } from "../layout/stage.ts";

const { host, stageOf } = openedForTests();

async function trained(sample: string): Promise<Stage> {
  const view = host().show(sample);
  await host().train(sample);
  return await stageOf(view);
}

describe.each([
  ["xor.nn", 1000],
  ["iris.nn", 60],
])("%s", (sample, last) => {
  test("every view shows the epoch before the first, one between and the last", async () => {
    await requirePlayback(await trained(sample), last);
  });

  test("plays to its last epoch in every tab", async () => {
    const stage = await trained(sample);
    for (const tab of TABS) await requirePlayed(stage, tab, last);
  });
});
