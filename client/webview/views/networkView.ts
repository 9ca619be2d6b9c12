/** The network as a graph: its layers with shapes and parameters, or every unit and weight of a small network. */
import type { LayerFacts } from "../../../engine/events.ts";
import { countText } from "../../../engine/numberText.ts";
import { lastEpoch, type RunState } from "../../runs/runState.ts";
import type { Paint, Snapshot } from "../charts/graph.ts";
import { layerGraph } from "../charts/layerGraph.ts";
import { unitGraph } from "../charts/unitGraph.ts";
import { checkbox, choice, element, setText, slider } from "../dom.ts";
import type { Actions, View } from "../model.ts";

/** With more connections the lines would be unreadable. */
const MOST_CONNECTIONS = 200;

export function networkView(actions: Actions): View {
  let paint: Paint = "gradient";
  let isWhole = false;
  let chosen: number | null = null;
  let run = "";
  const paints = choice("Colour", (value) => {
    paint = value as Paint;
    actions.redraw();
  });
  const units = checkbox("Units and weights", (isOn) => {
    isWhole = !isOn;
    actions.redraw();
  });
  const scrub = slider("Epoch", { min: 0, max: 1, step: 1 }, (value) => {
    chosen = value;
    actions.redraw();
  });
  const picture = element("div", "graph");
  const readout = element("p", "readout");
  const note = element("p", "note");
  const graphActions = { describe: (text: string): void => setText(readout, text), reveal: actions.reveal };
  let drawn = "";

  return {
    element: element("div", "tab", element("div", "controls", paints.element, units.element, scrub.element), picture, readout, note),
    draw({ state, theme }, _memory, mustRebuild) {
      if (!state?.started) return;
      if (run !== state.facts.id) {
        run = state.facts.id;
        chosen = null;
      }
      const { layers } = state.started;
      const { snapshots } = state;
      const newest = snapshots.length - 1;
      const at = chosen === null || chosen >= newest ? newest : chosen;
      const snapshot = snapshots[at];
      const isSmall = canShowUnits(layers, snapshot);
      units.element.hidden = !isSmall;
      units.set(!isWhole);
      scrub.element.hidden = snapshots.length < 2;
      if (snapshot) scrub.set(at, newest, `${countText(snapshot.epoch)}${at === newest ? ", the newest" : ""}`);
      paints.set(
        [
          { value: "gradient", label: "By gradient" },
          { value: "activation", label: "By activation" },
        ],
        paint,
      );
      const showsUnits = isSmall && !isWhole && snapshot !== undefined;
      const key = [state.facts.id, snapshot?.epoch, paint, showsUnits, snapshot ? "" : lastEpoch(state)?.epoch].join(" ");
      if (key === drawn && !mustRebuild) return;
      drawn = key;
      const facts = { state, layers, paint, theme };
      picture.replaceChildren(showsUnits ? unitGraph(facts, snapshot, graphActions) : layerGraph(facts, snapshot, graphActions));
      setText(note, noteOf(state, snapshot, paint, showsUnits));
    },
  };
}

function canShowUnits(layers: readonly LayerFacts[], snapshot: Snapshot | undefined): boolean {
  if (!snapshot || layers.some((layer) => !canDrawUnits(layer, layers, snapshot))) return false;
  const connections = snapshot.parameters
    .filter(({ name }) => name === "kernel")
    .map(({ values }) => values?.length ?? Number.POSITIVE_INFINITY);
  return connections.length > 0 && connections.reduce((sum, count) => sum + count, 0) <= MOST_CONNECTIONS;
}

/** Whether the kernel has one weight for each pair of units, [units below, units], or the layer has no kernel and as many units as inputs. */
function canDrawUnits({ id, inputs, shape }: LayerFacts, layers: readonly LayerFacts[], { parameters }: Snapshot): boolean {
  if (inputs.length > 1) return false;
  const below = layers.find((layer) => layer.id === inputs[0]);
  const kernel = parameters.find(({ layer, name }) => layer === id && name === "kernel");
  if (!below) return true;
  const wanted = [sizeOf(below.shape), sizeOf(shape)];
  return kernel ? kernel.shape.join() === wanted.join() : wanted[0] === wanted[1];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1);

function noteOf(state: RunState, snapshot: Snapshot | undefined, paint: Paint, showsUnits: boolean): string {
  if (!snapshot) {
    const last = lastEpoch(state);
    return last
      ? `Colour shows the gradient norm of epoch ${countText(last.epoch)}. Activations were not recorded: they are recorded only while this panel is visible.`
      : "No epoch is complete yet.";
  }
  const where = `epoch ${countText(snapshot.epoch)}, its last mini-batch (${countText(snapshot.rows)} rows)`;
  if (!showsUnits)
    return paint === "gradient"
      ? `Colour shows ‖gradient‖ of the layer's weights in ${where}, stronger for larger values, on a logarithmic scale.`
      : `Colour shows the root mean square of the layer's output in ${where}, stronger for larger values, on a logarithmic scale.`;
  const circles = paint === "gradient" ? "the bias's gradient" : "the unit's mean over the rows";
  return `Lines are weights: thicker for larger values, orange if positive, blue if negative. Circles show ${circles}, relative to the largest in the layer. From ${where}.`;
}
