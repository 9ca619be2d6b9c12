/** Distributions of gradients, weights and outputs over the epochs, and every value of one parameter. */
import type { TrainingEventOf } from "../../../engine/events.ts";
import { countText } from "../../../engine/numberText.ts";
import { epochsDone, type RunState } from "../../runs/runState.ts";
import { type Column, distributionChart, type Look } from "../charts/distributionChart.ts";
import { heatMap } from "../charts/heatMap.ts";
import { choice, element } from "../dom.ts";
import type { Actions, View } from "../model.ts";

type Snapshot = TrainingEventOf<"snapshot">;
type Kind = "gradient" | "weights" | "outputs";

const KINDS: { readonly [K in Kind]: string } = { gradient: "Gradient", weights: "Weights", outputs: "Outputs" };
const LOOKS: { readonly [L in Look]: string } = { heat: "Heat map", ridges: "Ridges" };

export function distributionsView(actions: Actions): View {
  const parameter = choice("Parameter", (value) => actions.remember({ parameter: value }));
  let kind: Kind = "gradient";
  let look: Look = "heat";
  const kinds = choice("Values", (value) => {
    kind = value as Kind;
    actions.redraw();
  });
  const looks = choice("Chart", (value) => {
    look = value as Look;
    actions.redraw();
  });
  const chart = distributionChart((name, base64) => actions.send({ kind: "exportPicture", name, format: "png", base64 }));
  const map = heatMap(actions);

  return {
    element: element(
      "div",
      "tab",
      element("div", "controls", parameter.element, kinds.element, looks.element),
      element("div", "halves", chart.element, map.element),
    ),
    draw(model, memory, mustRebuild) {
      const { state } = model;
      if (!state) return;
      const choices = parametersOf(state);
      const chosen = choices.some(({ value }) => value === memory.parameter) ? memory.parameter : (choices[0]?.value ?? "");
      parameter.set(choices, chosen);
      kinds.set(optionsOf(KINDS), kind);
      looks.set(optionsOf(LOOKS), look);
      const [layer = "", own = ""] = splitKey(chosen);
      const columns = columnsOf(state.snapshots, layer, own, kind);
      const name = `${layer}-${kind === "outputs" ? "outputs" : `${own}-${kind}`}`;
      chart.draw({ name, columns, look, theme: model.theme, cursor: model.answers.cursor }, noteOf(state, columns, layer, own, kind, look));
      map.draw(model, layer, own, mustRebuild);
    },
  };
}

const optionsOf = (labels: Readonly<Record<string, string>>): { value: string; label: string }[] =>
  Object.entries(labels).map(([value, label]) => ({ value, label }));

const splitKey = (value: string): string[] => value.split("\t");

function parametersOf({ snapshots, started }: RunState): { value: string; label: string }[] {
  const [first] = snapshots;
  if (first) return first.parameters.map(({ layer, name }) => ({ value: `${layer}\t${name}`, label: `${layer} · ${name}` }));
  return (started?.layers ?? [])
    .filter(({ parameters }) => parameters > 0)
    .map(({ id }) => ({ value: `${id}\tkernel`, label: `${id} · kernel` }));
}

function columnsOf(snapshots: readonly Snapshot[], layer: string, name: string, kind: Kind): Column[] {
  return snapshots.flatMap(({ epoch, rows, parameters, outputs }): Column[] => {
    const own = parameters.find((one) => one.layer === layer && one.name === name);
    const values = kind === "outputs" ? outputs.find((one) => one.layer === layer)?.values : own?.[kind];
    return values ? [{ epoch, rows, values }] : [];
  });
}

function noteOf(state: RunState, columns: readonly Column[], layer: string, name: string, kind: Kind, look: Look): string {
  const done = epochsDone(state);
  if (columns.length === 0) {
    if (kind === "gradient" && state.snapshots.length > 0)
      return `${layer}'s ${name} has no gradient, because training does not change it.`;
    return done === 0
      ? "No epoch is complete yet."
      : "No distributions were recorded: they are recorded while this panel is visible. Train again with the panel open.";
  }
  const [last] = columns.slice(-1);
  const subject = {
    weights: `${layer}'s ${name} after an epoch's last update`,
    gradient: `the gradient of ${layer}'s ${name} in an epoch's last mini-batch (${last?.rows} rows)`,
    outputs: `the output of ${layer} for an epoch's last mini-batch (${last?.rows} rows)`,
  }[kind];
  const epochs = columns.filter(({ epoch }) => epoch > 0).length;
  const start = epochs < columns.length ? ", and a mini-batch before the first" : "";
  return `${countText(epochs)} of ${countText(done)} epochs are drawn${start}. Each ${look === "heat" ? "column" : "ridge"} shows ${subject}, counted exactly in ${last?.values.bins.length} equal bins from the smallest to the largest value.${look === "heat" ? " A stronger colour means more values, relative to the densest bin of its column." : ""}`;
}
