/** The target of an output that learns the features: facts about the network's input numbers, and which loss can compare them. */
import { sizeOf } from "../../../engine/catalog/shapes.ts";
import { type ColumnFacts, categoriesOf, columnFacts } from "../resolve/columnFacts.ts";
import type { ResolvedData } from "../resolve/data.ts";
import { featureColumns } from "../resolve/features.ts";
import type { ResolvedModel } from "../resolve/resolvedModel.ts";

/** Returns facts about each scaled input number of a row; undefined if a column can't be encoded. */
export function encodedFeatures(model: ResolvedModel, data: ResolvedData): readonly ColumnFacts[] | undefined {
  if (data.images) return new Array<ColumnFacts>(sizeOf(data.images.shape)).fill(pixelFacts(data));
  const names = featureColumns(model, data);
  const columns = names?.map((name) => data.column(name));
  if (!columns?.every((column) => column !== undefined)) return undefined;
  if (columns.some(({ name, kind }) => kind !== "number" && !data.oneHot.has(name))) return undefined;
  return columns.flatMap((column) =>
    data.oneHot.has(column.name)
      ? categoriesOf(column).map((word) => factsOf(`${column.name} = ${word}`, [0, 1]))
      : scaledFacts(column, data),
  );
}

function scaledFacts(column: ColumnFacts, { scale }: ResolvedData): ColumnFacts {
  const { name, min, max, mean, deviation } = column;
  switch (scale) {
    case "none":
      return column;
    case "minmax":
      return factsOf(name, [0, 0.5, 1]);
    case "standard":
      return factsOf(name, [(min - mean) / (deviation || 1), 0.5, (max - mean) / (deviation || 1)]);
  }
}

/** The images are not read here, so their mean is unknown: with `scale standard` there are numbers below and above 0. */
const PIXELS = { none: [0, 127, 255], minmax: [0, 0.5, 1], standard: [-0.5, 0, 2] } as const;
const pixelFacts = ({ scale }: ResolvedData): ColumnFacts => factsOf("pixels", PIXELS[scale]);

const factsOf = (name: string, values: readonly number[]): ColumnFacts => columnFacts(name, values.map(String), () => "");
