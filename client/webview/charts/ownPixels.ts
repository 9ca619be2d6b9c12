/** The pointer's position in a chart, in the chart's own pixels. The panel's scale enlarges the pointer's pixels. */
import type uPlot from "uplot";
import { scaleOf } from "../dom.ts";

/** uPlot's hook for the cursor's position. A position shared by another chart has no event and is already in the chart's own pixels. */
export const ownPixels: uPlot.Cursor.MousePosRefiner = (plot, left, top) => {
  const scale = plot.cursor.event && left >= 0 ? scaleOf(plot.over) : 1;
  return [left / scale, top / scale];
};
