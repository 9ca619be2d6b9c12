/** A chart's numbers as a table, for users who can't see the chart. A button next to the heading shows it. */
import { element } from "../dom.ts";

export interface TableData {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface DataTable {
  readonly button: HTMLButtonElement;
  readonly element: HTMLElement;
  /** Draws the table if it is shown. */
  readonly draw: () => void;
}

/** `data` is called only while the table is shown. */
export function dataTable(name: string, data: () => TableData): DataTable {
  const holder = element("div", "scroll data-table");
  holder.hidden = true;
  holder.tabIndex = 0;
  holder.setAttribute("role", "group");
  holder.setAttribute("aria-label", `${name} as a table`);
  const button = element("button", "small", "Table");
  button.type = "button";
  button.title = `Show ${name} as a table`;
  button.setAttribute("aria-expanded", "false");
  const draw = (): void => {
    if (holder.hidden) return;
    const { caption, columns, rows } = data();
    const table = element("table");
    table.createCaption().textContent = caption;
    table.createTHead().append(element("tr", "", ...columns.map((title) => headerCell(title, "col"))));
    table
      .createTBody()
      .append(
        ...rows.map(([first = "", ...rest]) => element("tr", "", headerCell(first, "row"), ...rest.map((text) => element("td", "", text)))),
      );
    holder.replaceChildren(table);
  };
  button.addEventListener("click", () => {
    holder.hidden = !holder.hidden;
    button.setAttribute("aria-expanded", String(!holder.hidden));
    draw();
  });
  return { button, element: holder, draw };
}

function headerCell(text: string, scope: "row" | "col"): HTMLElement {
  const cell = element("th", "", text);
  cell.scope = scope;
  return cell;
}

/** Returns at most `most` indices of [0, length), evenly spaced, including the first and the last. */
export function evenlySpaced(length: number, most: number): number[] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, k) => (count === 1 ? 0 : Math.round((k * (length - 1)) / (count - 1))));
}
