/** Likely mistakes in computing a number: the same expression without one of its named parts, or with the opposite sign. */
import { type Expression, evaluated, sum } from "./arithmetic.ts";
import type { Slip } from "./views.ts";

/** Returns the likely wrong answers, each with its mistake. None of them equals the correct answer. */
export function slipsOf(expression: Expression): Slip[] {
  const right = evaluated(expression);
  const found: Slip[] = [];
  const add = (value: number, says: string): void => {
    if (Number.isFinite(value) && !isNear(value, right) && !found.some((slip) => isNear(slip.value, value))) found.push({ value, says });
  };
  for (const [name, role] of rolesIn(expression)) {
    const rest = without(expression, name);
    if (rest) add(evaluated(rest), ROLES[role](name));
  }
  const turned = withOtherSigns(expression);
  if (turned) add(evaluated(turned), "It is subtracted, not added.");
  add(-right, "The sign is the other one.");
  if (expression.kind === "sum" && expression.parts.length > 1)
    for (const part of expression.parts) add(evaluated(part), `That is one term alone; the sum has ${expression.parts.length}.`);
  return found;
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-3 * Math.max(Math.abs(a), Math.abs(b));

const ROLES = {
  factor: (name: string) => `The factor ${name} is missing.`,
  term: (name: string) => `The term ${name} is missing.`,
  divisor: (name: string) => `The division by ${name} is missing.`,
} as const;
type Role = keyof typeof ROLES;

/** Returns the names in the expression and their roles. */
function rolesIn(expression: Expression, role: Role = "term", found = new Map<string, Role>()): Map<string, Role> {
  if (expression.name !== undefined && !found.has(expression.name)) found.set(expression.name, role);
  switch (expression.kind) {
    case "number":
      return found;
    case "product":
      for (const part of expression.parts) rolesIn(part, "factor", found);
      return found;
    case "sum":
    case "rest":
    case "max":
    case "min":
      for (const part of expression.parts) rolesIn(part, "term", found);
      return found;
    case "call":
      return rolesIn(expression.inner, "term", found);
    case "difference":
      rolesIn(expression.left, "term", found);
      return rolesIn(expression.right, "term", found);
    case "quotient":
      rolesIn(expression.left, "factor", found);
      return rolesIn(expression.right, "divisor", found);
    case "power":
      rolesIn(expression.left, "factor", found);
      return rolesIn(expression.right, "term", found);
  }
}

/** Returns the expression without the parts with that name; undefined if nothing remains. */
function without(expression: Expression, name: string): Expression | undefined {
  if (expression.name === name) return undefined;
  switch (expression.kind) {
    case "number":
      return expression;
    case "call": {
      const inner = without(expression.inner, name);
      return inner && { ...expression, inner };
    }
    case "difference":
    case "quotient":
    case "power": {
      const left = without(expression.left, name);
      const right = without(expression.right, name);
      return left && right ? { ...expression, left, right } : left;
    }
    default: {
      const parts = expression.parts.flatMap((part) => without(part, name) ?? []);
      return parts.length > 0 ? { ...expression, parts } : undefined;
    }
  }
}

/** Returns a difference as a sum; undefined for any other expression. */
const withOtherSigns = (expression: Expression): Expression | undefined =>
  expression.kind === "difference" ? sum(expression.left, expression.right) : undefined;
