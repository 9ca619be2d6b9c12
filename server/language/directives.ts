/** The lines of a block by their names: unknown and repeated ones are reported, the rest can be looked up. */
import { directives, isName, names } from "../../engine/catalog/index.ts";
import { readArguments, shown } from "./arguments.ts";
import { issue } from "./diagnostics.ts";
import { resolved, type Scope, suggestion } from "./scope.ts";
import type { ArgumentNode, DirectiveNode } from "./tree.ts";

export type DirectiveBlock = keyof typeof directives;

export function directivesOf(block: DirectiveBlock, lines: readonly DirectiveNode[], scope: Scope): ReadonlyMap<string, DirectiveNode> {
  const found = new Map<string, DirectiveNode>();
  const table: object = directives[block];
  for (const line of lines) {
    const name = line.name.text;
    if (!isName(table, name)) {
      const { parts, fixes } = suggestion(line.name, names(table));
      // A line that can't be read was said to be so; that its first word is no directive is a consequence.
      if (line.damaged && parts.nearest === undefined) continue;
      scope.report(issue("NN208", line.name.span, { block, ...parts }, { fixes }));
    } else if (found.has(name)) scope.report(issue("NN210", line.name.span, { what: "line", name }));
    else found.set(name, line);
  }
  return found;
}

/** `scale standard`: one of a directive's words; its first option of the catalog is not assumed, the caller says the default. */
export function wordOf<W extends string>(line: DirectiveNode | undefined, options: readonly W[], fallback: W, scope: Scope): W {
  if (!line) return fallback;
  const read = readArguments(
    line.arguments,
    {
      name: line.name.text,
      span: line.name.span,
      arguments: { value: { kind: "choice", summary: "", options, default: fallback } },
      example: `${line.name.text} ${options[0]}`,
      damaged: line.damaged,
    },
    scope,
  );
  const value = read.values.get("value");
  if (!value && !read.faulty) reportMissing(line, `one of ${options.join(", ")}`, `${line.name.text} ${options[0]}`, scope);
  return value?.kind === "name" ? (options.find((option) => option === value.text) ?? fallback) : fallback;
}

/** `epochs 30`; or one of `words`, which gives null. */
export function numberOf(
  line: DirectiveNode | undefined,
  fallback: number | null,
  range: { integer: boolean; min: number; max: number; words?: readonly string[] },
  scope: Scope,
): number | null {
  if (!line) return fallback;
  const [argument] = line.arguments;
  if (range.words && argument?.value?.kind === "name" && range.words.includes(argument.value.text)) return null;
  const read = readArguments(
    line.arguments,
    {
      name: line.name.text,
      span: line.name.span,
      arguments: { value: { kind: range.integer ? "integer" : "number", summary: "", min: range.min, max: range.max } },
      example: `${line.name.text} ${range.min || 1}`,
      damaged: line.damaged,
    },
    scope,
  );
  return read.numbers["value"] ?? fallback;
}

export function booleanOf(line: DirectiveNode | undefined, fallback: boolean, scope: Scope): boolean {
  if (!line) return fallback;
  const read = readArguments(
    line.arguments,
    {
      name: line.name.text,
      span: line.name.span,
      arguments: { value: { kind: "boolean", summary: "", default: fallback } },
      example: `${line.name.text} true`,
      damaged: line.damaged,
    },
    scope,
  );
  const value = read.values.get("value");
  if (!value && !read.faulty) reportMissing(line, "true or false", `${line.name.text} ${fallback}`, scope);
  return value?.kind === "boolean" ? value.value : fallback;
}

/** `split validation=0.2 test=0.1`: numbers by name, each within 0 and `max`. */
export function fractionsOf(
  line: DirectiveNode | undefined,
  allowed: readonly string[],
  max: number,
  scope: Scope,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
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
        issue("NN213", argument.span, { message: `\`${line.name.text}\` needs names: ${allowed.map((name) => `${name}=`).join(", ")}.` }),
      );
    } else if (!allowed.includes(argument.name.text)) {
      const { parts, fixes } = suggestion(argument.name, allowed);
      scope.report(issue("NN207", argument.name.span, { of: line.name.text, ...parts, known: allowed }, { fixes }));
    } else if (found.has(argument.name.text)) {
      scope.report(issue("NN210", argument.name.span, { what: "argument", name: argument.name.text }));
    } else if (value?.kind !== "number" || !(value.value >= 0) || value.value > max) {
      if (value)
        scope.report(
          issue("NN213", argument.span, {
            message: `\`${argument.name.text}\` must be a number from 0${Number.isFinite(max) ? ` to ${max}` : ""}, but ${shown(value)} is not.`,
          }),
        );
    } else found.set(argument.name.text, value.value);
  }
  return found;
}

export function reportMissing(line: DirectiveNode, what: string, example: string, scope: Scope): void {
  if (!line.damaged) scope.report(issue("NN212", line.name.span, { of: line.name.text, name: what, example }));
}

/** Names and texts of a line such as `classes a, b`. */
export function wordsOf(arguments_: readonly ArgumentNode[]): string[] {
  return arguments_.flatMap(({ value }) =>
    value?.kind === "name" ? [value.text] : value?.kind === "string" ? [value.value] : value?.kind === "number" ? [value.text] : [],
  );
}
