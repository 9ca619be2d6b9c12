/** What the exported page carries, as JSON within it. client/page reads it. */
import type { DataFit } from "../../data/fit.ts";
import type { NetworkPlan, OutputPlan } from "../../plan.ts";

export interface PageContent {
  readonly name: string;
  readonly network: NetworkPlan;
  readonly outputs: readonly OutputPlan[];
  readonly fit: DataFit;
  /** All parameters in the order of the layers, as float32 numbers with the lowest byte first, in base64. */
  readonly weights: string;
  readonly text: string | null;
  /** Of each number that is asked for, in the data's own units. */
  readonly ranges: readonly Range[];
  /** Height and width if a row is an image. */
  readonly image: readonly [height: number, width: number] | null;
}

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly start: number;
}

/** The id of the page's element with the content. */
export const CONTENT_ID = "content";
