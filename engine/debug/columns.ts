/** The data's columns by name: their numbers in the current mini-batch, scaled and encoded as the network reads or predicts them. */
import { isInput } from "../layerTraits.ts";
import { namesOf } from "../training/unitNames.ts";
import type { TensorValue } from "./expression/evaluate.ts";
import type { Timeline } from "./timeline.ts";

/** A batch's numbers, [rows, width], that contain a column of the data. */
interface Place {
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly units: readonly number[];
}

/** Returns the names of the columns that the network reads or predicts and that an expression can name. */
export const columnNames = (timeline: Timeline): string[] => [...placesOf(timeline).keys()].filter((name) => NAME.test(name));

const NAME = /^[\p{L}_][\p{L}\p{M}\d_]*$/u;

/** Returns a column's numbers in the loaded batch: one per row, or one per category or class in each row. undefined if there is no such column. */
export function columnNamed(timeline: Timeline, name: string): TensorValue | undefined {
  const place = placesOf(timeline).get(name);
  if (!place) return undefined;
  const { values, width, units } = place;
  const { rows } = timeline.learner.network.batch;
  const shape = units.length === 1 ? [rows] : [rows, units.length];
  return {
    shape,
    values: Array.from({ length: rows * units.length }, (_, k) => {
      const row = Math.floor(k / units.length);
      return values[row * width + units[k % units.length]];
    }),
  };
}

function placesOf({ learner }: Timeline): ReadonlyMap<string, Place> {
  const { network, outputs, examples } = learner;
  const places = new Map<string, Place>();
  for (const step of network.steps) {
    if (!isInput(step.layer)) continue;
    const { values, width } = step.output;
    const units = new Map<string, number[]>();
    namesOf(learner, step)?.forEach((name, unit) => {
      // A categorical column has one unit per category: `color = red`.
      const [column = name] = name.split(" = ");
      units.set(column, [...(units.get(column) ?? []), unit]);
    });
    for (const [column, own] of units) if (!places.has(column)) places.set(column, { values, width, units: own });
  }
  outputs.forEach(({ targets, targetWidth: width }, k) => {
    const columns = examples.fit.targets[k]?.columns ?? [];
    const isSplit = columns.length === width;
    columns.forEach((column, at) => {
      const units = isSplit ? [at] : Array.from({ length: width }, (_, unit) => unit);
      if (!places.has(column) && (isSplit || columns.length === 1)) places.set(column, { values: targets, width, units });
    });
  });
  return places;
}
