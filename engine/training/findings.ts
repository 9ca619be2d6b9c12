/**
 * Detects what goes wrong during training from the statistics that each epoch collects anyway (NN602 to NN610). Each finding is reported once, with its
 * numbers. A threshold marks the point where a person would start to worry, not the first deviation from the ideal. One cause has one finding: what follows
 * from a finding that was reported before is not reported.
 */
import { parameterCount } from "../plan.ts";
import type { Trial } from "./causes.ts";
import type { Epoch, EpochCheck, Finding } from "./finding.ts";
import { deadUnits, exploding, vanishing } from "./layerFindings.ts";
import { farFromChance, lastPartFrom, overfitting, standingStill, stillFalling, unsettled } from "./lossFindings.ts";
import { inValley } from "./valley.ts";

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
  NN610: ["NN602", "NN603", "NN604", "NN605", "NN606", "NN608", "NN609"],
};

export function observeFindings(trial: Trial): FindingsObserver {
  const { plan } = trial;
  if (isConstant(trial)) return { start: () => NOTHING, observe: () => NOTHING };
  const isShort = workOf(trial) < SHORT_WORK;
  /** The next epoch to check. */
  let due = 0;
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
  // In the order in which they are reported: a check before another one detects its likelier cause.
  const checks: readonly ((epoch: Epoch) => void)[] = [
    once(unsettled(trial), report),
    once(exploding(trial), report),
    bound(deadUnits(trial), report),
    once(vanishing(plan), report),
    once(standingStill(plan), report),
    once(overfitting(plan), report),
    once(stillFalling(trial), report),
    once(inValley(trial), report),
  ];
  return {
    start(loss) {
      found = NOTHING;
      const finding = farFromChance(trial, loss);
      if (finding) report(finding);
      return found;
    },
    observe(epoch) {
      if (epoch.epoch < due) return NOTHING;
      found = NOTHING;
      if (isShort) due = nextShort(epoch.epoch, plan.training.epochs);
      for (let k = 0; k < checks.length; k++) checks[k](epoch);
      return found;
    },
  };
}

/** An epoch with fewer weights times rows takes a few microseconds at most, of which the checks would be more than 2 %. */
const SHORT_WORK = 3000;
const workOf = ({ plan: { network }, examples: { parts } }: Trial): number =>
  parts.train.length * network.layers.reduce((sum, layer) => sum + parameterCount(layer), 0);

/**
 * Returns the next short epoch to check after `epoch`: after the first 200, 15 in a row of every 1,000 are checked, of every 2,000 from epoch 5,000 on, of every
 * 3,000 from 7,500 on and so forth, and the last ones. The checks compare at most ten epochs in a row.
 */
function nextShort(epoch: number, epochs: number): number {
  const next = epoch + 1;
  const apart = 1000 * Math.max(1, Math.floor(next / 2500));
  const isChecked = next <= 200 || next % apart < 15 || next > epochs - 15 || next === lastPartFrom(epochs);
  if (isChecked) return next;
  const since = lastPartFrom(epochs);
  return Math.min(apart * Math.ceil(next / apart), epochs - 14, since > next ? since : epochs);
}

type Report = Parameters<EpochCheck>[1];

const bound =
  (check: EpochCheck, report: Report) =>
  (epoch: Epoch): void =>
    check(epoch, report);

/** Returns the check until its first finding, since making a message takes longer than an epoch of a small network. */
function once(check: EpochCheck, report: Report): (epoch: Epoch) => void {
  let isDone = false;
  const reportOnce: Report = (finding) => {
    isDone = true;
    report(finding);
  };
  return (epoch) => {
    if (!isDone) check(epoch, reportOnce);
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
