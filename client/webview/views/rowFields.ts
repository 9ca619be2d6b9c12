/** The fields of a row typed by the user: one per column, with its range or its words. */
import type { FormCell } from "../../../engine/inspect/views.ts";
import { numberText } from "../../../engine/numberText.ts";
import { button, element } from "../dom.ts";

export function cellFields(cells: readonly FormCell[], ask: (cells: readonly string[]) => void) {
  const fields = cells.map(fieldOf);
  const send = (): void => ask(fields.map(({ input }) => input.value));
  const own = element("form", "cells", ...fields.map((field) => field.element));
  own.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  own.addEventListener("change", send);
  own.append(button("Ask", send, "primary"));
  return {
    element: own,
    show(values: readonly string[]): void {
      fields.forEach(({ input }, k) => {
        // The user may be typing in the focused field.
        if (input !== document.activeElement && input.value !== values[k]) input.value = values[k] ?? "";
      });
    },
  };
}

function fieldOf(cell: FormCell) {
  const input = cell.kind === "words" ? wordField(cell) : numberField(cell);
  const range = cell.kind === "number" ? `${numberText(cell.from)} to ${numberText(cell.to)}` : `${cell.words.length} words`;
  const name = element("span", "cell-name", cell.name);
  name.title = cell.name;
  return { input, element: element("label", "cell-field", name, input, element("span", "faint", range)) };
}

function numberField({ name, from, to, canBeEmpty }: Extract<FormCell, { kind: "number" }>): HTMLInputElement {
  const input = element("input", "cell");
  input.inputMode = "decimal";
  input.autocomplete = "off";
  input.setAttribute("aria-label", `${name}, in the data ${numberText(from)} to ${numberText(to)}`);
  input.value = canBeEmpty ? "" : numberText((from + to) / 2);
  return input;
}

function wordField({ name, words }: Extract<FormCell, { kind: "words" }>): HTMLSelectElement {
  const select = element("select", "cell");
  select.setAttribute("aria-label", name);
  select.append(...words.map((word) => new Option(word, word)));
  return select;
}
