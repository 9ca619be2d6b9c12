/**
 * Gradient flow at one epoch: a bar per layer, from the output back to the input. Vanishing, exploding and missing gradients and dead units
 * are coloured and labelled.
 */

import type { LayerStatistics } from "../../../engine/events.ts";
import { countText, numberText, percentText } from "../../../engine/numberText.ts";
import { layerKey } from "../../../engine/plan.ts";
import { epochAt } from "../../runs/history.ts";
import type { RunState } from "../../runs/runState.ts";
import { element, link, setText } from "../dom.ts";
import { type Actions, type Model, shownEpoch } from "../model.ts";

type Health = "healthy" | "vanishing" | "exploding" | "dead" | "none";

/** The bounds for highlighting a bar. Findings (NN602 to NN611) use stricter bounds over several epochs. */
const BOUNDS = { vanishing: 1e-3, exploding: 1e3, deadShare: 0.5 } as const;

export interface Flow {
  readonly element: HTMLElement;
  readonly draw: (model: Model, state: RunState) => void;
}

/** The flow with all statistics per layer. */
export const gradientFlow = (actions: Actions): Flow => flowChart(actions, "flow", wordsOf);

/** The flow with one line per layer. */
export const compactFlow = (actions: Actions): Flow => flowChart(actions, "flow compact", shortWordsOf);

type Words = (layer: LayerStatistics, health: Health, above: number, state: RunState) => string;

function flowChart({ reveal }: Actions, className: string, words: Words): Flow {
  const epochText = element("small");
  const heading = element("h2", "", "Gradient flow ", epochText);
  const list = element("ol", className);
  const note = element("p", "note");
  return {
    element: element("section", "gradient-flow", heading, list, note),
    draw(model, state) {
      const epoch = shownEpoch(model);
      const own = layersAt(model, epoch);
      list.hidden = own.length === 0;
      setText(epochText, own.length === 0 ? "" : `from the output back to the input, epoch ${countText(epoch)}`);
      if (own.length === 0) {
        setText(note, withoutLayers(state, epoch));
        return;
      }
      const layers = own.toReversed();
      const sizes = layers.map(({ gradient }) => gradient.norm).filter((norm) => norm > 0);
      // Whole decades around the smallest and largest norms, at least three. The length of a bar is its norm's position in them.
      const high = Math.ceil(Math.log10(Math.max(...sizes, 1e-12)) + 0.001);
      const low = Math.min(Math.floor(Math.log10(Math.min(...sizes, 1e12))), high - 3);
      if (list.childElementCount !== layers.length) list.replaceChildren(...layers.map(() => flowRow(reveal)));
      const above = layers[0]?.gradient.norm ?? 0;
      layers.forEach((layer, k) => {
        const row = list.children[k];
        if (!row) return;
        const health = healthOf(layer, above, state);
        const share = layer.gradient.norm > 0 ? (Math.log10(layer.gradient.norm) - low) / (high - low) : 0;
        fillRow(row, layer.layer, share, health, words(layer, health, above, state));
      });
      setText(
        note,
        sizes.length === 0
          ? "Every gradient is 0: the network makes no more mistakes on the training rows, or no gradient reaches it."
          : `‖gradient‖ of each layer's weights, the mean over the epoch's mini-batches, on a logarithmic scale from 1e${low} to 1e${high}.`,
      );
    },
  };
}

/** Returns each layer's statistics at the epoch. Before the first epoch, only the recorded gradient of the first mini-batch is known. */
function layersAt({ state }: Model, epoch: number): readonly LayerStatistics[] {
  const own = epochAt(state?.history ?? null, epoch);
  if (own) return own.layers;
  const first = state?.snapshots.find((one) => one.epoch === 0);
  const ids = [...new Set(first?.parameters.filter(({ gradient }) => gradient).map(({ layer }) => layer))];
  return ids.map((layer) => {
    const norms = first?.parameters.filter((one) => one.layer === layer).map(({ gradient }) => gradient?.norm ?? 0) ?? [];
    const gradient = { norm: Math.hypot(...norms), mean: Number.NaN, spread: Number.NaN, max: Number.NaN, zeros: 0 };
    return { layer, gradient, updateRatio: Number.NaN, weightNorm: Number.NaN, deadUnits: null, units: null };
  });
}

function withoutLayers({ history }: RunState, epoch: number): string {
  if (epochAt(history, epoch)) return "No layer of this network is trained, so there is no gradient.";
  return epoch === 0 && history
    ? "Before the first epoch. The gradient of the first mini-batch is not recorded."
    : "No epoch is complete yet.";
}

function healthOf({ layer, gradient, deadUnits }: LayerStatistics, above: number, state: RunState): Health {
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

/** Returns the norm and what is wrong with it. */
const shortWordsOf: Words = ({ gradient }, health) =>
  [numberText(gradient.norm), HEALTH_WORDS[health]].filter((part) => part !== "").join(" · ");

function wordsOf({ layer, gradient, updateRatio, deadUnits }: LayerStatistics, health: Health, above: number, state: RunState): string {
  const parts = [numberText(gradient.norm)];
  if (HEALTH_WORDS[health] !== "") parts.push(HEALTH_WORDS[health]);
  if (health === "vanishing") parts.push(`${numberText(gradient.norm / above)} of the output layer's`);
  if (deadUnits !== null && deadUnits > 0) parts.push(`${deadUnits} of ${unitsOf(state, layer)} units dead`);
  if (gradient.zeros >= 0.0005) parts.push(`${percentText(gradient.zeros)} zeros`);
  if (!Number.isNaN(updateRatio)) parts.push(`update ${numberText(updateRatio)} of the weights`);
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
