/** What a finding is, and what finds one. */
import type { TrainingEventOf } from "../events.ts";

export type Epoch = Omit<TrainingEventOf<"epoch">, "kind">;
export type Finding = Omit<TrainingEventOf<"warning">, "kind">;

/** Looks at each epoch in turn and tells what is wrong, in every epoch in which it is. A small network has a million epochs in a second, so a judge allocates nothing for a healthy one. */
export type Judge = (epoch: Epoch, tell: (finding: Finding) => void) => void;
