/** The first tab: the loss curve, the result and the gradient flow on one screen, and the run's numbers below. */
import { lineChart } from "../charts/lineChart.ts";
import { savePicture } from "../charts/pictureFiles.ts";
import { element } from "../dom.ts";
import type { Actions, View } from "../model.ts";
import { runFacts } from "../runFacts.ts";
import { compactFlow } from "./gradientFlow.ts";
import { bestOf, lossLines, lossScale, tablesOf } from "./lossLines.ts";
import { networkPicture } from "./networkPicture.ts";
import { resultPreview } from "./resultPreview.ts";

/** The charts of one column fit on one screen of 800 px. Two columns have more room. The body's width is in pixels of the panel's scale. */
const heightNow = (): number => (document.body.clientWidth < 700 ? 160 : 220);

const NETWORK_HEIGHT = 270;

export function overview(actions: Actions): View {
  const loss = lineChart("Loss", { zoom: actions.zoom, seek: actions.seek, save: savePicture(actions) }, heightNow);
  const result = resultPreview(actions);
  const flow = compactFlow(actions);
  const network = networkPicture(actions, NETWORK_HEIGHT);
  const facts = runFacts();
  return {
    element: element(
      "div",
      "overview",
      loss.element,
      result.element,
      flow.element,
      element("section", "network-preview", element("h2", "", "Network"), network.element),
      facts.element,
    ),
    draw(model, memory, mustRebuild) {
      const { state } = model;
      if (!state) return;
      const lines = lossLines(tablesOf(model, state));
      loss.draw(
        model,
        {
          ...lossScale(lines, memory.isLogarithmic),
          lines,
          mark: bestOf(state),
          smoothing: memory.smoothing,
          cursor: model.answers.cursor,
        },
        mustRebuild,
      );
      result.draw(model, mustRebuild);
      flow.draw(model, state);
      network.draw(model, "activation", "units", mustRebuild);
      facts.draw(model, state);
    },
  };
}
