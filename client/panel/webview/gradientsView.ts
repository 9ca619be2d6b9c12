/** Each layer's gradient: its way through the network at one epoch, a figure of it over the epochs, all figures of the newest. */
import { columnOf, type Figure } from "../../runs/history.ts";
import { choice, element, setText } from "./dom.ts";
import { gradientFlow } from "./flow.ts";
import { layerTable } from "./layerTable.ts";
import { lineChart } from "./lineChart.ts";
import type { Actions, View } from "./model.ts";

interface FigureFacts {
  readonly label: string;
  readonly words: string;
  readonly isLogarithmic: boolean;
  /** Where a healthy network usually is. */
  readonly band?: readonly [number, number];
}

const FIGURES: { readonly [F in Figure]: FigureFacts } = {
  norm: {
    label: "Norm",
    words: "‖g‖ of all the layer's gradients together, the mean over each epoch's mini-batches.",
    isLogarithmic: true,
  },
  mean: { label: "Mean", words: "Mean of the gradients of all of an epoch's mini-batches, with their signs.", isLogarithmic: false },
  spread: { label: "Spread", words: "Standard deviation of the gradients of all of an epoch's mini-batches.", isLogarithmic: true },
  max: { label: "Largest", words: "The largest absolute gradient of an epoch.", isLogarithmic: true },
  zeros: { label: "Share of zeros", words: "Share of an epoch's gradients that are exactly 0.", isLogarithmic: false },
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
  const figure = choice("Figure", (value) => actions.remember({ figure: value }));
  const chart = lineChart("Over the epochs", {
    zoom: actions.zoom,
    save: (name, format, base64) => actions.say({ kind: "exportPicture", name, format, base64 }),
  });
  const words = element("p", "note");
  const flow = gradientFlow(actions);
  const table = layerTable(actions.reveal);
  const right = element("div", "", element("div", "controls", figure.element), chart.element, words);
  return {
    element: element("div", "tab", element("div", "halves", flow.element, right), table.element),
    draw(model, memory, isNew) {
      const { state } = model;
      if (!state) return;
      flow.draw(state);
      table.draw(state, isNew);
      const { history } = state;
      const chosen = (memory.figure in FIGURES ? memory.figure : "norm") as Figure;
      figure.set(
        Object.entries(FIGURES).map(([value, { label }]) => ({ value, label })),
        chosen,
      );
      const { isLogarithmic, band, words: text } = FIGURES[chosen];
      setText(words, text);
      chart.draw(
        model,
        {
          lines: (history?.layout.layers ?? []).flatMap((layer, hue) =>
            history ? [{ label: layer, column: columnOf.figure(history.layout, layer, chosen), table: history, hue }] : [],
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
