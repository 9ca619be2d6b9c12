/** A typed number is accepted if it is right to three digits. Otherwise the student learns what is missing. */
import { describe, expect, test } from "vitest";
import { judgeNumber } from "./judgedNumber.ts";

const slips = [{ value: 0.5, says: "The factor f′(z) is missing." }];

describe("a typed number", () => {
  test.each(["0.42", "0.4196", "0,4196", " 0.4196 ", "4.196e-1"])("%s is right", (typed) => {
    expect(judgeNumber(typed, 0.4196, slips)).toEqual({ isRight: true, says: "Right." });
  });

  test.each([
    ["0.5", "Not yet. The factor f′(z) is missing."],
    ["−0.4196", "Not yet. The sign is the other one."],
    ["4.196", "Not yet. The decimal point is in another place."],
    ["0.3", "Not yet. Compare your steps with the formula."],
    ["0.4", "Not yet. Compare your steps with the formula."],
    ["0", "Not yet. Compare your steps with the formula."],
    ["", "Type a number, such as 0.125 or -3e-4."],
    ["half", "Type a number, such as 0.125 or -3e-4."],
  ])("%s is not right", (typed, says) => {
    expect(judgeNumber(typed, 0.4196, slips)).toEqual({ isRight: false, says });
  });

  test("0 is right where the value is 0", () => {
    expect(judgeNumber("0", 0, slips).isRight).toBe(true);
    expect(judgeNumber("0.01", 0, slips).isRight).toBe(false);
  });
});
