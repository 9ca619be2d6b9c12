/** Findings about a layer: dead units (NN602), a vanishing gradient (NN603) or an exploding one (NN604). */
import { activations } from "../catalog/activations.ts";
import type { LayerStatistics } from "../events.ts";
import { isActivated } from "../layerTraits.ts";
import { estimateText } from "../numberText.ts";
import { layerKey, type PlannedLayer, type TrainingPlan } from "../plan.ts";
import { argumentOf, causeAtStart, causeOfGrowth, kernelOf, rateOf, startSize, type Trial, usualRates } from "./causes.ts";
import type { Epoch, EpochCheck, Finding } from "./finding.ts";

/** The minimum share of dead units in a layer for NN602. */
export const MANY_DEAD = 0.5;
/** The number of consecutive epochs after which a layer with some dead units is reported if the loss is above this share of the first. */
const PATIENCE = 10;
const HIGH_LOSS = 0.5;
/** A gradient has vanished if its norm is smaller than this share of the output's. */
export const VANISHED = 1e-3;
/** A gradient explodes if its norm exceeds the next layer's by this factor, twice in succession. */
const GROWTH = 10;
/** A gradient explodes if its norm exceeds the weights' by this factor. */
export const BEYOND_WEIGHTS = 1e3;
/** The gradient norm above which an output's gradient explodes. The layers before it are then not reported as vanishing. */
const EXPLODED = 1e4;
/** The training has converged if an output's gradient norm is below this value, or below this share of its norm in the first epoch. */
const LEARNED = 1e-7;
const LEARNED_SHARE = 1e-2;

/**
 * Reports a layer with only dead units in two consecutive epochs, since a single epoch may be an exception. If some units still work, the network may
 * learn with them. The layer is then reported after ten such epochs, or two at the end, if the loss is still high.
 */
export function deadUnits(trial: Trial): EpochCheck {
  const streaks = new Map<string, number>();
  const reported = new Set<string>();
  let firstLoss: number | undefined;
  return ({ epoch, loss, layers }, report) => {
    firstLoss ??= loss;
    for (let k = 0; k < layers.length; k++) {
      const { layer, deadUnits: dead, units } = layers[k];
      if (dead === null || units === null) continue;
      if (dead < MANY_DEAD * units) {
        if (streaks.size > 0) streaks.delete(layer);
        continue;
      }
      const streak = (streaks.get(layer) ?? 0) + 1;
      streaks.set(layer, streak);
      const isDue = streak >= (dead === units || epoch === trial.plan.training.epochs ? 2 : PATIENCE);
      if (!isDue || reported.has(layer)) continue;
      if (dead === units || loss > HIGH_LOSS * firstLoss) {
        reported.add(layer);
        report(deadFinding(trial, layer, dead, units));
      }
    }
  };
}

function deadFinding(trial: Trial, layer: string, dead: number, units: number): Finding {
  const { at, text } = causeOfDeath(trial, layer);
  return {
    code: "NN602",
    at,
    message: `${deadText(layer, dead, units)} 0 for 90 % of the rows or more, so ${dead === 1 ? "its" : "their"} weights get almost no gradient${dead === units && units > 1 ? " and nothing passes through this layer" : ""}; ${text}.`,
  };
}

function causeOfDeath(trial: Trial, id: string): { readonly at: string; readonly text: string } {
  const layer = trial.plan.network.layers.find((one) => one.id === id);
  const at = layerKey(id);
  const kernel = layer && kernelOf(layer);
  if (kernel && startSize(kernel) === 0) return { at, text: `its kernel starts at 0: leave out \`${argumentOf(kernel)}\`` };
  const bias = layer && lowestBias(layer);
  if (bias !== undefined && bias < -1)
    return { at, text: `its bias starts at ${estimateText(bias)}, below what the inputs can make up for: leave out \`bias=\`` };
  const { high, fallback } = usualRates(trial.plan);
  const rate = rateOf(trial.plan);
  if (rate > high) return { at: "optimizer", text: `lower the learning rate (it is ${estimateText(rate)}), at first to ${fallback}` };
  const start = causeAtStart(trial);
  if (start) return start;
  return { at, text: `use \`leaky_relu\` in this layer, or lower the learning rate (it is ${estimateText(rate)})` };
}

/** Returns the lowest of the layer's initial bias values if the file states them. */
function lowestBias({ parameters }: PlannedLayer): number | undefined {
  const start = parameters.find(({ name }) => name === "bias")?.start;
  return start?.kind === "values" ? Math.min(...start.values) : undefined;
}

const deadText = (layer: string, dead: number, units: number): string => {
  if (units === 1) return `The only unit of ${layer} is`;
  return dead === units ? `All ${units} units of ${layer} are` : `${dead} of the ${units} units of ${layer} ${dead === 1 ? "is" : "are"}`;
};

/** Returns whether a layer has only dead units, so that no gradient passes through it. */
export function isBlocked({ layers }: Epoch): boolean {
  for (let k = 0; k < layers.length; k++) if (layers[k].units !== null && layers[k].deadUnits === layers[k].units) return true;
  return false;
}

