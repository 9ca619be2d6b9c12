/** The sizes of a split's parts, whatever the sizes of the classes are. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seed } from "../../test/fixtures.ts";
import { partSizes, splitRows } from "./split.ts";

describe("the sizes of the parts", () => {
  test.each([
    [4, { train: 0.1, validation: 0.9, test: 0 }, { train: 0, validation: 4, test: 0 }],
    [10, { train: 0.8, validation: 0.1, test: 0.1 }, { train: 8, validation: 1, test: 1 }],
    [4, { train: 0.65, validation: 0.25, test: 0.1 }, { train: 3, validation: 1, test: 0 }],
    [10, { train: 0.5, validation: 0.2, test: 0 }, { train: 5, validation: 2, test: 0 }],
  ])("%i rows, %o", (rows, split, sizes) => {
    expect(partSizes(rows, split)).toEqual(sizes);
    const parts = splitRows(rows, split, 1, undefined);
    expect({ train: parts.train.length, validation: parts.validation.length, test: parts.test.length }).toEqual(sizes);
  });

  test(`a part whose share is at least one row has a row, whatever the classes are (seed ${seed})`, () => {
    const share = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 12 }), share, share, share, (classes, ...shares) => {
        const [train = 0, validation = 0, test_ = 0] = shares;
        fc.pre(train + validation + test_ <= 1 + 1e-9);
        const split = { train, validation, test: test_ };
        const sizes = partSizes(classes.length, split);
        const parts = splitRows(classes.length, split, 1, (row) => classes[row] ?? 0);
        for (const name of ["train", "validation", "test"] as const)
          if (sizes[name] > 0) expect(parts[name].length, name).toBeGreaterThan(0);
        const all = [...parts.train, ...parts.validation, ...parts.test];
        expect(new Set(all).size).toBe(all.length);
      }),
      { seed, numRuns: 2000 },
    );
  });
});
