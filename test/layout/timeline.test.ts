/** The timeline moves every view to any epoch, from before the first to the last, and plays the run. iris.nn is in test:long. */
import { test } from "vitest";
import { openedForTests } from "./opened.ts";
import { requirePlayback } from "./playback.ts";

const { host, stageOf } = openedForTests();

test("xor.nn: every view shows the epoch before the first, one between and the last; playing ends at the last", async () => {
  const view = host().show("xor.nn");
  await host().train("xor.nn");
  await requirePlayback(await stageOf(view), 1000);
});
