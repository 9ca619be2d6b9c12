/** The network as a graph: its layers with shapes and parameters, or every unit and weight of a small network. */
import type { AnsweredRow } from "../../../engine/inspect/views.ts";
import { countText } from "../../../engine/numberText.ts";
import { lastEpoch, type RunState, whyNotRecorded } from "../../runs/runState.ts";
import { dataTable, type TableData } from "../charts/dataTable.ts";
import type { Paint, Snapshot } from "../charts/graph.ts";
import { layerTable } from "../charts/layerGraph.ts";
import { unitTable } from "../charts/unitGraph.ts";
import { checkbox, choice, element, setText } from "../dom.ts";
import { type Actions, isStale, type Model, snapshotAt, type View } from "../model.ts";
import { pacedAsk } from "../pacedAsk.ts";
import { layerCards } from "./layerCards.ts";
import { litLayers } from "./litLayers.ts";
import { canShowUnits, networkPicture } from "./networkPicture.ts";

export function networkView(actions: Actions): View {
  /** Until the user chooses, the planes of two inputs are shown if there are any, otherwise the gradients. */
  let chosen: Paint | undefined;
  const askPlanes = pacedAsk(actions);
  /** The last drawn answer about a row. A new one is shown at once. */
  let drawnRow: AnsweredRow | undefined;
  let isWhole = false;
  const paints = choice("Colour", (value) => {
    chosen = value as Paint;
    actions.redraw();
  });
  const units = checkbox("Units and weights", (isOn) => {
    isWhole = !isOn;
    actions.redraw();
  });
  const picture = networkPicture(actions);
  const note = element("p", "note");
  const lit = litLayers();
  const cards = layerCards(actions);
  let table: () => TableData = () => ({ caption: "", columns: [], rows: [] });
  const numbers = dataTable("the network", () => table());

  return {
    element: element(
      "div",
      "tab",
      element("div", "controls", paints.element, units.element, numbers.button),
      picture.element,
      note,
      numbers.element,
      cards.element,
      lit.element,
    ),
    draw(model, _memory, mustRebuild) {
      const { state } = model;
      if (!state?.started) return;
      const { row } = model.answers;
      if (row !== drawnRow) {
        if (!drawnRow && row) chosen = "row";
        if (!row && chosen === "row") chosen = undefined;
        drawnRow = row;
      }
      const hasPlanes = inputsOf(state) === 2 && model.answers.planes !== null;
      const snapshot = snapshotAt(model);
      const isSmall = canShowUnits(state.started.layers, snapshot);
      units.element.hidden = !isSmall;
      units.set(!isWhole);
      const paint =
        chosen === "plane" && !(hasPlanes && isSmall) ? "gradient" : (chosen ?? (hasPlanes && isSmall && !isWhole ? "plane" : "gradient"));
      if (paint === "plane") askForPlanes(model, askPlanes);
      paints.set(
        [
          ...(hasPlanes && isSmall ? [{ value: "plane", label: "Over the inputs" }] : []),
          { value: "gradient", label: "By gradient" },
          { value: "activation", label: "By activation" },
          ...(row ? [{ value: "row", label: "By the asked row" }] : []),
        ],
        paint,
      );
      const { layers } = state.started;
      const showsUnits = isSmall && !isWhole && snapshot !== undefined;
      table = () => (showsUnits ? unitTable(layers, snapshot) : layerTable({ state, paint, lit: row?.layers ?? [] }, snapshot));
      numbers.draw();
      cards.draw(model);
      picture.draw(model, paint, isWhole ? "layers" : "units", mustRebuild);
      setText(note, paint === "row" && row ? rowNote(row, showsUnits) : noteOf(state, snapshot, paint, showsUnits));
      lit.element.hidden = paint !== "row" || !row;
      if (paint === "row" && row) lit.draw(row, model.theme);
    },
  };
}

/** Returns how many numbers the network takes as input. */
const inputsOf = ({ started }: RunState): number =>
  (started?.layers ?? [])
    .filter(({ inputs }) => inputs.length === 0)
    .reduce((sum, { shape }) => sum + shape.reduce((all, axis) => all * axis, 1), 0);

function askForPlanes(model: Model, ask: ReturnType<typeof pacedAsk>): void {
  const { state, answers } = model;
  if (!state || answers.problems.has("planes") || answers.planes === null) return;
  if (!answers.planes || isStale(state, answers, { kind: "planes" }, answers.planes.epoch)) ask(model, { kind: "planes" });
}

function rowNote({ known, epoch }: AnsweredRow, showsUnits: boolean): string {
  const row = known ? `row ${countText(known.row)} of the data` : "your row";
  const after = `with the weights after epoch ${countText(epoch)}`;
  return showsUnits
    ? `Circles show the output of each unit for ${row}, relative to the largest in the layer, and lines the weights: orange if positive, blue if negative; ${after}. Result asks about another row.`
    : `Colour shows the root mean square of each layer's output for ${row}, stronger for larger values, ${after}. Result asks about another row.`;
}

function noteOf(state: RunState, snapshot: Snapshot | undefined, paint: Paint, showsUnits: boolean): string {
  if (!snapshot) {
    const last = lastEpoch(state);
    return last
      ? `Colour shows the gradient norm of epoch ${countText(last.epoch)}. Activations were not recorded: ${whyNotRecorded(state)}`
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
  if (paint === "plane")
    return `Each square is a unit's output over the plane of the two inputs, the first to the right and the second upwards: orange if positive, blue if negative, relative to the unit's largest. Lines are the weights. From ${where}.`;
  const [lines, circles] =
    paint === "gradient" ? ["the gradients of the weights", "the bias's gradient"] : ["the weights", "the unit's mean over the rows"];
  return `Lines are ${lines}: thicker for larger values, orange if positive, blue if negative. Circles show ${circles}, relative to the largest in the layer. From ${where}.`;
}
