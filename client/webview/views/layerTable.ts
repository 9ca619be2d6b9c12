/** The table of all layers at the shown epoch. A click on a layer's name shows its line in the editor. */

import { countText, numberText, percentText } from "../../../engine/numberText.ts";
import { layerKey } from "../../../engine/plan.ts";
import { epochAt } from "../../runs/history.ts";
import type { RunState } from "../../runs/runState.ts";
import { element, link, setText } from "../dom.ts";
import { type Model, shownEpoch } from "../model.ts";

const COLUMNS = [
  { title: "Layer", hint: "Click a name to show its line" },
  { title: "Shape", hint: "Shape of the output for one row" },
  { title: "Parameters", hint: "Number of trained values" },
  { title: "Norm", hint: "Norm of all the layer's gradients together: the mean over the epoch's batches" },
  { title: "Mean", hint: "Mean of the signed gradients" },
  { title: "Deviation", hint: "Standard deviation of the gradients" },
  { title: "Largest", hint: "The largest absolute gradient" },
  { title: "Zeros", hint: "Share of gradients that are exactly 0" },
  {
    title: "Update",
    hint: "Update / weight: the size of the epoch's last update relative to the weights; about 0.001 is healthy",
  },
] as const;

export interface LayerTable {
  readonly element: HTMLElement;
  readonly draw: (model: Model, state: RunState, mustRebuild: boolean) => void;
}

export function layerTable(reveal: (at: string) => void): LayerTable {
  const table = element("table");
  const caption = table.createCaption();
  const head = table.createTHead().insertRow();
  for (const { title, hint } of COLUMNS) {
    const cell = element("th", "", title);
    cell.scope = "col";
    cell.title = hint;
    head.append(cell);
  }
  const body = table.createTBody();
  let cells: HTMLTableCellElement[][] = [];

  const build = ({ started, facts }: RunState): void => {
    cells = (started?.layers ?? []).map(({ id, kind, shape, parameters }) => {
      const row = body.insertRow();
      const line = facts.lines[layerKey(id)];
      const name = link(id, () => reveal(layerKey(id)));
      name.title = line === undefined ? kind : `${kind}, line ${line + 1}`;
      const first = element("th", "", name);
      first.scope = "row";
      row.append(first);
      return [shape.join(" × "), parameters > 0 ? countText(parameters) : "", "", "", "", "", "", ""].map((text) => {
        const cell = row.insertCell();
        cell.textContent = text;
        return cell;
      });
    });
  };

  return {
    element: element("section", "layers", table),
    draw(model, state, mustRebuild) {
      if (mustRebuild || cells.length !== (state.started?.layers.length ?? 0)) {
        body.replaceChildren();
        build(state);
      }
      const last = epochAt(state.history, shownEpoch(model));
      setText(caption, last ? `Gradients of epoch ${countText(last.epoch)}` : "Layers");
      state.started?.layers.forEach(({ id }, k) => {
        const own = last?.layers.find(({ layer }) => layer === id);
        if (!own) {
          for (const cell of cells[k]?.slice(2) ?? []) setText(cell, "");
          return;
        }
        const { norm, mean, spread, max, zeros } = own.gradient;
        [numberText(norm), numberText(mean), numberText(spread), numberText(max), percentText(zeros), numberText(own.updateRatio)].forEach(
          (text, j) => {
            const cell = cells[k]?.[j + 2];
            if (cell) setText(cell, text);
          },
        );
      });
    },
  };
}
