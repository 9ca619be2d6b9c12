/**
 * Writes a self-contained HTML page that predicts offline: the trained weights, the engine's forward pass, an input for each column, and a drawing of
 * the layers.
 */

import { utf8From } from "../../host.ts";
import { rounded } from "../../numberText.ts";
import { littleEndian } from "../bytes.ts";
import { type Exported, roundingNotes, type TrainedModel } from "../model.ts";
import { CONTENT_ID, type PageContent, type Range } from "./content.ts";
import { PAGE_STYLE } from "./style.ts";

export interface PageParts {
  /** The page's bundled script, dist/page.js. */
  readonly script: string;
  /** Rows of the data, for the inputs' ranges; undefined if the data can't be read. */
  readonly rows: OwnRows | undefined;
}

/** Rows in the data's own units (data/ownNumbers.ts). */
export interface OwnRows {
  readonly count: number;
  /** [count, featureCount] */
  readonly features: ArrayLike<number>;
  readonly featureCount: number;
}

export function pageFile(model: TrainedModel, { script, rows }: PageParts): Exported {
  const { plan, fit, text, weights } = model;
  const [height, width] = plan.data.featureShape;
  const isImage = plan.data.features === null && plan.data.featureShape.length === 2;
  const content: PageContent = {
    name: plan.training.run,
    network: plan.network,
    outputs: plan.training.outputs,
    fit,
    weights: base64(littleEndian(Float32Array.from([...weights.values()].flatMap(({ values }) => [...values])))),
    text,
    ranges: fit.features.map((feature) => rangeOf(feature, rows)),
    image: isImage && height !== undefined && width !== undefined ? [height, width] : null,
  };
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(content.name)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<script type="application/json" id="${CONTENT_ID}">${jsonText(content)}</script>
<script>${scriptText(script)}</script>
</body>
</html>
`;
  return {
    bytes: utf8From(page),
    renamed: [],
    notes: [
      "The page works offline and sends nothing. It contains the weights, the class names and the text of the .nn file.",
      ...roundingNotes(model),
      ...(rows ? [] : ["The data can't be read, so the inputs have the ranges that their scales show."]),
    ],
  };
}

/** Returns JSON that can't end its element early: `<` is escaped. */
const jsonText = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c");
/** Returns a script that can't end its element early. */
const scriptText = (script: string): string => script.replaceAll(/<(?=\/script|!--)/gi, "\\x3c");
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Returns a column's range and mean, computed from the rows or else estimated from its scale. */
function rangeOf({ from, name, scaler, words }: TrainedModel["fit"]["features"][number], rows: OwnRows | undefined): Range {
  const own = (value: number): number => value * scaler.factor + scaler.offset;
  if (name === null || words) return { min: 0, max: 255, start: 0 };
  if (!rows || rows.count === 0) return { min: own(-3), max: own(3), start: own(0) };
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let row = 0; row < rows.count; row++) {
    const value = rows.features[row * rows.featureCount + from];
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  return { min, max, start: rounded(sum / rows.count, 4) };
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
export function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b, c] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    parts.push(
      DIGITS[bits >>> 18] +
        DIGITS[(bits >>> 12) & 63] +
        (b === undefined ? "=" : DIGITS[(bits >>> 6) & 63]) +
        (c === undefined ? "=" : DIGITS[bits & 63]),
    );
  }
  return parts.join("");
}
