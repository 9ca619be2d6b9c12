/** Writes values and names in Python syntax. */
import { type KerasObject, PythonFloat } from "./activations.ts";

/** Returns a value as a Python expression. Text has JSON's escapes, which Python reads in the same way. */
export function python(value: unknown): string {
  if (value instanceof PythonFloat) return value.text;
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return pythonNumber(value);
  if (typeof value === "string") return pythonText(value);
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object" && "class_name" in value) return pythonCall(value as KerasObject);
  return `{${Object.entries(value as object)
    .map(([key, own]) => `${pythonText(key)}: ${python(own)}`)
    .join(", ")}}`;
}

/** Returns JSON in which each `PythonFloat` has a decimal point or an exponent. */
export function jsonForPython(value: unknown): string {
  if (value instanceof PythonFloat) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonForPython).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .flatMap(([key, own]) => (own === undefined ? [] : [`${JSON.stringify(key)}:${jsonForPython(own)}`]))
    .join(",")}}`;
}

/** Python has no literals for numbers that are not finite. */
const pythonNumber = (value: number): string =>
  Number.isFinite(value) ? String(value) : `float("${Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"}")`;

/** JSON's escapes are also Python's. Lone surrogates are replaced, because Python can't write them to a file. */
export const pythonText = (text: string): string => JSON.stringify(text.toWellFormed());

/** Returns a call of the object's class, such as `keras.losses.Huber(delta=1)`. An object without a module is a class of the script. */
export const pythonCall = ({ module, class_name, config }: KerasObject): string =>
  `${module === "" ? "" : `${module}.`}${class_name}(${Object.entries(config)
    .map(([name, value]) => `${name}=${python(value)}`)
    .join(", ")})`;

const KEYWORDS =
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case type print input list tuple range len open keras np model";

/** Returns whether the text is a valid variable name: ASCII letters, digits and _, neither a Python keyword nor a name used by the script. */
export const isVariable = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name) && !KEYWORDS.split(" ").includes(name);
