/**
 * The arguments of layers, losses, optimizers and directives: kind, default and range. The checker, completion and hover read these records. The
 * engine's types are inferred from them.
 */
import type { Turn } from "./turns.ts";

/** The default and the bounds of a number. */
interface Range {
  /** Absent if the argument is required. */
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
  /** Exclusive bounds. */
  readonly above?: number;
  readonly below?: number;
  /** Values outside this range are legal but rarely intended. */
  readonly usual?: readonly [number, number];
  /** The effect of a value above the usual range, as a clause. The checker reports such values of layers that define it. */
  readonly beyond?: string;
  /** The values that completion offers, the likeliest first. If absent, it offers the default. */
  readonly offer?: readonly number[];
  /** How a knob turns it. If absent, there is no knob. */
  readonly turn?: Turn;
}

export interface NumberArgument extends Range {
  readonly kind: "number" | "integer";
  readonly summary: string;
}

export interface BooleanArgument {
  readonly kind: "boolean";
  readonly summary: string;
  readonly default: boolean;
}

export interface ChoiceArgument {
  readonly kind: "choice";
  readonly summary: string;
  readonly options: readonly string[];
  readonly default: string;
}

/** Initial values of the parameter with the argument's name, in lists nested as deep as the parameter has axes. */
export interface StartArgument {
  readonly kind: "kernel";
  readonly summary: string;
  /** The parameter's number of axes; `input` for the number of axes of the layer's input. */
  readonly axes: number | "input";
}

/** A value of another form. The checker reads it by its kind. `bias` is true, false, or initial values. */
export interface SpecialArgument {
  readonly kind: "activation" | "initializer" | "bias" | "shape" | "text" | "rate" | "names";
  readonly summary: string;
  readonly default?: string | number;
  readonly usual?: readonly [number, number];
  readonly offer?: readonly number[];
  readonly turn?: Turn;
}

export type Argument = NumberArgument | BooleanArgument | ChoiceArgument | StartArgument | SpecialArgument;
export type Arguments = Readonly<Record<string, Argument>>;

type Numeric = NumberArgument | BooleanArgument;
/** A boolean as a number. */
export type Flag = 0 | 1;

/**
 * An entry's numbers and booleans as in the plan and the engine, without optional ones. Values that the plan stores elsewhere, such as a learning
 * rate, are excluded.
 */
export type Settings<A extends Arguments> = {
  readonly [K in keyof A as A[K] extends Numeric ? K : never]: A[K] extends BooleanArgument ? Flag : number;
};

/** The settings of an entry that have defaults. */
export type Defaults<A extends Arguments> = {
  readonly [K in keyof A as A[K] extends Numeric & { readonly default: number | boolean } ? K : never]: A[K] extends BooleanArgument
    ? Flag
    : number;
};

/** The settings that a formula or another reader reads. Each reader lists its own, so that `EveryRead` finds settings that no reader lists. */
export type Reads<N extends string> = { readonly [K in N]: number };

/** The settings type for readers of entries without settings. An entry with settings is not assignable to it. */
export type NoSettings = Readonly<Record<string, never>>;

type ListedBy<F> = F extends (...parameters: infer P) => unknown ? NamesOf<P[number]> : never;
type NamesOf<T> = T extends number ? never : keyof T;
/** The names that a function, or any function of an entry, lists in its parameter types. */
type ReadBy<R> = R extends (...parameters: never) => unknown ? ListedBy<R> : { [K in keyof R]: ListedBy<R[K]> }[keyof R];
type Unread<S, Tables extends readonly object[], K extends keyof S> = Exclude<
  keyof S[K],
  { [T in keyof Tables]: K extends keyof Tables[T] ? ReadBy<Tables[T][K]> : never }[number]
>;

/** Checks that the tables together contain readers for all settings of each entry of `S`. Names the entries and settings without one. */
export type EveryRead<S, Tables extends readonly object[]> = {
  readonly [K in keyof S as Unread<S, Tables, K> extends never ? never : K]: {
    readonly "a setting that nothing reads": Unread<S, Tables, K>;
  };
};

export const isNumeric = (spec: Argument): spec is Numeric => spec.kind === "number" || spec.kind === "integer" || spec.kind === "boolean";

/** Returns the defaults of the settings that have one. */
export function defaultsOf<A extends Arguments>(known: A): Defaults<A> {
  const defaults = Object.entries(known).flatMap(([name, spec]) =>
    isNumeric(spec) && spec.default !== undefined ? [[name, Number(spec.default)]] : [],
  );
  return Object.fromEntries(defaults) as Defaults<A>;
}

/** The properties of every entry in the catalog. */
export interface Entry<A extends Arguments = Arguments> {
  /** Explains the entry to a learner in one sentence. */
  readonly summary: string;
  /** The formula in one line, in the book's symbols. */
  readonly formula: string;
  readonly source: string;
  readonly arguments: A;
  /** How other frameworks differ. Shown in the hover. */
  readonly note?: string;
}

/** Rejects unknown keys, so that a misspelt bound does not compile. */
type Exact<R> = R & { readonly [K in Exclude<keyof R, keyof Range>]: never };

export const number = <const R extends Range>(summary: string, range: Exact<R>) => ({ kind: "number", summary, ...range }) as const;

export const integer = <const R extends Range>(summary: string, range: Exact<R>) => ({ kind: "integer", summary, ...range }) as const;

export const boolean = (summary: string, fallback: boolean): BooleanArgument => ({ kind: "boolean", summary, default: fallback });

/** A learning rate: a number or a schedule. */
export const rate = (fallback: number, usual: readonly [number, number], offer: readonly number[] = [0.001, 0.01, 0.1]) =>
  ({
    kind: "rate",
    summary: "The length of each step relative to the gradient: a number or a schedule.",
    default: fallback,
    usual,
    offer,
    turn: rateTurn(...usual),
  }) as const;

/** Returns how a knob turns a learning rate. */
export const rateTurn = (from: number, to: number): Turn => ({ from, to, by: "1-3" });
