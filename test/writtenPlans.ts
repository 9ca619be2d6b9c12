/** Files with arguments of the catalog's entries, and their plans. No value is a default, and no two are equal. */
import type { Argument, Arguments } from "../engine/catalog/arguments.ts";
import { names } from "../engine/catalog/index.ts";
import type { PlannedLayer, TrainingPlan } from "../engine/plan.ts";
import { analyse } from "../server/language/analysis.ts";
import { csvFacts, type DataFiles } from "../server/language/resolve/dataFacts.ts";

const ROWS = "1,2,3,0\n2,3,4,1\n3,4,5,1\n4,5,6,0\n";

/** The same table of numbers under any file name and with any delimiter; 2x2 images of two classes. */
const files: DataFiles = {
  csv(path, format) {
    const text = `${format.header ? "a,b,c,y\n" : ""}${ROWS}`.replaceAll(",", format.delimiter ?? ",");
    return csvFacts(new TextEncoder().encode(text), format, path);
  },
  idx: (path) => ({ facts: path.includes("labels") ? { shape: [4], largest: 1 } : { shape: [4, 2, 2], largest: undefined } }),
};

export function planFrom(text: string): TrainingPlan {
  const { plans, issues } = analyse(text, files);
  const errors = issues.filter(({ severity }) => severity === "error");
  if (!plans[0] || errors.length > 0) throw new Error(`${text}\n${errors.map(({ code, message }) => `${code} ${message}`).join("\n")}`);
  return plans[0].plan;
}

/** The parts of a file that trains one model on one table. The default of each part is the shortest text that can be trained. */
export interface WrittenFile {
  readonly input?: string;
  readonly layers?: string;
  readonly data?: string;
  readonly train?: string;
}
export const plan = ({
  input = "i: input 2",
  layers = "dense 1",
  data = "1 2 -> 0\n  3 4 -> 1",
  train = "loss mse",
}: WrittenFile): TrainingPlan => planFrom(`model M {\n  ${input}\n  ${layers}\n}\ndata D {\n  ${data}\n}\ntrain M on D {\n  ${train}\n}\n`);

export const layerOf = ({ network }: TrainingPlan, id: string): PlannedLayer => {
  const layer = network.layers.find((one) => one.id === id);
  if (!layer) throw new Error(`The plan has no layer ${id}.`);
  return layer;
};

/** An argument's text in the file, and its value in the plan. */
export interface Written {
  readonly text: string;
  readonly value: unknown;
}

export const numeral = (value: number): Written => ({ text: String(value), value });
export const quoted = (value: string): Written => ({ text: JSON.stringify(value), value });

/** Values for arguments, exact in binary. */
const NUMBERS = [0.375, 0.625, 0.75, 0.875, 0.4375, 0.3125, 7, 9, 11, 13, 3, 5];

/** Returns the first number that is in the argument's range, not its default and not used by another argument. */
function numberFor(spec: Extract<Argument, { kind: "number" | "integer" }>, taken: Set<number>): Written {
  const { min = -1e9, max = 1e9, above = -1e9, below = 1e9 } = spec;
  const value = NUMBERS.find(
    (one) =>
      !taken.has(one) &&
      one !== spec.default &&
      one >= min &&
      one <= max &&
      one > above &&
      one < below &&
      (spec.kind === "number" || Number.isInteger(one)),
  );
  if (value === undefined) throw new Error(`NUMBERS has no value for ${JSON.stringify(spec)}; add one.`);
  taken.add(value);
  return numeral(value);
}

/** Returns a text and its value in the plan, where a boolean is 0 or 1. */
function writtenFor(name: string, spec: Argument, taken: Set<number>): Written {
  switch (spec.kind) {
    case "number":
    case "integer":
      return numberFor(spec, taken);
    case "boolean":
      return { text: String(!spec.default), value: spec.default ? 0 : 1 };
    case "choice": {
      const other = spec.options.find((option) => option !== spec.default) ?? "";
      return { text: other, value: other };
    }
    case "activation":
      return { text: "elu(alpha=0.4375)", value: { name: "elu", settings: { alpha: 0.4375 } } };
    case "initializer":
      return { text: "normal(stddev=0.3125)", value: { name: "normal", settings: { stddev: 0.3125, mean: 0 } } };
    case "rate":
      return { text: "0.0625", value: 0.0625 };
    default:
      throw new Error(`\`${name}\` is of the kind ${spec.kind}, for which there is no value here; add one.`);
  }
}

/** Returns the text of all arguments by name, and their values in the plan. `own` has the text of those that need a particular one. */
export function writeAll(known: Arguments, own: Readonly<Record<string, Written>> = {}): { text: string; values: Record<string, unknown> } {
  const taken = new Set<number>();
  const written = Object.entries(known).map(([name, spec]): [string, Written] => [name, own[name] ?? writtenFor(name, spec, taken)]);
  return {
    text: written.map(([name, { text }]) => `${name}=${text}`).join(", "),
    values: Object.fromEntries(written.map(([name, { value }]) => [name, value])),
  };
}

export const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
export const called = (name: string, argumentText: string): string => (argumentText ? `${name}(${argumentText})` : name);

/** Returns the defaults as the plan has them. */
export const defaultsOf = (known: Arguments): Record<string, number> =>
  Object.fromEntries(
    Object.entries(known).flatMap(([name, spec]) =>
      (spec.kind === "number" || spec.kind === "integer" || spec.kind === "boolean") && spec.default !== undefined
        ? [[name, Number(spec.default)]]
        : [],
    ),
  );

export const argumentsOf = (entry: { readonly arguments: Arguments }): Arguments => entry.arguments;
export const entriesOf = <T extends Readonly<Record<string, { readonly arguments: Arguments }>>>(
  table: T,
): [keyof T & string, Arguments][] => names(table).map((name) => [name, argumentsOf(table[name] as { readonly arguments: Arguments })]);
