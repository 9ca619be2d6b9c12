/** One Step as a page to print: every stage with its formula, its numbers and their arithmetic. */
import type { Walk, WalkMatrix, WalkStage } from "../../engine/inspect/views.ts";
import { countText, numberText, plural } from "../../engine/numberText.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { type Html, html, pageText, tableOf, withCode } from "./html.ts";
import { plannedLayers } from "./layersTable.ts";

const PASSES: { readonly [P in WalkStage["pass"]]: string } = {
  data: "data",
  forward: "forward pass",
  loss: "loss",
  error: "output error",
  backward: "reverse pass",
  update: "update",
};

/** At most this many numbers per matrix are printed with their workings, so that the page of a large network stays short. */
const MOST_LINES = 24;

/** Returns the page for a step. `file` is the name of the .nn file. */
export function stepPage(file: string, plan: TrainingPlan, walk: Walk): string {
  const { run } = plan.training;
  const { epoch, row, rows, note, loss, learningRate, stages, path } = walk;
  const what = row === null ? `A mini-batch of ${plural(rows, "row")}` : `Row ${countText(row)} alone`;
  const weights = epoch === 0 ? "the start weights" : `the weights after epoch ${countText(epoch)}`;
  const summary = stages.findIndex(({ pass, layer }) => pass === "backward" && layer === null);
  return pageText(`One step of ${run}`, [
    html`<p class="facts">${file}, model ${plan.network.name}. ${what}, computed in float64 with ${weights}. Loss ${numberText(loss)}, learning rate ${numberText(learningRate)}.${note === "" ? "" : ` ${note}`}</p>
`,
    plannedLayers(plan),
    ...stages.map(
      (stage, k) =>
        html`${stageSection(stage, `${k + 1} of ${stages.length}, ${PASSES[stage.pass]}`)}${
          k === summary && path ? html`<p>${path.title}</p>\n${linesOf(path.lines.map((line) => ["", [line]]))}` : ""
        }`,
    ),
  ]);
}

const stageSection = ({ title, formula, words, matrices }: WalkStage, place: string): Html => html`<section>
<h2>${title} <small>${place}</small></h2>
${formula ? html`<p class="formula">${withCode(formula)}</p>\n` : ""}${words ? html`<p>${withCode(words)}</p>\n` : ""}<div class="matrices">
${matrices.map(matrixTable)}</div>
</section>
`;

function matrixTable(matrix: WalkMatrix): Html {
  const { name, shape, rows, columns, values, formula, workings } = matrix;
  const isCut = rows.length < (shape[0] ?? 0) || columns.length < (shape[1] ?? 0);
  const size = `${shape.map(countText).join(" × ")}${isCut ? `, the first ${rows.length} × ${columns.length}` : ""}`;
  const table = tableOf({
    caption: html`<strong>${name}</strong> ${size}${formula ? html` <code>${formula}</code>` : ""}`,
    columns: ["", ...columns],
    rows: values.map((row, i) => [rows[i] ?? "", ...row.map(numberText)]),
  });
  const lines = (workings ?? []).flatMap((row, i) =>
    row.map((working, j): readonly [string, readonly string[]] => [[rows[i], columns[j]].filter((part) => part).join(", "), working.lines]),
  );
  const rest = lines.length > MOST_LINES ? html`<p>${lines.length - MOST_LINES} more are computed in the same way.</p>\n` : "";
  return html`${table}${lines.length > 0 ? linesOf(lines.slice(0, MOST_LINES)) : ""}${rest}`;
}

/** Returns the lines of arithmetic, each with its place in the matrix. */
const linesOf = (lines: readonly (readonly [place: string, lines: readonly string[]])[]): Html => html`<ul class="workings">
${lines.map(([place, own]) => html`<li>${place ? html`<span>${place}:</span> ` : ""}${own.join("\n")}</li>\n`)}</ul>
`;
