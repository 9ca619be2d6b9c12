/**
 * Reads a layer's, activation's, loss's or optimizer's arguments according to the catalog, and reports wrong kinds and ranges, and missing
 * and unknown arguments.
 */

import { type Argument, type Arguments, defaultsOf, isNumeric, type Settings } from "../../../engine/catalog/arguments.ts";
import { type CatalogPart, type Configured, catalog, isName, names } from "../../../engine/catalog/index.ts";
import { movedToNextLine } from "../diagnostics/fixes.ts";
import { issue } from "../diagnostics/issue.ts";
import type { Span } from "../syntax/span.ts";
import type { ArgumentNode, ValueNode } from "../syntax/tree.ts";
import { accepts, inRange, isNamed, isRequired, wanted } from "./argumentKinds.ts";
import { resolved, type Scope, suggestion } from "./scope.ts";
import { readUnnamed } from "./unnamedValues.ts";
import { kindText, shown } from "./valueText.ts";

/** The settings with known values. */
export type Known<A extends Arguments> = { readonly [K in keyof Settings<A>]?: Settings<A>[K] | undefined };

export interface ReadArguments<A extends Arguments> {
  /** All numbers and booleans (as 0 or 1), with defaults; undefined if one is missing. */
  readonly settings: Settings<A> | undefined;
  /** The known numbers and booleans. */
  readonly numbers: Known<A>;
  /** The written values of the right kind, with `let` names resolved. */
  readonly values: ReadonlyMap<keyof A & string, ValueNode>;
  /** Whether something is missing or wrong, which has been reported. */
  readonly faulty: boolean;
}

export interface Subject<A extends Arguments> {
  /** The word as users know it: `dense`, `sgd`. */
  readonly name: string;
  readonly span: Span;
  readonly arguments: A;
  /** The arguments that may be written without names, in order. If absent, all of them may. */
  readonly order?: readonly string[];
  /** The example in the message about a missing argument. */
  readonly example: string | (() => string);
  /** Whether part of the line could not be read. If so, no argument is reported as missing. */
  readonly damaged: boolean;
}

/** Returns the numeric arguments, with booleans as 1 or 0 and defaults for the unwritten ones. */
function numbersOf(values: ReadonlyMap<string, ValueNode>, known: Arguments, defaults: Numbers): Numbers {
  const numbers: Record<string, number> = { ...defaults };
  for (const [name, value] of values) {
    const spec = known[name];
    if (!spec || !isNumeric(spec)) continue;
    if (value.kind === "number") numbers[name] = value.value;
    else if (value.kind === "boolean") numbers[name] = value.value ? 1 : 0;
  }
  return numbers;
}

