/** The picture of the network at the shown epoch. The element under the pointer is described next to it. */

import type { LayerFacts } from "../../../engine/events.ts";
import type { UnitPlanes } from "../../../engine/inspect/views.ts";
import { lastEpoch } from "../../runs/runState.ts";
import type { Paint, Snapshot } from "../charts/graph.ts";
import { layerGraph } from "../charts/layerGraph.ts";
import { unitGraph } from "../charts/unitGraph.ts";
import { element, pointIn, scrollBox, setText } from "../dom.ts";
import { type Actions, type Model, snapshotAt } from "../model.ts";

/** With more connections the lines would be unreadable. */
const MOST_CONNECTIONS = 200;

/** `height` is the desired height of the picture; null for as much as it needs. */
export function networkPicture(actions: Actions, height: number | null = null) {
  const picture = scrollBox("The network");
  picture.classList.add("graph");
  const tip = element("p", "readout tip");
  tip.hidden = true;
  const holder = element("div", "graph-holder", picture, tip);
  const describe = (text: string): void => {
    setText(tip, text);
    tip.hidden = false;
  };
  picture.addEventListener("pointermove", (event) => {
    const { target } = event;
    const isOn = target instanceof Element && target.closest(".node, .weight, circle, .unit-plane") !== null;
    if (!isOn) tip.hidden = true;
    if (tip.hidden) return;
    const { x, y, width: room } = pointIn(holder, event);
    tip.style.left = `${Math.max(0, Math.min(x + 12, room - tip.offsetWidth))}px`;
    tip.style.top = `${y + 14}px`;
  });
  picture.addEventListener("pointerleave", () => {
    tip.hidden = true;
  });
  picture.addEventListener("focusout", () => {
    tip.hidden = true;
  });
  let drawn = "";
  let drawnPlanes: UnitPlanes | null = null;
  let lit: Model["answers"]["row"];
  let width = 0;
  let redraw = (): void => undefined;
  new ResizeObserver(() => {
    if (picture.clientWidth === width) return;
    width = picture.clientWidth;
    redraw();
  }).observe(picture);

  return {
    element: holder,
    /** Draws the units of a small enough network, or the layers. The `marked` layer is outlined. */
    draw(model: Model, paint: Paint, wanted: "units" | "layers", mustRebuild: boolean, marked: string | null = null): void {
      const { state, theme } = model;
      if (!state?.started) return;
      redraw = actions.redraw;
      const { layers } = state.started;
      const snapshot = snapshotAt(model);
      const showsUnits = wanted === "units" && snapshot !== undefined && canShowUnits(layers, snapshot);
      const { row, planes = null } = model.answers;
      const key = [state.facts.id, snapshot?.epoch, paint, showsUnits, width, snapshot ? "" : lastEpoch(state)?.epoch].join(" ");
      if ((key === drawn && row === lit && planes === drawnPlanes && !mustRebuild) || width === 0) return;
      drawn = key;
      lit = row;
      drawnPlanes = planes;
      const facts = { state, layers, paint, lit: row?.layers ?? [], planes, theme, width, height, marked };
      const graphActions = { describe, reveal: actions.reveal };
      tip.hidden = true;
      picture.replaceChildren(showsUnits ? unitGraph(facts, snapshot, graphActions) : layerGraph(facts, snapshot, graphActions));
    },
  };
}

export function canShowUnits(layers: readonly LayerFacts[], snapshot: Snapshot | undefined): boolean {
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
