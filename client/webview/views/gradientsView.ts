/** Each layer's gradient: its way through the network at one epoch, a statistic of it over the epochs, all statistics of the newest. */
import { countText } from "../../../engine/numberText.ts";
import { columnOf, parameterTable, type Statistic } from "../../runs/history.ts";
import { epochsDone, type RunState } from "../../runs/runState.ts";
import { lineChart } from "../charts/lineChart.ts";
import { choice, element, setText } from "../dom.ts";
import type { Actions, View } from "../model.ts";
import { gradientFlow } from "./gradientFlow.ts";
import { layerTable } from "./layerTable.ts";

interface StatisticFacts {
  readonly label: string;
  readonly words: string;
  readonly isLogarithmic: boolean;
  /** Where a healthy network usually is. */
  readonly band?: readonly [number, number];
}

/** As engine/training/epoch.ts looks at them. */
const BATCHES = "an epoch's mini-batches (of 64 or more at 32 to 48 of them, evenly spread)";

const STATISTICS: { readonly [S in Statistic]: StatisticFacts } = {
  norm: {
    label: "Norm",
    words: `‖g‖ of all the layer's gradients together, the mean over ${BATCHES}.`,
    isLogarithmic: true,
  },
  mean: { label: "Mean", words: `Mean of the gradients of ${BATCHES}, with their signs.`, isLogarithmic: false },
  spread: { label: "Spread", words: `Standard deviation of the gradients of ${BATCHES}.`, isLogarithmic: true },
  max: { label: "Largest", words: `The largest absolute gradient of ${BATCHES}.`, isLogarithmic: true },
  zeros: { label: "Share of zeros", words: `Share of the gradients of ${BATCHES} that are exactly 0.`, isLogarithmic: false },
  update_ratio: {
    label: "Update / weight",
    words:
      "‖Δw‖ / ‖w‖ of each epoch's last update. The green band, 1e-4 to 1e-2, is where it usually is healthy; about 1e-3 is the rule of thumb.",
    isLogarithmic: true,
    band: [1e-4, 1e-2],
  },
  weight_norm: { label: "Weights' norm", words: "‖w‖ of the layer's weights after each epoch.", isLogarithmic: true },
  dead_units: { label: "Dead units", words: "Units under relu that were 0 for 90 % of an epoch's rows or more.", isLogarithmic: false },
};

export function gradientsView(actions: Actions): View {
  const statistic = choice("Statistic", (value) => actions.remember({ figure: value }));
  const chart = lineChart("Over the epochs", {
    zoom: actions.zoom,
    save: (name, format, base64) => actions.say({ kind: "exportPicture", name, format, base64 }),
  });
  const words = element("p", "note");
  let isByParameter = false;
  const of = choice("Of", (value) => {
    isByParameter = value === "parameters";
    actions.redraw();
  });
  const flow = gradientFlow(actions);
  const newest = layerTable(actions.reveal);
  const right = element("div", "", element("div", "controls", statistic.element, of.element), chart.element, words);
  return {
    element: element("div", "tab", element("div", "halves", flow.element, right), newest.element),
    draw(model, memory, isNew) {
      const { state } = model;
      if (!state) return;
      flow.draw(state);
      newest.draw(state, isNew);
      const { history } = state;
      const chosen = (memory.figure in STATISTICS ? memory.figure : "norm") as Statistic;
      statistic.set(
        Object.entries(STATISTICS).map(([value, { label }]) => ({ value, label })),
        chosen,
      );
      const { isLogarithmic, band, words: text } = STATISTICS[chosen];
      of.set(
        [
          { value: "layers", label: "Layers" },
          { value: "parameters", label: "Parameters" },
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
          smoothing: memory.smoothing,
          ...(band && { band }),
        },
        isNew,
      );
    },
  };
}

/** Kernels and biases apart are known of the recorded epochs alone. */
function parameterWords(state: RunState, statistic: Statistic): string {
  const count = state.snapshots.length;
  if (count === 0) return "Nothing was recorded: parameters are looked at one by one only while this panel is visible.";
  if (statistic === "dead_units") return "Units are a layer's: its parameters have no dead ones.";
  return `Of each kernel and bias in the last mini-batch of ${countText(count)} of ${countText(epochsDone(state))} epochs, those that were recorded while this panel was visible.`;
}
