/**
 * Walks a schema together with valid examples and makes every message that the schema must refuse: a field that is missing, of a wrong type, NaN
 * or null; a number out of range; a list or a text that is too long; an extra key. A part of the schema that the walk does not know or that no
 * example reaches is an error, so that no field is left out silently.
 */
import type * as v from "valibot";
import { read, requireValue } from "../client/messages/valueSchemas.ts";

export interface Fault {
  readonly what: string;
  readonly message: unknown;
}

/** A schema or an action of valibot, as far as the walk reads it. */
interface Node {
  readonly kind: "schema" | "validation" | "transformation" | "metadata";
  readonly type: string;
  readonly message?: unknown;
  readonly requirement?: unknown;
  readonly pipe?: readonly Node[];
  readonly entries?: Readonly<Record<string, Node>>;
  readonly wrapped?: Node;
  readonly item?: Node;
  readonly items?: readonly Node[];
  readonly key?: Node | string;
  readonly value?: Node;
  readonly options?: readonly Node[];
}

/** A node's value in an example, and a function that returns the example with another value in its place. */
interface Place {
  readonly value: unknown;
  readonly put: (value: unknown) => unknown;
}

/** By a check's message: makes values that the check must refuse from a valid one. */
export type Violations = Readonly<Record<string, (valid: never) => readonly unknown[]>>;

const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  string: [undefined, null, Number.NaN, 3, {}, ["a"]],
  number: [undefined, null, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "1", {}, [1]],
  boolean: [undefined, null, Number.NaN, 0, "true"],
  literal: [undefined, null, Number.NaN, "another", -3],
  picklist: [undefined, null, Number.NaN, "another", "toString", -3],
  strict_object: [undefined, null, Number.NaN, true, "{}"],
  array: [],
  record: [undefined, null, Number.NaN, 3, "{}"],
  strict_tuple: [undefined, null, Number.NaN, {}, []],
  variant: [undefined, null, Number.NaN, true, "{}", {}],
  union: [undefined, null, Number.NaN, {}, true],
};

/** Violations of the custom checks in client/messages/valueSchemas.ts. */
const CUSTOM: Violations = {
  list: () => [undefined, null, Number.NaN, 3, "[]", {}],
  result: () => [undefined, "1", {}, [], true],
  results: () => [undefined, "[]", 3, {}, ["1"], [[1]], new Float64Array(1), new Array(1)],
  numbers: () => [undefined, null, "[]", 3, {}, ["1"], [null], [Number.NaN], [Number.POSITIVE_INFINITY], new Float64Array(1), new Array(1)],
  counts: () => [undefined, null, 3, {}, ["1"], [null], [Number.NaN], [0.5], [-1], [Number.POSITIVE_INFINITY], new Array(1)],
  "float32 array": (valid: Float32Array) => [undefined, null, {}, [...valid], new Float64Array(valid), valid.buffer],
  "float64 array": (valid: Float64Array) => [undefined, null, {}, [...valid], new Float32Array(valid), valid.buffer],
  bytes: (valid: Uint8Array) => [undefined, null, {}, [...valid], "", valid.buffer],
};

const RANGES: Readonly<Record<string, (requirement: never, valid: never) => readonly unknown[]>> = {
  min_value: (least: number) => [least - 1],
  max_value: (most: number) => [most + 1],
  gt_value: (bound: number) => [bound],
  lt_value: (bound: number) => [bound],
  integer: () => [0.5],
  safe_integer: () => [0.5, 2 ** 53],
  finite: () => [],
  min_length: (least: number, valid: readonly unknown[]) => [valid.slice(0, least - 1)],
  max_length: (most: number, valid: string | readonly unknown[]) => [
    typeof valid === "string" ? "a".repeat(most + 1) : Object.assign([valid[0]], { length: most + 1 }),
  ],
  regex: () => ["<script>", "../a"],
};
const CHANGES_NOTHING = ["readonly", "transform"];

/** Returns the messages that the schema must refuse. Throws if an example is not valid, or for a field that no example has. */
export function faultsOf(schema: v.GenericSchema, examples: readonly unknown[], violations: Violations = {}): Fault[] {
  for (const example of examples) requireValue(schema, example);
  const faults: Fault[] = [];
  const places = examples.map((value): Place => ({ value, put: (other) => other }));
  const own: Walk = { faults, violations: { ...CUSTOM, ...violations }, reached: new Set(), missing: new Map() };
  walk(own, schema as unknown as Node, places, "");
  const missing = [...own.missing].filter(([node]) => !own.reached.has(node)).map(([, path]) => path);
  if (missing.length > 0) throw new Error(`No example has ${missing.join(" or ")}.`);
  return faults;
}

