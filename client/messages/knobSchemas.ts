/** The schemas of a file's knobs and of their edits (server/protocol.ts). */
import * as v from "valibot";
import { list, name, object, text } from "./valueSchemas.ts";

const knob = object({
  key: name,
  group: name,
  label: name,
  summary: text,
  kind: v.picklist(["number", "choice"]),
  value: name,
  stops: list(name, 200),
});
export type Knob = v.InferOutput<typeof knob>;

const editableLayer = object({ id: name, word: name, knobs: name, canInsert: v.boolean(), canRemove: v.boolean() });
export type EditableLayer = v.InferOutput<typeof editableLayer>;

export const trainingKnobs = object({ run: name, model: name, knobs: list(knob, 10_000), layers: list(editableLayer, 10_000) });
export type TrainingKnobs = v.InferOutput<typeof trainingKnobs>;

export const fileEdit = v.variant("kind", [
  object({ kind: v.literal("turn"), run: name, knob: name, value: name }),
  object({ kind: v.literal("step"), run: name, knob: name, steps: v.picklist([1, -1]) }),
  object({ kind: v.literal("insert"), run: name, layer: name }),
  object({ kind: v.literal("remove"), run: name, layer: name }),
]);
export type FileEdit = v.InferOutput<typeof fileEdit>;
