/**
 * The lines that belong to a run in the current text. A run knows the lines of the text that it was trained on. In a changed text, only
 * those parts have lines that are certain to be the same.
 */
import { layerKey, type PlannedLayer, type TrainingPlan } from "../../../engine/plan.ts";
import type { TrainingChoice } from "../../../server/protocol.ts";
import type { RunFacts } from "../../runs/runState.ts";

/** Lines (from 0) of a plan's parts, by source map key. */
export type Lines = Readonly<Record<string, number>>;

export interface MatchedLines {
  /** Lines of the unchanged layers, and of the parts of data and training, which may have changed. */
  readonly lines: Lines;
  /** Whether the text is the one that was trained. */
  readonly isSameText: boolean;
  /** Whether data and training have the settings of the run. */
  readonly hasSameSettings: boolean;
}

export const NO_LINES: MatchedLines = { lines: {}, isSameText: false, hasSameSettings: false };

/** Returns the lines in the text that was trained. */
export const linesOfSameText = ({ lines }: RunFacts): MatchedLines => ({ lines, isSameText: true, hasSameSettings: true });

/** Returns the lines of a run in a changed text. `choices` are the trainings in that text. */
export function matchedLines(plan: TrainingPlan, { run, model }: RunFacts, choices: readonly TrainingChoice[]): MatchedLines {
  const now = choices.find((choice) => choice.run === run && choice.model === model);
  if (!now?.planned) return NO_LINES;
  const { plan: current } = now.planned;
  const same = new Set(sameLayers(plan.network.layers, current.network.layers).map(layerKey));
  const lines = Object.entries(now.lines).filter(([key]) => !key.startsWith(LAYER) || same.has(key));
  const hasSameSettings = isEqual(settingsOf(plan), settingsOf(current));
  return { lines: Object.fromEntries(lines), isSameText: false, hasSameSettings };
}

const LAYER = layerKey("");

/** A run that is trained again may have another seed or more epochs than its text says. */
const settingsOf = ({ data, training: { seed: _seed, epochs: _epochs, ...training } }: TrainingPlan): unknown => ({ data, training });

/**
 * Returns the ids of the layers that are the same in both models: the id, the kind, the shapes and every setting. A numbered id, such as
 * `dense_2`, means the same layer only if the numbered ids of both models are the same.
 */
function sameLayers(trained: readonly PlannedLayer[], current: readonly PlannedLayer[]): string[] {
  const before = new Map(trained.map((layer) => [layer.id, layer]));
  const numbered = (layers: readonly PlannedLayer[]): string =>
    layers
      .map(({ id }) => id)
      .filter(isNumbered)
      .join();
  const areNumbersSame = numbered(trained) === numbered(current);
  return current.filter((layer) => (areNumbersSame || !isNumbered(layer.id)) && isEqual(layer, before.get(layer.id))).map(({ id }) => id);
}

const isNumbered = (id: string): boolean => /_\d+$/.test(id);

/** Compares plain data. Both plans come from the same code, so their keys have the same order. */
const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