interface Walk {
  readonly faults: Fault[];
  readonly violations: Violations;
  /** Parts of the schema that an example reaches. */
  readonly reached: Set<Node>;
  readonly missing: Map<Node, string>;
}

function walk(own: Walk, node: Node, places: readonly Place[], path: string, isNullable = false): void {
  const [first] = places;
  if (!first) {
    own.missing.set(node, path || "a value");
    return;
  }
  own.reached.add(node);
  const add = (values: readonly unknown[], why: string): void => {
    for (const value of values) {
      if (value === null && isNullable) continue;
      own.faults.push({ what: `${path || "the value itself"}: ${why} ${textOf(value)}`, message: first.put(value) });
    }
  };
  if (node.pipe) {
    for (const item of node.pipe) {
      if (item.kind === "schema") walk(own, item, places, path, isNullable);
      else if (item.type === "check") add(violationsOf(own, String(item.message), first.value), `against "${String(item.message)}":`);
      else if (!CHANGES_NOTHING.includes(item.type)) add(outOfRange(item, first.value), `${item.type} of`);
    }
    return;
  }
  if (node.type === "custom") {
    add(violationsOf(own, String(node.message), first.value), "is");
    return;
  }
  if (node.type === "nullable") {
    if (node.wrapped)
      walk(
        own,
        node.wrapped,
        places.filter(({ value }) => value !== null),
        path,
        true,
      );
    return;
  }
  const wrong = WRONG[node.type];
  if (!wrong) throw new Error(`The walk does not know ${node.type} (${path}).`);
  add(wrong, "is");
  walkParts(own, node, places, path, isNullable);
}

function walkParts(own: Walk, node: Node, places: readonly Place[], path: string, isNullable: boolean): void {
  switch (node.type) {
    case "strict_object":
      walkEntries(own, node.entries ?? {}, places, path);
      return;
    case "array":
      if (node.item) walk(own, node.item, places.flatMap(itemsOf), `${path}[]`);
      return;
    case "strict_tuple":
      for (const [k, item] of (node.items ?? []).entries())
        walk(
          own,
          item,
          places.flatMap((place) => itemsOf(place).slice(k, k + 1)),
          `${path}[${k}]`,
        );
      return;
    case "record":
      if (node.value) walk(own, node.value, places.flatMap(valuesOf), `${path}.*`);
      return;
    case "variant":
      for (const option of node.options ?? []) {
        const kind = kindOf(option, String(node.key));
        const ofKind = places.filter(({ value }) => (value as Record<string, unknown>)[String(node.key)] === kind);
        walk(own, option, ofKind, `${path}<${String(kind)}>`, isNullable);
      }
      return;
    case "union":
      // The options differ by their JavaScript type, so only the inside of objects and lists is left to walk.
      for (const option of node.options ?? []) {
        const isWalked = ["variant", "strict_object", "strict_tuple", "literal", "custom"].includes(baseOf(option).type);
        const ofType = places.filter(({ value }) => typeof value === javascriptType(baseOf(option).type));
        if (isWalked) walk(own, option, ofType, path, isNullable);
        else if (ofType.length === 0) throw new Error(`No example has a ${baseOf(option).type} as ${path}.`);
      }
  }
}

/** Returns what `typeof` says of a value of the schema. In a union, literals are texts, and custom schemas are the checks of lists. */
function javascriptType(schema: string): string {
  if (schema === "literal") return "string";
  return ["variant", "strict_object", "strict_tuple", "custom"].includes(schema) ? "object" : schema;
}

function walkEntries(own: Walk, entries: Readonly<Record<string, Node>>, places: readonly Place[], path: string): void {
  const [first] = places;
  if (!first) return;
  const whole = first.value as Readonly<Record<string, unknown>>;
  own.faults.push({ what: `${path}: an extra key`, message: first.put({ ...whole, extra: 1 }) });
  for (const [key, entry] of Object.entries(entries)) {
    const isOptional = entry.type === "exact_optional";
    if (!isOptional) {
      const { [key]: _dropped, ...rest } = whole;
      own.faults.push({ what: `${path}.${key} is missing`, message: first.put(rest) });
    }
    const own_ = places.flatMap(({ value, put }): Place[] => {
      const object = value as Readonly<Record<string, unknown>>;
      return Object.hasOwn(object, key) ? [{ value: object[key], put: (other) => put({ ...object, [key]: other }) }] : [];
    });
    walk(own, isOptional && entry.wrapped ? entry.wrapped : entry, own_, `${path}.${key}`);
  }
}

