/** A finding of a training, and the checks that produce findings. */
import type { TrainingEventOf } from "../events.ts";

export type Epoch = Omit<TrainingEventOf<"epoch">, "kind">;
export type Finding = Omit<TrainingEventOf<"warning">, "kind" | "epoch">;

/**
 * Checks one epoch after another and reports a finding for every epoch that shows it. A small network trains a million epochs per second, so a check
 * must not allocate memory in a healthy epoch.
 */
export type EpochCheck = (epoch: Epoch, report: (finding: Finding) => void) => void;