/** Reads a line's or call's arguments according to the catalog: named ones first, then the others in the catalog's order. */
export function readArguments<A extends Arguments>(nodes: readonly ArgumentNode[], subject: Subject<A>, scope: Scope): ReadArguments<A> {
  const { defaults, required } = digestOf(subject.arguments);
  let faulty = subject.damaged;
  const result = (numbers: Numbers, written: ReadonlyMap<string, ValueNode>): ReadArguments<A> => {
    const isWhole = required.every((name) => numbers[name] !== undefined);
    // The settings fit `A`, since they were read by its arguments, but the compiler does not know their names here.
    return { numbers: numbers as Known<A>, settings: isWhole ? (numbers as Settings<A>) : undefined, values: written, faulty };
  };
  if (nodes.length === 0 && required.length === 0) return result(defaults, NO_VALUES);
  const values = new Map<string, ValueNode>();
  /** Arguments with a wrong value. The next unnamed value does not belong to them. */
  const refused = new Set<string>();
  const refuse = (name: string): void => {
    refused.add(name);
    faulty = true;
  };

  for (const { name, value } of nodes) {
    if (!name) continue;
    const spec = Object.hasOwn(subject.arguments, name.text) ? subject.arguments[name.text] : undefined;
    if (!spec) {
      const near = suggestion(name, names(subject.arguments));
      const isTaken = near.parts.nearest !== undefined && !leftArguments(nodes, subject).includes(near.parts.nearest);
      const { parts, fixes } = isTaken ? suggestion(name, []) : near;
      scope.report(issue("NN207", name.span, { of: subject.name, ...parts, known: names(subject.arguments) }, { fixes }));
      faulty = true;
    } else if (values.has(name.text)) {
      scope.report(issue("NN210", name.span, { what: "argument", name: name.text }));
      faulty = true;
    } else if (!take(name.text, spec, value)) refuse(name.text);
  }
  const order = subject.order ?? names(subject.arguments);
  const placed = readUnnamed(
    nodes,
    { name: subject.name, arguments: subject.arguments, order },
    (name) => values.has(name) || refused.has(name),
    (name, value) => {
      const spec = subject.arguments[name];
      if (spec && !take(name, spec, value)) refuse(name);
    },
    scope,
  );
  if (!placed) faulty = true;

  const numbers = numbersOf(values, subject.arguments, defaults);
  for (const name of required) {
    if (numbers[name] !== undefined || faulty) continue;
    const example = typeof subject.example === "string" ? subject.example : subject.example();
    scope.report(issue("NN212", subject.span, { of: subject.name, name: `\`${name}\``, example }));
    faulty = true;
  }
  return result(numbers, values);

  function take(name: string, spec: Argument, node: ValueNode | undefined): boolean {
    if (!node) return false;
    const value = resolved(node, scope);
    // A declaration without a value has its own message.
    if (value.kind === "name" && scope.lets.has(value.text) && !scope.lets.get(value.text)?.value) return false;
    const problem = problemWith(spec, value);
    if (problem === undefined) {
      values.set(name, value);
      return true;
    }
    // A directive's only value has no name.
    const place = name === "value" ? `\`${subject.name}\`` : `\`${name}\` of \`${subject.name}\``;
    if (node.kind === "name" && value === node && !isNamed(spec)) {
      const { parts, fixes } = suggestion(node, [...scope.lets.keys()]);
      scope.report(
        parts.nearest === undefined
          ? issue("NN213", node.span, {
              message: `${place} must be ${wanted(spec)}, but \`${node.text.slice(0, 60)}\` is a name that no \`let\` declares.`,
            })
          : issue("NN209", node.span, { what: "let", ...parts }, { fixes }),
      );
    } else scope.report(issue("NN213", node.span, { message: `${place} must be ${wanted(spec, value)}, but ${problem}.` }));
    return false;
  }
}

/** Returns the arguments that a line does not contain yet, by name or by place. */
function leftArguments(
  nodes: readonly ArgumentNode[],
  { arguments: known, order }: Pick<Subject<Arguments>, "arguments" | "order">,
): string[] {
  const unnamed = nodes.filter(({ name }) => !name).length;
  const taken = new Set([...nodes.map(({ name }) => name?.text), ...(order ?? names(known)).slice(0, unnamed)]);
  return names(known).filter((name) => !taken.has(name));
}

type Numbers = Readonly<Record<string, number>>;
const NO_VALUES: ReadonlyMap<string, ValueNode> = new Map();

/** An entry's arguments, prepared for reading a line. */
interface Digest {
  readonly defaults: Numbers;
  /** Numbers without a default. */
  readonly required: readonly string[];
}
const digests = new WeakMap<Arguments, Digest>();

/** Returns the digest of an entry. Digests are cached, since every line needs one and the catalog does not change. */
function digestOf(known: Arguments): Digest {
  const cached = digests.get(known);
  if (cached) return cached;
  const required = Object.entries(known)
    .filter(([, spec]) => isRequired(spec))
    .map(([name]) => name);
  const digest = { defaults: defaultsOf(known), required };
  digests.set(known, digest);
  return digest;
}

/** Returns what is wrong with a value; undefined if it is valid. */
function problemWith(spec: Argument, value: ValueNode): string | undefined {
  if (!accepts(spec, value) && !(spec.kind === "rate" && value.kind === "name")) return `${shown(value)} is ${kindText(value)}`;
  if (value.kind === "number" && (spec.kind === "number" || spec.kind === "integer")) {
    const text = shown(value);
    if (spec.kind === "integer" && !Number.isInteger(value.value)) return `${text} is not a whole number`;
    return inRange(spec, value.value) ? undefined : `${text} is out of range`;
  }
  if (spec.kind === "rate" && value.kind === "number" && !(value.value > 0)) return `${shown(value)} is not above 0`;
  if (spec.kind === "choice" && value.kind === "name" && !spec.options.includes(value.text))
    return `\`${value.text.slice(0, 40)}\` is not one of them`;
  return undefined;
}

