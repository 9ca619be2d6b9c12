/** axe-core finds no serious fault of the panel, in every kind of theme. test:long tests all tabs in all themes. */
import { expect, test } from "vitest";
import { accessFaults, SOME_LOOKS } from "./accessibility.ts";
import { openedForTests } from "./opened.ts";

const { host, stageOf } = openedForTests();

test("axe-core finds nothing serious in any tab", async () => {
  const view = host().show("iris.nn");
  await host().train("iris.nn");
  expect(await accessFaults(await stageOf(view), SOME_LOOKS)).toEqual([]);
});
