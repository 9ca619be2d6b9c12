/** Findings about a layer: dead units (NN602), a gradient that vanishes (NN603) or explodes (NN604). */
import type { LayerStatistics } from "../events.ts";
import { estimateText } from "../numberText.ts";
import { layerKey } from "../plan.ts";
import type { EpochCheck, Finding } from "./finding.ts";

/** The share of a layer's units that are dead for NN602. */
const MANY_DEAD = 0.5;
/** A gradient norm smaller than this share of the output's has vanished. */
const VANISHED = 1e-3;
/** A gradient norm more than this many times the next layer's, twice in a row, explodes. */
const GROWTH = 10;
/** A gradient norm more than this many times the weights' norm explodes. */
const BEYOND_WEIGHTS = 1e3;
/** An output with a larger gradient norm explodes, so the layers below it are not reported as vanishing. */
const EXPLODED = 1e4;
/** A gradient norm smaller than this means that the training has converged. */
const LEARNED = 1e-7;

/** Reports a layer that has dead units in two epochs in a row, since a single epoch may be an exception. */
export function deadUnits(): EpochCheck {
  const before = new Set<string>();
  return ({ layers }, report) => {
    for (let k = 0; k < layers.length; k++) {
      const { layer, deadUnits: dead, units } = layers[k];
      if (dead === null || units === null) continue;
      const isMany = dead >= MANY_DEAD * units;
      if (isMany && before.has(layer)) report(deadFinding(layer, dead, units));
      if (isMany) before.add(layer);
      else before.delete(layer);
    }
  };
}

const deadFinding = (layer: string, dead: number, units: number): Finding => ({
  code: "NN602",
  at: layerKey(layer),
  message: `${deadText(layer, dead, units)} 0 for 90 % of the rows or more, so ${dead === 1 ? "its" : "their"} weights get almost no gradient; lower the learning rate, scale the data, or use \`leaky_relu\`.`,
});

const deadText = (layer: string, dead: number, units: number): string =>
  units === 1 ? `The only unit of ${layer} is` : `${dead} of the ${units} units of ${layer} ${dead === 1 ? "is" : "are"}`;

/** Reports a layer whose gradient is far smaller than the output's. `outputs` has the ids of the network's output layers. */
export function vanishing(outputs: ReadonlySet<string>): EpochCheck {
  return ({ layers }, report) => {
    let top = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < layers.length; k++) {
      const { layer, gradient } = layers[k];
      if (gradient.norm < least) least = gradient.norm;
      if (gradient.norm > top && outputs.has(layer)) top = gradient.norm;
    }
    if (!(top > LEARNED) || top > EXPLODED || !(least < VANISHED * top)) return;
    const small = layers.find(({ layer, gradient }) => !outputs.has(layer) && gradient.norm < VANISHED * top);
    if (small) report(vanishedFinding(small, top));
  };
}

const vanishedFinding = ({ layer, gradient: { norm } }: LayerStatistics, top: number): Finding => ({
  code: "NN603",
  at: layerKey(layer),
  message: `The gradient vanishes: its norm is ${estimateText(norm)} at ${layer} and ${estimateText(top)} at the output${norm > 0 ? `, ${estimateText(top / norm)} times as large` : ""}; use \`relu\` with its default initializer (leave \`init\` out), \`batch_norm\`, or fewer layers.`,
});

/** Reports a gradient that is far larger than the layer's weights, or one that grows from layer to layer. */
export const exploding: EpochCheck = ({ layers }, report) => {
  for (let k = 0; k < layers.length; k++) {
    const { gradient, weightNorm } = layers[k];
    if (weightNorm > 0 && gradient.norm > BEYOND_WEIGHTS * weightNorm) {
      report(tooLargeFinding(layers[k]));
      return;
    }
  }
  // The layers are in file order, so the reverse pass goes from high to low.
  for (let k = 0; k + 2 < layers.length; k++) {
    const [low, middle, high] = [layers[k], layers[k + 1], layers[k + 2]];
    const grows = low.gradient.norm > GROWTH * middle.gradient.norm && middle.gradient.norm > GROWTH * high.gradient.norm;
    if (!grows || !(high.gradient.norm > LEARNED)) continue;
    report(growingFinding(low, middle, high));
    return;
  }
};

const tooLargeFinding = (large: LayerStatistics): Finding => ({
  code: "NN604",
  at: layerKey(large.layer),
  message: `The gradient explodes: at ${large.layer} its norm is ${estimateText(large.gradient.norm)}, while the norm of the weights is ${estimateText(large.weightNorm)}; limit it with \`clip norm=1\`, scale the data and the target, or lower the learning rate.`,
});

const growingFinding = (low: LayerStatistics, middle: LayerStatistics, high: LayerStatistics): Finding => ({
  code: "NN604",
  at: layerKey(low.layer),
  message: `The gradient explodes: from ${high.layer} (${estimateText(high.gradient.norm)}) back to ${middle.layer} (${estimateText(middle.gradient.norm)}) and ${low.layer} (${estimateText(low.gradient.norm)}), its norm grows more than tenfold per layer; limit it with \`clip norm=1\`, or start with smaller weights.`,
});
