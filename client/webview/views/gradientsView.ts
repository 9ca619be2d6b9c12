/** Each layer's gradients: the flow at one epoch, a statistic over the epochs, and all statistics of the newest epoch. */
import { countText } from "../../../engine/numberText.ts";
import { columnOf, parameterTable, type Statistic } from "../../runs/history.ts";
import { epochsDone, type RunState, whyNotRecorded } from "../../runs/runState.ts";
import { lineChart } from "../charts/lineChart.ts";
import { savePicture } from "../charts/pictureFiles.ts";
import { choice, element, setText } from "../dom.ts";
import type { Actions, View } from "../model.ts";
import { gradientFlow } from "./gradientFlow.ts";
import { layerTable } from "./layerTable.ts";

interface StatisticFacts {
  readonly label: string;
  readonly words: string;
  readonly isLogarithmic: boolean;
  /** The usual range in a healthy network. */
  readonly band?: readonly [number, number];
}

/** The mini-batches sampled by engine/training/epoch.ts. */
const BATCHES = "an epoch's mini-batches (if there are 64 or more, over 32 to 48 of them, evenly spaced)";

const STATISTICS: { readonly [S in Statistic]: StatisticFacts } = {
  norm: {
    label: "Norm",
    words: `‖g‖ of all the layer's gradients together: the mean over ${BATCHES}.`,
    isLogarithmic: true,
  },
  mean: { label: "Mean", words: `Mean of the signed gradients over ${BATCHES}.`, isLogarithmic: false },
  spread: { label: "Standard deviation", words: `Standard deviation of the gradients over ${BATCHES}.`, isLogarithmic: true },
  max: { label: "Largest", words: `The largest absolute gradient over ${BATCHES}.`, isLogarithmic: true },
  zeros: { label: "Share of zeros", words: `Share of gradients that are exactly 0, over ${BATCHES}.`, isLogarithmic: false },
  update_ratio: {
    label: "Update / weight",
    words:
      "‖Δw‖ / ‖w‖ of each epoch's last update. The green band, 1e-4 to 1e-2, is the usual range of a healthy network; the rule of thumb is about 1e-3.",
    isLogarithmic: true,
    band: [1e-4, 1e-2],
  },
  weight_norm: { label: "Weight norm", words: "‖w‖ of the layer's weights after each epoch.", isLogarithmic: true },
  dead_units: {
    label: "Dead units",
    words: "Units with relu whose output was 0 for at least 90 % of an epoch's rows.",
    isLogarithmic: false,
  },
};

export function gradientsView(actions: Actions): View {
  const statistic = choice("Statistic", (value) => actions.remember({ figure: value }));
  const chart = lineChart("Over the epochs", {
    zoom: actions.zoom,
    seek: actions.seek,
    save: savePicture(actions),
  });
  const words = element("p", "note");
  let isByParameter = false;
  const per = choice("Per", (value) => {
    isByParameter = value === "parameters";
    actions.redraw();
  });
  const flow = gradientFlow(actions);
  const newest = layerTable(actions.reveal);
  const right = element("div", "", element("div", "controls", statistic.element, per.element), chart.element, words);
  return {
    element: element("div", "tab", element("div", "halves", flow.element, right), newest.element),
    draw(model, memory, mustRebuild) {
      const { state } = model;
      if (!state) return;
      flow.draw(model, state);
      newest.draw(model, state, mustRebuild);
      const { history } = state;
      const chosen = (memory.figure in STATISTICS ? memory.figure : "norm") as Statistic;
      statistic.set(
        Object.entries(STATISTICS).map(([value, { label }]) => ({ value, label })),
        chosen,
      );
      const { label, isLogarithmic, band, words: text } = STATISTICS[chosen];
      per.set(
        [
          { value: "layers", label: "Layer" },
          { value: "parameters", label: "Parameter" },
        ],
        isByParameter ? "parameters" : "layers",
      );
      const table = isByParameter ? parameterTable(state.snapshots, ({ layer, name }) => `${layer} ${name}`) : history;
      setText(words, isByParameter ? parameterWords(state, chosen) : text);
      chart.draw(
        model,
        {
          lines: (table?.layout.layers ?? []).flatMap((layer, hue) =>
            table ? [{ label: layer, column: columnOf.statistic(table.layout, layer, chosen), table, hue }] : [],
          ),
          isLogarithmic,
          yTitle: label,
          smoothing: memory.smoothing,
          cursor: model.answers.cursor,
          ...(band && { band }),
        },
        mustRebuild,
      );
    },
  };
}

/** Returns the note for statistics per parameter, which exist only for recorded epochs. */
function parameterWords(state: RunState, statistic: Statistic): string {
  const count = state.snapshots.filter(({ epoch }) => epoch > 0).length;
  if (count === 0) return `Statistics per parameter were not recorded: ${whyNotRecorded(state)}`;
  if (statistic === "dead_units") return "Dead units are counted per layer, not per parameter.";
  return `Statistics of each kernel and bias in the last mini-batch of ${countText(count)} of ${countText(epochsDone(state))} epochs.`;
}
