/** Reads the arguments of a layer, activation, loss or optimizer by the catalog, and reports wrong kinds, ranges, missing and unknown arguments. */

import {
  type Argument,
  type Arguments,
  defaultsOf,
  isNumeric,
  type NumberArgument,
  type Settings,
} from "../../../engine/catalog/arguments.ts";
import { type CatalogPart, type Configured, catalog, isName, names } from "../../../engine/catalog/index.ts";
import { groupedText } from "../../../engine/numberText.ts";
import { issue } from "../diagnostics/issue.ts";
import type { Span } from "../syntax/span.ts";
import type { ArgumentNode, ValueNode } from "../syntax/tree.ts";
import { resolved, type Scope, suggestion } from "./scope.ts";

/** Those settings that are known. */
export type Known<A extends Arguments> = { readonly [K in keyof Settings<A>]?: Settings<A>[K] | undefined };

export interface ReadArguments<A extends Arguments> {
  /** All numbers and booleans (as 0 or 1), with defaults; undefined if one is missing. */
  readonly settings: Settings<A> | undefined;
  /** Those numbers and booleans that are known. */
  readonly numbers: Known<A>;
  /** The written values of the right kind, with `let` names resolved. */
  readonly values: ReadonlyMap<keyof A & string, ValueNode>;
  /** Whether something is missing or wrong, which has been reported. */
  readonly faulty: boolean;
}

export interface Subject<A extends Arguments> {
  /** The word as the user knows it: `dense`, `sgd`. */
  readonly name: string;
  readonly span: Span;
  readonly arguments: A;
  /** The example in the message about a missing argument. */
  readonly example: string | (() => string);
  /** Whether part of the line could not be read. Then no argument is reported as missing. */
  readonly damaged: boolean;
}

/** Returns the numeric arguments, a boolean as 1 or 0, with defaults for those that are not written. */
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

/** Reads a line's or call's arguments by the catalog's list: named ones first, then the others in the order that their kinds allow. */
export function readArguments<A extends Arguments>(nodes: readonly ArgumentNode[], subject: Subject<A>, scope: Scope): ReadArguments<A> {
  const { entries, defaults, required } = digestOf(subject.arguments);
  let faulty = subject.damaged;
  const result = (numbers: Numbers, written: ReadonlyMap<string, ValueNode>): ReadArguments<A> => {
    const isWhole = required.every((name) => numbers[name] !== undefined);
    // The settings fit `A`, since they were read by its arguments, but the compiler does not know their names here.
    return { numbers: numbers as Known<A>, settings: isWhole ? (numbers as Settings<A>) : undefined, values: written, faulty };
  };
  if (nodes.length === 0 && required.length === 0) return result(defaults, NO_VALUES);
  const values = new Map<string, ValueNode>();
  /** Arguments whose value was wrong. The next unnamed value does not belong to them. */
  let refused: Set<string> | undefined;
  const refuse = (name: string): void => {
    refused ??= new Set();
    refused.add(name);
    faulty = true;
  };

  for (const { name, value } of nodes) {
    if (!name) continue;
    const spec = Object.hasOwn(subject.arguments, name.text) ? subject.arguments[name.text] : undefined;
    if (!spec) {
      const { parts, fixes } = suggestion(name, names(subject.arguments));
      scope.report(issue("NN207", name.span, { of: subject.name, ...parts, known: names(subject.arguments) }, { fixes }));
      faulty = true;
    } else if (values.has(name.text)) {
      scope.report(issue("NN210", name.span, { what: "argument", name: name.text }));
      faulty = true;
    } else if (!take(name.text, spec, value)) refuse(name.text);
  }
  for (const node of nodes) {
    if (node.name || !node.value) continue;
    const value = resolved(node.value, scope);
    const isFree = ([name]: readonly [string, Argument]): boolean => !values.has(name) && refused?.has(name) !== true;
    const slot =
      entries.find((entry) => accepts(entry[1], value) && isFree(entry)) ??
      (value.kind === "name" ? entries.find((entry) => isNamed(entry[1]) && isFree(entry)) : undefined) ??
      entries.find(isFree);
    if (!slot) {
      scope.report(issue("NN207", node.span, { of: subject.name, name: shown(node.value), known: names(subject.arguments) }));
      faulty = true;
      break;
    }
    if (!take(slot[0], slot[1], node.value)) refuse(slot[0]);
  }

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
    const problem = problemWith(spec, value);
    if (problem === undefined) {
      values.set(name, value);
      return true;
    }
    // The only value of a directive has no name.
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
    } else scope.report(issue("NN213", node.span, { message: `${place} must be ${wanted(spec)}, but ${problem}.` }));
    return false;
  }
}

type Numbers = Readonly<Record<string, number>>;
const NO_VALUES: ReadonlyMap<string, ValueNode> = new Map();

/** An entry's arguments in the forms that reading a line needs. */
interface Digest {
  readonly entries: readonly (readonly [string, Argument])[];
  readonly defaults: Numbers;
  /** Numbers without a default. */
  readonly required: readonly string[];
}
const digests = new WeakMap<Arguments, Digest>();

/** Returns the digest of an entry. Digests are cached, since every line needs one and the catalog does not change. */
function digestOf(known: Arguments): Digest {
  const cached = digests.get(known);
  if (cached) return cached;
  const entries = Object.entries(known);
  const required = entries.filter(([, spec]) => isNumeric(spec) && spec.default === undefined).map(([name]) => name);
  const digest = { entries, defaults: defaultsOf(known), required };
  digests.set(known, digest);
  return digest;
}

