/**
 * The symbols of a derivation: z⁽²⁾₁ is the weighted sum of unit 1 of layer 2, and w⁽²⁾₃,₁ the weight to that unit from unit 3 of the previous layer.
 * They contain no names from the file, so no name can be mistaken for a formula.
 */

import type { Step } from "../network/network.ts";
import type { NamedNetwork } from "../training/unitNames.ts";

const inDigits = (value: number, digits: string): string => String(value).replace(/\d/g, (digit) => digits[Number(digit)]);

/** Returns a number as an index: ₁₂. */
export const below = (value: number): string => inDigits(value, "₀₁₂₃₄₅₆₇₈₉");
const above = (value: number): string => inDigits(value, "⁰¹²³⁴⁵⁶⁷⁸⁹");

/** Returns the symbol of a unit's number. The input layer is layer 0; units count from 1. */
export const symbolOf = ({ network }: Pick<NamedNetwork, "network">, letter: string, step: Step, unit: number): string =>
  `${layerSymbol({ network }, letter, step)}${below(unit + 1)}`;

/** Returns the symbol of the weight from unit `from` of a layer's input to unit `unit` of the layer; without `from`, of the unit's bias. */
export const weightSymbol = (named: Pick<NamedNetwork, "network">, step: Step, unit: number, from: number | undefined): string =>
  from === undefined ? symbolOf(named, "b", step, unit) : `${layerSymbol(named, "w", step)}${below(from + 1)},${below(unit + 1)}`;

/** The names of a row's numbers in its lines. `letter` is z for a weighted sum, a for an output. */
export interface Notation {
  /** Returns the name of one unit's number. */
  readonly unit: (letter: "a" | "z", step: Step, row: number, unit: number) => string;
  /** Returns the name of the loss's gradient with respect to that number. */
  readonly gradient: (letter: "a" | "z", step: Step, row: number, unit: number) => string;
  readonly bias: (step: Step, unit: number) => string;
  /** Returns the name of all outputs of a layer in a row. */
  readonly outputs: (step: Step, row: number) => string;
  /** Returns the name of the gradients of all numbers of a layer in a row. */
  readonly gradients: (letter: "a" | "z", step: Step, row: number) => string;
  /** Returns the name of all weights of a layer to one of its units, or from one unit of its input. */
  readonly weights: (step: Step, of: { readonly to: number } | { readonly from: number }) => string;
}

/** Returns the notation of a written derivation. */
export const pencilNotation = (named: Pick<NamedNetwork, "network">): Notation => ({
  unit: (letter, step, _row, unit) => symbolOf(named, letter, step, unit),
  gradient: (letter, step, _row, unit) => `∂L/∂${symbolOf(named, letter, step, unit)}`,
  bias: (step, unit) => symbolOf(named, "b", step, unit),
  outputs: (step) => layerSymbol(named, "a", step),
  gradients: (letter, step) => `∂L/∂${layerSymbol(named, letter, step)}`,
  weights: (step) => layerSymbol(named, "w", step),
});

/** Returns the letter of a layer's weighted sums: a without an activation function, because a and z are equal there. */
export const sumLetter = ({ preactivation, output }: Step): "a" | "z" => (preactivation === output ? "a" : "z");

/** Returns the symbol of a layer's numbers. */
export const layerSymbol = ({ network }: Pick<NamedNetwork, "network">, letter: string, step: Step): string =>
  `${letter}⁽${above(network.steps.indexOf(step))}⁾`;