/** Reports a layer with a gradient far smaller than the output's in two consecutive epochs. */
export function vanishing({ network }: TrainingPlan): EpochCheck {
  const outputs = new Set(network.outputs);
  let before: string | undefined;
  let firstTop: number | undefined;
  return (epoch, report) => {
    const { layers } = epoch;
    let top = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < layers.length; k++) {
      const { layer, gradient } = layers[k];
      if (gradient.norm < least) least = gradient.norm;
      if (gradient.norm > top && outputs.has(layer)) top = gradient.norm;
    }
    firstTop ??= top;
    const hasConverged = !(top > LEARNED) || top < LEARNED_SHARE * firstTop;
    const known = before;
    before = undefined;
    if (hasConverged || top > EXPLODED || !(least < VANISHED * top) || isBlocked(epoch)) return;
    const small = layers.find(({ layer, gradient }) => !outputs.has(layer) && gradient.norm < VANISHED * top);
    before = small?.layer;
    if (small && known === small.layer) report(vanishedFinding(network, small, top));
  };
}

const vanishedFinding = (network: TrainingPlan["network"], { layer, gradient: { norm } }: LayerStatistics, top: number): Finding => ({
  code: "NN603",
  at: layerKey(layer),
  message: `The gradient vanishes on its way back to the input: its norm is ${estimateText(norm)} at ${layer} and ${estimateText(top)} at the output${norm > 0 ? `, ${estimateText(top / norm)} times as large` : ""}; ${againstVanishing(network, layer)}.`,
});

/** Returns the fix: another activation if those after the layer saturate, else advice for any activation. */
function againstVanishing({ layers, outputs }: TrainingPlan["network"], from: string): string {
  const layer = layers.find(({ id }) => id === from);
  const kernel = layer && kernelOf(layer);
  if (kernel?.start.kind === "values" || (kernel?.start.kind === "initializer" && kernel.start.use.name === "normal"))
    return `leave out \`${argumentOf(kernel)}\`, since its start weights are about ${estimateText(startSize(kernel))}`;
  const behind = layers.slice(layers.findIndex(({ id }) => id === from));
  const saturates = behind.some((one) => !outputs.includes(one.id) && isActivated(one) && hasTwoBounds(one));
  return saturates
    ? "use `relu` with its default initializer (leave `init` out), `batch_norm`, or fewer layers"
    : "use `batch_norm`, skip connections (`add`), or fewer layers";
}

/** Whether the activation is bounded on both sides, with a slope near 0 there. */
function hasTwoBounds({ activation }: Extract<PlannedLayer, { readonly activation: object }>): boolean {
  const { range } = activations[activation.name];
  return Number.isFinite(range[0]) && Number.isFinite(range[1]);
}

/** Reports a gradient that is far larger than the layer's weights, or that grows from layer to layer. */
export const exploding =
  (trial: Trial): EpochCheck =>
  ({ layers }, report) => {
    for (let k = 0; k < layers.length; k++) {
      const { gradient, weightNorm } = layers[k];
      // Weights that start at 0, such as prelu's, stay smaller than a typical step for a while.
      if (gradient.norm > BEYOND_WEIGHTS * Math.max(weightNorm, 1)) {
        report(tooLargeFinding(trial, layers[k]));
        return;
      }
    }
    // The layers are in file order, so the reverse pass runs from high to low indices.
    for (let k = 0; k + 2 < layers.length; k++) {
      const [low, middle, high] = [layers[k], layers[k + 1], layers[k + 2]];
      const grows = low.gradient.norm > GROWTH * middle.gradient.norm && middle.gradient.norm > GROWTH * high.gradient.norm;
      if (!grows || !(high.gradient.norm > LEARNED)) continue;
      report(growingFinding(trial, low, middle, high));
      return;
    }
  };

function tooLargeFinding(trial: Trial, { layer, gradient, weightNorm }: LayerStatistics): Finding {
  const { at, text } = causeOfGrowth(trial);
  return {
    code: "NN604",
    at,
    message: `The gradient explodes: at ${layer} its norm is ${estimateText(gradient.norm)}, while the norm of the weights is ${estimateText(weightNorm)}: ${text}.`,
  };
}

function growingFinding(trial: Trial, low: LayerStatistics, middle: LayerStatistics, high: LayerStatistics): Finding {
  const { at, text } = causeAtStart(trial) ?? {
    at: layerKey(low.layer),
    text: "limit it with `clip norm=1`, put `batch_norm` between the layers, or start with smaller weights",
  };
  return {
    code: "NN604",
    at,
    message: `The gradient explodes: from ${high.layer} (${estimateText(high.gradient.norm)}) back to ${middle.layer} (${estimateText(middle.gradient.norm)}) and ${low.layer} (${estimateText(low.gradient.norm)}), its norm grows more than tenfold per layer: ${text}.`,
  };
}
