import { expect, test } from "vitest";
import { distinctNames } from "./runNames.ts";

const at = (minute: number): number => new Date(2026, 10, 25, 18, minute).getTime();
const run = (name: string, seed: number | null, minute: number) => ({ name, seed, begun: at(minute) });

test("runs of one name are told apart by their seeds, else by their times, else by a number", () => {
  expect(distinctNames([run("Xor", 42, 1), run("Iris", 42, 2)])).toEqual(["Xor", "Iris"]);
  expect(distinctNames([run("Xor", 42, 1), run("Iris", 1, 2), run("Xor", 43, 3)])).toEqual(["Xor, seed 42", "Iris", "Xor, seed 43"]);
  const byTime = distinctNames([run("Xor", 42, 1), run("Xor", 42, 3)]);
  expect(byTime).toEqual(["Xor, 2026-11-25 18:01:00", "Xor, 2026-11-25 18:03:00"]);
  expect(distinctNames([run("Xor", 42, 1), run("Xor", 42, 1)])).toEqual(["Xor, 1", "Xor, 2"]);
  // Another program's run may have no seed.
  expect(distinctNames([run("Xor", 42, 1), run("Xor", null, 3)])).toEqual(byTime);
});
