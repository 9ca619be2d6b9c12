/** The short version of `npm run test:faults`. */
import { expect, test } from "vitest";
import { seed } from "../fixtures.ts";
import { damageFiles } from "./damage.ts";
import { fillDisks, trainReadOnly } from "./disks.ts";
import { killTrainings } from "./kills.ts";
import type { Report } from "./report.ts";

test.each<[string, () => Promise<Report>]>([
  ["damaged files of every kind are refused or read without an exception", () => damageFiles(60, seed)],
  ["a full disk leaves nothing half written and no weights lost", () => fillDisks(4)],
  ["a read-only folder is named in one sentence", trainReadOnly],
  ["a training that is killed again and again ends with the same bits", () => killTrainings(4, seed, 1)],
])(`%s (seed ${seed})`, async (_name, part) => {
  const { line, failures } = await part();
  console.log(line);
  expect(failures).toEqual([]);
});
