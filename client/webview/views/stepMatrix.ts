/** A matrix in One Step as a table: its numbers, each with its working, or with a gap for the student to fill in. */
import type { Slip, WalkMatrix } from "../../../engine/inspect/views.ts";
import { countText, numberText } from "../../../engine/numberText.ts";
import { paintCell, signed, type Theme } from "../charts/theme.ts";
import { element, scrollBox } from "../dom.ts";

/** A chosen number. */
export interface ChosenNumber {
  readonly key: string;
  /** The matrix's name, and the number's row and column. */
  readonly matrix: string;
  readonly row: number;
  readonly column: number;
  readonly value: number;
  /** The names of the matrix, the row and the column. */
  readonly place: string;
  readonly formula: string;
  readonly lines: readonly string[];
  readonly slips: readonly Slip[];
  readonly uses: WalkMatrix["uses"];
}

/** A matrix on screen, with its cells by row and column. */
export interface ShownMatrix {
  readonly name: string;
  readonly element: HTMLElement;
  readonly cells: readonly (readonly HTMLTableCellElement[])[];
}

export interface MatrixActions {
  readonly choose: (number: ChosenNumber) => void;
  /** Whether the number is still a gap. */
  readonly isGap: (key: string) => boolean;
}

export function matrixTable(matrix: WalkMatrix, id: string, theme: Theme, actions: MatrixActions): ShownMatrix {
  const { columns, rows, values } = matrix;
  const table = element("table", "matrix");
  table.createCaption().append(...captionOf(matrix));
  const head = table.createTHead().insertRow();
  head.append(element("th", ""), ...columns.map((label) => header(label, "col")));
  const most = Math.max(...values.flat().map(Math.abs), 1e-300);
  const body = table.createTBody();
  const cells = values.map((row, i) => {
    const line = body.insertRow();
    line.append(header(rows[i] ?? "", "row"));
    return row.map((value, j) => {
      const cell = line.insertCell();
      const number = numberAt(matrix, id, i, j);
      const isGap = number !== undefined && actions.isGap(number.key);
      cell.textContent = isGap ? "?" : numberText(value);
      if (!isGap) paintCell(cell, signed(theme, (value / most) * 0.4));
      if (number) explain(cell, number, table, actions);
      return cell;
    });
  });
  return { name: matrix.name, element: scrollBox(matrix.name, table), cells };
}

/** Outlines only the cells from which the number is computed. */
export function outlineUsed(matrices: readonly ShownMatrix[], { uses, row, column }: ChosenNumber): void {
  for (const { name, cells } of matrices) {
    const own = uses.filter(({ matrix }) => matrix === name);
    const isIn = (which: "i" | "j" | "all", k: number): boolean => which === "all" || k === (which === "i" ? row : column);
    cells.forEach((line, i) => {
      line.forEach((cell, j) => {
        cell.classList.toggle(
          "used",
          own.some((use) => isIn(use.row, i) && isIn(use.column, j)),
        );
      });
    });
  }
}

function captionOf({ name, shape, rows, columns, formula }: WalkMatrix): (Node | string)[] {
  const shownRows = rows.length < (shape[0] ?? 0) ? `, ${rows.length} of ${countText(shape[0] ?? 0)} rows` : "";
  const shownColumns = columns.length < (shape[1] ?? 0) ? `, ${columns.length} of ${countText(shape[1] ?? 0)} columns` : "";
  const size = ` ${shape.map(countText).join(" × ")}${shownRows}${shownColumns}`;
  return [element("strong", "", name), size, ...(formula === "" ? [] : [element("span", "own-formula", formula)])];
}

/** Returns a number with its working; undefined if it is given. */
export function numberAt(
  { name, rows, columns, values, formula, workings, uses }: WalkMatrix,
  id: string,
  i: number,
  j: number,
): ChosenNumber | undefined {
  const working = workings?.[i]?.[j];
  const value = values[i]?.[j];
  if (!working || value === undefined) return undefined;
  const place = [name, rows[i], columns[j]].filter((part) => part).join(", ");
  return {
    key: `${id} ${i} ${j}`,
    matrix: name,
    row: i,
    column: j,
    value,
    place,
    formula,
    lines: working.lines,
    slips: working.slips,
    uses,
  };
}

function explain(cell: HTMLTableCellElement, number: ChosenNumber, table: HTMLElement, { choose }: MatrixActions): void {
  cell.tabIndex = 0;
  cell.classList.add("explained");
  const show = (): void => {
    table.closest(".stage")?.querySelector(".explained.chosen")?.classList.remove("chosen");
    cell.classList.add("chosen");
    choose(number);
  };
  cell.addEventListener("pointerenter", () => {
    // A number that the student is filling in stays chosen while the pointer passes over others.
    if (cell.textContent !== "?") show();
  });
  cell.addEventListener("focus", show);
  cell.addEventListener("click", show);
}

function header(label: string, scope: "row" | "col"): HTMLElement {
  const made = element("th", "", label);
  made.scope = scope;
  return made;
}
