/** The last epoch, layer by layer. A click on a layer's name shows its line in the editor. */
import { layerKey } from "../../../engine/plan.ts";
import { grouped, percent, short } from "../../format.ts";
import type { RunState } from "../runState.ts";

const COLUMNS = [
  { title: "Layer", hint: "A click shows its line" },
  { title: "Shape", hint: "What it gives for one row" },
  { title: "Parameters", hint: "Numbers that are learned" },
  { title: "Norm", hint: "Length of all its gradients together, the mean over the epoch's batches" },
  { title: "Mean", hint: "Mean of its gradients, with their signs" },
  { title: "Largest", hint: "The largest absolute gradient" },
  { title: "Zeros", hint: "Share of its gradients that are exactly 0" },
  {
    title: "Update",
    hint: "Update / weight: how far the epoch's last step moved its weights, compared with their size; about 0.001 is healthy",
  },
] as const;

export interface LayerTable {
  readonly element: HTMLElement;
  readonly draw: (state: RunState, anew: boolean) => void;
}

export function layerTable(reveal: (at: string) => void): LayerTable {
  const table = document.createElement("table");
  const caption = table.createCaption();
  const head = table.createTHead().insertRow();
  for (const { title, hint } of COLUMNS) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = title;
    cell.title = hint;
    head.append(cell);
  }
  const body = table.createTBody();
  const element = document.createElement("section");
  element.className = "layers";
  element.append(table);
  let cells: HTMLTableCellElement[][] = [];

  const build = ({ started, facts }: RunState): void => {
    cells = (started?.layers ?? []).map(({ id, kind, shape, parameters }) => {
      const row = body.insertRow();
      const name = document.createElement("th");
      name.scope = "row";
      const line = facts.lines[layerKey(id)];
      const link = document.createElement("button");
      link.className = "link";
      link.textContent = id;
      link.title = line === undefined ? kind : `${kind}, line ${line + 1}`;
      link.addEventListener("click", () => reveal(layerKey(id)));
      name.append(link);
      row.append(name);
      return [shape.join(" × "), parameters > 0 ? grouped(parameters) : "", "", "", "", "", ""].map((text) => {
        const cell = row.insertCell();
        cell.textContent = text;
        return cell;
      });
    });
  };

  return {
    element,
    draw(state, anew) {
      if (anew || cells.length !== (state.started?.layers.length ?? 0)) {
        body.replaceChildren();
        build(state);
      }
      const last = state.epochs.at(-1);
      caption.textContent = last ? `Gradients of epoch ${last.epoch}` : "Layers";
      state.started?.layers.forEach(({ id }, k) => {
        const own = last?.layers.find(({ layer }) => layer === id);
        const texts = own
          ? [
              short(own.gradient.norm),
              short(own.gradient.mean),
              short(own.gradient.max),
              percent(own.gradient.zeros),
              short(own.updateRatio),
            ]
          : [];
        texts.forEach((text, j) => {
          const cell = cells[k]?.[j + 2];
          if (cell) cell.textContent = text;
        });
      });
    },
  };
}
