/**
 * The lines that belong to a run in the current text. A run knows the lines of the text it was trained on. In a changed text, only parts that are
 * certainly the same have lines.
 */
import { layerKey, type PlannedLayer, type TrainingPlan } from "../../../engine/plan.ts";
import type { TrainingChoice } from "../../../server/protocol.ts";
import type { RunFacts } from "../../runs/runState.ts";

/** Lines (from 0) of a plan's parts, by source map key. */
export type Lines = Readonly<Record<string, number>>;

export interface MatchedLines {
  /** Lines of the unchanged layers, and of the parts of data and training. Those parts may have changed. */
  readonly lines: Lines;
  /** Whether the text is the trained text. */
  readonly isSameText: boolean;
  /** Whether data and training have the same settings as the run. */
  readonly hasSameSettings: boolean;
}

export const NO_LINES: MatchedLines = { lines: {}, isSameText: false, hasSameSettings: false };

/** Returns the lines in the trained text. */
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

/** Omits the seed and the epochs, which may differ from the text in a run that was trained again. */
const settingsOf = ({ data, training: { seed: _seed, epochs: _epochs, ...training } }: TrainingPlan): unknown => ({ data, training });

/**
 * Returns the ids of the layers with the same id, kind, shapes and settings in both models. A numbered id, such as `dense_2`, denotes the same layer
 * only if both models have the same numbered ids.
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
