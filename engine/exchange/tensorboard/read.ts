/** Reads the scalars of TensorBoard's event files, to compare them with a training's events. `event.ts` defines the field numbers. */
import { eachField } from "../protobuf.ts";
import { recordsIn } from "./record.ts";

export interface LoggedScalar {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
}

/** Returns the scalars in the order of the file. Throws an Error if a record is cut off or does not match its checksum. */
export const scalarsIn = (file: Uint8Array): LoggedScalar[] => recordsIn(file).flatMap(scalarsOfRecord);

function scalarsOfRecord(record: Uint8Array): LoggedScalar[] {
  const found: { readonly tag: string; readonly value: number }[] = [];
  let step = 0;
  eachField(record, {
    2: (field) => (step = Number(field.int64())),
    5: (summary) => eachField(summary.bytes(), { 1: (value) => found.push(...scalarIn(value.bytes())) }),
  });
  return found.map((one) => ({ ...one, step }));
}

function scalarIn(bytes: Uint8Array): { readonly tag: string; readonly value: number }[] {
  let tag = "";
  let value: number | undefined;
  eachField(bytes, {
    1: (field) => (tag = field.string()),
    8: (tensor) => eachField(tensor.bytes(), { 5: (field) => (value = field.float()) }),
  });
  return value === undefined ? [] : [{ tag, value }];
}
