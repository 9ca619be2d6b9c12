/** The knobs of the file's numbers, above every view. Each turn edits the file and, if the user chose so, trains it. */
import type { Knob, TrainingKnobs } from "../messages/knobSchemas.ts";
import type { PanelMemory } from "../messages/panelMemory.ts";
import { checkbox, element } from "./dom.ts";
import { editStatus, type KnobControl, knobControl } from "./knobControls.ts";
import { type Actions, type Model, shownKnobs } from "./model.ts";

export function knobStrip(actions: Actions) {
  const onChange = checkbox("Train on change", (isOn) => {
    actions.remember({ trainsOnChange: isOn });
    actions.send({ kind: "trainOnChange", isOn });
  });
  onChange.element.title = "Train a small network again whenever a knob is turned or the text changes";
  const status = editStatus();
  const groups = element("div", "knob-groups");
  const note = element("span", "note", "Each turn changes the file, as one step of undo.");
  const own = element("section", "knobs", element("div", "knob-head", onChange.element, note), status.element, groups);
  own.setAttribute("aria-label", "Knobs");
  let known = "";
  let controls = new Map<string, KnobControl>();
  return {
    element: own,
    draw(model: Model, { showsKnobs, trainsOnChange }: PanelMemory): void {
      const training = shownKnobs(model);
      own.hidden = !showsKnobs || !training;
      if (own.hidden || !training) return;
      onChange.set(trainsOnChange);
      status.set(model.editProblem);
      note.hidden = training.knobs.length === 0;
      const wanted = `${training.run} ${training.knobs.map(({ key, kind }) => `${key} ${kind}`).join(" ")}`;
      if (wanted !== known) {
        known = wanted;
        controls = new Map();
        groups.replaceChildren(...groupsOf(training, controls, actions));
      }
      for (const knob of training.knobs) controls.get(knob.key)?.set(knob);
    },
  };
}

/** Returns the knobs in groups, and adds their controls to the map. */
function groupsOf({ run, knobs }: TrainingKnobs, controls: Map<string, KnobControl>, { edit }: Actions): HTMLElement[] {
  if (knobs.length === 0) return [element("p", "note", "There are no knobs while the file has an error.")];
  return [...Map.groupBy(knobs, ({ group }) => group)].map(([name, own]) => {
    const title = element("h3", "", name);
    title.title = name;
    return element("div", "knob-group", title, ...own.map((knob) => controlOf(knob, run, controls, edit)));
  });
}

function controlOf(knob: Knob, run: string, controls: Map<string, KnobControl>, edit: Actions["edit"]): HTMLElement {
  const { key, group, label } = knob;
  const made = knobControl(
    knob,
    {
      turn: (value) => edit({ kind: "turn", run, knob: key, value }),
      step: (steps) => edit({ kind: "step", run, knob: key, steps }),
    },
    group === "Training" || group === "Data" ? label : `${label} of ${group}`,
  );
  controls.set(key, made);
  return made.element;
}
