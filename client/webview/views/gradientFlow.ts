/**
 * Gradient flow at one epoch: a bar for each layer, from the output back to the input. Vanishing, exploding and missing gradients and
 * dead units have colours and labels.
 */

import { numberText, percentText } from "../../../engine/numberText.ts";
import { layerKey } from "../../../engine/plan.ts";
import { type Epoch, epochFrom, type HistoryTable, rowAt } from "../../runs/history.ts";
import type { RunState } from "../../runs/runState.ts";
import { element, link, setText, slider } from "../dom.ts";
import type { Actions } from "../model.ts";

type Health = "healthy" | "vanishing" | "exploding" | "dead" | "none";

/** Bounds that mark a bar. Findings (NN602 to NN609) use stricter bounds over several epochs. */
const BOUNDS = { vanishing: 1e-3, exploding: 1e3, deadShare: 0.5 } as const;

export interface Flow {
  readonly element: HTMLElement;
  readonly draw: (state: RunState) => void;
}

export function gradientFlow({ reveal }: Actions): Flow {
  const heading = element("h2", "", "Gradient flow, from the output back to the input");
  const list = element("ol", "flow");
  const note = element("p", "note");
  /** A row of the table, or null for the newest epoch. */
  let chosen: number | null = null;
  let drawn: RunState | undefined;
  const scrub = slider("Epoch", { min: 0, max: 1, step: 1 }, (value) => {
    const rows = drawn?.history?.rows ?? 0;
    chosen = value >= rows ? null : value;
    if (drawn) draw(drawn);
  });

  const draw = (state: RunState): void => {
    if (drawn?.facts.id !== state.facts.id) chosen = null;
    drawn = state;
    const { history } = state;
    const epoch = history && epochAt(history, chosen);
    list.hidden = scrub.element.hidden = !epoch || epoch.layers.length === 0;
    if (!history || !epoch || epoch.layers.length === 0) {
      setText(note, epoch ? "No layer of this network is trained, so there is no gradient." : "No epoch is complete yet.");
      return;
    }
    scrub.set(chosen ?? history.rows, history.rows, `${epoch.epoch}${chosen === null ? ", the newest" : ""}`);
    const layers = epoch.layers.toReversed();
    const sizes = layers.map(({ gradient }) => gradient.norm).filter((norm) => norm > 0);
    // Whole decades around the smallest and largest norms, at least three. A bar's length is the logarithm within them.
    const high = Math.ceil(Math.log10(Math.max(...sizes, 1e-12)) + 0.001);
    const low = Math.min(Math.floor(Math.log10(Math.min(...sizes, 1e12))), high - 3);
    if (list.childElementCount !== layers.length) list.replaceChildren(...layers.map(() => flowRow(reveal)));
    const above = layers[0]?.gradient.norm ?? 0;
    layers.forEach((layer, k) => {
      const row = list.children[k];
      if (!row) return;
      const health = healthOf(layer, above, state);
      const share = layer.gradient.norm > 0 ? (Math.log10(layer.gradient.norm) - low) / (high - low) : 0;
      fillRow(row, layer.layer, share, health, wordsOf(layer, health, above, state));
    });
    setText(
      note,
      `Bars show ‖gradient‖ of each layer's weights, the mean over the mini-batches of epoch ${epoch.epoch}, on a logarithmic scale from 1e${low} to 1e${high}.`,
    );
  };
  return { element: element("section", "", heading, scrub.element, list, note), draw };
}

function epochAt(history: HistoryTable, row: number | null): Epoch | undefined {
  const own = row === null ? history.last : rowAt(history, row);
  return own ? epochFrom(history.layout, own) : undefined;
}

function healthOf({ layer, gradient, deadUnits }: Epoch["layers"][number], above: number, state: RunState): Health {
  const units = unitsOf(state, layer);
  if (deadUnits !== null && units > 0 && deadUnits >= BOUNDS.deadShare * units) return "dead";
  if (gradient.norm === 0) return "none";
  if (gradient.norm < BOUNDS.vanishing * above) return "vanishing";
  if (gradient.norm > BOUNDS.exploding || (above > 0 && gradient.norm > BOUNDS.exploding * above)) return "exploding";
  return "healthy";
}

const unitsOf = ({ started }: RunState, id: string): number =>
  started?.layers.find((one) => one.id === id)?.shape.reduce((product, axis) => product * axis, 1) ?? 0;

const HEALTH_WORDS: { readonly [H in Health]: string } = {
  healthy: "",
  vanishing: "vanishing",
  exploding: "exploding",
  dead: "dead units",
  none: "no gradient",
};

function wordsOf(
  { layer, gradient, updateRatio, deadUnits }: Epoch["layers"][number],
  health: Health,
  above: number,
  state: RunState,
): string {
  const parts = [numberText(gradient.norm)];
  if (HEALTH_WORDS[health] !== "") parts.push(HEALTH_WORDS[health]);
  if (health === "vanishing") parts.push(`${numberText(gradient.norm / above)} of the output layer's`);
  if (deadUnits !== null && deadUnits > 0) parts.push(`${deadUnits} of ${unitsOf(state, layer)} units dead`);
  if (gradient.zeros >= 0.0005) parts.push(`${percentText(gradient.zeros)} zeros`);
  parts.push(`update ${numberText(updateRatio)} of the weights`);
  return parts.join(" · ");
}

function flowRow(reveal: Actions["reveal"]): HTMLElement {
  const name = link("", () => reveal(layerKey(name.textContent ?? "")));
  return element("li", "", name, element("span", "track", element("span", "bar")), element("span", "description"));
}

function fillRow(row: Element, layer: string, share: number, health: Health, words: string): void {
  const [name, track, description] = row.children;
  const bar = track?.firstElementChild;
  if (name) setText(name, layer);
  if (description) setText(description, words);
  if (bar instanceof HTMLElement) {
    bar.style.width = `${Math.max(1, Math.min(1, share) * 100)}%`;
    bar.className = `bar ${health}`;
  }
}
