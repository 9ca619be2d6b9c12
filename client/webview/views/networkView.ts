/** The network as a graph: its layers with shapes and parameters, or every unit and weight of a small network. */
import { countText } from "../../../engine/numberText.ts";
import { lastEpoch, type RunState } from "../../runs/runState.ts";
import type { Paint, Snapshot } from "../charts/graph.ts";
import { checkbox, choice, element, setText } from "../dom.ts";
import { type Actions, snapshotAt, type View } from "../model.ts";
import { canShowUnits, networkPicture } from "./networkPicture.ts";

export function networkView(actions: Actions): View {
  let paint: Paint = "gradient";
  let isWhole = false;
  const paints = choice("Colour", (value) => {
    paint = value as Paint;
    actions.redraw();
  });
  const units = checkbox("Units and weights", (isOn) => {
    isWhole = !isOn;
    actions.redraw();
  });
  const picture = networkPicture(actions);
  const note = element("p", "note");

  return {
    element: element("div", "tab", element("div", "controls", paints.element, units.element), picture.element, note),
    draw(model, _memory, mustRebuild) {
      const { state } = model;
      if (!state?.started) return;
      const snapshot = snapshotAt(model);
      const isSmall = canShowUnits(state.started.layers, snapshot);
      units.element.hidden = !isSmall;
      units.set(!isWhole);
      paints.set(
        [
          { value: "gradient", label: "By gradient" },
          { value: "activation", label: "By activation" },
        ],
        paint,
      );
      picture.draw(model, paint, isWhole ? "layers" : "units", mustRebuild);
      setText(note, noteOf(state, snapshot, paint, isSmall && !isWhole));
    },
  };
}

function noteOf(state: RunState, snapshot: Snapshot | undefined, paint: Paint, showsUnits: boolean): string {
  if (!snapshot) {
    const last = lastEpoch(state);
    return last
      ? `Colour shows the gradient norm of epoch ${countText(last.epoch)}. Activations were not recorded: they are recorded only while this panel is visible.`
      : "No epoch is complete yet.";
  }
  const where =
    snapshot.epoch === 0
      ? `a mini-batch before the first epoch (${countText(snapshot.rows)} rows)`
      : `epoch ${countText(snapshot.epoch)}, its last mini-batch (${countText(snapshot.rows)} rows)`;
  if (!showsUnits)
    return paint === "gradient"
      ? `Colour shows ‖gradient‖ of the layer's weights in ${where}, stronger for larger values, on a logarithmic scale.`
      : `Colour shows the root mean square of the layer's output in ${where}, stronger for larger values, on a logarithmic scale.`;
  const circles = paint === "gradient" ? "the bias's gradient" : "the unit's mean over the rows";
  return `Lines are weights: thicker for larger values, orange if positive, blue if negative. Circles show ${circles}, relative to the largest in the layer. From ${where}.`;
}
