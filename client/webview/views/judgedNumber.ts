/** Judges a number typed by a student: right, wrong, or a known kind of mistake. */
import type { Slip } from "../../../engine/inspect/views.ts";

export interface Judgement {
  readonly isRight: boolean;
  readonly says: string;
}

/** The relative error that counts as right, equivalent to three digits. */
const TOLERANCE = 0.005;

/** Returns the judgement of the typed text. It accepts a decimal comma and the minus sign used in formulas. */
export function judgeNumber(typed: string, value: number, slips: readonly Slip[]): Judgement {
  const text = typed.trim().replaceAll("−", "-").replace(",", ".");
  const answer = text === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(answer)) return { isRight: false, says: "Type a number, such as 0.125 or -3e-4." };
  if (isNear(answer, value)) return { isRight: true, says: "Right." };
  const slip = slips.find((one) => isNear(answer, one.value));
  if (slip) return { isRight: false, says: `Not yet. ${slip.says}` };
  if (value !== 0 && isNear(Math.abs(answer), Math.abs(value))) return { isRight: false, says: "Not yet. The sign is the other one." };
  if (value !== 0 && answer !== 0) {
    const power = Math.round(Math.log10(Math.abs(answer / value)));
    if (power !== 0 && isNear(answer / 10 ** power, value))
      return { isRight: false, says: "Not yet. The decimal point is in another place." };
  }
  return { isRight: false, says: "Not yet. Compare your steps with the formula." };
}

const isNear = (answer: number, value: number): boolean =>
  value === 0 ? Math.abs(answer) < 1e-9 : Math.abs(answer - value) <= TOLERANCE * Math.abs(value);
