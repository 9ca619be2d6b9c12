/** The lines of a block by their names: unknown and repeated ones are reported, the rest can be looked up. */
import type { Argument } from "../../../engine/catalog/arguments.ts";
import type { BooleanForm, ChoiceForm, NumberForm } from "../../../engine/catalog/directives.ts";
import { directives, isName, names } from "../../../engine/catalog/index.ts";
import { issue } from "../diagnostics/issue.ts";
import type { ArgumentNode, DirectiveNode, ValueNode } from "../syntax/tree.ts";
import { readArguments, shown } from "./argumentReader.ts";
import { resolved, type Scope, suggestion } from "./scope.ts";

export type DirectiveBlock = keyof typeof directives;

export type DirectiveName<B extends DirectiveBlock> = keyof (typeof directives)[B] & string;
export type DirectiveLines<B extends DirectiveBlock> = ReadonlyMap<DirectiveName<B>, DirectiveNode>;

export function directivesOf<B extends DirectiveBlock>(block: B, lines: readonly DirectiveNode[], scope: Scope): DirectiveLines<B> {
  const found = new Map<DirectiveName<B>, DirectiveNode>();
  const table = directives[block];
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

/** `scale standard`: one of a directive's words. */
export function wordOf<const T extends ChoiceForm>(line: DirectiveNode | undefined, takes: T, scope: Scope): T["options"][number] {
  const { options, default: fallback } = takes;
  if (!line) return fallback;
  const wanted = `one of ${options.join(", ")}`;
  const value = oneValueOf(line, { kind: "choice", summary: "", options, default: fallback }, wanted, options[0] ?? "", scope);
  return value?.kind === "name" ? (options.find((option) => option === value.text) ?? fallback) : fallback;
}

/** `epochs 30`; or one of the words, for which it returns null. `fallback`: another than the catalog's. */
export function numberOf<const T extends NumberForm>(
  line: DirectiveNode | undefined,
  { words, integer, min, max, default: fallback }: T,
  scope: Scope,
  other: number = fallback,
): number | (T extends { readonly words: object } ? null : never) {
  if (!line) return other;
  const [argument] = line.arguments;
  // Null is of the return type where there are words.
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

export function booleanOf(line: DirectiveNode | undefined, { default: fallback }: BooleanForm, scope: Scope): boolean {
  if (!line) return fallback;
  const value = oneValueOf(line, { kind: "boolean", summary: "", default: fallback }, "true or false", String(fallback), scope);
  return value?.kind === "boolean" ? value.value : fallback;
}

/** A line's one value, which is reported where it is missing. */
function oneValueOf(line: DirectiveNode, value: Argument, wanted: string, example: string, scope: Scope): ValueNode | undefined {
  const { name, arguments: written, damaged } = line;
  const subject = { name: name.text, span: name.span, arguments: { value }, example: `${name.text} ${example}`, damaged };
  const read = readArguments(written, subject, scope);
  const found = read.values.get("value");
  if (!found && !read.faulty) reportMissing(line, wanted, `${name.text} ${example}`, scope);
  return found;
}

/** `split validation=0.2 test=0.1`: numbers by name, each within 0 and `max`. */
export function fractionsOf<N extends string>(
  line: DirectiveNode | undefined,
  allowed: readonly N[],
  max: number,
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
        issue("NN213", argument.span, { message: `\`${line.name.text}\` needs names: ${allowed.map((name) => `${name}=`).join(", ")}.` }),
      );
      continue;
    }
    const { text } = argument.name;
    const name = allowed.find((one) => one === text);
    if (name === undefined) {
      const { parts, fixes } = suggestion(argument.name, allowed);
      scope.report(issue("NN207", argument.name.span, { of: line.name.text, ...parts, known: allowed }, { fixes }));
    } else if (found.has(name)) {
      scope.report(issue("NN210", argument.name.span, { what: "argument", name: argument.name.text }));
    } else if (value?.kind !== "number" || !(value.value >= 0) || value.value > max) {
      if (value)
        scope.report(
          issue("NN213", argument.span, {
            message: `\`${argument.name.text}\` must be a number from 0${Number.isFinite(max) ? ` to ${max}` : ""}, but ${shown(value)} is not.`,
          }),
        );
    } else found.set(name, value.value);
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
