/** The panel is usable with a screen reader and in every kind of theme, as far as axe-core can tell. All tabs in all themes are in test:long. */
import { expect, test } from "vitest";
import { accessFaults, SOME_LOOKS } from "./accessibility.ts";
import { openedForTests } from "./opened.ts";

const { host, stageOf } = openedForTests();

test("axe-core finds nothing serious in any tab", async () => {
  const view = host().show("iris.nn");
  await host().train("iris.nn");
  expect(await accessFaults(await stageOf(view), SOME_LOOKS)).toEqual([]);
});
