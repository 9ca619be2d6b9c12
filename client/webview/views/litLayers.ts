/** The output of every unit of every layer for one row, as strips of cells: one hue for positive numbers, another for negative ones. */
import type { AnsweredRow, LitLayer } from "../../../engine/inspect/views.ts";
import { countText, numberText } from "../../../engine/numberText.ts";
import { dataTable, type TableData } from "../charts/dataTable.ts";
import { css, signed, type Theme } from "../charts/theme.ts";
import { element, setText } from "../dom.ts";

/** The maximum number of units read to a screen reader, and of table rows. */
const MOST_SPOKEN = 12;
const MOST_TABLE_ROWS = 200;
/** The maximum number of cells in a line of a strip, and the strip's width in pixels. */
const MOST_IN_LINE = 64;
const STRIP_WIDTH = 260;

export function litLayers() {
  let shown: AnsweredRow | undefined;
  const numbers = dataTable("the outputs of the layers", () => tableOf(shown?.layers ?? []));
  const list = element("ul", "lit");
  const note = element("p", "note");
  const own = element("section", "lit-layers", element("h2", "", "Layer by layer ", numbers.button), list, note, numbers.element);
  return {
    element: own,
    draw(row: AnsweredRow, theme: Theme): void {
      shown = row;
      list.replaceChildren(...row.layers.map((layer) => lineOf(layer, theme)));
      setText(note, "Each cell is a unit: orange is a positive output, blue a negative one, relative to the largest of its layer.");
      numbers.draw();
    },
  };
}

function lineOf(layer: LitLayer, theme: Theme): HTMLElement {
  const { layer: id, shape, values } = layer;
  const all = shape.reduce((product, axis) => product * axis, 1);
  const name = element("span", "lit-name", id);
  name.title = id;
  return element("li", "", name, stripOf(layer, theme), element("span", "faint", rangeText(values, all)));
}

function rangeText(values: readonly number[], all: number): string {
  const units = all === 1 ? "1 unit" : `${countText(all)} units`;
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return units;
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  return low === high ? `${units}: ${numberText(low)}` : `${units}: ${numberText(low)} to ${numberText(high)}`;
}

function stripOf({ layer, shape, values }: LitLayer, theme: Theme): HTMLElement {
  const canvas = element("canvas", "strip");
  // An image keeps its shape; any other layer is one or more lines of cells.
  const isImage = shape.length >= 2 && (shape[0] ?? 0) * (shape[1] ?? 0) === values.length;
  const columns = isImage ? (shape[1] ?? 1) : Math.min(MOST_IN_LINE, values.length);
  const rows = Math.max(1, Math.ceil(values.length / columns));
  const size = isImage ? 3 : Math.max(4, Math.min(16, Math.floor(STRIP_WIDTH / columns)));
  // In a small strip, lines separate the cells.
  const gap = size >= 8 ? 1 : 0;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round((columns * size + gap) * ratio);
  canvas.height = Math.round((rows * size + gap) * ratio);
  canvas.style.width = `${columns * size + gap}px`;
  canvas.style.aspectRatio = `${canvas.width} / ${canvas.height}`;
  canvas.setAttribute("role", "img");
  const spoken = values.slice(0, MOST_SPOKEN).map(numberText).join(", ");
  canvas.setAttribute("aria-label", `The outputs of ${layer}: ${spoken}${values.length > MOST_SPOKEN ? ", …" : ""}`);
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const largest = Math.max(1e-30, ...values.map((value) => (Number.isFinite(value) ? Math.abs(value) : 0)));
  context.scale(ratio, ratio);
  context.fillStyle = theme.colours.faint;
  context.fillRect(0, 0, columns * size + gap, rows * size + gap);
  values.forEach((value, k) => {
    context.fillStyle = css(signed(theme, value / largest));
    context.fillRect((k % columns) * size + gap, Math.floor(k / columns) * size + gap, size - gap, size - gap);
  });
  return canvas;
}

function tableOf(layers: readonly LitLayer[]): TableData {
  const rows = layers.flatMap(({ layer, values }) => values.map((value, k) => [layer, String(k + 1), numberText(value)]));
  const more = rows.length - MOST_TABLE_ROWS;
  return {
    caption: more > 0 ? `The first ${MOST_TABLE_ROWS} of ${countText(rows.length)} outputs` : "The outputs of the layers",
    columns: ["layer", "unit", "output"],
    rows: rows.slice(0, MOST_TABLE_ROWS),
  };
}
