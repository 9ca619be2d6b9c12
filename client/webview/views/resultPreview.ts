/** The result in short, for the overview: the plane or curve of the output, and how many rows are right or how well the numbers fit. */
import type { OutputResult, ResultView } from "../../../engine/inspect/views.ts";
import { countText } from "../../../engine/numberText.ts";
import { determinationText, scatterChart } from "../charts/scatter.ts";
import { surfaceChart } from "../charts/surfaceChart.ts";
import type { Theme } from "../charts/theme.ts";
import { element, setText } from "../dom.ts";
import type { Actions, Model } from "../model.ts";
import { resultAsker } from "./askedResult.ts";
import { confusion } from "./confusion.ts";
import { PARTS } from "./resultView.ts";

const HEIGHT = 180;
/** A larger matrix is shown in the tab Result. */
const MOST_CLASSES = 10;

export function resultPreview(actions: Actions) {
  const where = element("small");
  const heading = element("h2", "", "Result ", where);
  const surface = surfaceChart(actions, HEIGHT);
  const outputs = element("div", "outputs");
  const resultNow = resultAsker(actions);
  let drawn: ResultView | undefined;
  return {
    element: element("section", "preview", heading, element("div", "preview-parts", surface.element, outputs)),
    draw(model: Model, mustRebuild: boolean): void {
      const { answers, theme } = model;
      const result = resultNow(model);
      setText(where, answers.problems.get("result") ?? (result ? whereOf(result) : "evaluating the network…"));
      surface.element.hidden = !result?.surface;
      if (result === drawn && !mustRebuild) return;
      drawn = result;
      if (result?.surface) surface.draw(result.surface, theme);
      // If the network has several outputs, the first one. All are in the tab Result. Without a result, nothing of the previous run remains.
      const [first] = result?.outputs ?? [];
      outputs.replaceChildren(...(first ? [outputOf(first, !surface.element.hidden, theme, actions)] : []));
    },
  };
}

const whereOf = ({ place: { epoch, part, rows } }: ResultView): string =>
  `after epoch ${countText(epoch)}, on ${countText(rows)} ${PARTS[part]}`;

function outputOf(output: OutputResult, hasSurface: boolean, theme: Theme, actions: Actions): HTMLElement {
  if (output.kind === "classes")
    return output.classes.length <= MOST_CLASSES
      ? confusion(output, theme)
      : element("p", "summary", `${countText(output.right)} of ${countText(output.asked)} right, in ${output.classes.length} classes.`);
  const [unit] = output.units;
  if (!unit) return element("p");
  const text = element("p", "summary", `${unit.name}: ${determinationText(unit.r2)}, ${countText(unit.residuals.count)} rows`);
  return hasSurface ? text : element("div", "", text, scatterChart(unit, theme, actions, null, HEIGHT));
}
