/**
 * Detects problems during training from the statistics that each epoch collects anyway (NN602 to NN610). Each finding is reported once, with its
 * numbers. A threshold marks the point where a person would start to worry, not the first deviation from the ideal. Each cause has one finding:
 * consequences of an already reported finding are not reported.
 */
import { parameterCount } from "../plan.ts";
import type { Trial } from "./causes.ts";
import type { Epoch, EpochCheck, Finding } from "./finding.ts";
import { deadUnits, exploding, vanishing } from "./layerFindings.ts";
import { farFromChance, lastPartFrom, overfitting, standingStill, stillFalling, unsettled } from "./lossFindings.ts";
import { inValley } from "./valley.ts";

export interface FindingsObserver {
  /** Checks the loss of the first rows: 16 rows, or the batches that contain them. Returns the findings. */
  readonly start: (loss: number) => readonly Finding[];
  /** Checks the next epoch. Returns the new findings. */
  readonly observe: (epoch: Epoch) => readonly Finding[];
}

const NOTHING: readonly Finding[] = [];

/** For each finding, the earlier findings that may cause it. */
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
    // A second finding about the same line of data or initial weights would have the same fix.
    const isKnown = places.has(`${code} ${at}`) || (GROWTH.has(code) && [...GROWTH].some((other) => places.has(`${other} ${at}`)));
    if (isKnown || FOLLOWS_FROM[code]?.some((cause) => codes.has(cause))) return;
    codes.add(code);
    places.add(`${code} ${at}`);
    found = [...found, finding];
  };
  // In reporting order: each check detects a likelier cause than the checks after it.
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

/** An epoch with fewer weights times rows takes at most a few microseconds, and the checks would take more than 2 % of it. */
const SHORT_WORK = 3000;
const workOf = ({ plan: { network }, examples: { parts } }: Trial): number =>
  parts.train.length * network.layers.reduce((sum, layer) => sum + parameterCount(layer), 0);

/**
 * Returns the next short epoch to check after `epoch`. After the first 200 epochs, 15 consecutive epochs are checked out of every 1,000, from epoch
 * 5,000 out of every 2,000, from 7,500 out of every 3,000 and so on. The last epochs are also checked. The checks compare at most ten consecutive
 * epochs.
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

/** Returns the check, limited to its first finding, because creating a message takes longer than an epoch of a small network. */
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

/** The findings about numbers that grow too large. */
const GROWTH: ReadonlySet<string> = new Set(["NN604", "NN605", "NN608"]);

/**
 * Whether every output is the softmax of a single unit, which is always 1. The checker reports it (NN502), and all other findings are consequences.
 */
const isConstant = ({ plan: { network } }: Trial): boolean =>
  network.outputs.every((id) => {
    const layer = network.layers.find((one) => one.id === id);
    return layer && "activation" in layer && layer.activation.name === "softmax" && layer.output.at(-1) === 1;
  });
