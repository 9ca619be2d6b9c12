/** Tests the sizes of a split's parts for any class sizes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seed } from "../../test/fixtures.ts";
import { type Parts, partition, partSizes, splitRows } from "./split.ts";

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

const listed = ({ train, validation, test }: Parts): Record<string, number[]> => ({
  train: [...train],
  validation: [...validation],
  test: [...test],
});

test("without shuffling the parts follow one another in file order, whatever the classes are", () => {
  const split = { train: 0.6, validation: 0.2, test: 0.2, shuffle: false, by: null };
  const parts = partition({ count: 5, classOf: (row) => row % 2, groupOf: undefined }, split, 1);
  expect(listed(parts)).toEqual({ train: [0, 1, 2], validation: [3], test: [4] });
});

describe("rows of one group stay together", () => {
  const rowsOf = (groups: string) => ({ count: groups.length, classOf: undefined, groupOf: (row: number): string => groups[row] ?? "" });
  const ordered = { shuffle: false, by: "g" };

  test.each([
    // The middle of b is at 3 of 6 rows, where training ends.
    ["aabbcd", { train: 0.5, validation: 0.5, test: 0 }, { train: [0, 1, 2, 3], validation: [4, 5], test: [] }],
    ["abab", { train: 0.5, validation: 0, test: 0.5 }, { train: [0, 2], validation: [], test: [1, 3] }],
    // One group per part, although the first group by itself is larger than the training part.
    ["aaaaaabc", { train: 0.5, validation: 0.25, test: 0.25 }, { train: [0, 1, 2, 3, 4, 5], validation: [6], test: [7] }],
    ["aabbcc", { train: 0.33, validation: 0.33, test: 0 }, { train: [0, 1], validation: [2, 3], test: [] }],
  ])("%s in file order", (groups, shares, wanted) =>
    expect(listed(partition(rowsOf(groups), { ...shares, ...ordered }, 1))).toEqual(wanted),
  );

  test("in another order for another seed, if they are shuffled", () => {
    const split = { train: 0.5, validation: 0.5, test: 0, shuffle: true, by: "g" };
    const orders = [1, 2, 3, 4, 5, 6].map((own) => listed(partition(rowsOf("aabbccdd"), split, own)).train?.join());
    expect(new Set(orders).size).toBeGreaterThan(1);
    expect(partition(rowsOf("aabbccdd"), split, 3)).toEqual(partition(rowsOf("aabbccdd"), split, 3));
  });

  test(`no group is divided, no row is lost or used twice, and each part has one if there are enough (seed ${seed})`, () => {
    const share = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10);
    const groups = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 15 });
    fc.assert(
      fc.property(groups, share, share, fc.boolean(), (own, validation, test_, shuffle) => {
        fc.pre(validation + test_ <= 1);
        const split = { train: 1 - validation - test_, validation, test: test_, shuffle, by: "g" };
        const parts = partition({ count: own.length, classOf: undefined, groupOf: (row) => String(own[row]) }, split, 1);
        const lists = Object.values(listed(parts));
        expect(lists.flat().sort((a, b) => a - b)).toEqual([...own.keys()]);
        const met = lists.map((rows) => new Set(rows.map((row) => own[row])));
        expect(met.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(own).size);
        const sizes = partSizes(own.length, split);
        const wanted = Object.values(sizes).filter((size) => size > 0).length;
        if (new Set(own).size >= wanted) expect(lists.filter((rows) => rows.length > 0).length).toBe(wanted);
      }),
      { seed, numRuns: 2000 },
    );
  });
});
