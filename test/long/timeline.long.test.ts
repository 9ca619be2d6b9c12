/** The timeline with validation rows and several classes; test/layout/timeline.test.ts plays xor.nn. */
import { test } from "vitest";
import { openedForTests } from "../layout/opened.ts";
import { requirePlayback } from "../layout/playback.ts";

const { host, stageOf } = openedForTests();

test("iris.nn: every view shows the epoch before the first, one between and the last; playing ends at the last", async () => {
  const view = host().show("iris.nn");
  await host().train("iris.nn");
  await requirePlayback(await stageOf(view), 60);
});
