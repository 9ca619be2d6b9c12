/** The rows of a model without a training: inputs, outputs, and the outputs expected in the file, with right and wrong rows marked. */
import type { TableRow, UntrainedView } from "../../../engine/inspect/views.ts";
import { countText, numberText, plural } from "../../../engine/numberText.ts";
import { element, scrollBox } from "../dom.ts";

/** `choose` is called with a row's index, or with null if the row was already chosen. */
export function truthTable(view: UntrainedView, chosen: number | null, choose: (row: number | null) => void): HTMLElement {
  const { inputs, outputs, rows, rowsFrom, rowsOf } = view;
  const isExpected = rows.some(({ expected }) => expected !== null);
  const table = element("table", "truth");
  const head = table.createTHead();
  const groups = [
    { title: plural(inputs.length, "input").replace(/^\d+ /, ""), names: inputs, className: "" },
    { title: "output", names: outputs, className: "output" },
    ...(isExpected ? [{ title: "expected", names: outputs, className: "expected" }] : []),
  ];
  const [first, second] = [head.insertRow(), head.insertRow()];
  first.append(element("td", ""));
  second.append(element("td", ""));
  for (const { title, names, className } of groups) {
    const over = heading(title, className);
    over.colSpan = names.length;
    first.append(over);
    second.append(...names.map((name, k) => heading(name, k === 0 ? className : "")));
  }
  if (isExpected) {
    first.append(element("td", ""));
    second.append(element("td", ""));
  }
  const body = table.createTBody();
  body.append(...rows.map((row, k) => rowOf(row, k, { isExpected, outputs: outputs.length, isChosen: k === chosen, choose })));
  const shown = rows.length < rowsOf ? `The first ${rows.length} of ${countText(rowsOf)} rows. ` : "";
  return element("div", "truth-table", scrollBox("Truth table", table), element("p", "note", `${shown}${sentenceOf(rowsFrom, rows)}`));
}

function heading(text: string, className: string): HTMLTableCellElement {
  const cell = element("th", className, text);
  cell.scope = "col";
  return cell;
}

interface RowFacts {
  readonly isExpected: boolean;
  readonly outputs: number;
  readonly isChosen: boolean;
  readonly choose: (row: number | null) => void;
}

function rowOf({ x, outputs, expected, isRight }: TableRow, k: number, { isExpected, isChosen, choose, ...of }: RowFacts): HTMLElement {
  const line = element("tr", `${isChosen ? "chosen" : ""}${isRight === false ? " wrong" : ""}`.trim());
  const opener = element("button", "link", String(k + 1));
  opener.type = "button";
  opener.setAttribute("aria-label", `Walk row ${k + 1} through the layers`);
  opener.setAttribute("aria-pressed", String(isChosen));
  line.append(element("td", "", opener));
  for (const value of x) line.append(element("td", "", numberText(value)));
  line.append(...outputs.map((value, j) => element("td", j === 0 ? "output" : "", numberText(value))));
  if (isExpected) {
    for (let j = 0; j < of.outputs; j++)
      line.append(element("td", j === 0 ? "expected" : "", expected ? numberText(expected[j] ?? 0) : ""));
    line.append(element("td", isRight === false ? "verdict wrong" : "verdict", verdictOf(isRight)));
  }
  line.addEventListener("click", () => choose(isChosen ? null : k));
  return line;
}

const verdictOf = (isRight: boolean | null): string => (isRight === null ? "" : isRight ? "✓" : "✗ wrong");

function sentenceOf(from: UntrainedView["rowsFrom"], rows: readonly TableRow[]): string {
  if (rows.length === 0)
    return "The file has no rows for this model. Write an `expect` block with a row for each case.".replaceAll("`", "");
  const right = rows.filter(({ isRight }) => isRight).length;
  const judged = `${right === rows.length ? (rows.length === 1 ? "The row is" : `All ${rows.length} rows are`) : `${right} of ${rows.length} rows are`} right.`;
  const choose = " Choose a row to walk it through the layers.";
  if (from === "expect") return `${judged} The rows are those of the expect block.${choose}`;
  if (from === "data") return `${rows.some(({ isRight }) => isRight !== null) ? `${judged} ` : ""}The rows are those of the data.${choose}`;
  return `The file has no rows for this model, so these are all combinations of 0 and 1.${choose}`;
}
