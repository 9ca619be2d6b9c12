/** The settings of a line chart, on the screen and as an image file. */
import type { HistoryTable } from "../../runs/history.ts";

export interface Line {
  readonly label: string;
  /** The index of the table's column. */
  readonly column: number;
  readonly table: HistoryTable;
  /** The index in the palette. */
  readonly hue: number;
  readonly isDashed?: boolean;
}

export interface ChartSettings {
  readonly lines: readonly Line[];
  readonly isLogarithmic: boolean;
  /** The weight of the moving average, from 0 (no smoothing) to below 1. */
  readonly smoothing: number;
  /** The range of healthy values. */
  readonly band?: readonly [number, number];
  /** The epoch on the timeline; null or absent for the newest. */
  readonly cursor?: number | null;
  /** The title of the y axis; defaults to the chart's name. */
  readonly yTitle?: string;
  /** A remark in the chart's note. */
  readonly remark?: string;
  /** An epoch with a mark. */
  readonly mark?: { readonly epoch: number; readonly label: string } | null;
}
