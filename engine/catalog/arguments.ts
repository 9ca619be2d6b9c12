/**
 * What an argument of a layer, loss, optimizer or directive may be: its kind, default and range.
 * The checker, completion and hover read these records; the types that the engine computes with are inferred from them.
 */

export interface NumberArgument {
  readonly kind: "number" | "integer";
  readonly summary: string;
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

/** A value with a shape of its own, which the checker handles by kind. */
export interface SpecialArgument {
  readonly kind: "activation" | "initializer" | "bias" | "kernel" | "shape" | "text" | "rate" | "names";
  readonly summary: string;
  readonly default?: string | number;
  readonly usual?: readonly [number, number];
}

export type Argument = NumberArgument | BooleanArgument | ChoiceArgument | SpecialArgument;
export type Arguments = Readonly<Record<string, Argument>>;

/** The number-valued arguments of an entry as the engine sees them: every one present. */
export type NumberValues = Readonly<Record<string, number>>;

/** What every entry of the catalog says of itself. */
export interface Entry {
  /** One sentence for a learner. */
  readonly summary: string;
  /** The mathematics in one line, with the book's symbols. */
  readonly formula: string;
  readonly source: string;
  readonly arguments: Arguments;
  /** Where other frameworks differ; shown in the hover. */
  readonly note?: string;
}

export const number = (summary: string, range: Omit<NumberArgument, "kind" | "summary"> = {}): NumberArgument => ({
  kind: "number",
  summary,
  ...range,
});

export const integer = (summary: string, range: Omit<NumberArgument, "kind" | "summary"> = {}): NumberArgument => ({
  kind: "integer",
  summary,
  ...range,
});

export const boolean = (summary: string, fallback: boolean): BooleanArgument => ({ kind: "boolean", summary, default: fallback });

/** A learning rate: a number or a schedule. */
export const rate = (fallback: number, usual: readonly [number, number]): SpecialArgument => ({
  kind: "rate",
  summary: "How far each step goes against the gradient; a number or a schedule.",
  default: fallback,
  usual,
});
