/** The entries of a recording with named operands, and their representation in memory for the module. */
import { CALLS, type CallName, WORDS } from "./abi.ts";

type OperandsOf<C extends CallName> = (typeof CALLS)[C];
type Optional = "int?" | "float?";

/** A call with its operands. Each is a pointer in bytes, a size, or a setting. */
export type Entry = {
  [C in CallName]: { readonly call: C } & {
    readonly [O in keyof OperandsOf<C> as OperandsOf<C>[O] extends Optional ? never : O]: number;
  } & {
    readonly [O in keyof OperandsOf<C> as OperandsOf<C>[O] extends Optional ? O : never]?: number;
  };
}[CallName];

export const isCall = <C extends CallName>(
  entry: Entry | undefined,
  ...calls: readonly C[]
): entry is Extract<Entry, { readonly call: C }> => entry !== undefined && calls.some((call) => call === entry.call);

const CODES: readonly string[] = Object.keys(CALLS);

/** Writes the entries consecutively to memory. `ints` and `floats` are two views of it. */
export function writeEntries(entries: readonly Entry[], ints: Int32Array, floats: Float32Array): void {
  entries.forEach((entry, k) => {
    const values: Readonly<Record<string, string | number | undefined>> = entry;
    ints[k * WORDS] = CODES.indexOf(entry.call);
    Object.entries(CALLS[entry.call]).forEach(([name, kind], at) => {
      const words = kind.startsWith("float") ? floats : ints;
      words[k * WORDS + 1 + at] = Number(values[name] ?? 0);
    });
  });
}
