/**
 * What an argument of a layer, loss, optimizer or directive may be: its kind, default and range.
 * The checker, completion and hover read these records; the types that the engine computes with are inferred from them.
 */

/** What a number may be. */
interface Range {
  /** Absent: the argument must be given. */
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
  /** Exclusive bounds. */
  readonly above?: number;
  readonly below?: number;
  /** The range outside of which a value is legal but rarely meant. */
  readonly usual?: readonly [number, number];
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

/** Start values of the parameter that has the argument's name: lists in lists, one for each axis. */
export interface StartArgument {
  readonly kind: "kernel";
  readonly summary: string;
  readonly axes: number;
}

/** A value with a shape of its own, which the checker handles by kind. `bias`: false, or start values. */
export interface SpecialArgument {
  readonly kind: "activation" | "initializer" | "bias" | "shape" | "text" | "rate" | "names";
  readonly summary: string;
  readonly default?: string | number;
  readonly usual?: readonly [number, number];
}

export type Argument = NumberArgument | BooleanArgument | ChoiceArgument | StartArgument | SpecialArgument;
export type Arguments = Readonly<Record<string, Argument>>;

type Numeric = NumberArgument | BooleanArgument;
/** A boolean among numbers. */
export type Flag = 0 | 1;

/** An entry's numbers and booleans as the plan and the engine have them: every one present. What the plan has another place for, as a learning rate, is not here. */
export type Settings<A extends Arguments> = {
  readonly [K in keyof A as A[K] extends Numeric ? K : never]: A[K] extends BooleanArgument ? Flag : number;
};

/** Those of an entry's settings that may be left out. */
export type Defaults<A extends Arguments> = {
  readonly [K in keyof A as A[K] extends Numeric & { readonly default: number | boolean } ? K : never]: A[K] extends BooleanArgument
    ? Flag
    : number;
};

export const isNumeric = (spec: Argument): spec is Numeric => spec.kind === "number" || spec.kind === "integer" || spec.kind === "boolean";

/** Returns the settings that hold where the file says nothing. */
export function defaultsOf<A extends Arguments>(known: A): Defaults<A> {
  const defaults = Object.entries(known).flatMap(([name, spec]) =>
    isNumeric(spec) && spec.default !== undefined ? [[name, Number(spec.default)]] : [],
  );
  return Object.fromEntries(defaults) as Defaults<A>;
}

/** What every entry of the catalog says of itself. */
export interface Entry<A extends Arguments = Arguments> {
  /** One sentence for a learner. */
  readonly summary: string;
  /** The mathematics in one line, with the book's symbols. */
  readonly formula: string;
  readonly source: string;
  readonly arguments: A;
  /** Where other frameworks differ; shown in the hover. */
  readonly note?: string;
}

/** A misspelt bound is no bound. */
type Exact<R> = R & { readonly [K in Exclude<keyof R, keyof Range>]: never };

export const number = <const R extends Range>(summary: string, range: Exact<R>) => ({ kind: "number", summary, ...range }) as const;

export const integer = <const R extends Range>(summary: string, range: Exact<R>) => ({ kind: "integer", summary, ...range }) as const;

export const boolean = (summary: string, fallback: boolean): BooleanArgument => ({ kind: "boolean", summary, default: fallback });

/** A learning rate: a number or a schedule. */
export const rate = (fallback: number, usual: readonly [number, number]) =>
  ({
    kind: "rate",
    summary: "How far each step goes against the gradient; a number or a schedule.",
    default: fallback,
    usual,
  }) as const;
