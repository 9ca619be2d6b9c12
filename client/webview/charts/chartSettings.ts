/** What a line chart shows, on the screen and as a picture file. */
import type { HistoryTable } from "../../runs/history.ts";

export interface Line {
  readonly label: string;
  /** Column of the table. */
  readonly column: number;
  readonly table: HistoryTable;
  /** Place in the palette; the same place has the same hue. */
  readonly hue: number;
  readonly isDashed?: boolean;
}

export interface ChartSettings {
  readonly lines: readonly Line[];
  readonly isLogarithmic: boolean;
  /** 0: none; towards 1 a line remembers more of what was before. */
  readonly smoothing: number;
  /** Values between which all is well. */
  readonly band?: readonly [number, number];
  /** An epoch to mark. */
  readonly mark?: { readonly epoch: number; readonly label: string } | null;
}
