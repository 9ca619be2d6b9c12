/** The network's answer for a row as sentences and tables: the class with every class's score, or the numbers, next to the row's own target. */
import type { AnsweredRow, RowOutput } from "../../../engine/inspect/views.ts";
import { countText, numberText } from "../../../engine/numberText.ts";
import { element } from "../dom.ts";

/** If there are more classes, the ones with the highest scores are listed. */
const MOST_CLASSES = 12;

export function answerLines({ known, epoch, outputs }: AnsweredRow): HTMLElement[] {
  const part = known?.part ? `, a ${known.part} row` : "";
  const row = known ? `Row ${countText(known.row)}${part}` : "Your row";
  return [
    element("p", "note", `${row}, with the weights after epoch ${countText(epoch)}.`),
    ...outputs.flatMap((output) => [
      ...(outputs.length > 1 ? [element("h3", "", output.layer)] : []),
      ...(output.kind === "class" ? classLines(output) : [numberTable(output)]),
    ]),
  ];
}

type ClassOutput = Extract<RowOutput, { kind: "class" }>;
type NumberOutput = Extract<RowOutput, { kind: "numbers" }>;

function classLines({ classes, scores, areProbabilities, chosen, truth }: ClassOutput): HTMLElement[] {
  const sentence = element("p", "row-verdict", "The answer is ", element("strong", "", chosen), ". ");
  if (truth !== null) sentence.append(truth === chosen ? "✓ It is right." : `✗ In the data it is ${truth}.`);
  const ranked = classes.map((name, k) => ({ name, score: scores[k] ?? Number.NaN }));
  const shown = ranked.length <= MOST_CLASSES ? ranked : ranked.sort((a, b) => b.score - a.score).slice(0, MOST_CLASSES);
  const table = element("table", "scores");
  const head = element("tr", "", heading("class"), heading(areProbabilities ? "probability" : "score"));
  if (areProbabilities) head.append(element("td"));
  table.createTHead().append(head);
  table.createTBody().append(
    ...shown.map(({ name, score }) => {
      const title = element("th", "", name);
      title.scope = "row";
      const line = element("tr", name === chosen ? "chosen" : "", title, element("td", "", numberText(score)));
      if (areProbabilities) line.append(element("td", "bar-cell", barOf(score)));
      return line;
    }),
  );
  const more = classes.length - shown.length;
  return [sentence, table, ...(more > 0 ? [element("p", "note", `${countText(more)} classes have lower scores.`)] : [])];
}

function barOf(score: number): HTMLElement {
  const bar = element("span", "score-bar");
  bar.style.setProperty("--share", String(Math.min(1, Math.max(0, score))));
  return bar;
}

function heading(text: string): HTMLElement {
  const cell = element("th", "", text);
  cell.scope = "col";
  return cell;
}

function numberTable({ values, width }: NumberOutput): HTMLElement {
  const isKnown = values.some(({ truth }) => truth !== null);
  const table = element("table", "scores");
  table
    .createTHead()
    .append(element("tr", "", heading("output"), heading("answer"), ...(isKnown ? [heading("in the data"), heading("difference")] : [])));
  table.createTBody().append(
    ...values.map(({ name, value, truth }) => {
      const title = element("th", "", name);
      title.scope = "row";
      const known = truth === null ? [] : [element("td", "", numberText(truth)), element("td", "", numberText(truth - value))];
      return element("tr", "", title, element("td", "", numberText(value)), ...known);
    }),
  );
  const note = values.length < width ? [element("p", "note", `The first ${values.length} of ${countText(width)} units.`)] : [];
  return element("div", "", table, ...note);
}
