/** The confusion matrix of a classification. */
import type { OutputResult } from "../../../engine/inspect/views.ts";
import { countText, percentText } from "../../../engine/numberText.ts";
import { mix, paintCell, type Theme } from "../charts/theme.ts";
import { element, scrollBox } from "../dom.ts";

export type Classes = Extract<OutputResult, { kind: "classes" }>;

/** With more classes the cells are narrow, so that ten classes fit into a panel beside an editor. */
const MANY_CLASSES = 5;

export function confusion({ classes, matrix, right, asked }: Classes, { rgb }: Theme): HTMLElement {
  const table = element("table", classes.length > MANY_CLASSES ? "confusion many" : "confusion");
  const corner = element("th", "", "true \\ predicted");
  table
    .createTHead()
    .insertRow()
    .append(corner, ...classes.map((name) => columnHeader(name)), columnHeader("recall"));
  const body = table.createTBody();
  matrix.forEach((row, truth) => {
    const sum = row.reduce((a, b) => a + b, 0);
    const line = body.insertRow();
    const name = element("th", "", classes[truth] ?? "");
    name.scope = "row";
    line.append(name);
    row.forEach((count, predicted) => {
      const cell = line.insertCell();
      cell.textContent = count === 0 ? "·" : countText(count);
      cell.title = `${countText(count)} of ${countText(sum)} rows of ${classes[truth]} are predicted as ${classes[predicted]}`;
      // Colours are relative to the row's sum, so that a rare class is as visible as a common one.
      const share = sum > 0 ? count / sum : 0;
      if (count > 0) paintCell(cell, mix(rgb.background, truth === predicted ? rgb.green : rgb.red, 0.1 + 0.5 * Math.sqrt(share)));
    });
    line.insertCell().textContent = sum > 0 ? percentText((row[truth] ?? 0) / sum) : "–";
  });
  const caption = table.createCaption();
  caption.textContent = `${countText(right)} of ${countText(asked)} right (${percentText(asked > 0 ? right / asked : 0)})`;
  return scrollBox("Confusion matrix", table);
}

function columnHeader(name: string): HTMLElement {
  const made = element("th", "", name);
  made.scope = "col";
  return made;
}
