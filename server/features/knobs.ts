/**
 * The knobs of a document's trainings, and edits of its networks. An edit is computed from the syntax tree and changes as little text as
 * possible. It is rejected with a reason if the checker does not accept the result.
 */

import { turned } from "../../engine/catalog/turns.ts";
import type { Analysis } from "../language/analysis.ts";
import type { TextChange } from "../language/diagnostics/issue.ts";
import type { ResolvedLayer, ResolvedModel } from "../language/resolve/resolvedModel.ts";
import type { EditableLayer, FileEdit, TrainingKnobs } from "../protocol.ts";
import type { TurnableKnob } from "./knobs/knob.ts";
import { insertedBefore, isRemovable, type LayerEdit, removed, takesLayerBefore } from "./knobs/layerEdits.ts";
import { distinctLayers, layerKey, trainingKnobs } from "./knobs/trainingKnobs.ts";

/** Returns the knobs of each training with a known model and known data. */
export const knobs = (analysis: Analysis): TrainingKnobs[] =>
  analysis.trains.map((train) => ({
    run: train.node.label?.text ?? train.model?.name ?? "",
    model: train.model?.name ?? "",
    knobs: train.faulty ? [] : trainingKnobs(train, analysis).map(({ shown }) => shown),
    layers: train.faulty || !train.model ? [] : editableLayers(train.model, analysis),
  }));

function editableLayers(model: ResolvedModel, analysis: Analysis): EditableLayer[] {
  return distinctLayers(model).map((layer) => ({
    id: layer.id,
    word: layer.node.name.text,
    knobs: layerKey(model, layer),
    canInsert: takesLayerBefore(layer, analysis),
    canRemove: isRemovable(layer, model, analysis),
  }));
}

/** The changed text with its changes, or why there are none. */
export type Edited = { readonly changes: readonly TextChange[]; readonly text: string } | { readonly problem: string };

/**
 * Returns the text after an edit. `check` analyses a text with the document's data files. A result with an error, or without one of the
 * original comments, is rejected.
 */
export async function edited(analysis: Analysis, edit: FileEdit, check: (text: string) => Promise<Analysis>): Promise<Edited> {
  const error = firstError(analysis);
  if (error !== undefined) return { problem: `Correct line ${error.line} first: ${error.message}` };
  const found = changesOf(analysis, edit);
  if ("problem" in found) return found;
  const changes = found.changes.filter(({ span, text }) => analysis.text.slice(span.start, span.end) !== text);
  if (analysis.tree.comments.some((comment) => changes.some(({ span }) => span.start < comment.end && comment.start < span.end)))
    return { problem: "A comment stands within the part that would be replaced; edit the text instead." };
  const text = changed(analysis.text, changes);
  const after = firstError(await check(text));
  return after === undefined ? { changes, text } : { problem: after.message };
}

function changesOf(analysis: Analysis, edit: FileEdit): LayerEdit {
  const gone = { problem: "The text has changed, and this part is no longer in it." };
  const train = analysis.trains.find(({ node, model }) => (node.label?.text ?? model?.name) === edit.run);
  if (!train?.model) return gone;
  const { model } = train;
  if (edit.kind === "insert" || edit.kind === "remove") {
    const layer = distinctLayers(model).find(({ id }) => id === edit.layer);
    if (!layer) return gone;
    return edit.kind === "insert" ? inserted(layer, model, analysis) : withoutLayer(layer, model, analysis);
  }
  const knob = trainingKnobs(train, analysis).find(({ shown }) => shown.key === edit.knob);
  if (!knob) return gone;
  const value = edit.kind === "turn" ? writtenAs(knob, edit.value) : steppedValue(knob, edit.steps);
  return typeof value === "string" ? { changes: knob.write(value) } : value;
}

const inserted = (layer: ResolvedLayer, model: ResolvedModel, analysis: Analysis): LayerEdit =>
  takesLayerBefore(layer, analysis)
    ? insertedBefore(layer, model, analysis)
    : { problem: `No layer can be inserted before \`${layer.id}\`, which names its inputs.` };

const withoutLayer = (layer: ResolvedLayer, model: ResolvedModel, analysis: Analysis): LayerEdit =>
  isRemovable(layer, model, analysis) ? removed(layer, model, analysis) : { problem: `\`${layer.id}\` can't be removed.` };

/** Returns a value as text: one of the knob's words, or a number. */
function writtenAs({ shown, turn }: TurnableKnob, value: string): string | { readonly problem: string } {
  if (shown.stops.includes(value)) return value;
  const number = Number(value);
  if (!turn || value.trim() === "" || !Number.isFinite(number))
    return { problem: `\`${shown.label}\` can't be ${value.trim() === "" ? "empty" : `"${value.slice(0, 40)}"`}.` };
  return String(number);
}

function steppedValue({ shown, turn }: TurnableKnob, steps: 1 | -1): string | { readonly problem: string } {
  const { label, value, stops } = shown;
  const end = { problem: `\`${label}\` is at the end of its range; a number beyond it can be typed.` };
  if (!turn) return end;
  const number = Number(value);
  // A word comes after the largest number.
  if (Number.isNaN(number)) return steps < 0 ? (stops.at(stops.indexOf(value) - 1) ?? value) : end;
  const next = turned(turn, number, steps);
  const word = steps > 0 ? stops.find((stop) => Number.isNaN(Number(stop))) : undefined;
  return next === undefined ? (word ?? end) : String(next);
}

/** Returns the first error with its line (from 1). */
function firstError({ issues, text }: Analysis): { readonly line: number; readonly message: string } | undefined {
  const error = issues.find(({ severity }) => severity === "error");
  return error && { line: text.slice(0, error.span.start).split("\n").length, message: `${error.code}: ${error.message}` };
}

function changed(text: string, changes: readonly TextChange[]): string {
  let result = text;
  for (const { span, text: own } of [...changes].sort((a, b) => b.span.start - a.span.start))
    result = result.slice(0, span.start) + own + result.slice(span.end);
  return result;
}
