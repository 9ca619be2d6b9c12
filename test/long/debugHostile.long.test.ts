/** A long run of a client of the debugger that sends anything in any order. */
import { describe, test } from "vitest";
import { expectAnswers, HOSTILE_FILES } from "../debugHostile.ts";
import { seed } from "../fixtures.ts";

const names = Object.keys(HOSTILE_FILES) as (keyof typeof HOSTILE_FILES)[];

describe.each(names)("random requests about %s", (name) => {
  test.each(Array.from({ length: 10 }, (_, k) => seed + k))("seed %i", async (own) => {
    await expectAnswers(name, 400, own);
  });
});