/** Whether the value is of the argument's kind. Its range is not checked. */
function accepts(spec: Argument, { kind }: ValueNode): boolean {
  switch (spec.kind) {
    case "number":
    case "integer":
      return kind === "number";
    case "boolean":
      return kind === "boolean";
    case "choice":
      return kind === "name";
    case "activation":
    case "initializer":
      return kind === "name" || kind === "call";
    case "rate":
      return kind === "number" || kind === "call";
    case "bias":
      return kind === "boolean" || kind === "list";
    case "kernel":
      return kind === "list";
    case "shape":
      return kind === "number" || kind === "shape";
    case "text":
      return kind === "string" || kind === "name";
    case "names":
      return kind === "name" || kind === "not";
  }
}

const isNamed = ({ kind }: Argument): boolean => kind === "activation" || kind === "initializer" || kind === "choice" || kind === "rate";

/** Returns what is wrong with a value; undefined if it is right. */
function problemWith(spec: Argument, value: ValueNode): string | undefined {
  if (!accepts(spec, value) && !(spec.kind === "rate" && value.kind === "name")) return `${shown(value)} is ${KINDS[value.kind]}`;
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

function inRange({ min, max, above, below }: NumberArgument, value: number): boolean {
  return (
    Number.isFinite(value) &&
    !(min !== undefined && value < min) &&
    !(max !== undefined && value > max) &&
    !(above !== undefined && value <= above) &&
    !(below !== undefined && value >= below)
  );
}

function wanted(spec: Argument): string {
  switch (spec.kind) {
    case "number":
    case "integer": {
      const bounds = [
        spec.min !== undefined && `from ${spec.min}`,
        spec.above !== undefined && `above ${spec.above}`,
        // Very large limits are technical and do not interest a reader.
        spec.max !== undefined && spec.max < 1e9 && `up to ${groupedText(spec.max)}`,
        spec.below !== undefined && `below ${spec.below}`,
      ].filter(Boolean);
      return [spec.kind === "integer" ? "a whole number" : "a number", ...bounds].join(" ");
    }
    case "boolean":
      return "true or false";
    case "choice":
      return `one of ${spec.options.join(", ")}`;
    case "activation":
      return "an activation, such as relu";
    case "initializer":
      return "an initializer, such as he_normal";
    case "rate":
      return "a number above 0 or a schedule";
    case "bias":
      return "true, false or a list of start values";
    case "kernel":
      return spec.axes === 2 ? "a list of rows, such as [[0.1, 0.2], [0.3, 0.4]]" : "a list of numbers, such as [0.1, 0.2]";
    case "shape":
      return "a size or a shape, such as 28x28";
    case "text":
      return "a text in quotes";
    case "names":
      return "names of layers or columns";
  }
}

const KINDS: { readonly [K in ValueNode["kind"]]: string } = {
  name: "a name",
  number: "a number",
  shape: "a shape",
  string: "a text",
  boolean: "true or false",
  call: "a call",
  list: "a list",
  range: "a range of columns",
  not: "a `not`",
};

export function shown(value: ValueNode): string {
  switch (value.kind) {
    case "name":
      return value.text.slice(0, 60);
    case "number":
      return value.text.slice(0, 40);
    case "shape":
      return value.axes.join("x").slice(0, 40);
    case "string":
      return JSON.stringify(value.value.slice(0, 40));
    case "boolean":
      return String(value.value);
    case "call":
      return `${value.name.text.slice(0, 40)}(…)`;
    case "list":
      return "[…]";
    case "range":
      return "a..b";
    case "not":
      return "not";
  }
}

const UNKNOWN = { activations: "NN202", initializers: "NN206", losses: "NN203", metrics: "NN205", sources: "NN216" } as const;

type Catalog = typeof catalog;

/** An entry of a part of the catalog with its arguments as read. */
export type ReadUse<P extends CatalogPart, N extends keyof Catalog[P] = keyof Catalog[P]> = {
  readonly [K in N]: Catalog[P][K] extends { readonly arguments: infer A extends Arguments }
    ? { readonly name: K; readonly read: ReadArguments<A> }
    : never;
}[N];

/** Returns an entry with its settings as in the plan; undefined if a setting is missing. */
export function configured<P extends CatalogPart, N extends keyof Catalog[P] = keyof Catalog[P]>(
  use: ReadUse<P, N>,
): Configured<P, N> | undefined {
  // Name and settings are those of one entry, which TypeScript can't follow through the union of all.
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
        message: `Write a name here, such as \`${names(catalog[part])[0]}\`; ${shown(value)} is ${KINDS[value.kind]}.`,
      }),
    );
    return undefined;
  }
  const table: object = catalog[part];
  const known: CatalogPart = part;
  if (!isName(table, name.text)) {
    const { parts, fixes } = suggestion(name, names(table));
    if (known === "optimizers" || known === "schedules") scope.report(issue("NN204", name.span, { part: known, ...parts }, { fixes }));
    else if (known === "stops" || known === "layers")
      scope.report(issue("NN213", name.span, { message: `\`${name.text.slice(0, 60)}\` is not known here; write \`early_stopping\`.` }));
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
  // As above: the arguments are those of this entry.
  return { name, read } as unknown as ReadUse<P, N>;
}

/** Returns a call with all arguments: `huber(delta=…)`. */
function callText(name: string, part: CatalogPart): string {
  const { arguments: known } = (catalog[part] as Readonly<Record<string, { readonly arguments: Arguments }>>)[name] ?? { arguments: {} };
  return `${name}(${names(known)
    .map((argument) => `${argument}=…`)
    .join(", ")})`;
}
