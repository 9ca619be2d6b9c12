/** A block's lines by directive name, and functions that read a line's values. */
import type { Argument } from "../../../engine/catalog/arguments.ts";
import type { BooleanForm, ChoiceForm, NumberForm } from "../../../engine/catalog/directives.ts";
import { directives, isName, names } from "../../../engine/catalog/index.ts";
import { lineRemoved } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ArgumentNode, DirectiveNode, ValueNode } from "../syntax/tree.ts";
import { readArguments } from "./argumentReader.ts";
import { resolved, type Scope, suggestion } from "./scope.ts";
import { shown } from "./valueText.ts";

export type DirectiveBlock = keyof typeof directives;

export type DirectiveName<B extends DirectiveBlock> = keyof (typeof directives)[B] & string;
export type DirectiveLines<B extends DirectiveBlock> = ReadonlyMap<DirectiveName<B>, DirectiveNode>;

const NEEDED: ReadonlySet<string> = new Set(["source", "target", "loss", "optimizer"]);

/** Returns the lines by name. Reports unknown and repeated ones. */
export function directivesOf<B extends DirectiveBlock>(block: B, lines: readonly DirectiveNode[], scope: Scope): DirectiveLines<B> {
  const found = new Map<DirectiveName<B>, DirectiveNode>();
  const table = directives[block];
  for (const line of lines) {
    const name = line.name.text;
    if (!isName(table, name)) {
      const { parts, fixes } = suggestion(line.name, names(table));
      // An unreadable line has been reported. An unknown first word may be a consequence of that.
      if (line.damaged && parts.nearest === undefined) continue;
      scope.report(issue("NN208", line.name.span, { block, ...parts }, { fixes }));
      // A line whose absence would be reported is read as intended.
      const meant = parts.nearest;
      if (meant !== undefined && NEEDED.has(meant) && isName(table, meant) && !found.has(meant)) found.set(meant, line);
    } else if (found.has(name)) {
      const fixes = [{ ...lineRemoved(line.span, scope, "Remove this line"), isGuess: true }];
      scope.report(issue("NN210", line.name.span, { what: "line", name }, { fixes }));
    } else found.set(name, line);
  }
  return found;
}

/** Returns the word of a line such as `scale standard`, or the default. */
export function wordOf<const T extends ChoiceForm>(line: DirectiveNode | undefined, takes: T, scope: Scope): T["options"][number] {
  const { options, default: fallback } = takes;
  if (!line) return fallback;
  const wanted = `one of ${options.join(", ")}`;
  const value = oneValueOf(line, { kind: "choice", summary: "", options, default: fallback }, wanted, options[0] ?? "", scope);
  return value?.kind === "name" ? (options.find((option) => option === value.text) ?? fallback) : fallback;
}

/** Returns the number on a line such as `epochs 30`, or null for one of its words. `other` is a default instead of the catalog's. */
export function numberOf<const T extends NumberForm>(
  line: DirectiveNode | undefined,
  { words, integer, min, max, default: fallback }: T,
  scope: Scope,
  other: number = fallback,
): number | (T extends { readonly words: object } ? null : never) {
  if (!line) return other;
  const [argument] = line.arguments;
  // The return type includes null if there are words, which TypeScript can't infer.
  if (words && argument?.value?.kind === "name" && words.includes(argument.value.text)) return null as never;
  const read = readArguments(
    line.arguments,
    {
      name: line.name.text,
      span: line.name.span,
      arguments: { value: { kind: integer ? "integer" : "number", summary: "", min, max } },
      example: `${line.name.text} ${min || 1}`,
      damaged: line.damaged,
    },
    scope,
  );
  return read.numbers.value ?? other;
}

