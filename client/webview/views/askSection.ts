/** The part of Result for questions: a row to type, draw or choose from the data, and the network's answer, layer by layer. */
import type { AnsweredRow, ResultView, RowForm } from "../../../engine/inspect/views.ts";
import { countText } from "../../../engine/numberText.ts";
import type { AskedRow } from "../../messages/questions.ts";
import { button, element, setText, withCode } from "../dom.ts";
import type { Actions, Model } from "../model.ts";
import { drawingPad } from "./drawingPad.ts";
import { litLayers } from "./litLayers.ts";
import { answerLines } from "./rowAnswer.ts";
import { cellFields } from "./rowFields.ts";

/** The fields of a row, or the drawing pad for an image. */
interface RowEditor {
  readonly element: HTMLElement;
  /** Shows the answer's row. */
  readonly show: (row: AnsweredRow) => void;
}

export function askSection(actions: Actions) {
  const holder = element("div", "row-editor");
  const number = rowNumber((row) => actions.askRow({ by: "number", row }));
  const answer = element("div", "row-answer");
  answer.setAttribute("role", "status");
  const layers = litLayers();
  let file = "";
  let form: RowForm | undefined;
  let editor: RowEditor | undefined;
  /** The drawn answer or problem; undefined for the invitation, null before the first drawing for a form. */
  let drawn: unknown = null;
  return {
    element: element(
      "section",
      "ask",
      element("h2", "", "Ask the network"),
      element("div", "ask-parts", element("div", "", holder, number.element), answer),
      layers.element,
    ),
    draw(model: Model, result: ResultView, mustRebuild: boolean): void {
      const { answers, theme, asked } = model;
      // Another file may have the same form, but the written row is about the earlier file.
      if (form === undefined || file !== model.file || !isSameForm(form, result.form)) {
        ({ file } = model);
        form = result.form;
        editor = editorOf(form, actions.askRow);
        holder.replaceChildren(...(editor ? [editor.element] : []));
        number.set(form.rows);
        drawn = null;
      }
      const problem = answers.problems.get("row");
      const shown = asked === null ? undefined : (problem ?? answers.row);
      if (shown === drawn && !mustRebuild) return;
      drawn = shown;
      layers.element.hidden = typeof shown !== "object";
      if (typeof shown !== "object") {
        answer.replaceChildren(element("p", "note", ...withCode(shown ?? invitation(form))));
        return;
      }
      editor?.show(shown);
      number.show(shown.known?.row ?? null);
      answer.replaceChildren(...answerLines(shown));
      layers.draw(shown, theme);
    },
  };
}

const isSameForm = (a: RowForm, b: RowForm): boolean => JSON.stringify(a) === JSON.stringify(b);

function editorOf({ cells, image }: RowForm, ask: (asked: AskedRow) => void): RowEditor | undefined {
  if (image) {
    const pad = drawingPad(image, (pixels) => ask({ by: "pixels", pixels: [...pixels] }));
    // The user may have continued drawing since the drawing was sent.
    return { element: pad.element, show: ({ known, pixels }) => known && pixels && pad.show(pixels) };
  }
  if (cells.length === 0) return undefined;
  const fields = cellFields(cells, (written) => ask({ by: "cells", cells: written }));
  return { element: fields.element, show: ({ cells: own }) => fields.show(own) };
}

function invitation({ cells, image }: RowForm): string {
  if (image) return "Draw in the square, or choose a row of the data: the network answers at once.";
  const written = cells.length > 0 ? "Write a row, click a point of a chart, or choose a row of the data" : "Choose a row of the data";
  return `${written}: the network answers with the weights of the shown epoch.`;
}

/** The field for the number of a data row. */
function rowNumber(choose: (row: number) => void) {
  const input = element("input", "cell");
  input.type = "number";
  input.min = "1";
  input.step = "1";
  input.setAttribute("aria-label", "Row of the data");
  const of = element("span", "faint");
  const ask = (): void => {
    if (input.validity.valid && input.value !== "") choose(Number(input.value));
  };
  input.addEventListener("change", ask);
  const random = button("Any row", () => {
    input.value = String(1 + Math.floor(Math.random() * Number(input.max)));
    ask();
  });
  return {
    element: element("div", "row-number", element("label", "field", element("span", "", "Row"), input, of), random),
    set(rows: number): void {
      // The panel may have shown another file with more rows.
      input.value = "";
      input.max = String(rows);
      setText(of, `of ${countText(rows)}`);
    },
    show(row: number | null): void {
      input.value = row === null ? "" : String(row);
    },
  };
}
