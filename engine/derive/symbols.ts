/**
 * The symbols of a derivation: z⁽²⁾₁ is the weighted sum of unit 1 of layer 2, and w⁽²⁾₃,₁ the weight from unit 3 of the layer before it to that unit. They
 * contain no name of the file, so no name can be taken for a formula.
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

/** Returns the symbol of the weight from unit `from` of a layer's input to unit `unit` of the layer; that of the unit's bias without `from`. */
export const weightSymbol = (named: Pick<NamedNetwork, "network">, step: Step, unit: number, from: number | undefined): string =>
  from === undefined ? symbolOf(named, "b", step, unit) : `${layerSymbol(named, "w", step)}${below(from + 1)},${below(unit + 1)}`;

/** Returns the letter of a layer's weighted sums: a without an activation function, since a is z there. */
export const sumLetter = ({ preactivation, output }: Step): "a" | "z" => (preactivation === output ? "a" : "z");

/** Returns the symbol of a layer's numbers. */
export const layerSymbol = ({ network }: Pick<NamedNetwork, "network">, letter: string, step: Step): string =>
  `${letter}⁽${above(network.steps.indexOf(step))}⁾`;