const itemsOf = ({ value, put }: Place): Place[] =>
  (value as readonly unknown[]).map((item, k) => ({ value: item, put: (other) => put((value as readonly unknown[]).with(k, other)) }));

const valuesOf = ({ value, put }: Place): Place[] =>
  Object.entries(value as object).map(([key, item]) => ({ value: item, put: (other) => put({ ...(value as object), [key]: other }) }));

const baseOf = (node: Node): Node => (node.pipe?.[0] ? baseOf(node.pipe[0]) : node);

const kindOf = (option: Node, key: string): unknown => (baseOf(option).entries?.[key] as { literal?: unknown } | undefined)?.literal;

function violationsOf({ violations }: Walk, message: string, valid: unknown): readonly unknown[] {
  const make = violations[message];
  if (!make) throw new Error(`The walk has no violation of "${message}".`);
  return make(valid as never);
}

function outOfRange({ type, requirement }: Node, valid: unknown): readonly unknown[] {
  const make = RANGES[type];
  if (!make) throw new Error(`The walk does not know ${type}.`);
  return make(requirement as never, valid as never);
}

const textOf = (value: unknown): string => {
  const text =
    typeof value === "string" ? JSON.stringify(value) : Array.isArray(value) ? `[${value.length}] ${String(value[0])}` : String(value);
  return text.slice(0, 40);
};

/** Returns the paths of strings and lists of unlimited length. */
export function unlimitedIn(schema: v.GenericSchema): string[] {
  const found: string[] = [];
  visit(schema as unknown as Node, "", ({ type }, actions, path) => {
    const isLong = type === "string" || type === "array";
    if (isLong && !actions.some((action) => action === "max_length" || action === "regex")) found.push(path);
  });
  return found;
}

/** Returns the checks that compare several fields, each with its path. */
export function checksIn(schema: v.GenericSchema): string[] {
  const found: string[] = [];
  visit(schema as unknown as Node, "", (_base, _actions, path, node) => {
    for (const item of node.pipe ?? []) if (item.type === "check") found.push(`${path}: ${String(item.message)}`);
  });
  return found;
}

type Visitor = (base: Node, actions: readonly string[], path: string, node: Node) => void;

/** Calls `see` for every node, with the actions of its pipe. */
function visit(node: Node, path: string, see: Visitor, before: readonly string[] = []): void {
  const actions = [...before, ...(node.pipe ?? []).flatMap(({ kind, type }) => (kind === "schema" ? [] : [type]))];
  if (node.pipe) {
    see({ ...node, type: "pipe" }, actions, path, node);
    for (const item of node.pipe) if (item.kind === "schema") visit(item, path, see, actions);
    return;
  }
  see(node, actions, path, node);
  for (const [name, entry] of Object.entries(node.entries ?? {})) visit(entry, `${path}.${name}`, see);
  for (const part of [node.wrapped, node.item, node.value, ...(node.items ?? []), ...(node.options ?? [])]) {
    const kind = part && node.key !== undefined && typeof node.key === "string" ? kindOf(part, node.key) : undefined;
    if (part) visit(part, kind === undefined ? path : `${path}<${String(kind)}>`, see);
  }
}

/** Returns the range of each number in a schema, by its field's name. It tries values, while the walk above takes the ranges from the schema. */
export function rangesOf(schema: v.GenericSchema): Record<string, string> {
  const found = new Map<string, Set<string>>();
  collectRanges(schema as unknown as Node, "", found);
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, ranges]) => [key, [...ranges].sort().join(" or ")]));
}

function collectRanges(node: Node, key: string, found: Map<string, Set<string>>): void {
  const base = baseOf(node);
  if (base.type === "number") {
    const ranges = found.get(key) ?? new Set();
    found.set(key, ranges.add(rangeOf(node)));
    return;
  }
  for (const item of node.pipe ?? []) if (item.kind === "schema") collectRanges(item, key, found);
  for (const [name, entry] of Object.entries(node.entries ?? {})) collectRanges(entry, name, found);
  for (const part of [node.wrapped, node.item, node.value, ...(node.items ?? []), ...(node.options ?? [])])
    if (part && typeof part === "object") collectRanges(part, key, found);
}

function rangeOf(node: Node): string {
  const isTaken = (value: number): boolean => read(node as unknown as v.GenericSchema, value) !== undefined;
  const isWhole = !isTaken(0.5);
  const least = isTaken(-1) ? "any" : isTaken(0) ? "from 0" : "from 1";
  return [isWhole ? "whole" : "number", least, ...(isTaken(1e6) ? [] : isTaken(2) ? ["limited"] : ["to 1"])].join(" ");
}
