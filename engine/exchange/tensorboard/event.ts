/**
 * Writes TensorBoard's events as protocol buffers: tensorflow/core/util/event.proto, framework/summary.proto, framework/tensor.proto, and the hparams
 * plugin.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { utf8From } from "../../host.ts";
import { littleEndian } from "../bytes.ts";
import { message, text } from "../protobuf.ts";
import { recordFrom } from "./record.ts";

/** The content of a tag. TensorBoard chooses the view by the plugin. */
export type Content =
  | { readonly kind: "scalar"; readonly value: number }
  /** Rows of left, right and count. */
  | { readonly kind: "histogram"; readonly buckets: Float64Array }
  /** Markdown. */
  | { readonly kind: "text"; readonly text: string }
  /** The JSON of a Keras model. */
  | { readonly kind: "graph"; readonly json: string };

export interface Tagged {
  readonly tag: string;
  readonly content: Content;
}

/** The time in seconds since 1970, and the step. */
export interface At {
  readonly time: number;
  readonly step: number;
}

const FLOAT = 1;
const DOUBLE = 2;
const STRING = 7;
const PLUGINS = {
  scalar: { name: "scalars", dataClass: 1, content: "" },
  histogram: { name: "histograms", dataClass: 2, content: "" },
  text: { name: "text", dataClass: 2, content: "" },
  // TensorBoard does not show the graph with the data class of tensors.
  graph: { name: "graph_keras_model", dataClass: 3, content: "1" },
} as const satisfies Record<Content["kind"], object>;

/** Returns the first record of a file: its version. */
export const versionRecord = (time: number): Uint8Array =>
  eventRecord({ time, step: 0 }, (event) => void event.tag(3, WireType.LengthDelimited).string("brain.Event:2"));

/** Returns a record with the values at a step. */
export const valuesRecord = (at: At, values: readonly Tagged[]): Uint8Array =>
  eventRecord(at, (event) =>
    message(event, 5, (summary) => {
      for (const { tag, content } of values)
        message(summary, 1, (value) => {
          text(value, 1, tag);
          message(value, 8, (tensor) => writeTensor(tensor, content));
          writeMetadata(value, PLUGINS[content.kind].name, PLUGINS[content.kind].dataClass, utf8From(PLUGINS[content.kind].content));
        });
    }),
  );

/** Returns the record of a training's settings, for the table that compares runs, or the record of its end. */
export const settingsRecord = (at: At, group: string, settings: Readonly<Record<string, number | string>>): Uint8Array =>
  hparamsRecord(at, "_hparams_/session_start_info", 3, (info) => {
    for (const [name, value] of Object.entries(settings))
      message(info, 1, (entry) => {
        text(entry, 1, name);
        message(entry, 2, (own) => {
          if (typeof value === "number") own.tag(2, WireType.Bit64).double(value);
          else text(own, 3, value);
        });
      });
    text(info, 4, group);
    info.tag(5, WireType.Bit64).double(at.time);
  });

const SUCCESS = 1;
const FAILURE = 2;
export const endRecord = (at: At, end: "finished" | "failed"): Uint8Array =>
  hparamsRecord(at, "_hparams_/session_end_info", 4, (info) => {
    info.tag(1, WireType.Varint).int32(end === "finished" ? SUCCESS : FAILURE);
    info.tag(2, WireType.Bit64).double(at.time);
  });

function hparamsRecord(at: At, tag: string, field: number, write: (info: BinaryWriter) => void): Uint8Array {
  const content = new BinaryWriter();
  message(content, field, write);
  const bytes = content.finish();
  return eventRecord(at, (event) =>
    message(event, 5, (summary) =>
      message(summary, 1, (value) => {
        text(value, 1, tag);
        writeMetadata(value, "hparams", 0, bytes);
      }),
    ),
  );
}

function eventRecord({ time, step }: At, write: (event: BinaryWriter) => void): Uint8Array {
  const event = new BinaryWriter();
  event.tag(1, WireType.Bit64).double(time);
  if (step !== 0) event.tag(2, WireType.Varint).int64(step);
  write(event);
  return recordFrom(event.finish());
}

function writeTensor(to: BinaryWriter, content: Content): void {
  const shape = (...axes: readonly number[]): void =>
    message(to, 2, (own) => {
      for (const size of axes) message(own, 2, (axis) => void axis.tag(1, WireType.Varint).int64(size));
    });
  switch (content.kind) {
    case "scalar":
      to.tag(1, WireType.Varint).int32(FLOAT);
      shape();
      to.tag(5, WireType.Bit32).float(content.value);
      return;
    case "histogram":
      to.tag(1, WireType.Varint).int32(DOUBLE);
      shape(content.buckets.length / 3, 3);
      to.tag(4, WireType.LengthDelimited).bytes(littleEndian(content.buckets));
      return;
    case "text":
    case "graph":
      to.tag(1, WireType.Varint).int32(STRING);
      shape(1);
      text(to, 8, content.kind === "graph" ? content.json : content.text);
      return;
  }
}

function writeMetadata(value: BinaryWriter, plugin: string, dataClass: number, content: Uint8Array): void {
  message(value, 9, (metadata) => {
    message(metadata, 1, (own) => {
      text(own, 1, plugin);
      if (content.length > 0) own.tag(2, WireType.LengthDelimited).bytes(content);
    });
    if (dataClass > 0) metadata.tag(4, WireType.Varint).int32(dataClass);
  });
}
