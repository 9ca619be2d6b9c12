/** The file's layers as cards that edit it: fewer or more units, another activation, removing a layer, and inserting one between two others. */
import type { EditableLayer, Knob, TrainingKnobs } from "../../messages/knobSchemas.ts";
import { element } from "../dom.ts";
import { editStatus, numberField } from "../knobControls.ts";
import { type Actions, type Model, shownKnobs } from "../model.ts";

export function layerCards(actions: Actions) {
  const list = element("div", "layer-cards");
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", "The layers of the file");
  const status = editStatus();
  const own = element(
    "section",
    "network-editor",
    element("h2", "", "Edit the network ", element("small", "", "each click changes the file, as one step of undo")),
    status.element,
    list,
  );
  let drawn: TrainingKnobs | undefined;
  return {
    element: own,
    draw(model: Model): void {
      const training = shownKnobs(model);
      own.hidden = !training || training.layers.length === 0;
      if (!training) return;
      status.set(model.editProblem);
      if (training === drawn) return;
      drawn = training;
      const focused = focusedKey(list);
      list.replaceChildren(...training.layers.flatMap((layer) => partsOf(layer, training, actions)));
      if (focused !== undefined) list.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    },
  };
}

/** Returns the key of the focused control, so that it regains the focus after the cards are redrawn. */
function focusedKey(list: HTMLElement): string | undefined {
  const { activeElement } = document;
  return activeElement instanceof HTMLElement && list.contains(activeElement) ? activeElement.dataset["key"] : undefined;
}

function partsOf(layer: EditableLayer, training: TrainingKnobs, { edit }: Actions): HTMLElement[] {
  const { id, word, canInsert, canRemove } = layer;
  const { run } = training;
  const knobOf = (name: string): Knob | undefined => training.knobs.find(({ key }) => key === `${layer.knobs}.${name}`);
  const [units, activation] = [knobOf("units"), knobOf("activation")];
  const name = element("strong", "", id);
  name.title = id;
  const head = element("div", "card-head", name);
  if (canRemove) head.append(cardButton("×", `Remove ${id}`, `remove ${id}`, () => edit({ kind: "remove", run, layer: id })));
  const card = element("div", "layer-card", head, element("span", "faint", word));
  if (units) card.append(unitsOf(units, id, run, edit));
  if (activation) card.append(activationOf(activation, id, run, edit));
  const add = cardButton("+", `Add a layer before ${id}`, `insert ${id}`, () => edit({ kind: "insert", run, layer: id }));
  return canInsert ? [add, card] : [card];
}

function cardButton(sign: string, label: string, key: string, act: () => void): HTMLButtonElement {
  const made = element("button", "small card-button", sign);
  made.type = "button";
  made.title = label;
  made.setAttribute("aria-label", label);
  made.dataset["key"] = key;
  made.addEventListener("click", act);
  return made;
}

function unitsOf({ key, value }: Knob, id: string, run: string, edit: Actions["edit"]): HTMLElement {
  const field = numberField(`units of ${id}`, {
    turn: (to) => edit({ kind: "turn", run, knob: key, value: to }),
    step: (steps) => edit({ kind: "step", run, knob: key, steps }),
  });
  field.set(value);
  field.parts.forEach((part, k) => {
    part.dataset["key"] = `${key} ${k}`;
  });
  return element("div", "card-units", ...field.parts, element("span", "faint", "units"));
}

function activationOf({ key, value, stops }: Knob, id: string, run: string, edit: Actions["edit"]): HTMLElement {
  const select = element("select", "cell");
  select.setAttribute("aria-label", `activation of ${id}`);
  select.dataset["key"] = key;
  select.append(...stops.map((word) => new Option(word, word)));
  select.value = value;
  select.addEventListener("change", () => edit({ kind: "turn", run, knob: key, value: select.value }));
  return select;
}
