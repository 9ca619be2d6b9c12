/** Distributions of outputs, weights and gradients over the epochs: small charts of all layers, or one parameter with all its values. */
import type { TrainingEventOf } from "../../../engine/events.ts";
import { countText } from "../../../engine/numberText.ts";
import { epochsDone, type RunState, whyNotRecorded } from "../../runs/runState.ts";
import { type Column, distributionChart, type Look } from "../charts/distributionChart.ts";
import { heatMap } from "../charts/heatMap.ts";
import { type SmallChart, smallDistributions } from "../charts/smallDistributions.ts";
import { choice, element, setText } from "../dom.ts";
import type { Actions, View } from "../model.ts";

type Snapshot = TrainingEventOf<"snapshot">;
type Kind = "gradient" | "weights" | "outputs";

const KINDS: { readonly [K in Kind]: string } = { gradient: "Gradient", weights: "Weights", outputs: "Outputs" };
/** The choices for the small charts. */
const ALL_KINDS = { outputs: "Outputs and weights", gradient: "Gradients" } as const;
const LOOKS: { readonly [L in Look]: string } = { heat: "Heat map", ridges: "Ridges" };
const ALL_LAYERS = { value: "", label: "All layers" };

export function distributionsView(actions: Actions): View {
  let kind: Kind = "outputs";
  let look: Look = "heat";
  const parameter = choice("Parameter", (value) => actions.remember({ parameter: value }));
  const kinds = choice("Values", (value) => {
    kind = value as Kind;
    actions.redraw();
  });
  const looks = choice("Chart", (value) => {
    look = value as Look;
    actions.redraw();
  });
  const all = smallDistributions((key) => {
    const [layer = "", name = "", own = ""] = splitKey(key);
    kind = own as Kind;
    actions.remember({ parameter: `${layer}\t${name}` });
  });
  const note = element("p", "note");
  const chart = distributionChart((name, base64) => actions.send({ kind: "exportPicture", name, format: "png", base64 }));
  const map = heatMap(actions);
  const one = element("div", "halves", chart.element, map.element);

  return {
    element: element("div", "tab", element("div", "controls", parameter.element, kinds.element, looks.element), all.element, note, one),
    draw(model, memory, mustRebuild) {
      const { state, theme } = model;
      const { cursor } = model.answers;
      if (!state) return;
      const choices = parametersOf(state);
      const chosen = choices.some(({ value }) => value === memory.parameter) ? memory.parameter : ALL_LAYERS.value;
      const isAll = chosen === ALL_LAYERS.value;
      parameter.set([ALL_LAYERS, ...choices], chosen);
      kinds.set(optionsOf(isAll ? ALL_KINDS : KINDS), isAll && kind === "weights" ? "outputs" : kind);
      looks.set(optionsOf(LOOKS), look);
      all.element.hidden = note.hidden = !isAll;
      one.hidden = isAll;
      if (isAll) {
        all.draw({ charts: smallChartsOf(state, kind), look, theme, cursor });
        setText(note, allNote(state, look));
        return;
      }
      const [layer = "", own = ""] = splitKey(chosen);
      const columns = columnsOf(state.snapshots, layer, own, kind);
      const name = `${layer}-${kind === "outputs" ? "outputs" : `${own}-${kind}`}`;
      chart.draw({ name, columns, look, theme, cursor }, noteOf(state, columns, layer, own, kind, look));
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

/** Returns a chart of each layer's outputs followed by its parameters, in the network's order, or a chart of each gradient. */
function smallChartsOf({ snapshots, started }: RunState, kind: Kind): SmallChart[] {
  const [first] = snapshots;
  return (started?.layers ?? []).flatMap(({ id }) => {
    const own = first?.parameters.filter(({ layer }) => layer === id) ?? [];
    const outputs = first?.outputs.some(({ layer }) => layer === id) === true && kind !== "gradient";
    const charts: readonly { readonly name: string; readonly kind: Kind; readonly title: string }[] = [
      // The outputs of a layer without parameters have no large chart.
      ...(outputs && own[0] ? [{ name: own[0].name, kind: "outputs" as const, title: `${id} · outputs` }] : []),
      ...own
        .filter(({ gradient }) => kind !== "gradient" || gradient)
        .map(({ name }) => ({ name, kind: kind === "gradient" ? kind : ("weights" as const), title: `${id} · ${name}` })),
    ];
    return charts.map(({ name, kind: shown, title }) => ({
      key: [id, name, shown].join("\t"),
      title,
      columns: columnsOf(snapshots, id, name, shown),
    }));
  });
}

function columnsOf(snapshots: readonly Snapshot[], layer: string, name: string, kind: Kind): Column[] {
  return snapshots.flatMap(({ epoch, rows, parameters, outputs }): Column[] => {
    const own = parameters.find((one) => one.layer === layer && one.name === name);
    const values = kind === "outputs" ? outputs.find((one) => one.layer === layer)?.values : own?.[kind];
    return values ? [{ epoch, rows, values }] : [];
  });
}

const nothing = (state: RunState): string => `No distributions were recorded: ${whyNotRecorded(state)}`;

function allNote(state: RunState, look: Look): string {
  const { snapshots } = state;
  if (snapshots.length === 0) return epochsDone(state) === 0 ? "No epoch is complete yet." : nothing(state);
  const last = snapshots.at(-1)?.epoch ?? 0;
  const meaning =
    look === "heat"
      ? "Each column is an epoch and its height the range of the values; a stronger colour means more values, relative to the densest bin of its column."
      : "Each ridge is an epoch, the newest in front; its height means more values.";
  return `${countText(snapshots.length)} epochs from ${countText(snapshots[0]?.epoch ?? 0)} to ${countText(last)}. ${meaning} Choose a title to enlarge its chart.`;
}

function noteOf(state: RunState, columns: readonly Column[], layer: string, name: string, kind: Kind, look: Look): string {
  const done = epochsDone(state);
  if (columns.length === 0) {
    if (kind === "gradient" && state.snapshots.length > 0)
      return `${layer}'s ${name} has no gradient, because training does not change it.`;
    return done === 0 ? "No epoch is complete yet." : nothing(state);
  }
  const [last] = columns.slice(-1);
  const subject = {
    weights: `${layer}'s ${name} after an epoch's last update`,
    gradient: `the gradient of ${layer}'s ${name} in an epoch's last mini-batch (${last?.rows} rows), with penalty and clipping`,
    outputs: `the output of ${layer} for an epoch's last mini-batch (${last?.rows} rows)`,
  }[kind];
  const epochs = columns.filter(({ epoch }) => epoch > 0).length;
  const start = epochs < columns.length ? ", and a mini-batch before the first" : "";
  return `${countText(epochs)} of ${countText(done)} epochs are drawn${start}. Each ${look === "heat" ? "column" : "ridge"} shows ${subject}, counted exactly in ${last?.values.bins.length} equal bins from the smallest to the largest value.${look === "heat" ? " A stronger colour means more values, relative to the densest bin of its column." : ""}`;
}
