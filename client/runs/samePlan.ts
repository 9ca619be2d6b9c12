/** Compares two plans. One of them may have been read from a file. */
import { isDeepStrictEqual } from "node:util";
import type { TrainingPlan } from "../../engine/plan.ts";

export const isSamePlan = (a: TrainingPlan, b: TrainingPlan): boolean => isDeepStrictEqual(a, b);
