/**
 * What goes wrong while a network learns, found from the statistics that each epoch keeps anyway (NN602 to NN608), each told
 * once with its figures. The thresholds are where a person would look twice, not where a network first differs from the ideal.
 */
import type { TrainingPlan } from "../plan.ts";
import type { Epoch, Finding, Judge } from "./finding.ts";
import { deadUnits, exploding, vanishing } from "./layerFindings.ts";
import { farFromChance, overfitting, unsettled } from "./lossFindings.ts";

export interface FindingsObserver {
  /** Takes the loss of the first rows, about 16 or more, before any update. */
  readonly start: (loss: number) => readonly Finding[];
  /** Takes each epoch. Returns what was not found before. */
  readonly observe: (epoch: Epoch) => readonly Finding[];
}

const NOTHING: readonly Finding[] = [];

export function observeFindings(plan: TrainingPlan): FindingsObserver {
  const outputs = new Set(plan.network.outputs);
  const judges: readonly Judge[] = [deadUnits(), vanishing(outputs), exploding, unsettled(plan), overfitting(plan)];
  const known = new Set<string>();
  let found = NOTHING;
  const tell = (finding: Finding): void => {
    const key = `${finding.code} ${finding.at}`;
    if (known.has(key)) return;
    known.add(key);
    found = [...found, finding];
  };
  return {
    start(loss) {
      found = NOTHING;
      const finding = farFromChance(plan, loss);
      if (finding) tell(finding);
      return found;
    },
    observe(epoch) {
      found = NOTHING;
      for (const judge of judges) judge(epoch, tell);
      return found;
    },
  };
}
