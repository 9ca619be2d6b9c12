/**
 * Finds a training that ends in a local minimum or on a plateau (NN610): it has learned something, but its loss stays far above 0 because almost no
 * gradient is left. A single run can't show whether the network could do better. So the check is limited to trainings in which the loss could be
 * expected to reach 0: fewer targets than weights, a hidden layer, no validation part, no penalty or noise, no contradictory rows.
 */
import { activations } from "../catalog/activations.ts";
import { isActivated, isPenalized } from "../layerTraits.ts";
import { estimateText } from "../numberText.ts";
import { type OutputPlan, type PlannedLayer, parameterCount } from "../plan.ts";
import type { Trial } from "./causes.ts";
import type { Epoch, EpochCheck } from "./finding.ts";
import { lastPartFrom } from "./lossFindings.ts";

/** The minimum number of epochs. A shorter training may be about to leave a plateau. */
const LEAST_EPOCHS = 100;
/** The last loss lies between these shares of the first. */
const HIGH = 0.1;
const LEARNT = 0.9;
/** The maximum relative change of the loss over the last fifth of the epochs. */
const STILL = 0.01;
/** ‖g‖ · ‖w‖ / loss, the relative change of the loss for a relative change of the weights, is at least 1 in a training that still learns. */
const FLAT = 0.25;
/** Losses that are 0 at the target. Crossentropies are if the target is a class. */
const ZERO_AT_TARGET: ReadonlySet<string> = new Set(["mse", "huber", "log_cosh"]);
const CROSSENTROPIES: ReadonlySet<string> = new Set(["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"]);
/** Layers that make the loss vary from step to step. */
const RANDOM: ReadonlySet<string> = new Set(["dropout", "gaussian_noise"]);

/** Reports a training whose loss stays far above 0 while its gradient is close to 0. */
export function inValley(trial: Trial): EpochCheck {
  const { epochs } = trial.plan.training;
  const since = lastPartFrom(epochs);
  let first: Epoch | undefined;
  let before: Epoch | undefined;
  return (epoch, report) => {
    first ??= epoch;
    if (epoch.epoch === since) before = epoch;
    if (epoch.epoch !== epochs || epochs < LEAST_EPOCHS || !before) return;
    const { loss } = epoch;
    if (!(loss > HIGH * first.loss && loss < LEARNT * first.loss && Math.abs(before.loss - loss) < STILL * loss)) return;
    const gradient = Math.hypot(...epoch.layers.map((layer) => layer.gradient.norm));
    const weights = Math.hypot(...epoch.layers.map((layer) => layer.weightNorm));
    if (!(gradient * weights < FLAT * loss) || !couldReachZero(trial)) return;
    report({
      code: "NN610",
      at: "train",
      message: `The loss stands still at ${estimateText(loss)}, far above 0, and the norm of its gradient is only ${estimateText(gradient)}: these start weights led to a local minimum or a plateau. One run can't tell whether the network could do better; write \`seeds 20\` to see where other start weights lead, or use more hidden units.`,
    });
  };
}

/** Returns whether the loss could reach 0 as far as can be known without training. */
function couldReachZero({ plan, examples }: Trial): boolean {
  const { network, training, data } = plan;
  const [output] = training.outputs;
  const [target] = examples.targets;
  const rows = examples.parts.train.length;
  if (!output || !target || training.outputs.length > 1) return false;
  if (data.split.validation > 0 || data.ownSources.validation) return false;
  // The statistics are computed from batches. At a minimum of the whole part's loss, the gradients of smaller batches are not near 0.
  if (training.batch !== null && training.batch < rows) return false;
  if (network.layers.some((layer) => RANDOM.has(layer.kind) || isPenalized(layer))) return false;
  const weights = network.layers.reduce((sum, layer) => sum + trainedCount(layer), 0);
  if (weights < rows * target.width) return false;
  const last = network.layers.find(({ id }) => id === output.layer);
  const bends = (layer: PlannedLayer): boolean => layer !== last && isActivated(layer) && layer.activation.name !== "linear";
  return network.layers.some(bends) && isZeroAtTarget(output, last, examples) && !contradicts(examples);
}

const trainedCount = (layer: PlannedLayer): number =>
  parameterCount({ ...layer, parameters: layer.parameters.filter(({ trained }) => trained) });

/** Returns whether the loss is 0 if every output equals its target, and the output's activation can reach or approach the targets. */
function isZeroAtTarget({ loss }: OutputPlan, layer: PlannedLayer | undefined, { targets, parts }: Trial["examples"]): boolean {
  const isCrossentropy = CROSSENTROPIES.has(loss.name);
  if ("label_smoothing" in loss.settings && loss.settings.label_smoothing !== 0) return false;
  if (!isCrossentropy && !ZERO_AT_TARGET.has(loss.name)) return false;
  const [low, high] = layer && isActivated(layer) ? activations[layer.activation.name].range : [-Infinity, Infinity];
  return targets.every(({ values, width }) =>
    parts.train.every((row) =>
      values
        .subarray(row * width, (row + 1) * width)
        .every((value) => (isCrossentropy ? Number.isInteger(value) : value >= low && value <= high)),
    ),
  );
}

/** Returns whether two rows have equal features but different targets. */
function contradicts({ features, featureCount, targets, parts }: Trial["examples"]): boolean {
  const seen = new Map<string, string>();
  for (const row of parts.train) {
    const key = features.subarray(row * featureCount, (row + 1) * featureCount).join();
    const target = targets.map(({ values, width }) => values.subarray(row * width, (row + 1) * width).join()).join(";");
    if ((seen.get(key) ?? target) !== target) return true;
    seen.set(key, target);
  }
  return false;
}
