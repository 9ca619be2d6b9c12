/** What is wrong with a layer: dead units (NN602), a gradient that vanishes (NN603) or explodes (NN604). */

import type { LayerStatistics } from "../events.ts";
import { estimateText } from "../numberText.ts";
import { layerKey } from "../plan.ts";
import type { Finding, Judge } from "./finding.ts";

/** Share of a layer's units that must be dead. */
const MANY_DEAD = 0.5;
/** Of the output's gradient norm: a smaller one has vanished. */
const VANISHED = 1e-3;
/** A gradient norm this many times the next layer's, twice in a row, explodes. */
const GROWTH = 10;
/** A gradient norm this many times the weights' norm explodes. */
const BEYOND_WEIGHTS = 1e3;
/** An output whose gradient norm is larger explodes, so what is below it is not said to vanish. */
const EXPLODED = 1e4;
/** A smaller gradient norm is that of a network that has learned. */
const LEARNED = 1e-7;

/** Dead in two epochs in a row: one alone may be a passing state. */
export function deadUnits(): Judge {
  const before = new Set<string>();
  return ({ layers }, tell) => {
    for (let k = 0; k < layers.length; k++) {
      const { layer, deadUnits: dead, units } = layers[k];
      if (dead === null || units === null) continue;
      const isMany = dead >= MANY_DEAD * units;
      if (isMany && before.has(layer)) tell(deadFinding(layer, dead, units));
      if (isMany) before.add(layer);
      else before.delete(layer);
    }
  };
}

const deadFinding = (layer: string, dead: number, units: number): Finding => ({
  code: "NN602",
  at: layerKey(layer),
  message: `${dead} of the ${units} units of ${layer} are 0 for 90 % of the rows or more, so hardly a gradient reaches their weights; lower the learning rate, scale the data, or use \`leaky_relu\`.`,
});

/** A layer whose gradient is far smaller than the output's. `outputs`: the ids of the network's output layers. */
export function vanishing(outputs: ReadonlySet<string>): Judge {
  return ({ layers }, tell) => {
    let top = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < layers.length; k++) {
      const { layer, gradient } = layers[k];
      if (gradient.norm < least) least = gradient.norm;
      if (gradient.norm > top && outputs.has(layer)) top = gradient.norm;
    }
    if (!(top > LEARNED) || top > EXPLODED || !(least < VANISHED * top)) return;
    const small = layers.find(({ layer, gradient }) => !outputs.has(layer) && gradient.norm < VANISHED * top);
    if (small) tell(vanishedFinding(small, top));
  };
}

const vanishedFinding = ({ layer, gradient: { norm } }: LayerStatistics, top: number): Finding => ({
  code: "NN603",
  at: layerKey(layer),
  message: `The gradient vanishes: its norm is ${estimateText(norm)} at ${layer} and ${estimateText(top)} at the output${norm > 0 ? `, ${estimateText(top / norm)} times as much` : ""}; use \`relu\` with its own start (leave \`init\` out), \`batch_norm\`, or fewer layers.`,
});

/** A gradient far larger than the layer's weights, or one that grows from layer to layer. */
export const exploding: Judge = ({ layers }, tell) => {
  for (let k = 0; k < layers.length; k++) {
    const { gradient, weightNorm } = layers[k];
    if (weightNorm > 0 && gradient.norm > BEYOND_WEIGHTS * weightNorm) {
      tell(tooLargeFinding(layers[k]));
      return;
    }
  }
  // Each layer stands on the one before it in the list; growth counts on the way back.
  for (let k = 0; k + 2 < layers.length; k++) {
    const [low, middle, high] = [layers[k], layers[k + 1], layers[k + 2]];
    const grows = low.gradient.norm > GROWTH * middle.gradient.norm && middle.gradient.norm > GROWTH * high.gradient.norm;
    if (!grows || !(high.gradient.norm > LEARNED)) continue;
    tell(growingFinding(low, middle, high));
    return;
  }
};

const tooLargeFinding = (large: LayerStatistics): Finding => ({
  code: "NN604",
  at: layerKey(large.layer),
  message: `The gradient explodes: at ${large.layer} its norm is ${estimateText(large.gradient.norm)}, the weights' is ${estimateText(large.weightNorm)}; limit it with \`clip norm=1\`, scale data and target, or lower the learning rate.`,
});

const growingFinding = (low: LayerStatistics, middle: LayerStatistics, high: LayerStatistics): Finding => ({
  code: "NN604",
  at: layerKey(low.layer),
  message: `The gradient explodes: from ${high.layer} (${estimateText(high.gradient.norm)}) back to ${middle.layer} (${estimateText(middle.gradient.norm)}) and ${low.layer} (${estimateText(low.gradient.norm)}) its norm grows tenfold a layer; limit it with \`clip norm=1\`, or start with smaller weights.`,
});
