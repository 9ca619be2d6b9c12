/** Small charts of distributions side by side, one per layer and parameter. A click on a title opens the large chart. */
import { countText, numberText, percentText } from "../../../engine/numberText.ts";
import { element, link, setText, sharpCanvas } from "../dom.ts";
import { dataTable, type TableData } from "./dataTable.ts";
import { type Column, columnAt, type Look, markColumn, PAINTERS, readoutOf, SMALL_PLOT } from "./distributionChart.ts";
import type { Theme } from "./theme.ts";

const HEIGHT = 108;

export interface SmallChart {
  /** Identifies the chart. */
  readonly key: string;
  readonly title: string;
  readonly columns: readonly Column[];
}

export interface SmallDistributionsDrawn {
  readonly charts: readonly SmallChart[];
  readonly look: Look;
  readonly theme: Theme;
  readonly cursor: number | null;
}

export function smallDistributions(open: (key: string) => void) {
  const grid = element("div", "small-charts");
  const table = dataTable("the distributions", () => tableOf(drawn));
  const heading = element("h2", "", "All layers over the epochs");
  heading.append(element("span", "pictures", table.button));
  let drawn: SmallDistributionsDrawn | undefined;
  let charts: ReturnType<typeof smallChart>[] = [];
  return {
    element: element("section", "", heading, grid, table.element),
    draw(next: SmallDistributionsDrawn): void {
      drawn = next;
      if (charts.length !== next.charts.length) {
        charts = next.charts.map(() => smallChart(open));
        grid.replaceChildren(...charts.map((chart) => chart.element));
      }
      for (const [k, one] of next.charts.entries()) charts[k]?.draw(one, next);
      table.draw();
    },
  };
}

function smallChart(open: (key: string) => void) {
  let drawn: (SmallChart & Pick<SmallDistributionsDrawn, "look" | "theme" | "cursor">) | undefined;
  const title = link("", () => drawn && open(drawn.key));
  // The columns change only when an epoch is recorded. The timeline's mark moves in every frame, so it is drawn over their picture.
  const picture = element("canvas");
  let pictured = "";
  const chart = sharpCanvas("small-distribution", HEIGHT, (context, width, height) => {
    if (!drawn || drawn.columns.length === 0) return;
    const { look, columns, theme, cursor } = drawn;
    const ratio = context.canvas.width / width;
    const key = [width, look, columns.length, columns.at(-1)?.epoch, theme.colours.background, drawn.key].join(" ");
    if (key !== pictured) {
      pictured = key;
      picture.width = context.canvas.width;
      picture.height = context.canvas.height;
      const own = picture.getContext("2d");
      own?.setTransform(ratio, 0, 0, ratio, 0, 0);
      if (own) PAINTERS[look]({ context: own, width, height, theme, plot: SMALL_PLOT }, columns);
    }
    context.drawImage(picture, 0, 0, width, height);
    if (look === "heat" && cursor !== null)
      markColumn({ context, width, height, theme, plot: SMALL_PLOT }, columns.length, columnAt(columns, cursor));
  });
  chart.canvas.setAttribute("role", "img");
  return {
    element: element("figure", "small-chart", element("figcaption", "", title), chart.element),
    draw(one: SmallChart, { look, theme, cursor }: SmallDistributionsDrawn): void {
      drawn = { ...one, look, theme, cursor };
      setText(title, one.title);
      chart.draw();
      const column = one.columns[columnAt(one.columns, cursor)];
      const text = column ? readoutOf(column) : "nothing was recorded";
      chart.canvas.setAttribute("aria-label", `${one.title}: ${text}`);
      chart.canvas.title = text;
    },
  };
}

/** Returns every chart's statistics at the timeline's epoch. */
function tableOf(drawn: SmallDistributionsDrawn | undefined): TableData {
  const rows = (drawn?.charts ?? []).flatMap(({ title, columns }) => {
    const column = columns[columnAt(columns, drawn?.cursor ?? null)];
    if (!column) return [];
    const { count, min, max, mean, spread, zeros } = column.values;
    return [[title, countText(column.epoch), countText(count), ...[min, max, mean, spread].map(numberText), percentText(zeros)]];
  });
  return {
    caption: "Distributions",
    columns: ["of", "epoch", "numbers", "smallest", "largest", "mean", "standard deviation", "zeros"],
    rows,
  };
}
