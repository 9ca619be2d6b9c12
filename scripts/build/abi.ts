/** Generates engine/kernels/abi.ts as AssemblyScript constants. */
import {
  ACTIVATIONS,
  CALLS,
  GRADIENT_STATISTICS,
  LOSSES,
  RANGE,
  RANGE_STATISTICS,
  RUN,
  STATISTIC,
  STRETCH,
  STRETCH_STATISTIC,
  STRETCH_STATISTICS,
  WORDS,
} from "../../engine/kernels/abi.ts";

type Numbers = readonly (readonly [name: string, number: number])[];

/** Returns the constants as source text. Operands are word numbers; fields of records are byte offsets. */
export function abiText(): string {
  const calls = Object.entries(CALLS);
  const losses = Object.entries(LOSSES).flatMap(([name, loss]) => (loss ? [[name, loss.number] as const] : []));
  const activations = Object.entries(ACTIVATIONS).flatMap(([name, number]) => (number === undefined ? [] : [[name, number] as const]));
  return [
    "// Written by the build (scripts/build/abi.ts) from engine/kernels/abi.ts, which says what each name means.",
    constants({ WORDS, STRETCH, STRETCH_STATISTICS, GRADIENT_STATISTICS, RANGE_STATISTICS, RANGE_BYTES: 4 * RANGE.length }),
    enumOf("Code", numbered(Object.keys(CALLS))),
    ...calls.map(([call, operands]) => enumOf(capitalized(call), numbered(Object.keys(operands), 1))),
    enumOf("Activation", activations),
    enumOf("Loss", losses),
    enumOf("StretchStatistic", inBytes(Object.entries(STRETCH_STATISTIC), 8)),
    enumOf("Statistic", inBytes(Object.entries(STATISTIC), 8)),
    enumOf("Run", inBytes(numbered(RUN), 4)),
    enumOf("Range", inBytes(numbered(RANGE), 4)),
  ].join("\n\n");
}

const constants = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `export const ${name}: i32 = ${value};`)
    .join("\n");

const enumOf = (name: string, members: Numbers): string =>
  `export const enum ${name} {\n${members.map(([member, number]) => `  ${member} = ${number},\n`).join("")}}`;

const numbered = (names: readonly string[], first = 0): Numbers => names.map((name, k) => [name, first + k]);

const inBytes = (members: Numbers, size: number): Numbers => members.map(([name, number]) => [name, size * number]);

const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
