import { expect, test } from "vitest";
import { shortened } from "./shortName.ts";

test.each([
  ["petal_length", 12, "petal_length"],
  ["petal_lengths", 12, "petal_lengt…"],
  ["", 4, ""],
  ["abc", 0, "a…"],
  // A letter outside the basic plane is not split.
  ["𝒙𝒚𝒛𝒘", 3, "𝒙𝒚…"],
])("%j in %i letters is %j", (name, letters, short) => expect(shortened(name, letters)).toBe(short));
