/** One message per repaired line. */
import { together } from "../diagnostics/fixes.ts";
import type { Fix, Issue } from "../diagnostics/issue.ts";

/**
 * Returns the findings except those on a repaired line, which appear once the line is repaired. An error there that is corrected elsewhere
 * in the file becomes part of the repair, so that its fix leaves no error.
 */
export function oneMessageEach(found: readonly Issue[]): readonly Issue[] {
  const repairs = found.filter(({ repairs: line }) => line !== undefined);
  if (repairs.length === 0) return found;
  const whole = new Map(repairs.map((repair) => [repair, repair]));
  const others = found.filter((other) => {
    if (other.repairs) return false;
    const repair = repairs.find(({ repairs: line }) => line && other.span.start >= line.start && other.span.start <= line.end);
    if (!repair) return true;
    whole.set(repair, joined(whole.get(repair) ?? repair, other));
    return false;
  });
  // The positions in a repaired line are not positions in the written text.
  const isOutside = ({ changes }: Fix): boolean =>
    changes.every(({ span }) => repairs.every(({ repairs: line }) => !line || span.end < line.start || span.start > line.end));
  return [...others.map((other) => ({ ...other, fixes: other.fixes.filter(isOutside) })), ...whole.values()];
}

/** Whether a fix overwrites everything that another one changes, as the fix of a wrong word in quotes does. */
const isWithin = (inner: Fix | undefined, outer: Fix): boolean =>
  inner?.changes.every(({ span }) => outer.changes.some((change) => change.span.start <= span.start && change.span.end >= span.end)) ===
  true;

function joined(repair: Issue, other: Issue): Issue {
  const [elsewhere] = other.fixes;
  const { repairs: line } = repair;
  if (elsewhere && other.severity === "error" && repair.fixes.length === 1 && isWithin(repair.fixes[0], elsewhere))
    return { ...repair, message: `${repair.message} ${other.message}`, fixes: [elsewhere] };
  const isElsewhere = line && elsewhere?.changes.every(({ span }) => span.end < line.start || span.start > line.end);
  if (!elsewhere || !isElsewhere || other.severity !== "error") return repair;
  return {
    ...repair,
    message: `${repair.message} ${other.message}`,
    fixes: repair.fixes.map((own) => ({ ...together(own, [elsewhere]), ...(own.isGuess === true ? { isGuess: true } : {}) })),
  };
}
