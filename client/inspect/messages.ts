/** What the extension and the inspecting worker say to each other. */
import type { ResultView, TensorView, Walk } from "../../engine/inspect/views.ts";
import type { Precision } from "../../engine/network/compile.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import type { ReadAnswer, ReadWish } from "../remoteReads.ts";

/** What can be asked of a run's network. */
export type Question =
  | { readonly kind: "result" }
  | { readonly kind: "walk" }
  | { readonly kind: "tensor"; readonly layer: string; readonly name: string };

export type Answer =
  | { readonly kind: "result"; readonly result: ResultView }
  | { readonly kind: "walk"; readonly walk: Walk }
  | { readonly kind: "tensor"; readonly tensor: TensorView };

export type ToInspector =
  | { readonly kind: "open"; readonly plan: TrainingPlan; readonly precision: Precision }
  /** Of the network with the checkpoint's weights. */
  | { readonly kind: "ask"; readonly id: number; readonly question: Question; readonly checkpoint: Uint8Array }
  | ReadAnswer;

export type FromInspector =
  | ReadWish
  | { readonly kind: "answer"; readonly id: number; readonly answer: Answer }
  /** The question has no answer: what stands in the way, for the user. */
  | { readonly kind: "problem"; readonly id: number; readonly message: string };