const UNKNOWN = { activations: "NN202", initializers: "NN206", losses: "NN203", metrics: "NN205", sources: "NN216" } as const;

type Catalog = typeof catalog;

/** A catalog entry with its arguments as read. */
export type ReadUse<P extends CatalogPart, N extends keyof Catalog[P] = keyof Catalog[P]> = {
  readonly [K in N]: Catalog[P][K] extends { readonly arguments: infer A extends Arguments }
    ? { readonly name: K; readonly read: ReadArguments<A> }
    : never;
}[N];

/** Returns an entry with its settings as in the plan; undefined if a setting is missing. */
export function configured<P extends CatalogPart, N extends keyof Catalog[P] = keyof Catalog[P]>(
  use: ReadUse<P, N>,
): Configured<P, N> | undefined {
  // Name and settings belong to the same entry, which TypeScript can't infer for the union of all entries.
  const { name, read } = use as { readonly name: N; readonly read: { readonly settings: object | undefined } };
  return read.settings && ({ name, settings: read.settings } as Configured<P, N>);
}

/** Reads the name of a catalog entry, with or without arguments: `relu`, `huber(0.5)`. Reports an unknown name and returns undefined. */
export function readUse<P extends CatalogPart>(part: P, node: ValueNode, scope: Scope): ReadUse<P> | undefined {
  const value = resolved(node, scope);
  const name = value.kind === "call" ? value.name : value.kind === "name" ? value : undefined;
  if (!name) {
    scope.report(
      issue("NN213", node.span, {
        message: `Write a name here, such as \`${names(catalog[part])[0]}\`; ${shown(value)} is ${kindText(value)}.`,
      }),
    );
    return undefined;
  }
  const table: object = catalog[part];
  const known: CatalogPart = part;
  if (!isName(table, name.text)) {
    if (known === "activations" && isName(catalog.layers, name.text)) {
      const message = `\`${name.text}\` is a layer, not an activation; write it on a line of its own.`;
      scope.report(issue("NN202", name.span, { message }, { fixes: movedToNextLine(node.span, scope) }));
      return undefined;
    }
    const { parts, fixes } = suggestion(name, names(table));
    if (known === "optimizers" || known === "schedules") scope.report(issue("NN204", name.span, { part: known, ...parts }, { fixes }));
    else if (known === "stops" || known === "layers" || known === "starts")
      scope.report(
        issue("NN213", name.span, {
          message: `\`${name.text.slice(0, 60)}\` is not known here; write \`${known === "starts" ? "weights" : "early_stopping"}\`.`,
        }),
      );
    else scope.report(issue(UNKNOWN[known], name.span, parts, { fixes }));
    return undefined;
  }
  const entry = name.text as keyof Catalog[P];
  const written = value.kind === "call" ? value.arguments : [];
  return readEntry(part, entry, written, { span: name.span, example: () => callText(name.text, part), damaged: false }, scope);
}

/** Reads the arguments after an entry's name. */
export function readEntry<P extends CatalogPart, N extends keyof Catalog[P]>(
  part: P,
  name: N,
  nodes: readonly ArgumentNode[],
  subject: Omit<Subject<Arguments>, "name" | "arguments">,
  scope: Scope,
): ReadUse<P, N> {
  const { arguments: known } = catalog[part][name] as { readonly arguments: Arguments };
  const read = readArguments(nodes, { ...subject, name: String(name), arguments: known }, scope);
  // As above: the arguments belong to this entry.
  return { name, read } as unknown as ReadUse<P, N>;
}

/** Returns a call with all arguments: `huber(delta=…)`. */
function callText(name: string, part: CatalogPart): string {
  const { arguments: known } = (catalog[part] as Readonly<Record<string, { readonly arguments: Arguments }>>)[name] ?? { arguments: {} };
  return `${name}(${names(known)
    .map((argument) => `${argument}=…`)
    .join(", ")})`;
}
