/** The network's results on its data with the current weights: the output over the plane, the confusion matrix, mistakes, residuals. */
import { whyUndefined } from "../../../engine/catalog/metrics.ts";
import type { Mistake, OutputResult, ResultView } from "../../../engine/inspect/views.ts";
import { countText, numberText } from "../../../engine/numberText.ts";
import { residualChart, scatterChart } from "../charts/scatter.ts";
import { surfaceChart } from "../charts/surfaceChart.ts";
import type { Theme } from "../charts/theme.ts";
import { button, element, link, setText } from "../dom.ts";
import { type Actions, askedPlace, type View } from "../model.ts";
import { resultAsker } from "./askedResult.ts";
import { askSection } from "./askSection.ts";
import { confusion } from "./confusion.ts";

export function resultView(actions: Actions): View {
  const refresh = button("Try again", () => actions.ask({ kind: "result" }));
  const head = element("p", "note");
  const surface = surfaceChart(actions, 380);
  const outputs = element("div", "outputs");
  const ask = askSection(actions);
  const resultNow = resultAsker(actions);
  let drawn: ResultView | undefined;
  return {
    element: element(
      "div",
      "tab",
      element("div", "controls", head, refresh),
      element("div", "halves asked", element("div", "", surface.element, ask.element), outputs),
    ),
    draw(model, _memory, mustRebuild) {
      const { state, answers, theme } = model;
      if (!state) return;
      const result = resultNow(model);
      const problem = answers.problems.get("result");
      refresh.hidden = problem === undefined;
      setText(head, problem ?? (result ? headOf(result) : "Evaluating the network…"));
      surface.element.hidden = !result?.surface;
      outputs.hidden = ask.element.hidden = !result;
      if (!result) return;
      ask.draw(model, result, mustRebuild);
      if (result.surface) surface.mark(askedPlace(model, result));
      if (result === drawn && !mustRebuild) return;
      drawn = result;
      if (result.surface) surface.draw(result.surface, theme);
      outputs.replaceChildren(...result.outputs.map((output) => outputSection(output, result, theme, actions)));
    },
  };
}

export const PARTS = { training: "training rows", validation: "validation rows", test: "test rows" } as const;

function headOf({ place: { epoch, part, rows, of } }: ResultView): string {
  const which = rows < of ? `${countText(rows)} of ${countText(of)} ${PARTS[part]}, evenly spread` : `all ${countText(of)} ${PARTS[part]}`;
  return `With the weights after epoch ${countText(epoch)}, on ${which}.`;
}

function outputSection(output: OutputResult, { outputs }: ResultView, theme: Theme, actions: Actions): HTMLElement {
  const several = outputs.length > 1;
  const title = (words: string): HTMLElement => element("h2", "", several ? `${output.layer}: ${words}` : words);
  const section = element("section", "output");
  if (output.kind === "classes") {
    section.append(title("Confusion matrix"), confusion(output, theme));
    if (output.mistakes.length > 0)
      section.append(title("Worst mistakes"), mistakes(output.mistakes, output.asked - output.right, actions));
    else section.append(element("p", "note", "Every row is classified correctly."));
  } else {
    for (const unit of output.units)
      section.append(
        scatterChart(unit, theme, actions, title(`${unit.name}: prediction and target`)),
        residualChart(unit, theme, actions, title("Residuals")),
      );
    if (output.units.length < output.width)
      section.append(element("p", "note", `The first ${output.units.length} of ${output.width} units are shown.`));
    else if (output.units.length > 1) section.append(element("p", "note", meanText(output.units.map(({ r2 }) => r2))));
    if (output.mistakes.length > 0) section.append(title("Largest errors"), mistakes(output.mistakes, null, actions));
  }
  return section;
}

/** Returns the note on the mean R² of several columns, computed like the metric `r2`. */
function meanText(all: readonly number[]): string {
  const mean = all.reduce((sum, r2) => sum + r2, 0) / all.length;
  const columns = `the ${all.length} columns`;
  return Number.isNaN(mean)
    ? `There is no mean R² of ${columns} because ${whyUndefined("r2")}.`
    : `R² ${numberText(mean)}: the mean of ${columns}.`;
}

function mistakes(list: readonly Mistake[], all: number | null, { askRow }: Actions): HTMLElement {
  const images = list.some(({ image }) => image !== null);
  const shown = element("ol", images ? "mistakes images" : "mistakes");
  for (const { row, truth, predicted, loss, features, image } of list) {
    const words = element("span", "", element("strong", "", truth), ` predicted as `, element("strong", "", predicted));
    if (all === null) words.replaceChildren(`true ${truth}, predicted ${predicted}`);
    const item = element("li", "");
    if (image) item.append(pixels(image, `row ${row}`));
    const asks = link(`row ${countText(row)}`, () => askRow({ by: "number", row }));
    asks.title = "Ask the network about this row";
    item.append(words, element("span", "faint", " · ", asks, all === null ? "" : ` · loss ${numberText(loss)}`));
    if (features.length > 0)
      item.append(element("span", "faint", ` · ${features.map(({ name, value }) => `${name} ${value}`).join(", ")}`));
    shown.append(item);
  }
  const note =
    all === null
      ? `The ${list.length} rows with the largest squared error.`
      : `${list.length} of ${countText(all)} mistakes: those with the lowest score for the true class. The loss is −ln of that score. Row numbers count the rows used from the data, starting at 1.`;
  return element("div", "", shown, element("p", "note", note));
}

function pixels({ width, height, pixels: values }: NonNullable<Mistake["image"]>, label: string): HTMLCanvasElement {
  const canvas = element("canvas", "digit");
  canvas.width = width;
  canvas.height = height;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const image = context.createImageData(width, height);
  values.forEach((value, k) => {
    image.data.set([255 * value, 255 * value, 255 * value, 255], 4 * k);
  });
  context.putImageData(image, 0, 0);
  return canvas;
}
