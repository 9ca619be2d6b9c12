/** The controls of one knob: a slider with steps and a field for a number, or a list for words. One turn is one edit, however far it goes. */
import { numberText } from "../../engine/numberText.ts";
import type { Knob } from "../messages/knobSchemas.ts";
import { element, setText } from "./dom.ts";

export interface KnobControl {
  readonly element: HTMLElement;
  readonly set: (knob: Knob) => void;
}

export interface KnobActions {
  readonly turn: (value: string) => void;
  readonly step: (steps: 1 | -1) => void;
}

export function knobControl(knob: Knob, actions: KnobActions, label = knob.label): KnobControl {
  const made = knob.kind === "choice" ? choiceControl(label, actions) : numberControl(label, actions);
  const name = element("span", "knob-name", knob.label);
  name.title = knob.summary;
  let shown: Knob | undefined;
  return {
    element: element("div", `knob ${knob.kind}`, name, ...made.parts),
    /** Shows the knob's value, once per host message, so that a value that the user is changing is not overwritten. */
    set(next) {
      if (next === shown) return;
      shown = next;
      made.set(next);
    },
  };
}

function choiceControl(label: string, { turn }: KnobActions) {
  const select = element("select", "cell");
  select.setAttribute("aria-label", label);
  select.addEventListener("change", () => turn(select.value));
  let known = "";
  return {
    parts: [select],
    set({ stops, value }: Knob): void {
      const words = stops.includes(value) ? stops : [value, ...stops];
      if (known !== words.join()) {
        known = words.join();
        select.replaceChildren(...words.map((word) => new Option(word, word)));
      }
      select.value = value;
    },
  };
}

function numberControl(label: string, { turn, step }: KnobActions) {
  const slider = element("input");
  slider.type = "range";
  slider.min = "0";
  slider.setAttribute("aria-label", `${label}, slider`);
  const field = numberField(label, { turn, step });
  let stops: readonly string[] = [];
  const isMoving = onTurned(
    slider,
    () => field.show(stops[Number(slider.value)] ?? ""),
    () => {
      const value = stops[Number(slider.value)];
      if (value !== undefined) turn(value);
    },
  );
  return {
    parts: [slider, ...field.parts],
    set(knob: Knob): void {
      ({ stops } = knob);
      slider.max = String(stops.length - 1);
      if (isMoving()) return;
      slider.value = String(placeOf(knob));
      slider.setAttribute("aria-valuetext", knob.value);
      field.set(knob.value);
    },
  };
}

/** Returns the index of the stop at or before the value. */
function placeOf({ stops, value }: Knob): number {
  const exact = stops.indexOf(value);
  return exact >= 0
    ? exact
    : Math.max(
        0,
        stops.findLastIndex((stop) => Number(stop) <= Number(value)),
      );
}

/** A number field with buttons for one step down and up. The up and down keys do the same. */
export function numberField(label: string, { turn, step }: KnobActions) {
  const input = element("input", "cell");
  input.inputMode = "decimal";
  input.autocomplete = "off";
  input.setAttribute("aria-label", label);
  /** Whether the field has unsent text. A host message must not overwrite it. */
  let isTyped = false;
  input.addEventListener("input", () => {
    isTyped = true;
  });
  const send = (): void => {
    if (!isTyped) return;
    isTyped = false;
    // The number is sent even if it equals the last known value, since the file may have changed after that message.
    turn(input.value.trim());
  };
  // A field has no "change" event if the typed number equals the number at its last one, even if the file's number has changed since.
  input.addEventListener("blur", send);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") send();
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    // The step starts from the typed number.
    send();
    step(event.key === "ArrowUp" ? 1 : -1);
  });
  return {
    parts: [stepButton("−", `Less ${label}`, () => step(-1)), input, stepButton("+", `More ${label}`, () => step(1))],
    /** Shows a value that is not written to the file yet. */
    show(value: string): void {
      input.value = value;
    },
    set(value: string): void {
      if (!isTyped && input.value !== value) replaceText(input, value);
      input.title = Number.isFinite(Number(value)) ? numberText(Number(value)) : value;
    },
  };
}

/** Replaces a field's text. A text that was selected as a whole stays selected, so that typing replaces it. */
function replaceText(input: HTMLInputElement, text: string): void {
  const isSelected = document.activeElement === input && input.selectionStart === 0 && input.selectionEnd === input.value.length;
  input.value = text;
  if (isSelected) input.select();
}

/** A step button. The field's own keys do the same, so the buttons are not Tab stops. */
function stepButton(sign: string, label: string, act: () => void): HTMLButtonElement {
  const made = element("button", "small step-button", sign);
  made.type = "button";
  made.tabIndex = -1;
  made.title = label;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

/**
 * Calls `show` while a slider moves, and `turned` once when it stops: at the end of a drag, or when the key is released. Returns a function
 * that returns whether it is moving.
 */
function onTurned(slider: HTMLInputElement, show: () => void, turned: () => void): () => boolean {
  let isKeyDown = false;
  let isMoved = false;
  const finish = (): void => {
    isKeyDown = false;
    if (!isMoved) return;
    isMoved = false;
    turned();
  };
  slider.addEventListener("input", () => {
    isMoved = true;
    show();
  });
  slider.addEventListener("keydown", () => {
    isKeyDown = true;
  });
  slider.addEventListener("keyup", finish);
  slider.addEventListener("blur", finish);
  slider.addEventListener("change", () => {
    if (!isKeyDown) finish();
  });
  return () => isMoved;
}

/** Returns a line that explains why the last edit was refused. */
export function editStatus() {
  const own = element("p", "edit-problem");
  own.setAttribute("role", "status");
  return {
    element: own,
    set(problem: string): void {
      setText(own, problem.replaceAll("`", ""));
      own.hidden = problem === "";
    },
  };
}
