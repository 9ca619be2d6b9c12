/** A client that sends arbitrary messages in arbitrary order. test/long sends more of them. */
import { test } from "vitest";
import { expectAnswers, HOSTILE_FILES } from "../../test/debugHostile.ts";
import { seed } from "../../test/fixtures.ts";

const names = Object.keys(HOSTILE_FILES) as (keyof typeof HOSTILE_FILES)[];

test.each(names)(`random requests about %s (seed ${seed})`, async (name) => {
  await expectAnswers(name, 100, seed);
});