/** Returns the value of a line such as `shuffle false`, or the default. */
export function booleanOf(line: DirectiveNode | undefined, { default: fallback }: BooleanForm, scope: Scope): boolean {
  if (!line) return fallback;
  const value = oneValueOf(line, { kind: "boolean", summary: "", default: fallback }, "true or false", String(fallback), scope);
  return value?.kind === "boolean" ? value.value : fallback;
}

/** Returns the only value of a line. Reports it if it is missing. */
function oneValueOf(line: DirectiveNode, value: Argument, wanted: string, example: string, scope: Scope): ValueNode | undefined {
  const { name, arguments: written, damaged } = line;
  const subject = { name: name.text, span: name.span, arguments: { value }, example: `${name.text} ${example}`, damaged };
  const read = readArguments(written, subject, scope);
  const found = read.values.get("value");
  if (!found && !read.faulty) reportMissing(line, wanted, `${name.text} ${example}`, scope);
  return found;
}

/** The range of a line's numbers: from 0, or above it, to `max`. */
export interface FractionRange {
  readonly max: number;
  readonly isAboveZero?: boolean;
  /** Names of the line's other arguments, which a misspelt name may stand for. */
  readonly others?: readonly string[];
}

/** Returns the numbers on a line such as `split validation=0.2 test=0.1` by name. Reports numbers outside the range. */
export function fractionsOf<N extends string>(
  line: DirectiveNode | undefined,
  allowed: readonly N[],
  { max, isAboveZero = false, others = [] }: FractionRange,
  scope: Scope,
): ReadonlyMap<N, number> {
  const found = new Map<N, number>();
  if (!line) return found;
  if (line.arguments.length === 0 && !line.damaged)
    reportMissing(
      line,
      `at least one of ${allowed.map((name) => `${name}=`).join(", ")}`,
      `${line.name.text} ${allowed.at(-1)}=0.2`,
      scope,
    );
  for (const argument of line.arguments) {
    const value = argument.value && resolved(argument.value, scope);
    if (!argument.name) {
      scope.report(
        issue("NN213", argument.span, {
          message: `\`${line.name.text}\` needs a name before each number; write ${allowed.map((name) => `\`${name}=\``).join(" or ")}.`,
        }),
      );
      continue;
    }
    const { text } = argument.name;
    const name = allowed.find((one) => one === text);
    if (name === undefined) {
      const known = [...allowed, ...others];
      const { parts, fixes } = suggestion(
        argument.name,
        known.filter((one) => !line.arguments.some((other) => other.name?.text === one)),
      );
      scope.report(issue("NN207", argument.name.span, { of: line.name.text, ...parts, known }, { fixes }));
    } else if (found.has(name)) {
      scope.report(issue("NN210", argument.name.span, { what: "argument", name: argument.name.text }));
    } else if (value?.kind !== "number" || !(value.value >= 0) || value.value > max || (isAboveZero && value.value === 0)) {
      if (value)
        scope.report(
          issue("NN213", argument.span, {
            message: `\`${argument.name.text}\` must be a number ${isAboveZero ? "above 0" : "from 0"}${Number.isFinite(max) ? ` to ${max}` : ""}, but ${shown(value)} is not.`,
          }),
        );
    } else found.set(name, value.value);
  }
  return found;
}

export function reportMissing(line: DirectiveNode, what: string, example: string, scope: Scope): void {
  if (!line.damaged) scope.report(issue("NN212", line.name.span, { of: line.name.text, name: what, example }));
}

/** Returns the names (including `true` and `false`), strings and numbers on a line such as `classes a, b` as texts, including items in lists. */
export const wordsOf = (arguments_: readonly ArgumentNode[]): string[] => arguments_.flatMap(({ value }) => wordsIn(value));

function wordsIn(value: ValueNode | undefined): string[] {
  switch (value?.kind) {
    case "name":
    case "number":
      return [value.text];
    case "boolean":
      return [String(value.value)];
    case "string":
      return [value.value];
    case "list":
      return value.items.flatMap(wordsIn);
    default:
      return [];
  }
}
