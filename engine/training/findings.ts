/**
 * Detects what goes wrong during training from the statistics that each epoch collects anyway (NN602 to NN609). Each finding is reported once, with its
 * numbers. A threshold marks the point where a person would start to worry, not the first deviation from the ideal. One cause has one finding: what follows
 * from a finding that was reported before is not reported.
 */
import type { Trial } from "./causes.ts";
import type { Epoch, EpochCheck, Finding } from "./finding.ts";
import { deadUnits, exploding, vanishing } from "./layerFindings.ts";
import { farFromChance, overfitting, standingStill, stillFalling, unsettled } from "./lossFindings.ts";

export interface FindingsObserver {
  /** Checks the loss of the first rows (16, or the batches that contain them). Returns the findings. */
  readonly start: (loss: number) => readonly Finding[];
  /** Checks the next epoch. Returns the findings that were not reported before. */
  readonly observe: (epoch: Epoch) => readonly Finding[];
}

const NOTHING: readonly Finding[] = [];

/** For each finding, the earlier ones that it follows from. */
const FOLLOWS_FROM: Readonly<Record<string, readonly string[]>> = {
  NN602: ["NN604", "NN605", "NN608"],
  NN603: ["NN604", "NN605", "NN608"],
  NN604: ["NN605"],
  NN605: ["NN604"],
  NN606: ["NN602", "NN603"],
  NN609: ["NN602", "NN603", "NN604", "NN605", "NN606", "NN607", "NN608"],
};

export function observeFindings(trial: Trial): FindingsObserver {
  const { plan } = trial;
  if (isConstant(trial)) return { start: () => NOTHING, observe: () => NOTHING };
  // In the order in which they are reported: a check before another one detects its likelier cause.
  const checks: readonly EpochCheck[] = [
    unsettled(trial),
    exploding(trial),
    deadUnits(trial),
    vanishing(plan),
    standingStill(plan),
    overfitting(plan),
    stillFalling(trial),
  ];
  const codes = new Set<string>();
  const places = new Set<string>();
  let found = NOTHING;
  const report = (finding: Finding): void => {
    const { code, at } = finding;
    // A second finding about the same line of data or start weights has the same repair.
    const isKnown = places.has(`${code} ${at}`) || (GROWTH.has(code) && [...GROWTH].some((other) => places.has(`${other} ${at}`)));
    if (isKnown || FOLLOWS_FROM[code]?.some((cause) => codes.has(cause))) return;
    codes.add(code);
    places.add(`${code} ${at}`);
    found = [...found, finding];
  };
  return {
    start(loss) {
      found = NOTHING;
      const finding = farFromChance(trial, loss);
      if (finding) report(finding);
      return found;
    },
    observe(epoch) {
      found = NOTHING;
      for (const check of checks) check(epoch, report);
      return found;
    },
  };
}

/** The findings about numbers that are too large. */
const GROWTH: ReadonlySet<string> = new Set(["NN604", "NN605", "NN608"]);

/** Whether every output is the softmax of one unit, which is always 1. The checker reports it (NN502), and everything else follows from it. */
const isConstant = ({ plan: { network } }: Trial): boolean =>
  network.outputs.every((id) => {
    const layer = network.layers.find((one) => one.id === id);
    return layer && "activation" in layer && layer.activation.name === "softmax" && layer.output.at(-1) === 1;
  });
