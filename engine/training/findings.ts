/**
 * Detects what goes wrong during training from the statistics that each epoch collects anyway (NN602 to NN608). Each finding is reported once, with its
 * numbers. A threshold marks the point where a person would start to worry, not the first deviation from the ideal.
 */
import type { TrainingPlan } from "../plan.ts";
import type { Epoch, EpochCheck, Finding } from "./finding.ts";
import { deadUnits, exploding, vanishing } from "./layerFindings.ts";
import { farFromChance, overfitting, unsettled } from "./lossFindings.ts";

export interface FindingsObserver {
  /** Checks the loss of the first rows (16, or the batches that contain them). Returns the findings. */
  readonly start: (loss: number) => readonly Finding[];
  /** Checks the next epoch. Returns the findings that were not reported before. */
  readonly observe: (epoch: Epoch) => readonly Finding[];
}

const NOTHING: readonly Finding[] = [];

export function observeFindings(plan: TrainingPlan): FindingsObserver {
  const outputs = new Set(plan.network.outputs);
  const checks: readonly EpochCheck[] = [deadUnits(), vanishing(outputs), exploding, unsettled(plan), overfitting(plan)];
  const known = new Set<string>();
  let found = NOTHING;
  const report = (finding: Finding): void => {
    const key = `${finding.code} ${finding.at}`;
    if (known.has(key)) return;
    known.add(key);
    found = [...found, finding];
  };
  return {
    start(loss) {
      found = NOTHING;
      const finding = farFromChance(plan, loss);
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
