/** Where the pointer is in a chart, in the chart's own pixels. The panel's scale makes the pointer's pixels larger. */
import type uPlot from "uplot";
import { scaleOf } from "../dom.ts";

/** uPlot's hook for the cursor's position. A position that another chart shares has no event and is in a chart's own pixels already. */
export const ownPixels: uPlot.Cursor.MousePosRefiner = (plot, left, top) => {
  const scale = plot.cursor.event && left >= 0 ? scaleOf(plot.over) : 1;
  return [left / scale, top / scale];
};
