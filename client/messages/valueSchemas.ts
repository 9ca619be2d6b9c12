/**
 * The building blocks of schemas: names, counts, shares, lists of numbers. A schema checks a value from outside: a message or a file. For
 * typed arrays it checks only type and length, so a check is cheap even for a long run.
 */
import * as v from "valibot";
import type { Pace } from "../../engine/training/pace.ts";

/** Limits far above realistic sizes. A larger value is damaged and would exhaust the reader's memory. */
export const MOST = { name: 1000, text: 100_000, items: 100_000, numbers: 20_000_000 } as const;

/** A short text: an identifier or a label. */
export const name = v.pipe(v.string(), v.maxLength(MOST.name));
export const text = v.pipe(v.string(), v.maxLength(MOST.text));
export const number = v.pipe(v.number(), v.finite());
/** A whole number from 0. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** A whole number from 1. */
export const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** A finite number from 0, such as seconds or a rate. */
export const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
/** A number from 0 to 1. */
export const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
/** A result of arithmetic, which may be NaN or infinite. JSON writes these as null, and null is read as NaN. */
export const result = v.pipe(
  v.custom<number | null>((value) => typeof value === "number" || value === null, "result"),
  v.transform((value): number => value ?? Number.NaN),
);

export const precision = v.picklist(["float32", "float64"]);

/** An object with these keys and no others. */
export const object = <const E extends v.ObjectEntries>(entries: E) => v.pipe(v.strictObject(entries), v.readonly());

/** A list of at most `most` items. The number of items is checked before the items. */
const items = <const S extends v.GenericSchema>(item: S, most: number) =>
  v.pipe(v.custom<v.InferInput<S>[]>(Array.isArray, "list"), v.maxLength(most), v.array(item));

export const list = <const S extends v.GenericSchema>(item: S, most: number = MOST.items) => v.pipe(items(item, most), v.readonly());

/** A list that the program appends to later, and therefore not readonly. */
export const growingList = <const S extends v.GenericSchema>(item: S, most: number = MOST.items) => items(item, most);

/** Checks a list's numbers in a loop, since one schema per number would be slow. */
const allOf =
  (isOne: (value: unknown) => boolean) =>
  (values: unknown): boolean => {
    if (!Array.isArray(values) || values.length > MOST.numbers) return false;
    for (let i = 0; i < values.length; i++) if (!isOne(values[i])) return false;
    return true;
  };

export const numbers = v.custom<readonly number[]>(allOf(Number.isFinite), "numbers");
export const counts = v.custom<readonly number[]>(
  allOf((value) => Number.isSafeInteger(value) && (value as number) >= 0),
  "counts",
);
/** A list of numbers. null stands for a number that JSON can't represent: NaN or an infinity. */
export const results = v.pipe(
  v.custom<readonly (number | null)[]>(
    allOf((value) => typeof value === "number" || value === null),
    "results",
  ),
  v.transform((values): readonly number[] => (values.includes(null) ? values.map((value) => value ?? Number.NaN) : (values as number[]))),
);

/** Not `v.instance`, whose types exclude arrays in shared memory. */
export const float32Array = v.custom<Float32Array>((value) => value instanceof Float32Array, "float32 array");
export const float64Array = v.custom<Float64Array>((value) => value instanceof Float64Array, "float64 array");
export const byteArray = v.custom<Uint8Array>((value) => value instanceof Uint8Array, "bytes");

export const product = (shape: readonly number[]): number => shape.reduce((size, axis) => size * axis, 1);

type Plain<T> = T extends ArrayBufferView ? T : T extends object ? { -readonly [K in keyof T]: Plain<T[K]> } : T;
type Same<A, B> =
  (<X>() => X extends Plain<A> ? 1 : 2) extends <X>() => X extends Plain<B> ? 1 : 2 ? unknown : { readonly "the schema's type is": A };

/** Declares the schema of a type that is declared elsewhere. Compiles only if the schema reads exactly that type, apart from `readonly`. */
export const schemaOf =
  <T>() =>
  <S extends v.GenericSchema>(schema: S & Same<v.InferOutput<S>, T>): v.GenericSchema<unknown, T> =>
    schema as unknown as v.GenericSchema<unknown, T>;

const FIRST_FAULT = { abortEarly: true, abortPipeEarly: true } as const;

/** Returns the value as read by its schema; undefined if it doesn't fit. */
export function read<const S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> | undefined {
  const { success, output } = v.safeParse(schema, value, FIRST_FAULT);
  return success ? output : undefined;
}

/** Returns the value as read by its schema. Throws an Error that names the field that doesn't fit, and why. */
export function requireValue<const S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(schema, value, FIRST_FAULT);
  if (success) return output;
  const [issue] = issues;
  throw new Error(`${v.getDotPath(issue) ?? "the value"}: ${faultText(issue)}`);
}

/** Returns what is wrong with a value. Only our own checks have messages for users; the library's are for developers. */
function faultText({ expected, received, message }: v.BaseIssue<unknown>): string {
  if (expected === null) return message;
  return received === "undefined" ? "it is missing" : `it can't be ${received.slice(0, 40)}`;
}

/** The pace of a training (engine/training/pace.ts). */
export const pace = v.picklist(["full", "100", "10", "1", "step"] satisfies Pace[]);
