/** The schema of the data's fit (engine/data/fit.ts), which is saved with weights. */
import * as v from "valibot";
import type { DataFit } from "../../engine/data/fit.ts";
import { count, list, number, object, positive, result, schemaOf, text } from "./valueSchemas.ts";

const scaler = object({ offset: number, factor: v.pipe(v.number(), v.finite(), v.gtValue(0)) });

const feature = v.pipe(
  object({ name: v.nullable(text), from: count, width: positive, words: v.nullable(list(text)), scaler, fill: result }),
  v.check(
    ({ words, width, name }) => (words ? words.length === width : width === 1 || name === null),
    "a column has a feature for each word",
  ),
);

const target = object({
  layer: text,
  columns: list(text),
  classes: v.nullable(list(text)),
  scalers: list(scaler),
  zeroAsMinusOne: v.boolean(),
});

export const dataFit = schemaOf<DataFit>()(
  object({
    features: v.pipe(
      list(feature),
      v.check((features) => {
        let next = 0;
        return features.every(({ from, width }) => {
          const follows = from === next;
          next += width;
          return follows;
        });
      }, "the columns' features follow one another"),
    ),
    targets: list(target),
  }),
);
