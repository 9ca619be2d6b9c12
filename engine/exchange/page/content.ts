/** The content of the exported page, as JSON within it. client/page reads it. */
import type { DataFit } from "../../data/fit.ts";
import type { NetworkPlan, OutputPlan } from "../../plan.ts";

export interface PageContent {
  readonly name: string;
  readonly network: NetworkPlan;
  readonly outputs: readonly OutputPlan[];
  readonly fit: DataFit;
  /** All parameters in the order of the layers, as little-endian float32 numbers in base64. */
  readonly weights: string;
  readonly text: string | null;
  /** The range of each input number, in the data's own units. */
  readonly ranges: readonly Range[];
  /** Height and width if a row is an image. */
  readonly image: readonly [height: number, width: number] | null;
}

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly start: number;
}

/** The id of the page element that contains the content. */
export const CONTENT_ID = "content";
